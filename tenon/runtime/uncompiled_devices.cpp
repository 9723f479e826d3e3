#include "tenon/runtime/uncompiled_devices.h"

#include <fmt/format.h>

#include "tenon/core/error.h"
#include "tenon/runtime/thread_pool.h"

namespace tenon {
namespace {

constexpr int null_device_threads = 2;

int checked_threads(std::string_view device, int threads, int otherwise) {
  if (threads < 0 || threads > ThreadPool::max_threads) {
    throw ValueError(
        fmt::format("device '{}': {} threads were asked for; from 1 to {} are "
                    "possible, 0 means the default",
                    device, threads, ThreadPool::max_threads));
  }
  return threads == 0 ? otherwise : threads;
}

}  // namespace

NullDevice::NullDevice() {
  info_ = {.execution = Execution::nothing,
           .vector_bytes = 64,
           .l1_bytes = std::size_t{32} << 10,
           .l2_bytes = std::size_t{1} << 20,
           .threads = null_device_threads};
}

void NullDevice::set_threads(int threads) { info_.threads = checked_threads(name(), threads, null_device_threads); }

Ref<Buffer> NullDevice::allocate(std::size_t bytes, const Origin& origin) {
  return memory_.allocate(*this, bytes, origin);
}

void NullDevice::deallocate(void* data, std::size_t bytes) noexcept { memory_.deallocate(data, bytes); }

void NullDevice::copy_from_host(Buffer& buffer, const void* source, std::size_t bytes, std::size_t offset) {
  HostMemory::copy_from_host(buffer, source, bytes, offset);
}

void NullDevice::copy_to_host(void* target, const Buffer& buffer, std::size_t bytes, std::size_t offset) {
  HostMemory::copy_to_host(target, buffer, bytes, offset);
}

std::vector<const LoadedKernel*> NullDevice::load(std::string_view, std::span<const KernelSource> sources) {
  const std::lock_guard lock(mutex_);
  std::vector<const LoadedKernel*> kernels;
  for (const KernelSource& source : sources) {
    LoadedKernel& kernel = kernels_[source.name];
    kernel.name = source.name;
    kernel.function = [](const tenon_arguments*, long, long, void*, tenon_barrier*) {};
    kernels.push_back(&kernel);
  }
  return kernels;
}

RunStatus NullDevice::run(std::span<const Launch>) { return {}; }

ReferenceDevice::ReferenceDevice() { info_.execution = Execution::interpreter; }

void ReferenceDevice::set_threads(int threads) {
  // The interpreter runs on its caller alone, whatever is asked for.
  checked_threads(name(), threads, 1);
}

Ref<Buffer> ReferenceDevice::allocate(std::size_t bytes, const Origin& origin) {
  return memory_.allocate(*this, bytes, origin);
}

void ReferenceDevice::deallocate(void* data, std::size_t bytes) noexcept { memory_.deallocate(data, bytes); }

void ReferenceDevice::copy_from_host(Buffer& buffer, const void* source, std::size_t bytes, std::size_t offset) {
  HostMemory::copy_from_host(buffer, source, bytes, offset);
}

void ReferenceDevice::copy_to_host(void* target, const Buffer& buffer, std::size_t bytes, std::size_t offset) {
  HostMemory::copy_to_host(target, buffer, bytes, offset);
}

std::vector<const LoadedKernel*> ReferenceDevice::load(std::string_view, std::span<const KernelSource>) {
  throw DeviceError("device 'reference' interprets graphs and takes no kernels");
}

RunStatus ReferenceDevice::run(std::span<const Launch>) {
  throw DeviceError("device 'reference' interprets graphs and runs no kernels");
}

}  // namespace tenon
