#include "tenon/runtime/thread_pool.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <set>
#include <thread>
#include <vector>

#include "tenon/core/error.h"
#include "tenon/runtime/barrier.h"

namespace tenon {
namespace {

using Clock = std::chrono::steady_clock;

struct Calls {
  std::vector<long> of_thread;
  long threads = 0;
};

void count_call(void* context, long thread, long threads, tenon_barrier*) {
  Calls& calls = *static_cast<Calls*>(context);
  ++calls.of_thread[static_cast<std::size_t>(thread)];
  if (thread == 0) calls.threads = threads;
}

TEST(ThreadPool, EveryThreadIsCalledOnceInEachOfManyRuns) {
  ThreadPool pool({.threads = 4});
  Calls calls{std::vector<long>(4), 0};
  constexpr long runs = 3000;
  // Not atomic on purpose: the end of one run must order its writes before the next one's.
  for (long i = 0; i < runs; ++i) pool.run(count_call, &calls);
  EXPECT_EQ(calls.of_thread, std::vector<long>(4, runs));
  EXPECT_EQ(calls.threads, 4);
}

TEST(ThreadPool, ARunMayUseFewerThreads) {
  ThreadPool pool({.threads = 4});
  Calls calls{std::vector<long>(4), 0};
  pool.run(count_call, &calls, 2);
  EXPECT_EQ(calls.of_thread, (std::vector<long>{1, 1, 0, 0}));
  EXPECT_EQ(calls.threads, 2);
  pool.run(count_call, &calls, 1);
  EXPECT_EQ(calls.of_thread, (std::vector<long>{2, 1, 0, 0}));
}

TEST(ThreadPool, WorkersWakeUpAfterTheyParked) {
  ThreadPool pool({.threads = 3, .spin = std::chrono::microseconds(50)});
  Calls calls{std::vector<long>(3), 0};
  for (int i = 0; i < 50; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(i % 2 ? 1 : 0));
    pool.run(count_call, &calls);
  }
  EXPECT_EQ(calls.of_thread, std::vector<long>(3, 50));
}

TEST(ThreadPool, WorkersGoOnWakingUpAtTheMomentTheyPark) {
  // Without a spin, each run meets its workers somewhere on the way to the futex.
  ThreadPool pool({.threads = 3, .spin = std::chrono::microseconds(0)});
  Calls calls{std::vector<long>(3), 0};
  for (int i = 0; i < 3000; ++i) pool.run(count_call, &calls);
  EXPECT_EQ(calls.of_thread, std::vector<long>(3, 3000));
}

TEST(ThreadPool, ResizeChangesTheNumberOfThreads) {
  ThreadPool pool({.threads = 1});
  for (const int threads : {3, 1, 5, 2, 2}) {
    pool.resize(threads);
    EXPECT_EQ(pool.threads(), threads);
    Calls calls{std::vector<long>(5), 0};
    pool.run(count_call, &calls);
    EXPECT_EQ(calls.threads, threads);
    EXPECT_EQ(std::count(calls.of_thread.begin(), calls.of_thread.end(), 1), threads);
  }
  pool.resize(0);
  EXPECT_EQ(pool.threads(), available_cpus());
}

TEST(ThreadPool, ASizeOutOfRangeIsAnError) {
  ThreadPool pool({.threads = 2});
  EXPECT_THROW(pool.resize(-1), ValueError);
  EXPECT_THROW(pool.resize(ThreadPool::max_threads + 1), ValueError);
  EXPECT_THROW(ThreadPool({.threads = -3}), ValueError);
  EXPECT_EQ(pool.threads(), 2);
}

TEST(ThreadPool, CallersAreServedOneAfterTheOther) {
  ThreadPool pool({.threads = 3});
  struct Shared {
    std::atomic<int> inside{0};
    std::atomic<bool> overlapped{false};
    long total = 0;  // guarded by the order of the runs alone
  } shared;
  const auto task = [](void* context, long thread, long, tenon_barrier* barrier) {
    Shared& state = *static_cast<Shared*>(context);
    if (thread == 0) {
      if (state.inside.fetch_add(1) != 0) state.overlapped = true;
      ++state.total;
    }
    barrier->wait(barrier, thread);
    if (thread == 0) state.inside.fetch_sub(1);
  };
  constexpr int callers = 4;
  constexpr int runs = 300;
  std::vector<std::thread> threads;
  for (int i = 0; i < callers; ++i) {
    threads.emplace_back([&] {
      for (int run = 0; run < runs; ++run) pool.run(task, &shared);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(shared.overlapped);
  EXPECT_EQ(shared.total, callers * runs);
}

TEST(ThreadPool, ARunWithinARunIsServedByItsCallerAlone) {
  ThreadPool pool({.threads = 3});
  struct Shared {
    ThreadPool* pool;
    std::atomic<int> inner{0};
    std::atomic<int> wrong{0};
  } shared{&pool};
  pool.run(
      [](void* context, long, long, tenon_barrier*) {
        static_cast<Shared*>(context)->pool->run(
            [](void* inner, long thread, long threads, tenon_barrier* barrier) {
              Shared& state = *static_cast<Shared*>(inner);
              ++state.inner;
              if (thread != 0 || threads != 1) ++state.wrong;
              barrier->wait(barrier, thread);
            },
            context);
      },
      &shared);
  EXPECT_EQ(shared.inner, 3);
  EXPECT_EQ(shared.wrong, 0);
}

TEST(ThreadPool, WorkersHaveACpuOfTheirOwn) {
  const int cpus = available_cpus();
  if (cpus < 2) GTEST_SKIP() << "one cpu";
  ThreadPool pool({.threads = cpus});
  std::vector<cpu_set_t> masks(static_cast<std::size_t>(cpus));
  pool.run(
      [](void* context, long thread, long, tenon_barrier*) {
        cpu_set_t& mask = (*static_cast<std::vector<cpu_set_t>*>(context))[static_cast<std::size_t>(thread)];
        CPU_ZERO(&mask);
        sched_getaffinity(0, sizeof mask, &mask);
      },
      &masks);
  EXPECT_EQ(CPU_COUNT(&masks[0]), cpus) << "the caller is not pinned";
  std::set<int> taken;
  for (std::size_t thread = 1; thread < masks.size(); ++thread) {
    ASSERT_EQ(CPU_COUNT(&masks[thread]), 1);
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (CPU_ISSET(cpu, &masks[thread])) taken.insert(cpu);
    }
  }
  EXPECT_EQ(taken.size(), masks.size() - 1);
}

TEST(ThreadPool, AWorkerLeavesTheCpuThatTheCallerIsOn) {
  cpu_set_t all;
  ASSERT_EQ(sched_getaffinity(0, sizeof all, &all), 0);
  if (CPU_COUNT(&all) < 2) GTEST_SKIP() << "one cpu";
  ThreadPool pool;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &all)) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
    std::vector<int> where(static_cast<std::size_t>(pool.threads()));
    pool.run([](void*, long, long, tenon_barrier*) {}, nullptr);
    pool.run(
        [](void* context, long thread, long, tenon_barrier*) {
          (*static_cast<std::vector<int>*>(context))[static_cast<std::size_t>(thread)] = sched_getcpu();
        },
        &where);
    EXPECT_EQ(where[0], cpu);
    EXPECT_EQ(std::set<int>(where.begin(), where.end()).size(), where.size());
  }
  sched_setaffinity(0, sizeof all, &all);
}

/// Phases in which every thread writes its slot, then reads all others'.
struct Phases {
  std::vector<long> slots;
  std::atomic<int> errors{0};
  int count = 0;
};

void run_phases(void* context, long thread, long threads, tenon_barrier* barrier) {
  Phases& phases = *static_cast<Phases*>(context);
  for (long phase = 1; phase <= phases.count; ++phase) {
    phases.slots[static_cast<std::size_t>(thread)] = phase;
    barrier->wait(barrier, thread);
    for (long other = 0; other < threads; ++other) {
      if (phases.slots[static_cast<std::size_t>(other)] != phase) ++phases.errors;
    }
    barrier->wait(barrier, thread);
  }
}

TEST(Barrier, OrdersThePhasesOfAllThreads) {
  for (const int threads : {1, 2, 3, 7}) {  // with 7, more than most test machines have cpus
    ThreadPool pool({.threads = threads});
    Phases phases{std::vector<long>(static_cast<std::size_t>(threads)), 0, 300};
    pool.run(run_phases, &phases);
    EXPECT_EQ(phases.errors, 0) << threads << " threads";
  }
}

TEST(Barrier, OfSomeThreadsDoesNotWaitForTheOthers) {
  ThreadPool pool({.threads = 4});
  struct Shared {
    ThreadPool* pool;
    Phases phases;
  } shared{&pool, {std::vector<long>(2), 0, 100}};
  pool.run(
      [](void* context, long thread, long, tenon_barrier* everyone) {
        Shared& state = *static_cast<Shared*>(context);
        if (thread < 2) run_phases(&state.phases, thread, 2, state.pool->barrier(2));
        everyone->wait(everyone, thread);
      },
      &shared);
  EXPECT_EQ(shared.phases.errors, 0);
}

TEST(ThreadPool, DispatchIsQuick) {
  ThreadPool pool;
  const auto nothing = [](void*, long, long, tenon_barrier*) {};
  constexpr int runs = 2000;
  double best = 1e9;
  for (int repeat = 0; repeat < 20; ++repeat) {
    const auto start = Clock::now();
    for (int i = 0; i < runs; ++i) pool.run(nothing, nullptr);
    best = std::min(best, std::chrono::duration<double, std::micro>(Clock::now() - start).count() / runs);
  }
  std::printf("dispatch and return of %d threads: %.3f us\n", pool.threads(), best);
  RecordProperty("dispatch_ns", static_cast<int>(best * 1000));
  EXPECT_LT(best, 100);
}

}  // namespace
}  // namespace tenon
