// What the tests that are generated from the scalar table need beyond it: element types and safe domains.
#pragma once

#include <vector>

#include "tests/support/host_values.h"

namespace tenon::testing {

inline constexpr DType all_dtypes[] = {DType::boolean, DType::u8,  DType::i8,   DType::i16, DType::i32, DType::u32,
                                       DType::i64,     DType::f16, DType::bf16, DType::f32, DType::f64};
static_assert(std::size(all_dtypes) == dtype_count);

inline std::vector<Scalar> all_scalars() {
  std::vector<Scalar> scalars;
  for (int i = 0; i < scalar_count; ++i) scalars.push_back(static_cast<Scalar>(i));
  return scalars;
}

/// Element types of the operands that a row is tested with.
inline std::vector<DType> operand_types(const ScalarInfo& row, DType dtype) {
  std::vector<DType> types(row.arity, dtype);
  if (row.result == ResultType::selection) types[0] = DType::boolean;
  return types;
}

/// Where an operand must lie for the function to be defined and smooth enough to differentiate: the kinks of
/// abs, relu, maximum and floor are hit with probability zero. A row that is not named is fine on [-2, 2].
inline Domain domain_of(Scalar scalar, int operand) {
  switch (scalar) {
    case Scalar::log:
    case Scalar::log2:
    case Scalar::log10:
    case Scalar::sqrt:
    case Scalar::rsqrt:
    case Scalar::cbrt:
    case Scalar::lgamma:
    case Scalar::digamma:
    case Scalar::trigamma: return {0.3, 3};
    case Scalar::log1p: return {-0.7, 2};
    case Scalar::asin:
    case Scalar::acos:
    case Scalar::atanh:
    case Scalar::erfinv: return {-0.8, 0.8};
    case Scalar::tan: return {-1, 1};
    case Scalar::acosh: return {1.2, 3};
    case Scalar::hypot: return {0.3, 2};
    case Scalar::polygamma: return operand == 0 ? Domain{2, 2} : Domain{0.3, 3};
    case Scalar::atan2:
    case Scalar::div:
    case Scalar::floor_divide:
    case Scalar::remainder:
    case Scalar::fmod: return operand == 1 ? Domain{0.5, 2} : Domain{};
    case Scalar::pow: return operand == 0 ? Domain{0.3, 2} : Domain{};
    default: return {};
  }
}

/// How far a kernel may be from the interpreter, which computes in double and rounds once. Arithmetic is
/// exact to the last bit; functions that kernels compute with polynomials are allowed 4 ulp. A row that is
/// not named must be exact.
inline Tolerance tolerance_of(Scalar scalar) {
  switch (scalar) {
    case Scalar::exp:
    case Scalar::log:
    case Scalar::rsqrt:
    case Scalar::sin:
    case Scalar::cos:
    case Scalar::tanh:
    case Scalar::erf:
    case Scalar::sigmoid:
    case Scalar::exp2:
    case Scalar::expm1:
    case Scalar::log2:
    case Scalar::log10:
    case Scalar::log1p:
    case Scalar::softplus:
    case Scalar::cbrt:
    case Scalar::tan:
    case Scalar::asin:
    case Scalar::acos:
    case Scalar::atan:
    case Scalar::sinh:
    case Scalar::cosh:
    case Scalar::asinh:
    case Scalar::acosh:
    case Scalar::atanh:
    case Scalar::erfinv:
    case Scalar::pow:
    case Scalar::atan2:
    case Scalar::hypot: return {.ulps = 4};
    // Next to their zeros what counts is the size of the terms that cancel, some 2 and 3: a few roundings of those.
    case Scalar::lgamma:
    case Scalar::digamma: return {.ulps = 4, .absolute = 0x1p-49};
    // In f64, ten terms of a sum of two roundings each.
    case Scalar::trigamma: return {.ulps = 16};
    // For n up to 100: a power of n + 1 and a product of n quotients, half an ulp for each of their roundings.
    case Scalar::polygamma: return {.ulps = 128};
    default: return {};
  }
}

/// Values at which special rules hold.
inline const std::vector<double>& special_values() {
  static const std::vector<double> values = {0.0,
                                             -0.0,
                                             1.0,
                                             -1.0,
                                             0.5,
                                             std::numeric_limits<double>::infinity(),
                                             -std::numeric_limits<double>::infinity(),
                                             std::numeric_limits<double>::quiet_NaN(),
                                             100.0,
                                             -100.0};
  return values;
}

}  // namespace tenon::testing
