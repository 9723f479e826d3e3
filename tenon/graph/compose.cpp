#include "tenon/graph/compose.h"

#include <limits>

#include "tenon/graph/build_check.h"

namespace tenon::build {

NodeRef full(DType dtype, const Shape& shape, double value) {
  NodeRef scalar = constant(dtype, value);
  if (shape.rank() == 0) return scalar;
  return expand(reshape(scalar, Shape(shape.rank(), 1)), shape);
}

NodeRef broadcast_to(std::string_view op, const NodeRef& x, const Shape& shape) {
  if (x->shape == shape) return x;
  const int missing = shape.rank() - x->shape.rank();
  bool fits = missing >= 0;
  Shape aligned(missing > 0 ? missing : 0, 1);
  for (int axis = 0; fits && axis < x->shape.rank(); ++axis) {
    fits = x->shape[axis] == 1 || x->shape[axis] == shape[missing + axis];
    aligned.push_back(x->shape[axis]);
  }
  if (!fits) fail<ShapeError>("{}: {} does not broadcast to {}", op, describe(*x), to_string(shape));
  return expand(reshape(x, aligned), shape);
}

Shape keepdims_shape(const Shape& shape, std::uint32_t axis_mask) {
  Shape kept = shape;
  for (int axis = 0; axis < shape.rank(); ++axis)
    if ((axis_mask >> axis & 1) != 0) kept[axis] = 1;
  return kept;
}

NodeRef expand_reduced(const NodeRef& reduced, const Shape& shape, std::uint32_t axis_mask) {
  return expand(reshape(reduced, keepdims_shape(shape, axis_mask)), shape);
}

NodeRef flip(const NodeRef& x, std::uint32_t axis_mask) {
  Dims start(x->shape.rank(), 0), step(x->shape.rank(), 1);
  for (int axis = 0; axis < x->shape.rank(); ++axis) {
    if ((axis_mask >> axis & 1) == 0) continue;
    start[axis] = x->shape[axis] - 1;
    step[axis] = -1;
  }
  return slice(x, start, x->shape, step);
}

NodeRef narrow(const NodeRef& x, int axis, std::int64_t start, std::int64_t count) {
  Dims starts(x->shape.rank(), 0), counts = x->shape;
  starts[axis] = start;
  counts[axis] = count;
  return slice(x, starts, counts, Dims(x->shape.rank(), 1));
}

NodeRef pad_axis(const NodeRef& x, int axis, std::int64_t before, std::int64_t after, double value) {
  InlineVector<std::int64_t, 2 * max_rank> padding(2 * x->shape.rank(), 0);
  padding[2 * axis] = before;
  padding[2 * axis + 1] = after;
  return pad(x, padding, value);
}

NodeRef spread(const NodeRef& x, int axis, std::int64_t step) {
  std::int64_t outer = 1, inner = 1;
  for (int i = 0; i < axis; ++i) outer *= x->shape[i];
  for (int i = axis + 1; i < x->shape.rank(); ++i) inner *= x->shape[i];
  const std::int64_t count = x->shape[axis];
  const NodeRef apart = pad_axis(reshape(x, Shape{outer, count, 1, inner}), 2, 0, step - 1);
  Shape shape = x->shape;
  shape[axis] = count * step;
  return narrow(reshape(apart, shape), axis, 0, (count - 1) * step + 1);
}

NodeRef exclusive_products(const NodeRef& products, int axis) {
  const std::int64_t size = products->shape[axis];
  return size == 0 ? products : pad_axis(narrow(products, axis, 0, size - 1), axis, 1, 0, 1);
}

DType position_type(std::int64_t elements) {
  return elements <= std::numeric_limits<std::int32_t>::max() ? DType::i32 : DType::i64;
}

namespace {

// 0, 1, 2, ... along one axis, times `stride`, in this shape.
NodeRef counted(const Shape& shape, int axis, DType dtype, std::int64_t stride) {
  Shape along(shape.rank(), 1);
  along[axis] = shape[axis];
  const NodeRef count = reshape(iota(dtype, shape[axis]), along);
  return expand(binary(Scalar::mul, count, full_like(count, static_cast<double>(stride))), shape);
}

}  // namespace

NodeRef extreme_positions(const NodeRef& x, const NodeRef& extremes, int axis, DType dtype) {
  NodeRef is_newest = binary(Scalar::eq, x, extremes);
  if (is_floating(x->dtype)) is_newest = binary(Scalar::logical_or, is_newest, binary(Scalar::ne, x, x));
  const NodeRef positions = counted(x->shape, axis, dtype, 1);
  return scan(Scalar::maximum, where(is_newest, positions, full_like(positions, 0)), axis);
}

NodeRef flat_positions(const NodeRef& positions, const Shape& shape, int axis) {
  const DType dtype = position_type(shape.elements());
  const Dims strides = strides_of(shape);
  const NodeRef wide = cast(positions, dtype);
  NodeRef flat = binary(Scalar::mul, wide, full_like(wide, static_cast<double>(strides[axis])));
  for (int i = 0; i < shape.rank(); ++i)
    if (i != axis && shape[i] != 1) flat = binary(Scalar::add, flat, counted(positions->shape, i, dtype, strides[i]));
  return flat;
}

}  // namespace tenon::build
