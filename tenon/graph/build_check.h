// How operands are rejected. Internal to the folders that build graphs.
#pragma once

#include <fmt/format.h>

#include <span>
#include <string>

#include "tenon/core/error.h"
#include "tenon/graph/node.h"

namespace tenon::build {

// Out of line and cold: a message is formatted only on the way to a throw, never while a graph is built.
template <class E, class... Arguments>
[[noreturn, gnu::cold, gnu::noinline]] void fail(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  throw E(fmt::format(format, std::forward<Arguments>(arguments)...), WhereScope::current());
}

/// checked_shape with the place of the call.
Shape placed_shape(std::string_view op, std::span<const std::int64_t> dims);
/// checked_axis with the place of the call.
int placed_axis(std::string_view op, const Shape& shape, int axis);

/// "float32 [128, 64]"
std::string describe(const Node& node);

/// Throws ValueError unless an element of type `dtype` can hold `value`: integers exactly, bool 0 or 1,
/// floating types whatever it rounds to.
void check_value(std::string_view op, DType dtype, double value);

}  // namespace tenon::build
