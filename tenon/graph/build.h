// The primitives as functions: each checks its operands, works out the result's shape and type, and makes the
// node. They do no broadcasting and no promotion; `Array` does.
#pragma once

#include <span>

#include "tenon/graph/node.h"

namespace tenon::build {

/// A rank-0 constant. Throws ValueError when an integer or boolean type cannot hold `value` exactly.
NodeRef constant(DType dtype, double value);
/// [length]: 0, 1, 2, ...; i64, i32 or u32.
NodeRef iota(DType dtype, std::int64_t length);

/// `scalar` of operands of equal shape. Element types as ScalarInfo says; `cast` has its own function. Operands of
/// 16-bit floating types are computed as float32, here and wherever something is summed, and each result is rounded to
/// theirs.
NodeRef elementwise(Scalar scalar, std::span<const NodeRef> operands);
NodeRef unary(Scalar scalar, const NodeRef& x);
NodeRef binary(Scalar scalar, const NodeRef& a, const NodeRef& b);
NodeRef where(const NodeRef& condition, const NodeRef& a, const NodeRef& b);
/// Floating to integer truncates towards zero and saturates at the type's ends, NaN gives 0; to bool: x != 0
/// (NaN is true). Integer to narrower integer wraps.
NodeRef cast(const NodeRef& x, DType dtype);

/// Combines over the axes in `axis_mask` (bit i: axis i); they disappear from the shape.
/// `combine` is add, mul, maximum or minimum. maximum and minimum of no elements throw ShapeError.
NodeRef reduce(Scalar combine, const NodeRef& x, std::uint32_t axis_mask);

NodeRef reshape(const NodeRef& x, const Shape& shape);
NodeRef permute(const NodeRef& x, std::span<const int> order);
/// Axes of size 1 become those of `shape`; the rank stays.
NodeRef expand(const NodeRef& x, const Shape& shape);
/// `padding`: {before, after} for each axis, not negative.
NodeRef pad(const NodeRef& x, std::span<const std::int64_t> padding, double value = 0);
/// For each axis: output i is input start + i * step, for i < count. All positions must exist; steps are not
/// 0.
NodeRef slice(const NodeRef& x, std::span<const std::int64_t> start, std::span<const std::int64_t> count,
              std::span<const std::int64_t> step);

/// out[batch, m, n] = sum over k of a[batch, m, k] * b[batch, n, k]; each of batch, m, n, k is any number of
/// axes. Element types are equal: floating or integer.
NodeRef contract(const NodeRef& a, const NodeRef& b, int batch_axes, int contracted_axes);

/// out[i..., rest...] = table[indices[i...], rest...]; indices i32 or i64 (negative ones are out of range).
/// An index outside the table throws IndexError when it is evaluated, of rows without elements, too.
NodeRef gather(const NodeRef& table, const NodeRef& indices);
/// out[v, rest...]: the sum of updates[i..., rest...] over all i with indices[i...] == v; zero elsewhere.
/// rows = size of axis v.
NodeRef scatter_add(const NodeRef& indices, const NodeRef& updates, std::int64_t rows);

/// out[..., i, ...] = x[..., 0, ...] combined with all up to x[..., i, ...] along `axis`, in order. `combine` is add,
/// mul, maximum or minimum; of the last two, NaN is passed on to all behind it.
NodeRef scan(Scalar combine, const NodeRef& x, int axis);
/// x [rest..., n] -> [rest..., n]: for each row the positions of its elements in ascending order, equal ones in the
/// order of their positions; `descending`: the greatest first, equal ones still in the order of their positions. NaN
/// is greater than every number. `dtype` is i32 or i64.
NodeRef argsort(const NodeRef& x, bool descending, DType dtype);
/// The first `count` of them, [rest..., count]; 0 <= count <= n. Few of many cost little more than reading x.
NodeRef argsort(const NodeRef& x, bool descending, DType dtype, std::int64_t count);

/// A call of the function of this number (core/call.h): at most max_inputs inputs, one output of this type and shape.
/// The first `batch_axes` axes of all of them are equal, and the function is called once for each position in them.
/// Throws ValueError for more inputs, ShapeError for unequal batch axes.
NodeRef call(std::int64_t number, std::span<const NodeRef> inputs, DType dtype, const Shape& shape, int batch_axes);

}  // namespace tenon::build
