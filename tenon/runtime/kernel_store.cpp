#include "tenon/runtime/kernel_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <map>
#include <system_error>
#include <vector>

#include "tenon/runtime/files.h"
#include "tenon/runtime/shared_object.h"
#include "tenon/runtime/text.h"

namespace tenon {
namespace {

constexpr std::time_t hour = 3600;
constexpr std::string_view entry_suffix = ".so";
constexpr std::string_view temporary_suffix = ".part";

/// Marks an entry as used. A time that is an hour off orders them well enough, and spares most
/// starts the write.
void touch(int file, const struct stat& status) {
  if (std::time(nullptr) - status.st_mtime > hour) futimens(file, nullptr);
}

/// Gives `target` the contents of `source`: as another name of it, or a copy where the file system
/// has no links. Replaces what was there at once.
bool publish(const std::string& source, std::string_view contents, const std::string& target) {
  const std::string part = fmt::format("{}.{}{}", target, getpid(), temporary_suffix);
  unlink(part.c_str());
  if (link(source.c_str(), part.c_str()) != 0 && !write_file(part, contents)) return false;
  const bool renamed = rename(part.c_str(), target.c_str()) == 0;
  const int error = errno;
  // Still there when rename failed, or when both were names of one file already.
  unlink(part.c_str());
  errno = error;
  return renamed;
}

}  // namespace

std::string to_string(const KernelKey& key) { return fmt::format("{:016x}{:016x}", key.high, key.low); }

std::string KernelStore::path_of(const KernelKey& key) const {
  return fmt::format("{}/{}{}", options_.directory, to_string(key), entry_suffix);
}

void KernelStore::give_up(std::string_view reason) {
  if (state_ == State::given_up) return;
  state_ = State::given_up;
  fmt::print(stderr,
             "tenon: kernels are not kept on disk and will be compiled again by every process: {}{}{}"
             " (TENON_CACHE_DIR names another folder)\n",
             options_.directory, options_.directory.empty() ? "" : ": ", reason);
}

std::string KernelStore::problem_with_directory() const {
  if (options_.directory.empty()) return "TENON_CACHE_DIR, XDG_CACHE_HOME and HOME are all unset";
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(options_.directory).parent_path(), error);
  if (error) return error.message();
  if (mkdir(options_.directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return system_error_text(errno);
  }
  struct stat status{};
  if (stat(options_.directory.c_str(), &status) != 0) return system_error_text(errno);
  if (!S_ISDIR(status.st_mode)) return "it is not a folder";
  // Whoever can write here can run code in this process.
  if (status.st_uid != geteuid()) {
    return fmt::format("it belongs to user {}, not to user {} who runs this", status.st_uid, geteuid());
  }
  if ((status.st_mode & S_IWOTH) != 0) return "everyone may write to it (chmod o-w)";
  return {};
}

bool KernelStore::is_usable() {
  if (state_ == State::unknown) {
    const std::string problem = problem_with_directory();
    if (problem.empty()) {
      state_ = State::usable;
    } else {
      give_up(problem);
    }
  }
  return state_ == State::usable;
}

bool KernelStore::is_intact(const std::string& path, int file) {
  struct stat status{};
  if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode) || status.st_uid != geteuid()) {
    return false;
  }
  const std::pair<std::uint64_t, std::uint64_t> identity{status.st_dev, status.st_ino};
  if (!intact_.contains(identity)) {
    const std::optional<std::string> contents = read_file(path);
    if (!contents || !has_valid_trailer(*contents)) return false;
    intact_.insert(identity);
  }
  touch(file, status);
  return true;
}

KernelStore::Found KernelStore::find(const KernelKey& key, const std::string& symbol) {
  if (!is_usable()) return {};
  const std::string path = path_of(key);
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (file < 0 && errno == ENOENT) return {};
  const bool intact = file >= 0 && is_intact(path, file);
  if (file >= 0) close(file);
  std::string error;
  KernelFunction function = intact ? load_function(path, symbol, error) : nullptr;
  if (function) return {Lookup::found, function};
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
  return {Lookup::damaged, nullptr};
}

bool KernelStore::insert(std::string_view object, std::span<const KernelKey> keys) {
  if (!is_usable() || keys.empty()) return false;
  const std::string contents = with_trailer(object);
  const std::string file = fmt::format("{}.{}.unit{}", path_of(keys.front()), getpid(), temporary_suffix);
  bool complete = write_file(file, contents);
  for (const KernelKey& key : keys) complete = complete && publish(file, contents, path_of(key));
  const int error = errno;
  unlink(file.c_str());
  if (!complete) {
    give_up(system_error_text(error));
    return false;
  }
  added_bytes_ += contents.size();
  // A look through the whole folder: once in a process, and again only when that much is new.
  if (!was_trimmed_ || added_bytes_ > options_.max_bytes / 16) {
    trim_kernel_directory(options_.directory, options_.max_bytes);
    was_trimmed_ = true;
    added_bytes_ = 0;
  }
  return true;
}

void trim_kernel_directory(const std::string& directory, std::uint64_t max_bytes) {
  struct File {
    std::uint64_t bytes = 0;
    std::time_t used = 0;
    std::vector<std::string> names;
  };
  std::map<std::uint64_t, File> files;  // by inode
  std::uint64_t total = 0;
  std::error_code error;
  // Other processes may remove files meanwhile: what cannot be looked at is left out.
  for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string path = entry->path().string();
    struct stat status{};
    if (lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    if (path.ends_with(temporary_suffix)) {
      if (std::time(nullptr) - status.st_mtime > hour) unlink(path.c_str());
      continue;
    }
    if (!path.ends_with(entry_suffix)) continue;
    File& file = files[status.st_ino];
    if (file.names.empty()) total += static_cast<std::uint64_t>(status.st_size);
    file.bytes = static_cast<std::uint64_t>(status.st_size);
    file.used = status.st_mtime;
    file.names.push_back(path);
  }
  if (total <= max_bytes) return;
  std::vector<File> by_use;
  for (auto& [inode, file] : files) by_use.push_back(std::move(file));
  std::sort(by_use.begin(), by_use.end(), [](const File& a, const File& b) { return a.used < b.used; });
  for (const File& file : by_use) {
    if (total <= max_bytes / 4 * 3) return;
    for (const std::string& name : file.names) unlink(name.c_str());
    total -= file.bytes;
  }
}

}  // namespace tenon
