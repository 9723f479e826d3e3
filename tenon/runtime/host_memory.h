// Buffers in host memory, for the devices that compute there.
#pragma once

#include <cstddef>

#include "tenon/core/reference.h"
#include "tenon/runtime/block_pool.h"
#include "tenon/runtime/buffer.h"

namespace tenon {

/// What a device on the host needs to implement the memory half of Device.
class HostMemory {
 public:
  Ref<Buffer> allocate(Device& device, std::size_t bytes, const Origin& origin);
  void deallocate(void* data, std::size_t bytes) noexcept { blocks_.give_back(data, bytes); }

  static void copy_from_host(Buffer& buffer, const void* source, std::size_t bytes, std::size_t offset);
  static void copy_to_host(void* target, const Buffer& buffer, std::size_t bytes, std::size_t offset);

 private:
  BlockPool blocks_;
};

}  // namespace tenon
