#include "tenon/autograd/custom.h"

#include <algorithm>

#include "tenon/graph/build_check.h"
#include "tenon/graph/compose.h"

namespace tenon::autograd {
namespace {

// Lists and junctions are floating, because gradients flow through floating nodes only.
constexpr DType any_floating = DType::f32;

NodeRef list_of(std::span<const NodeRef> items) {
  NodeRef list;
  for (const NodeRef& item : items)
    list = list ? make_node({.op = Op::custom, .dtype = any_floating, .shape = {}, .inputs = {item.get(), list.get()}})
                : make_node({.op = Op::custom, .dtype = any_floating, .shape = {}, .inputs = {item.get()}});
  return list;
}

std::vector<NodeRef> items_of(NodeRef list) {
  std::vector<NodeRef> items;
  for (;;) {
    items.push_back(list->input(0));
    if (list->input_count == 1) break;
    list = list->input(1);
  }
  std::reverse(items.begin(), items.end());
  return items;
}

// Output `number` of the call: the value itself where no gradient can pass.
NodeRef output_of(const NodeRef& junction, const NodeRef& value, std::size_t number) {
  if (!is_floating(value->dtype)) return value;
  return make_node({.op = Op::custom,
                    .dtype = value->dtype,
                    .shape = value->shape,
                    .inputs = {value.get(), junction.get()},
                    .attributes = {static_cast<std::int64_t>(number)}});
}

std::vector<NodeRef> outputs_of(const NodeRef& junction, std::span<const NodeRef> values) {
  std::vector<NodeRef> outputs;
  for (std::size_t i = 0; i < values.size(); ++i) outputs.push_back(output_of(junction, values[i], i));
  return outputs;
}

void check_cotangent(const std::string& name, std::size_t number, const Node& input, const Node& cotangent) {
  if (input.dtype != cotangent.dtype)
    build::fail<DTypeError>("{}: the gradient of input {} is {}, the input {}; cast it", name, number,
                            build::describe(cotangent), build::describe(input));
  if (!(input.shape == cotangent.shape))
    build::fail<ShapeError>("{}: the gradient of input {} is {}, the input {}; they must have one shape", name, number,
                            build::describe(cotangent), build::describe(input));
}

}  // namespace

void retain(const CustomRule* rule) { rule->references.fetch_add(1, std::memory_order_relaxed); }

void release(const CustomRule* rule) {
  if (rule->references.fetch_sub(1, std::memory_order_acq_rel) == 1) delete rule;
}

std::vector<NodeRef> with_rule(std::string name, std::span<const NodeRef> inputs, std::span<const NodeRef> values,
                               CustomPull pull) {
  if (inputs.empty() || values.empty()) return {values.begin(), values.end()};
  const NodeRef in = list_of(inputs), out = list_of(values);
  const NodeRef junction =
      make_node({.op = Op::custom, .dtype = any_floating, .shape = {}, .inputs = {in.get(), out.get()}},
                CustomRuleRef(new CustomRule{std::move(name), std::move(pull)}));
  return outputs_of(junction, values);
}

int output_count(const Node& junction) {
  int count = 1;
  for (const Node* list = junction.inputs[1]; list->input_count == 2; list = list->inputs[1]) ++count;
  return count;
}

std::vector<NodeRef> inputs_of(const Node& junction) { return items_of(junction.input(0)); }
std::vector<NodeRef> values_of(const Node& junction) { return items_of(junction.input(1)); }

CustomCall call_of(const Node& junction, std::span<const NodeRef> cotangents, std::vector<bool> needed) {
  const std::vector<NodeRef> values = values_of(junction);
  CustomCall call{.inputs = inputs_of(junction),
                  .outputs = outputs_of(NodeRef(&junction), values),
                  .cotangents = {cotangents.begin(), cotangents.end()},
                  .needed = std::move(needed)};
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!call.cotangents[i] && is_floating(values[i]->dtype)) call.cotangents[i] = build::full_like(values[i], 0);
  return call;
}

std::vector<NodeRef> pull(const CustomRule& rule, const CustomCall& call) {
  std::vector<NodeRef> gradients = rule.pull(call);
  if (gradients.size() != call.inputs.size())
    build::fail<GradientError>("{}: backward returned {} gradients for {} inputs; it has to return one for each",
                               rule.name, gradients.size(), call.inputs.size());
  for (std::size_t i = 0; i < gradients.size(); ++i)
    if (gradients[i]) check_cotangent(rule.name, i, *call.inputs[i], *gradients[i]);
  return gradients;
}

}  // namespace tenon::autograd
