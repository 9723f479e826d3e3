#include "tenon/array/lookup.h"

#include "tenon/array/create.h"
#include "tenon/array/elementwise.h"
#include "tenon/array/masks.h"
#include "tenon/array/movement.h"
#include "tenon/array/positions.h"
#include "tenon/graph/build_check.h"
#include "tenon/graph/compose.h"

namespace tenon {

using build::describe;
using build::fail;

Array gather(const Array& table, const Array& indices, std::source_location where) {
  const WhereScope scope(where);
  return Array(build::gather(table.node_ref(), indices.node_ref()));
}

Array embedding(const Array& table, const Array& indices, std::source_location where) {
  return gather(table, indices, where);
}

Array one_hot(const Array& indices, std::int64_t classes, DType dtype, std::source_location where) {
  const WhereScope scope(where);
  if (indices.dtype() != DType::i32 && indices.dtype() != DType::i64)
    fail<DTypeError>("one_hot: indices are {}, they must be int32 or int64", describe(indices.node()));
  return astype(equal(unsqueeze(indices, -1), arange(classes, indices.dtype())), dtype);
}

Array take(const Array& x, const Array& indices, int axis, std::source_location where) {
  const WhereScope scope(where);
  const int position = build::placed_axis("take", x.shape(), axis);
  const Array table = moveaxis(x, position, 0);  // [n, before..., after...]
  const Array rows = wrapped_indices("take", indices, table.size(0));
  const Array found(build::gather(table.node_ref(), rows.node_ref()));  // [i..., before..., after...]
  InlineVector<int, max_rank> order;
  const int looked_up = indices.rank();
  for (int i = 0; i < position; ++i) order.push_back(looked_up + i);
  for (int i = 0; i < looked_up; ++i) order.push_back(i);
  for (int i = looked_up + position; i < found.rank(); ++i) order.push_back(i);
  return Array(build::permute(found.node_ref(), order));
}

namespace {

Array elements_at(std::string_view op, const Array& x, const Array& indices, int axis) {
  const Array positions = element_positions(op, x.shape(), indices, axis);
  return Array(build::gather(build::reshape(x.node_ref(), {x.elements()}), positions.node_ref()));
}

}  // namespace

Array take_along_axis(const Array& x, const Array& indices, int axis, std::source_location where) {
  const WhereScope scope(where);
  constexpr std::string_view op = "take_along_axis";
  const int position = build::placed_axis(op, x.shape(), axis);
  if (indices.rank() != x.rank())
    fail<ShapeError>("{}: indices {} for {}; they must have as many axes", op, describe(indices.node()),
                     describe(x.node()));
  // All axes but one are broadcast.
  Shape x_shape = x.shape(), indices_shape = indices.shape();
  x_shape[position] = indices_shape[position] = 1;
  x_shape = indices_shape = broadcast_shape(op, x_shape, indices_shape);
  x_shape[position] = x.shape()[position];
  indices_shape[position] = indices.shape()[position];
  return elements_at(op, broadcast_to(x, x_shape), broadcast_to(indices, indices_shape), position);
}

Array gather(const Array& x, int axis, const Array& indices, std::source_location where) {
  const WhereScope scope(where);
  return elements_at("gather", x, indices, build::placed_axis("gather", x.shape(), axis));
}

Array index(const Array& x, std::span<const Array> given, std::source_location where) {
  const WhereScope scope(where);
  const std::vector<Array> indices = detail::without_masks("index", x, given);
  const Array rows = row_positions("index", x, indices);
  Shape table{1};
  for (int axis = 0; axis < x.rank(); ++axis) {
    if (static_cast<std::size_t>(axis) < indices.size())
      table[0] *= x.shape()[axis];
    else
      table.push_back(x.shape()[axis]);
  }
  return Array(build::gather(build::reshape(x.node_ref(), table), rows.node_ref()));
}

Array index(const Array& x, std::initializer_list<Array> indices, std::source_location where) {
  return index(x, std::span(indices.begin(), indices.size()), where);
}

}  // namespace tenon
