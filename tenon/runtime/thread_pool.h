// The CPU device's threads: dispatched in well under a microsecond while they are hot, parked when
// there is nothing to do.
#pragma once

#include <chrono>
#include <memory>

#include "tenon/runtime/kernel_abi.h"

namespace tenon {

struct ThreadPoolOptions {
  /// Including the caller of run(); 0: one for each cpu that the process may use.
  int threads = 0;
  /// Ties each worker to a cpu of its own. Without, idle spinners gather on one core.
  bool pin = true;
  /// How long an idle worker spins before it parks.
  std::chrono::microseconds spin = std::chrono::milliseconds(2);
};

/// Called on each thread of a run; must not throw. `barrier` is shared by the `threads` threads.
using PoolFunction = void (*)(void* context, long thread, long threads, tenon_barrier* barrier);

/// A fixed set of threads that run one function at a time, together with the caller.
///
/// Workers are pinned, the caller never is: it belongs to the user. Instead the one cpu without a
/// worker follows the caller. When run() finds itself on a worker's cpu, that worker moves to the
/// cpu left free, so that the two do not take turns on one core.
///
/// After fork() the child has no workers, as with any thread: a child that computes must exec.
class ThreadPool {
 public:
  explicit ThreadPool(const ThreadPoolOptions& options = {});
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// Including the caller.
  int threads() const;

  /// Waits for a run in progress, then changes the number of threads; 0 as in the options. Throws
  /// ValueError when negative or above `max_threads`, DeviceError when the system gives no thread;
  /// the pool then goes on with those it got.
  void resize(int threads);

  /// Calls function(context, thread, n, barrier) for thread = 0 .. n-1, thread 0 on the caller, and
  /// returns once all have returned; n is the smaller of `threads` and the pool's size. Calls from
  /// several threads are served one after the other. A call from within a run is served by its
  /// caller alone, with n = 1.
  void run(PoolFunction function, void* context, int threads = max_threads);

  /// For use within a run: a barrier of the first `threads` threads of the pool, 1 <= threads <= n.
  tenon_barrier* barrier(int threads);

  static constexpr int max_threads = 1024;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// How many cpus the calling thread may use.
int available_cpus();

}  // namespace tenon
