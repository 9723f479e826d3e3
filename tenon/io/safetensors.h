// Tensors by name in a safetensors file: read, and written so that every other reader of the format takes them.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tenon/array/array.h"
#include "tenon/io/mapped_file.h"
#include "tenon/io/named_array.h"

namespace tenon {

/// Free text about a file, by key.
using SafetensorsMetadata = std::map<std::string, std::string>;

struct SafetensorsHeader;

/// A safetensors file, opened for reading. Nothing in it is trusted: what opens without an error has a header that
/// keeps to the format to the letter, and tensors that lie inside the file, side by side, without overlaps or gaps.
class SafetensorsFile {
 public:
  /// Maps the file and checks its header. Throws FileError when it cannot be read, FormatError, which says what is
  /// wrong, when it is no safetensors file, or when a tensor has more axes than `max_rank`.
  explicit SafetensorsFile(const std::string& path);
  /// The same for a file in memory, which must outlive this object. `path` is how errors call it.
  SafetensorsFile(std::span<const std::byte> bytes, std::string path);
  ~SafetensorsFile();
  SafetensorsFile(SafetensorsFile&&) noexcept;
  SafetensorsFile& operator=(SafetensorsFile&&) noexcept;

  struct Info {
    std::string_view dtype;            // as the format calls it: "F32", "BF16", ...
    std::optional<DType> array_dtype;  // of `array(name)`; nothing when Arrays have no such type
    Shape shape;
    std::span<const std::byte> bytes;  // row-major, little-endian, at any alignment; live as long as this object
  };

  const std::string& path() const { return path_; }
  /// In the order of their bytes in the file.
  const std::vector<std::string>& names() const { return names_; }
  bool contains(std::string_view name) const { return index_.contains(name); }
  const SafetensorsMetadata& metadata() const;
  /// Throws FileError, with the nearest name, when there is no such tensor.
  Info info(std::string_view name) const;

  /// A copy on the default device, of the same type. Throws FileError when there is no such tensor, DTypeError for
  /// types that Arrays do not have (`info(name).bytes` has them as they are), FormatError when a BOOL is neither 0
  /// nor 1.
  Array array(std::string_view name) const;

 private:
  void open(std::span<const std::byte> bytes);

  std::string path_;
  std::optional<MappedFile> file_;
  std::span<const std::byte> data_;  // behind the header
  std::unique_ptr<SafetensorsHeader> header_;
  std::vector<std::string> names_;
  std::map<std::string, std::size_t, std::less<>> index_;  // place in header_
};

/// Writes arrays to `path`, computing those that have no value yet. The file appears complete or not at all, and the
/// same arrays, names and metadata always make the same bytes, in the order in which the reference implementation
/// writes them: by alignment of their type, the largest first, then by name. Throws FileError when it cannot be
/// written, ValueError for a repeated name, an array without a value, text that is not UTF-8, or the name
/// "__metadata__".
void write_safetensors(const std::string& path, std::span<const NamedArray> arrays,
                       const SafetensorsMetadata& metadata = {});

}  // namespace tenon
