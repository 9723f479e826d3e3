#include "tenon/graph/varying_sizes.h"

#include "tenon/core/hash.h"

namespace tenon {
namespace {

static_assert(max_rank <= 8, "a mask of axes has 8 bits");

// Whether an op's attributes name axes, counts of axes or slots rather than sizes and values.
bool attributes_are_structure(Op op) {
  switch (op) {
    case Op::constant:
    case Op::pad:
    case Op::slice: return false;
    default: return true;
  }
}

bool have_same_structure(const GraphNode& a, const GraphNode& b) {
  return a.op == b.op && a.scalar == b.scalar && a.dtype == b.dtype && a.shape.size() == b.shape.size() &&
         a.attributes.size() == b.attributes.size() && a.inputs == b.inputs &&
         (!attributes_are_structure(a.op) || a.attributes == b.attributes);
}

}  // namespace

std::uint64_t hash_of_structure(const Graph& graph) {
  std::uint64_t hash = graph.nodes.size();
  for (const GraphNode& node : graph.nodes) {
    hash =
        hash_mix(hash, static_cast<std::uint64_t>(node.op) << 24 | static_cast<std::uint64_t>(node.scalar) << 16 |
                           static_cast<std::uint64_t>(node.dtype) << 8 | static_cast<std::uint64_t>(node.shape.size()));
    for (const NodeId input : node.inputs) hash = hash_mix(hash, input);
    if (!attributes_are_structure(node.op)) continue;
    for (const std::int64_t attribute : node.attributes) hash = hash_mix(hash, static_cast<std::uint64_t>(attribute));
  }
  for (const NodeId output : graph.outputs) hash = hash_mix(hash, output);
  return hash;
}

std::optional<std::vector<std::uint8_t>> axes_that_differ(const Graph& a, const Graph& b) {
  if (a.nodes.size() != b.nodes.size() || a.outputs != b.outputs || a.leaves != b.leaves) return std::nullopt;
  std::vector<std::uint8_t> axes;
  axes.reserve(a.nodes.size());
  for (NodeId id = 0; id < a.nodes.size(); ++id) {
    const GraphNode &x = a.nodes[id], &y = b.nodes[id];
    if (!have_same_structure(x, y)) return std::nullopt;
    unsigned mask = 0;
    for (int i = 0; i < x.shape.rank(); ++i) mask |= x.shape[i] == y.shape[i] ? 0u : 1u << i;
    axes.push_back(static_cast<std::uint8_t>(mask));
  }
  return axes;
}

void set_varying_axes(Graph& graph, std::span<const std::uint8_t> axes) {
  for (NodeId id = 0; id < graph.nodes.size(); ++id) graph.nodes[id].varying_axes = axes[id];
}

}  // namespace tenon
