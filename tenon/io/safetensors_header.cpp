#include "tenon/io/safetensors_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>
#include <tuple>
#include <utility>

#include "tenon/core/error.h"
#include "tenon/io/nearest_name.h"

namespace tenon {
namespace {

constexpr std::string_view metadata_key = "__metadata__";

// In the order of the reference implementation's enumerators.
constexpr SafetensorsType type_table[] = {
    {"BOOL", 8, DType::boolean},
    {"F4", 4, {}},
    {"F6_E2M3", 6, {}},
    {"F6_E3M2", 6, {}},
    {"U8", 8, DType::u8},
    {"I8", 8, DType::i8},
    {"F8_E5M2", 8, {}},
    {"F8_E4M3", 8, {}},
    {"F8_E8M0", 8, {}},
    {"F8_E4M3FNUZ", 8, {}},
    {"F8_E5M2FNUZ", 8, {}},
    {"I16", 16, DType::i16},
    {"U16", 16, {}},
    {"F16", 16, DType::f16},
    {"BF16", 16, DType::bf16},
    {"I32", 32, DType::i32},
    {"U32", 32, DType::u32},
    {"F32", 32, DType::f32},
    {"C64", 64, {}},
    {"F64", 64, DType::f64},
    {"I64", 64, DType::i64},
    {"U64", 64, {}},
};

[[noreturn]] void fail(const std::string& path, const std::string& what) {
  throw FormatError(fmt::format("{}: no safetensors file: {}", path, what));
}

// Takes the parser's events and keeps to the one structure that a header may have, so that nothing but the entries
// themselves is ever built and nesting cannot grow. Repeated keys, which a JSON tree would hide, are seen.
class HeaderReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit HeaderReader(const std::string& path) : path_(path) {}
  SafetensorsHeader take() { return std::move(header_); }

  bool null() override { unexpected("null"); }
  bool boolean(bool /*value*/) override { unexpected("true or false"); }
  bool number_integer(number_integer_t value) override { unexpected(fmt::format("{}", value)); }
  bool number_float(number_float_t /*value*/, const string_t& text) override { unexpected(text.substr(0, 40)); }
  bool binary(binary_t& /*value*/) override { unexpected("binary data"); }

  bool number_unsigned(number_unsigned_t value) override {
    if (state_ == State::shape) {
      add_size(value);
    } else if (state_ == State::offsets) {
      if (offsets_ == 2) fail(path_, fmt::format("{}: data_offsets has more than two numbers", context()));
      (offsets_++ == 0 ? entry().begin : entry().end) = value;
    } else {
      unexpected(fmt::format("{}", value));
    }
    return true;
  }

  bool string(string_t& value) override {
    if (state_ == State::metadata_value) {
      header_.metadata[metadata_name_] = std::move(value);
      state_ = State::metadata;
    } else if (state_ == State::dtype) {
      const auto* type = std::find_if(std::begin(type_table), std::end(type_table),
                                      [&](const SafetensorsType& row) { return row.name == value; });
      if (type == std::end(type_table)) fail(path_, fmt::format("{}: unknown dtype {}", context(), quoted_name(value)));
      entry().type = type;
      state_ = State::fields;
    } else {
      unexpected("the text " + quoted_name(value));
    }
    return true;
  }

  bool start_object(std::size_t /*elements*/) override {
    switch (state_) {
      case State::document: state_ = State::root; return true;
      case State::entry: state_ = State::fields; return true;
      case State::metadata_start: state_ = State::metadata; return true;
      default: unexpected("an object");
    }
  }

  bool key(string_t& name) override {
    switch (state_) {
      case State::root: start_entry(std::move(name)); return true;
      case State::metadata:
        if (header_.metadata.contains(name))
          fail(path_, fmt::format("{} holds {} twice", context(), quoted_name(name)));
        metadata_name_ = std::move(name);
        state_ = State::metadata_value;
        return true;
      default: start_field(name); return true;
    }
  }

  bool end_object() override {
    if (state_ == State::fields) {
      for (std::size_t i = 0; i < field_names.size(); ++i)
        if (!seen_[i]) fail(path_, fmt::format("{} has no {}", context(), field_names[i]));
    }
    state_ = state_ == State::root ? State::done : State::root;
    return true;
  }

  bool start_array(std::size_t /*elements*/) override {
    if (state_ == State::shape_start) {
      state_ = State::shape;
    } else if (state_ == State::offsets_start) {
      state_ = State::offsets;
    } else {
      unexpected("a list");
    }
    return true;
  }

  bool end_array() override {
    if (state_ == State::offsets && offsets_ != 2)
      fail(path_, fmt::format("{}: data_offsets has {} numbers, not two", context(), offsets_));
    state_ = State::fields;
    return true;
  }

  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::json::exception& error) override {
    // "[json.exception.parse_error.101] parse error at line 1, column 2: ..."
    const std::string_view text = error.what();
    const std::size_t start = text.find("] ");
    fail(path_, fmt::format("the header is not JSON, at byte {}: {}", position,
                            text.substr(start == std::string_view::npos ? 0 : start + 2)));
  }

 private:
  enum class State : std::uint8_t {
    document,
    root,
    entry,  // before the { of a tensor
    fields,
    dtype,
    shape_start,
    shape,
    offsets_start,
    offsets,
    metadata_start,
    metadata,
    metadata_value,
    done,
  };
  static constexpr std::array<std::string_view, 3> field_names{"dtype", "shape", "data_offsets"};
  static constexpr State field_states[] = {State::dtype, State::shape_start, State::offsets_start};

  SafetensorsEntry& entry() { return header_.entries.back(); }

  std::string context() const {
    switch (state_) {
      case State::document:
      case State::root:
      case State::done: return "the header";
      case State::metadata_start:
      case State::metadata:
      case State::metadata_value: return std::string(metadata_key);
      default: return "tensor " + quoted_name(header_.entries.back().name);
    }
  }

  std::string_view expected() const {
    switch (state_) {
      case State::entry:
      case State::document:
      case State::metadata_start: return "an object";
      case State::dtype:
      case State::metadata_value: return "a text";
      case State::shape_start:
      case State::offsets_start: return "a list";
      case State::shape:
      case State::offsets: return "a whole number from 0 to 2^64 - 1";
      default: return "a key";
    }
  }

  [[noreturn]] void unexpected(const std::string& found) const {
    std::string place = context();
    if (state_ == State::dtype) place += ", dtype";
    if (state_ == State::shape_start || state_ == State::shape) place += ", shape";
    if (state_ == State::offsets_start || state_ == State::offsets) place += ", data_offsets";
    if (state_ == State::metadata_value) place += ", " + quoted_name(metadata_name_);
    fail(path_, fmt::format("{}: found {} where {} belongs", place, found, expected()));
  }

  void start_entry(std::string name) {
    if (name == metadata_key) {
      if (std::exchange(has_metadata_, true)) fail(path_, fmt::format("{} is there twice", metadata_key));
      state_ = State::metadata_start;
      return;
    }
    if (!names_.insert(name).second) fail(path_, fmt::format("tensor {} is there twice", quoted_name(name)));
    header_.entries.push_back({std::move(name), nullptr, {}, 0, 0});
    seen_ = {};
    offsets_ = 0;
    state_ = State::entry;
  }

  void start_field(const std::string& name) {
    const auto* field = std::find(field_names.begin(), field_names.end(), name);
    if (field == field_names.end()) fail(path_, fmt::format("{}: unknown key {}", context(), quoted_name(name)));
    const auto i = static_cast<std::size_t>(field - field_names.begin());
    if (std::exchange(seen_[i], true)) fail(path_, fmt::format("{} has {} twice", context(), name));
    state_ = field_states[i];
  }

  void add_size(std::uint64_t size) {
    if (entry().shape.rank() == max_rank) fail(path_, fmt::format("{} has more than {} axes", context(), max_rank));
    if (size > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      fail(path_, fmt::format("{}: size {} of its shape does not fit in 63 bits", context(), size));
    entry().shape.push_back(static_cast<std::int64_t>(size));
  }

  const std::string& path_;
  SafetensorsHeader header_;
  State state_ = State::document;
  std::set<std::string> names_;
  std::array<bool, 3> seen_{};
  int offsets_ = 0;
  bool has_metadata_ = false;
  std::string metadata_name_;
};

// Bytes of the tensor; nothing when its elements are more than any memory holds or do not fill whole bytes.
std::optional<std::uint64_t> size_of(const SafetensorsEntry& entry) {
  // Sizes of zero are left out, so that [0, huge, huge] cannot hide an overflow: a Shape has none (`checked_shape`).
  std::int64_t elements = 1;
  for (const std::int64_t size : entry.shape)
    if (size != 0 && __builtin_mul_overflow(elements, size, &elements)) return std::nullopt;
  if (elements > std::int64_t{1} << 59) return std::nullopt;
  std::uint64_t bits = 0;
  const auto counted = static_cast<std::uint64_t>(entry.shape.elements());
  if (__builtin_mul_overflow(counted, static_cast<std::uint64_t>(entry.type->bits), &bits) || bits % 8 != 0)
    return std::nullopt;
  return bits / 8;
}

// Those without bytes keep the order that they have in the header.
void sort_by_bytes(std::vector<SafetensorsEntry>& entries) {
  std::vector<std::size_t> order(entries.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto key = [&](std::size_t i) { return std::tuple(entries[i].begin, entries[i].end, i); };
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
  std::vector<SafetensorsEntry> sorted;
  sorted.reserve(entries.size());
  for (const std::size_t i : order) sorted.push_back(std::move(entries[i]));
  entries = std::move(sorted);
}

void check_layout(const SafetensorsHeader& header, std::uint64_t data_bytes, const std::string& path) {
  std::uint64_t reached = 0;
  for (const SafetensorsEntry& entry : header.entries) {
    const auto complain = [&](const std::string& what) {
      fail(path, fmt::format("tensor {}: {}", quoted_name(entry.name), what));
    };
    if (entry.end < entry.begin) complain(fmt::format("its bytes end at {} and start at {}", entry.end, entry.begin));
    if (entry.end > data_bytes)
      complain(fmt::format("its bytes end at {}, and there are only {}: the file is cut short", entry.end, data_bytes));
    const std::optional<std::uint64_t> size = size_of(entry);
    if (!size) complain(fmt::format("{} {} has no size in bytes", entry.type->name, to_string(entry.shape)));
    if (*size != entry.end - entry.begin)
      complain(fmt::format("{} {} takes {} bytes, and data_offsets give it {}", entry.type->name,
                           to_string(entry.shape), *size, entry.end - entry.begin));
    if (entry.begin < reached)
      complain(fmt::format("its bytes start at {}, inside those of another, which end at {}", entry.begin, reached));
    if (entry.begin > reached)
      complain(fmt::format("its bytes start at {}, and nothing owns those from {} on", entry.begin, reached));
    reached = entry.end;
  }
  if (reached != data_bytes)
    fail(path, fmt::format("{} bytes follow the header and tensors own only {}", data_bytes, reached));
}

// JSON text of a string. Throws ValueError when it is not UTF-8.
std::string json_text(const std::string& text, std::string_view what) {
  try {
    return nlohmann::json(text).dump();
  } catch (const nlohmann::json::exception&) {
    throw ValueError(fmt::format("safetensors: {} {} is not UTF-8, as the format demands", what, quoted_name(text)));
  }
}

}  // namespace

std::span<const SafetensorsType> safetensors_types() { return type_table; }

const SafetensorsType& safetensors_type_of(DType dtype) {
  const auto* row = std::find_if(std::begin(type_table), std::end(type_table),
                                 [&](const SafetensorsType& type) { return type.dtype == dtype; });
  if (row == std::end(type_table)) throw InternalError(fmt::format("safetensors: no type for {}", name(dtype)));
  return *row;
}

SafetensorsHeader parse_safetensors_header(std::string_view json, std::uint64_t data_bytes, const std::string& path) {
  if (!json.starts_with('{')) fail(path, "the header does not start with {");
  // The parser takes a zero byte for the end of its input.
  if (const std::size_t zero = json.find('\0'); zero != std::string_view::npos)
    fail(path, fmt::format("the header is not JSON, at byte {}: a zero byte", zero + 1));
  HeaderReader reader(path);
  nlohmann::json::sax_parse(json.begin(), json.end(), &reader);
  SafetensorsHeader header = reader.take();
  sort_by_bytes(header.entries);
  check_layout(header, data_bytes, path);
  return header;
}

std::string render_safetensors_header(const SafetensorsHeader& header) {
  std::string json;
  const auto add_key = [&](const std::string& key, std::string_view what) {
    json += json.empty() ? "{" : ",";
    json += json_text(key, what) + ":";
  };
  if (!header.metadata.empty()) {
    add_key(std::string(metadata_key), "key");
    char separator = '{';
    for (const auto& [key, value] : header.metadata) {
      json += separator + json_text(key, "metadata key") + ":" + json_text(value, "metadata");
      separator = ',';
    }
    json += "}";
  }
  for (const SafetensorsEntry& entry : header.entries) {
    if (entry.name == metadata_key)
      throw ValueError(fmt::format("safetensors: no tensor may be called {}: that is where metadata go", metadata_key));
    add_key(entry.name, "tensor name");
    json += fmt::format(R"({{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})", entry.type->name,
                        fmt::join(entry.shape.begin(), entry.shape.end(), ","), entry.begin, entry.end);
  }
  json += json.empty() ? "{}" : "}";
  json.resize((json.size() + 7) / 8 * 8, ' ');
  return json;
}

}  // namespace tenon
