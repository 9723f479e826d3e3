// Functions that bring a gradient of their own.
//
// Three kinds of nodes of op `custom` hold one call of such a function together:
//
//   output j   (value j, junction) {j}        one for each output; its cotangent goes to the junction
//   junction   (inputs, values)               carries the rule, which sees the cotangents of all outputs at once
//   list       (item) or (item, list before)  the function's inputs, and the values that it computed
//
// All of them stand for their first input and no trace sees them. Lists and junctions have no value of their own; as
// ordinary nodes they are reached, and destroyed without recursion, like all others.
#pragma once

#include <atomic>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "tenon/graph/node.h"

namespace tenon::autograd {

/// What a custom rule sees of a call.
struct CustomCall {
  std::vector<NodeRef> inputs;
  /// Connected to the call: what is computed from them has its gradient through the rule, too.
  std::vector<NodeRef> outputs;
  /// Of each output, in its type and shape: zeros where nothing depends on it, null where it is not floating.
  std::vector<NodeRef> cotangents;
  /// Of each input, whether anything depends on its cotangent; where not, null is as good.
  std::vector<bool> needed;
};

/// The inputs' cotangents, in their types and shapes, linear in those of the outputs. Null: none passes.
using CustomPull = std::function<std::vector<NodeRef>(const CustomCall&)>;

struct CustomRule {
  std::string name;  // for errors
  CustomPull pull;
  mutable std::atomic<std::uint32_t> references{0};
};

/// Nodes with these values, whose gradients with respect to `inputs` are what `pull` says. Values that are not floating
/// are returned as they are. The values have to be computed from `stop_gradient` of the inputs: when a gradient
/// arrives, a value that depends on what is differentiated by in another way than through `inputs` throws
/// GradientError.
std::vector<NodeRef> with_rule(std::string name, std::span<const NodeRef> inputs, std::span<const NodeRef> values,
                               CustomPull pull);

/// Of nodes whose op is `custom`.
inline bool is_junction(const Node& node) { return node.rule != nullptr; }

/// The call that a junction stands for, given one cotangent for each output, or null.
CustomCall call_of(const Node& junction, std::span<const NodeRef> cotangents, std::vector<bool> needed);
/// How many outputs it has.
int output_count(const Node& junction);
/// The inputs of the call, and its values.
std::vector<NodeRef> inputs_of(const Node& junction);
std::vector<NodeRef> values_of(const Node& junction);
/// The rule's cotangents, checked: GradientError, ShapeError or DTypeError, with the rule's name, when they do not fit
/// the inputs.
std::vector<NodeRef> pull(const CustomRule& rule, const CustomCall& call);

}  // namespace tenon::autograd
