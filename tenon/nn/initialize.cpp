#include "tenon/nn/initialize.h"

#include <fmt/format.h>

namespace tenon::detail {

void throw_without_initial_value(const Path* path, const std::source_location& where) {
  const std::string name = name_of(path);
  throw ValueError(
      fmt::format("init: {} has no value; tensors outside of layers are given one where they are declared, "
                  "or by a member initialize(Rng&, const AxisSizes&) of their struct",
                  name.empty() ? "a tensor" : "tensor " + name),
      where);
}

}  // namespace tenon::detail
