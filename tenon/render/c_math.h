// The mathematical functions of generated C kernels: C text that is put in front of a kernel.
//
// The text needs no header and, for f32, no libm. Every function is `static inline` and free of
// branches, so that gcc and clang vectorise loops that call it. It holds for each type T of f32, f64:
//   tn_exp_T tn_expm1_T tn_log_T tn_log1p_T tn_tanh_T tn_sigmoid_T tn_erf_T tn_sin_T tn_cos_T
//   tn_pow_T(x, y) tn_sqrt_T tn_rsqrt_T tn_floor_T tn_max_T(a, b) tn_min_T(a, b)
//   tn_ceil_T tn_trunc_T tn_round_T tn_exp2_T tn_log2_T tn_log10_T tn_softplus_T tn_cbrt_T tn_hypot_T(x, y)
//   tn_tan_T tn_atan_T tn_asin_T tn_acos_T tn_atan2_T(y, x) tn_sinh_T tn_cosh_T tn_asinh_T tn_acosh_T tn_atanh_T
//   tn_fmod_T(x, y) tn_remainder_T(x, y) tn_floor_divide_T(x, y) tn_lgamma_T tn_digamma_T tn_trigamma_T tn_erfinv_T
//   tn_polygamma_T(n, x)
// The f64 forms call libm, which the host process has loaded; a kernel finds it when it is opened. What libm lacks
// (digamma, trigamma, polygamma, erfinv) is our own. polygamma, a sum of as many terms as it takes, has branches and
// calls libm's pow in f32, too.
//
// f32 gives the same bits under gcc and clang at any vector width, on machines with fused
// multiply-add: every product that feeds a sum is either an explicit fma or exact, so that
// -ffp-contract has nothing to decide inside a function. Never compile it with -ffast-math: sin and
// exp round by adding and subtracting a large constant.
#pragma once

#include <span>
#include <string_view>

#include "tenon/core/scalar.h"

namespace tenon {

/// The C source of all functions above, some 700 lines; what a kernel does not call costs it nothing.
std::string_view c_math_text();

/// What is promised, and tested, about one f32 function.
struct CMathFunction {
  std::string_view name;
  /// The largest distance from the exact value, in units in the last place of the exact value
  /// rounded to f32. Unary functions: the worst of all 2^32 inputs, denormals included, rounded up;
  /// pow and polygamma, n <= 10: the worst of a dense random sample; other functions of two operands: a bound that
  /// follows from how they compute. 0: exact.
  double worst_ulp;
};

/// The f32 functions whose large arguments cost far more than others have a short form, `tn_usual_sin_f32`, which gives
/// the same bits wherever `tn_is_wide_f32(x)` is 0: where `tn_magnitude_f32(x) <= TN_WIDE_F32`, whole numbers of which
/// a loop may take the maximum. Its name; empty for every other op.
std::string_view c_usual_function(Scalar op);

/// One row for each f32 function with one or two operands, in the order in which the text defines them.
std::span<const CMathFunction> c_math_functions();

}  // namespace tenon
