#include "tenon/graph/compose.h"

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

}  // namespace tenon::build
