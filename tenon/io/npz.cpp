#include "tenon/io/npz.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "tenon/core/error.h"
#include "tenon/io/crc32.h"
#include "tenon/io/inflate.h"
#include "tenon/io/nearest_name.h"
#include "tenon/io/npy_data.h"
#include "tenon/io/npy_header.h"
#include "tenon/io/zip.h"

namespace tenon {
namespace {

constexpr std::string_view extension = ".npy";

void check_sum(std::uint32_t found, const ZipEntry& entry, const std::string& origin) {
  if (found != entry.crc)
    throw FormatError(
        fmt::format("{}: its CRC-32 is {:08x}, and the file says {:08x}: it is damaged", origin, found, entry.crc));
}

// Piece by piece: memory for the data is taken when the header agrees with the table of contents about them.
Array inflated(const ZipEntry& entry, const std::string& origin) {
  Inflater inflater(entry.data, origin);
  std::vector<std::byte> start(std::min<std::uint64_t>(entry.bytes, npy_prefix_bytes));
  inflater.read(start);
  const std::size_t header_bytes = npy_header_bytes(start, entry.bytes, origin);
  // A header may be shorter than the prefix, and is damaged then; the parser says how.
  const std::size_t before = start.size();
  start.resize(std::max(header_bytes, before));
  inflater.read(std::span(start).subspan(before));
  const NpyHeader header = parse_npy_header(std::span(start).first(header_bytes), entry.bytes, origin);
  const auto data = std::make_unique_for_overwrite<std::byte[]>(header.data_bytes);
  const std::span<std::byte> bytes(data.get(), header.data_bytes);
  inflater.read(bytes);
  inflater.expect_end();
  check_sum(crc32(bytes, crc32(start)), entry, origin);
  return array_of_npy(header, bytes, origin);
}

}  // namespace

NpzFile::NpzFile(const std::string& path) : path_(path), file_(path) { open(file_->bytes()); }

NpzFile::NpzFile(std::span<const std::byte> bytes, std::string path) : path_(std::move(path)) { open(bytes); }

NpzFile::~NpzFile() = default;
NpzFile::NpzFile(NpzFile&&) noexcept = default;
NpzFile& NpzFile::operator=(NpzFile&&) noexcept = default;

void NpzFile::open(std::span<const std::byte> bytes) {
  entries_ = read_zip_directory(bytes, path_);
  for (const ZipEntry& entry : entries_) {
    std::string name = entry.name;
    if (name.ends_with(extension)) name.resize(name.size() - extension.size());
    if (!index_.emplace(name, names_.size()).second)
      throw FormatError(fmt::format("{}: two of its arrays are called {}", path_, quoted_name(name)));
    names_.push_back(std::move(name));
  }
}

std::string NpzFile::origin_of(std::string_view name) const {
  return fmt::format("{}: array {}", path_, quoted_name(name));
}

Array NpzFile::array(std::string_view name) const {
  const auto found = index_.find(name);
  if (found == index_.end()) {
    const std::string near = nearest_name(name, names_);
    throw FileError(fmt::format(
        "{}: has no array {}{}", path_, quoted_name(name),
        near.empty() ? fmt::format("; it has {}", names_.size()) : "; the nearest name is " + quoted_name(near)));
  }
  const ZipEntry& entry = entries_[found->second];
  const std::string origin = origin_of(name);
  if (entry.deflated) return inflated(entry, origin);
  check_sum(crc32(entry.data), entry, origin);
  return read_npy(entry.data, origin);
}

std::vector<NamedArray> load_npz(const std::string& path) {
  const NpzFile file(path);
  std::vector<NamedArray> arrays;
  for (const std::string& name : file.names()) arrays.push_back({name, file.array(name)});
  return arrays;
}

void save_npz(const std::string& path, std::span<const NamedArray> arrays) {
  std::set<std::string_view> seen;
  std::vector<Array> values;
  for (const NamedArray& named : arrays) {
    if (!named.array) throw ValueError(fmt::format("npz: the array {} has no value", quoted_name(named.name)));
    if (!seen.insert(named.name).second)
      throw ValueError(fmt::format("npz: two arrays are called {}", quoted_name(named.name)));
    if (named.name.find('\0') != std::string::npos)
      throw ValueError(fmt::format("npz: the name {} has a zero byte", quoted_name(named.name)));
    values.push_back(named.array);
  }
  eval(values);
  ZipWriter zip(path);
  std::vector<std::byte> data;
  for (const NamedArray& named : arrays) {
    data.resize(static_cast<std::size_t>(named.array.elements()) * size_of(named.array.dtype()));
    named.array.copy_to(data.data());
    const std::string header = render_npy_header(named.array.dtype(), named.array.shape());
    zip.add(named.name + std::string(extension), std::as_bytes(std::span(header)), data);
  }
  zip.commit();
}

void save_npz(const std::string& path, std::initializer_list<NamedArray> arrays) {
  save_npz(path, std::span<const NamedArray>(arrays.begin(), arrays.size()));
}

}  // namespace tenon
