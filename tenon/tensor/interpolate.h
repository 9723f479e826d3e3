// Resizing along spatial axes to sizes known at compile time.
#pragma once

#include "tenon/array/interpolate.h"
#include "tenon/tensor/pooling.h"

namespace tenon {

/// x [batch, channels, spatial...] -> [batch, channels, sizes...]: interpolate<PerAxis{56, 56},
/// Interpolation::linear>(x). By scales, and to sizes of the run time, it is an op on Arrays.
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

}  // namespace tenon
