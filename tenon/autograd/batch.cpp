#include "tenon/autograd/batch.h"

#include <fmt/format.h>

#include <iterator>
#include <unordered_map>

#include "tenon/autograd/custom.h"
#include "tenon/core/error.h"
#include "tenon/graph/compose.h"
#include "tenon/graph/dependence.h"
#include "tenon/graph/graph_mutex.h"

namespace tenon {
namespace {

// In comments n is the number of examples, always the first axis of a batched node.
Shape with_examples(std::int64_t n, const Shape& shape) {
  if (shape.rank() == max_rank)
    throw ShapeError(fmt::format("vmap: {} and an axis of examples are {} axes, more than {}", to_string(shape),
                                 max_rank + 1, max_rank),
                     WhereScope::current());
  Dims dims{n};
  for (const std::int64_t size : shape) dims.push_back(size);
  return checked_shape("vmap", dims);
}

Shape without_examples(const Shape& shape) {
  Shape rest;
  for (int axis = 1; axis < shape.rank(); ++axis) rest.push_back(shape[axis]);
  return rest;
}

// [shape...] -> [n, shape...]
NodeRef repeated(const NodeRef& x, std::int64_t n) {
  return build::expand(build::reshape(x, with_examples(1, x->shape)), with_examples(n, x->shape));
}

// Moves one axis, the others keep their order.
NodeRef moved(const NodeRef& x, int from, int to) {
  InlineVector<int, max_rank> order;
  for (int axis = 0; axis < x->shape.rank(); ++axis) {
    if (order.size() == to) order.push_back(from);
    if (axis != from) order.push_back(axis);
  }
  if (order.size() == to) order.push_back(from);
  return build::permute(x, order);
}

// A node, some of whose inputs are batched.
class Batching {
 public:
  Batching(const Node& of, std::int64_t examples, std::array<NodeRef, max_inputs> batched)
      : node(of), n(examples), batched_(std::move(batched)) {}

  const Node& node;
  std::int64_t n;

  bool is_batched(int input) const { return static_cast<bool>(batched_[static_cast<unsigned>(input)]); }
  // [n, shape...], repeated where all examples share it.
  NodeRef x(int input = 0) const {
    return is_batched(input) ? batched_[static_cast<unsigned>(input)] : repeated(node.input(input), n);
  }
  // As it is: [n, shape...] if it is batched, else [shape...].
  NodeRef plain(int input) const { return is_batched(input) ? x(input) : node.input(input); }

 private:
  std::array<NodeRef, max_inputs> batched_;  // null where all examples share the input
};

NodeRef batch_elementwise(const Batching& b) {
  if (b.node.scalar == Scalar::cast) return build::cast(b.x(), b.node.dtype);
  std::array<NodeRef, max_inputs> operands;
  for (int i = 0; i < b.node.input_count; ++i) operands[static_cast<unsigned>(i)] = b.x(i);
  return build::elementwise(b.node.scalar, std::span(operands).first(b.node.input_count));
}

NodeRef batch_reduce(const Batching& b) {
  return build::reduce(b.node.scalar, b.x(), static_cast<std::uint32_t>(b.node.attributes[0]) << 1);
}

NodeRef batch_reshape(const Batching& b) { return build::reshape(b.x(), with_examples(b.n, b.node.shape)); }
NodeRef batch_expand(const Batching& b) { return build::expand(b.x(), with_examples(b.n, b.node.shape)); }

NodeRef batch_permute(const Batching& b) {
  const NodeRef x = b.x();
  InlineVector<int, max_rank> order{0};
  for (const std::int64_t axis : b.node.attributes) order.push_back(static_cast<int>(axis) + 1);
  return build::permute(x, order);
}

NodeRef batch_pad(const Batching& b) {
  const NodeRef x = b.x();
  InlineVector<std::int64_t, 2 * max_rank> padding{0, 0};
  for (int i = 0; i + 1 < b.node.attributes.size(); ++i) padding.push_back(b.node.attributes[i]);
  return build::pad(x, padding, constant_value(x->dtype, b.node.attributes.back()));
}

NodeRef batch_slice(const Batching& b) {
  const NodeRef x = b.x();
  Dims start{0}, count{b.n}, step{1};
  for (int axis = 0; axis < b.node.shape.rank(); ++axis) {
    start.push_back(b.node.attributes[2 * axis]);
    step.push_back(b.node.attributes[2 * axis + 1]);
    count.push_back(b.node.shape[axis]);
  }
  return build::slice(x, start, count, step);
}

// An operand that all examples share stays one: the examples are then rows or columns of a larger product.
NodeRef batch_contract(const Batching& b) {
  const auto axes = [&](int which) { return static_cast<int>(b.node.attributes[which]); };
  const int batch = axes(0), m = axes(1), k = axes(3);
  if (b.is_batched(0) && b.is_batched(1)) return build::contract(b.x(0), b.x(1), batch + 1, k);
  if (b.is_batched(0))  // [batch, n, m, k] x [batch, n', k] -> [batch, n, m, n']
    return moved(build::contract(moved(b.x(0), 0, batch), b.plain(1), batch, k), batch, 0);
  // [batch, m, k] x [batch, n, n', k] -> [batch, m, n, n']
  return moved(build::contract(b.plain(0), moved(b.x(1), 0, batch), batch, k), batch + m, 0);
}

// indices [n, i...] into an axis of `size` -> into n such axes, one behind the other. Each is checked against its own.
NodeRef flat_indices(const NodeRef& indices, std::int64_t size) {
  const NodeRef checked = build::gather(build::iota(DType::i64, size), indices);
  const std::int64_t n = indices->shape[0];
  Shape first(indices->shape.rank(), 1);
  first[0] = n;
  const NodeRef offsets =
      build::binary(Scalar::mul, build::iota(DType::i64, n), build::full(DType::i64, {n}, static_cast<double>(size)));
  return build::binary(Scalar::add, checked, build::expand(build::reshape(offsets, first), indices->shape));
}

NodeRef batch_gather(const Batching& b) {
  const NodeRef table = b.plain(0), indices = b.plain(1);
  // [v, rest] at [n, i] -> [n, i, rest]
  if (!b.is_batched(0)) return build::gather(table, indices);
  // [v, n, rest] at [i] -> [i, n, rest]
  if (!b.is_batched(1)) return moved(build::gather(moved(table, 0, 1), indices), indices->shape.rank(), 0);
  // [n v, rest] at [n, i] -> [n, i, rest]
  const std::int64_t size = table->shape[1];
  Dims flat{b.n * size};
  for (int axis = 2; axis < table->shape.rank(); ++axis) flat.push_back(table->shape[axis]);
  return build::gather(build::reshape(table, checked_shape("vmap", flat)), flat_indices(indices, size));
}

NodeRef batch_scatter_add(const Batching& b) {
  const std::int64_t rows = b.node.shape[0];
  const NodeRef updates = b.x(1);
  // [i], [i, n, rest] -> [v, n, rest]
  if (!b.is_batched(0)) {
    const NodeRef indices = b.plain(0);
    return moved(build::scatter_add(indices, moved(updates, 0, indices->shape.rank()), rows), 1, 0);
  }
  // [n, i], [n, i, rest] -> [n v, rest]
  return build::reshape(build::scatter_add(flat_indices(b.x(0), rows), updates, b.n * rows),
                        with_examples(b.n, b.node.shape));
}

NodeRef batch_scan(const Batching& b) {
  return build::scan(b.node.scalar, b.x(), static_cast<int>(b.node.attributes[0]) + 1);
}

NodeRef batch_argsort(const Batching& b) {
  return build::argsort(b.x(), b.node.attributes[0] != 0, b.node.dtype, b.node.shape.back());
}

// The examples are one more axis of its batch: the function is called for each.
NodeRef batch_call(const Batching& b) {
  std::vector<NodeRef> inputs;
  for (int i = 0; i < b.node.input_count; ++i) inputs.push_back(b.x(i));
  return build::call(b.node.attributes[0], inputs, b.node.dtype, with_examples(b.n, b.node.shape),
                     static_cast<int>(b.node.attributes[1]) + 1);
}

struct Row {
  Op op;
  NodeRef (*batch)(const Batching&);
};

constexpr Row table[] = {
    {Op::parameter, nullptr},  // leaves depend on nothing
    {Op::constant, nullptr},
    {Op::iota, nullptr},  // likewise
    {Op::elementwise, batch_elementwise},
    {Op::reduce, batch_reduce},
    {Op::reshape, batch_reshape},
    {Op::permute, batch_permute},
    {Op::expand, batch_expand},
    {Op::pad, batch_pad},
    {Op::slice, batch_slice},
    {Op::contract, batch_contract},
    {Op::gather, batch_gather},
    {Op::scatter_add, batch_scatter_add},
    {Op::scan, batch_scan},
    {Op::argsort, batch_argsort},
    {Op::call, batch_call},
    {Op::custom, nullptr},  // Batcher: a whole call at once
};
constexpr bool rows_follow_the_enumerators() {
  if (std::size(table) != op_count) return false;
  for (int i = 0; i < op_count; ++i)
    if (table[i].op != static_cast<Op>(i)) return false;
  return true;
}
static_assert(rows_follow_the_enumerators(), "every Op has its batching rule, in order");

using Nodes = std::vector<NodeRef>;

// A custom rule for each of n examples: what it computes for stand-ins of one, batched.
Nodes pull_batched(const autograd::CustomRule& rule, std::int64_t n, const autograd::CustomCall& call) {
  autograd::CustomCall one;
  Nodes variables, values;
  const auto stand_ins = [&](const Nodes& batched) {
    Nodes result;
    for (const NodeRef& node : batched) {
      result.push_back(node ? make_stand_in(node->dtype, without_examples(node->shape)) : nullptr);
      if (!node) continue;
      variables.push_back(result.back());
      values.push_back(node);
    }
    return result;
  };
  one.inputs = stand_ins(call.inputs);
  one.outputs = stand_ins(call.outputs);
  one.cotangents = stand_ins(call.cotangents);
  one.needed = call.needed;
  Nodes gradients = autograd::pull(rule, one), given;
  for (const NodeRef& gradient : gradients)
    if (gradient) given.push_back(gradient);
  const Nodes batched = batch(given, variables, values, n);
  std::size_t next = 0;
  for (NodeRef& gradient : gradients)
    if (gradient) gradient = batched[next++];
  return gradients;
}

class Batcher {
 public:
  Batcher(std::span<const NodeRef> outputs, std::span<const NodeRef> variables, std::span<const NodeRef> values,
          std::int64_t n)
      : nodes_(outputs, variables), n_(n), batched_(nodes_.entries().size()) {
    for (std::size_t i = 0; i < variables.size(); ++i)
      if (nodes_.has(*variables[i])) batched_[variables[i]->index] = values[i];
  }

  void run() {
    for (std::size_t i = 0; i < batched_.size(); ++i) {
      const Dependence::Entry& entry = nodes_.entries()[i];
      if (entry.depends && !batched_[i]) batched_[i] = batched(*entry.node);
    }
  }

  NodeRef of(const Node& node) const {
    const NodeRef& batched = batched_[node.index];
    return batched ? batched : repeated(NodeRef(&node), n_);
  }

 private:
  NodeRef batched(const Node& node) {
    if (node.op == Op::custom) return batched_custom(node);
    std::array<NodeRef, max_inputs> inputs;
    for (std::size_t i = 0; i < node.input_count; ++i) inputs[i] = batched_[node.inputs[i]->index];
    return table[static_cast<int>(node.op)].batch(Batching(node, n_, std::move(inputs)));
  }

  // Lists stay unbatched, a junction's turn makes the whole call, and outputs, which come after it, are that call's.
  NodeRef batched_custom(const Node& node) {
    if (node.rule) {
      Nodes inputs, values;
      for (const NodeRef& input : autograd::inputs_of(node)) inputs.push_back(of(*input));
      for (const NodeRef& value : autograd::values_of(node)) values.push_back(of(*value));
      calls_[&node] = autograd::with_rule(
          node.rule->name, inputs, values,
          [rule = node.rule, n = n_](const autograd::CustomCall& call) { return pull_batched(*rule, n, call); });
      return nullptr;
    }
    const auto call = node.input_count == 2 ? calls_.find(node.inputs[1]) : calls_.end();
    return call == calls_.end() ? nullptr : call->second[static_cast<std::size_t>(node.attributes[0])];
  }

  Dependence nodes_;
  std::int64_t n_;
  Nodes batched_;                                 // null for what all examples share
  std::unordered_map<const Node*, Nodes> calls_;  // outputs of custom functions, by their junction
};

}  // namespace

std::vector<NodeRef> batch(std::span<const NodeRef> outputs, std::span<const NodeRef> variables,
                           std::span<const NodeRef> values, std::int64_t examples) {
  const std::lock_guard lock(graph_mutex());
  Batcher batcher(outputs, variables, values, examples);
  batcher.run();
  Nodes results;
  for (const NodeRef& output : outputs) results.push_back(batcher.of(*output));
  return results;
}

}  // namespace tenon
