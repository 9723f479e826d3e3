#include "tenon/array/diagonal.h"

#include <algorithm>

#include "tenon/array/elementwise.h"
#include "tenon/array/movement.h"
#include "tenon/array/reduction.h"
#include "tenon/graph/build_check.h"
#include "tenon/graph/compose.h"

namespace tenon {
namespace {

using build::describe;
using build::fail;

// Column minus row of each element of a matrix: [rows, columns].
Array offsets(std::int64_t rows, std::int64_t columns) {
  const auto count = [](std::int64_t size) { return Array(build::iota(DType::i64, size)); };
  return count(columns) - unsqueeze(count(rows), 1);
}

// An offset that is a whole number as a double too; no matrix is larger.
std::int64_t bounded(std::int64_t offset) {
  constexpr std::int64_t limit = std::int64_t{1} << 52;
  return std::clamp(offset, -limit, limit);
}

// Elements where the mask, of the last two axes, holds; zeros elsewhere.
Array masked_matrix(const Array& x, const Array& mask) {
  return tenon::where(mask, x, Array(build::full_like(x.node_ref(), 0)));
}

void check_matrix(std::string_view op, const Array& x) {
  if (x.rank() < 2) fail<ShapeError>("{}: {} is no matrix; it must have two axes at least", op, describe(x.node()));
}

Array diagonal_of(std::string_view op, const Array& x, std::int64_t offset, int row_axis, int column_axis) {
  const int row = build::placed_axis(op, x.shape(), row_axis), column = build::placed_axis(op, x.shape(), column_axis);
  if (row == column) fail<ShapeError>("{}: rows and columns are both axis {} of {}", op, row, describe(x.node()));
  const Array matrices = moveaxis(x, {row, column}, {-2, -1});  // [batch..., rows, columns]
  const std::int64_t rows = matrices.size(-2), columns = matrices.size(-1);
  const std::int64_t first_row = offset < 0 ? -std::max(offset, -rows) : 0;
  const std::int64_t first_column = offset > 0 ? std::min(offset, columns) : 0;
  const std::int64_t count = std::min(rows - first_row, columns - first_column);
  Shape shape = matrices.shape();
  shape.pop_back();
  shape.back() = rows * columns;
  // In row-major order, one row down and one column on is columns + 1 elements further.
  Dims start(shape.rank(), 0), counts = shape, step(shape.rank(), 1);
  start.back() = first_row * columns + first_column;
  counts.back() = count;
  step.back() = columns + 1;
  return Array(build::slice(build::reshape(matrices.node_ref(), shape), start, counts, step));
}

Array embedded(std::string_view op, const Array& x, std::int64_t offset) {
  placed_new_axis(op, x.shape(), -1);
  // Element i stands in row i + above: the rows are known, the columns follow from the offset.
  const std::int64_t above = std::max<std::int64_t>(-bounded(offset), 0), below = std::max<std::int64_t>(offset, 0);
  const Array by_row(build::pad_axis(x.node_ref(), x.rank() - 1, above, below));
  const std::int64_t size = by_row.size(-1);
  Shape shape = by_row.shape();
  shape.push_back(size);
  return masked_matrix(broadcast_to(unsqueeze(by_row, -1), shape), equal(offsets(size, size), bounded(offset)));
}

}  // namespace

Array eye(std::int64_t rows, std::int64_t columns, std::int64_t offset, DType dtype, std::source_location where) {
  const WhereScope scope(where);
  const Shape shape = build::placed_shape("eye", Dims{rows, columns == -1 ? rows : columns});
  return astype(equal(offsets(shape[0], shape[1]), bounded(offset)), dtype);
}

Array diagonal(const Array& x, std::int64_t offset, int row_axis, int column_axis, std::source_location where) {
  const WhereScope scope(where);
  return diagonal_of("diagonal", x, offset, row_axis, column_axis);
}

Array diag(const Array& x, std::int64_t offset, std::source_location where) {
  const WhereScope scope(where);
  if (x.rank() == 1) return embedded("diag", x, offset);
  if (x.rank() == 2) return diagonal_of("diag", x, offset, 0, 1);
  fail<ShapeError>("diag: {} is neither a vector nor a matrix; use diag_embed or diagonal", describe(x.node()));
}

Array diag_embed(const Array& x, std::int64_t offset, std::source_location where) {
  const WhereScope scope(where);
  if (x.rank() == 0) fail<ShapeError>("diag_embed: {} has no axis", describe(x.node()));
  return embedded("diag_embed", x, offset);
}

Array trace(const Array& x, std::int64_t offset, int row_axis, int column_axis, std::source_location where) {
  const WhereScope scope(where);
  return sum(diagonal_of("trace", x, offset, row_axis, column_axis), -1);
}

Array tri(std::int64_t rows, std::int64_t columns, std::int64_t offset, DType dtype, std::source_location where) {
  const WhereScope scope(where);
  const Shape shape = build::placed_shape("tri", Dims{rows, columns == -1 ? rows : columns});
  return astype(offsets(shape[0], shape[1]) <= bounded(offset), dtype);
}

Array tril(const Array& x, std::int64_t offset, std::source_location where) {
  const WhereScope scope(where);
  check_matrix("tril", x);
  return masked_matrix(x, offsets(x.size(-2), x.size(-1)) <= bounded(offset));
}

Array triu(const Array& x, std::int64_t offset, std::source_location where) {
  const WhereScope scope(where);
  check_matrix("triu", x);
  return masked_matrix(x, offsets(x.size(-2), x.size(-1)) >= bounded(offset));
}

}  // namespace tenon
