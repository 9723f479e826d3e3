#include "tenon/array/reduction.h"

#include <cmath>
#include <limits>

#include "tenon/array/elementwise.h"
#include "tenon/array/movement.h"
#include "tenon/graph/build_check.h"
#include "tenon/graph/compose.h"

namespace tenon {
namespace {

Array reduce_mask(Scalar combine, const Array& x, std::uint32_t mask, bool keepdims) {
  const NodeRef reduced = build::reduce(combine, x.node_ref(), mask);
  return Array(keepdims ? build::reshape(reduced, build::keepdims_shape(x.shape(), mask)) : reduced);
}

// The type that a sum is computed in.
DType sum_type(DType dtype) { return is_floating(dtype) ? dtype : DType::i64; }

double elements_in(const Shape& shape, std::uint32_t mask) {
  double count = 1;
  for (int axis = 0; axis < shape.rank(); ++axis)
    if ((mask >> axis & 1) != 0) count *= static_cast<double>(shape[axis]);
  return count;
}

Array mean_mask(const Array& x, std::uint32_t mask, bool keepdims) {
  const Array total = reduce_mask(Scalar::add, x, mask, keepdims);
  const double count = elements_in(x.shape(), mask);
  return total / count;  // rounded once, and NaN of nothing, as NumPy has it
}

Shape without_axes(const Shape& shape, std::uint32_t mask) {
  Shape rest;
  for (int axis = 0; axis < shape.rank(); ++axis)
    if ((mask >> axis & 1) == 0) rest.push_back(shape[axis]);
  return rest;
}

Array as_floating(const Array& x) { return is_floating(x.dtype()) ? x : astype(x, DType::f32); }

Array extreme(std::string_view op, Scalar combine, const Array& x, const Axes& axes, bool keepdims) {
  const std::uint32_t mask = axes.mask(op, x.shape());
  if (elements_in(x.shape(), mask) == 0)
    build::fail<ShapeError>("{}: over no elements of {} there is none", op, build::describe(x.node()));
  return reduce_mask(combine, x, mask, keepdims);
}

Array position_of_extreme(std::string_view op, Scalar combine, const Array& x, int axis, bool keepdims) {
  const int position = build::placed_axis(op, x.shape(), axis);
  const std::int64_t size = x.shape()[position];
  // The smallest position that holds the extreme, or a NaN: a row with a NaN has no element equal to its extreme.
  Array chosen = equal(x, extreme(op, combine, x, position, true));
  if (is_floating(x.dtype())) chosen = logical_or(chosen, not_equal(x, x));
  // Positions are counted in int32, which is twice as fast, wherever they fit.
  const DType counter = size <= std::numeric_limits<std::int32_t>::max() ? DType::i32 : DType::i64;
  Shape along(x.rank(), 1);
  along[position] = size;
  const Array positions(build::reshape(build::iota(counter, size), along));
  return astype(min(where(chosen, positions, size - 1), position, keepdims), DType::i64);
}

// Whether truth values hold in some (maximum) or all (minimum) places; `of_nothing` for no elements.
Array truth(std::string_view op, Scalar combine, const Array& x, const Axes& axes, bool keepdims, bool of_nothing) {
  const std::uint32_t mask = axes.mask(op, x.shape());
  const Array values = astype(x, DType::boolean);
  if (elements_in(x.shape(), mask) != 0) return reduce_mask(combine, values, mask, keepdims);
  return Array(build::full(DType::boolean,
                           keepdims ? build::keepdims_shape(x.shape(), mask) : without_axes(x.shape(), mask),
                           of_nothing ? 1 : 0));
}

// root(total), but 0 with a gradient of 0 where the total is 0: there the root's own slope is infinite.
template <class Root>
Array root_or_zero(const Array& total, Root root) {
  const Array zero = equal(total, 0);
  return where(zero, 0, root(where(zero, 1, total)));
}

}  // namespace

Array sum(const Array& x, const Axes& axes, bool keepdims, std::source_location where) {
  const WhereScope scope(where);
  return reduce_mask(Scalar::add, astype(x, sum_type(x.dtype())), axes.mask("sum", x.shape()), keepdims);
}

Array prod(const Array& x, const Axes& axes, bool keepdims, std::source_location where) {
  const WhereScope scope(where);
  return reduce_mask(Scalar::mul, astype(x, sum_type(x.dtype())), axes.mask("prod", x.shape()), keepdims);
}

Array mean(const Array& x, const Axes& axes, bool keepdims, std::source_location where) {
  const WhereScope scope(where);
  return mean_mask(as_floating(x), axes.mask("mean", x.shape()), keepdims);
}

Array var(const Array& x, const Axes& axes, double correction, bool keepdims, std::source_location where) {
  const WhereScope scope(where);
  const std::uint32_t mask = axes.mask("var", x.shape());
  const Array values = as_floating(x);
  const Array total = reduce_mask(Scalar::add, square(values - mean_mask(values, mask, true)), mask, keepdims);
  const double degrees = elements_in(x.shape(), mask) - correction;
  return total / std::max(degrees, 0.0);  // 0 / 0 is NaN
}

Array stddev(const Array& x, const Axes& axes, double correction, bool keepdims, std::source_location where) {
  const WhereScope scope(where);
  return sqrt(var(x, axes, correction, keepdims));
}

Array max(const Array& x, const Axes& axes, bool keepdims, std::source_location where) {
  const WhereScope scope(where);
  return extreme("max", Scalar::maximum, x, axes, keepdims);
}

Array min(const Array& x, const Axes& axes, bool keepdims, std::source_location where) {
  const WhereScope scope(where);
  return extreme("min", Scalar::minimum, x, axes, keepdims);
}

Array argmax(const Array& x, int axis, bool keepdims, std::source_location where) {
  const WhereScope scope(where);
  return position_of_extreme("argmax", Scalar::maximum, x, axis, keepdims);
}

Array argmin(const Array& x, int axis, bool keepdims, std::source_location where) {
  const WhereScope scope(where);
  return position_of_extreme("argmin", Scalar::minimum, x, axis, keepdims);
}

Array logsumexp(const Array& x, const Axes& axes, bool keepdims, std::source_location where) {
  const WhereScope scope(where);
  const std::uint32_t mask = axes.mask("logsumexp", x.shape());
  const Array values = as_floating(x);
  if (elements_in(x.shape(), mask) == 0) return log(reduce_mask(Scalar::add, exp(values), mask, keepdims));
  // The maximum is subtracted so that exp never overflows; its gradient cancels, so it is not recorded. An
  // infinite maximum is left out: exp(-inf) is 0 and exp(inf) is inf without help, while inf - inf would be
  // NaN.
  Array top = reduce_mask(Scalar::maximum, stop_gradient(values), mask, true);
  top = tenon::where(equal(abs(top), std::numeric_limits<double>::infinity()), 0, top);
  const Array total = log(reduce_mask(Scalar::add, exp(values - top), mask, true)) + top;
  return keepdims ? total : Array(build::reshape(total.node_ref(), without_axes(x.shape(), mask)));
}

Array count_nonzero(const Array& x, const Axes& axes, bool keepdims, std::source_location where) {
  const WhereScope scope(where);
  const Array counted = astype(astype(x, DType::boolean), DType::i64);
  return reduce_mask(Scalar::add, counted, axes.mask("count_nonzero", x.shape()), keepdims);
}

Array any_of(const Array& x, const Axes& axes, bool keepdims, std::source_location where) {
  const WhereScope scope(where);
  return truth("any_of", Scalar::maximum, x, axes, keepdims, false);
}

Array all_of(const Array& x, const Axes& axes, bool keepdims, std::source_location where) {
  const WhereScope scope(where);
  return truth("all_of", Scalar::minimum, x, axes, keepdims, true);
}

Array norm(const Array& x, double p, const Axes& axes, bool keepdims, std::source_location where) {
  const WhereScope scope(where);
  const Array values = as_floating(x);
  if (std::isinf(p)) return extreme("norm", p > 0 ? Scalar::maximum : Scalar::minimum, abs(values), axes, keepdims);
  if (std::isnan(p)) build::fail<ValueError>("norm: p is NaN");
  const std::uint32_t mask = axes.mask("norm", x.shape());
  const auto total = [&](const Array& powers) { return reduce_mask(Scalar::add, powers, mask, keepdims); };
  if (p == 0) return total(astype(not_equal(values, 0), values.dtype()));
  if (p == 1) return total(abs(values));
  if (p == 2) return root_or_zero(total(square(values)), [](const Array& sum) { return sqrt(sum); });
  const auto root = [p](const Array& sum) { return pow(sum, 1 / p); };
  // A negative power of 0 is infinite, and the norm 0: as it comes.
  return p < 0 ? root(total(pow(abs(values), p))) : root_or_zero(total(pow(abs(values), p)), root);
}

}  // namespace tenon
