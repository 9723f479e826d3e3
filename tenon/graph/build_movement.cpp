// Movement: nodes that say where an element comes from and compute nothing.
#include <fmt/ranges.h>

#include "tenon/graph/build.h"
#include "tenon/graph/build_check.h"

namespace tenon::build {
namespace {

void check_count(std::string_view op, const Node& x, std::size_t given, std::size_t each, std::string_view what) {
  const auto needed = static_cast<std::size_t>(x.shape.rank()) * each;
  if (given != needed)
    fail<ShapeError>("{}: {} {} were given for {}, it needs {}", op, given, what, describe(x), needed);
}

// Checks that start + i * step is a position of an axis of `size`, for every i < count.
void check_positions(const Node& x, int axis, std::int64_t start, std::int64_t count, std::int64_t step) {
  const std::int64_t size = x.shape[axis];
  if (step == 0) fail<ValueError>("slice: step 0 along axis {} of {}; it must not be 0", axis, describe(x));
  if (count < 0) fail<ValueError>("slice: count {} along axis {} of {} is negative", count, axis, describe(x));
  if (count == 0) return;
  std::int64_t last;
  const bool overflows = __builtin_mul_overflow(count - 1, step, &last) || __builtin_add_overflow(last, start, &last);
  if (overflows || start < 0 || start >= size || last < 0 || last >= size)
    fail<ShapeError>("slice: {} positions from {} by {} leave axis {} of {}", count, start, step, axis, describe(x));
}

// How many elements a shape has. Throws as placed_shape does, which is asked only about what is not plainly in order.
std::int64_t checked_elements(std::string_view op, const Shape& shape) {
  std::int64_t elements = 1;
  bool is_plain = true;
  for (const std::int64_t dim : shape)
    is_plain = is_plain && dim > 0 && !__builtin_mul_overflow(elements, dim, &elements);
  if (is_plain && elements <= std::int64_t{1} << 32) return elements;
  return placed_shape(op, shape).elements();
}

}  // namespace

NodeRef reshape(const NodeRef& x, const Shape& shape) {
  if (x->shape == shape) return x;
  const std::int64_t elements = checked_elements("reshape", shape);
  if (elements != x->shape.elements())
    fail<ShapeError>("reshape: {} has {} elements, {} has {}", describe(*x), x->shape.elements(), to_string(shape),
                     elements);
  return make_node({.op = Op::reshape, .dtype = x->dtype, .shape = shape, .inputs = {x.get()}});
}

NodeRef permute(const NodeRef& x, std::span<const int> order) {
  check_count("permute", *x, order.size(), 1, "axes");
  Shape shape;
  Attributes attributes;
  std::uint32_t seen = 0;
  bool identity = true;
  for (const int axis : order) {
    if (axis < 0 || axis >= x->shape.rank() || (seen >> axis & 1) != 0)
      fail<ShapeError>("permute: [{}] is no order of the {} axes of {}", fmt::join(order, ", "), x->shape.rank(),
                       describe(*x));
    seen |= 1u << axis;
    identity = identity && axis == shape.rank();
    shape.push_back(x->shape[axis]);
    attributes.push_back(axis);
  }
  if (identity) return x;
  return make_node(
      {.op = Op::permute, .dtype = x->dtype, .shape = shape, .inputs = {x.get()}, .attributes = attributes});
}

NodeRef expand(const NodeRef& x, const Shape& shape) {
  if (x->shape == shape) return x;
  if (shape.rank() != x->shape.rank())
    fail<ShapeError>("expand: {} to {} changes the rank; reshape first", describe(*x), to_string(shape));
  for (int axis = 0; axis < shape.rank(); ++axis)
    if (x->shape[axis] != shape[axis] && x->shape[axis] != 1)
      fail<ShapeError>("expand: axis {} of {} cannot become that of {}; only size 1 repeats", axis, describe(*x),
                       to_string(shape));
  checked_elements("expand", shape);
  return make_node({.op = Op::expand, .dtype = x->dtype, .shape = shape, .inputs = {x.get()}});
}

NodeRef pad(const NodeRef& x, std::span<const std::int64_t> padding, double value) {
  check_count("pad", *x, padding.size(), 2, "paddings");
  check_value("pad", x->dtype, value);
  Dims dims;
  Attributes attributes;
  bool identity = true;
  for (int axis = 0; axis < x->shape.rank(); ++axis) {
    const std::int64_t before = padding[2 * static_cast<std::size_t>(axis)];
    const std::int64_t after = padding[2 * static_cast<std::size_t>(axis) + 1];
    if (before < 0 || after < 0)
      fail<ValueError>("pad: {{{}, {}}} along axis {} of {} is negative; use slice to cut", before, after, axis,
                       describe(*x));
    std::int64_t size;
    if (__builtin_add_overflow(x->shape[axis], before, &size) || __builtin_add_overflow(size, after, &size))
      fail<ShapeError>("pad: {{{}, {}}} along axis {} of {} overflows", before, after, axis, describe(*x));
    identity = identity && before == 0 && after == 0;
    dims.push_back(size);
    attributes.push_back(before);
    attributes.push_back(after);
  }
  if (identity) return x;
  attributes.push_back(constant_bits(x->dtype, value));
  const Shape shape = placed_shape("pad", dims);
  return make_node({.op = Op::pad, .dtype = x->dtype, .shape = shape, .inputs = {x.get()}, .attributes = attributes});
}

NodeRef slice(const NodeRef& x, std::span<const std::int64_t> start, std::span<const std::int64_t> count,
              std::span<const std::int64_t> step) {
  check_count("slice", *x, start.size(), 1, "starts");
  check_count("slice", *x, count.size(), 1, "counts");
  check_count("slice", *x, step.size(), 1, "steps");
  Shape shape;
  Attributes attributes;
  bool identity = true;
  for (int axis = 0; axis < x->shape.rank(); ++axis) {
    const auto i = static_cast<std::size_t>(axis);
    check_positions(*x, axis, start[i], count[i], step[i]);
    // One way to write each slice, so that equal ones are equal nodes: no position has no start, one has no
    // step.
    const std::int64_t first = count[i] == 0 ? 0 : start[i];
    const std::int64_t stride = count[i] <= 1 ? 1 : step[i];
    identity = identity && count[i] == x->shape[axis] && first == 0 && stride == 1;
    shape.push_back(count[i]);
    attributes.push_back(first);
    attributes.push_back(stride);
  }
  if (identity) return x;
  return make_node({.op = Op::slice, .dtype = x->dtype, .shape = shape, .inputs = {x.get()}, .attributes = attributes});
}

}  // namespace tenon::build
