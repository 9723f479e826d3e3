// Windows that slide along an axis, and their sums: window and its counterpart fold.
#pragma once

#include "tenon/array/fold.h"
#include "tenon/array/windows.h"
#include "tenon/tensor/movement.h"

namespace tenon {

namespace detail {

constexpr AxisPlan window_plan(const AxisList& axes, const AxisRef& ref, std::int64_t size, std::int64_t step,
                               const Axis& within, std::int64_t dilation) {
  AxisPlan plan = axis_plan("window", axes, ref);
  if (size < 1 || step < 1)
    plan.mistake = mistake("window: size ", size, " and step ", step, " are not both at least 1");
  else if (dilation < 1)
    plan.mistake = mistake("window: dilation ", dilation, " is not at least 1");
  if (!plan.mistake.empty()) return plan;
  Axis& axis = plan.axes[plan.position];
  if (axis.is_fixed() && axis.size() < window_extent(size, dilation))
    plan.mistake = mistake("window: axis ", axis, " of ", axes, " is shorter than a window of ", size,
                           dilation == 1 ? "" : ", so far apart");
  else if (within.is_fixed() && within.size() != size)
    plan.mistake = mistake("window: ", size, " elements do not make an axis ", within);
  else if (axes.rank == max_rank)
    plan.mistake = mistake("window: ", axes, " has 8 axes already");
  if (!plan.mistake.empty()) return plan;
  axis = axis.is_fixed() ? resized(axis, window_count(axis.size(), size, step, dilation)) : resized(axis);
  plan.axes.push_back(within.is_number() ? Axis(size) : renamed(Axis(size), within.label()));
  if (const Axis* twice = doubled_name(plan.axes))
    plan.mistake = mistake("window: ", plan.axes, " has two axes ", twice->label());
  return plan;
}

// The axis of windows becomes `now`, or keeps its name where that is `any`; the last one disappears.
constexpr AxisPlan fold_plan(DType dtype, const AxisList& axes, const AxisRef& ref, const Axis& now, std::int64_t step,
                             std::int64_t dilation) {
  AxisPlan plan = axis_plan("fold", axes, ref);
  if (dtype == DType::boolean) plan.mistake = mistake("fold: elements are bool, which have no sums; use cast<...>(x)");
  if (step < 1 || dilation < 1)
    plan.mistake = mistake("fold: step ", step, " and dilation ", dilation, " are not both at least 1");
  if (plan.mistake.empty() && plan.position == axes.rank - 1)
    plan.mistake = mistake("fold: axis ", ref, " of ", axes, " holds the elements of windows, not the windows");
  if (!plan.mistake.empty()) return plan;
  const Axis windows = axes[plan.position], within = axes[axes.rank - 1];
  plan.axes.erase(axes.rank - 1);
  plan.axes[plan.position] = now.is_any() ? resized(windows) : now.is_number() ? resized(windows, now.size()) : now;
  if (const Axis* twice = doubled_name(plan.axes))
    plan.mistake = mistake("fold: ", plan.axes, " has two axes ", twice->label());
  if (!now.is_fixed() || !within.is_fixed()) return plan;
  const std::int64_t extent = window_extent(within.size(), dilation);
  const std::int64_t count =
      within.size() < 1 || now.size() < extent ? 0 : window_count(now.size(), within.size(), step, dilation);
  if (count == 0 || (windows.is_fixed() && windows.size() != count))
    plan.mistake = mistake("fold: ", now.size(), " elements have ", count, " windows of ", within.size(), ", not axis ",
                           windows, " of ", axes);
  return plan;
}

constexpr Mistake no_size_to_fold(const Axis& now) {
  if (now.is_fixed()) return {};
  return mistake("fold: axis ", now, " has no size; write Axis{\"time\", 10}, or give the size");
}

}  // namespace detail

/// Windows of `size` elements, `dilation` apart, one every `step`, that slide along an axis; the elements of each are a
/// new last axis, which may have a name: window<"time", 3, 1, "tap">(x). A fixed size becomes (n - (size - 1) *
/// dilation - 1) / step + 1, a name stays.
template <AxisRef axis, std::int64_t size, std::int64_t step = 1, Axis within = size, std::int64_t dilation = 1,
          TensorType X>
auto window(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::window_plan(X::axes, axis, size, step, within, dilation);
  detail::require<plan.mistake>();
  return detail::TensorOf<typename X::Element, plan.axes>::unchecked(
      window(x.array(), plan.position, size, step, dilation, where));
}

/// Sums of windows, the last axis, each element of `now` the sum of those that came from it: with y =
/// window<"time", 3>(x [time=12]), fold<"time", 12>(y) is [time=12]. See array/fold.h. What is fixed is checked at
/// compile time; throws ShapeError for another number of windows.
template <AxisRef axis, Axis now, std::int64_t step = 1, std::int64_t dilation = 1, TensorType X>
auto fold(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::fold_plan(X::dtype, X::axes, axis, now, step, dilation);
  detail::require<detail::no_size_to_fold(now)>();
  detail::require<plan.mistake>();
  return detail::TensorOf<typename X::Element, plan.axes>::unchecked(
      fold(x.array(), plan.position, now.size(), step, dilation, where));
}
/// To a size that is known at run time: fold<"time">(y, 12). The axis keeps its name, or becomes `any`;
/// fold<"window", "time">(y, 12) names it anew.
template <AxisRef axis, Axis now = any, std::int64_t step = 1, std::int64_t dilation = 1, TensorType X>
auto fold(const X& x, std::int64_t size, std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::fold_plan(X::dtype, X::axes, axis, now, step, dilation);
  detail::require<plan.mistake>();
  return detail::TensorOf<typename X::Element, plan.axes>(fold(x.array(), plan.position, size, step, dilation, where),
                                                          where);
}

}  // namespace tenon
