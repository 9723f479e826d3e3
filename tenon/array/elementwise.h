// Elementwise ops, with NumPy's broadcasting and type promotion (see operand.h).
//
// There is no `==` between arrays, on purpose: C++ expects it to give a bool, NumPy's users an array. `equal`
// gives the array; `<`, `<=`, `>` and `>=`, whose meaning nobody mistakes, do too.
#pragma once

#include <optional>

#include "tenon/array/operand.h"

namespace tenon {

Array operator+(const Operand& a, const Operand& b);
Array operator-(const Operand& a, const Operand& b);
Array operator*(const Operand& a, const Operand& b);
/// True division: integers and bool become float32.
Array operator/(const Operand& a, const Operand& b);
Array operator-(const Operand& x);
Array& operator+=(Array& a, const Operand& b);
Array& operator-=(Array& a, const Operand& b);
Array& operator*=(Array& a, const Operand& b);
Array& operator/=(Array& a, const Operand& b);

/// Comparisons give bool.
Array operator<(const Operand& a, const Operand& b);
Array operator<=(const Operand& a, const Operand& b);
Array operator>(const Operand& a, const Operand& b);
Array operator>=(const Operand& a, const Operand& b);
void operator==(const Array& a, const Array& b) = delete;  // use equal()
void operator!=(const Array& a, const Array& b) = delete;  // use not_equal()
Array less(const Operand& a, const Operand& b);
Array less_equal(const Operand& a, const Operand& b);
Array greater(const Operand& a, const Operand& b);
Array greater_equal(const Operand& a, const Operand& b);
Array equal(const Operand& a, const Operand& b);
Array not_equal(const Operand& a, const Operand& b);
/// Of integers and bool: false, false and true.
Array isnan(const Operand& x);
Array isinf(const Operand& x);
Array isfinite(const Operand& x);
/// Of truth values: whatever is not 0 is true.
Array logical_and(const Operand& a, const Operand& b);
Array logical_or(const Operand& a, const Operand& b);
Array logical_xor(const Operand& a, const Operand& b);
Array logical_not(const Operand& x);

/// These take numbers of any kind; integers and bool become float32 first.
Array exp(const Operand& x);
Array exp2(const Operand& x);
/// exp(x) - 1, exact near 0
Array expm1(const Operand& x);
Array log(const Operand& x);
Array log2(const Operand& x);
Array log10(const Operand& x);
/// log(1 + x), exact near 0
Array log1p(const Operand& x);
Array sqrt(const Operand& x);
Array cbrt(const Operand& x);
/// 1 / sqrt(x)
Array rsqrt(const Operand& x);
/// 1 / x
Array reciprocal(const Operand& x);
Array sin(const Operand& x);
Array cos(const Operand& x);
Array tan(const Operand& x);
Array asin(const Operand& x);
Array acos(const Operand& x);
Array atan(const Operand& x);
/// The angle of the point (x, y), in [-pi, pi]. Its gradient at the origin is NaN.
Array atan2(const Operand& y, const Operand& x);
/// sqrt(a * a + b * b) without overflow. Its gradient at the origin is NaN.
Array hypot(const Operand& a, const Operand& b);
Array sinh(const Operand& x);
Array cosh(const Operand& x);
Array tanh(const Operand& x);
Array asinh(const Operand& x);
Array acosh(const Operand& x);
Array atanh(const Operand& x);
Array erf(const Operand& x);
/// The inverse of erf: infinite at -1 and 1, NaN outside.
Array erfinv(const Operand& x);
/// log|gamma(x)|, and its first and second derivative.
Array lgamma(const Operand& x);
Array digamma(const Operand& x);
Array trigamma(const Operand& x);
/// The n-th derivative of digamma (DLMF 5.15.1), so that its own derivative is polygamma(n + 1, x). polygamma(0, x) is
/// digamma and polygamma(1, x) trigamma. Infinite at 0 and at negative integers, 0 at infinity. In float32 within 0.51
/// ulp for n up to 10; in float64 the relative error is about (n + 4) 2^-52, next to the zeros of even n that of the
/// terms which cancel. n below 0 or above a million throws
/// ValueError.
Array polygamma(std::int64_t n, const Operand& x);
/// 1 / (1 + exp(-x))
Array sigmoid(const Operand& x);
/// x * sigmoid(x)
Array silu(const Operand& x);
enum class Gelu : std::uint8_t { exact, tanh };
/// exact: x * P(X <= x) of the normal distribution, by erf; tanh: Hendrycks and Gimpel's approximation
/// (arXiv:1606.08415, section 2).
Array gelu(const Operand& x, Gelu form = Gelu::exact);
/// a to the power of b. Integers stay integers, as in NumPy, and wrap: a negative number as exponent throws ValueError;
/// negative exponents in an array give what is left of the power when its fraction is dropped, as in PyTorch: 0 but for
/// 1 and -1. Small constant exponents (0.5, 1, 2, 3, -0.5, -1) become products and roots.
Array pow(const Operand& a, const Operand& b);

/// These keep integer types.
Array relu(const Operand& x);
Array abs(const Operand& x);
/// -1, 0 or 1; NaN stays NaN.
Array sign(const Operand& x);
Array floor(const Operand& x);
Array ceil(const Operand& x);
/// Towards zero.
Array trunc(const Operand& x);
/// To the nearest integer, halves to the even one.
Array round(const Operand& x);
/// NaN, infinity and -infinity replaced by numbers; an infinity without one by the type's largest number of its sign.
Array nan_to_num(const Operand& x, double nan = 0, std::optional<double> posinf = {},
                 std::optional<double> neginf = {});
Array square(const Operand& x);
/// NaN in either operand gives NaN.
Array maximum(const Operand& a, const Operand& b);
Array minimum(const Operand& a, const Operand& b);
/// a - b * q for an integer q: of floor_divide and remainder floor(a / b), so that the remainder has the sign of b, as
/// Python's %; of fmod trunc(a / b), so that it has the sign of a, as C's %. Integers divided by zero give 0, and the
/// least one by -1 wraps around.
Array floor_divide(const Operand& a, const Operand& b);
Array remainder(const Operand& a, const Operand& b);
Array fmod(const Operand& a, const Operand& b);
/// a + weight * (b - a), exact at both ends; floating.
Array lerp(const Operand& a, const Operand& b, const Operand& weight);
/// minimum(maximum(x, low), high)
Array clip(const Operand& x, const Operand& low, const Operand& high);

/// Of the bits of integers; bool counts as one bit.
Array bitwise_and(const Operand& a, const Operand& b);
Array bitwise_or(const Operand& a, const Operand& b);
Array bitwise_xor(const Operand& a, const Operand& b);
Array bitwise_not(const Operand& x);
/// Integers shifted by `count` bits, to the right with their sign. A count below 0, or of as many bits as the type has
/// or more, leaves 0, of negative numbers to the right -1.
Array left_shift(const Operand& x, const Operand& count);
Array right_shift(const Operand& x, const Operand& count);

/// a where the condition (bool) holds, b elsewhere.
Array where(const Operand& condition, const Operand& a, const Operand& b);
/// Converts the elements: floating to integer truncates towards zero and saturates, NaN gives 0; to bool: x
/// != 0.
Array astype(const Operand& x, DType dtype);
/// x itself, but no gradient passes.
Array stop_gradient(const Operand& x);

}  // namespace tenon
