// The folder on disk that keeps compiled kernels between runs.
#pragma once

#include <compare>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "tenon/runtime/kernel_abi.h"

namespace tenon {

/// 128 bits that stand for all that a compiled kernel depends on.
struct KernelKey {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend auto operator<=>(const KernelKey&, const KernelKey&) = default;
};

/// 32 hexadecimal digits.
std::string to_string(const KernelKey& key);

struct KernelStoreOptions {
  /// Made when missing. Empty: there is no place for a store, which is reported like a folder that
  /// cannot be used.
  std::string directory;
  /// Least recently used entries go when the folder holds more.
  std::uint64_t max_bytes = std::uint64_t{1} << 30;
};

/// Entries are shared objects with a trailer, one file name for each kernel; kernels compiled
/// together are names (hard links) of one file. A file appears under its name complete or not at
/// all, so any number of processes may share the folder.
///
/// A folder that cannot be used (not a folder, owned by someone else, writable by everyone, nothing
/// loads from it) or not written to (read-only, full) is reported on stderr once, with the reason.
/// After that it is left alone: kernels then live as long as the process.
///
/// Not safe to use from several threads at once.
class KernelStore {
 public:
  explicit KernelStore(KernelStoreOptions options) : options_(std::move(options)) {}

  enum class Lookup : std::uint8_t { found, missing, damaged };
  struct Found {
    Lookup lookup = Lookup::missing;
    KernelFunction function = nullptr;
  };
  /// Loads what is stored under `key`. A damaged entry is removed.
  Found find(const KernelKey& key, const std::string& symbol);

  /// Stores a shared object under all `keys`; false when there is no store.
  bool insert(std::string_view object, std::span<const KernelKey> keys);

  /// The file of a kernel's entry.
  std::string path_of(const KernelKey& key) const;

  /// Reports `reason` and gives the folder up.
  void give_up(std::string_view reason);

 private:
  bool is_usable();
  std::string problem_with_directory() const;
  bool is_intact(const std::string& path, int file);

  KernelStoreOptions options_;
  enum class State : std::uint8_t { unknown, usable, given_up } state_ = State::unknown;
  // Files already read and found whole, as (device, inode): kernels compiled together share one.
  std::set<std::pair<std::uint64_t, std::uint64_t>> intact_;
  std::uint64_t added_bytes_ = 0;  // since the folder was last brought within its bound
  bool was_trimmed_ = false;
};

/// Removes the least recently used entries of a folder that holds more than `max_bytes`, until three
/// quarters of that are left, and what interrupted processes left behind. Names of one file go
/// together.
void trim_kernel_directory(const std::string& directory, std::uint64_t max_bytes);

}  // namespace tenon
