// Several arrays by name in one NumPy file: .npz, a zip archive of .npy files.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tenon/io/mapped_file.h"
#include "tenon/io/named_array.h"
#include "tenon/io/npy.h"

namespace tenon {

struct ZipEntry;

/// A .npz file, opened for reading: what numpy.savez and numpy.savez_compressed write. Opening it reads the table of
/// contents; an array is read, and checked, when it is asked for. Nothing in the file is trusted: its parts lie inside
/// it without overlaps, no memory is taken before an array's own header and the table agree on its size, and that is at
/// most 1032 times the compressed bytes, the most that deflate can make of them.
class NpzFile {
 public:
  /// Maps the file. Throws FileError when it cannot be read, FormatError, which says what is wrong, when it is no such
  /// file (`read_zip_directory` says what that takes) or two arrays have one name.
  explicit NpzFile(const std::string& path);
  /// The same for a file in memory, which must outlive this object. `path` is how errors call it.
  NpzFile(std::span<const std::byte> bytes, std::string path);
  ~NpzFile();
  NpzFile(NpzFile&&) noexcept;
  NpzFile& operator=(NpzFile&&) noexcept;

  const std::string& path() const { return path_; }
  /// In the order of the file, without ".npy".
  const std::vector<std::string>& names() const { return names_; }
  bool contains(std::string_view name) const { return index_.contains(name); }

  /// Reads one array, as `load_npy` does. Throws what that throws; also FileError, with the nearest name, when there is
  /// none of this name, FormatError when its checksum is wrong, and FileError when it is compressed and this build has
  /// no zlib.
  Array array(std::string_view name) const;

  /// `tensor<float, "batch", 784>("x")` or `tensor<Pixels>("x")`: as a typed tensor. Also throws ShapeError and
  /// DTypeError, which name the file, the array and the axis, when the array is none of that type.
  template <class X, Axis... A>
  auto tensor(std::string_view name, std::source_location where = std::source_location::current()) const {
    return detail::as_from<X, A...>(origin_of(name), array(name), where);
  }

 private:
  void open(std::span<const std::byte> bytes);
  std::string origin_of(std::string_view name) const;

  std::string path_;
  std::optional<MappedFile> file_;
  std::vector<ZipEntry> entries_;
  std::vector<std::string> names_;
  std::map<std::string, std::size_t, std::less<>> index_;  // place in entries_
};

/// All arrays of a .npz file, in its order. Throws as NpzFile does.
std::vector<NamedArray> load_npz(const std::string& path);

/// Writes what numpy.load reads: one stored .npy file for each array, in this order. Computes the arrays first. The
/// file appears complete or not at all, and the same arrays and names make the same bytes. Throws FileError when it
/// cannot be written, ValueError for a repeated name, one with a zero byte or of more than 65531 bytes, or an array
/// without a value.
void save_npz(const std::string& path, std::span<const NamedArray> arrays);
/// `save_npz("data.npz", {{"x", x}, {"y", y}})`
void save_npz(const std::string& path, std::initializer_list<NamedArray> arrays);

}  // namespace tenon
