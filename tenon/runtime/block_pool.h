// Host memory for buffers, kept for reuse by size.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace tenon {

/// Blocks that come back are kept, up to a bound, because a training loop asks for the same sizes
/// at every step. Sizes are rounded up to four steps for each power of two, so at most a fifth of a
/// block beyond 256 bytes is unused.
class BlockPool {
 public:
  explicit BlockPool(std::size_t max_cached_bytes = std::size_t{256} << 20) : max_cached_bytes_(max_cached_bytes) {}
  ~BlockPool();
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;

  /// 64-byte aligned, with at least `padding` readable bytes behind `bytes`. Throws DeviceError when
  /// the machine does not have that much memory.
  void* take(std::size_t bytes);

  /// `bytes` as it was given to take().
  void give_back(void* block, std::size_t bytes) noexcept;

  std::size_t cached_bytes() const;

  static constexpr std::size_t padding = 64;
  static constexpr std::size_t alignment = 64;

 private:
  struct FreeBlock {
    FreeBlock* next;
  };
  struct SizeClass {
    FreeBlock* free = nullptr;
    std::uint64_t last_use = 0;
  };
  static constexpr int steps = 4;
  static constexpr int classes = 64 * steps;

  void free_least_recently_used();
  void free_all();

  const std::size_t max_cached_bytes_;
  mutable std::mutex mutex_;
  std::array<SizeClass, classes> size_classes_;
  std::size_t cached_bytes_ = 0;
  std::uint64_t uses_ = 0;
};

}  // namespace tenon
