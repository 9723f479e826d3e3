// Which nodes depend on some others.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "tenon/graph/node.h"

namespace tenon {

/// All nodes behind some outputs, inputs first, but for what is behind variables; and which of them depend on those. A
/// node that is among them has its number as `index`. While it is in use, the caller holds graph_mutex() and walks no
/// other graph.
class Dependence {
 public:
  struct Entry {
    const Node* node;
    bool is_variable;
    bool depends;  // on a variable, or is one
    bool varies;   // is more than constants
  };

  Dependence(std::span<const NodeRef> outputs, std::span<const NodeRef> variables);

  const std::vector<Entry>& entries() const { return entries_; }
  bool has(const Node& node) const { return node.mark == mark_; }
  const Entry& operator[](const Node& node) const { return entries_[node.index]; }

 private:
  void visit(const Node* output);
  void finish(const Node& node);

  std::uint64_t variable_mark_, mark_;
  std::vector<Entry> entries_;
  std::vector<std::pair<const Node*, int>> stack_;
};

}  // namespace tenon
