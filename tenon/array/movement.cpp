#include "tenon/array/movement.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "tenon/graph/build_check.h"
#include "tenon/graph/compose.h"

namespace tenon {
namespace {

using build::describe;
using build::fail;
using build::placed_axis;

// Replaces a -1 by what the other sizes leave.
Shape inferred_shape(const Array& x, const Dims& sizes) {
  int unknown = -1;
  std::int64_t known = 1;
  for (int axis = 0; axis < sizes.size(); ++axis) {
    if (sizes[axis] == -1 && unknown >= 0)
      fail<ShapeError>("reshape: [{}] leaves two sizes open", fmt::join(sizes, ", "));
    if (sizes[axis] == -1)
      unknown = axis;
    else if (__builtin_mul_overflow(known, sizes[axis], &known))
      fail<ShapeError>("reshape: [{}] has more elements than 63 bits can count", fmt::join(sizes, ", "));
  }
  Shape shape = sizes;
  if (unknown >= 0) {
    if (known <= 0 || x.elements() % known != 0)
      fail<ShapeError>("reshape: {} with {} elements does not fill [{}]; no size for -1 fits", describe(x.node()),
                       x.elements(), fmt::join(sizes, ", "));
    shape[unknown] = x.elements() / known;
  }
  return shape;
}

Array with_new_axis(const Array& x, int position) {
  Shape shape = x.shape();
  shape.insert(position, 1);
  return Array(build::reshape(x.node_ref(), shape));
}

}  // namespace

Array reshape(const Array& x, const Sizes& shape, std::source_location where) {
  const WhereScope scope(where);
  return Array(build::reshape(x.node_ref(), inferred_shape(x, shape.dims())));
}

Array flatten(const Array& x, int first, int last, std::source_location where) {
  const WhereScope scope(where);
  if (x.rank() == 0) return Array(build::reshape(x.node_ref(), Shape{1}));
  const int from = placed_axis("flatten", x.shape(), first), to = placed_axis("flatten", x.shape(), last);
  if (from > to) fail<ShapeError>("flatten: axis {} comes behind axis {} in {}", from, to, describe(x.node()));
  Shape shape = x.shape();
  for (int axis = to; axis > from; --axis) {
    shape[from] *= shape[axis];
    shape.erase(axis);
  }
  return Array(build::reshape(x.node_ref(), shape));
}

Array permute(const Array& x, const Axes& order, std::source_location where) {
  const WhereScope scope(where);
  return Array(build::permute(x.node_ref(), order.resolve("permute", x.shape())));
}

Array transpose(const Array& x, std::source_location where) {
  const WhereScope scope(where);
  InlineVector<int, max_rank> order;
  for (int axis = x.rank() - 1; axis >= 0; --axis) order.push_back(axis);
  return Array(build::permute(x.node_ref(), order));
}

Array swapaxes(const Array& x, int first, int second, std::source_location where) {
  const WhereScope scope(where);
  InlineVector<int, max_rank> order;
  for (int axis = 0; axis < x.rank(); ++axis) order.push_back(axis);
  std::swap(order[placed_axis("swapaxes", x.shape(), first)], order[placed_axis("swapaxes", x.shape(), second)]);
  return Array(build::permute(x.node_ref(), order));
}

Array broadcast_to(const Array& x, const Sizes& shape, std::source_location where) {
  const WhereScope scope(where);
  return Array(build::broadcast_to("broadcast_to", x.node_ref(), shape.dims()));
}

Array unsqueeze(const Array& x, int axis, std::source_location where) {
  const WhereScope scope(where);
  return with_new_axis(x, placed_new_axis("unsqueeze", x.shape(), axis));
}

Array expand_dims(const Array& x, int axis, std::source_location where) {
  const WhereScope scope(where);
  return with_new_axis(x, placed_new_axis("expand_dims", x.shape(), axis));
}

Array squeeze(const Array& x, const Axes& axes, std::source_location where) {
  const WhereScope scope(where);
  const std::uint32_t mask = axes.mask("squeeze", x.shape());
  Shape shape;
  for (int axis = 0; axis < x.rank(); ++axis) {
    const bool chosen = (mask >> axis & 1) != 0, single = x.shape()[axis] == 1;
    if (chosen && !single && !axes.all())
      fail<ShapeError>("squeeze: axis {} of {} has not size 1", axis, describe(x.node()));
    if (!(chosen && single)) shape.push_back(x.shape()[axis]);
  }
  return Array(build::reshape(x.node_ref(), shape));
}

Array slice(const Array& x, int axis, const Range& range, std::source_location where) {
  const WhereScope scope(where);
  const int position = placed_axis("slice", x.shape(), axis);
  const PlacedRange placed = placed_range("slice", x.shape(), position, range);
  Dims starts(x.rank(), 0), counts = x.shape(), steps(x.rank(), 1);
  starts[position] = placed.start;
  counts[position] = placed.count;
  steps[position] = range.step;
  return Array(build::slice(x.node_ref(), starts, counts, steps));
}

Array narrow(const Array& x, int axis, std::int64_t start, std::int64_t length, std::source_location where) {
  const WhereScope scope(where);
  const int position = placed_axis("narrow", x.shape(), axis);
  const std::int64_t size = x.shape()[position], first = start < 0 ? start + size : start;
  if (first < 0 || length < 0 || first > size || length > size - first)
    fail<ShapeError>("narrow: {} elements from {} leave axis {} of {}", length, start, position, describe(x.node()));
  return Array(build::narrow(x.node_ref(), position, first, length));
}

Array select(const Array& x, int axis, std::int64_t index, std::source_location where) {
  const WhereScope scope(where);
  const int position = placed_axis("select", x.shape(), axis);
  const std::int64_t size = x.shape()[position], at = index < 0 ? index + size : index;
  if (at < 0 || at >= size)
    fail<IndexError>("select: index {} is out of range for axis {} of {}", index, position, describe(x.node()));
  Shape shape = x.shape();
  shape.erase(position);
  return Array(build::reshape(build::narrow(x.node_ref(), position, at, 1), shape));
}

Array flip(const Array& x, const Axes& axes, std::source_location where) {
  const WhereScope scope(where);
  return Array(build::flip(x.node_ref(), axes.mask("flip", x.shape())));
}

Array moveaxis(const Array& x, const Axes& from, const Axes& to, std::source_location where) {
  const WhereScope scope(where);
  const auto sources = from.resolve("moveaxis", x.shape()), targets = to.resolve("moveaxis", x.shape());
  if (sources.size() != targets.size())
    fail<ShapeError>("moveaxis: {} axes of {} go to {} positions; give one position for each axis", sources.size(),
                     describe(x.node()), targets.size());
  InlineVector<int, max_rank> order(x.rank(), -1);
  std::uint32_t moved = 0;
  for (int i = 0; i < sources.size(); ++i) {
    order[targets[i]] = sources[i];
    moved |= 1u << sources[i];
  }
  int rest = 0;
  for (int& axis : order) {
    if (axis >= 0) continue;
    while ((moved >> rest & 1) != 0) ++rest;
    axis = rest++;
  }
  return Array(build::permute(x.node_ref(), order));
}

Array window(const Array& x, int axis, std::int64_t size, std::int64_t step, std::int64_t dilation,
             std::source_location where) {
  const WhereScope scope(where);
  const int position = placed_axis("window", x.shape(), axis);
  const std::int64_t n = x.shape()[position];
  if (size < 1 || step < 1 || dilation < 1)
    fail<ValueError>("window: size {}, step {} and dilation {} along axis {} of {}; all must be at least 1", size, step,
                     dilation, position, describe(x.node()));
  if (n == 0 || (size - 1) > (n - 1) / dilation)
    fail<ShapeError>("window: axis {} of {} is shorter than a window of {}, {} apart", position, describe(x.node()),
                     size, dilation);
  if (x.rank() == max_rank)
    fail<ShapeError>("window: {} has {} axes already, more are not supported", describe(x.node()), max_rank);
  Shape result = x.shape();
  const std::int64_t count = (n - (size - 1) * dilation - 1) / step + 1;
  result[position] = count;
  result.push_back(size);
  std::int64_t before = 1, after = 1;
  for (int i = 0; i < position; ++i) before *= x.shape()[i];
  for (int i = position + 1; i < x.rank(); ++i) after *= x.shape()[i];
  // Copies of the axis one behind the other, cut into rows of n + dilation: row k is the axis from its element
  // k * dilation on.
  const std::int64_t row = n + dilation, copies = (size * row + n - 1) / n;
  NodeRef y = build::expand(build::reshape(x.node_ref(), {before, 1, n, after}), {before, copies, n, after});
  y = build::reshape(y, {before, copies * n, after});
  y = build::reshape(build::narrow(y, 1, 0, size * row), {before, size, row, after});
  y = build::slice(y, Dims{0, 0, 0, 0}, Dims{before, size, count, after}, Dims{1, 1, step, 1});
  return Array(build::reshape(build::permute(y, std::array{0, 2, 3, 1}), result));
}

}  // namespace tenon
