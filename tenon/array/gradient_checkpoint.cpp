#include "tenon/array/gradient_checkpoint.h"

#include "tenon/autograd/custom.h"
#include "tenon/autograd/vjp.h"
#include "tenon/graph/build.h"
#include "tenon/graph/substitute.h"

namespace tenon::detail {
namespace {

using Nodes = std::vector<NodeRef>;

// What f computes, as an expression in stand-ins for its inputs and in the nodes that it captured.
struct Template {
  Nodes outputs, variables;
  std::size_t inputs;  // the first variables; those behind them were captured
};

Template template_of(const std::function<std::vector<Array>(const std::vector<Array>&)>& f,
                     std::span<const Array> inputs) {
  Template result{.outputs = {}, .variables = {}, .inputs = inputs.size()};
  for (const Array& input : inputs) result.variables.push_back(make_stand_in(input.dtype(), input.shape()));
  result.outputs = nodes_of(f(arrays_of(result.variables)));
  for (NodeRef& node : captured_by(result.outputs, result.variables)) result.variables.push_back(std::move(node));
  return result;
}

// The gradient, from values that are computed again: behind a barrier, because a trace would otherwise merge them with
// those of the first time.
Nodes pull(const Template& f, const autograd::CustomCall& call) {
  Nodes variables, wrt;
  for (std::size_t i = 0; i < call.inputs.size(); ++i) {
    variables.push_back(i < f.inputs ? build::unary(Scalar::barrier, call.inputs[i]) : variable_for(call.inputs[i]));
    if (call.needed[i]) wrt.push_back(variables.back());
  }
  const Nodes all_outputs = substitute(f.outputs, f.variables, variables);
  Nodes outputs, cotangents;
  for (std::size_t i = 0; i < all_outputs.size(); ++i)
    if (call.cotangents[i]) {
      outputs.push_back(all_outputs[i]);
      cotangents.push_back(call.cotangents[i]);
    }
  Nodes gradients = vjp(outputs, cotangents, wrt), result;
  std::size_t next = 0;
  for (const bool needed : call.needed) result.push_back(needed ? std::move(gradients[next++]) : nullptr);
  return result;
}

}  // namespace

std::vector<Array> checkpoint(const std::function<std::vector<Array>(const std::vector<Array>&)>& f,
                              std::span<const Array> inputs, const std::source_location& where) {
  Template traced = template_of(f, inputs);
  const WhereScope scope(where);  // the ops of f keep their own places
  Nodes actual, stopped;
  for (std::size_t i = 0; i < traced.variables.size(); ++i)
    actual.push_back(i < inputs.size() ? inputs[i].node_ref() : traced.variables[i]);
  for (const NodeRef& node : actual) stopped.push_back(build::unary(Scalar::stop_gradient, node));
  const Nodes values = substitute(traced.outputs, traced.variables, stopped);
  return arrays_of(autograd::with_rule(
      "checkpoint", actual, values,
      [traced = std::move(traced)](const autograd::CustomCall& call) { return pull(traced, call); }));
}

}  // namespace tenon::detail
