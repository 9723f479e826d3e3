// Sorting along an axis, and what follows from an order: sort<"time">(x), topk<"vocab", 5>(logits); see array/sort.h.
// NaN counts as greater than every number.
#pragma once

#include "tenon/array/sort.h"
#include "tenon/tensor/cumulative.h"

namespace tenon {

namespace detail {

constexpr AxisPlan topk_plan(const AxisList& axes, const AxisRef& ref, const Axis& k) {
  AxisPlan plan = axis_plan("topk", axes, ref);
  if (!plan.mistake.empty()) return plan;
  if (!k.is_fixed()) {
    plan.mistake = mistake("topk: axis ", k, " has no size; write a number, or Axis{\"best\", 5}");
    return plan;
  }
  const Axis& from = axes[plan.position];
  if (from.is_fixed() && k.size() > from.size())
    plan.mistake = mistake("topk: ", Axis(k.size()), " elements of axis ", from, " of ", axes);
  plan.axes[plan.position] = k;
  if (const Axis* twice = doubled_name(plan.axes))
    plan.mistake = mistake("topk: ", plan.axes, " has two axes ", twice->label());
  return plan;
}

constexpr Mistake not_one_axis(std::string_view op, const AxisList& axes) {
  if (axes.rank == 1) return {};
  return mistake(op, ": ", axes, " has not one axis");
}

}  // namespace detail

/// Positions, int64, that sort x along the axis; equal elements stay in order.
template <AxisRef axis = -1, TensorType X, std::same_as<bool> B = bool>
auto argsort(const X& x, B descending = false, std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::axis_plan("argsort", X::axes, axis);
  detail::require<plan.mistake>();
  using Result = detail::TensorOf<std::int64_t, X::axes>;
  return Result::unchecked(argsort(x.array(), plan.position, descending, where));
}
template <AxisRef axis = -1, TensorType X, std::same_as<bool> B = bool>
X sort(const X& x, B descending = false, std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::axis_plan("sort", X::axes, axis);
  detail::require<plan.mistake>();
  return X::unchecked(sort(x.array(), plan.position, descending, where));
}
/// The k greatest elements (`largest` false: the least), greatest (least) first, and their positions. The axis becomes
/// k: topk<"vocab", 5>(x [batch, vocab]) has [batch, 5], topk<"vocab", Axis{"best", 5}> has [batch, best=5].
template <AxisRef axis, Axis k, TensorType X>
auto topk(const X& x, bool largest = true, std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::topk_plan(X::axes, axis, k);
  detail::require<plan.mistake>();
  return detail::values_and_indices<typename X::Element, plan.axes>(
      topk(x.array(), k.size(), plan.position, largest, where));
}

/// The value below which a share of q of the elements along one axis lies, linearly interpolated. Integers and bool
/// give float.
template <AxisRef axis = -1, TensorType X>
auto quantile(const X& x, double q, std::source_location where = std::source_location::current()) {
  using R = detail::Reduction<"quantile", X, axis>;
  detail::require<R::plan.mistake>();
  using Result = typename R::template Result<detail::FloatingType<typename X::Element>>;
  return Result::unchecked(quantile(x.array(), q, R::plan.positions[0], false, where));
}
/// The quantile of 1/2.
template <AxisRef axis = -1, TensorType X>
auto median(const X& x, std::source_location where = std::source_location::current()) {
  using R = detail::Reduction<"median", X, axis>;
  detail::require<R::plan.mistake>();
  using Result = typename R::template Result<detail::FloatingType<typename X::Element>>;
  return Result::unchecked(median(x.array(), R::plan.positions[0], false, where));
}

/// How many elements of `sorted` [n], in ascending order, are less than each value (`right`: not greater), int64.
template <TensorType Sorted, TensorType Values>
auto searchsorted(const Sorted& sorted, const Values& values, bool right = false,
                  std::source_location where = std::source_location::current()) {
  detail::require<detail::not_one_axis("searchsorted", Sorted::axes)>();
  detail::require<detail::unequal_types("searchsorted", Sorted::dtype, Values::dtype)>();
  using Result = detail::TensorOf<std::int64_t, Values::axes>;
  return Result::unchecked(searchsorted(sorted.array(), values.array(), right, where));
}

}  // namespace tenon
