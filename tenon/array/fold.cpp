#include "tenon/array/fold.h"

#include <array>

#include "tenon/graph/build_check.h"
#include "tenon/graph/compose.h"

namespace tenon {
namespace {

using build::describe;
using build::fail;

// The windows that `window` finds along an axis of n elements; 0 where it finds none.
std::int64_t window_count(std::int64_t n, std::int64_t size, std::int64_t step, std::int64_t dilation) {
  if (n == 0 || size == 0 || size - 1 > (n - 1) / dilation) return 0;
  return (n - (size - 1) * dilation - 1) / step + 1;
}

}  // namespace

Array fold(const Array& x, int axis, std::int64_t size, std::int64_t step, std::int64_t dilation,
           std::source_location where) {
  const WhereScope scope(where);
  if (x.dtype() == DType::boolean) fail<DTypeError>("fold: {} has no sums; cast it first", describe(x.node()));
  if (x.rank() < 2)
    fail<ShapeError>("fold: {} has not an axis of windows and, last, one of their elements", describe(x.node()));
  if (size < 0 || step < 1 || dilation < 1)
    fail<ValueError>("fold: {} elements, step {} and dilation {}; at least 0, 1 and 1 are needed", size, step,
                     dilation);
  Shape shape = x.shape();
  const std::int64_t within = shape.back();
  shape.pop_back();
  const int position = build::placed_axis("fold", shape, axis);
  const std::int64_t count = shape[position], expected = window_count(size, within, step, dilation);
  if (expected == 0)
    fail<ShapeError>("fold: an axis of {} elements has no windows of {}, {} apart, as {} has", size, within, dilation,
                     describe(x.node()));
  if (count != expected)
    fail<ShapeError>("fold: {} has {} windows along axis {}; an axis of {} elements has {}", describe(x.node()), count,
                     position, size, expected);
  shape[position] = size;
  shape = build::placed_shape("fold", shape);
  std::int64_t before = 1, after = 1;
  for (int i = 0; i < position; ++i) before *= shape[i];
  for (int i = position + 1; i < shape.rank(); ++i) after *= shape[i];
  // The way of `window` backwards. Element k of all windows is one row, which begins k * dilation elements into the
  // axis; rows that are `dilation` longer than the axis, one behind the other, do so by themselves. Cut into copies of
  // the axis, they are summed.
  const std::int64_t row = size + (within == 1 ? 1 : dilation), copies = (within * row + size - 1) / size;
  NodeRef y = build::reshape(x.node_ref(), {before, count, after, within});
  y = build::permute(y, std::array{0, 3, 1, 2});
  if (count > 1) y = build::spread(y, 2, step);
  y = build::pad_axis(y, 2, 0, row - y->shape[2]);  // [before, within, row, after]
  y = build::reshape(y, {before, within * row, after});
  y = build::reshape(build::pad_axis(y, 1, 0, copies * size - within * row), {before, copies, size, after});
  return Array(build::reshape(build::reduce(Scalar::add, y, 1u << 1), shape));
}

}  // namespace tenon
