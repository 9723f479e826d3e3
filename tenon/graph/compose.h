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
/// Puts step - 1 zeros between the elements of one axis, which has some: (count - 1) * step + 1 of count.
NodeRef spread(const NodeRef& x, int axis, std::int64_t step);

/// The product of x along `axis` of all elements before each: 1, x[0], x[0] * x[1], ...; given `products`, the scan.
NodeRef exclusive_products(const NodeRef& products, int axis);
/// For each element of a scan by maximum or minimum of x, the position along `axis` of the last element so far that
/// is equal to it, as PyTorch's cummax gives it; once there is a NaN, that of the last one. `dtype` is i32 or i64.
NodeRef extreme_positions(const NodeRef& x, const NodeRef& extremes, int axis, DType dtype);
/// Row-major positions, among the elements of `shape`, of what `positions` name along `axis`; i32 or i64.
NodeRef flat_positions(const NodeRef& positions, const Shape& shape, int axis);
/// The least of i32 and i64 that counts so many elements.
DType position_type(std::int64_t elements);

}  // namespace tenon::build
