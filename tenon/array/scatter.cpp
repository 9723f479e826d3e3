#include "tenon/array/scatter.h"

#include <bit>
#include <cmath>
#include <numbers>
#include <ranges>
#include <vector>

#include "tenon/array/elementwise.h"
#include "tenon/array/masks.h"
#include "tenon/array/positions.h"
#include "tenon/graph/build_check.h"
#include "tenon/graph/compose.h"

namespace tenon {
namespace {

using build::describe;
using build::fail;

// Rows of x that are written: x as [rows, rest...], positions [n], values [n, rest...].
struct Writes {
  Array x;
  Array positions;
  Array values;
  bool equal = false;  // all values are one number
};

NodeRef added(const NodeRef& positions, const NodeRef& values, std::int64_t rows) {
  return build::scatter_add(positions, values, rows);
}

// A digit of the numbers of writes: its place value, and the bits between the weights of its values.
struct Digit {
  std::int64_t place;
  int bits;
};

// Rows that are written at all.
Array written_rows(const Array& positions, std::int64_t rows) {
  return Array(added(positions.node_ref(), build::full(DType::i32, positions.shape(), 1), rows)) > 0;
}

// Digits, the least first, that tell `count` writes apart. Weights are powers of two that float64 holds.
std::vector<Digit> digits_for(std::int64_t count) {
  constexpr int exponents = 1022;
  std::vector<Digit> digits;
  std::int64_t place = 1;
  while (place < count) {
    const int bits = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(place - 1))) + 2;
    digits.push_back({place, bits});
    place *= exponents / bits;
  }
  return digits;
}

// For each row the number of the last write to it (float64, of no meaning in rows without one), and whether there
// is one.
struct Last {
  Array number;
  Array written;
};

// A maximum out of sums: of the numbers that meet in a row, those with digit d weigh 2^(bits * d). At most `place`
// numbers share their digits so far, and place <= 2^(bits - 2), so the sum lies in
// [2^(bits * d), 2^(bits * (d + 1) - 1)) for the greatest d, and its logarithm is that digit. What has a smaller one
// is out, and the next digit decides.
Last last_writes(const Array& positions, std::int64_t rows) {
  const std::int64_t count = positions.size(0);
  Array rest(build::cast(build::iota(DType::i64, count), DType::f64));
  const std::vector<Digit> digits = digits_for(count);
  if (digits.empty()) return {Array(build::full(DType::f64, {rows}, 0)), written_rows(positions, rows)};
  Last last;
  Array alive;  // writes that may still be the last
  for (const Digit& digit : std::views::reverse(digits)) {
    const auto place = static_cast<double>(digit.place);
    const double spacing = digit.bits * std::numbers::ln2;
    const Array value = floor(rest / place);
    rest = rest - value * place;
    Array weight = exp(value * spacing);
    if (alive) weight = where(alive, weight, 0);
    const Array sum(added(positions.node_ref(), weight.node_ref(), rows));
    // Half a bit, so that a power of two is never rounded below itself.
    const Array greatest = floor(log(sum) / spacing + 0.5 / digit.bits);
    if (!last.written) last.written = sum > 0;
    last.number = last.number ? last.number + greatest * place : greatest * place;
    const Array survives = equal(Array(build::gather(greatest.node_ref(), positions.node_ref())), value);
    alive = alive ? logical_and(alive, survives) : survives;
  }
  return last;
}

// x with the last write to each row.
Array written(const Writes& writes) {
  const std::int64_t rows = writes.x.size(0);
  if (writes.positions.elements() == 0) return writes.x;
  if (writes.x.elements() == 0) {  // where there is nothing to write, positions are checked all the same
    const Array counts(added(writes.positions.node_ref(), build::full(DType::i32, writes.values.shape(), 0), rows));
    return where(counts > 0, writes.x, writes.x);
  }
  // Of equal values any one is the last.
  const Last last = writes.equal ? Last{Array(build::full(DType::f64, {rows}, 0)), written_rows(writes.positions, rows)}
                                 : last_writes(writes.positions, rows);
  const Array numbers = astype(where(last.written, last.number, 0), DType::i64);
  const Array chosen(build::gather(writes.values.node_ref(), numbers.node_ref()));
  Shape column(writes.x.rank(), 1);
  column[0] = rows;
  return where(Array(build::reshape(last.written.node_ref(), column)), chosen, writes.x);
}

Array accumulated(const Writes& writes) {
  return writes.x + Array(added(writes.positions.node_ref(), writes.values.node_ref(), writes.x.size(0)));
}

void check_type(std::string_view op, const Array& x, const Operand& values) {
  if (values.node() && values.dtype() != x.dtype())
    fail<DTypeError>("{}: values {} for {}; cast them", op, describe(**values.node()), describe(x.node()));
}

// The writes of scatter: x and the indices as rows of one element each.
Writes along_axis(std::string_view op, const Array& x, int axis, const Array& indices, const Operand& values) {
  check_type(op, x, values);
  const Array positions = element_positions(op, x.shape(), indices, build::placed_axis(op, x.shape(), axis));
  const Shape& shape = indices.shape();
  NodeRef used;
  if (values.node()) {
    used = *values.node();
    bool fits = used->shape.rank() == shape.rank();
    for (int i = 0; fits && i < shape.rank(); ++i) {
      fits = used->shape[i] >= shape[i];
      if (fits) used = build::narrow(used, i, 0, shape[i]);
    }
    if (!fits)
      fail<ShapeError>("{}: values {} for indices {}; they must have at least their sizes", op,
                       describe(**values.node()), describe(indices.node()));
  } else {
    used = materialize(op, values, x.dtype(), shape);
  }
  const std::int64_t count = shape.elements();
  return {Array(build::reshape(x.node_ref(), {x.elements()})), Array(build::reshape(positions.node_ref(), {count})),
          Array(build::reshape(used, {count})), values.node() == nullptr};
}

// The writes of index_put: the axes that are indexed as one, and the indices in a row.
Writes at_rows(std::string_view op, const Array& x, std::span<const Array> given, const Operand& values) {
  check_type(op, x, values);
  const std::vector<Array> indices = detail::without_masks(op, x, given);
  const Array positions = row_positions(op, x, indices);
  const std::int64_t count = positions.elements();
  Shape target = positions.shape(), x_rows{1}, value_rows{count};
  for (int axis = 0; axis < x.rank(); ++axis) {
    const std::int64_t size = x.shape()[axis];
    if (static_cast<std::size_t>(axis) < indices.size()) {
      x_rows[0] *= size;
      continue;
    }
    if (target.rank() == max_rank)
      fail<ShapeError>("{}: rows of {} at {} have more than {} axes", op, describe(x.node()),
                       describe(positions.node()), max_rank);
    target.push_back(size);
    x_rows.push_back(size);
    value_rows.push_back(size);
  }
  const NodeRef used = materialize(op, values, x.dtype(), target);
  return {Array(build::reshape(x.node_ref(), x_rows)), Array(build::reshape(positions.node_ref(), {count})),
          Array(build::reshape(used, value_rows)), values.node() == nullptr};
}

Array in_shape_of(const Array& x, const Array& rows) { return Array(build::reshape(rows.node_ref(), x.shape())); }

}  // namespace

Array scatter(const Array& x, int axis, const Array& indices, const Operand& values, std::source_location where) {
  const WhereScope scope(where);
  return in_shape_of(x, written(along_axis("scatter", x, axis, indices, values)));
}

Array scatter_add(const Array& x, int axis, const Array& indices, const Operand& values, std::source_location where) {
  const WhereScope scope(where);
  return in_shape_of(x, accumulated(along_axis("scatter_add", x, axis, indices, values)));
}

Array index_put(const Array& x, std::span<const Array> indices, const Operand& values, std::source_location where) {
  const WhereScope scope(where);
  return in_shape_of(x, written(at_rows("index_put", x, indices, values)));
}
Array index_put(const Array& x, std::initializer_list<Array> indices, const Operand& values,
                std::source_location where) {
  return index_put(x, std::span(indices.begin(), indices.size()), values, where);
}

Array index_add(const Array& x, std::span<const Array> indices, const Operand& values, std::source_location where) {
  const WhereScope scope(where);
  return in_shape_of(x, accumulated(at_rows("index_add", x, indices, values)));
}
Array index_add(const Array& x, std::initializer_list<Array> indices, const Operand& values,
                std::source_location where) {
  return index_add(x, std::span(indices.begin(), indices.size()), values, where);
}

Array masked_fill(const Array& x, const Array& mask, const Operand& value, std::source_location where) {
  const WhereScope scope(where);
  check_type("masked_fill", x, value);
  const NodeRef filled = materialize("masked_fill", value, x.dtype(), x.shape());
  return Array(build::where(build::broadcast_to("masked_fill", mask.node_ref(), x.shape()), filled, x.node_ref()));
}

}  // namespace tenon
