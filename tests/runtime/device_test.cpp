#include "tenon/runtime/device.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tenon/core/error.h"
#include "tenon/runtime/cpu_device.h"
#include "tests/runtime/helpers.h"

namespace tenon {
namespace {

using test::ScopedVariable;

TEST(FindDevice, KnowsItsDevices) {
  const TemporaryDirectory folder;
  const ScopedVariable cache("TENON_CACHE_DIR", folder.path());
  for (const char* name : {"cpu", "null", "reference"}) {
    Device& device = find_device(name);
    EXPECT_EQ(device.name(), name);
    EXPECT_EQ(&device, &find_device(name));
  }
}

TEST(FindDevice, AnUnknownNameIsAnErrorThatListsTheKnownOnes) {
  try {
    find_device("gpu");
    FAIL() << "no error";
  } catch (const DeviceError& error) {
    EXPECT_STREQ(error.what(), "there is no device 'gpu'; known devices: cpu, null, reference");
  }
}

TEST(DefaultDevice, CanBeSet) {
  set_default_device(find_device("null"));
  EXPECT_EQ(default_device().name(), "null");
  set_default_device(find_device("reference"));
  EXPECT_EQ(default_device().name(), "reference");
}

// In a process of its own, since only the first look reads the environment.
TEST(DefaultDeviceChild, DISABLED_IsTheEnvironments) { EXPECT_EQ(default_device().name(), "null"); }

TEST(DefaultDevice, ComesFromTheEnvironment) {
  const ScopedVariable device("TENON_DEVICE", "null");
  const Command child = test::child_command("DefaultDeviceChild.DISABLED_IsTheEnvironments");
  const ProcessResult result = run_processes({&child, 1}, 1, std::chrono::minutes(1)).front();
  EXPECT_TRUE(result.succeeded()) << result.output;
}

TEST(Copies, MoveBytesAndCheckTheirRange) {
  Device& device = find_device("null");
  const Ref<Buffer> buffer = device.allocate(10, "copies");
  device.copy_from_host(*buffer, "0123456789", 10);
  device.copy_from_host(*buffer, "ab", 2, 8);
  std::string back(4, ' ');
  device.copy_to_host(back.data(), *buffer, 4, 6);
  EXPECT_EQ(back, "67ab");
  device.copy_to_host(nullptr, *buffer, 0, 10);
  EXPECT_THROW(device.copy_from_host(*buffer, "abc", 3, 8), DeviceError);
  EXPECT_THROW(device.copy_to_host(back.data(), *buffer, 1, std::size_t{0} - 1), DeviceError);
}

TEST(NullDevice, LoadsWithoutACompilerAndRunsNothing) {
  Device& device = find_device("null");
  EXPECT_EQ(device.info().execution, Execution::nothing);
  const std::vector<KernelSource> sources = {{"first", "no C at all", {}}, {"second", "", {}}};
  const auto kernels = device.load("", sources);
  ASSERT_EQ(kernels.size(), 2u);
  EXPECT_EQ(kernels[1]->name, "second");
  const Launch launch{.kernel = kernels[0]};
  EXPECT_EQ(device.run({&launch, 1}).code, 0);
  device.set_threads(7);
  EXPECT_EQ(device.info().threads, 7);
  device.set_threads(0);
  EXPECT_EQ(device.info().threads, 2);
}

TEST(ReferenceDevice, TakesNoKernels) {
  Device& device = find_device("reference");
  EXPECT_EQ(device.info().execution, Execution::interpreter);
  EXPECT_THROW(device.load("", {}), DeviceError);
  EXPECT_THROW(device.run({}), DeviceError);
}

/// A device on which kernels are C++ functions, so that the thread sanitizer sees into them.
class CpuRun : public ::testing::Test {
 protected:
  explicit CpuRun() : device({.threads = {.threads = 4}, .cache = {}}) {}

  CpuDevice device;
};

std::atomic<long> counter;

TEST_F(CpuRun, EachLaunchSeesWhatTheOnesBeforeWrote) {
  // Every thread of launch k checks all of what launch k - 1 wrote and replaces its own part.
  static constexpr std::size_t size = 64;
  const LoadedKernel kernel{
      "advance", [](const tenon_arguments* arguments, long thread, long threads, void*, tenon_barrier* barrier) {
        long* values = static_cast<long*>(arguments->buffers[0]);
        const long step = arguments->scalars[0];
        for (std::size_t i = 0; i < size; ++i) {
          if (values[i] != step) *arguments->status = 1;
        }
        barrier->wait(barrier, thread);
        for (std::size_t i = 0; i < size; ++i) {
          if (static_cast<long>(i) % threads == thread) values[i] = step + 1;
        }
      }};
  std::vector<long> values(size, 0);
  void* buffers[] = {values.data()};
  std::vector<std::int64_t> steps;
  std::vector<Launch> launches;
  constexpr int counts[] = {4, 1, 1, 3, 2, 2, 1, 100, 1, 1};
  for (std::int64_t i = 0; i < 10; ++i) steps.push_back(i);
  for (std::size_t i = 0; i < 10; ++i) {
    launches.push_back({.kernel = &kernel, .buffers = buffers, .scalars = &steps[i], .max_threads = counts[i]});
  }
  for (int repeat = 0; repeat < 200; ++repeat) {
    std::fill(values.begin(), values.end(), 0);
    ASSERT_EQ(device.run(launches).code, 0);
    ASSERT_EQ(values, std::vector<long>(size, 10));
  }
}

TEST_F(CpuRun, AKernelRunsOnNoMoreThreadsThanAllowed) {
  const LoadedKernel kernel{"count",
                            [](const tenon_arguments* arguments, long thread, long threads, void*, tenon_barrier*) {
                              ++counter;
                              if (thread >= threads || threads > arguments->scalars[0]) {
                                *arguments->status = 1;
                              }
                            }};
  for (const int allowed : {1, 2, 3, 4, 50}) {
    counter = 0;
    const std::int64_t scalar = allowed;
    const Launch launch{.kernel = &kernel, .scalars = &scalar, .max_threads = allowed};
    EXPECT_EQ(device.run({&launch, 1}).code, 0);
    EXPECT_EQ(counter, std::min(allowed, 4));
  }
}

TEST_F(CpuRun, TheFirstFailureIsReportedAndLaterLaunchesRun) {
  counter = 0;
  const LoadedKernel kernel{"fail", [](const tenon_arguments* arguments, long thread, long, void*, tenon_barrier*) {
                              if (thread != 0) return;
                              if (*arguments->status != 0) counter = 1000;  // must be 0 before
                              *arguments->status = static_cast<int>(arguments->scalars[0]);
                              ++counter;
                            }};
  const std::int64_t codes[] = {0, 7, 8, 0};
  for (const int threads : {1, 4}) {
    counter = 0;
    std::vector<Launch> launches;
    for (const std::int64_t& code : codes) {
      launches.push_back({.kernel = &kernel, .scalars = &code, .max_threads = threads});
    }
    const RunStatus status = device.run(launches);
    EXPECT_EQ(status.code, 7);
    EXPECT_EQ(status.launch, 1u);
    EXPECT_EQ(counter, 4);
    EXPECT_EQ(device.run({launches.data(), 1}).code, 0);
  }
}

TEST_F(CpuRun, EachThreadHasScratchOfItsOwn) {
  const LoadedKernel kernel{
      "scratch", [](const tenon_arguments* arguments, long thread, long, void* scratch, tenon_barrier* barrier) {
        const std::int64_t bytes = arguments->scalars[0];
        if (reinterpret_cast<std::uintptr_t>(scratch) % 4096 != 0) *arguments->status = 1;
        char* memory = static_cast<char*>(scratch);
        for (std::int64_t i = 0; i < bytes; ++i) memory[i] = static_cast<char>(thread);
        barrier->wait(barrier, thread);
        for (std::int64_t i = 0; i < bytes; ++i) {
          if (memory[i] != static_cast<char>(thread)) *arguments->status = 2;
        }
      }};
  for (const std::int64_t bytes : {100, 5000, 0, 100000}) {
    for (const int threads : {1, 4}) {
      const Launch launch{.kernel = &kernel,
                          .scalars = &bytes,
                          .max_threads = threads,
                          .scratch_bytes = static_cast<std::size_t>(bytes)};
      EXPECT_EQ(device.run({&launch, 1}).code, 0) << bytes << " bytes, " << threads << " threads";
    }
  }
}

TEST_F(CpuRun, SeveralThreadsRunAtOnce) {
  const LoadedKernel kernel{"add",
                            [](const tenon_arguments* arguments, long thread, long, void*, tenon_barrier* barrier) {
                              barrier->wait(barrier, thread);
                              if (thread == 0) ++*static_cast<long*>(arguments->buffers[0]);
                            }};
  std::vector<std::thread> callers;
  std::vector<long> totals(4, 0);
  for (std::size_t caller = 0; caller < totals.size(); ++caller) {
    callers.emplace_back([&, caller] {
      void* buffers[] = {&totals[caller]};
      const int threads = caller % 2 ? 1 : 3;
      const Launch launch{
          .kernel = &kernel, .buffers = buffers, .max_threads = threads, .scratch_bytes = 100 * (caller + 1)};
      for (int i = 0; i < 300; ++i) EXPECT_EQ(device.run({&launch, 1}).code, 0);
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(totals, std::vector<long>(4, 300));
}

TEST_F(CpuRun, TheNumberOfThreadsCanChange) {
  device.set_threads(2);
  EXPECT_EQ(device.info().threads, 2);
  counter = 0;
  const LoadedKernel kernel{"count", [](const tenon_arguments*, long, long, void*, tenon_barrier*) { ++counter; }};
  const Launch launch{.kernel = &kernel, .max_threads = 100};
  EXPECT_EQ(device.run({&launch, 1}).code, 0);
  EXPECT_EQ(counter, 2);
  EXPECT_THROW(device.set_threads(-1), ValueError);
  EXPECT_EQ(device.info().threads, 2);
}

TEST_F(CpuRun, InfoDescribesThisMachine) {
  const DeviceInfo& info = device.info();
  EXPECT_EQ(info.execution, Execution::kernels);
  EXPECT_TRUE(info.vector_bytes == 16 || info.vector_bytes == 32 || info.vector_bytes == 64);
  EXPECT_GE(info.l1_bytes, std::size_t{8} << 10);
  EXPECT_GE(info.l2_bytes, info.l1_bytes);
  EXPECT_EQ(info.threads, 4);
}

TEST_F(CpuRun, AnEmptyListIsNoWork) { EXPECT_EQ(device.run({}).code, 0); }

TEST(CpuDevice, CompilesAndRunsAKernelOnAllThreads) {
  const TemporaryDirectory folder;
  CpuDevice device({.threads = {.threads = 3}, .cache = test::cache_options(folder.path() + "/kernels")});
  // y[i] = scale * x[i], rows shared out; the last thread, after a barrier, adds up what all wrote.
  const KernelSource source = {
      "scale_and_sum",
      R"(void scale_and_sum(const tenon_arguments* arguments, long thread, long threads, void* scratch,
                            tenon_barrier* barrier) {
           const float* x = arguments->buffers[0];  // [n]
           float* y = arguments->buffers[1];        // [n]
           double* sum = arguments->buffers[2];     // []
           const long n = arguments->scalars[0], scale = arguments->scalars[1];
           for (long i = thread; i < n; i += threads) y[i] = (float)scale * x[i];
           barrier->wait(barrier, thread);
           if (thread + 1 != threads) return;
           *sum = 0;
           for (long i = 0; i < n; ++i) *sum += y[i];
           if (scratch == 0 || threads != 3) *arguments->status = 5;
         })",
      OptimizationClass::scalar_loops};
  const auto kernels = device.load(kernel_abi_c_text, {&source, 1});
  const std::vector<float> x(1000, 2.0F);
  const Ref<Buffer> input = device.allocate(4000, "x");
  const Ref<Buffer> output = device.allocate(4000, "y");
  const Ref<Buffer> total = device.allocate(8, "sum");
  device.copy_from_host(*input, x.data(), 4000, 0);
  void* buffers[] = {input->data(), output->data(), total->data()};
  const std::int64_t scalars[] = {1000, 3};
  const Launch launch{kernels[0], buffers, scalars, 8, 64};
  EXPECT_EQ(device.run({&launch, 1}).code, 0);
  double sum = 0;
  device.copy_to_host(&sum, *total, 8, 0);
  EXPECT_EQ(sum, 6000.0);
}

}  // namespace
}  // namespace tenon
