#include "tenon/array/cumulative.h"

#include <limits>

#include "tenon/array/elementwise.h"
#include "tenon/array/join.h"
#include "tenon/array/movement.h"
#include "tenon/graph/build_check.h"
#include "tenon/graph/compose.h"

namespace tenon {
namespace {

DType sum_type(DType dtype) { return is_floating(dtype) ? dtype : DType::i64; }

NodeRef flipped(const NodeRef& x, int axis, bool reverse) { return reverse ? build::flip(x, 1u << axis) : x; }

Array scan(std::string_view op, Scalar combine, const Array& x, int axis, bool reverse) {
  const int along = build::placed_axis(op, x.shape(), axis);
  const NodeRef values = flipped(astype(x, sum_type(x.dtype())).node_ref(), along, reverse);
  return Array(flipped(build::scan(combine, values, along), along, reverse));
}

ValuesAndIndices extremes(std::string_view op, Scalar combine, const Array& x, int axis, bool reverse) {
  const int along = build::placed_axis(op, x.shape(), axis);
  const NodeRef values = flipped(x.node_ref(), along, reverse);
  const NodeRef result = build::scan(combine, values, along);
  const Array indices(flipped(build::extreme_positions(values, result, along, DType::i64), along, reverse));
  // A position in the flipped axis is counted from its end.
  return {Array(flipped(result, along, reverse)), reverse ? (x.shape()[along] - 1) - indices : indices};
}

// log(exp(a) + exp(b)). The greater one is subtracted so that exp never overflows; infinite ones are left out: exp
// needs no help with them, while inf - inf would be NaN.
Array logaddexp(const Array& a, const Array& b) {
  Array top = maximum(stop_gradient(a), stop_gradient(b));
  top = where(equal(abs(top), std::numeric_limits<double>::infinity()), 0, top);
  return log(exp(a - top) + exp(b - top)) + top;
}

}  // namespace

Array cumsum(const Array& x, int axis, bool reverse, std::source_location where) {
  const WhereScope scope(where);
  return scan("cumsum", Scalar::add, x, axis, reverse);
}

Array cumprod(const Array& x, int axis, bool reverse, std::source_location where) {
  const WhereScope scope(where);
  return scan("cumprod", Scalar::mul, x, axis, reverse);
}

ValuesAndIndices cummax(const Array& x, int axis, bool reverse, std::source_location where) {
  const WhereScope scope(where);
  return extremes("cummax", Scalar::maximum, x, axis, reverse);
}

ValuesAndIndices cummin(const Array& x, int axis, bool reverse, std::source_location where) {
  const WhereScope scope(where);
  return extremes("cummin", Scalar::minimum, x, axis, reverse);
}

// By doubling distances (Hillis, Steele: "Data parallel algorithms", CACM 1986): after distance d, each element holds
// the result of the last 2 d elements. Each sum of two is stable on its own.
Array logcumsumexp(const Array& x, int axis, bool reverse, std::source_location where) {
  const WhereScope scope(where);
  const int along = build::placed_axis("logcumsumexp", x.shape(), axis);
  const std::int64_t size = x.shape()[along];
  const Array values = is_floating(x.dtype()) ? x : astype(x, DType::f32);
  Array result(flipped(values.node_ref(), along, reverse));
  for (std::int64_t distance = 1; distance < size; distance *= 2) {
    const Array earlier = narrow(result, along, 0, size - distance);
    const Array joined = logaddexp(earlier, narrow(result, along, distance, size - distance));
    result = concatenate({narrow(result, along, 0, distance), joined}, along);  // the first ones are complete
  }
  return Array(flipped(result.node_ref(), along, reverse));
}

}  // namespace tenon
