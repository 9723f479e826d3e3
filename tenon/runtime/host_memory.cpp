#include "tenon/runtime/host_memory.h"

#include <fmt/format.h>

#include <cstring>

#include "tenon/core/error.h"

namespace tenon {
namespace {

/// The start of the range, once it is known to lie within the buffer.
char* checked_range(const char* what, const Buffer& buffer, std::size_t bytes, std::size_t offset) {
  if (offset > buffer.bytes() || bytes > buffer.bytes() - offset) {
    throw DeviceError(
        fmt::format("{}: {} bytes from byte {} on do not lie within the {} bytes of "
                    "the buffer '{}'",
                    what, bytes, offset, buffer.bytes(), buffer.origin().what()));
  }
  return static_cast<char*>(buffer.data()) + offset;
}

}  // namespace

Ref<Buffer> HostMemory::allocate(Device& device, std::size_t bytes, const Origin& origin) {
  void* data = blocks_.take(bytes);
  Buffer* buffer = nullptr;
  try {
    buffer = new Buffer(device, data, bytes, origin);
  } catch (const std::bad_alloc&) {
    deallocate(data, bytes);
    throw DeviceError("allocate: out of memory for a buffer's description");
  }
  return Ref<Buffer>(buffer);
}

void HostMemory::copy_from_host(Buffer& buffer, const void* source, std::size_t bytes, std::size_t offset) {
  char* target = checked_range("copy from host", buffer, bytes, offset);
  if (bytes > 0) std::memcpy(target, source, bytes);
}

void HostMemory::copy_to_host(void* target, const Buffer& buffer, std::size_t bytes, std::size_t offset) {
  const char* source = checked_range("copy to host", buffer, bytes, offset);
  if (bytes > 0) std::memcpy(target, source, bytes);
}

}  // namespace tenon
