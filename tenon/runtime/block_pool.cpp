#include "tenon/runtime/block_pool.h"

#include <fmt/format.h>
#include <sys/sysinfo.h>

#include <bit>
#include <cstdlib>

#include "tenon/core/error.h"
#include "tenon/runtime/text.h"

#if defined(__SANITIZE_ADDRESS__)
#define TENON_POISONS_FREE_BLOCKS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TENON_POISONS_FREE_BLOCKS 1
#endif
#endif
#ifdef TENON_POISONS_FREE_BLOCKS
#include <sanitizer/asan_interface.h>
#endif

namespace tenon {
namespace {

constexpr std::size_t smallest_block = 256;

struct Rounded {
  std::size_t bytes;
  int size_class;
};

/// `bytes` plus padding, rounded up to a size class.
Rounded rounded(std::size_t bytes) {
  const std::size_t padded = bytes + BlockPool::padding;
  if (padded <= smallest_block) return {smallest_block, 0};
  // 2^exponent < padded <= 2^(exponent + 1), in four steps; each is a multiple of 64.
  const int exponent = 63 - std::countl_zero(padded - 1);
  const std::size_t step = std::size_t{1} << (exponent - 2);
  const std::size_t index = (padded - 1) >> (exponent - 2);
  return {(index + 1) * step, exponent * 4 + static_cast<int>(index & 3)};
}

/// A block that waits for reuse: the address sanitizer reports whoever touches it, as it would had
/// it been freed. Its first bytes hold the list.
void poison([[maybe_unused]] void* block, [[maybe_unused]] std::size_t bytes) {
#ifdef TENON_POISONS_FREE_BLOCKS
  ASAN_POISON_MEMORY_REGION(static_cast<char*>(block) + 8, bytes - 8);
#endif
}

void unpoison([[maybe_unused]] void* block, [[maybe_unused]] std::size_t bytes) {
#ifdef TENON_POISONS_FREE_BLOCKS
  ASAN_UNPOISON_MEMORY_REGION(block, bytes);
#endif
}

/// The block size of a size class; the inverse of rounded().
std::size_t bytes_of_class(int size_class) {
  if (size_class == 0) return smallest_block;
  const int exponent = size_class / 4;
  const std::size_t quarter = std::size_t{1} << (exponent - 2);
  return (std::size_t{4} + static_cast<std::size_t>(size_class % 4) + 1) * quarter;
}

/// Memory and swap space of the machine: more than this can never be used at once.
std::size_t machine_bytes() {
  static const std::size_t bytes = [] {
    struct sysinfo info{};
    if (sysinfo(&info) != 0) return std::size_t{1} << 46;
    return (static_cast<std::size_t>(info.totalram) + static_cast<std::size_t>(info.totalswap)) * info.mem_unit;
  }();
  return bytes;
}

}  // namespace

BlockPool::~BlockPool() { free_all(); }

void* BlockPool::take(std::size_t bytes) {
  if (bytes > machine_bytes()) {
    throw DeviceError(fmt::format("allocate: {} bytes ({}) were asked for, the machine has {}", bytes,
                                  bytes_as_text(bytes), bytes_as_text(machine_bytes())));
  }
  const Rounded block = rounded(bytes);
  {
    const std::lock_guard lock(mutex_);
    SizeClass& size_class = size_classes_[static_cast<std::size_t>(block.size_class)];
    size_class.last_use = ++uses_;
    if (FreeBlock* free = size_class.free) {
      size_class.free = free->next;
      cached_bytes_ -= block.bytes;
      unpoison(free, block.bytes);
      return free;
    }
  }
  void* fresh = std::aligned_alloc(alignment, block.bytes);
  if (!fresh) {
    free_all();
    fresh = std::aligned_alloc(alignment, block.bytes);
  }
  if (!fresh) {
    throw DeviceError(
        fmt::format("allocate: out of memory for {} bytes ({}); live_buffers() lists "
                    "what is in use",
                    bytes, bytes_as_text(bytes)));
  }
  return fresh;
}

void BlockPool::give_back(void* pointer, std::size_t bytes) noexcept {
  const Rounded block = rounded(bytes);
  const std::lock_guard lock(mutex_);
  if (block.bytes > max_cached_bytes_) {
    std::free(pointer);
    return;
  }
  SizeClass& size_class = size_classes_[static_cast<std::size_t>(block.size_class)];
  size_class.last_use = ++uses_;
  size_class.free = new (pointer) FreeBlock{size_class.free};
  poison(pointer, block.bytes);
  cached_bytes_ += block.bytes;
  while (cached_bytes_ > max_cached_bytes_) free_least_recently_used();
}

std::size_t BlockPool::cached_bytes() const {
  const std::lock_guard lock(mutex_);
  return cached_bytes_;
}

void BlockPool::free_least_recently_used() {
  SizeClass* oldest = nullptr;
  for (SizeClass& candidate : size_classes_) {
    if (candidate.free && (!oldest || candidate.last_use < oldest->last_use)) oldest = &candidate;
  }
  const std::size_t bytes = bytes_of_class(static_cast<int>(oldest - size_classes_.data()));
  FreeBlock* block = oldest->free;
  oldest->free = block->next;
  cached_bytes_ -= bytes;
  unpoison(block, bytes);
  std::free(block);
}

void BlockPool::free_all() {
  const std::lock_guard lock(mutex_);
  while (cached_bytes_ > 0) free_least_recently_used();
}

}  // namespace tenon
