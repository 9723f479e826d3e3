#include "tenon/io/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>
#include <utility>

#include "tenon/core/error.h"
#include "tenon/io/atomic_file.h"
#include "tenon/io/nearest_name.h"
#include "tenon/io/safetensors_header.h"
#include "tenon/runtime/text.h"

namespace tenon {

static_assert(std::endian::native == std::endian::little,
              "the format is little-endian, and bytes are copied as they are");

namespace {

constexpr std::size_t length_bytes = 8;
constexpr std::uint64_t longest_header = 100'000'000;  // as the reference implementation has it

std::string_view header_of(std::span<const std::byte> bytes, const std::string& path) {
  const auto fail = [&](const std::string& what) {
    throw FormatError(fmt::format("{}: no safetensors file: {}", path, what));
  };
  if (bytes.size() < length_bytes)
    fail(fmt::format("it has {} bytes, and the length of the header alone takes {}", bytes.size(), length_bytes));
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), length_bytes);
  if (length > longest_header)
    fail(fmt::format("its header claims {} bytes; at most {} are allowed", length, longest_header));
  if (length > bytes.size() - length_bytes)
    fail(fmt::format("its header claims {} bytes, and {} are there: the file is cut short", length,
                     bytes.size() - length_bytes));
  return {reinterpret_cast<const char*>(bytes.data()) + length_bytes, static_cast<std::size_t>(length)};
}

}  // namespace

SafetensorsFile::SafetensorsFile(const std::string& path) : path_(path), file_(path) { open(file_->bytes()); }

SafetensorsFile::SafetensorsFile(std::span<const std::byte> bytes, std::string path) : path_(std::move(path)) {
  open(bytes);
}

SafetensorsFile::~SafetensorsFile() = default;
SafetensorsFile::SafetensorsFile(SafetensorsFile&&) noexcept = default;
SafetensorsFile& SafetensorsFile::operator=(SafetensorsFile&&) noexcept = default;

void SafetensorsFile::open(std::span<const std::byte> bytes) {
  const std::string_view json = header_of(bytes, path_);
  data_ = bytes.subspan(length_bytes + json.size());
  header_ = std::make_unique<SafetensorsHeader>(parse_safetensors_header(json, data_.size(), path_));
  for (const SafetensorsEntry& entry : header_->entries) {
    index_.emplace(entry.name, names_.size());
    names_.push_back(entry.name);
  }
}

const SafetensorsMetadata& SafetensorsFile::metadata() const { return header_->metadata; }

SafetensorsFile::Info SafetensorsFile::info(std::string_view name) const {
  const auto found = index_.find(name);
  if (found == index_.end()) {
    const std::string near = nearest_name(name, names_);
    throw FileError(fmt::format(
        "{}: has no tensor {}{}", path_, quoted_name(name),
        near.empty() ? fmt::format("; it has {}", names_.size()) : "; the nearest name is " + quoted_name(near)));
  }
  const SafetensorsEntry& entry = header_->entries[found->second];
  return {entry.type->name, entry.type->dtype, entry.shape, data_.subspan(entry.begin, entry.end - entry.begin)};
}

Array SafetensorsFile::array(std::string_view name) const {
  const Info found = info(name);
  if (!found.array_dtype)
    throw DTypeError(fmt::format("{}: tensor {} is {}, which Arrays do not have; info(name).bytes holds it as it is",
                                 path_, quoted_name(name), found.dtype));
  if (found.array_dtype == DType::boolean) {
    const auto bad = std::find_if(found.bytes.begin(), found.bytes.end(), [](std::byte b) { return b > std::byte{1}; });
    if (bad != found.bytes.end())
      throw FormatError(fmt::format("{}: tensor {}: element {} of a BOOL is {}, neither 0 nor 1", path_,
                                    quoted_name(name), bad - found.bytes.begin(), std::to_integer<int>(*bad)));
  }
  return Array::from_memory(*found.array_dtype, found.shape, found.bytes.data());
}

void write_safetensors(const std::string& path, std::span<const NamedArray> arrays,
                       const SafetensorsMetadata& metadata) {
  std::vector<const NamedArray*> order;
  std::vector<Array> values;
  for (const NamedArray& named : arrays) {
    if (!named.array) throw ValueError(fmt::format("safetensors: the array {} has no value", quoted_name(named.name)));
    order.push_back(&named);
    values.push_back(named.array);
  }
  const auto type_of = [](const NamedArray* named) { return &safetensors_type_of(named->array.dtype()); };
  std::sort(order.begin(), order.end(), [&](const NamedArray* a, const NamedArray* b) {
    // Types are rows of one table.
    return type_of(a) != type_of(b) ? type_of(a) > type_of(b) : a->name < b->name;
  });

  SafetensorsHeader header;
  header.metadata = metadata;
  std::map<std::string_view, int> seen;
  std::uint64_t offset = 0;
  for (const NamedArray* named : order) {
    if (seen[named->name]++ > 0)
      throw ValueError(fmt::format("safetensors: two arrays are called {}", quoted_name(named->name)));
    const auto bytes = static_cast<std::uint64_t>(named->array.elements()) * size_of(named->array.dtype());
    header.entries.push_back({named->name, type_of(named), named->array.shape(), offset, offset + bytes});
    offset += bytes;
  }
  const std::string json = render_safetensors_header(header);
  if (json.size() > longest_header)
    throw ValueError(fmt::format("safetensors: names and metadata take {}, and a header may have {} bytes",
                                 bytes_as_text(json.size()), longest_header));

  eval(values);
  AtomicFile file(path);
  const std::uint64_t length = json.size();
  file.write(std::as_bytes(std::span(&length, 1)));
  file.write(json);
  std::vector<std::byte> buffer;
  for (std::size_t i = 0; i < order.size(); ++i) {
    buffer.resize(header.entries[i].end - header.entries[i].begin);
    order[i]->array.copy_to(buffer.data());
    file.write(buffer);
  }
  file.commit();
}

}  // namespace tenon
