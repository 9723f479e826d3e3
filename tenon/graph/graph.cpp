#include "tenon/graph/graph.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "tenon/core/call.h"
#include "tenon/core/hash.h"

namespace tenon {

std::uint64_t hash_of(const GraphNode& node) {
  std::uint64_t hash = static_cast<std::uint64_t>(node.op) << 24 | static_cast<std::uint64_t>(node.scalar) << 16 |
                       static_cast<std::uint64_t>(node.dtype) << 8 | static_cast<std::uint64_t>(node.shape.size());
  for (std::int64_t dim : node.shape) hash = hash_mix(hash, static_cast<std::uint64_t>(dim));
  for (std::int64_t attribute : node.attributes) hash = hash_mix(hash, static_cast<std::uint64_t>(attribute));
  for (NodeId input : node.inputs) hash = hash_mix(hash, input);
  return hash_mix(hash, 0);
}

GraphBuilder::GraphBuilder() : table_(1024, no_node) {
  graph_.nodes.reserve(512);
  hashes_.reserve(512);
}

void GraphBuilder::clear() {
  graph_.nodes.clear();
  graph_.outputs.clear();
  graph_.leaves.clear();
  hashes_.clear();
  std::fill(table_.begin(), table_.end(), no_node);
  hash_ = 0;
}

void GraphBuilder::grow() {
  std::vector<NodeId> larger(table_.size() * 2, no_node);
  const std::size_t mask = larger.size() - 1;
  for (NodeId id = 0; id < hashes_.size(); ++id) {
    std::size_t slot = hashes_[id] & mask;
    while (larger[slot] != no_node) slot = (slot + 1) & mask;
    larger[slot] = id;
  }
  table_ = std::move(larger);
}

NodeId GraphBuilder::add_last() {
  const auto id = static_cast<NodeId>(graph_.nodes.size() - 1);
  const GraphNode& node = graph_.nodes[id];
  if (id * std::size_t{2} >= table_.size()) grow();
  const std::uint64_t hash = hash_of(node);
  const std::size_t mask = table_.size() - 1;
  std::size_t slot = hash & mask;
  for (; table_[slot] != no_node; slot = (slot + 1) & mask)
    if (hashes_[table_[slot]] == hash && graph_.nodes[table_[slot]] == node) {
      graph_.nodes.pop_back();
      return table_[slot];
    }
  table_[slot] = id;
  hashes_.push_back(hash);
  hash_ = hash_mix(hash_, hash);
  return id;
}

std::string to_string(const Graph& graph) {
  std::string text;
  for (NodeId id = 0; id < graph.nodes.size(); ++id) {
    const GraphNode& node = graph.nodes[id];
    const bool is_scalar_op = node.op == Op::elementwise;
    text += fmt::format("%{} = {}{} {} {}", id, is_scalar_op ? name(node.scalar) : name(node.op),
                        node.op == Op::reduce || node.op == Op::scan ? fmt::format("_{}", name(node.scalar)) : "",
                        name(node.dtype), to_string(node.shape));
    if (!node.inputs.empty()) text += fmt::format(" (%{})", fmt::join(node.inputs, ", %"));
    if (node.op == Op::constant)
      text += fmt::format(" = {}", constant_value(node.dtype, node.attributes[0]));
    else if (node.op == Op::call)
      text += fmt::format(" {} {{{}}}", call_description(node.attributes[0]).name, node.attributes[1]);
    else if (!node.attributes.empty())
      text += fmt::format(" {{{}}}", fmt::join(node.attributes, ", "));
    text += '\n';
  }
  return text + fmt::format("outputs %{}\n", fmt::join(graph.outputs, ", %"));
}

}  // namespace tenon
