// Trading time for memory: values that a gradient needs are computed again instead of kept.
#pragma once

#include <functional>
#include <initializer_list>

#include "tenon/array/functions.h"

namespace tenon {

namespace detail {
std::vector<Array> checkpoint(const std::function<std::vector<Array>(const std::vector<Array>&)>& f,
                              std::span<const Array> inputs, const std::source_location& where);
}

/// f(inputs), an Array or a std::vector<Array>. A gradient through it keeps nothing that f computes on the way, but
/// computes it again from the inputs. f takes a std::vector<Array>; it may capture other arrays, parameters above all,
/// and gradients reach them as they reach the inputs. It is called once, on stand-ins without values, so that both
/// computations draw the same random numbers; asking for a value inside of it throws ValueError.
///
/// What f computes without its inputs, such as a function of parameters alone, is not computed again.
template <class F>
auto checkpoint(const F& f, std::span<const Array> inputs,
                std::source_location where = std::source_location::current()) {
  return detail::from_arrays<detail::ResultOf<F>>(
      detail::checkpoint([&](const std::vector<Array>& x) { return detail::as_arrays(f(x)); }, inputs, where));
}
template <class F>
auto checkpoint(const F& f, std::initializer_list<Array> inputs,
                std::source_location where = std::source_location::current()) {
  return checkpoint(f, std::span(inputs.begin(), inputs.size()), where);
}

}  // namespace tenon
