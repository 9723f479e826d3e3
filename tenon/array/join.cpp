#include "tenon/array/join.h"

#include "tenon/array/movement.h"
#include "tenon/array/operand.h"
#include "tenon/graph/build_check.h"
#include "tenon/graph/compose.h"

namespace tenon {
namespace {

using build::describe;
using build::fail;
using build::placed_axis;

// The axis repeated as a whole: [before, repeats, size * after] in the shape `result`.
NodeRef tiled(const NodeRef& x, int axis, std::int64_t repeats, const Shape& result) {
  std::int64_t before = 1, after = 1;
  for (int i = 0; i < axis; ++i) before *= x->shape[i];
  for (int i = axis; i < x->shape.rank(); ++i) after *= x->shape[i];
  return build::reshape(build::expand(build::reshape(x, {before, 1, after}), {before, repeats, after}), result);
}

// The shape with one size multiplied, checked.
Shape multiplied(std::string_view op, const Array& x, int axis, std::int64_t repeats) {
  Shape shape = x.shape();
  if (repeats < 0)
    fail<ValueError>("{}: {} times along axis {} of {}; it must be at least 0", op, repeats, axis, describe(x.node()));
  if (__builtin_mul_overflow(shape[axis], repeats, &shape[axis]))
    fail<ShapeError>("{}: {} times axis {} of {} overflows", op, repeats, axis, describe(x.node()));
  return build::placed_shape(op, shape);
}

}  // namespace

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
  const int position = placed_new_axis("stack", parts[0].shape(), axis);
  std::vector<Array> widened;
  widened.reserve(parts.size());
  for (const Array& part : parts) {
    if (!(part.shape() == parts[0].shape()))
      fail<ShapeError>("stack: shapes differ, {} and {}", describe(parts[0].node()), describe(part.node()));
    widened.push_back(unsqueeze(part, position));
  }
  return concatenate(widened, position);
}

Array stack(std::initializer_list<Array> parts, int axis, std::source_location where) {
  return stack(std::span(parts.begin(), parts.size()), axis, where);
}

std::vector<Array> split(const Array& x, std::span<const std::int64_t> sizes, int axis, std::source_location where) {
  const WhereScope scope(where);
  const int position = placed_axis("split", x.shape(), axis);
  std::int64_t rest = x.shape()[position];
  for (const std::int64_t size : sizes) {
    if (size < 0 || size > rest)
      fail<ShapeError>("split: {} of the sizes along axis {} of {} is negative or past its end; they must add up to {}",
                       size, position, describe(x.node()), x.shape()[position]);
    rest -= size;
  }
  if (rest != 0)
    fail<ShapeError>("split: the sizes leave {} of axis {} of {}; they must add up to {}", rest, position,
                     describe(x.node()), x.shape()[position]);
  std::vector<Array> parts;
  parts.reserve(sizes.size());
  std::int64_t start = 0;
  for (const std::int64_t size : sizes) {
    parts.emplace_back(build::narrow(x.node_ref(), position, start, size));
    start += size;
  }
  return parts;
}

std::vector<Array> split(const Array& x, std::initializer_list<std::int64_t> sizes, int axis,
                         std::source_location where) {
  return split(x, std::span(sizes.begin(), sizes.size()), axis, where);
}

std::vector<Array> split(const Array& x, std::int64_t parts, int axis, std::source_location where) {
  const WhereScope scope(where);
  const int position = placed_axis("split", x.shape(), axis);
  if (parts < 1) fail<ValueError>("split: {} parts of {}; there must be at least 1", parts, describe(x.node()));
  if (x.shape()[position] % parts != 0)
    fail<ShapeError>("split: axis {} of {} is no multiple of {}; use chunk for unequal parts", position,
                     describe(x.node()), parts);
  return split(x, std::vector<std::int64_t>(static_cast<std::size_t>(parts), x.shape()[position] / parts), position);
}

std::vector<Array> chunk(const Array& x, std::int64_t parts, int axis, std::source_location where) {
  const WhereScope scope(where);
  const int position = placed_axis("chunk", x.shape(), axis);
  if (parts < 1) fail<ValueError>("chunk: {} parts of {}; there must be at least 1", parts, describe(x.node()));
  const std::int64_t size = x.shape()[position];
  if (size == 0) return std::vector<Array>(static_cast<std::size_t>(parts), x);
  const std::int64_t each = (size - 1) / parts + 1;
  std::vector<Array> chunks;
  for (std::int64_t start = 0; start < size; start += each)
    chunks.emplace_back(build::narrow(x.node_ref(), position, start, std::min(each, size - start)));
  return chunks;
}

Array tile(const Array& x, const Sizes& repeats, std::source_location where) {
  const WhereScope scope(where);
  Array tile = x;
  Dims counts = repeats.dims();
  while (tile.rank() < counts.size()) tile = unsqueeze(tile, 0);
  while (counts.size() < tile.rank()) counts.insert(0, 1);
  for (int axis = 0; axis < tile.rank(); ++axis)
    if (counts[axis] != 1)
      tile = Array(tiled(tile.node_ref(), axis, counts[axis], multiplied("tile", tile, axis, counts[axis])));
  return tile;
}

Array repeat_interleave(const Array& x, std::int64_t repeats, int axis, std::source_location where) {
  const WhereScope scope(where);
  const int position = placed_axis("repeat_interleave", x.shape(), axis);
  // Element by element, the axes behind are what is repeated.
  return Array(tiled(x.node_ref(), position + 1, repeats, multiplied("repeat_interleave", x, position, repeats)));
}

Array roll(const Array& x, std::int64_t shift, int axis, std::source_location where) {
  const WhereScope scope(where);
  const int position = placed_axis("roll", x.shape(), axis);
  const std::int64_t size = x.shape()[position];
  const std::int64_t first = size == 0 ? 0 : (shift % size + size) % size;  // what comes in at the front
  if (first == 0) return x;
  return concatenate({Array(build::narrow(x.node_ref(), position, size - first, first)),
                      Array(build::narrow(x.node_ref(), position, 0, size - first))},
                     position);
}

}  // namespace tenon
