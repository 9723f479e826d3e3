#include "tenon/tree/gradient.h"

#include <fmt/format.h>

namespace tenon::detail {
namespace {

// A node of its own with the value of `array`: it tells apart leaves that are one array, and leaves from what a
// function caught from around it. It is a view rather than a copy of the node, so that a gradient taken inside a
// function which is itself differentiated stays connected to that function's variables.
Array variable_for(const Array& array) {
  const Node& node = array.node();
  return Array(make_node({.op = Op::reshape, .dtype = node.dtype, .shape = node.shape, .inputs = {&node}}));
}

}  // namespace

std::vector<Array> variables_of(AnyTree model) {
  std::vector<Array> variables;
  model.visit([&](const Path* path, const Array& leaf, const LeafKind& kind) {
    if (!kind.is_parameter(leaf)) return;
    if (!leaf) {
      const std::string name = name_of(path);
      throw ValueError(fmt::format("value_and_grad: {} has no value; initialise the model first",
                                   name.empty() ? "the tensor" : name));
    }
    variables.push_back(variable_for(leaf));
  });
  return variables;
}

void set_variables(AnyTree model, std::span<const Array> variables, Others others) {
  std::size_t next = 0;
  model.visit([&](const Path*, Array& leaf, const LeafKind& kind) {
    if (kind.is_parameter(leaf))
      leaf = variables[next++];
    else if (others == Others::empty)
      leaf = {};
  });
}

}  // namespace tenon::detail
