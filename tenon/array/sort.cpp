#include "tenon/array/sort.h"

#include <bit>
#include <cmath>
#include <limits>

#include "tenon/array/elementwise.h"
#include "tenon/array/movement.h"
#include "tenon/array/reduction.h"
#include "tenon/graph/build_check.h"
#include "tenon/graph/compose.h"

namespace tenon {
namespace {

using build::describe;
using build::fail;

// Up to this length, comparing with everything beats looking up.
constexpr std::int64_t compared_with_all = 128;

// The first `count` positions in the order of the rows of x, whose axis has been moved to the end. Where many are
// wanted, all are found: beside a sort of the same array the work is done once.
NodeRef order_of(const Array& rows, bool descending, std::int64_t count) {
  const std::int64_t size = rows.shape().back();
  const DType dtype = build::position_type(size);
  if (count <= size / 4) return build::argsort(rows.node_ref(), descending, dtype, count);
  return build::narrow(build::argsort(rows.node_ref(), descending, dtype), rows.rank() - 1, 0, count);
}

// x[rest..., positions[rest..., i]]
Array at_positions(const Array& rows, const NodeRef& positions) {
  const NodeRef flat = build::flat_positions(positions, rows.shape(), rows.rank() - 1);
  return Array(build::gather(build::reshape(rows.node_ref(), {rows.elements()}), flat));
}

// The first `count` elements in this order, [rest..., count], and their positions.
struct SortedRows {
  Array values;
  NodeRef positions;
};
SortedRows sorted_rows(const Array& x, int axis, bool descending, std::int64_t count) {
  const Array rows = moveaxis(x, axis, -1);
  const NodeRef positions = order_of(rows, descending, count);
  return {at_positions(rows, positions), positions};
}

// Whether `a`, of a sorted array, comes before the place of `value`.
Array comes_before(const Array& a, const Array& value, bool right) {
  Array before = right ? a <= value : a < value;
  if (!is_floating(a.dtype())) return before;
  const Array value_is_nan = not_equal(value, value);
  return logical_or(before, right ? value_is_nan : logical_and(value_is_nan, equal(a, a)));
}

// Bit by bit, the greatest number of elements that come before the value.
Array found_by_halves(const Array& sorted, const Array& values, bool right) {
  const std::int64_t size = sorted.elements();
  const DType dtype = build::position_type(2 * size);
  Array found(build::full(dtype, values.shape(), 0));
  for (auto step = static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(size))); step > 0; step /= 2) {
    const Array next = found + step;
    const Array last = minimum(next, size) - 1;
    const Array element(build::gather(sorted.node_ref(), last.node_ref()));
    found = where(logical_and(next <= size, comes_before(element, values, right)), next, found);
  }
  return astype(found, DType::i64);
}

}  // namespace

Array argsort(const Array& x, int axis, bool descending, std::source_location where) {
  const WhereScope scope(where);
  const int along = build::placed_axis("argsort", x.shape(), axis);
  return astype(moveaxis(Array(order_of(moveaxis(x, along, -1), descending, x.shape()[along])), -1, along), DType::i64);
}

Array sort(const Array& x, int axis, bool descending, std::source_location where) {
  const WhereScope scope(where);
  const int along = build::placed_axis("sort", x.shape(), axis);
  return moveaxis(sorted_rows(x, along, descending, x.shape()[along]).values, -1, along);
}

ValuesAndIndices topk(const Array& x, std::int64_t k, int axis, bool largest, std::source_location where) {
  const WhereScope scope(where);
  const int along = build::placed_axis("topk", x.shape(), axis);
  if (k < 0 || k > x.shape()[along])
    fail<ValueError>("topk: {} elements of axis {} of {}; it must be 0 to {}", k, along, describe(x.node()),
                     x.shape()[along]);
  const SortedRows rows = sorted_rows(x, along, largest, k);
  return {moveaxis(rows.values, -1, along), astype(moveaxis(Array(rows.positions), -1, along), DType::i64)};
}

Array quantile(const Array& x, double q, int axis, bool keepdims, std::source_location where) {
  const WhereScope scope(where);
  const int along = build::placed_axis("quantile", x.shape(), axis);
  const std::int64_t size = x.shape()[along];
  if (!(q >= 0 && q <= 1)) fail<ValueError>("quantile: {} is not in [0, 1]", q);
  if (size == 0) fail<ShapeError>("quantile: axis {} of {} has no elements", along, describe(x.node()));
  const Array values = is_floating(x.dtype()) ? x : astype(x, DType::f32);
  const Array rows = sorted_rows(values, along, false, size).values;
  const double place = q * static_cast<double>(size - 1), below = std::floor(place), share = place - below;
  const auto element = [&](std::int64_t i) { return narrow(rows, -1, i, 1); };
  const auto first = static_cast<std::int64_t>(below);
  Array result = element(first);
  if (share > 0) result = result * (1 - share) + element(first + 1) * share;
  // NaN is last in its row.
  const Array last = element(size - 1);
  result = tenon::where(not_equal(last, last), std::numeric_limits<double>::quiet_NaN(), result);
  return keepdims ? moveaxis(result, -1, along) : squeeze(result, -1);
}

Array median(const Array& x, int axis, bool keepdims, std::source_location where) {
  const WhereScope scope(where);
  return quantile(x, 0.5, build::placed_axis("median", x.shape(), axis), keepdims);
}

Array searchsorted(const Array& sorted, const Operand& values, bool right, std::source_location where) {
  const WhereScope scope(where);
  if (sorted.rank() != 1)
    fail<ShapeError>("searchsorted: the sorted array is {}; it must have one axis", describe(sorted.node()));
  const Operand table(sorted);
  const Operand* const operands[] = {&table, &values};
  const DType dtype = common_type(operands);
  const Array elements = astype(sorted, dtype);
  const Shape shape = values.node() ? (*values.node())->shape : Shape();
  const Array wanted(materialize("searchsorted", values, dtype, shape));
  if (sorted.elements() > compared_with_all || shape.rank() == max_rank)
    return found_by_halves(elements, wanted, right);
  return count_nonzero(comes_before(elements, unsqueeze(wanted, -1), right), -1);
}

}  // namespace tenon
