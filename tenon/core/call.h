// Calls: computations that no op expresses. A function in C, compiled beside a plan's kernels, or a function of the
// host program.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tenon/core/dtype.h"
#include "tenon/core/shape.h"

namespace tenon {

/// A function of the host program. It reads `inputs` and writes all of `output`, dense and row-major, and gives the
/// same for the same inputs.
///   sizes       of the axes of each input, one input after the other, then of the output
///   parameters  those of its CallDescription
/// Returns 0, or a positive code that says why there is no result. Runs on any thread, on several at a time.
using HostFunction = int (*)(const void* const* inputs, void* output, const std::int64_t* sizes,
                             const std::int64_t* parameters);

/// A host function that had no result.
struct CallFailure {
  std::string_view name;                // of the call
  std::int64_t position;                // in its batch, row-major; the least that failed
  std::int64_t batch;                   // positions in all
  int code;                             // what the function returned
  std::span<const std::int64_t> sizes;  // what the function was given
};

/// What is called. Calls are told apart by it, so it is compared and hashed by content.
struct CallDescription {
  std::string name;    // for errors and profiles; a C identifier where there is a source
  std::string source;  // C text that defines the function `name` (array/call.h); empty: `host` is called
  /// What is called, or what stands in for `source` where nothing is compiled (the reference interpreter); null there:
  /// none.
  HostFunction host = nullptr;
  std::vector<std::int64_t> parameters = {};  // of `host`
  /// Throws the error that a failure is; null: CallError.
  void (*raise)(const CallFailure& failure) = nullptr;

  bool operator==(const CallDescription&) const = default;
};

/// The number that stands for a description, the same for equal ones. Descriptions stay until the process ends, as
/// compiled kernels do. Safe to use from several threads.
std::int64_t call_number(const CallDescription& description);
/// The description of a number; valid until the process ends.
const CallDescription& call_description(std::int64_t number);

/// How a function is called: once for each position of the batch, with the parts of its operands at that position.
struct CallLayout {
  std::int64_t batch = 1;
  std::vector<std::int64_t> sizes;          // of the axes behind those of the batch, as HostFunction has them
  std::vector<std::int64_t> part_elements;  // of each input, then of the output
  std::vector<std::size_t> element_bytes;   // likewise
};

/// An operand of a call.
struct CallOperand {
  DType dtype;
  Shape shape;
};
/// `operands`: the inputs, then the output. The first `batch_axes` axes of each are the batch, and equal.
CallLayout call_layout(std::span<const CallOperand> operands, int batch_axes);

/// The least position at which a function of the host failed, and with which code; threads add to it.
class FirstFailure {
 public:
  void clear() { packed_.store(none, std::memory_order_relaxed); }
  void add(std::int64_t position, int code);
  explicit operator bool() const { return packed_.load(std::memory_order_relaxed) != none; }
  std::int64_t position() const;
  int code() const;

 private:
  static constexpr std::int64_t none = std::numeric_limits<std::int64_t>::max();
  std::atomic<std::int64_t> packed_{none};  // position, then the code in the lowest bits
};

/// Calls the host function at the positions thread, thread + threads, ... `buffers`: each input, then the output.
void call_host(const CallDescription& description, const CallLayout& layout, void* const* buffers, long thread,
               long threads, FirstFailure& failure) noexcept;

/// Throws what `failure` is for this description: what its `raise` throws, CallError, or DeviceError when the function
/// ran out of memory.
[[noreturn]] void throw_call_failure(const CallDescription& description, const CallLayout& layout,
                                     const FirstFailure& failure);

}  // namespace tenon
