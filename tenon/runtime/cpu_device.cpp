#include "tenon/runtime/cpu_device.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "tenon/core/error.h"
#include "tenon/runtime/barrier.h"
#include "tenon/runtime/cpu_info.h"
#include "tenon/runtime/text.h"

namespace tenon {
namespace {

/// One walk of the pool over a list of launches.
struct Walk {
  std::span<const Launch> launches;
  int* statuses;         // one for each launch
  void* const* scratch;  // one for each thread
  ThreadPool* pool;
};

int threads_of(const Launch& launch, long available) {
  return std::clamp(launch.max_threads, 1, static_cast<int>(available));
}

void call(const Launch& launch, int* status, long thread, long threads, void* scratch, tenon_barrier* barrier) {
  const tenon_arguments arguments{launch.buffers, launch.scalars, status};
  launch.kernel->function(&arguments, thread, threads, scratch, barrier);
}

/// Every thread walks the whole list. Launches that do not include it cost it one barrier.
void walk_launches(void* context, long thread, long threads, tenon_barrier* barrier) {
  const Walk& walk = *static_cast<const Walk*>(context);
  int previous = 0;
  for (std::size_t i = 0; i < walk.launches.size(); ++i) {
    const Launch& launch = walk.launches[i];
    const int count = threads_of(launch, threads);
    // Two launches that only thread 0 runs are in order by themselves.
    if (i > 0 && (previous > 1 || count > 1)) barrier->wait(barrier, thread);
    if (thread < count) {
      call(launch, &walk.statuses[i], thread, count, walk.scratch[thread], walk.pool->barrier(count));
    }
    previous = count;
  }
}

}  // namespace

void Scratch::Free::operator()(void* memory) const { std::free(memory); }

void* Scratch::at_least(std::size_t bytes) {
  if (bytes <= bytes_) return memory_.get();
  constexpr std::size_t page = 4096;
  const std::size_t rounded = (bytes + page - 1) / page * page;
  memory_.reset();
  bytes_ = 0;
  memory_.reset(rounded < bytes ? nullptr : std::aligned_alloc(page, rounded));
  if (!memory_) {
    throw DeviceError(
        fmt::format("run: out of memory for {} bytes ({}) of scratch memory", bytes, bytes_as_text(bytes)));
  }
  bytes_ = rounded;
  return memory_.get();
}

CpuDevice::CpuDevice(CpuDeviceOptions options)
    : cache_(std::move(options.cache)), pool_(options.threads), info_(detect_cpu()) {
  info_.threads = pool_.threads();
}

void CpuDevice::set_threads(int threads) {
  const std::lock_guard lock(run_mutex_);
  try {
    pool_.resize(threads);
  } catch (...) {
    info_.threads = pool_.threads();
    throw;
  }
  info_.threads = pool_.threads();
}

Ref<Buffer> CpuDevice::allocate(std::size_t bytes, const Origin& origin) {
  return memory_.allocate(*this, bytes, origin);
}

void CpuDevice::deallocate(void* data, std::size_t bytes) noexcept { memory_.deallocate(data, bytes); }

void CpuDevice::copy_from_host(Buffer& buffer, const void* source, std::size_t bytes, std::size_t offset) {
  HostMemory::copy_from_host(buffer, source, bytes, offset);
}

void CpuDevice::copy_to_host(void* target, const Buffer& buffer, std::size_t bytes, std::size_t offset) {
  HostMemory::copy_to_host(target, buffer, bytes, offset);
}

std::vector<const LoadedKernel*> CpuDevice::load(std::string_view prelude, std::span<const KernelSource> sources) {
  return cache_.load(prelude, sources);
}

RunStatus CpuDevice::run(std::span<const Launch> launches) {
  // Of the calling thread, so that callers whose launches need no pool do not wait for each other.
  thread_local Scratch callers_scratch;
  thread_local std::vector<int> statuses;
  int threads = 1;
  std::size_t scratch_bytes = 0;
  for (const Launch& launch : launches) {
    threads = std::max(threads, launch.max_threads);
    scratch_bytes = std::max(scratch_bytes, launch.scratch_bytes);
  }
  statuses.assign(launches.size(), 0);
  void* scratch = callers_scratch.at_least(scratch_bytes);
  if (threads == 1) {
    Barrier alone(1);
    for (std::size_t i = 0; i < launches.size(); ++i) {
      call(launches[i], &statuses[i], 0, 1, scratch, &alone);
    }
  } else {
    run_on_pool(launches, threads, scratch, scratch_bytes, statuses.data());
  }
  const auto failed = std::find_if(statuses.begin(), statuses.end(), [](int s) { return s != 0; });
  if (failed == statuses.end()) return {};
  return {*failed, static_cast<std::size_t>(failed - statuses.begin())};
}

void CpuDevice::run_on_pool(std::span<const Launch> launches, int threads, void* callers_scratch,
                            std::size_t scratch_bytes, int* statuses) {
  const std::lock_guard lock(run_mutex_);
  threads = std::min(threads, pool_.threads());
  const std::size_t workers = static_cast<std::size_t>(threads - 1);
  // Got here, not on the workers: a worker that failed could not tell the kernel's barriers.
  if (worker_scratch_.size() < workers) worker_scratch_.resize(workers);
  scratch_pointers_.assign(1, callers_scratch);
  for (std::size_t i = 0; i < workers; ++i) {
    scratch_pointers_.push_back(worker_scratch_[i].at_least(scratch_bytes));
  }
  Walk walk{launches, statuses, scratch_pointers_.data(), &pool_};
  pool_.run(walk_launches, &walk, threads);
}

}  // namespace tenon
