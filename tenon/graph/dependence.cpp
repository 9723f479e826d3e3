#include "tenon/graph/dependence.h"

namespace tenon {

Dependence::Dependence(std::span<const NodeRef> outputs, std::span<const NodeRef> variables)
    : variable_mark_(next_mark()), mark_(next_mark()) {
  for (const NodeRef& variable : variables) variable->mark = variable_mark_;
  for (const NodeRef& output : outputs) visit(output.get());
}

// Without recursion: graphs are deep.
void Dependence::visit(const Node* output) {
  if (output->mark != mark_) stack_.emplace_back(output, 0);
  while (!stack_.empty()) {
    auto& [node, next] = stack_.back();
    if (next < node->input_count && node->mark != variable_mark_) {
      const Node* input = node->inputs[static_cast<unsigned>(next++)];
      if (input->mark != mark_) stack_.emplace_back(input, 0);
      continue;
    }
    const Node* done = node;
    stack_.pop_back();
    if (done->mark != mark_) finish(*done);
  }
}

void Dependence::finish(const Node& node) {
  const bool is_variable = node.mark == variable_mark_;
  Entry entry{&node, is_variable, is_variable, is_variable || node.op == Op::parameter};
  if (!is_variable)
    for (const Node* input : node.input_nodes()) {
      entry.depends |= entries_[input->index].depends;
      entry.varies |= entries_[input->index].varies;
    }
  node.mark = mark_;
  node.index = static_cast<std::uint32_t>(entries_.size());
  entries_.push_back(entry);
}

}  // namespace tenon
