#include "tenon/array/contraction.h"

#include "tenon/array/elementwise.h"
#include "tenon/array/movement.h"
#include "tenon/graph/build_check.h"
#include "tenon/graph/compose.h"

namespace tenon {
namespace {

using build::describe;
using build::fail;

using Order = InlineVector<int, max_rank>;

// Axes of one operand by the part they play.
struct Parts {
  Order batch, contracted;
  std::uint32_t used = 0;
};

void add_axis(Order& list, Parts& parts, const Array& x, int axis) {
  const int position = build::placed_axis("contract", x.shape(), axis);
  if ((parts.used >> position & 1) != 0)
    fail<ShapeError>("contract: axis {} of {} is named twice", position, describe(x.node()));
  parts.used |= 1u << position;
  list.push_back(position);
}

// [batch..., others..., contracted...]
NodeRef arranged(const Array& x, const Parts& parts) {
  Order order = parts.batch;
  for (int axis = 0; axis < x.rank(); ++axis)
    if ((parts.used >> axis & 1) == 0) order.push_back(axis);
  for (const int axis : parts.contracted) order.push_back(axis);
  return build::permute(x.node_ref(), order);
}

Array as(const Array& x, DType dtype) { return Array(build::cast(x.node_ref(), dtype)); }

// The two operands in one type.
std::pair<Array, Array> promoted(const Array& a, const Array& b) {
  const DType dtype = promote(a.dtype(), b.dtype());
  return {as(a, dtype), as(b, dtype)};
}

// The last two axes exchanged.
Array transposed(const Array& x) { return swapaxes(x, -1, -2); }

// x with its axes before the last two broadcast to `batch`.
NodeRef with_batch(const Array& x, const Shape& batch) {
  Shape shape = batch;
  shape.push_back(x.size(-2));
  shape.push_back(x.size(-1));
  return build::broadcast_to("matmul", x.node_ref(), shape);
}

Shape batch_of(const Array& x) {
  Shape batch;
  for (int axis = 0; axis < x.rank() - 2; ++axis) batch.push_back(x.shape()[axis]);
  return batch;
}

// a: [batch..., m, k], b: [batch..., k, n]
Array matrix_product(const Array& a, const Array& b) {
  if (a.size(-1) != b.size(-2))
    fail<ShapeError>(
        "matmul: inner sizes differ, {} x {}; the last axis of the first operand must equal the "
        "second-to-last of the second",
        describe(a.node()), describe(b.node()));
  const Array right = transposed(b);  // [batch..., n, k]
  // One matrix for all of a's batches: they are rows of one long product.
  if (b.rank() == 2) return Array(build::contract(a.node_ref(), right.node_ref(), 0, 1));
  const Shape batch = broadcast_shape("matmul", batch_of(a), batch_of(b));
  return Array(build::contract(with_batch(a, batch), with_batch(right, batch), batch.rank(), 1));
}

}  // namespace

Array contract(const Array& a, const Array& b, const ContractAxes& axes, std::source_location where) {
  const WhereScope scope(where);
  const auto [left, right] = promoted(a, b);
  Parts left_parts, right_parts;
  const auto add_pairs = [&](Order Parts::* list, std::initializer_list<std::pair<int, int>> pairs) {
    for (const auto& [left_axis, right_axis] : pairs) {
      add_axis(left_parts.*list, left_parts, left, left_axis);
      add_axis(right_parts.*list, right_parts, right, right_axis);
      const int i = (left_parts.*list).back(), j = (right_parts.*list).back();
      if (left.shape()[i] != right.shape()[j])
        fail<ShapeError>("contract: axis {} of {} and axis {} of {} differ", i, describe(left.node()), j,
                         describe(right.node()));
    }
  };
  add_pairs(&Parts::batch, axes.batch);
  add_pairs(&Parts::contracted, axes.contracted);
  return Array(build::contract(arranged(left, left_parts), arranged(right, right_parts), left_parts.batch.size(),
                               left_parts.contracted.size()));
}

Array matmul(const Array& a, const Array& b, std::source_location where) {
  const WhereScope scope(where);
  if (a.rank() == 0 || b.rank() == 0)
    fail<ShapeError>("matmul: {} x {}; both operands need an axis, use * for scalars", describe(a.node()),
                     describe(b.node()));
  auto [left, right] = promoted(a, b);
  if (left.rank() == 1) left = unsqueeze(left, 0);
  if (right.rank() == 1) right = unsqueeze(right, 1);
  Array product = matrix_product(left, right);
  if (b.rank() == 1) product = squeeze(product, -1);
  if (a.rank() == 1) product = squeeze(product, b.rank() == 1 ? -1 : -2);
  return product;
}

Array bmm(const Array& a, const Array& b, std::source_location where) {
  const WhereScope scope(where);
  if (a.rank() != 3 || b.rank() != 3 || a.size(0) != b.size(0) || a.size(2) != b.size(1))
    fail<ShapeError>("bmm: {} x {}; they must be [batch, m, k] and [batch, k, n], use matmul to broadcast",
                     describe(a.node()), describe(b.node()));
  return matmul(a, b);
}

Array tensordot(const Array& a, const Array& b, int axes, std::source_location where) {
  const WhereScope scope(where);
  if (axes < 0 || axes > a.rank() || axes > b.rank())
    fail<ShapeError>("tensordot: {} axes of {} and {}; both must have as many", axes, describe(a.node()),
                     describe(b.node()));
  Order last, first;
  for (int i = 0; i < axes; ++i) {
    last.push_back(a.rank() - axes + i);
    first.push_back(i);
  }
  return tensordot(a, b, Axes(std::span<const int>(last)), Axes(std::span<const int>(first)));
}

Array tensordot(const Array& a, const Array& b, const Axes& a_axes, const Axes& b_axes, std::source_location where) {
  const WhereScope scope(where);
  const auto [left, right] = promoted(a, b);
  const Order left_axes = a_axes.resolve("tensordot", left.shape());
  const Order right_axes = b_axes.resolve("tensordot", right.shape());
  if (left_axes.size() != right_axes.size())
    fail<ShapeError>("tensordot: {} axes of {} and {} of {}; they are summed over in pairs", left_axes.size(),
                     describe(a.node()), right_axes.size(), describe(b.node()));
  Parts left_parts, right_parts;
  for (int i = 0; i < left_axes.size(); ++i) {
    if (left.shape()[left_axes[i]] != right.shape()[right_axes[i]])
      fail<ShapeError>("tensordot: axis {} of {} and axis {} of {} differ", left_axes[i], describe(a.node()),
                       right_axes[i], describe(b.node()));
    left_parts.contracted.push_back(left_axes[i]);
    left_parts.used |= 1u << left_axes[i];
    right_parts.contracted.push_back(right_axes[i]);
    right_parts.used |= 1u << right_axes[i];
  }
  return Array(
      build::contract(arranged(left, left_parts), arranged(right, right_parts), 0, left_parts.contracted.size()));
}

Array inner(const Array& a, const Array& b, std::source_location where) {
  const WhereScope scope(where);
  if (a.rank() == 0 || b.rank() == 0) return a * b;
  if (a.size(-1) != b.size(-1))
    fail<ShapeError>("inner: the last axes of {} and {} differ", describe(a.node()), describe(b.node()));
  return tensordot(a, b, -1, -1);
}

Array outer(const Array& a, const Array& b, std::source_location where) {
  const WhereScope scope(where);
  return unsqueeze(flatten(a), 1) * flatten(b);
}

Array vdot(const Array& a, const Array& b, std::source_location where) {
  const WhereScope scope(where);
  if (a.elements() != b.elements())
    fail<ShapeError>("vdot: {} and {} have not equally many elements", describe(a.node()), describe(b.node()));
  return tensordot(flatten(a), flatten(b), 1);
}

Array linear(const Array& x, const Array& weight, const Array& bias, std::source_location where) {
  const WhereScope scope(where);
  if (weight.rank() != 2 || x.rank() == 0 || x.size(-1) != weight.size(1))
    fail<ShapeError>(
        "linear: {} with weight {}; the weight must be [out, in] and the last axis of the first operand in",
        describe(x.node()), describe(weight.node()));
  if (bias && (bias.rank() != 1 || bias.size(0) != weight.size(0)))
    fail<ShapeError>("linear: weight {} with bias {}; the bias must be [out]", describe(weight.node()),
                     describe(bias.node()));
  const auto [left, right] = promoted(x, weight);
  const Array product(build::contract(left.node_ref(), right.node_ref(), 0, 1));
  return bias ? product + bias : product;
}

}  // namespace tenon
