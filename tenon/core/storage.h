// What a leaf of the graph refers to: memory that lives on some device. The graph only shares it;
// `tenon/runtime/buffer.h` is the one implementation.
#pragma once

#include <atomic>
#include <cstdint>

#include "tenon/core/reference.h"

namespace tenon {

class Storage {
 public:
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  /// How many Refs share it: 1 means that its owner may write to it.
  std::uint32_t owners() const { return count_.load(std::memory_order_acquire); }

 protected:
  Storage() = default;
  virtual ~Storage() = default;

 private:
  mutable std::atomic<std::uint32_t> count_{0};

  friend void retain(const Storage* storage) { storage->count_.fetch_add(1, std::memory_order_relaxed); }
  friend void release(const Storage* storage) {
    // Who holds the only count shares it with nobody, and is spared the locked subtraction.
    if (storage->owners() == 1 || storage->count_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete storage;
  }
};

}  // namespace tenon
