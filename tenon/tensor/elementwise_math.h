// Mathematical functions on tensors beyond those of elementwise.h, as the functions of the same names on Arrays.
#pragma once

#include <optional>

#include "tenon/tensor/elementwise.h"

namespace tenon {

/// Integers and bool become float.
template <TensorType X>
auto exp2(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::exp2>(x, where);
}
template <TensorType X>
auto expm1(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::expm1>(x, where);
}
template <TensorType X>
auto log2(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::log2>(x, where);
}
template <TensorType X>
auto log10(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::log10>(x, where);
}
template <TensorType X>
auto log1p(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::log1p>(x, where);
}
template <TensorType X>
auto cbrt(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::cbrt>(x, where);
}
template <TensorType X>
auto reciprocal(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::reciprocal>(x, where);
}
template <TensorType X>
auto tan(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::tan>(x, where);
}
template <TensorType X>
auto asin(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::asin>(x, where);
}
template <TensorType X>
auto acos(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::acos>(x, where);
}
template <TensorType X>
auto atan(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::atan>(x, where);
}
template <TensorType X>
auto sinh(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::sinh>(x, where);
}
template <TensorType X>
auto cosh(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::cosh>(x, where);
}
template <TensorType X>
auto asinh(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::asinh>(x, where);
}
template <TensorType X>
auto acosh(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::acosh>(x, where);
}
template <TensorType X>
auto atanh(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::atanh>(x, where);
}
template <TensorType X>
auto erfinv(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::erfinv>(x, where);
}
/// log|gamma(x)|, and its first and second derivative.
template <TensorType X>
auto lgamma(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::lgamma>(x, where);
}
template <TensorType X>
auto digamma(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::digamma>(x, where);
}
template <TensorType X>
auto trigamma(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::trigamma>(x, where);
}
/// The n-th derivative of digamma; n below 0 or above a million throws ValueError. Accuracy: array/elementwise.h.
template <TensorType X>
auto polygamma(std::int64_t n, const X& x, std::source_location where = std::source_location::current()) {
  detail::require<detail::wrong_elements("polygamma", X::dtype, takes_any)>();
  return detail::FloatingOf<X>::unchecked(polygamma(n, Operand(x.array(), where)));
}

/// The angle of the point (x, y), in [-pi, pi]; integers become float.
template <class A, class B>
  requires detail::Elementwise<A, B>
auto atan2(const A& y, const B& x, std::source_location where = std::source_location::current()) {
  return detail::binary<detail::Binary::atan2>(y, x, where);
}
/// sqrt(a * a + b * b) without overflow; integers become float.
template <class A, class B>
  requires detail::Elementwise<A, B>
auto hypot(const A& a, const B& b, std::source_location where = std::source_location::current()) {
  return detail::binary<detail::Binary::hypot>(a, b, where);
}

/// Towards infinity, towards zero, and to the nearest, halves to the even integer. These keep integer types.
template <TensorType X>
auto ceil(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::ceil>(x, where);
}
template <TensorType X>
auto trunc(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::trunc>(x, where);
}
template <TensorType X>
auto round(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::round>(x, where);
}

/// a - b * q for an integer q: of floor_divide and remainder floor(a / b), of fmod trunc(a / b). Integers divided by
/// zero give 0.
template <class A, class B>
  requires detail::Elementwise<A, B>
auto floor_divide(const A& a, const B& b, std::source_location where = std::source_location::current()) {
  return detail::binary<detail::Binary::floor_divide>(a, b, where);
}
template <class A, class B>
  requires detail::Elementwise<A, B>
auto remainder(const A& a, const B& b, std::source_location where = std::source_location::current()) {
  return detail::binary<detail::Binary::remainder>(a, b, where);
}
template <class A, class B>
  requires detail::Elementwise<A, B>
auto fmod(const A& a, const B& b, std::source_location where = std::source_location::current()) {
  return detail::binary<detail::Binary::fmod>(a, b, where);
}

/// Tensors of bool.
template <TensorType X>
auto isnan(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::isnan>(x, where);
}
template <TensorType X>
auto isinf(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::isinf>(x, where);
}
template <TensorType X>
auto isfinite(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::isfinite>(x, where);
}
/// NaN, infinity and -infinity replaced by numbers: see the function on Arrays.
template <TensorType X>
X nan_to_num(const X& x, double nan = 0, std::optional<double> posinf = {}, std::optional<double> neginf = {},
             std::source_location where = std::source_location::current()) {
  return X::unchecked(nan_to_num(Operand(x.array(), where), nan, posinf, neginf));
}

/// a + weight * (b - a) of tensors of one element type, or numbers; integers become float.
template <class A, class B, class Weight>
  requires detail::Elementwise<A, B> || detail::Elementwise<A, Weight>
auto lerp(const A& a, const B& b, const Weight& weight, std::source_location where = std::source_location::current()) {
  static constexpr std::array inputs{detail::input_of<A>(), detail::input_of<B>(), detail::input_of<Weight>()};
  static constexpr detail::CommonType common = detail::common_type("lerp", inputs);
  static constexpr detail::Plan plan = detail::broadcast_plan("lerp", inputs);
  detail::require<common.mistake>();
  if constexpr (common.mistake.empty()) detail::require<plan.mistake>();
  using Result =
      detail::TensorOf<typename detail::ElementOf<detail::result_type(detail::Gives::floating, common.dtype)>::type,
                       plan.axes>;
  if constexpr (!common.mistake.empty() || !plan.mistake.empty()) {
    return Result();
  } else {
    const auto mix = [&] {
      return lerp(detail::operand(a, where), detail::operand(b, where), detail::operand(weight, where));
    };
    return detail::checked<Result, plan>("lerp", where, mix, a, b, weight);
  }
}

/// Of the bits of integers; bool counts as one bit.
template <class A, class B>
  requires detail::Elementwise<A, B>
auto bitwise_and(const A& a, const B& b, std::source_location where = std::source_location::current()) {
  return detail::binary<detail::Binary::bitwise_and>(a, b, where);
}
template <class A, class B>
  requires detail::Elementwise<A, B>
auto bitwise_or(const A& a, const B& b, std::source_location where = std::source_location::current()) {
  return detail::binary<detail::Binary::bitwise_or>(a, b, where);
}
template <class A, class B>
  requires detail::Elementwise<A, B>
auto bitwise_xor(const A& a, const B& b, std::source_location where = std::source_location::current()) {
  return detail::binary<detail::Binary::bitwise_xor>(a, b, where);
}
template <TensorType X>
auto bitwise_not(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::bitwise_not>(x, where);
}
/// Integers shifted by `count` bits, to the right with their sign; counts that are no number of bits shift everything
/// out.
template <class A, class B>
  requires detail::Elementwise<A, B>
auto left_shift(const A& x, const B& count, std::source_location where = std::source_location::current()) {
  return detail::binary<detail::Binary::left_shift>(x, count, where);
}
template <class A, class B>
  requires detail::Elementwise<A, B>
auto right_shift(const A& x, const B& count, std::source_location where = std::source_location::current()) {
  return detail::binary<detail::Binary::right_shift>(x, count, where);
}

}  // namespace tenon
