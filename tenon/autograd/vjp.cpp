#include "tenon/autograd/vjp.h"

#include <fmt/format.h>

#include <unordered_map>

#include "tenon/autograd/custom.h"
#include "tenon/autograd/rules.h"
#include "tenon/core/call.h"
#include "tenon/core/error.h"
#include "tenon/graph/compose.h"
#include "tenon/graph/graph_mutex.h"

namespace tenon {
namespace {

using autograd::Differentiability;
using autograd::Pullback;
using autograd::rule_of;

// A node of the traversal. Alive because the outputs, which the caller holds, depend on it.
struct Entry {
  const Node* node;
  bool active;    // floating, and depends on some wrt or is one
  bool has_more;  // behind it: gradients pass through it to active inputs
  NodeRef cotangent;
};

// One differentiation. Entries are in topological order; a node whose mark is the traversal's has its entry's
// number as `index`.
class Differentiation {
 public:
  explicit Differentiation(std::span<const NodeRef> wrt) : wrt_mark_(next_mark()), mark_(next_mark()) {
    entries_.reserve(256);
    stack_.reserve(64);
    for (const NodeRef& w : wrt) w->mark = wrt_mark_;
  }

  // Appends every node that a gradient of `output` could reach, inputs first. Without recursion: graphs are
  // deep.
  void visit(const Node* output) {
    if (output->mark != mark_) stack_.push_back({output, 0});
    while (!stack_.empty()) {
      Frame& frame = stack_.back();
      const Node& node = *frame.node;
      if (frame.next_input < node.input_count && passes_gradients(node)) {
        const Node* input = node.inputs[frame.next_input++];
        if (input->mark != mark_) stack_.push_back({input, 0});
      } else {
        finish(node);
        stack_.pop_back();
      }
    }
  }

  void accumulate(const Node& node, const NodeRef& cotangent) {
    Entry& entry = entries_[node.index];
    entry.cotangent = entry.cotangent ? build::binary(Scalar::add, entry.cotangent, cotangent) : cotangent;
  }

  // From the outputs back: when a node's turn comes, all of its consumers have had theirs.
  void run() {
    for (std::size_t i = entries_.size(); i-- > 0;) {
      const Entry& entry = entries_[i];
      if (!entry.active) continue;
      if (entry.node->op == Op::custom)
        pull_custom(entry);
      else if (entry.cotangent && entry.node->input_count > 0)
        pull(entry);
    }
  }

  bool is_active(const Node& node) const { return node.mark == mark_ && entries_[node.index].active; }
  /// Null when nothing depends on the node.
  NodeRef cotangent(const Node& node) const { return node.mark == mark_ ? entries_[node.index].cotangent : nullptr; }

 private:
  struct Frame {
    const Node* node;
    std::uint8_t next_input;
  };

  static bool passes_gradients(const Node& node) {
    return is_floating(node.dtype) && rule_of(node).kind != Differentiability::constant;
  }

  void finish(const Node& node) {
    const bool is_wrt = node.mark == wrt_mark_;
    bool has_more = false;
    if (passes_gradients(node))
      for (const Node* input : node.input_nodes()) has_more = has_more || entries_[input->index].active;
    node.mark = mark_;
    node.index = static_cast<std::uint32_t>(entries_.size());
    entries_.push_back({&node, is_wrt || has_more, has_more, nullptr});
  }

  void pull(const Entry& entry) {
    const Node& node = *entry.node;
    std::uint32_t needed = 0;
    for (int i = 0; i < node.input_count; ++i)
      if (is_active(*node.inputs[static_cast<unsigned>(i)])) needed |= 1u << i;
    if (needed == 0) return;
    const autograd::Rule& rule = rule_of(node);
    if (rule.kind == Differentiability::missing)
      throw GradientError(
          fmt::format("grad: the call of {} to {} {} has no gradient rule; give it one by "
                      "custom_function, or wrap it in stop_gradient if none is wanted",
                      call_description(node.attributes[0]).name, name(node.dtype), to_string(node.shape)),
          node.where);
    if (rule.kind == Differentiability::constant) return;
    Pullback pullback(node, entry.cotangent, needed);
    rule.pull(pullback);
    for (int i = 0; i < node.input_count; ++i)
      if ((needed >> i & 1) != 0) accumulate(*node.inputs[static_cast<unsigned>(i)], pullback.cotangent(i));
  }

  // An output hands its cotangent to the junction, whose turn comes after that of all outputs; the junction hands
  // the inputs theirs. Lists get none.
  void pull_custom(const Entry& entry) {
    const Node& node = *entry.node;
    if (!autograd::is_junction(node)) {
      if (!entry.cotangent) return;
      const Node& junction = *node.inputs[1];
      if (is_active(*node.inputs[0]))
        throw GradientError(
            fmt::format("{}: its forward depends on what is differentiated by in another way than through its inputs; "
                        "make what it captures an input, or wrap that in stop_gradient",
                        junction.rule->name),
            node.where);
      std::vector<NodeRef>& cotangents = of_junctions_[&junction];
      cotangents.resize(static_cast<std::size_t>(autograd::output_count(junction)));
      NodeRef& sum = cotangents[static_cast<std::size_t>(node.attributes[0])];
      sum = sum ? build::binary(Scalar::add, sum, entry.cotangent) : entry.cotangent;
      return;
    }
    const auto found = of_junctions_.find(&node);
    if (found == of_junctions_.end()) return;
    std::vector<bool> needed;
    for (const NodeRef& input : autograd::inputs_of(node)) needed.push_back(is_active(*input));
    const autograd::CustomCall call = autograd::call_of(node, found->second, std::move(needed));
    keep_all();
    const std::uint64_t before = next_mark();
    const std::vector<NodeRef> gradients = autograd::pull(*node.rule, call);
    if (next_mark() != before + 1) recover(node);
    for (std::size_t i = 0; i < gradients.size(); ++i)
      if (gradients[i] && call.needed[i]) accumulate(*call.inputs[i], gradients[i]);
  }

  // A rule that evaluates may let go of nodes that are still to be visited.
  void keep_all() {
    if (!kept_.empty()) return;
    for (const Entry& entry : entries_) kept_.emplace_back(entry.node);
  }

  // After a rule that has walked graphs, perhaps this one.
  void recover(const Node& junction) {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      const Node& node = *entries_[i].node;
      node.mark = mark_;
      node.index = static_cast<std::uint32_t>(i);
      if (entries_[i].has_more && node.input_count == 0)
        throw GradientError(fmt::format("{}: its backward evaluated the {} {} that the gradient still has to go "
                                        "through; evaluate stop_gradient of it instead",
                                        junction.rule->name, name(node.dtype), to_string(node.shape)),
                            node.where);
    }
  }

  std::uint64_t wrt_mark_, mark_;
  std::vector<Entry> entries_;
  std::vector<Frame> stack_;
  std::vector<NodeRef> kept_;
  std::unordered_map<const Node*, std::vector<NodeRef>> of_junctions_;  // cotangents of their outputs
};

void check_cotangent(const Node& output, const Node& cotangent) {
  if (output.dtype != cotangent.dtype)
    throw DTypeError(
        fmt::format("vjp: the cotangent is {}, its output {}; cast it", name(cotangent.dtype), name(output.dtype)),
        WhereScope::current());
  if (!(output.shape == cotangent.shape))
    throw ShapeError(fmt::format("vjp: the cotangent has shape {}, its output {}; they must be equal",
                                 to_string(cotangent.shape), to_string(output.shape)),
                     WhereScope::current());
}

// The gradient of an output that has been evaluated would be zeros without a word.
void check_connected(const Node& output, std::span<const NodeRef> wrt) {
  if (!output.is_evaluated) return;
  for (const NodeRef& w : wrt)
    if (w.get() == &output) return;
  throw GradientError(fmt::format("grad: the output {} {} has been evaluated and no longer knows what it was computed "
                                  "from; ask for gradients before values, or wrap it in stop_gradient",
                                  name(output.dtype), to_string(output.shape)),
                      WhereScope::current());
}

}  // namespace

std::vector<NodeRef> vjp(std::span<const NodeRef> outputs, std::span<const NodeRef> cotangents,
                         std::span<const NodeRef> wrt) {
  if (outputs.size() != cotangents.size())
    throw ValueError(fmt::format("vjp: {} outputs but {} cotangents", outputs.size(), cotangents.size()),
                     WhereScope::current());
  for (std::size_t i = 0; i < outputs.size(); ++i) check_cotangent(*outputs[i], *cotangents[i]);
  for (const NodeRef& w : wrt)
    if (!is_floating(w->dtype))
      throw GradientError(fmt::format("grad: {} {} cannot be differentiated by; only floating element types can",
                                      name(w->dtype), to_string(w->shape)),
                          WhereScope::current());

  const std::lock_guard lock(graph_mutex());
  for (const NodeRef& output : outputs) check_connected(*output, wrt);
  Differentiation differentiation(wrt);
  for (const NodeRef& output : outputs) differentiation.visit(output.get());
  for (std::size_t i = 0; i < outputs.size(); ++i)
    if (differentiation.is_active(*outputs[i])) differentiation.accumulate(*outputs[i], cotangents[i]);
  differentiation.run();

  std::vector<NodeRef> gradients;
  gradients.reserve(wrt.size());
  for (const NodeRef& w : wrt) {
    NodeRef gradient = differentiation.cotangent(*w);
    gradients.push_back(gradient ? std::move(gradient) : build::full_like(w, 0));
  }
  return gradients;
}

std::vector<NodeRef> grad(const NodeRef& scalar_output, std::span<const NodeRef> wrt) {
  if (scalar_output->shape.rank() != 0 || !is_floating(scalar_output->dtype))
    throw GradientError(
        fmt::format("grad: the output is {} {}, it must be a floating scalar; reduce it first, or use vjp",
                    name(scalar_output->dtype), to_string(scalar_output->shape)),
        WhereScope::current());
  const NodeRef one = build::full_like(scalar_output, 1);
  return vjp(std::span(&scalar_output, 1), std::span(&one, 1), wrt);
}

}  // namespace tenon
