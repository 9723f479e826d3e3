// Small compositions of primitives that the gradient rules and `Array` share.
#pragma once

#include "tenon/graph/build.h"

namespace tenon::build {

/// `value` everywhere. Throws ValueError when an integer or boolean type cannot hold it.
NodeRef full(DType dtype, const Shape& shape, double value);
/// `value` everywhere, in the type and shape of x.
inline NodeRef full_like(const NodeRef& x, double value) { return full(x->dtype, x->shape, value); }

/// NumPy's broadcasting of one operand: axes are aligned at the end, missing ones and those of size 1 repeat.
/// Throws ShapeError in the name of `op`.
NodeRef broadcast_to(std::string_view op, const NodeRef& x, const Shape& shape);

/// The shape that x has after a reduction that keeps the reduced axes with size 1.
Shape keepdims_shape(const Shape& shape, std::uint32_t axis_mask);
/// Gives a reduction's result back the shape of what was reduced: axes in the mask repeat.
NodeRef expand_reduced(const NodeRef& reduced, const Shape& shape, std::uint32_t axis_mask);

/// Reverses the axes in the mask.
NodeRef flip(const NodeRef& x, std::uint32_t axis_mask);
/// Elements start, start + 1, ... of one axis, `count` of them.
NodeRef narrow(const NodeRef& x, int axis, std::int64_t start, std::int64_t count);
/// Pads one axis.
NodeRef pad_axis(const NodeRef& x, int axis, std::int64_t before, std::int64_t after, double value = 0);

}  // namespace tenon::build
