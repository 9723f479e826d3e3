// Files that appear whole or not at all.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace tenon {

/// A file in the making: written beside its place under another name, and renamed to it when it is complete. No reader
/// ever sees half a file, and what stood there before survives every failure and every kill. Destroyed without
/// `commit`, it leaves nothing behind; what a killed process leaves ends in ".tmp".
class AtomicFile {
 public:
  /// Throws FileError when no file can be made beside `path`.
  explicit AtomicFile(std::string path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Appends. Throws FileError with the path and the reason: a full disk, above all.
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);
  /// Waits until the bytes are on the disk, so that they also survive the loss of power, and gives them their name.
  /// Throws FileError.
  void commit();

 private:
  [[noreturn]] void fail(std::string_view what, int error) const;

  std::string path_, temporary_;
  int file_ = -1;
};

/// Writes `bytes` as one AtomicFile. Throws FileError with the path and the reason.
void write_atomically(const std::string& path, std::string_view bytes);

/// Waits until a folder's entries, names made and renamed in it, are on the disk. Throws FileError.
void sync_directory(const std::string& path);

}  // namespace tenon
