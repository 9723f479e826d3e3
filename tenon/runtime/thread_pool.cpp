#include "tenon/runtime/thread_pool.h"

#include <fmt/format.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <climits>
#include <cstdint>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "tenon/core/error.h"
#include "tenon/runtime/barrier.h"
#include "tenon/runtime/text.h"

namespace tenon {
namespace {

/// The cpus that the calling thread may use, in ascending order. Never empty.
std::vector<int> usable_cpus() {
  // Room for more cpus than any kernel is built for, so the call cannot fail for want of it.
  constexpr int cpu_limit = 16384;
  cpu_set_t* set = CPU_ALLOC(cpu_limit);
  const std::size_t set_bytes = CPU_ALLOC_SIZE(cpu_limit);
  std::vector<int> cpus;
  if (set && sched_getaffinity(0, set_bytes, set) == 0) {
    for (int cpu = 0; cpu < cpu_limit; ++cpu) {
      if (CPU_ISSET_S(static_cast<unsigned>(cpu), set_bytes, set)) cpus.push_back(cpu);
    }
  }
  if (set) CPU_FREE(set);
  if (cpus.empty()) cpus.push_back(0);
  return cpus;
}

void pin_thread(pthread_t thread, int cpu) {
  cpu_set_t* set = CPU_ALLOC(static_cast<std::size_t>(cpu) + 1);
  if (!set) return;
  const std::size_t set_bytes = CPU_ALLOC_SIZE(static_cast<std::size_t>(cpu) + 1);
  CPU_ZERO_S(set_bytes, set);
  CPU_SET_S(static_cast<unsigned>(cpu), set_bytes, set);
  // A container may forbid it, and then threads run where the system puts them: slower, not wrong.
  pthread_setaffinity_np(thread, set_bytes, set);
  CPU_FREE(set);
}

void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t expected) {
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, expected, nullptr, nullptr, 0);
}

void futex_wake_all(std::atomic<std::uint32_t>& word) {
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
}

/// Whether this thread is inside some pool's run, where another run must not wait for it.
thread_local bool inside_run = false;

}  // namespace

int available_cpus() { return std::min(static_cast<int>(usable_cpus().size()), ThreadPool::max_threads); }

struct ThreadPool::State {
  explicit State(const ThreadPoolOptions& given) : options(given) {}

  struct Worker {
    std::thread thread;
    int cpu = -1;  // -1: not pinned
  };

  void start(int count);
  void stop();
  void work(int index, std::uint32_t seen);
  void publish();
  std::uint32_t next_task(std::uint32_t seen);
  void leave_own_cpu_to_caller();

  const ThreadPoolOptions options;
  std::mutex run_mutex;  // held by whoever runs or resizes
  std::atomic<int> size{1};
  std::vector<Worker> workers;
  std::vector<std::unique_ptr<Barrier>> barriers;  // [k - 1] is for k threads
  int free_cpu = -1;                               // the one without a worker when each has one of its own; else -1

  // Runners and workers talk through two cache lines, since a core takes some 100 ns to get hold of
  // another's: this one, which the runner writes while no worker looks and `generation` publishes, ...
  alignas(64) std::atomic<std::uint32_t> generation{0};  // workers wait for it to change
  bool stopping = false;
  int participants = 0;
  PoolFunction function = nullptr;
  void* context = nullptr;
  tenon_barrier* barrier = nullptr;
  // ... and this one, to which every worker adds 1 when it is done with a run. Never reset: that would cost
  // the runner another trip.
  alignas(64) std::atomic<std::uint32_t> finished{0};
  alignas(64) std::atomic<int> parked{0};
  alignas(64) std::uint32_t finished_after_run = 0;  // what `finished` will reach; the runner's alone
};

void ThreadPool::State::start(int count) {
  barriers.clear();
  for (int threads = 1; threads <= count; ++threads) {
    barriers.push_back(std::make_unique<Barrier>(threads));
  }
  stopping = false;
  const std::vector<int> cpus = usable_cpus();
  const int cpu_count = static_cast<int>(cpus.size());
  // Pools that leave cpus free start behind the caller's, so that two processes on one machine are
  // likely to take different ones. More threads than cpus cannot each have one: the system balances.
  const bool pins = options.pin && count <= cpu_count;
  const auto here = std::find(cpus.begin(), cpus.end(), sched_getcpu());
  const int first = here == cpus.end() ? 0 : static_cast<int>(here - cpus.begin());
  const std::uint32_t seen = generation.load(std::memory_order_relaxed);
  int started = 1;
  std::string failure;
  try {
    workers.reserve(static_cast<std::size_t>(count));
    for (; started < count; ++started) {
      workers.push_back({std::thread([this, started, seen] { work(started, seen); }), -1});
      if (pins) {
        Worker& worker = workers.back();
        worker.cpu = cpus[static_cast<std::size_t>((first + started) % cpu_count)];
        pin_thread(worker.thread.native_handle(), worker.cpu);
      }
    }
  } catch (const std::system_error& error) {
    failure = error.what();
  }
  free_cpu = pins && started == cpu_count ? cpus[static_cast<std::size_t>(first)] : -1;
  size.store(started, std::memory_order_relaxed);
  if (!failure.empty()) {
    throw DeviceError(
        fmt::format("thread pool: {} threads were asked for, the system gave {}: {}", count, started, failure));
  }
}

void ThreadPool::State::stop() {
  stopping = true;
  publish();
  for (Worker& worker : workers) worker.thread.join();
  workers.clear();
  size.store(1, std::memory_order_relaxed);
}

void ThreadPool::State::publish() {
  // Sequentially consistent with next_task(): either the runner sees that a worker parked, or that
  // worker sees the new generation before it sleeps.
  generation.fetch_add(1, std::memory_order_seq_cst);
  if (parked.load(std::memory_order_seq_cst) > 0) futex_wake_all(generation);
}

std::uint32_t ThreadPool::State::next_task(std::uint32_t seen) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + options.spin;
  SpinWait spin;
  do {
    // Reading the clock costs as much as a pause or two; once in a while is enough.
    for (int i = 0; i < 64; ++i) {
      const std::uint32_t current = generation.load(std::memory_order_acquire);
      if (current != seen) return current;
      spin.once();
    }
  } while (Clock::now() < deadline);
  parked.fetch_add(1, std::memory_order_seq_cst);
  std::uint32_t current = generation.load(std::memory_order_seq_cst);
  while (current == seen) {
    futex_wait(generation, seen);
    current = generation.load(std::memory_order_seq_cst);
  }
  parked.fetch_sub(1, std::memory_order_relaxed);
  return current;
}

void ThreadPool::State::work(int index, std::uint32_t seen) {
  inside_run = true;
  for (;;) {
    seen = next_task(seen);
    if (stopping) return;
    if (index < participants) function(context, index, participants, barrier);
    finished.fetch_add(1, std::memory_order_release);
  }
}

void ThreadPool::State::leave_own_cpu_to_caller() {
  const int here = sched_getcpu();
  if (free_cpu < 0 || here == free_cpu) return;
  for (Worker& worker : workers) {
    if (worker.cpu != here) continue;
    std::swap(worker.cpu, free_cpu);
    pin_thread(worker.thread.native_handle(), worker.cpu);
    return;
  }
}

ThreadPool::ThreadPool(const ThreadPoolOptions& options) : state_(std::make_unique<State>(options)) {
  try {
    resize(options.threads);
  } catch (...) {
    state_->stop();
    throw;
  }
}

ThreadPool::~ThreadPool() { state_->stop(); }

int ThreadPool::threads() const { return state_->size.load(std::memory_order_relaxed); }

void ThreadPool::resize(int threads) {
  if (threads < 0 || threads > max_threads) {
    throw ValueError(
        fmt::format("thread pool: {} threads were asked for; from 1 to {} are possible, "
                    "0 means one for each cpu",
                    threads, max_threads));
  }
  if (inside_run) throw ValueError("thread pool: resized from within its own run");
  const int count = threads == 0 ? available_cpus() : threads;
  const std::lock_guard lock(state_->run_mutex);
  if (count == this->threads() && !state_->barriers.empty()) return;
  state_->stop();
  state_->start(count);
}

tenon_barrier* ThreadPool::barrier(int threads) {
  return state_->barriers[static_cast<std::size_t>(threads - 1)].get();
}

void ThreadPool::run(PoolFunction function, void* context, int threads) {
  if (inside_run) {
    Barrier alone(1);
    function(context, 0, 1, &alone);
    return;
  }
  State& state = *state_;
  const std::lock_guard lock(state.run_mutex);
  inside_run = true;
  const int participants = std::clamp(threads, 1, this->threads());
  tenon_barrier* shared = barrier(participants);
  if (participants == 1) {
    function(context, 0, 1, shared);
  } else {
    state.leave_own_cpu_to_caller();
    state.function = function;
    state.context = context;
    state.participants = participants;
    state.barrier = shared;
    state.finished_after_run += static_cast<std::uint32_t>(state.workers.size());
    state.publish();
    function(context, 0, participants, shared);
    for (SpinWait spin; state.finished.load(std::memory_order_acquire) != state.finished_after_run;) spin.once();
  }
  inside_run = false;
}

}  // namespace tenon
