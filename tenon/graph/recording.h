// What evaluation leaves to gradients.
#pragma once

#include <span>
#include <vector>

#include "tenon/graph/node.h"

namespace tenon {

/// While it lives, what is computed from these nodes, its variables, stays differentiable: a node that depends on one
/// of them is given its value by evaluation, but keeps its inputs, so that gradients still find their way. Evaluated
/// nodes that no recording reaches any more are leaves.
class Recording {
 public:
  explicit Recording(std::span<const NodeRef> variables);
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;
  Recording(Recording&& other) noexcept = default;
  Recording& operator=(Recording&& other) noexcept;
  ~Recording();

 private:
  void end();

  std::vector<NodeRef> variables_;
};

/// Whether there is any recording now.
bool is_recording();

/// Whether one of these depends on a recorded node, or is one.
bool is_recorded(std::span<const NodeRef> nodes);

/// The value of a node, which evaluation found.
struct NodeValue {
  NodeRef node;
  Ref<const Storage> storage;
  std::uint8_t dynamic_axes = 0;
};

/// Hands nodes without a value theirs. The caller holds graph_mutex().
void set_values(std::span<NodeValue> values);

/// Makes leaves of evaluated nodes, recorded or not.
void forget_history(std::span<const NodeRef> evaluated);

/// Lets go of evaluated nodes that were recorded and that nothing else refers to. The caller holds graph_mutex().
void drop_unused_history();

}  // namespace tenon
