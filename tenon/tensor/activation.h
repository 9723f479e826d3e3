// Activation functions on tensors, as the functions of the same names on Arrays. Integers and bool become float.
#pragma once

#include "tenon/tensor/elementwise.h"
#include "tenon/tensor/movement.h"

namespace tenon {

namespace detail {

// The axis halved: an open one keeps its name, as after a slice.
constexpr AxisPlan glu_plan(const AxisList& axes, const AxisRef& ref) {
  AxisPlan plan = axis_plan("glu", axes, ref);
  if (!plan.mistake.empty()) return plan;
  Axis& axis = plan.axes[plan.position];
  if (axis.is_fixed() && axis.size() % 2 != 0)
    plan.mistake = mistake("glu: axis ", axis, " of ", axes, " is odd, it cannot be halved");
  else
    axis = axis.is_fixed() ? resized(axis, axis.size() / 2) : resized(axis);
  return plan;
}

}  // namespace detail

template <TensorType X>
auto softplus(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::softplus>(x, where);
}
template <TensorType X>
auto logsigmoid(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::logsigmoid>(x, where);
}
template <TensorType X>
auto selu(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::selu>(x, where);
}
template <TensorType X>
auto mish(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::mish>(x, where);
}
template <TensorType X>
auto softsign(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::softsign>(x, where);
}
template <TensorType X>
auto hardsigmoid(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::hardsigmoid>(x, where);
}
template <TensorType X>
auto hardswish(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::hardswish>(x, where);
}
template <TensorType X>
auto elu(const X& x, double alpha = 1, std::source_location where = std::source_location::current()) {
  return detail::FloatingOf<X>::unchecked(elu(Operand(x.array(), where), alpha));
}
template <TensorType X>
auto celu(const X& x, double alpha = 1, std::source_location where = std::source_location::current()) {
  return detail::FloatingOf<X>::unchecked(celu(Operand(x.array(), where), alpha));
}
template <TensorType X>
auto leaky_relu(const X& x, double slope = 0.01, std::source_location where = std::source_location::current()) {
  return detail::FloatingOf<X>::unchecked(leaky_relu(Operand(x.array(), where), slope));
}
template <TensorType X>
auto hardtanh(const X& x, double low = -1, double high = 1,
              std::source_location where = std::source_location::current()) {
  return detail::FloatingOf<X>::unchecked(hardtanh(Operand(x.array(), where), low, high));
}

/// Halves an axis, the last one by default, a and b: a * sigmoid(b).
template <AxisRef axis = -1, TensorType X>
auto glu(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::glu_plan(X::axes, axis);
  detail::require<plan.mistake>();
  using T = typename detail::FloatingOf<X>::Element;
  return detail::TensorOf<T, plan.axes>(glu(x.array(), plan.position, where), where);
}

}  // namespace tenon
