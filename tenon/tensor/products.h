// Products by position beside matmul: bmm, tensordot, inner, vdot. By name, `contract` does what all of them do.
#pragma once

#include "tenon/tensor/contract.h"

namespace tenon {

namespace detail {

constexpr Plan bmm_plan(const AxisList& a, const AxisList& b) {
  Plan plan = plan_for({a, b});
  if (a.rank != 3 || b.rank != 3) {
    plan.mistake = mistake("bmm: ", a, " x ", b, "; they must be [batch, m, k] and [batch, k, n]");
    return plan;
  }
  const Unified batch = unify(a[0], b[0]);
  if (!unify(a[2], b[1]).fits) plan.mistake = unequal_axes("bmm", a[2], a, b[1], b);
  if (!batch.fits) plan.mistake = unequal_axes("bmm", a[0], a, b[0], b);
  plan.axes = {batch.axis, a[1], b[2]};
  return plan;
}

// The last `count` axes of a with the first of b.
constexpr Plan tensordot_plan(std::string_view op, const AxisList& a, const AxisList& b, int count) {
  Plan plan = plan_for({a, b});
  if (count < 0 || count > a.rank || count > b.rank) {
    plan.mistake = mistake(op, ": ", a, " and ", b, " have not ", count, " axes each");
    return plan;
  }
  if (a.rank + b.rank - 2 * count > max_rank) {
    plan.mistake = mistake(op, ": ", a, " and ", b, " give more than 8 axes");
    return plan;
  }
  for (int i = 0; i < count; ++i)
    if (!unify(a[a.rank - count + i], b[i]).fits && plan.mistake.empty())
      plan.mistake = unequal_axes(op, a[a.rank - count + i], a, b[i], b);
  for (int i = 0; i < a.rank - count; ++i) plan.axes.push_back(a[i]);
  for (int i = count; i < b.rank; ++i) plan.axes.push_back(b[i]);
  return plan;
}

constexpr Plan inner_plan(const AxisList& a, const AxisList& b) {
  Plan plan = plan_for({a, b});
  if (a.rank == 0 || b.rank == 0 || a.rank + b.rank - 2 > max_rank) {
    plan.mistake = mistake("inner: ", a, " and ", b, " have not one axis each to sum over, and 8 beside them at most");
    return plan;
  }
  if (!unify(a[a.rank - 1], b[b.rank - 1]).fits)
    plan.mistake = unequal_axes("inner", a[a.rank - 1], a, b[b.rank - 1], b);
  for (int i = 0; i < a.rank - 1; ++i) plan.axes.push_back(a[i]);
  for (int i = 0; i < b.rank - 1; ++i) plan.axes.push_back(b[i]);
  return plan;
}

constexpr Plan vdot_plan(const AxisList& a, const AxisList& b) {
  Plan plan = plan_for({a, b});
  bool fits = a.rank == b.rank;
  for (int i = 0; fits && i < a.rank; ++i) fits = unify(a[i], b[i]).fits;
  if (!fits) plan.mistake = mistake("vdot: ", a, " and ", b, " differ");
  return plan;
}

}  // namespace detail

/// [batch, m, k] x [batch, k, n] -> [batch, m, n]: matmul without broadcasting.
template <TensorType A, TensorType B>
auto bmm(const A& a, const B& b, std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan = detail::bmm_plan(A::axes, B::axes);
  detail::require<detail::unequal_types("bmm", A::dtype, B::dtype)>();
  detail::require<plan.mistake>();
  using Result = detail::TensorOf<typename A::Element, plan.axes>;
  return detail::checked<Result, plan>("bmm", where, [&] { return bmm(a.array(), b.array(), where); }, a, b);
}

/// Sums over the last `count` axes of a with the first of b, in order: tensordot<2>(a [i, j, k], b [j, k, l]) is [i,
/// l].
template <int count, TensorType A, TensorType B>
auto tensordot(const A& a, const B& b, std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan = detail::tensordot_plan("tensordot", A::axes, B::axes, count);
  detail::require<detail::unequal_types("tensordot", A::dtype, B::dtype)>();
  detail::require<plan.mistake>();
  using Result = detail::TensorOf<typename A::Element, plan.axes>;
  return detail::checked<Result, plan>(
      "tensordot", where, [&] { return tensordot(a.array(), b.array(), count, where); }, a, b);
}

/// a [i..., k] and b [j..., k] -> [i..., j...]: sums over the last axes.
template <TensorType A, TensorType B>
auto inner(const A& a, const B& b, std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan = detail::inner_plan(A::axes, B::axes);
  detail::require<detail::unequal_types("inner", A::dtype, B::dtype)>();
  detail::require<plan.mistake>();
  using Result = detail::TensorOf<typename A::Element, plan.axes>;
  return detail::checked<Result, plan>("inner", where, [&] { return inner(a.array(), b.array(), where); }, a, b);
}

/// The sum of all products, a scalar. The axes must be equal.
template <TensorType A, TensorType B>
auto vdot(const A& a, const B& b, std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan = detail::vdot_plan(A::axes, B::axes);
  detail::require<detail::unequal_types("vdot", A::dtype, B::dtype)>();
  detail::require<plan.mistake>();
  return detail::checked<Tensor<typename A::Element>, plan>(
      "vdot", where, [&] { return vdot(a.array(), b.array(), where); }, a, b);
}

}  // namespace tenon
