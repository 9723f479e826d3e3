#include "tenon/core/shape.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tenon/core/error.h"

namespace tenon {

Shape checked_shape(std::string_view op, std::span<const std::int64_t> dims) {
  if (dims.size() > max_rank)
    throw ShapeError(fmt::format("{}: {} axes asked for, at most {} are supported", op, dims.size(), max_rank));
  Shape shape;
  std::int64_t elements = 1;
  for (std::int64_t dim : dims) {
    if (dim < 0) throw ShapeError(fmt::format("{}: size {} of [{}] is negative", op, dim, fmt::join(dims, ", ")));
    shape.push_back(dim);
  }
  // Zero sizes are skipped so that [0, huge, huge] cannot hide an overflow.
  for (std::int64_t dim : dims) {
    if (dim != 0 && __builtin_mul_overflow(elements, dim, &elements))
      throw ShapeError(fmt::format("{}: [{}] has more elements than 63 bits can count", op, fmt::join(dims, ", ")));
  }
  // Eight bytes an element must be addressable too.
  if (elements > (std::int64_t{1} << 59))
    throw ShapeError(fmt::format("{}: [{}] does not fit in memory", op, fmt::join(dims, ", ")));
  return shape;
}

Dims strides_of(const Shape& shape) {
  Dims strides(shape.rank(), 1);
  for (int i = shape.rank() - 2; i >= 0; --i) strides[i] = strides[i + 1] * shape[i + 1];
  return strides;
}

std::string to_string(const Shape& shape) { return fmt::format("[{}]", fmt::join(shape.begin(), shape.end(), ", ")); }

int checked_axis(std::string_view op, const Shape& shape, int axis) {
  if (axis < -shape.rank() || axis >= shape.rank())
    throw ShapeError(fmt::format("{}: axis {} is out of range for shape {}", op, axis, to_string(shape)));
  return axis < 0 ? axis + shape.rank() : axis;
}

}  // namespace tenon
