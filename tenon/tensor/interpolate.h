// Resizing along spatial axes to sizes known at compile time.
#pragma once

#include "tenon/array/interpolate.h"
#include "tenon/tensor/pooling.h"

namespace tenon {

namespace detail {
constexpr Plan run_time_sizes_plan(const AxisList& x) {
  Plan plan = plan_for({x});
  plan.axes = x;
  if (x.rank < 3 || x.rank > 5) plan.mistake = mistake("interpolate: ", x, " is not [batch, channels, spatial...]");
  for (int i = 2; i < x.rank; ++i) plan.axes[i] = any;
  return plan;
}
}  // namespace detail

/// x [batch, channels, spatial...] -> [batch, channels, sizes...]: interpolate<PerAxis{56, 56},
/// Interpolation::linear>(x).
template <PerAxis size, Interpolation mode = Interpolation::nearest, bool align_corners = false, TensorType X>
auto interpolate(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan = detail::sizes_plan("interpolate", X::rank - 2, X::axes, size);
  if constexpr (X::rank < 3 || X::rank > 5)
    detail::require<detail::mistake("interpolate: ", X::axes, " is not [batch, channels, spatial...]")>();
  else
    detail::require<plan.mistake>();
  using Element = std::conditional_t<mode == Interpolation::nearest, typename X::Element,
                                     detail::FloatingType<typename X::Element>>;
  return detail::planned<Element, plan>(
      interpolate(x.array(), {.size = size, .mode = mode, .align_corners = align_corners}, where), where);
}

/// By scales, and to sizes that are known at run time: interpolate(x, {.scale = {2, 2}}). The spatial axes are `any`.
/// Of floating elements, because integers stay integers in one mode alone.
template <TensorType X>
auto interpolate(const X& x, const InterpolateOptions& options,
                 std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan = detail::run_time_sizes_plan(X::axes);
  detail::require<plan.mistake>();
  detail::require<detail::not_floating("interpolate", X::dtype)>();
  return detail::TensorOf<typename X::Element, plan.axes>::unchecked(interpolate(x.array(), options, where));
}

}  // namespace tenon
