// What functions of tensors may return to whatever takes one: a Tensor, or a std::tuple of them.
#pragma once

#include <tuple>

#include "tenon/array/functions.h"
#include "tenon/tensor/tensor.h"

namespace tenon::detail {

template <class R>
inline constexpr bool is_tensors = is_tensor<R>;
template <class... R>
inline constexpr bool is_tensors<std::tuple<R...>> = (is_tensor<R> && ...);

template <TensorType R>
std::vector<Array> arrays_in(const R& tensor) {
  return {tensor.array()};
}
template <class... R>
std::vector<Array> arrays_in(const std::tuple<R...>& tensors) {
  return std::apply([](const R&... each) { return std::vector<Array>{each.array()...}; }, tensors);
}

// Arrays that are known to fit, as an R.
template <class R>
struct TensorsFrom {
  static R of(const std::vector<Array>& arrays) { return R::unchecked(arrays[0]); }
};
template <class... R>
struct TensorsFrom<std::tuple<R...>> {
  static std::tuple<R...> of(const std::vector<Array>& arrays) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return std::tuple<R...>{R::unchecked(arrays[I])...};
    }(std::index_sequence_for<R...>());
  }
};

// A function of tensors X... as one of arrays.
template <class F, class... X>
struct OnArrays {
  using Result = std::remove_cvref_t<std::invoke_result_t<const F&, const X&...>>;
  static_assert(is_tensors<Result>, "the function returns neither a Tensor nor a std::tuple of them");

  const F& f;

  std::vector<Array> operator()(const std::vector<Array>& x) const {
    return std::apply([&](const X&... each) { return arrays_in(f(each...)); }, TensorsFrom<std::tuple<X...>>::of(x));
  }
};

}  // namespace tenon::detail
