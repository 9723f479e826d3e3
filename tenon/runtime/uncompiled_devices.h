// The devices that compile no kernels: "null" and "reference".
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "tenon/runtime/device.h"
#include "tenon/runtime/host_memory.h"

namespace tenon {

/// Takes every kernel and runs none, for tests of schedules and memory plans. It describes the same
/// machine everywhere (AVX-512, 32 KiB and 1 MiB of cache, two threads), so that what the code
/// generator makes for it can be asserted.
class NullDevice final : public Device {
 public:
  NullDevice();

  std::string_view name() const override { return "null"; }
  const DeviceInfo& info() const override { return info_; }
  void set_threads(int threads) override;
  Ref<Buffer> allocate(std::size_t bytes, const Origin& origin) override;
  std::vector<const LoadedKernel*> load(std::string_view prelude, std::span<const KernelSource> sources) override;
  RunStatus run(std::span<const Launch> launches) override;
  void copy_from_host(Buffer& buffer, const void* source, std::size_t bytes, std::size_t offset) override;
  void copy_to_host(void* target, const Buffer& buffer, std::size_t bytes, std::size_t offset) override;

 private:
  void deallocate(void* data, std::size_t bytes) noexcept override;

  HostMemory memory_;
  DeviceInfo info_;
  std::mutex mutex_;
  std::map<std::string, LoadedKernel> kernels_;  // by name; they differ in nothing else
};

/// Holds the data of graphs that the plan layer interprets. It has no kernels: load() and run()
/// throw DeviceError.
class ReferenceDevice final : public Device {
 public:
  ReferenceDevice();

  std::string_view name() const override { return "reference"; }
  const DeviceInfo& info() const override { return info_; }
  void set_threads(int threads) override;
  Ref<Buffer> allocate(std::size_t bytes, const Origin& origin) override;
  std::vector<const LoadedKernel*> load(std::string_view prelude, std::span<const KernelSource> sources) override;
  RunStatus run(std::span<const Launch> launches) override;
  void copy_from_host(Buffer& buffer, const void* source, std::size_t bytes, std::size_t offset) override;
  void copy_to_host(void* target, const Buffer& buffer, std::size_t bytes, std::size_t offset) override;

 private:
  void deallocate(void* data, std::size_t bytes) noexcept override;

  HostMemory memory_;
  DeviceInfo info_;
};

}  // namespace tenon
