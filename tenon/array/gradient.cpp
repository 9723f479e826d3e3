#include "tenon/array/gradient.h"

#include "tenon/array/functions.h"
#include "tenon/autograd/vjp.h"

namespace tenon {

using detail::arrays_of;
using detail::nodes_of;

std::vector<Array> grad(const Array& output, std::span<const Array> wrt, std::source_location where) {
  const WhereScope scope(where);
  return arrays_of(grad(output.node_ref(), nodes_of(wrt)));
}

std::vector<Array> grad(const Array& output, std::initializer_list<Array> wrt, std::source_location where) {
  return grad(output, std::span(wrt.begin(), wrt.size()), where);
}

std::vector<Array> vjp(std::span<const Array> outputs, std::span<const Array> cotangents, std::span<const Array> wrt,
                       std::source_location where) {
  const WhereScope scope(where);
  return arrays_of(vjp(nodes_of(outputs), nodes_of(cotangents), nodes_of(wrt)));
}

std::vector<Array> independent(std::span<const Array> arguments) {
  std::vector<Array> variables;
  variables.reserve(arguments.size());
  for (const Array& argument : arguments) variables.emplace_back(variable_for(argument.node_ref()));
  return variables;
}

Recording record(std::span<const Array> variables) { return Recording(nodes_of(variables)); }

}  // namespace tenon
