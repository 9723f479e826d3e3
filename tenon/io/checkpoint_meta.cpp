#include "tenon/io/checkpoint_meta.h"

#include <fmt/format.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "tenon/core/error.h"
#include "tenon/core/hash.h"

namespace tenon {
namespace {

using Json = nlohmann::json;

constexpr std::string_view format_name = "tenon-checkpoint";
constexpr std::uint64_t format_version = 1;

std::string hex(std::uint64_t hash) { return fmt::format("{:016x}", hash); }

// All but the hash of itself. Keys are sorted, so one value has one text.
Json to_json(const CheckpointMeta& meta) {
  return {{"format", format_name},
          {"version", format_version},
          {"step", meta.step},
          {"random", {{"key0", meta.random.key0}, {"key1", meta.random.key1}, {"drawn", meta.random.drawn}}},
          {"data_position", meta.data_position},
          {"notes", meta.notes},
          {"state_bytes", meta.state_bytes},
          {"state_hash", hex(meta.state_hash)}};
}

// What is wrong, without the path.
struct Mismatch {
  std::string what;
};

std::uint64_t number_at(const Json& json, const char* key, std::uint64_t largest = ~std::uint64_t{0}) {
  const Json& value = json.at(key);
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > largest)
    throw Mismatch{fmt::format("'{}' is not a whole number from 0 to {}", key, largest)};
  return value.get<std::uint64_t>();
}

CheckpointMeta from_json(const Json& json) {
  if (json.at("format") != format_name) throw Mismatch{fmt::format("'format' is not '{}'", format_name)};
  if (const std::uint64_t version = number_at(json, "version"); version != format_version)
    throw Mismatch{fmt::format("version {} of the format; this library reads version {}", version, format_version)};
  constexpr std::uint64_t word = 0xffffffff;
  const Json& random = json.at("random");
  CheckpointMeta meta;
  meta.step = number_at(json, "step");
  meta.random.key0 = static_cast<std::uint32_t>(number_at(random, "key0", word));
  meta.random.key1 = static_cast<std::uint32_t>(number_at(random, "key1", word));
  meta.random.drawn = number_at(random, "drawn");
  meta.data_position = number_at(json, "data_position");
  meta.notes = json.at("notes").get<std::map<std::string, std::string>>();
  meta.state_bytes = number_at(json, "state_bytes");
  const auto digits = json.at("state_hash").get<std::string>();
  meta.state_hash = std::strtoull(digits.c_str(), nullptr, 16);
  return meta;
}

}  // namespace

std::string render_checkpoint_meta(const CheckpointMeta& meta) {
  try {
    Json json = to_json(meta);
    json["hash"] = hex(hash_bytes(json.dump()));
    return json.dump(2) + "\n";
  } catch (const Json::exception&) {
    throw ValueError("checkpoint: a note is not UTF-8, as JSON demands");
  }
}

CheckpointMeta parse_checkpoint_meta(std::string_view text, const std::string& path) {
  const auto fail = [&](std::string_view what) {
    return FormatError(fmt::format("{}: no checkpoint: {}", path, what));
  };
  // The parser takes a zero byte for the end of its input.
  if (text.find('\0') != std::string_view::npos) throw fail("it is not JSON: it holds a zero byte");
  try {
    CheckpointMeta meta = from_json(Json::parse(text));
    // What was understood, written again, hash included: nothing that was misread or changed passes.
    if (render_checkpoint_meta(meta) != text) throw fail("it is not what was written: it was damaged or changed");
    return meta;
  } catch (const Mismatch& mismatch) {
    throw fail(mismatch.what);
  } catch (const Json::exception& error) {
    // "[json.exception.out_of_range.403] key 'step' not found"
    const std::string_view what = error.what();
    const std::size_t start = what.find("] ");
    throw fail(what.substr(start == std::string_view::npos ? 0 : start + 2));
  }
}

}  // namespace tenon
