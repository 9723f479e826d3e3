#include "tenon/tree/gradient.h"

#include <fmt/format.h>

namespace tenon::detail {

std::vector<Array> variables_of(AnyTree model, std::string_view op) {
  std::vector<Array> variables;
  model.visit([&](const Path* path, const Array& leaf, const LeafKind& kind) {
    if (!kind.is_parameter(leaf)) return;
    if (!leaf) {
      const std::string name = name_of(path);
      throw ValueError(
          fmt::format("{}: {} has no value; initialise the model first", op, name.empty() ? "the tensor" : name));
    }
    variables.emplace_back(variable_for(leaf.node_ref()));
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
