// The form of a gradient rule. Internal to tenon/autograd; `vjp` is the interface.
#pragma once

#include <cstdint>
#include <string_view>

#include "tenon/graph/node.h"

namespace tenon::autograd {

/// What a rule sees of the node that it differentiates, and where it leaves its inputs' cotangents.
class Pullback {
 public:
  Pullback(const Node& node, const NodeRef& cotangent, std::uint32_t needed)
      : g(cotangent), node_(node), needed_(needed) {}

  /// The output's cotangent, in the output's type and shape.
  const NodeRef& g;

  const Node& node() const { return node_; }
  /// The output; cheaper to use again than to compute once more.
  NodeRef y() const { return NodeRef(&node_); }
  NodeRef x(int input = 0) const { return node_.input(input); }
  /// Whether anything depends on this input's cotangent. A rule with several inputs asks before it builds
  /// one.
  bool needs(int input) const { return (needed_ >> input & 1) != 0; }
  /// The cotangent of one input, in its type and shape.
  void set(int input, NodeRef cotangent) { cotangents_[static_cast<unsigned>(input)] = std::move(cotangent); }
  NodeRef& cotangent(int input) { return cotangents_[static_cast<unsigned>(input)]; }

 private:
  const Node& node_;
  std::uint32_t needed_;
  std::array<NodeRef, max_operands> cotangents_;
};

enum class Differentiability : std::uint8_t {
  rule,      // has a rule
  constant,  // piecewise constant, not floating, or told to stop: no gradient passes
  missing,   // of calls alone: an error when a gradient arrives
};

struct Rule {
  Differentiability kind;
  void (*pull)(Pullback&) = nullptr;
};

const Rule& rule_of(Scalar scalar);
/// Of elementwise nodes, that of their scalar.
const Rule& rule_of(const Node& node);

}  // namespace tenon::autograd
