// The device "cpu": kernels compiled by the system's compiler, run on a thread pool.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "tenon/runtime/device.h"
#include "tenon/runtime/host_memory.h"
#include "tenon/runtime/kernel_cache.h"
#include "tenon/runtime/thread_pool.h"

namespace tenon {

struct CpuDeviceOptions {
  ThreadPoolOptions threads;
  KernelCacheOptions cache;
};

/// Memory of one thread that lasts from launch to launch and grows to the largest asked for.
class Scratch {
 public:
  /// 4096-byte aligned; nullptr for 0 bytes. What was in it is lost when it grows. Throws
  /// DeviceError when out of memory.
  void* at_least(std::size_t bytes);

 private:
  struct Free {
    void operator()(void* memory) const;
  };
  std::unique_ptr<void, Free> memory_;
  std::size_t bytes_ = 0;
};

class CpuDevice final : public Device {
 public:
  explicit CpuDevice(CpuDeviceOptions options);

  std::string_view name() const override { return "cpu"; }
  const DeviceInfo& info() const override { return info_; }
  void set_threads(int threads) override;
  Ref<Buffer> allocate(std::size_t bytes, const Origin& origin) override;
  std::vector<const LoadedKernel*> load(std::string_view prelude, std::span<const KernelSource> sources) override;
  RunStatus run(std::span<const Launch> launches) override;
  void copy_from_host(Buffer& buffer, const void* source, std::size_t bytes, std::size_t offset) override;
  void copy_to_host(void* target, const Buffer& buffer, std::size_t bytes, std::size_t offset) override;

 private:
  void deallocate(void* data, std::size_t bytes) noexcept override;
  void run_on_pool(std::span<const Launch> launches, int threads, void* callers_scratch, std::size_t scratch_bytes,
                   int* statuses);

  HostMemory memory_;
  KernelCache cache_;
  std::mutex run_mutex_;  // guards the pool's size and the workers' scratch
  ThreadPool pool_;
  std::vector<Scratch> worker_scratch_;
  std::vector<void*> scratch_pointers_;  // [thread], of the run in progress
  DeviceInfo info_;
};

}  // namespace tenon
