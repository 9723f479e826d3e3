#include "tenon/graph/simplify.h"

#include <cmath>
#include <optional>

namespace tenon {
namespace {

// Applies the rules to each node as it is added; operands are simplified already.
class Simplifier {
 public:
  explicit Simplifier(GraphBuilder& builder) : builder_(builder) {}

  NodeId add(const GraphNode& node) {
    if (const std::optional<std::int64_t> bits = value_of_nothing(node))
      return filled_bits(node.dtype, node.shape, *bits);
    switch (node.op) {
      case Op::elementwise: return add_elementwise(node);
      case Op::reduce: return add_reduce(node);
      case Op::reshape: return add_reshape(node);
      case Op::permute: return add_permute(node);
      case Op::expand: return add_expand(node);
      case Op::pad: return add_pad(node);
      case Op::slice: return add_slice(node);
      case Op::scan: return add_scan(node);
      case Op::argsort: return add_argsort(node);
      default: return builder_.add(node);
    }
  }

 private:
  const GraphNode& at(NodeId id) const { return builder_[id]; }

  GraphNode view(Op op, NodeId of, const Shape& shape, const Attributes& attributes = {}) const {
    return {.op = op, .dtype = at(of).dtype, .inputs = {of}, .shape = shape, .attributes = attributes};
  }

  // What a node is everywhere because it has no elements, or because its operand has none. Later stages may
  // rely on it that nothing but leaves and constants is empty.
  std::optional<std::int64_t> value_of_nothing(const GraphNode& node) const {
    if (info(node.op).fusion == FusionClass::leaf) return std::nullopt;
    if (node.shape.elements() == 0) return 0;
    if (node.op == Op::call || at(node.inputs[node.inputs.size() - 1]).shape.elements() != 0) return std::nullopt;
    switch (node.op) {
      case Op::pad: return node.attributes.back();
      case Op::reduce: return constant_bits(node.dtype, node.scalar == Scalar::mul ? 1 : 0);
      case Op::contract:
      case Op::scatter_add: return 0;
      default: return std::nullopt;
    }
  }

  // The value that all elements of a node share, if it is known.
  std::optional<double> uniform(NodeId id) const {
    while (at(id).op == Op::expand || at(id).op == Op::reshape) id = at(id).inputs[0];
    if (at(id).op != Op::constant) return std::nullopt;
    // Integers beyond 2^53 are not represented exactly; they are left alone.
    const double value = constant_value(at(id).dtype, at(id).attributes[0]);
    if (!is_floating(at(id).dtype) && std::fabs(value) > 9e15) return std::nullopt;
    return value;
  }

  NodeId filled(DType dtype, const Shape& shape, double value) {
    return filled_bits(dtype, shape, constant_bits(dtype, value));
  }

  NodeId filled_bits(DType dtype, const Shape& shape, std::int64_t bits) {
    const NodeId constant = builder_.add({.op = Op::constant, .dtype = dtype, .shape = {}, .attributes = {bits}});
    if (shape.rank() == 0) return constant;
    const NodeId ones = builder_.add(view(Op::reshape, constant, Shape(shape.rank(), 1)));
    return add_expand(view(Op::expand, ones, shape));
  }

  NodeId add_elementwise(const GraphNode& node) {
    const ScalarInfo& row = info(node.scalar);
    double values[max_inputs] = {};
    std::optional<double> known[max_inputs];
    bool all_known = true;
    for (int i = 0; i < node.inputs.size(); ++i) {
      known[i] = uniform(node.inputs[i]);
      all_known &= known[i].has_value();
      values[i] = known[i].value_or(0);
    }
    const bool floating = is_floating(at(node.inputs[node.inputs.size() - 1]).dtype);
    // Narrow integers would have to wrap: only floating results and comparisons are folded.
    if (all_known && floating && row.reference_floating && (is_floating(node.dtype) || node.dtype == DType::boolean))
      return filled(node.dtype, node.shape,
                    row.scalar == Scalar::cast && node.dtype == DType::boolean
                        ? values[0] != 0
                        : row.reference_floating(values[0], values[1], values[2]));
    const auto is = [&](int i, double value) { return known[i] && *known[i] == value; };
    switch (node.scalar) {
      case Scalar::cast:
        if (at(node.inputs[0]).dtype == node.dtype) return node.inputs[0];
        break;
      case Scalar::stop_gradient: return node.inputs[0];
      case Scalar::add:
        if (is(0, 0)) return node.inputs[1];
        if (is(1, 0)) return node.inputs[0];
        break;
      case Scalar::sub:
        if (is(1, 0)) return node.inputs[0];
        break;
      case Scalar::mul:
        if (is(0, 1)) return node.inputs[1];
        if (is(1, 1)) return node.inputs[0];
        break;
      case Scalar::div:
        if (is(1, 1)) return node.inputs[0];
        break;
      case Scalar::where:
        if (known[0]) return node.inputs[*known[0] != 0 ? 1 : 2];
        if (node.inputs[1] == node.inputs[2]) return node.inputs[1];
        break;
      case Scalar::neg:
        if (at(node.inputs[0]).op == Op::elementwise && at(node.inputs[0]).scalar == Scalar::neg)
          return at(node.inputs[0]).inputs[0];
        break;
      default: break;
    }
    return builder_.add(node);
  }

  // A reduction over axes of size 1 only moves nothing but axes.
  NodeId add_reduce(const GraphNode& node) {
    const Shape& shape = at(node.inputs[0]).shape;
    for (int i = 0; i < shape.rank(); ++i)
      if ((node.attributes[0] >> i & 1) != 0 && shape[i] != 1) return builder_.add(node);
    return add_reshape(view(Op::reshape, node.inputs[0], node.shape));
  }

  NodeId add_reshape(const GraphNode& node) {
    NodeId source = node.inputs[0];
    while (at(source).op == Op::reshape) source = at(source).inputs[0];
    if (at(source).shape == node.shape) return source;
    return builder_.add(view(Op::reshape, source, node.shape));
  }

  NodeId add_permute(const GraphNode& node) {
    NodeId source = node.inputs[0];
    Attributes order = node.attributes;
    if (at(source).op == Op::permute) {
      for (std::int64_t& axis : order) axis = at(source).attributes[static_cast<int>(axis)];
      source = at(source).inputs[0];
    }
    // Moving axes of size 1 about changes no order of elements.
    int last = -1;
    bool moves_nothing = true, is_identity = true;
    for (int i = 0; i < order.size(); ++i) {
      is_identity &= order[i] == i;
      if (at(source).shape[static_cast<int>(order[i])] == 1) continue;
      moves_nothing &= order[i] > last;
      last = static_cast<int>(order[i]);
    }
    if (is_identity) return source;
    if (moves_nothing) return add_reshape(view(Op::reshape, source, node.shape));
    return builder_.add(view(Op::permute, source, node.shape, order));
  }

  NodeId add_expand(const GraphNode& node) {
    NodeId source = node.inputs[0];
    while (at(source).op == Op::expand) source = at(source).inputs[0];
    if (at(source).shape == node.shape) return source;
    return builder_.add(view(Op::expand, source, node.shape));
  }

  NodeId add_pad(const GraphNode& node) {
    for (int i = 0; i + 1 < node.attributes.size(); ++i)
      if (node.attributes[i] != 0) return builder_.add(node);
    return node.inputs[0];
  }

  NodeId add_slice(const GraphNode& node) {
    NodeId source = node.inputs[0];
    Attributes positions = node.attributes;
    while (at(source).op == Op::slice) {
      const Attributes& inner = at(source).attributes;
      for (int i = 0; i < positions.size(); i += 2) {
        positions[i] = inner[i] + positions[i] * inner[i + 1];
        positions[i + 1] *= inner[i + 1];
      }
      source = at(source).inputs[0];
    }
    bool is_whole = at(source).shape == node.shape;
    for (int i = 0; i < positions.size(); i += 2) is_whole &= positions[i] == 0 && positions[i + 1] == 1;
    return is_whole ? source : builder_.add(view(Op::slice, source, node.shape, positions));
  }

  // What is combined with nothing, and a row of one element, is what it is.
  NodeId add_scan(const GraphNode& node) {
    return node.shape[static_cast<int>(node.attributes[0])] == 1 ? node.inputs[0] : builder_.add(node);
  }

  NodeId add_argsort(const GraphNode& node) {
    return at(node.inputs[0]).shape.back() == 1 ? filled(node.dtype, node.shape, 0) : builder_.add(node);
  }

  GraphBuilder& builder_;
};

// Adds all nodes of `graph` through `add` and carries outputs and slots over.
template <class Add>
Graph rebuild(const Graph& graph, const std::vector<bool>& wanted, GraphBuilder& builder, Add add) {
  std::vector<NodeId> renamed(graph.nodes.size(), no_node);
  for (NodeId id = 0; id < graph.nodes.size(); ++id) {
    if (!wanted[id]) continue;
    GraphNode node = graph.nodes[id];
    for (NodeId& input : node.inputs) input = renamed[input];
    renamed[id] = add(node);
  }
  Graph result = std::move(builder.graph());
  for (NodeId output : graph.outputs) result.outputs.push_back(renamed[output]);
  for (NodeId leaf : graph.leaves) result.leaves.push_back(leaf == no_node ? no_node : renamed[leaf]);
  return result;
}

std::vector<bool> needed_by_outputs(const Graph& graph) {
  std::vector<bool> needed(graph.nodes.size(), false);
  for (NodeId output : graph.outputs) needed[output] = true;
  for (auto id = static_cast<NodeId>(graph.nodes.size()); id-- > 0;)
    if (needed[id])
      for (NodeId input : graph.nodes[id].inputs) needed[input] = true;
  return needed;
}

}  // namespace

Graph remove_unused(const Graph& graph) {
  GraphBuilder builder;
  return rebuild(graph, needed_by_outputs(graph), builder, [&](const GraphNode& node) { return builder.add(node); });
}

Graph simplify(const Graph& graph) {
  GraphBuilder builder;
  Simplifier simplifier(builder);
  return remove_unused(
      rebuild(graph, needed_by_outputs(graph), builder, [&](const GraphNode& node) { return simplifier.add(node); }));
}

}  // namespace tenon
