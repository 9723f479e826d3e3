// Pooling over the last one, two or three axes. Kernel and options are template arguments, because the axes of the
// result follow from them: max_pool2d<2>(x), avg_pool2d<PerAxis{3, 2}, AvgPoolOptions{.stride = 2}>(x).
#pragma once

#include "tenon/array/pooling.h"
#include "tenon/tensor/convolution.h"

namespace tenon {

namespace detail {

struct PoolNumbers {
  PerAxis kernel, stride, padding, dilation;
  bool ceil_mode;
};

constexpr Plan pool_plan(std::string_view op, int spatial, const AxisList& x, const PoolNumbers& pool) {
  Plan plan = plan_for({x});
  plan.axes = x;
  if (x.rank < spatial) note(plan, mistake(op, ": ", x, " has fewer than ", spatial, " axes"));
  const PerAxis stride = pool.stride == PerAxis(0) ? pool.kernel : pool.stride;
  note(plan, per_axis_mistake(op, "kernel", pool.kernel, spatial, 1));
  note(plan, per_axis_mistake(op, "stride", stride, spatial, 1));
  note(plan, per_axis_mistake(op, "dilation", pool.dilation, spatial, 1));
  note(plan, per_axis_mistake(op, "padding", pool.padding, spatial, 0));
  if (!plan.mistake.empty()) return plan;
  for (int i = 0; i < spatial; ++i) {
    Axis& axis = plan.axes[x.rank - spatial + i];
    const std::int64_t kernel = pool.kernel[i], padding = pool.padding[i],
                       extent = window_extent(kernel, pool.dilation[i]);
    if (2 * padding > kernel)
      note(plan,
           mistake(op, ": a padding of ", padding, " with a kernel of ", kernel, "; it may be half of it at most"));
    if (stride[i] == 1 && 2 * padding == extent - 1) continue;
    if (!axis.is_fixed()) {
      axis = any;
      continue;
    }
    const std::int64_t size = pooled_size(axis.size(), kernel, stride[i], padding, pool.dilation[i], pool.ceil_mode);
    if (size == 0)
      note(plan, mistake(op, ": a window of ", kernel, " elements, ", pool.dilation[i], " apart, is longer than axis ",
                         axis, " of ", x, " with a padding of ", padding));
    if (size != axis.size()) axis = Axis(size);
  }
  return plan;
}

constexpr Plan sizes_plan(std::string_view op, int spatial, const AxisList& x, const PerAxis& size) {
  Plan plan = plan_for({x});
  plan.axes = x;
  if (x.rank < spatial) note(plan, mistake(op, ": ", x, " has fewer than ", spatial, " axes"));
  note(plan, per_axis_mistake(op, "size", size, spatial, 1));
  if (!plan.mistake.empty()) return plan;
  for (int i = 0; i < spatial; ++i) {
    Axis& axis = plan.axes[x.rank - spatial + i];
    if (axis.size() != size[i]) axis = Axis(size[i]);
  }
  return plan;
}

// The result with the axes of the plan, whose shape follows from those of x.
template <class T, const Plan& plan>
auto planned(Array&& array, const std::source_location& where) {
  return result<TensorOf<T, plan.axes>, plan.has_any>(std::move(array), where);
}

}  // namespace detail

/// The maximum of each window. Axes other than the last keep their names, and these theirs where their size stays;
/// other sizes are numbers where they are known at compile time, and `any` where not.
template <PerAxis kernel, MaxPoolOptions options = MaxPoolOptions{}, TensorType X>
auto max_pool1d(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan = detail::pool_plan(
      "max_pool1d", 1, X::axes, {kernel, options.stride, options.padding, options.dilation, options.ceil_mode});
  detail::require<plan.mistake>();
  return detail::planned<typename X::Element, plan>(max_pool1d(x.array(), kernel, options, where), where);
}
template <PerAxis kernel, MaxPoolOptions options = MaxPoolOptions{}, TensorType X>
auto max_pool2d(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan = detail::pool_plan(
      "max_pool2d", 2, X::axes, {kernel, options.stride, options.padding, options.dilation, options.ceil_mode});
  detail::require<plan.mistake>();
  return detail::planned<typename X::Element, plan>(max_pool2d(x.array(), kernel, options, where), where);
}
template <PerAxis kernel, MaxPoolOptions options = MaxPoolOptions{}, TensorType X>
auto max_pool3d(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan = detail::pool_plan(
      "max_pool3d", 3, X::axes, {kernel, options.stride, options.padding, options.dilation, options.ceil_mode});
  detail::require<plan.mistake>();
  return detail::planned<typename X::Element, plan>(max_pool3d(x.array(), kernel, options, where), where);
}

/// The mean of each window.
template <PerAxis kernel, AvgPoolOptions options = AvgPoolOptions{}, TensorType X>
auto avg_pool1d(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan =
      detail::pool_plan("avg_pool1d", 1, X::axes, {kernel, options.stride, options.padding, 1, options.ceil_mode});
  detail::require<plan.mistake>();
  return detail::planned<detail::FloatingType<typename X::Element>, plan>(avg_pool1d(x.array(), kernel, options, where),
                                                                          where);
}
template <PerAxis kernel, AvgPoolOptions options = AvgPoolOptions{}, TensorType X>
auto avg_pool2d(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan =
      detail::pool_plan("avg_pool2d", 2, X::axes, {kernel, options.stride, options.padding, 1, options.ceil_mode});
  detail::require<plan.mistake>();
  return detail::planned<detail::FloatingType<typename X::Element>, plan>(avg_pool2d(x.array(), kernel, options, where),
                                                                          where);
}
template <PerAxis kernel, AvgPoolOptions options = AvgPoolOptions{}, TensorType X>
auto avg_pool3d(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan =
      detail::pool_plan("avg_pool3d", 3, X::axes, {kernel, options.stride, options.padding, 1, options.ceil_mode});
  detail::require<plan.mistake>();
  return detail::planned<detail::FloatingType<typename X::Element>, plan>(avg_pool3d(x.array(), kernel, options, where),
                                                                          where);
}

/// The spatial axes cut into `size` parts each: adaptive_avg_pool2d<1>(x) pools globally.
template <PerAxis size, TensorType X>
auto adaptive_avg_pool1d(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan = detail::sizes_plan("adaptive_avg_pool1d", 1, X::axes, size);
  detail::require<plan.mistake>();
  return detail::planned<detail::FloatingType<typename X::Element>, plan>(adaptive_avg_pool1d(x.array(), size, where),
                                                                          where);
}
template <PerAxis size, TensorType X>
auto adaptive_avg_pool2d(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan = detail::sizes_plan("adaptive_avg_pool2d", 2, X::axes, size);
  detail::require<plan.mistake>();
  return detail::planned<detail::FloatingType<typename X::Element>, plan>(adaptive_avg_pool2d(x.array(), size, where),
                                                                          where);
}
template <PerAxis size, TensorType X>
auto adaptive_avg_pool3d(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan = detail::sizes_plan("adaptive_avg_pool3d", 3, X::axes, size);
  detail::require<plan.mistake>();
  return detail::planned<detail::FloatingType<typename X::Element>, plan>(adaptive_avg_pool3d(x.array(), size, where),
                                                                          where);
}

template <PerAxis size, TensorType X>
auto adaptive_max_pool1d(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan = detail::sizes_plan("adaptive_max_pool1d", 1, X::axes, size);
  detail::require<plan.mistake>();
  return detail::planned<typename X::Element, plan>(adaptive_max_pool1d(x.array(), size, where), where);
}
template <PerAxis size, TensorType X>
auto adaptive_max_pool2d(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan = detail::sizes_plan("adaptive_max_pool2d", 2, X::axes, size);
  detail::require<plan.mistake>();
  return detail::planned<typename X::Element, plan>(adaptive_max_pool2d(x.array(), size, where), where);
}
template <PerAxis size, TensorType X>
auto adaptive_max_pool3d(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan = detail::sizes_plan("adaptive_max_pool3d", 3, X::axes, size);
  detail::require<plan.mistake>();
  return detail::planned<typename X::Element, plan>(adaptive_max_pool3d(x.array(), size, where), where);
}

}  // namespace tenon
