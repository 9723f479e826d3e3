#include "tenon/graph/recording.h"

#include <algorithm>
#include <utility>

#include "tenon/graph/dependence.h"
#include "tenon/graph/graph_mutex.h"

namespace tenon {
namespace {

// Guarded by graph_mutex().
struct Records {
  std::vector<NodeRef> variables;  // as often as they are recorded
  std::vector<NodeRef> evaluated;  // nodes with a value that still have their inputs
};

Records& records() {
  static Records& all = *new Records;
  return all;
}

// For each node, whether it depends on a recorded one other than itself.
std::vector<bool> find_recorded(std::span<const NodeRef> nodes) {
  std::vector<NodeRef> inputs;
  for (const NodeRef& node : nodes)
    for (int i = 0; i < node->input_count; ++i) inputs.push_back(node->input(i));
  const Dependence dependence(inputs, records().variables);
  std::vector<bool> found;
  for (const NodeRef& node : nodes)
    found.push_back(
        std::ranges::any_of(node->input_nodes(), [&](const Node* input) { return dependence[*input].depends; }));
  return found;
}

// Ends of recordings: of evaluated nodes those stay as they are that another recording reaches.
void let_go() {
  std::vector<NodeRef> evaluated = std::move(records().evaluated), kept;
  records().evaluated.clear();
  const std::vector<bool> recorded = find_recorded(evaluated);
  for (std::size_t i = 0; i < evaluated.size(); ++i) {
    if (recorded[i])
      kept.push_back(std::move(evaluated[i]));
    else
      become_leaf(*evaluated[i], evaluated[i]->storage, evaluated[i]->dynamic_axes);
  }
  records().evaluated = std::move(kept);
}

}  // namespace

Recording::Recording(std::span<const NodeRef> variables) : variables_(variables.begin(), variables.end()) {
  const std::lock_guard lock(graph_mutex());
  std::vector<NodeRef>& all = records().variables;
  all.insert(all.end(), variables_.begin(), variables_.end());
}

Recording& Recording::operator=(Recording&& other) noexcept {
  if (this == &other) return *this;
  end();
  variables_ = std::exchange(other.variables_, {});
  return *this;
}

Recording::~Recording() { end(); }

void Recording::end() {
  if (variables_.empty()) return;
  const std::lock_guard lock(graph_mutex());
  std::vector<NodeRef>& all = records().variables;
  for (const NodeRef& variable : variables_) all.erase(std::ranges::find(all, variable));
  if (!records().evaluated.empty()) let_go();
  variables_.clear();
}

bool is_recording() {
  const std::lock_guard lock(graph_mutex());
  return !records().variables.empty();
}

bool is_recorded(std::span<const NodeRef> nodes) {
  const std::lock_guard lock(graph_mutex());
  if (records().variables.empty()) return false;
  const Dependence dependence(nodes, records().variables);
  return std::ranges::any_of(nodes, [&](const NodeRef& node) { return dependence[*node].depends; });
}

void set_values(std::span<NodeValue> values) {
  std::vector<bool> recorded(values.size(), false);
  if (!records().variables.empty()) {
    std::vector<NodeRef> nodes;
    for (const NodeValue& value : values) nodes.push_back(value.node);
    recorded = find_recorded(nodes);
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    NodeValue& value = values[i];
    if (value.node->storage) continue;  // asked for twice
    if (!recorded[i]) {
      become_leaf(*value.node, std::move(value.storage), value.dynamic_axes);
      continue;
    }
    keep_value(*value.node, std::move(value.storage), value.dynamic_axes);
    records().evaluated.push_back(value.node);
  }
}

void forget_history(std::span<const NodeRef> evaluated) {
  const std::lock_guard lock(graph_mutex());
  for (const NodeRef& node : evaluated) {
    if (!node->storage || node->input_count == 0) continue;
    become_leaf(*node, node->storage, node->dynamic_axes);
    std::erase(records().evaluated, node);
  }
}

void drop_unused_history() {
  std::vector<NodeRef>& evaluated = records().evaluated;
  // Later ones are computed from earlier ones.
  for (std::size_t i = evaluated.size(); i-- > 0;)
    if (evaluated[i]->references.load(std::memory_order_acquire) == 1) evaluated[i] = nullptr;
  std::erase(evaluated, nullptr);
}

}  // namespace tenon
