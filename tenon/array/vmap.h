// Functions of one example, applied to many.
#pragma once

#include "tenon/array/functions.h"

namespace tenon {

namespace detail {
std::vector<Array> vmap(const std::function<std::vector<Array>(const std::vector<Array>&)>& f,
                        std::span<const Array> arguments, const std::source_location& where);
}

/// A function of arrays that applies f to each example along the first axis of all of its arguments and stacks the
/// results: vmap(f)(x [n, a...], y [n, b...]) is [n, c...], where f(x [a...], y [b...]) is [c...]. f takes as many
/// Arrays and returns an Array or a std::vector<Array>; what it captures is shared by all examples, random numbers too.
///
/// f is called once, on stand-ins for one example, and each op of it becomes the op on all examples: no loop, and
/// products with shared operands become larger products. Gradients go through it, and it may be taken of gradients.
/// Throws ShapeError when an argument has no first axis, first axes differ, or an op would have more than 8 axes, and
/// ValueError when f asks for a value.
template <class F>
auto vmap(F f, std::source_location where = std::source_location::current()) {
  return [f = std::move(f), where](const std::same_as<Array> auto&... arguments) {
    static_assert(sizeof...(arguments) > 0, "vmap: there is no argument to take examples from");
    using Result = std::remove_cvref_t<std::invoke_result_t<const F&, decltype(arguments)...>>;
    const auto call = [&f]<std::size_t... I>(const std::vector<Array>& x, std::index_sequence<I...>) {
      return detail::as_arrays(f(x[I]...));
    };
    const Array given[] = {arguments...};
    return detail::from_arrays<Result>(detail::vmap(
        [&](const std::vector<Array>& x) { return call(x, std::index_sequence_for<decltype(arguments)...>()); }, given,
        where));
  };
}

}  // namespace tenon
