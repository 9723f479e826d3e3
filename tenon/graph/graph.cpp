#include "tenon/graph/graph.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <unordered_map>

#include "tenon/core/error.h"
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

NodeId GraphBuilder::add(const GraphNode& node) {
  if (graph_.nodes.size() * 2 >= table_.size()) grow();
  const std::uint64_t hash = hash_of(node);
  const std::size_t mask = table_.size() - 1;
  std::size_t slot = hash & mask;
  for (; table_[slot] != no_node; slot = (slot + 1) & mask)
    if (hashes_[table_[slot]] == hash && graph_.nodes[table_[slot]] == node) return table_[slot];
  const NodeId id = static_cast<NodeId>(graph_.nodes.size());
  table_[slot] = id;
  hashes_.push_back(hash);
  graph_.nodes.push_back(node);
  hash_ = hash_mix(hash_, hash);
  return id;
}

Trace trace(std::span<const NodeRef> outputs, int arguments) {
  GraphBuilder builder;
  Trace result;
  Graph& graph = builder.graph();
  const auto argument_count = static_cast<std::size_t>(arguments);
  graph.leaves.assign(argument_count, no_node);
  result.leaves.assign(argument_count, nullptr);
  std::unordered_map<const Storage*, std::int64_t> slots;
  const std::uint64_t mark = next_mark();

  const auto finish = [&](const Node* node) {
    GraphNode copy{.op = node->op,
                   .scalar = node->scalar,
                   .dtype = node->dtype,
                   .shape = node->shape,
                   .attributes = node->attributes,
                   .inputs = {}};
    for (const Node* input : node->input_nodes()) copy.inputs.push_back(input->index);
    if (node->storage) {
      const auto [position, is_new] =
          slots.try_emplace(node->storage.get(), static_cast<std::int64_t>(result.leaves.size()));
      if (is_new) {
        graph.leaves.push_back(no_node);
        result.leaves.push_back(node);
      }
      copy.attributes = {position->second};
    }
    node->mark = mark;
    node->index = builder.add(copy);
    if (node->op == Op::parameter) graph.leaves[static_cast<std::size_t>(copy.attributes[0])] = node->index;
  };

  // Depth first, operands before their users, on an explicit stack.
  std::vector<std::pair<const Node*, int>> stack;
  stack.reserve(256);
  for (const NodeRef& output : outputs) {
    if (output->mark != mark) stack.emplace_back(output.get(), 0);
    while (!stack.empty()) {
      auto& [node, next] = stack.back();
      if (next == node->input_count) {
        const Node* done = node;
        stack.pop_back();
        if (done->mark != mark) finish(done);
        continue;
      }
      const Node* input = node->inputs[static_cast<unsigned>(next++)];
      if (input->mark != mark) stack.emplace_back(input, 0);
    }
    graph.outputs.push_back(output->index);
  }
  result.hash = builder.hash();
  for (NodeId output : graph.outputs) result.hash = hash_mix(result.hash, output);
  result.graph = std::move(graph);
  return result;
}

std::string to_string(const Graph& graph) {
  std::string text;
  for (NodeId id = 0; id < graph.nodes.size(); ++id) {
    const GraphNode& node = graph.nodes[id];
    const bool is_scalar_op = node.op == Op::elementwise;
    text += fmt::format("%{} = {}{} {} {}", id, is_scalar_op ? name(node.scalar) : name(node.op),
                        node.op == Op::reduce ? fmt::format("_{}", name(node.scalar)) : "", name(node.dtype),
                        to_string(node.shape));
    if (!node.inputs.empty()) text += fmt::format(" (%{})", fmt::join(node.inputs, ", %"));
    if (node.op == Op::constant)
      text += fmt::format(" = {}", constant_value(node.dtype, node.attributes[0]));
    else if (!node.attributes.empty())
      text += fmt::format(" {{{}}}", fmt::join(node.attributes, ", "));
    text += '\n';
  }
  return text + fmt::format("outputs %{}\n", fmt::join(graph.outputs, ", %"));
}

}  // namespace tenon
