// The graph's verifier: what every pass may rely on and must keep.
#include <fmt/format.h>

#include "tenon/core/error.h"
#include "tenon/graph/graph.h"

namespace tenon {
namespace {

// Checks one node against its inputs; returns what is wrong with it, or an empty text.
class NodeChecker {
 public:
  NodeChecker(const Graph& graph, NodeId id) : graph_(graph), node_(graph.nodes[id]), id_(id) {}

  std::string_view wrong() const {
    const int arity = node_.op == Op::elementwise ? info(node_.scalar).arity
                      : node_.op == Op::call      ? node_.inputs.size()
                                                  : info(node_.op).arity;
    if (node_.inputs.size() != arity) return "number of inputs";
    for (NodeId in : node_.inputs)
      if (in >= id_) return "order of inputs";
    switch (node_.op) {
      case Op::parameter: return node_.attributes.size() == 1 ? "" : "attributes";
      case Op::constant: return node_.shape.rank() == 0 && node_.attributes.size() == 1 ? "" : "rank or attributes";
      case Op::iota: return node_.shape.rank() == 1 ? "" : "rank";
      case Op::elementwise: return wrong_elementwise();
      case Op::reduce: return wrong_reduce();
      case Op::reshape:
        return node_.shape.elements() == input(0).shape.elements() && same_type() ? "" : "elements or type";
      case Op::permute: return wrong_permute();
      case Op::expand: return wrong_expand();
      case Op::pad: return wrong_pad();
      case Op::slice: return wrong_slice();
      case Op::contract: return wrong_contract();
      case Op::gather: return wrong_gather();
      case Op::scatter_add: return wrong_scatter();
      case Op::scan: return wrong_scan();
      case Op::argsort: return wrong_argsort();
      case Op::call: return wrong_call();
      case Op::custom: break;  // traces have none
    }
    return "op";
  }

 private:
  const GraphNode& input(int i) const { return graph_.nodes[node_.inputs[i]]; }
  bool same_type() const { return node_.dtype == input(0).dtype; }

  std::string_view wrong_elementwise() const {
    for (NodeId in : node_.inputs)
      if (graph_.nodes[in].shape != node_.shape) return "shape of an input";
    const ScalarInfo& row = info(node_.scalar);
    const int first = row.result == ResultType::selection ? 1 : 0;
    if (first == 1 && input(0).dtype != DType::boolean) return "type of the condition";
    for (int i = first + 1; i < node_.inputs.size(); ++i)
      if (input(i).dtype != input(first).dtype) return "types of the inputs";
    if (!takes(row, input(first).dtype)) return "type of an input";
    if (row.result == ResultType::boolean) return node_.dtype == DType::boolean ? "" : "type";
    return row.result == ResultType::given || node_.dtype == input(first).dtype ? "" : "type";
  }

  std::string_view wrong_reduce() const {
    Shape kept;
    for (int i = 0; i < input(0).shape.rank(); ++i)
      if ((node_.attributes[0] >> i & 1) == 0) kept.push_back(input(0).shape[i]);
    return kept == node_.shape && same_type() ? "" : "shape or type";
  }

  std::string_view wrong_permute() const {
    if (node_.attributes.size() != node_.shape.rank() || input(0).shape.rank() != node_.shape.rank()) return "rank";
    std::uint32_t seen = 0;
    for (int i = 0; i < node_.shape.rank(); ++i) {
      const auto axis = node_.attributes[i];
      if (axis < 0 || axis >= node_.shape.rank() || node_.shape[i] != input(0).shape[static_cast<int>(axis)])
        return "axes";
      seen |= 1u << axis;
    }
    return seen == (1u << node_.shape.rank()) - 1 && same_type() ? "" : "axes or type";
  }

  std::string_view wrong_expand() const {
    if (input(0).shape.rank() != node_.shape.rank()) return "rank";
    for (int i = 0; i < node_.shape.rank(); ++i)
      if (input(0).shape[i] != node_.shape[i] && input(0).shape[i] != 1) return "shape";
    return same_type() ? "" : "type";
  }

  std::string_view wrong_pad() const {
    if (node_.attributes.size() != 2 * node_.shape.rank() + 1 || input(0).shape.rank() != node_.shape.rank())
      return "rank";
    for (int i = 0; i < node_.shape.rank(); ++i)
      if (node_.shape[i] != input(0).shape[i] + node_.attributes[2 * i] + node_.attributes[2 * i + 1]) return "shape";
    return same_type() ? "" : "type";
  }

  std::string_view wrong_slice() const {
    if (node_.attributes.size() != 2 * node_.shape.rank() || input(0).shape.rank() != node_.shape.rank()) return "rank";
    for (int i = 0; i < node_.shape.rank(); ++i) {
      const std::int64_t first = node_.attributes[2 * i];
      const std::int64_t last = first + (node_.shape[i] - 1) * node_.attributes[2 * i + 1];
      const std::int64_t size = input(0).shape[i];
      if (node_.shape[i] > 0 && (first < 0 || first >= size || last < 0 || last >= size)) return "positions";
    }
    return same_type() ? "" : "type";
  }

  std::string_view wrong_contract() const {
    if (node_.attributes.size() != 4) return "attributes";
    const int batch = static_cast<int>(node_.attributes[0]), m = static_cast<int>(node_.attributes[1]),
              n = static_cast<int>(node_.attributes[2]), k = static_cast<int>(node_.attributes[3]);
    const Shape &a = input(0).shape, &b = input(1).shape;
    if (a.rank() != batch + m + k || b.rank() != batch + n + k) return "ranks";
    Shape expected;
    for (int i = 0; i < batch + m; ++i) expected.push_back(a[i]);
    for (int i = 0; i < n; ++i) expected.push_back(b[batch + i]);
    for (int i = 0; i < batch; ++i)
      if (a[i] != b[i]) return "batch sizes";
    for (int i = 0; i < k; ++i)
      if (a[batch + m + i] != b[batch + n + i]) return "contracted sizes";
    return expected == node_.shape && same_type() && input(0).dtype == input(1).dtype ? "" : "shape or type";
  }

  std::string_view wrong_gather() const {
    Shape expected = input(1).shape;
    for (int i = 1; i < input(0).shape.rank(); ++i) expected.push_back(input(0).shape[i]);
    return expected == node_.shape && same_type() ? "" : "shape or type";
  }

  std::string_view wrong_scan() const {
    if (node_.attributes.size() != 1) return "attributes";
    if (node_.attributes[0] < 0 || node_.attributes[0] >= node_.shape.rank()) return "axis";
    return node_.shape == input(0).shape && same_type() ? "" : "shape or type";
  }

  std::string_view wrong_argsort() const {
    if (node_.attributes.size() != 1) return "attributes";
    if (node_.dtype != DType::i32 && node_.dtype != DType::i64) return "type";
    if (node_.shape.rank() == 0 || node_.shape.rank() != input(0).shape.rank()) return "shape";
    Shape whole = node_.shape;
    if (whole.back() < 0 || whole.back() > input(0).shape.back()) return "shape";
    whole.back() = input(0).shape.back();
    return whole == input(0).shape ? "" : "shape";
  }

  std::string_view wrong_call() const {
    if (node_.attributes.size() != 2) return "attributes";
    for (NodeId in : node_.inputs)
      for (int axis = 0; axis < node_.attributes[1]; ++axis)
        if (axis >= graph_.nodes[in].shape.rank() || graph_.nodes[in].shape[axis] != node_.shape[axis])
          return "batch axes";
    return "";
  }

  std::string_view wrong_scatter() const {
    const Shape &indices = input(0).shape, &updates = input(1).shape;
    if (updates.rank() < indices.rank() || node_.shape.rank() != updates.rank() - indices.rank() + 1) return "ranks";
    for (int i = 0; i < indices.rank(); ++i)
      if (indices[i] != updates[i]) return "shapes of indices and updates";
    for (int i = 1; i < node_.shape.rank(); ++i)
      if (node_.shape[i] != updates[indices.rank() + i - 1]) return "shape";
    return node_.dtype == input(1).dtype ? "" : "type";
  }

  const Graph& graph_;
  const GraphNode& node_;
  NodeId id_;
};

}  // namespace

void verify(const Graph& graph) {
  for (NodeId id = 0; id < graph.nodes.size(); ++id) {
    const std::string_view wrong = NodeChecker(graph, id).wrong();
    if (!wrong.empty())
      throw InternalError(fmt::format("graph: node %{} has a wrong {}\n{}", id, wrong, to_string(graph)));
  }
  for (NodeId output : graph.outputs)
    if (output >= graph.nodes.size()) throw InternalError(fmt::format("graph: output %{} does not exist", output));
  for (std::size_t slot = 0; slot < graph.leaves.size(); ++slot) {
    const NodeId leaf = graph.leaves[slot];
    if (leaf != no_node && (leaf >= graph.nodes.size() || graph.nodes[leaf].op != Op::parameter))
      throw InternalError(fmt::format("graph: slot {} refers to %{}, which is no leaf", slot, leaf));
  }
}

}  // namespace tenon
