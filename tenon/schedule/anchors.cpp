#include "tenon/schedule/anchors.h"

#include <algorithm>
#include <unordered_set>

namespace tenon {
namespace {

// Recomputing up to this many weighted operations is cheaper than a store and a load.
constexpr int cheap_operations = 8;
// Values computed from no memory (masks, random numbers) are recomputed up to this cost.
constexpr int cheap_without_loads = 70;

// A contraction with one row or one column, or a handful of products, gains nothing from tiles.
bool runs_as_reduction(const Graph& graph, const GraphNode& node) {
  if (node.op == Op::reduce) return true;
  if (node.op != Op::contract) return false;
  const GraphNode &left = graph.nodes[node.inputs[0]], &right = graph.nodes[node.inputs[1]];
  const Shape &a = left.shape, &b = right.shape;
  const bool may_grow = (left.varying_axes | right.varying_axes) != 0;
  std::int64_t m = 1, n = 1, k = 1;
  const int batch = static_cast<int>(node.attributes[0]), m_axes = static_cast<int>(node.attributes[1]),
            n_axes = static_cast<int>(node.attributes[2]);
  for (int i = 0; i < m_axes; ++i) m *= a[batch + i];
  for (int i = 0; i < n_axes; ++i) n *= b[batch + i];
  for (int i = batch + m_axes; i < a.rank(); ++i) k *= a[i];
  return m == 1 || n == 1 || (m * n * k <= 4096 && !may_grow) || !is_floating(node.dtype);
}

// A node that only says where elements come from; a barrier has done its part when a graph is simplified.
bool is_view(const GraphNode& node) {
  return info(node.op).fusion == FusionClass::movement ||
         (node.op == Op::elementwise && node.scalar == Scalar::barrier);
}

AnchorKind kind_of(const Graph& graph, const GraphNode& node) {
  if (runs_as_reduction(graph, node)) return AnchorKind::reduction;
  switch (info(node.op).fusion) {
    case FusionClass::contraction: return AnchorKind::contraction;
    case FusionClass::alone: return AnchorKind::alone;
    default: return AnchorKind::elementwise;
  }
}

// Who reads a node once views and inlined nodes are looked through.
struct Readers {
  std::vector<NodeId> anchors;
  bool repeats = false;     // elements are read more than once, by an expand or as an operand of a contraction
  bool is_operand = false;  // of a tiled contraction
  bool is_indexed = false;  // a gather's table: read at positions known at run time only
  int operations = 0;       // that inlined readers already do
};

class Chooser {
 public:
  explicit Chooser(const Graph& graph) : graph_(graph), readers_(graph.nodes.size()) {
    const std::size_t count = graph.nodes.size();
    result_ = {std::vector<AnchorKind>(count, AnchorKind::none), std::vector<bool>(count, false),
               std::vector<bool>(count, false)};
    for (NodeId output : graph.outputs) result_.is_output[stored_node(graph, output)] = true;
    needs_place_ = result_.is_output;
    for (const GraphNode& node : graph.nodes)
      if (node.op == Op::call)
        for (NodeId input : node.inputs) needs_place_[stored_node(graph, input)] = true;
    count_direct_readers();
    for (NodeId id = 0; id < count; ++id) reads_memory_.push_back(reads_memory(id));
  }

  // Readers before what they read.
  Anchors run() {
    for (NodeId id = static_cast<NodeId>(graph_.nodes.size()); id-- > 0;) {
      if (needs_anchor(id)) {
        result_.kind[id] = kind_of(graph_, graph_.nodes[id]);
        result_.is_anchor[id] = true;
      }
      tell_inputs(id);
    }
    return std::move(result_);
  }

 private:
  bool needs_anchor(NodeId id) const {
    const GraphNode& node = graph_.nodes[id];
    if (node.op == Op::parameter) return false;
    if (needs_place_[id]) return true;
    if (is_view(node)) return false;
    const Readers& readers = readers_[id];
    switch (info(node.op).fusion) {
      case FusionClass::leaf: return false;
      case FusionClass::elementwise:
      case FusionClass::gather: return readers.is_indexed || !inlines(id);
      default: return true;
    }
  }

  bool inlines(NodeId id) const {
    const Readers& readers = readers_[id];
    const GraphNode& node = graph_.nodes[id];
    const int own = node.op == Op::gather ? 3 : info(node.scalar).cost;
    const std::vector<NodeId> sources = full_sources(id);
    if (sources.empty() && own + readers.operations <= cheap_without_loads && !reads_memory_[id]) return true;
    if (readers.anchors.size() == 1 && !readers.repeats) return true;
    if (own + readers.operations > cheap_operations || sources.size() > 1) return false;
    if (sources.empty()) return own <= 2 || !readers.repeats;
    // One source: if it is stored in any case, reading it costs what reading this node would.
    const NodeId source = sources[0];
    if (graph_.nodes[source].op == Op::parameter) return true;
    return !readers.is_operand && direct_readers_[source] > 1;
  }

  // Nodes below the views under `id` that hold as many elements as it, or nearly; constants do not count.
  std::vector<NodeId> full_sources(NodeId id) const {
    std::vector<NodeId> sources;
    for (NodeId input : graph_.nodes[id].inputs) {
      input = skip_views(input);
      const GraphNode& source = graph_.nodes[input];
      if (source.op == Op::constant || source.op == Op::iota) continue;
      if (source.shape.elements() * 2 < graph_.nodes[id].shape.elements()) continue;
      if (std::find(sources.begin(), sources.end(), input) == sources.end()) sources.push_back(input);
    }
    return sources;
  }

  // Needs the answer for all smaller ids.
  bool reads_memory(NodeId id) const {
    for (NodeId input : graph_.nodes[id].inputs) {
      input = skip_views(input);
      const Op op = graph_.nodes[input].op;
      if (op == Op::constant || op == Op::iota) continue;
      if (op == Op::parameter && graph_.nodes[input].shape.elements() == 1) continue;
      if (op != Op::elementwise || reads_memory_[input]) return true;
    }
    return false;
  }

  // Passes on to the inputs of `id` who reads them through it.
  void tell_inputs(NodeId id) {
    const GraphNode& node = graph_.nodes[id];
    Readers seen = readers_[id];
    if (result_.is_anchor[id]) {
      seen = Readers{.anchors = {id}};
      if (result_.kind[id] == AnchorKind::contraction) seen.repeats = seen.is_operand = true;
      if (node.op == Op::contract) seen.repeats = true;
    } else if (node.op == Op::elementwise && !is_view(node)) {
      seen.operations += info(node.scalar).cost;
    }
    if (node.op == Op::expand) seen.repeats = true;
    for (int i = 0; i < node.inputs.size(); ++i) {
      if (i > 0 && node.inputs[i] == node.inputs[0]) continue;
      Readers& target = readers_[node.inputs[i]];
      for (NodeId anchor : seen.anchors)
        if (std::find(target.anchors.begin(), target.anchors.end(), anchor) == target.anchors.end())
          target.anchors.push_back(anchor);
        else
          target.repeats |= node.op != Op::elementwise || result_.is_anchor[id];
      target.repeats |= seen.repeats;
      target.is_operand |= seen.is_operand;
      target.is_indexed |= seen.is_indexed || (node.op == Op::gather && i == 0);
      target.operations = std::max(target.operations, seen.operations);
      if (node.op == Op::gather && i == 1) target.repeats = true;
    }
  }

  // Nodes other than views that read a node, through views or directly.
  void count_direct_readers() {
    direct_readers_.assign(graph_.nodes.size(), 0);
    for (const GraphNode& node : graph_.nodes) {
      if (is_view(node)) continue;
      for (int i = 0; i < node.inputs.size(); ++i)
        if (i == 0 || node.inputs[i] != node.inputs[0]) ++direct_readers_[skip_views(node.inputs[i])];
    }
  }

  NodeId skip_views(NodeId id) const {
    while (is_view(graph_.nodes[id])) id = graph_.nodes[id].inputs[0];
    return id;
  }

  const Graph& graph_;
  std::vector<bool> needs_place_;  // outputs and what calls read: dense in memory, even if it is a view
  std::vector<int> direct_readers_;
  std::vector<bool> reads_memory_;
  std::vector<Readers> readers_;
  Anchors result_;
};

}  // namespace

NodeId stored_node(const Graph& graph, NodeId output) {
  while (graph.nodes[output].op == Op::reshape) output = graph.nodes[output].inputs[0];
  return output;
}

std::vector<NodeId> anchors_read_by(const Graph& graph, const Anchors& anchors, NodeId id) {
  std::vector<NodeId> found, stack(graph.nodes[id].inputs.begin(), graph.nodes[id].inputs.end());
  std::unordered_set<NodeId> seen;
  while (!stack.empty()) {
    const NodeId input = stack.back();
    stack.pop_back();
    if (!seen.insert(input).second) continue;
    if (anchors.is_anchor[input])
      found.push_back(input);
    else
      stack.insert(stack.end(), graph.nodes[input].inputs.begin(), graph.nodes[input].inputs.end());
  }
  return found;
}

Anchors choose_anchors(const Graph& graph) { return Chooser(graph).run(); }

}  // namespace tenon
