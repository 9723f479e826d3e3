// A spinning barrier for threads that meet every few microseconds.
#pragma once

#include <atomic>
#include <cstdint>

#include "tenon/runtime/kernel_abi.h"

namespace tenon {

/// Waits in a busy loop: pauses the core at first, then offers it to others, so that threads that
/// outnumber the cpus still make progress.
class SpinWait {
 public:
  void once();

 private:
  int spins_ = 0;
};

/// Threads wait until all `threads` of them have arrived, again and again. Sense-reversing: the
/// phase counter is the sense, so a thread that is still leaving one phase cannot be confused by
/// others that already arrive for the next.
class Barrier : public tenon_barrier {
 public:
  explicit Barrier(int threads);
  Barrier(const Barrier&) = delete;
  Barrier& operator=(const Barrier&) = delete;

  void arrive_and_wait();

 private:
  const int threads_;
  // On lines of their own: every arrival writes the one, every waiter reads the other.
  alignas(64) std::atomic<int> arrived_{0};
  alignas(64) std::atomic<std::uint32_t> phase_{0};
};

}  // namespace tenon
