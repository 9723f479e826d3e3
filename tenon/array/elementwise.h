// Elementwise ops, with NumPy's broadcasting and type promotion (see operand.h).
//
// There is no `==` between arrays, on purpose: C++ expects it to give a bool, NumPy's users an array. `equal`
// gives the array; `<`, `<=`, `>` and `>=`, whose meaning nobody mistakes, do too.
#pragma once

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
Array equal(const Operand& a, const Operand& b);
Array not_equal(const Operand& a, const Operand& b);
/// Of truth values: whatever is not 0 is true.
Array logical_and(const Operand& a, const Operand& b);
Array logical_or(const Operand& a, const Operand& b);
Array logical_not(const Operand& x);

/// These take numbers of any kind; integers and bool become float32 first.
Array exp(const Operand& x);
Array log(const Operand& x);
Array sqrt(const Operand& x);
/// 1 / sqrt(x)
Array rsqrt(const Operand& x);
Array sin(const Operand& x);
Array cos(const Operand& x);
Array tanh(const Operand& x);
Array erf(const Operand& x);
/// 1 / (1 + exp(-x))
Array sigmoid(const Operand& x);
/// x * sigmoid(x)
Array silu(const Operand& x);
enum class Gelu : std::uint8_t { exact, tanh };
/// exact: x * P(X <= x) of the normal distribution, by erf; tanh: Hendrycks and Gimpel's approximation
/// (arXiv:1606.08415, section 2).
Array gelu(const Operand& x, Gelu form = Gelu::exact);
/// a to the power of b; floating. Small constant exponents (0.5, 1, 2, 3, -0.5, -1) become products and
/// roots.
Array pow(const Operand& a, const Operand& b);

/// These keep integer types.
Array relu(const Operand& x);
Array abs(const Operand& x);
/// -1, 0 or 1; NaN stays NaN.
Array sign(const Operand& x);
Array floor(const Operand& x);
Array square(const Operand& x);
/// NaN in either operand gives NaN.
Array maximum(const Operand& a, const Operand& b);
Array minimum(const Operand& a, const Operand& b);
/// minimum(maximum(x, low), high)
Array clip(const Operand& x, const Operand& low, const Operand& high);

/// a where the condition (bool) holds, b elsewhere.
Array where(const Operand& condition, const Operand& a, const Operand& b);
/// Converts the elements: floating to integer truncates towards zero and saturates, NaN gives 0; to bool: x
/// != 0.
Array astype(const Operand& x, DType dtype);
/// x itself, but no gradient passes.
Array stop_gradient(const Operand& x);

}  // namespace tenon
