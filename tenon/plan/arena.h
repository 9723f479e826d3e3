// The memory that all plans of a device put their temporaries into.
#pragma once

#include <mutex>

#include "tenon/runtime/device.h"

namespace tenon {

/// Plans of one device run one after the other and share one arena, as large as the largest of them needs.
class Arena {
 public:
  /// Held while a plan runs.
  std::mutex& mutex() { return mutex_; }
  /// At least `bytes`. The caller holds the mutex.
  void* at_least(Device& device, std::size_t bytes);

 private:
  std::mutex mutex_;
  Ref<Buffer> buffer_;
};

Arena& arena_of(Device& device);

}  // namespace tenon
