// Rotary positions.
#pragma once

#include "tenon/tensor/elementwise.h"
#include "tenon/tensor/movement.h"

namespace tenon {

/// Rotates the pairs (x_i, x_{i + dim/2}) of the last axis by the angle position * base^(-2i/dim), i = 0 .. dim/2 - 1
/// (Su et al., "RoFormer", arXiv:2104.09864, equation 15). The pairs are halves apart, as in LLaMA's weights for
/// PyTorch, not neighbours as in the paper. Positions count from `first` along `time_axis`. Throws ShapeError when dim
/// is odd, DTypeError unless x is floating.
Array rotary(const Array& x, int time_axis, double base = 10000, std::int64_t first = 0,
             std::source_location where = std::source_location::current());

/// rotary<"time">(query [batch, time, head, dim])
template <AxisRef time, TensorType X>
X rotary(const X& x, double base = 10000, std::int64_t first = 0,
         std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::axis_plan("rotary", X::axes, time);
  detail::require<plan.mistake>();
  return X::unchecked(rotary(x.array(), plan.position, base, first, where));
}

}  // namespace tenon
