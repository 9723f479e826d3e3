// What functions of Arrays may look like to whatever takes one: they take a std::vector<Array> and return an Array or
// a std::vector<Array>.
#pragma once

#include <concepts>
#include <functional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "tenon/array/array.h"

namespace tenon::detail {

inline std::vector<Array> as_arrays(Array array) { return {std::move(array)}; }
inline std::vector<Array> as_arrays(std::vector<Array> arrays) { return arrays; }

/// Arrays in the form in which a function returned its own.
template <class Result>
Result from_arrays(std::vector<Array> arrays) {
  static_assert(std::is_same_v<Result, Array> || std::is_same_v<Result, std::vector<Array>>,
                "the function returns neither an Array nor a std::vector<Array>");
  if constexpr (std::is_same_v<Result, Array>)
    return std::move(arrays.front());
  else
    return arrays;
}

template <class F>
using ResultOf = std::remove_cvref_t<std::invoke_result_t<const F&, const std::vector<Array>&>>;

std::vector<NodeRef> nodes_of(std::span<const Array> arrays);
std::vector<Array> arrays_of(std::vector<NodeRef> nodes);

}  // namespace tenon::detail
