// Nodes that combine elements: reductions, scans, contractions, gather and scatter; and those that sort them.
#include <limits>

#include "tenon/graph/build.h"
#include "tenon/graph/build_check.h"

namespace tenon::build {
namespace {

void check_indices(std::string_view op, const Node& indices) {
  if (indices.dtype != DType::i32 && indices.dtype != DType::i64)
    fail<DTypeError>("{}: indices are {}, they must be int32 or int64", op, describe(indices));
}

bool is_extreme(Scalar combine) { return combine == Scalar::maximum || combine == Scalar::minimum; }

void check_combine(std::string_view op, Scalar combine, const Node& x) {
  const ScalarInfo& row = info(combine);
  if (!is_extreme(combine) && combine != Scalar::add && combine != Scalar::mul)
    fail<ValueError>("{}: {} is no reduction; it must be add, mul, maximum or minimum", op, row.name);
  if (!takes(row, x.dtype)) fail<DTypeError>("{}: {} of {} is not defined; cast first", op, row.name, describe(x));
}

}  // namespace

NodeRef reduce(Scalar combine, const NodeRef& x, std::uint32_t axis_mask) {
  check_combine("reduce", combine, *x);
  const ScalarInfo& row = info(combine);
  const bool extreme = is_extreme(combine);
  if (axis_mask >> x->shape.rank() != 0)
    fail<ShapeError>("reduce: {} over an axis that {} lacks (axis mask {:#x})", row.name, describe(*x), axis_mask);
  if (axis_mask == 0) return x;
  if (is_half(x->dtype)) return cast(reduce(combine, cast(x, DType::f32), axis_mask), x->dtype);
  Shape shape;
  std::int64_t reduced = 1;
  for (int axis = 0; axis < x->shape.rank(); ++axis) {
    if ((axis_mask >> axis & 1) != 0)
      reduced *= x->shape[axis];
    else
      shape.push_back(x->shape[axis]);
  }
  if (extreme && reduced == 0)
    fail<ShapeError>("reduce: {} over no elements, axes {:#x} (mask) of {}, has no value", row.name, axis_mask,
                     describe(*x));
  return make_node({.op = Op::reduce,
                    .scalar = combine,
                    .dtype = x->dtype,
                    .shape = shape,
                    .inputs = {x.get()},
                    .attributes = {static_cast<std::int64_t>(axis_mask)}});
}

NodeRef contract(const NodeRef& a, const NodeRef& b, int batch_axes, int contracted_axes) {
  const Shape &left = a->shape, &right = b->shape;
  if (a->dtype != b->dtype)
    fail<DTypeError>("contract: element types differ, {} and {}; cast one of them", describe(*a), describe(*b));
  if (a->dtype == DType::boolean)
    fail<DTypeError>("contract: {} and {} are not taken; cast to a number first", describe(*a), describe(*b));
  if (is_half(a->dtype))
    return cast(contract(cast(a, DType::f32), cast(b, DType::f32), batch_axes, contracted_axes), a->dtype);
  const int shared = batch_axes + contracted_axes;
  if (batch_axes < 0 || contracted_axes < 0 || shared > left.rank() || shared > right.rank())
    fail<ShapeError>("contract: {} and {} have no {} batch and {} contracted axes", describe(*a), describe(*b),
                     batch_axes, contracted_axes);
  for (int i = 0; i < batch_axes; ++i)
    if (left[i] != right[i])
      fail<ShapeError>("contract: batch axis {} differs, {} and {}", i, describe(*a), describe(*b));
  for (int i = 1; i <= contracted_axes; ++i)
    if (left[left.rank() - i] != right[right.rank() - i])
      fail<ShapeError>("contract: contracted axis {} (from the end) differs, {} and {}", -i, describe(*a),
                       describe(*b));
  const int m_axes = left.rank() - shared, n_axes = right.rank() - shared;
  if (batch_axes + m_axes + n_axes > max_rank)
    fail<ShapeError>("contract: the result of {} and {} has more than {} axes", describe(*a), describe(*b), max_rank);
  Dims dims;
  for (int i = 0; i < batch_axes + m_axes; ++i) dims.push_back(left[i]);
  for (int i = 0; i < n_axes; ++i) dims.push_back(right[batch_axes + i]);
  const Shape shape = placed_shape("contract", dims);
  return make_node({.op = Op::contract,
                    .dtype = a->dtype,
                    .shape = shape,
                    .inputs = {a.get(), b.get()},
                    .attributes = {batch_axes, m_axes, n_axes, contracted_axes}});
}

NodeRef gather(const NodeRef& table, const NodeRef& indices) {
  check_indices("gather", *indices);
  if (table->shape.rank() == 0) fail<ShapeError>("gather: the table {} has no axis to index", describe(*table));
  if (indices->shape.rank() + table->shape.rank() - 1 > max_rank)
    fail<ShapeError>("gather: rows of {} at {} have more than {} axes", describe(*table), describe(*indices), max_rank);
  Dims dims = indices->shape;
  for (int i = 1; i < table->shape.rank(); ++i) dims.push_back(table->shape[i]);
  const Shape shape = placed_shape("gather", dims);
  return make_node({.op = Op::gather, .dtype = table->dtype, .shape = shape, .inputs = {table.get(), indices.get()}});
}

NodeRef scatter_add(const NodeRef& indices, const NodeRef& updates, std::int64_t rows) {
  check_indices("scatter_add", *indices);
  if (updates->dtype == DType::boolean)
    fail<DTypeError>("scatter_add: updates are {}; cast to a number first", describe(*updates));
  const int lead = indices->shape.rank();
  bool fits = lead <= updates->shape.rank();
  for (int i = 0; fits && i < lead; ++i) fits = indices->shape[i] == updates->shape[i];
  if (!fits)
    fail<ShapeError>("scatter_add: updates {} must begin with the axes of the indices {}", describe(*updates),
                     describe(*indices));
  if (lead == 0 && updates->shape.rank() == max_rank)
    fail<ShapeError>("scatter_add: the result of {} has more than {} axes", describe(*updates), max_rank);
  if (rows < 0) fail<ValueError>("scatter_add: {} rows is negative", rows);
  if (is_half(updates->dtype)) return cast(scatter_add(indices, cast(updates, DType::f32), rows), updates->dtype);
  Dims dims{rows};
  for (int i = lead; i < updates->shape.rank(); ++i) dims.push_back(updates->shape[i]);
  const Shape shape = placed_shape("scatter_add", dims);
  return make_node(
      {.op = Op::scatter_add, .dtype = updates->dtype, .shape = shape, .inputs = {indices.get(), updates.get()}});
}

NodeRef scan(Scalar combine, const NodeRef& x, int axis) {
  check_combine("scan", combine, *x);
  const int along = placed_axis("scan", x->shape, axis);
  if (is_half(x->dtype)) return cast(scan(combine, cast(x, DType::f32), along), x->dtype);
  return make_node({.op = Op::scan,
                    .scalar = combine,
                    .dtype = x->dtype,
                    .shape = x->shape,
                    .inputs = {x.get()},
                    .attributes = {along}});
}

NodeRef argsort(const NodeRef& x, bool descending, DType dtype) {
  return argsort(x, descending, dtype, x->shape.rank() == 0 ? 0 : x->shape.back());
}

NodeRef argsort(const NodeRef& x, bool descending, DType dtype, std::int64_t count) {
  if (dtype != DType::i32 && dtype != DType::i64)
    fail<DTypeError>("argsort: positions as {} are not given; they must be int32 or int64", name(dtype));
  if (x->shape.rank() == 0) fail<ShapeError>("argsort: {} has no axis to sort along", describe(*x));
  if (x->shape.back() > std::numeric_limits<std::int32_t>::max())
    fail<ShapeError>("argsort: rows of {} are too long; at most 2^31 - 1 elements are sorted", describe(*x));
  if (count < 0 || count > x->shape.back())
    fail<ValueError>("argsort: {} positions of rows of {}; it must be 0 to {}", count, describe(*x), x->shape.back());
  if (is_half(x->dtype)) return argsort(cast(x, DType::f32), descending, dtype, count);
  Shape shape = x->shape;
  shape.back() = count;
  return make_node(
      {.op = Op::argsort, .dtype = dtype, .shape = shape, .inputs = {x.get()}, .attributes = {descending ? 1 : 0}});
}

}  // namespace tenon::build
