// The device boundary: memory, kernels and launches. The one place with virtual functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tenon/core/reference.h"
#include "tenon/runtime/buffer.h"
#include "tenon/runtime/kernel_abi.h"

namespace tenon {

/// How a kernel's text is written, which decides how hard the compiler works on it.
enum class OptimizationClass : std::uint8_t {
  scalar_loops,  // loops for the auto-vectoriser: -O3
  vector_types,  // explicit vector types: -O2
};

/// The C text of one kernel.
struct KernelSource {
  /// A C identifier, unique within a batch.
  std::string name;
  /// Defines one non-static function of exactly that name with the signature of KernelFunction.
  /// Its helpers are static, their names start with `name`. It may rely on the batch's prelude.
  std::string text;
  OptimizationClass optimization = OptimizationClass::scalar_loops;
  /// What a user calls a kernel whose text is theirs; it is compiled apart from all others, whose names and macros it
  /// may use for itself. Empty: the text is ours.
  std::string users_name = {};
};

/// A kernel ready to launch. Lives as long as its device.
struct LoadedKernel {
  std::string name;
  KernelFunction function = nullptr;
};

/// How a list of launches went.
struct RunStatus {
  int code = 0;            // 0, or what the first kernel that failed stored
  std::size_t launch = 0;  // then: its number
};

/// One call of a kernel. Points to memory that the caller keeps until run() returns.
struct Launch {
  const LoadedKernel* kernel = nullptr;
  void* const* buffers = nullptr;
  const std::int64_t* scalars = nullptr;
  /// The kernel runs on min(max_threads, the device's threads); 1 for small work.
  int max_threads = 1;
  /// For each thread.
  std::size_t scratch_bytes = 0;
};

/// Who computes on a device.
enum class Execution : std::uint8_t {
  kernels,      // load() and run()
  interpreter,  // the plan layer, graph node by graph node, in host memory
  nothing,      // nobody: values are undefined
};

/// What the code generator needs to know of a device.
struct DeviceInfo {
  Execution execution = Execution::kernels;
  int vector_bytes = 16;            // of the widest vector register worth using
  std::size_t l1_bytes = 32 << 10;  // data cache of one core
  std::size_t l2_bytes = 512 << 10;
  int threads = 1;
};

/// A device. Lives until the process ends. All functions may be called from any thread.
class Device {
 public:
  Device() = default;
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;
  virtual ~Device() = default;

  virtual std::string_view name() const = 0;
  virtual const DeviceInfo& info() const = 0;

  /// 0: as many as the process may use. Throws ValueError when negative or absurd. Not to be called
  /// while another thread reads info().
  virtual void set_threads(int threads) = 0;

  /// Uninitialised memory. Throws DeviceError when there is not that much.
  virtual Ref<Buffer> allocate(std::size_t bytes, const Origin& origin) = 0;

  /// Compiles what is not in the cache yet, all together, and returns the kernels in the order of
  /// `sources`. `prelude` is the C text that all of them rely on. The same kernel is loaded once in
  /// a process. Throws CompileError, or DeviceError when a program does not load.
  virtual std::vector<const LoadedKernel*> load(std::string_view prelude, std::span<const KernelSource> sources) = 0;

  /// Runs the launches in order; each sees what the ones before it wrote. Returns once all are done:
  /// the first status that is not 0, and whose it is. Launches behind a failed one run all the same.
  virtual RunStatus run(std::span<const Launch> launches) = 0;

  /// Copies `bytes` from or to `buffer`, starting `offset` bytes into it. Throws DeviceError when
  /// the range does not lie within the buffer.
  virtual void copy_from_host(Buffer& buffer, const void* source, std::size_t bytes, std::size_t offset = 0) = 0;
  virtual void copy_to_host(void* target, const Buffer& buffer, std::size_t bytes, std::size_t offset = 0) = 0;

 private:
  /// Takes back what allocate() got; called by the buffer's destructor.
  virtual void deallocate(void* data, std::size_t bytes) noexcept = 0;
  friend class Buffer;
};

/// "cpu"        compiles kernels with the system's compiler and runs them on a thread pool
/// "null"       allocates, but compiles and runs nothing; its info is the same on every machine
/// "reference"  host memory; load() throws, graphs are interpreted
/// Throws DeviceError with the known names for any other name.
Device& find_device(std::string_view name);

/// The device for work that names none: what was set, else the environment's TENON_DEVICE, else
/// "cpu".
Device& default_device();
void set_default_device(Device& device);

}  // namespace tenon
