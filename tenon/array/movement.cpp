#include "tenon/array/movement.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "tenon/array/elementwise.h"
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

// A position among rank + 1, for a new axis.
int new_axis(std::string_view op, const Array& x, int axis) {
  const int rank = x.rank() + 1;
  if (rank > max_rank)
    fail<ShapeError>("{}: {} has {} axes already, more are not supported", op, describe(x.node()), max_rank);
  if (axis < -rank || axis >= rank)
    fail<ShapeError>("{}: axis {} is out of range for a result of {} axes from {}", op, axis, rank, describe(x.node()));
  return axis < 0 ? axis + rank : axis;
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
  return with_new_axis(x, new_axis("unsqueeze", x, axis));
}

Array expand_dims(const Array& x, int axis, std::source_location where) {
  const WhereScope scope(where);
  return with_new_axis(x, new_axis("expand_dims", x, axis));
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
  const std::int64_t size = x.shape()[position], step = range.step;
  if (step == 0) fail<ValueError>("slice: step 0 along axis {} of {}; it must not be 0", position, describe(x.node()));
  // As Python's slice.indices: the ends of a backward slice are one lower.
  const std::int64_t low = step > 0 ? 0 : -1, high = step > 0 ? size : size - 1;
  const auto clamped = [&](std::int64_t end) { return std::clamp(end < 0 ? end + size : end, low, high); };
  const std::int64_t start = range.start ? clamped(*range.start) : step > 0 ? low : high;
  const std::int64_t stop = range.stop ? clamped(*range.stop) : step > 0 ? high : low;
  std::int64_t count = 0;
  if (step > 0 && start < stop) count = (stop - start - 1) / step + 1;
  if (step < 0 && start > stop) count = (start - stop - 1) / (step == INT64_MIN ? INT64_MAX : -step) + 1;
  Dims starts(x.rank(), 0), counts = x.shape(), steps(x.rank(), 1);
  starts[position] = start;
  counts[position] = count;
  steps[position] = step;
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

Array pad(const Array& x, std::span<const Padding> padding, double value, std::source_location where) {
  const WhereScope scope(where);
  if (padding.size() != static_cast<std::size_t>(x.rank()))
    fail<ShapeError>("pad: {} paddings were given for {}, it needs one for each axis", padding.size(),
                     describe(x.node()));
  InlineVector<std::int64_t, 2 * max_rank> flat;
  for (const Padding& each : padding) {
    flat.push_back(each.before);
    flat.push_back(each.after);
  }
  return Array(build::pad(x.node_ref(), flat, value));
}

Array pad(const Array& x, std::initializer_list<Padding> padding, double value, std::source_location where) {
  return pad(x, std::span(padding.begin(), padding.size()), value, where);
}

Array concatenate(std::span<const Array> parts, int axis, std::source_location where) {
  const WhereScope scope(where);
  if (parts.empty()) fail<ValueError>("concatenate: nothing was given; it needs one array at least");
  const Shape& first = parts[0].shape();
  const int position = placed_axis("concatenate", first, axis);
  DType dtype = parts[0].dtype();
  std::int64_t total = 0;
  for (const Array& part : parts) {
    Shape expected = part.shape();
    if (expected.rank() == first.rank()) expected[position] = first[position];
    if (!(expected == first))
      fail<ShapeError>("concatenate: {} and {} differ elsewhere than at axis {}", describe(parts[0].node()),
                       describe(part.node()), position);
    dtype = promote(dtype, part.dtype());
    if (__builtin_add_overflow(total, part.shape()[position], &total))
      fail<ShapeError>("concatenate: the sizes along axis {} overflow", position);
  }
  // Each part is padded to the whole and all are added: where one has its elements the others have what
  // changes nothing, -0 for floating types (x + -0 is x for every x, 0, inf and NaN included), else 0.
  const double nothing = is_floating(dtype) ? -0.0 : 0.0;
  const Scalar join = dtype == DType::boolean ? Scalar::logical_or : Scalar::add;
  NodeRef joined;
  std::int64_t before = 0;
  for (const Array& part : parts) {
    const std::int64_t size = part.shape()[position];
    const NodeRef padded =
        build::pad_axis(build::cast(part.node_ref(), dtype), position, before, total - before - size, nothing);
    joined = joined ? build::binary(join, joined, padded) : padded;
    before += size;
  }
  return Array(joined);
}

Array concatenate(std::initializer_list<Array> parts, int axis, std::source_location where) {
  return concatenate(std::span(parts.begin(), parts.size()), axis, where);
}

Array stack(std::span<const Array> parts, int axis, std::source_location where) {
  const WhereScope scope(where);
  if (parts.empty()) fail<ValueError>("stack: nothing was given; it needs one array at least");
  const int position = new_axis("stack", parts[0], axis);
  std::vector<Array> widened;
  widened.reserve(parts.size());
  for (const Array& part : parts) {
    if (!(part.shape() == parts[0].shape()))
      fail<ShapeError>("stack: shapes differ, {} and {}", describe(parts[0].node()), describe(part.node()));
    widened.push_back(with_new_axis(part, position));
  }
  return concatenate(widened, position);
}

Array stack(std::initializer_list<Array> parts, int axis, std::source_location where) {
  return stack(std::span(parts.begin(), parts.size()), axis, where);
}

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

Array zeros(const Sizes& shape, DType dtype, std::source_location where) { return full(shape, 0, dtype, where); }
Array ones(const Sizes& shape, DType dtype, std::source_location where) { return full(shape, 1, dtype, where); }
Array full(const Sizes& shape, double value, DType dtype, std::source_location where) {
  const WhereScope scope(where);
  return Array(build::full(dtype, build::placed_shape("full", shape.dims()), value));
}

Array arange(std::int64_t stop, DType dtype, std::source_location where) { return arange(0, stop, 1, dtype, where); }
Array arange(std::int64_t start, std::int64_t stop, std::int64_t step, DType dtype, std::source_location where) {
  const WhereScope scope(where);
  if (step == 0) fail<ValueError>("arange: step 0; it must not be 0");
  if (dtype == DType::boolean) fail<DTypeError>("arange: bool cannot count; choose a number type");
  // In 128 bits no difference overflows.
  __extension__ using Long = __int128;
  const Long distance = step > 0 ? Long{stop} - start : Long{start} - stop;
  const Long stride = step > 0 ? Long{step} : -Long{step};
  const Long count = distance <= 0 ? Long{0} : (distance - 1) / stride + 1;
  if (count > INT64_MAX) fail<ShapeError>("arange: from {} to {} by {} has too many elements", start, stop, step);
  // Both ends must fit, then everything between does.
  build::check_value("arange", dtype, static_cast<double>(start));
  if (count > 0) build::check_value("arange", dtype, static_cast<double>(start + (count - 1) * step));
  const DType counter = dtype == DType::i32 ? DType::i32 : DType::i64;
  Array positions(build::iota(counter, static_cast<std::int64_t>(count)));
  if (step != 1) positions *= step;
  if (start != 0) positions += start;
  return astype(positions, dtype);
}

}  // namespace tenon
