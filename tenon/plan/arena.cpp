#include "tenon/plan/arena.h"

#include <map>
#include <memory>

namespace tenon {

void* Arena::at_least(Device& device, std::size_t bytes) {
  if (bytes == 0) return nullptr;
  if (!buffer_ || buffer_->bytes() < bytes) {
    buffer_ = nullptr;  // given back before the larger one is asked for
    buffer_ = device.allocate(bytes, Origin("arena"));
  }
  return buffer_->data();
}

Arena& arena_of(Device& device) {
  // Never destroyed: devices live until the process ends.
  static std::mutex& mutex = *new std::mutex;
  static auto& arenas = *new std::map<Device*, std::unique_ptr<Arena>>;
  const std::lock_guard lock(mutex);
  std::unique_ptr<Arena>& arena = arenas[&device];
  if (!arena) arena = std::make_unique<Arena>();
  return *arena;
}

}  // namespace tenon
