#include "tenon/graph/substitute.h"

#include "tenon/graph/dependence.h"
#include "tenon/graph/graph_mutex.h"

namespace tenon {

std::vector<NodeRef> substitute(std::span<const NodeRef> outputs, std::span<const NodeRef> from,
                                std::span<const NodeRef> to) {
  const std::lock_guard lock(graph_mutex());
  const Dependence nodes(outputs, from);
  std::vector<NodeRef> replaced(nodes.entries().size());
  for (std::size_t i = 0; i < from.size(); ++i)
    if (nodes.has(*from[i])) replaced[from[i]->index] = to[i];
  for (std::size_t i = 0; i < replaced.size(); ++i) {
    const Dependence::Entry& entry = nodes.entries()[i];
    if (replaced[i]) continue;
    if (!entry.depends) {
      replaced[i] = NodeRef(entry.node);
      continue;
    }
    std::array<NodeRef, max_inputs> inputs;
    for (std::size_t k = 0; k < entry.node->input_count; ++k) inputs[k] = replaced[entry.node->inputs[k]->index];
    replaced[i] = copy_of(*entry.node, std::span(inputs).first(entry.node->input_count));
  }
  std::vector<NodeRef> results;
  for (const NodeRef& output : outputs) results.push_back(replaced[output->index]);
  return results;
}

std::vector<NodeRef> captured_by(std::span<const NodeRef> outputs, std::span<const NodeRef> variables) {
  const std::lock_guard lock(graph_mutex());
  const Dependence nodes(outputs, variables);
  std::vector<NodeRef> captured;
  std::vector<bool> is_captured(nodes.entries().size(), false);
  const auto add = [&](const Node& node) {
    const Dependence::Entry& entry = nodes[node];
    if (entry.depends || !entry.varies || is_captured[node.index] || !is_floating(node.dtype)) return;
    is_captured[node.index] = true;
    captured.emplace_back(&node);
  };
  for (const Dependence::Entry& entry : nodes.entries())
    if (entry.depends && !entry.is_variable)
      for (const Node* input : entry.node->input_nodes()) add(*input);
  for (const NodeRef& output : outputs) add(*output);
  return captured;
}

bool depends(std::span<const NodeRef> outputs, std::span<const NodeRef> variables) {
  const std::lock_guard lock(graph_mutex());
  const Dependence nodes(outputs, variables);
  for (const NodeRef& output : outputs)
    if (nodes[*output].depends) return true;
  return false;
}

}  // namespace tenon
