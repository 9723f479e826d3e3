#include "tenon/array/elementwise.h"

#include <cmath>
#include <limits>
#include <numbers>

#include "tenon/graph/build_check.h"
#include "tenon/graph/compose.h"

namespace tenon {
namespace {

DType as_floating(DType dtype) { return is_floating(dtype) ? dtype : DType::f32; }

Array unary(Scalar scalar, const Operand& x) {
  const WhereScope scope(x.where);
  DType dtype = x.dtype();
  if (info(scalar).takes == takes_floating) dtype = as_floating(dtype);
  if (x.node() && dtype == x.dtype()) return Array(build::unary(scalar, *x.node()));
  return Array(build::unary(scalar, materialize(name(scalar), x, dtype, x.node() ? (*x.node())->shape : Shape())));
}

// The operand in this type and shape: its own node, which costs no count, or one that `made` holds.
const NodeRef& fitted(std::string_view op, const Operand& operand, DType dtype, const Shape& shape, NodeRef& made) {
  if (operand.node() && operand.dtype() == dtype && (*operand.node())->shape == shape) return *operand.node();
  return made = materialize(op, operand, dtype, shape);
}

Array binary_as(Scalar scalar, const Operand& a, const Operand& b, DType dtype) {
  const Operand* const operands[] = {&a, &b};
  const std::string_view op = name(scalar);
  const Shape shape = common_shape(op, operands);
  NodeRef left, right;
  const NodeRef& fitted_left = fitted(op, a, dtype, shape, left);
  return Array(build::binary(scalar, fitted_left, fitted(op, b, dtype, shape, right)));
}

Array binary(Scalar scalar, const Operand& a, const Operand& b) {
  const WhereScope scope(a.where);
  const bool floating_only = info(scalar).takes == takes_floating;
  // The common case: two arrays that fit each other.
  if (a.node() && b.node() && a.dtype() == b.dtype() && (*a.node())->shape == (*b.node())->shape &&
      !(floating_only && !is_floating(a.dtype())))
    return Array(build::binary(scalar, *a.node(), *b.node()));
  const Operand* const operands[] = {&a, &b};
  const DType dtype = common_type(operands);
  return binary_as(scalar, a, b, floating_only ? as_floating(dtype) : dtype);
}

// A number as exponent, if it is one.
bool is_number(const Operand& x, double value) { return !x.node() && x.number() == value; }

// An Operand for an intermediate result, which keeps the place of the call.
Operand at(const Array& array, const Operand& origin) { return Operand(array, origin.where); }

constexpr double infinity = std::numeric_limits<double>::infinity();

Array floating(const Operand& x) { return astype(x, as_floating(x.dtype())); }

}  // namespace

Array operator+(const Operand& a, const Operand& b) { return binary(Scalar::add, a, b); }
Array operator-(const Operand& a, const Operand& b) { return binary(Scalar::sub, a, b); }
Array operator*(const Operand& a, const Operand& b) { return binary(Scalar::mul, a, b); }
Array operator/(const Operand& a, const Operand& b) { return binary(Scalar::div, a, b); }
Array operator-(const Operand& x) { return unary(Scalar::neg, x); }
// The place is that of the right operand: the left one is no Operand, and is converted here.
Array& operator+=(Array& a, const Operand& b) { return a = binary(Scalar::add, Operand(a, b.where), b); }
Array& operator-=(Array& a, const Operand& b) { return a = binary(Scalar::sub, Operand(a, b.where), b); }
Array& operator*=(Array& a, const Operand& b) { return a = binary(Scalar::mul, Operand(a, b.where), b); }
Array& operator/=(Array& a, const Operand& b) { return a = binary(Scalar::div, Operand(a, b.where), b); }

Array operator<(const Operand& a, const Operand& b) { return binary(Scalar::lt, a, b); }
Array operator<=(const Operand& a, const Operand& b) { return binary(Scalar::le, a, b); }
Array operator>(const Operand& a, const Operand& b) { return binary(Scalar::lt, b, a); }
Array operator>=(const Operand& a, const Operand& b) { return binary(Scalar::le, b, a); }
Array less(const Operand& a, const Operand& b) { return a < b; }
Array less_equal(const Operand& a, const Operand& b) { return a <= b; }
Array greater(const Operand& a, const Operand& b) { return a > b; }
Array greater_equal(const Operand& a, const Operand& b) { return a >= b; }
Array equal(const Operand& a, const Operand& b) { return binary(Scalar::eq, a, b); }
Array not_equal(const Operand& a, const Operand& b) { return binary(Scalar::ne, a, b); }
// Integers are equal to themselves, and have no infinity to compare with.
Array isnan(const Operand& x) { return binary(Scalar::ne, x, x); }
Array isinf(const Operand& x) {
  return is_floating(x.dtype()) ? binary(Scalar::eq, at(abs(x), x), infinity) : binary(Scalar::ne, x, x);
}
Array isfinite(const Operand& x) {
  return is_floating(x.dtype()) ? binary(Scalar::lt, at(abs(x), x), infinity) : binary(Scalar::eq, x, x);
}
Array logical_and(const Operand& a, const Operand& b) {
  const WhereScope scope(a.where);
  return binary_as(Scalar::logical_and, a, b, DType::boolean);
}
Array logical_or(const Operand& a, const Operand& b) {
  const WhereScope scope(a.where);
  return binary_as(Scalar::logical_or, a, b, DType::boolean);
}
Array logical_xor(const Operand& a, const Operand& b) {
  const WhereScope scope(a.where);
  return binary_as(Scalar::ne, a, b, DType::boolean);
}
Array logical_not(const Operand& x) { return unary(Scalar::logical_not, x); }

Array exp(const Operand& x) { return unary(Scalar::exp, x); }
Array log(const Operand& x) { return unary(Scalar::log, x); }
Array sqrt(const Operand& x) { return unary(Scalar::sqrt, x); }
Array rsqrt(const Operand& x) { return unary(Scalar::rsqrt, x); }
Array sin(const Operand& x) { return unary(Scalar::sin, x); }
Array cos(const Operand& x) { return unary(Scalar::cos, x); }
Array tanh(const Operand& x) { return unary(Scalar::tanh, x); }
Array erf(const Operand& x) { return unary(Scalar::erf, x); }
Array sigmoid(const Operand& x) { return unary(Scalar::sigmoid, x); }
Array exp2(const Operand& x) { return unary(Scalar::exp2, x); }
Array expm1(const Operand& x) { return unary(Scalar::expm1, x); }
Array log2(const Operand& x) { return unary(Scalar::log2, x); }
Array log10(const Operand& x) { return unary(Scalar::log10, x); }
Array log1p(const Operand& x) { return unary(Scalar::log1p, x); }
Array cbrt(const Operand& x) { return unary(Scalar::cbrt, x); }
Array tan(const Operand& x) { return unary(Scalar::tan, x); }
Array asin(const Operand& x) { return unary(Scalar::asin, x); }
Array acos(const Operand& x) { return unary(Scalar::acos, x); }
Array atan(const Operand& x) { return unary(Scalar::atan, x); }
Array sinh(const Operand& x) { return unary(Scalar::sinh, x); }
Array cosh(const Operand& x) { return unary(Scalar::cosh, x); }
Array asinh(const Operand& x) { return unary(Scalar::asinh, x); }
Array acosh(const Operand& x) { return unary(Scalar::acosh, x); }
Array atanh(const Operand& x) { return unary(Scalar::atanh, x); }
Array erfinv(const Operand& x) { return unary(Scalar::erfinv, x); }
Array lgamma(const Operand& x) { return unary(Scalar::lgamma, x); }
Array digamma(const Operand& x) { return unary(Scalar::digamma, x); }
Array trigamma(const Operand& x) { return unary(Scalar::trigamma, x); }
Array polygamma(std::int64_t n, const Operand& x) {
  const WhereScope scope(x.where);
  if (n < 0 || n > 1000000) build::fail<ValueError>("polygamma: n is {}; it counts derivatives, give 0 to 1000000", n);
  if (n == 0) return digamma(x);
  if (n == 1) return trigamma(x);
  return binary(Scalar::polygamma, Operand(static_cast<double>(n), x.where), x);
}
Array atan2(const Operand& y, const Operand& x) { return binary(Scalar::atan2, y, x); }
Array hypot(const Operand& a, const Operand& b) { return binary(Scalar::hypot, a, b); }
Array reciprocal(const Operand& x) { return binary(Scalar::div, Operand(1, x.where), x); }
Array silu(const Operand& x) {
  const WhereScope scope(x.where);
  const Array v = floating(x);
  return v * sigmoid(v);
}
Array gelu(const Operand& x, Gelu form) {
  const WhereScope scope(x.where);
  const Array v = floating(x);
  if (form == Gelu::exact) return 0.5 * v * (1 + erf(v * (std::numbers::sqrt2 / 2)));
  const double root = std::numbers::sqrt2 * std::numbers::inv_sqrtpi;  // sqrt(2 / pi)
  return 0.5 * v * (1 + tanh(root * (v + 0.044715 * (v * v * v))));
}
Array pow(const Operand& a, const Operand& b) {
  const WhereScope scope(a.where);
  if (a.node() && !b.node()) {
    const Operand* const operands[] = {&a, &b};
    const DType dtype = common_type(operands);
    if (!is_floating(dtype) && b.number() < 0)
      build::fail<ValueError>(
          "pow: {} to the power of {}; no integer but 1 and -1 has a negative power that is one, cast it to a floating "
          "type first",
          build::describe(**a.node()), b.number());
    Array v = astype(a, dtype);
    if (is_number(b, 1)) return v;
    if (is_number(b, 2)) return v * v;
    if (is_number(b, 3)) return v * v * v;
    if (is_number(b, -1)) return 1 / v;
    if (is_number(b, 0.5)) return sqrt(v);
    if (is_number(b, -0.5)) return rsqrt(v);
  }
  return binary(Scalar::pow, a, b);
}

Array relu(const Operand& x) { return unary(Scalar::relu, x); }
Array abs(const Operand& x) { return unary(Scalar::abs, x); }
Array sign(const Operand& x) { return unary(Scalar::sign, x); }
Array floor(const Operand& x) { return unary(Scalar::floor, x); }
Array ceil(const Operand& x) { return unary(Scalar::ceil, x); }
Array trunc(const Operand& x) { return unary(Scalar::trunc, x); }
Array round(const Operand& x) { return unary(Scalar::round, x); }
Array nan_to_num(const Operand& x, double nan, std::optional<double> posinf, std::optional<double> neginf) {
  const WhereScope scope(x.where);
  Array v = x.node() ? Array(*x.node()) : astype(x, x.dtype());
  if (!is_floating(v.dtype())) return v;
  const double largest = v.dtype() == DType::f32 ? static_cast<double>(std::numeric_limits<float>::max())
                                                 : std::numeric_limits<double>::max();
  const Array bounded = tenon::where(equal(v, infinity), posinf.value_or(largest),
                                     tenon::where(equal(v, -infinity), neginf.value_or(-largest), v));
  return tenon::where(isnan(v), nan, bounded);
}
Array square(const Operand& x) { return binary(Scalar::mul, x, x); }
Array maximum(const Operand& a, const Operand& b) { return binary(Scalar::maximum, a, b); }
Array minimum(const Operand& a, const Operand& b) { return binary(Scalar::minimum, a, b); }
Array floor_divide(const Operand& a, const Operand& b) { return binary(Scalar::floor_divide, a, b); }
Array remainder(const Operand& a, const Operand& b) { return binary(Scalar::remainder, a, b); }
Array fmod(const Operand& a, const Operand& b) { return binary(Scalar::fmod, a, b); }
// From the nearer end, which is hit exactly.
Array lerp(const Operand& a, const Operand& b, const Operand& weight) {
  const WhereScope scope(a.where);
  const Operand* const operands[] = {&a, &b, &weight};
  const DType dtype = as_floating(common_type(operands));
  const Shape shape = common_shape("lerp", operands);
  const Array from(materialize("lerp", a, dtype, shape)), to(materialize("lerp", b, dtype, shape)),
      w(materialize("lerp", weight, dtype, shape));
  return tenon::where(abs(w) < 0.5, from + w * (to - from), to - (to - from) * (1 - w));
}
Array clip(const Operand& x, const Operand& low, const Operand& high) { return minimum(at(maximum(x, low), x), high); }

Array bitwise_and(const Operand& a, const Operand& b) { return binary(Scalar::bitwise_and, a, b); }
Array bitwise_or(const Operand& a, const Operand& b) { return binary(Scalar::bitwise_or, a, b); }
Array bitwise_xor(const Operand& a, const Operand& b) { return binary(Scalar::bitwise_xor, a, b); }
Array bitwise_not(const Operand& x) {
  return unary(x.dtype() == DType::boolean ? Scalar::logical_not : Scalar::bitwise_not, x);
}
Array left_shift(const Operand& x, const Operand& count) { return binary(Scalar::left_shift, x, count); }
Array right_shift(const Operand& x, const Operand& count) { return binary(Scalar::right_shift, x, count); }

Array where(const Operand& condition, const Operand& a, const Operand& b) {
  const WhereScope scope(condition.where);
  const Operand* const all[] = {&condition, &a, &b};
  const Operand* const values[] = {&a, &b};
  if (condition.dtype() != DType::boolean)
    build::fail<DTypeError>("where: the condition is {}, it must be bool; compare it with something",
                            name(condition.dtype()));
  const Shape shape = common_shape("where", all);
  const DType dtype = common_type(values);
  return Array(build::where(materialize("where", condition, DType::boolean, shape),
                            materialize("where", a, dtype, shape), materialize("where", b, dtype, shape)));
}

Array astype(const Operand& x, DType dtype) {
  const WhereScope scope(x.where);
  if (!x.node()) return Array(materialize("astype", x, dtype, Shape()));
  return Array(build::cast(*x.node(), dtype));
}

Array stop_gradient(const Operand& x) { return unary(Scalar::stop_gradient, x); }

}  // namespace tenon
