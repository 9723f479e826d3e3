#include "tenon/runtime/barrier.h"

#include <sched.h>

namespace tenon {
namespace {

void pause_core() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

void SpinWait::once() {
  // Some 10 us of pauses: longer than threads that run side by side wait for each other.
  constexpr int spins_before_yield = 512;
  if (spins_ < spins_before_yield) {
    ++spins_;
    pause_core();
  } else {
    sched_yield();
  }
}

Barrier::Barrier(int threads)
    : tenon_barrier{[](tenon_barrier* barrier, long) { static_cast<Barrier*>(barrier)->arrive_and_wait(); }},
      threads_(threads) {}

void Barrier::arrive_and_wait() {
  if (threads_ == 1) return;
  // Read before arriving: the phase cannot change until this thread has arrived.
  const std::uint32_t phase = phase_.load(std::memory_order_relaxed);
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) == threads_ - 1) {
    arrived_.store(0, std::memory_order_relaxed);
    phase_.store(phase + 1, std::memory_order_release);
    return;
  }
  for (SpinWait spin; phase_.load(std::memory_order_acquire) == phase;) spin.once();
}

}  // namespace tenon
