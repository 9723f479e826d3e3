#include "tenon/tree/gradient.h"

#include <fmt/format.h>

namespace tenon::detail {

Array variable_for(const Array& array) {
  const Node& node = array.node();
  return Array(make_node({.op = Op::reshape, .dtype = node.dtype, .shape = node.shape, .inputs = {&node}}));
}

void throw_no_value(std::string_view what, const Path* path) {
  const std::string name = name_of(path);
  throw ValueError(
      fmt::format("{}: {} has no value; initialise the model first", what, name.empty() ? "the tensor" : name));
}

}  // namespace tenon::detail
