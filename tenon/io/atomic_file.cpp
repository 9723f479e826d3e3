#include "tenon/io/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "tenon/core/error.h"
#include "tenon/runtime/text.h"

namespace tenon {

AtomicFile::AtomicFile(std::string path) : path_(std::move(path)) {
  static std::atomic<unsigned> counter{0};
  temporary_ = fmt::format("{}.{}.{}.tmp", path_, getpid(), counter++);
  const auto create = [&] { return open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666); };
  file_ = create();
  if (file_ < 0 && errno == EEXIST) {
    // Left by a killed process that had this one's number.
    unlink(temporary_.c_str());
    file_ = create();
  }
  if (file_ < 0) fail("cannot create a file beside it", errno);
}

AtomicFile::~AtomicFile() {
  if (file_ >= 0) close(file_);
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

void AtomicFile::fail(std::string_view what, int error) const {
  throw FileError(fmt::format("{}: {}: {}", path_, what, system_error_text(error)));
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("cannot write it", errno);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void AtomicFile::write(std::string_view text) { write(std::as_bytes(std::span(text))); }

void AtomicFile::commit() {
  if (fsync(file_) != 0) fail("cannot write it to the disk", errno);
  // Some file systems only notice here that they are full.
  if (close(std::exchange(file_, -1)) != 0) fail("cannot write it", errno);
  if (std::rename(temporary_.c_str(), path_.c_str()) != 0) fail("cannot give it its name", errno);
  temporary_.clear();
  const std::string folder = std::filesystem::path(path_).parent_path().string();
  sync_directory(folder.empty() ? "." : folder);
}

void write_atomically(const std::string& path, std::string_view bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

void sync_directory(const std::string& path) {
  const int folder = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  // Some file systems know no such thing, and say EINVAL.
  const bool synced = folder >= 0 && (fsync(folder) == 0 || errno == EINVAL);
  const int error = errno;
  if (folder >= 0) close(folder);
  if (!synced)
    throw FileError(fmt::format("{}: cannot write the folder to the disk: {}", path, system_error_text(error)));
}

}  // namespace tenon
