// Scalar operations: what an elementwise op does to one element, and what a reduction combines with.
// One row each holds everything that the graph, the kernels, the renderers and the interpreter need.
#pragma once

#include <cstdint>
#include <string_view>

#include "tenon/core/dtype.h"

namespace tenon {

enum class Scalar : std::uint8_t {
  // unary
  cast,
  neg,
  abs,
  sign,
  exp,
  log,
  sqrt,
  rsqrt,
  sin,
  cos,
  tanh,
  erf,
  sigmoid,
  relu,
  floor,
  ceil,
  trunc,
  round,  // half to even
  exp2,
  expm1,
  log2,
  log10,
  log1p,
  softplus,  // log(1 + exp(x))
  cbrt,
  tan,
  asin,
  acos,
  atan,
  sinh,
  cosh,
  asinh,
  acosh,
  atanh,
  erfinv,
  lgamma,
  digamma,
  trigamma,
  logical_not,
  bitwise_not,
  stop_gradient,  // the identity, through which no gradient passes; simplification removes it
  barrier,        // the identity, which keeps what is computed behind it from being merged with its equals before it
  // binary
  add,
  sub,
  mul,
  div,
  maximum,
  minimum,
  pow,
  atan2,
  hypot,
  polygamma,  // of (n, x): the n-th derivative of digamma by x, for whole n from 1 to 2^21; else NaN
  floor_divide,
  remainder,  // the sign of the divisor
  fmod,       // the sign of the dividend
  eq,
  ne,
  lt,
  le,
  logical_and,
  logical_or,
  bitwise_and,
  bitwise_or,
  bitwise_xor,
  left_shift,
  right_shift,  // keeps the sign
  // ternary
  where,
  random_bits,
};
inline constexpr int scalar_count = static_cast<int>(Scalar::random_bits) + 1;

/// How the result's element type follows from the operands'.
enum class ResultType : std::uint8_t {
  same,       // all operands share one type, and so does the result
  boolean,    // operands share one type; the result is bool
  selection,  // (bool, T, T) -> T
  given,      // named by the node itself: cast
};

/// Which element types an operation takes. Bits, combined with |.
enum TypeClass : std::uint8_t { takes_floating = 1, takes_integer = 2, takes_boolean = 4 };
inline constexpr std::uint8_t takes_number = takes_floating | takes_integer;
inline constexpr std::uint8_t takes_any = takes_number | takes_boolean;

/// One operation. In the C texts `$0 $1 $2` are the operands and `$t` is the suffix of the operands'
/// element type (`_f32`), which picks a function of the kernels' prelude.
/// The reference functions compute in double and in 64-bit integers; the interpreter rounds to the element
/// type.
struct ScalarInfo {
  Scalar scalar;
  std::string_view name;
  std::uint8_t arity;
  ResultType result;
  std::uint8_t takes;  // TypeClass bits of the operands (of the last two, for `selection`)
  std::uint8_t cost;   // relative to an addition; decides between recomputing and loading
  std::string_view c_floating;
  std::string_view c_integer;  // integers and booleans
  double (*reference_floating)(double, double, double);
  std::int64_t (*reference_integer)(std::int64_t, std::int64_t, std::int64_t);
};

const ScalarInfo& info(Scalar scalar);
inline std::string_view name(Scalar scalar) { return info(scalar).name; }

/// Whether operands of this element type are taken.
bool takes(const ScalarInfo& info, DType dtype);

/// Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3",
/// SC 2011): the first word of the block that the counter (index, 0) gives under the key.
std::uint32_t threefry(std::uint32_t key0, std::uint32_t key1, std::uint32_t index);

}  // namespace tenon
