// Gradients of the tensor operations, one row each.
#include <iterator>

#include "tenon/autograd/rules.h"
#include "tenon/graph/compose.h"

namespace tenon::autograd {
namespace {

using build::binary;

NodeRef mul(const NodeRef& a, const NodeRef& b) { return binary(Scalar::mul, a, b); }

std::uint32_t mask_of(const Node& reduce) { return static_cast<std::uint32_t>(reduce.attributes[0]); }

// The largest (smallest) elements share the gradient evenly, as PyTorch's amax does.
void extreme_rule(Pullback& p) {
  const NodeRef x = p.x();
  const std::uint32_t axes = mask_of(p.node());
  const NodeRef chosen = build::cast(binary(Scalar::eq, x, build::expand_reduced(p.y(), x->shape, axes)), x->dtype);
  const NodeRef share = binary(Scalar::div, p.g, build::reduce(Scalar::add, chosen, axes));
  p.set(0, mul(chosen, build::expand_reduced(share, x->shape, axes)));
}

// x: [rest, n] -> [rest, n]: for each element the product of those before it, by doubling distances
// (Hillis, Steele: "Data parallel algorithms", CACM 1986): log2(n) products of shifted copies.
NodeRef product_of_earlier(const NodeRef& x) {
  const int axis = x->shape.rank() - 1;
  const std::int64_t n = x->shape[axis];
  const auto shifted = [&](const NodeRef& product, std::int64_t by) {
    return build::pad_axis(build::narrow(product, axis, 0, n - by), axis, by, 0, 1);
  };
  NodeRef product = shifted(x, 1);
  for (std::int64_t distance = 1; distance < n - 1; distance *= 2) product = mul(product, shifted(product, distance));
  return product;
}

// Each element's slope is the product of all others. No division, so zeros are no special case, and neither
// are gradients of this gradient.
void product_rule(Pullback& p) {
  const NodeRef x = p.x();
  const int rank = x->shape.rank();
  const std::uint32_t axes = mask_of(p.node());
  if (x->shape.elements() == 0) return p.set(0, x);
  // Kept axes first, the reduced ones as one axis behind them.
  InlineVector<int, max_rank> order;
  for (int axis = 0; axis < rank; ++axis)
    if ((axes >> axis & 1) == 0) order.push_back(axis);
  for (int axis = 0; axis < rank; ++axis)
    if ((axes >> axis & 1) != 0) order.push_back(axis);
  InlineVector<int, max_rank> inverse(rank, 0);
  for (int i = 0; i < rank; ++i) inverse[order[i]] = i;
  const NodeRef permuted = build::permute(x, order);
  const std::int64_t rest = p.node().shape.elements();
  const NodeRef rows = build::reshape(permuted, Shape{rest, x->shape.elements() / rest});
  const NodeRef later = build::flip(product_of_earlier(build::flip(rows, 0b10)), 0b10);
  const NodeRef others = build::reshape(mul(product_of_earlier(rows), later), permuted->shape);
  p.set(0, mul(build::expand_reduced(p.g, x->shape, axes), build::permute(others, inverse)));
}

void reduce_rule(Pullback& p) {
  switch (p.node().scalar) {
    case Scalar::add: return p.set(0, build::expand_reduced(p.g, p.x()->shape, mask_of(p.node())));
    case Scalar::mul: return product_rule(p);
    default: return extreme_rule(p);
  }
}

void reshape_rule(Pullback& p) { p.set(0, build::reshape(p.g, p.x()->shape)); }

void permute_rule(Pullback& p) {
  const Attributes& order = p.node().attributes;
  InlineVector<int, max_rank> inverse(order.size(), 0);
  for (int i = 0; i < order.size(); ++i) inverse[static_cast<int>(order[i])] = i;
  p.set(0, build::permute(p.g, inverse));
}

void expand_rule(Pullback& p) {
  const Shape &from = p.x()->shape, &to = p.node().shape;
  std::uint32_t repeated = 0;
  for (int axis = 0; axis < to.rank(); ++axis)
    if (from[axis] != to[axis]) repeated |= 1u << axis;
  p.set(0, build::reshape(build::reduce(Scalar::add, p.g, repeated), from));
}

void pad_rule(Pullback& p) {
  const Shape& shape = p.x()->shape;
  Dims start;
  for (int axis = 0; axis < shape.rank(); ++axis) start.push_back(p.node().attributes[2 * axis]);
  p.set(0, build::slice(p.g, start, shape, Dims(shape.rank(), 1)));
}

void slice_rule(Pullback& p) {
  const Shape& shape = p.x()->shape;
  const Attributes& attributes = p.node().attributes;
  // An axis of which nothing was taken: no element of x has any influence.
  if (p.g->shape.elements() == 0) return p.set(0, build::full_like(p.x(), 0));
  NodeRef g = p.g;
  InlineVector<std::int64_t, 2 * max_rank> padding;
  std::uint32_t reversed = 0;
  for (int axis = 0; axis < shape.rank(); ++axis)
    if (attributes[2 * axis + 1] < 0) reversed |= 1u << axis;
  g = build::flip(g, reversed);
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const std::int64_t start = attributes[2 * axis], step = attributes[2 * axis + 1];
    const std::int64_t last = start + (p.node().shape[axis] - 1) * step;
    if (step != 1 && step != -1) g = build::spread(g, axis, step < 0 ? -step : step);
    padding.push_back(step < 0 ? last : start);
    padding.push_back(shape[axis] - 1 - (step < 0 ? start : last));
  }
  p.set(0, build::pad(g, padding));
}

// Moves the axes [first, first + count) behind all others.
NodeRef moved_last(const NodeRef& x, int first, int count) {
  InlineVector<int, max_rank> order;
  for (int axis = 0; axis < x->shape.rank(); ++axis)
    if (axis < first || axis >= first + count) order.push_back(axis);
  for (int i = 0; i < count; ++i) order.push_back(first + i);
  return build::permute(x, order);
}

// out[b, m, n] = sum over k of left[b, m, k] right[b, n, k], so
//   left gradient [b, m, k] = g [b, m, n] x right [b, k, n]   over n
//   right gradient [b, n, k] = g [b, n, m] x left [b, k, m]   over m
void contract_rule(Pullback& p) {
  const auto axes = [&](int which) { return static_cast<int>(p.node().attributes[which]); };
  const int batch = axes(0), m = axes(1), n = axes(2);
  if (p.needs(0)) p.set(0, build::contract(p.g, moved_last(p.x(1), batch, n), batch, n));
  if (p.needs(1)) p.set(1, build::contract(moved_last(p.g, batch, m), moved_last(p.x(0), batch, m), batch, m));
}

void gather_rule(Pullback& p) {
  if (p.needs(0)) p.set(0, build::scatter_add(p.x(1), p.g, p.x(0)->shape[0]));
}
void scatter_add_rule(Pullback& p) {
  if (p.needs(1)) p.set(1, build::gather(p.g, p.x(0)));
}

NodeRef add(const NodeRef& a, const NodeRef& b) { return binary(Scalar::add, a, b); }

// Element i + distance in the place of i; 0 where there is none.
NodeRef moved_up(const NodeRef& x, int axis, std::int64_t distance) {
  const std::int64_t size = x->shape[axis];
  return build::pad_axis(build::narrow(x, axis, distance, size - distance), axis, 0, distance);
}

// y[i] = x[0] ... x[i], so x[j] has the gradient p[j] s[j], where p[j] is the product of the elements before j, and
//   s[j] = sum over i >= j of g[i] x[j + 1] ... x[i] = g[j] + x[j + 1] s[j + 1].
// The recurrence is solved by doubling distances, as above: after step d, s[j] holds the terms i < j + 2 d, and
// factor[j] the product of x[j + 1] up to x[j + 2 d]. No division, so zeros are no special case.
NodeRef product_scan_gradient(const NodeRef& x, const NodeRef& y, const NodeRef& g, int axis) {
  const std::int64_t size = x->shape[axis];
  if (size < 2) return g;
  NodeRef factor = moved_up(x, axis, 1), s = g;
  for (std::int64_t distance = 1; distance < size; distance *= 2) {
    s = add(s, mul(factor, moved_up(s, axis, distance)));
    if (2 * distance < size) factor = mul(factor, moved_up(factor, axis, distance));
  }
  return mul(build::exclusive_products(y, axis), s);
}

// The element that an extreme was taken from has its gradient; of equal ones the last, as PyTorch's cummax has it.
NodeRef extreme_scan_gradient(const NodeRef& x, const NodeRef& y, const NodeRef& g, int axis) {
  const std::int64_t elements = x->shape.elements();
  if (elements == 0) return g;
  const NodeRef positions = build::extreme_positions(x, y, axis, build::position_type(elements));
  const NodeRef source = build::flat_positions(positions, x->shape, axis);
  const NodeRef sums = build::scatter_add(build::reshape(source, {elements}), build::reshape(g, {elements}), elements);
  return build::reshape(sums, x->shape);
}

void scan_rule(Pullback& p) {
  const auto axis = static_cast<int>(p.node().attributes[0]);
  const std::uint32_t mask = 1u << axis;
  switch (p.node().scalar) {
    case Scalar::add: return p.set(0, build::flip(build::scan(Scalar::add, build::flip(p.g, mask), axis), mask));
    case Scalar::mul: return p.set(0, product_scan_gradient(p.x(), p.y(), p.g, axis));
    default: return p.set(0, extreme_scan_gradient(p.x(), p.y(), p.g, axis));
  }
}

struct Row {
  Op op;
  Rule rule;
};

constexpr auto rule = Differentiability::rule;
constexpr Rule none = {Differentiability::constant};

constexpr Row table[] = {
    {Op::parameter, none},
    {Op::constant, none},
    {Op::iota, none},
    {Op::elementwise, {Differentiability::missing}},  // scalar_rules.cpp
    {Op::reduce, {rule, reduce_rule}},
    {Op::reshape, {rule, reshape_rule}},
    {Op::permute, {rule, permute_rule}},
    {Op::expand, {rule, expand_rule}},
    {Op::pad, {rule, pad_rule}},
    {Op::slice, {rule, slice_rule}},
    {Op::contract, {rule, contract_rule}},
    {Op::gather, {rule, gather_rule}},
    {Op::scatter_add, {rule, scatter_add_rule}},
    {Op::scan, {rule, scan_rule}},
    {Op::argsort, none},
    {Op::call, {Differentiability::missing}},
    {Op::custom, {rule}},  // vjp.cpp: all outputs of a custom function together
};
constexpr bool rows_follow_the_enumerators() {
  if (std::size(table) != op_count) return false;
  for (int i = 0; i < op_count; ++i)
    if (table[i].op != static_cast<Op>(i)) return false;
  return true;
}
static_assert(rows_follow_the_enumerators(), "every Op has its gradient rule, in order");

}  // namespace

const Rule& rule_of(const Node& node) {
  return node.op == Op::elementwise ? rule_of(node.scalar) : table[static_cast<int>(node.op)].rule;
}

}  // namespace tenon::autograd
