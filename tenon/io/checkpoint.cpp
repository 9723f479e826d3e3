#include "tenon/io/checkpoint.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "tenon/core/error.h"
#include "tenon/core/hash.h"
#include "tenon/io/atomic_file.h"
#include "tenon/io/checkpoint_meta.h"
#include "tenon/io/mapped_file.h"
#include "tenon/io/nearest_name.h"
#include "tenon/runtime/text.h"

namespace tenon {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view prefix = "step-", partial_suffix = ".partial";
constexpr std::string_view state_file = "/state.safetensors", meta_file = "/meta.json", lock_file = "/.lock";

std::string name_of(std::uint64_t step) { return fmt::format("{}{:08}", prefix, step); }

// The step of "step-00001200"; nothing for every other name.
std::optional<std::uint64_t> step_of(std::string_view name) {
  if (!name.starts_with(prefix)) return std::nullopt;
  std::uint64_t step = 0;
  const auto [rest, error] = std::from_chars(name.data() + prefix.size(), name.data() + name.size(), step);
  if (error != std::errc() || name_of(step) != name) return std::nullopt;
  return step;
}

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Names of the folders in `directory`, links aside; none when it does not exist.
std::vector<std::string> folders_in(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error)) {
    // Another process may have removed it meanwhile.
    std::error_code gone;
    if (entry->symlink_status(gone).type() == fs::file_type::directory)
      names.push_back(entry->path().filename().string());
  }
  if (error && error != std::errc::no_such_file_or_directory)
    throw FileError(fmt::format("{}: cannot list the folder: {}", directory, error.message()));
  return names;
}

// Steps that have a folder, highest first.
std::vector<std::uint64_t> steps_in(const std::string& directory) {
  std::vector<std::uint64_t> steps;
  for (const std::string& name : folders_in(directory))
    if (const auto step = step_of(name)) steps.push_back(*step);
  std::sort(steps.rbegin(), steps.rend());
  return steps;
}

// Held by whoever writes to the folder. The system lets go of it when the process ends, however it ends, so whatever
// is half written while this lock is held was left by a process that is no more.
class SaveLock {
 public:
  explicit SaveLock(const std::string& directory) {
    const std::string path = directory + std::string(lock_file);
    const auto fail = [&](int error) {
      throw FileError(fmt::format("{}: no checkpoint can be saved here: {}", path, system_error_text(error)));
    };
    file_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (file_ < 0) fail(errno);
    while (flock(file_, LOCK_EX) != 0) {
      if (errno == EINTR) continue;
      const int error = errno;
      close(file_);
      fail(error);
    }
  }
  ~SaveLock() {
    flock(file_, LOCK_UN);  // not only by closing: a forked child may hold the file open too
    close(file_);
  }
  SaveLock(const SaveLock&) = delete;
  SaveLock& operator=(const SaveLock&) = delete;

 private:
  int file_ = -1;
};

// What cannot be removed is tried again at the next save.
void remove_folder(const std::string& path) {
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

void remove_leftovers(const std::string& directory) {
  for (const std::string& name : folders_in(directory))
    if (name.starts_with(prefix) && name.ends_with(partial_suffix)) remove_folder(directory + "/" + name);
}

// The folder that becomes the checkpoint; removed when that fails.
class PartialFolder {
 public:
  explicit PartialFolder(std::string path) : path_(std::move(path)) {
    if (mkdir(path_.c_str(), 0777) != 0)
      throw FileError(fmt::format("{}: cannot make the folder: {}", path_, system_error_text(errno)));
  }
  ~PartialFolder() { remove_folder(path_); }
  PartialFolder(const PartialFolder&) = delete;
  PartialFolder& operator=(const PartialFolder&) = delete;

  const std::string& path() const { return path_; }

  // Gives it its name at one instant; what had the name before goes.
  void publish(const std::string& target) const {
    if (std::rename(path_.c_str(), target.c_str()) == 0) return;
    if (errno == EEXIST || errno == ENOTEMPTY) {
      if (renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, target.c_str(), RENAME_EXCHANGE) == 0) return;
      // The file system cannot exchange names: for an instant there is none of this step.
      const std::string old = target + ".old" + std::string(partial_suffix);
      if (std::rename(target.c_str(), old.c_str()) == 0 && std::rename(path_.c_str(), target.c_str()) == 0) {
        remove_folder(old);
        return;
      }
    }
    throw FileError(fmt::format("{}: cannot give it its name: {}", target, system_error_text(errno)));
  }

 private:
  std::string path_;
};

// Steps above `step` stay: they belong to another run, or to a future that this one left.
void remove_older(const std::string& directory, std::uint64_t step, int keep) {
  std::vector<std::uint64_t> steps = steps_in(directory);
  std::erase_if(steps, [&](std::uint64_t other) { return other > step; });
  for (auto i = static_cast<std::size_t>(keep); i < steps.size(); ++i) {
    const std::string path = directory + "/" + name_of(steps[i]), leaving = path + std::string(partial_suffix);
    // Renamed first, so that nobody meets half of it under its name.
    if (std::rename(path.c_str(), leaving.c_str()) == 0) remove_folder(leaving);
  }
}

// With all folders above it, and the names of those that were missing on the disk.
void make_directory(const std::string& directory) {
  std::vector<std::string> parents;
  std::error_code error;
  for (fs::path path = fs::absolute(directory); !path.empty() && !fs::exists(path, error); path = path.parent_path())
    parents.push_back(path.parent_path().string());
  fs::create_directories(directory, error);
  if (error) throw FileError(fmt::format("{}: cannot make the folder: {}", directory, error.message()));
  for (const std::string& parent : parents) sync_directory(parent);
}

// Which folder stands at `path` at the moment; nothing when there is none. One that cannot be looked at is always the
// same.
std::optional<std::pair<dev_t, ino_t>> identity(const std::string& path) {
  struct stat status{};
  if (stat(path.c_str(), &status) != 0 && errno == ENOENT) return std::nullopt;
  return std::pair(status.st_dev, status.st_ino);
}

}  // namespace

const Array& Checkpoint::array(std::string_view name) const {
  std::vector<std::string> names;
  for (const NamedArray& named : arrays) {
    if (named.name == name) return named.array;
    names.push_back(named.name);
  }
  const std::string near = nearest_name(name, names);
  throw FileError(fmt::format("the checkpoint of step {} has no array {}{}", step, quoted_name(name),
                              near.empty() ? "" : "; the nearest name is " + quoted_name(near)));
}

std::string save_checkpoint(const std::string& directory, const Checkpoint& checkpoint,
                            const CheckpointOptions& options) {
  if (options.keep < 1)
    throw ValueError(fmt::format("save_checkpoint: keep is {}; at least the one just saved stays", options.keep));
  make_directory(directory);
  const SaveLock lock(directory);
  remove_leftovers(directory);
  std::string target = directory + "/" + name_of(checkpoint.step);
  {
    const PartialFolder partial(target + std::string(partial_suffix));
    const std::string state_path = partial.path() + std::string(state_file);
    write_safetensors(state_path, checkpoint.arrays);
    const MappedFile state(state_path);
    write_atomically(partial.path() + std::string(meta_file),
                     render_checkpoint_meta({.step = checkpoint.step,
                                             .random = checkpoint.random,
                                             .data_position = checkpoint.data_position,
                                             .notes = checkpoint.notes,
                                             .state_bytes = state.bytes().size(),
                                             .state_hash = hash_bytes(text_of(state.bytes()))}));
    partial.publish(target);
    sync_directory(directory);
  }
  remove_older(directory, checkpoint.step, options.keep);
  return target;
}

Checkpoint load_checkpoint(const std::string& path) {
  const std::string meta_path = path + std::string(meta_file), state_path = path + std::string(state_file);
  const MappedFile meta_bytes(meta_path);
  CheckpointMeta meta = parse_checkpoint_meta(text_of(meta_bytes.bytes()), meta_path);
  const auto step = step_of(fs::path(path).filename().string());
  if (step && *step != meta.step)
    throw FormatError(fmt::format("{}: is of step {}, which its folder's name denies", meta_path, meta.step));

  const MappedFile state_bytes(state_path);
  if (state_bytes.bytes().size() != meta.state_bytes)
    throw FormatError(
        fmt::format("{}: has {} bytes, and {} were written", state_path, state_bytes.bytes().size(), meta.state_bytes));
  if (hash_bytes(text_of(state_bytes.bytes())) != meta.state_hash)
    throw FormatError(fmt::format("{}: its hash is not that of what was written: it was damaged", state_path));
  const SafetensorsFile state(state_bytes.bytes(), state_path);
  Checkpoint checkpoint{.step = meta.step,
                        .arrays = {},
                        .random = meta.random,
                        .data_position = meta.data_position,
                        .notes = std::move(meta.notes)};
  for (const std::string& name : state.names()) checkpoint.arrays.push_back({name, state.array(name)});
  return checkpoint;
}

LatestCheckpoint latest_checkpoint(const std::string& directory) {
  for (;;) {
    LatestCheckpoint found;
    bool changed = false;
    for (const std::uint64_t step : steps_in(directory)) {
      const std::string path = directory + "/" + name_of(step);
      const auto before = identity(path);
      try {
        found.checkpoint = load_checkpoint(path);
        found.path = path;
        return found;
      } catch (const FileError& error) {
        // One that another process removed or replaced since the folder was listed is not damaged.
        if (!before || identity(path) != before)
          changed = true;
        else
          found.skipped.push_back({path, error.what()});
      }
    }
    // All that were listed may be gone because newer ones have come.
    if (!changed) return found;
  }
}

}  // namespace tenon
