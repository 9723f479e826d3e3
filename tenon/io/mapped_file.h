// A file's bytes as memory.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace tenon {

/// A whole file, mapped read-only: opening costs the same for any size, and pages are read when they are first looked
/// at. It stays readable when the file is removed or replaced meanwhile, which is how this library writes files. A
/// program that shortens the file in place takes the pages away, and reading them ends the process (SIGBUS).
class MappedFile {
 public:
  /// Throws FileError when there is no regular file at `path` that can be read; symbolic links are followed.
  explicit MappedFile(std::string path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;

  const std::string& path() const { return path_; }
  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::string path_;
  std::span<const std::byte> bytes_;
};

}  // namespace tenon
