// Zip archives: the table of contents of one in memory, and writing one of stored entries.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tenon/io/atomic_file.h"

namespace tenon {

/// One file in an archive.
struct ZipEntry {
  std::string name;  // its bytes as they are
  bool deflated = false;
  std::uint32_t crc = 0;            // of the bytes in the clear
  std::uint64_t bytes = 0;          // in the clear, as the archive claims
  std::span<const std::byte> data;  // as they lie in the archive
};

/// The entries of an archive, in the order of its table of contents, which is what counts: data descriptors, and what
/// else repeats the table, are passed over. Takes zip64. Throws FormatError, in which `origin` names the file, when it
/// is no archive, an entry lies outside it or over another one, a local header has another name or method, or an entry
/// claims more than its compressed bytes can make; also for entries that are encrypted, compressed by another method
/// than deflate, or named with zero bytes, and for archives in several parts or with something in front.
///
/// Entries do not overlap, so all of them together claim at most Inflater::greatest_ratio times the file's bytes.
std::vector<ZipEntry> read_zip_directory(std::span<const std::byte> file, const std::string& origin);

/// An archive in the making: entries are stored as they are, with the times of 1 January 1980, so that the same entries
/// make the same bytes. The file appears complete or not at all (AtomicFile).
class ZipWriter {
 public:
  /// Sizes, offsets and counts from `zip64_from` on are written as zip64. The format says 0xffffffff (0xffff for
  /// counts); tests say less.
  explicit ZipWriter(const std::string& path, std::uint64_t zip64_from = 0xffffffff);

  /// Throws FileError when it cannot be written, ValueError for a name longer than 65535 bytes. The entry's bytes are
  /// those of `header` and `data`.
  void add(std::string_view name, std::span<const std::byte> header, std::span<const std::byte> data);
  /// Writes the table of contents and gives the file its name. Throws FileError.
  void commit();

 private:
  void write(const std::string& bytes);

  AtomicFile file_;
  std::uint64_t zip64_from_;
  std::uint64_t offset_ = 0;
  std::uint64_t count_ = 0;
  std::string directory_;
};

}  // namespace tenon
