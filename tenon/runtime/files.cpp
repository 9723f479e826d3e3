#include "tenon/runtime/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "tenon/core/error.h"
#include "tenon/runtime/text.h"

namespace tenon {

std::optional<std::string> read_file(const std::string& path) {
  // Not through a link: nobody links into a folder of ours but to mislead.
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0) return std::nullopt;
  std::string contents;
  char chunk[1 << 16];
  for (;;) {
    const ssize_t count = read(file, chunk, sizeof chunk);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      const int error = errno;
      close(file);
      errno = error;
      if (count < 0) return std::nullopt;
      return contents;
    }
    contents.append(chunk, static_cast<std::size_t>(count));
  }
}

bool write_file(const std::string& path, std::string_view contents) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return false;
  bool complete = true;
  while (complete && !contents.empty()) {
    const ssize_t count = write(file, contents.data(), contents.size());
    if (count >= 0) {
      contents.remove_prefix(static_cast<std::size_t>(count));
    } else {
      complete = errno == EINTR;
    }
  }
  int error = complete ? 0 : errno;
  // Some file systems only notice here that they are full.
  if (close(file) != 0 && complete) {
    complete = false;
    error = errno;
  }
  if (!complete) unlink(path.c_str());
  errno = error;
  return complete;
}

TemporaryDirectory::TemporaryDirectory() {
  const std::string chosen = environment_variable("TMPDIR").value_or("/tmp");
  std::string failures;
  for (const std::string& parent : {chosen, std::string("/tmp"), std::string("/var/tmp")}) {
    std::string path = std::filesystem::absolute(parent).string() + "/tenon-XXXXXX";
    if (mkdtemp(path.data())) {
      path_ = std::move(path);
      return;
    }
    failures += fmt::format("\n  {}: {}", parent, system_error_text(errno));
  }
  throw FileError("no temporary folder could be made; TMPDIR may name a better place:" + failures);
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  if (!kept_) std::filesystem::remove_all(path_, ignored);
}

}  // namespace tenon
