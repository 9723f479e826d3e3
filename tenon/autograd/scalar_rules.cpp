// Gradients of the scalar operations, one row each. Conventions at kinks and poles are PyTorch's
// (tools/autograd/derivatives.yaml, torch/csrc/autograd/FunctionsManual.cpp).
#include <iterator>
#include <numbers>

#include "tenon/autograd/rules.h"
#include "tenon/graph/compose.h"

namespace tenon::autograd {
namespace {

using build::binary;
using build::full_like;
using build::unary;

NodeRef sub(const NodeRef& a, const NodeRef& b) { return binary(Scalar::sub, a, b); }
NodeRef mul(const NodeRef& a, const NodeRef& b) { return binary(Scalar::mul, a, b); }
NodeRef div(const NodeRef& a, const NodeRef& b) { return binary(Scalar::div, a, b); }
NodeRef neg(const NodeRef& a) { return unary(Scalar::neg, a); }
NodeRef scaled(const NodeRef& a, double factor) { return mul(a, full_like(a, factor)); }
NodeRef zeros_like(const NodeRef& a) { return full_like(a, 0); }
NodeRef plus_one(const NodeRef& a) { return binary(Scalar::add, a, full_like(a, 1)); }
// 1 - a * a
NodeRef one_minus_square(const NodeRef& a) { return sub(full_like(a, 1), mul(a, a)); }

void cast_rule(Pullback& p) { p.set(0, build::cast(p.g, p.x()->dtype)); }
void barrier_rule(Pullback& p) { p.set(0, p.g); }
void neg_rule(Pullback& p) { p.set(0, neg(p.g)); }
void abs_rule(Pullback& p) { p.set(0, mul(p.g, unary(Scalar::sign, p.x()))); }  // 0 at 0
void exp_rule(Pullback& p) { p.set(0, mul(p.g, p.y())); }
void log_rule(Pullback& p) { p.set(0, div(p.g, p.x())); }
void sqrt_rule(Pullback& p) { p.set(0, div(p.g, scaled(p.y(), 2))); }
// d x^(-1/2) = -1/2 x^(-3/2)
void rsqrt_rule(Pullback& p) {
  const NodeRef y = p.y();
  p.set(0, mul(scaled(p.g, -0.5), mul(y, mul(y, y))));
}
void sin_rule(Pullback& p) { p.set(0, mul(p.g, unary(Scalar::cos, p.x()))); }
void cos_rule(Pullback& p) { p.set(0, neg(mul(p.g, unary(Scalar::sin, p.x())))); }
void tanh_rule(Pullback& p) { p.set(0, mul(p.g, one_minus_square(p.y()))); }
// d erf(x) = 2 / sqrt(pi) * exp(-x^2)
void erf_rule(Pullback& p) {
  const NodeRef bell = unary(Scalar::exp, neg(mul(p.x(), p.x())));
  p.set(0, mul(scaled(p.g, 2 * std::numbers::inv_sqrtpi), bell));
}
void sigmoid_rule(Pullback& p) {
  const NodeRef y = p.y();
  p.set(0, mul(p.g, mul(y, sub(full_like(y, 1), y))));
}
// 0 at 0; NaN passes the gradient on, as PyTorch's threshold does.
void relu_rule(Pullback& p) {
  const NodeRef zeros = zeros_like(p.g);
  p.set(0, build::where(binary(Scalar::le, p.y(), zeros), zeros, p.g));
}
// d log_b(x) = 1 / (x log b)
void log2_rule(Pullback& p) { p.set(0, div(p.g, scaled(p.x(), std::numbers::ln2))); }
void log10_rule(Pullback& p) { p.set(0, div(p.g, scaled(p.x(), std::numbers::ln10))); }
void log1p_rule(Pullback& p) { p.set(0, div(p.g, plus_one(p.x()))); }
void exp2_rule(Pullback& p) { p.set(0, mul(p.g, scaled(p.y(), std::numbers::ln2))); }
void expm1_rule(Pullback& p) { p.set(0, mul(p.g, plus_one(p.y()))); }
void softplus_rule(Pullback& p) { p.set(0, mul(p.g, unary(Scalar::sigmoid, p.x()))); }
// d x^(1/3) = 1 / (3 y^2)
void cbrt_rule(Pullback& p) { p.set(0, div(p.g, scaled(mul(p.y(), p.y()), 3))); }
void tan_rule(Pullback& p) { p.set(0, mul(p.g, plus_one(mul(p.y(), p.y())))); }
// 1 / sqrt(1 - x^2)
NodeRef asin_slope(const NodeRef& x) { return unary(Scalar::rsqrt, one_minus_square(x)); }
void asin_rule(Pullback& p) { p.set(0, mul(p.g, asin_slope(p.x()))); }
void acos_rule(Pullback& p) { p.set(0, neg(mul(p.g, asin_slope(p.x())))); }
void atan_rule(Pullback& p) { p.set(0, div(p.g, plus_one(mul(p.x(), p.x())))); }
void sinh_rule(Pullback& p) { p.set(0, mul(p.g, unary(Scalar::cosh, p.x()))); }
void cosh_rule(Pullback& p) { p.set(0, mul(p.g, unary(Scalar::sinh, p.x()))); }
void asinh_rule(Pullback& p) { p.set(0, mul(p.g, unary(Scalar::rsqrt, plus_one(mul(p.x(), p.x()))))); }
// 1 / sqrt(x^2 - 1), as a product that keeps its digits near 1
void acosh_rule(Pullback& p) {
  const NodeRef x = p.x();
  p.set(0, mul(p.g, unary(Scalar::rsqrt, mul(sub(x, full_like(x, 1)), plus_one(x)))));
}
void atanh_rule(Pullback& p) { p.set(0, div(p.g, one_minus_square(p.x()))); }
// sqrt(pi) / 2 * exp(y^2)
void erfinv_rule(Pullback& p) {
  const NodeRef y = p.y();
  p.set(0, mul(scaled(p.g, 0.5 / std::numbers::inv_sqrtpi), unary(Scalar::exp, mul(y, y))));
}
void lgamma_rule(Pullback& p) { p.set(0, mul(p.g, unary(Scalar::digamma, p.x()))); }
void digamma_rule(Pullback& p) { p.set(0, mul(p.g, unary(Scalar::trigamma, p.x()))); }
// DLMF 5.15.1; n is whole, and has no slope.
NodeRef polygamma(const NodeRef& n, const NodeRef& x) { return binary(Scalar::polygamma, n, x); }
void trigamma_rule(Pullback& p) { p.set(0, mul(p.g, polygamma(full_like(p.x(), 2), p.x()))); }
void polygamma_rule(Pullback& p) {
  if (p.needs(1)) p.set(1, mul(p.g, polygamma(plus_one(p.x(0)), p.x(1))));
}
void add_rule(Pullback& p) {
  if (p.needs(0)) p.set(0, p.g);
  if (p.needs(1)) p.set(1, p.g);
}
void sub_rule(Pullback& p) {
  if (p.needs(0)) p.set(0, p.g);
  if (p.needs(1)) p.set(1, neg(p.g));
}
void mul_rule(Pullback& p) {
  if (p.needs(0)) p.set(0, mul(p.g, p.x(1)));
  if (p.needs(1)) p.set(1, mul(p.g, p.x(0)));
}
// d(a/b) = da / b - (a/b) / b db
void div_rule(Pullback& p) {
  const NodeRef over = div(p.g, p.x(1));
  if (p.needs(0)) p.set(0, over);
  if (p.needs(1)) p.set(1, neg(mul(over, p.y())));
}
// The larger (smaller) operand gets the gradient; equal ones share it half and half.
void extreme_rule(Pullback& p, int winner_of_less) {
  const NodeRef a = p.x(0), b = p.x(1);
  const NodeRef zeros = zeros_like(p.g);
  const NodeRef shared = build::where(binary(Scalar::eq, a, b), scaled(p.g, 0.5), p.g);
  const NodeRef less = binary(Scalar::lt, a, b), greater = binary(Scalar::lt, b, a);
  if (p.needs(0)) p.set(0, build::where(winner_of_less == 1 ? less : greater, zeros, shared));
  if (p.needs(1)) p.set(1, build::where(winner_of_less == 1 ? greater : less, zeros, shared));
}
void maximum_rule(Pullback& p) { extreme_rule(p, 1); }
void minimum_rule(Pullback& p) { extreme_rule(p, 0); }
// d a^b = b a^(b-1) da + a^b log(a) db, with 0 for da where b = 0 and 0 for db where a = 0 and b >= 0.
void pow_rule(Pullback& p) {
  const NodeRef a = p.x(0), b = p.x(1), zeros = zeros_like(p.g);
  if (p.needs(0)) {
    const NodeRef slope = mul(b, binary(Scalar::pow, a, sub(b, full_like(b, 1))));
    p.set(0, build::where(binary(Scalar::eq, b, zeros), zeros, mul(p.g, slope)));
  }
  if (p.needs(1)) {
    const NodeRef at_zero = binary(Scalar::logical_and, binary(Scalar::eq, a, zeros), binary(Scalar::le, zeros, b));
    p.set(1, mul(p.g, build::where(at_zero, zeros, mul(p.y(), unary(Scalar::log, a)))));
  }
}
// atan2(a, b): (b da - a db) / (a^2 + b^2); NaN at the origin, as in PyTorch.
void atan2_rule(Pullback& p) {
  const NodeRef a = p.x(0), b = p.x(1);
  const NodeRef over = div(p.g, binary(Scalar::add, mul(a, a), mul(b, b)));
  if (p.needs(0)) p.set(0, mul(over, b));
  if (p.needs(1)) p.set(1, neg(mul(over, a)));
}
// (a da + b db) / hypot; NaN at the origin, as in PyTorch.
void hypot_rule(Pullback& p) {
  for (int i = 0; i < 2; ++i)
    if (p.needs(i)) p.set(i, mul(p.g, div(p.x(i), p.y())));
}
// a - b n: da - n db, where n, the quotient, is piecewise constant.
void remainder_rule(Pullback& p) {
  if (p.needs(0)) p.set(0, p.g);
  if (p.needs(1)) p.set(1, neg(mul(p.g, binary(Scalar::floor_divide, p.x(0), p.x(1)))));
}
void fmod_rule(Pullback& p) {
  if (p.needs(0)) p.set(0, p.g);
  if (p.needs(1)) p.set(1, neg(mul(p.g, unary(Scalar::round, div(sub(p.x(0), p.y()), p.x(1))))));
}
void where_rule(Pullback& p) {
  const NodeRef zeros = zeros_like(p.g);
  if (p.needs(1)) p.set(1, build::where(p.x(0), p.g, zeros));
  if (p.needs(2)) p.set(2, build::where(p.x(0), zeros, p.g));
}

struct Row {
  Scalar scalar;
  Rule rule;
};

constexpr auto rule = Differentiability::rule;
constexpr Rule none = {Differentiability::constant};

constexpr Row table[] = {
    {Scalar::cast, {rule, cast_rule}},
    {Scalar::neg, {rule, neg_rule}},
    {Scalar::abs, {rule, abs_rule}},
    {Scalar::sign, none},
    {Scalar::exp, {rule, exp_rule}},
    {Scalar::log, {rule, log_rule}},
    {Scalar::sqrt, {rule, sqrt_rule}},
    {Scalar::rsqrt, {rule, rsqrt_rule}},
    {Scalar::sin, {rule, sin_rule}},
    {Scalar::cos, {rule, cos_rule}},
    {Scalar::tanh, {rule, tanh_rule}},
    {Scalar::erf, {rule, erf_rule}},
    {Scalar::sigmoid, {rule, sigmoid_rule}},
    {Scalar::relu, {rule, relu_rule}},
    {Scalar::floor, none},
    {Scalar::ceil, none},
    {Scalar::trunc, none},
    {Scalar::round, none},
    {Scalar::exp2, {rule, exp2_rule}},
    {Scalar::expm1, {rule, expm1_rule}},
    {Scalar::log2, {rule, log2_rule}},
    {Scalar::log10, {rule, log10_rule}},
    {Scalar::log1p, {rule, log1p_rule}},
    {Scalar::softplus, {rule, softplus_rule}},
    {Scalar::cbrt, {rule, cbrt_rule}},
    {Scalar::tan, {rule, tan_rule}},
    {Scalar::asin, {rule, asin_rule}},
    {Scalar::acos, {rule, acos_rule}},
    {Scalar::atan, {rule, atan_rule}},
    {Scalar::sinh, {rule, sinh_rule}},
    {Scalar::cosh, {rule, cosh_rule}},
    {Scalar::asinh, {rule, asinh_rule}},
    {Scalar::acosh, {rule, acosh_rule}},
    {Scalar::atanh, {rule, atanh_rule}},
    {Scalar::erfinv, {rule, erfinv_rule}},
    {Scalar::lgamma, {rule, lgamma_rule}},
    {Scalar::digamma, {rule, digamma_rule}},
    {Scalar::trigamma, {rule, trigamma_rule}},
    {Scalar::logical_not, none},
    {Scalar::bitwise_not, none},
    {Scalar::stop_gradient, none},
    {Scalar::barrier, {rule, barrier_rule}},
    {Scalar::add, {rule, add_rule}},
    {Scalar::sub, {rule, sub_rule}},
    {Scalar::mul, {rule, mul_rule}},
    {Scalar::div, {rule, div_rule}},
    {Scalar::maximum, {rule, maximum_rule}},
    {Scalar::minimum, {rule, minimum_rule}},
    {Scalar::pow, {rule, pow_rule}},
    {Scalar::atan2, {rule, atan2_rule}},
    {Scalar::hypot, {rule, hypot_rule}},
    {Scalar::polygamma, {rule, polygamma_rule}},
    {Scalar::floor_divide, none},
    {Scalar::remainder, {rule, remainder_rule}},
    {Scalar::fmod, {rule, fmod_rule}},
    {Scalar::eq, none},
    {Scalar::ne, none},
    {Scalar::lt, none},
    {Scalar::le, none},
    {Scalar::logical_and, none},
    {Scalar::logical_or, none},
    {Scalar::bitwise_and, none},
    {Scalar::bitwise_or, none},
    {Scalar::bitwise_xor, none},
    {Scalar::left_shift, none},
    {Scalar::right_shift, none},
    {Scalar::where, {rule, where_rule}},
    {Scalar::random_bits, none},
};
constexpr bool rows_follow_the_enumerators() {
  if (std::size(table) != scalar_count) return false;
  for (int i = 0; i < scalar_count; ++i)
    if (table[i].scalar != static_cast<Scalar>(i) || (table[i].rule.kind == rule) != (table[i].rule.pull != nullptr))
      return false;
  return true;
}
static_assert(rows_follow_the_enumerators(), "every Scalar has its gradient rule, in order");

}  // namespace

const Rule& rule_of(Scalar scalar) { return table[static_cast<int>(scalar)].rule; }

}  // namespace tenon::autograd
