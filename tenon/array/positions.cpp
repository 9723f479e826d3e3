#include "tenon/array/positions.h"

#include "tenon/array/elementwise.h"
#include "tenon/graph/build_check.h"
#include "tenon/graph/compose.h"

namespace tenon {
namespace {

using build::describe;
using build::fail;

// Positions are computed in int32, which is twice as fast, wherever they fit.
using build::position_type;

// Wrapped indices that are checked when they are evaluated, ahead of arithmetic that would bring an index outside
// its axis back inside the array: a table of all positions is looked up, which is nowhere in memory.
Array checked_indices(std::string_view op, const Array& indices, std::int64_t size, DType dtype) {
  const Array wrapped = wrapped_indices(op, indices, size);
  return astype(Array(build::gather(build::iota(position_type(size), size), wrapped.node_ref())), dtype);
}

}  // namespace

Array wrapped_indices(std::string_view op, const Array& indices, std::int64_t size) {
  if (indices.dtype() != DType::i32 && indices.dtype() != DType::i64)
    fail<DTypeError>("{}: indices are {}, they must be int32 or int64", op, describe(indices.node()));
  const Array wide = position_type(size) == DType::i64 ? astype(indices, DType::i64) : indices;
  return where(wide < 0, wide + size, wide);
}

Array row_positions(std::string_view op, const Array& x, std::span<const Array> indices) {
  const auto count = static_cast<int>(indices.size());
  if (count < 1 || count > x.rank())
    fail<ShapeError>("{}: {} arrays of indices for {}; one to {} are taken", op, count, describe(x.node()), x.rank());
  Shape shape;
  for (const Array& each : indices) shape = broadcast_shape(op, shape, each.shape());
  // One axis is checked by the gather or scatter itself.
  if (count == 1) return wrapped_indices(op, indices[0], x.shape()[0]);
  std::int64_t rows = 1;
  for (int axis = 0; axis < count; ++axis) rows *= x.shape()[axis];
  const DType dtype = position_type(rows);
  Array position;
  std::int64_t stride = rows;
  for (int axis = 0; axis < count; ++axis) {
    const std::int64_t size = x.shape()[axis];
    stride = size == 0 ? 0 : stride / size;
    const Array along = checked_indices(op, indices[static_cast<std::size_t>(axis)], size, dtype) * stride;
    position = position ? position + along : along;
  }
  return Array(build::broadcast_to(op, position.node_ref(), shape));
}

Array element_positions(std::string_view op, const Shape& shape, const Array& indices, int axis) {
  const int rank = shape.rank();
  bool fits = indices.rank() == rank;
  for (int i = 0; fits && i < rank; ++i) fits = i == axis || indices.shape()[i] <= shape[i];
  if (!fits)
    fail<ShapeError>("{}: indices {} along axis {} of {}; they must have as many axes, no other longer", op,
                     describe(indices.node()), axis, to_string(shape));
  const DType dtype = position_type(shape.elements());
  const Dims strides = strides_of(shape);
  Array position = checked_indices(op, indices, shape[axis], dtype) * strides[axis];
  for (int i = 0; i < rank; ++i) {
    if (i == axis || indices.shape()[i] <= 1) continue;
    Shape along(rank, 1);
    along[i] = indices.shape()[i];
    position += Array(build::reshape(build::iota(dtype, along[i]), along)) * strides[i];
  }
  return position;
}

}  // namespace tenon
