// Kernels: what the scheduler's groups are lowered to and what renderers turn into source text.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "tenon/core/call.h"
#include "tenon/kernel/expr.h"

namespace tenon {

struct Statement;
using Statements = std::vector<Statement>;

/// Declares a local scalar (size 0; mutable, starts as `initial`) or a local array (size > 0, uninitialised).
struct Declare {
  int local;
  DType dtype;
  std::int64_t size = 0;
  Expr initial = nullptr;
};

/// local = value, local[index] = value; with `combines`: local = combine(local, value).
struct Assign {
  int local;
  Expr index = nullptr;
  Expr value;
  bool combines = false;
  Scalar combine = Scalar::add;  // add, mul, maximum, minimum
};

/// buffer[index] = value, or buffer[index] = combine(buffer[index], value).
struct Store {
  int buffer;
  Expr index;
  Expr value;
  bool combines = false;
  Scalar combine = Scalar::add;
};

/// for (variable = begin; variable < end; ++variable) body
struct Loop {
  enum class Kind : std::uint8_t {
    serial,    // in order
    simd,      // innermost; iterations are independent but for the combining Assigns to local scalars
    parallel,  // outermost of a stage; iterations are shared out among the threads
  };
  Kind kind;
  Expr variable;
  Expr begin;  // index expressions
  Expr end;
  Statements body;
};

/// Sorts the first `size` elements of the local array `keys`, of type `dtype`, and with them those of the int32 array
/// `positions`, stably, NaN behind all numbers; `descending`: greatest first, NaN before all numbers. Only the
/// positions are good afterwards, and of those the first `kept`: the rest, the keys, and the spare arrays of the same
/// lengths and types, hold anything.
struct Sort {
  int keys;
  int positions;
  int spare_keys;
  int spare_positions;
  DType dtype;
  std::int64_t size;
  std::int64_t kept;
  bool descending = false;
};

struct Statement {
  std::variant<Declare, Assign, Store, Loop, Sort> what;
};

/// Loops that all threads may share: at most one parallel loop, at the top. Without one, thread 0 does all.
struct Stage {
  Statements body;
  bool waits = true;  // for all earlier stages of the kernel to be finished by all threads (a barrier)
};

/// Loop nests: elementwise ops, reductions, row programs, scatters.
struct LoopProgram {
  std::vector<Stage> stages;
};

/// sum over k of a(batch, m, k) * b(batch, n, k), followed by stores of values computed from it.
/// `a` and `b` are values in the variables (batch, m, depth) and (batch, n, depth): usually loads whose
/// indices are affine in the variables, in general anything (a cast, a padded window, a product).
struct Contraction {
  std::int64_t batch_size, m_size, n_size, k_size;
  DType dtype;          // of the operands' values and of the sum: f32 or f64
  Expr batch, m, n, k;  // the variables
  Expr a, b;
  Expr sum;                     // a local scalar that stands for the finished sum at (batch, m, n)
  std::vector<Store> epilogue;  // in batch, m, n and sum; at least one; none combines
  // Sizes that are no constants of the text: it is the same whatever they are.
  bool batch_varies = false, m_varies = false, n_varies = false, k_varies = false;

  bool varies() const { return batch_varies || m_varies || n_varies || k_varies; }
};

/// A call of a function that is not ours (core/call.h): the kernel's buffers are its inputs, in order, and its output.
struct Call {
  std::int64_t number;
  CallLayout layout;
};

/// A buffer argument of a kernel.
struct KernelBuffer {
  std::uint32_t value;  // the scheduler's number for what it holds
  DType dtype;
  bool is_written = false;
};

struct Kernel {
  std::string name;
  std::vector<KernelBuffer> buffers;
  std::variant<LoopProgram, Contraction, Call> body;
  std::shared_ptr<ExprPool> pool;
  // Of loops and arrays: no constants of the text, which is the same for others.
  std::set<std::int64_t> varying_sizes = {};
  int locals = 0;  // numbers of local variables are below this
  // The scheduler's numbers for the nodes whose indices are checked: status k + 1 is that of checks[k].
  std::vector<std::uint32_t> checks = {};
  double operations = 0;  // scalar operations, weighted by ScalarInfo::cost
  double bytes = 0;       // read and written, each buffer once
};

/// Throws InternalError when a kernel breaks the rules above: undeclared locals, variables outside their
/// loops, indices whose range leaves the buffer (`elements[i]` = size of buffer i), stores to buffers not
/// marked as written.
void verify(const Kernel& kernel, std::span<const std::int64_t> elements);

std::string to_string(const Kernel& kernel);

}  // namespace tenon
