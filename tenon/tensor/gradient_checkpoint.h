// Recomputation in place of memory, for functions of tensors.
#pragma once

#include "tenon/array/gradient_checkpoint.h"
#include "tenon/tensor/tensor.h"

namespace tenon {

/// f(x...), a Tensor, whose gradient is computed without keeping what f computes on the way: the `checkpoint` of
/// array/gradient_checkpoint.h, for tensors. Gradients reach what f captures, a layer above all:
///
///   x = checkpoint([&](const auto& h) { return block(h); }, x);
template <class F, class... X>
  requires(sizeof...(X) > 0 && (is_tensor<X> && ...))
auto checkpoint(const F& f, const X&... x) {
  using Result = std::remove_cvref_t<std::invoke_result_t<const F&, const decltype(X::unchecked(Array()))&...>>;
  static_assert(is_tensor<Result>, "checkpoint: the function returns no Tensor");
  const auto call = [&f]<std::size_t... I>(const std::vector<Array>& arrays, std::index_sequence<I...>) {
    return std::vector<Array>{f(X::unchecked(arrays[I])...).array()};
  };
  const Array inputs[] = {x.array()...};
  const auto on_arrays = [&](const std::vector<Array>& arrays) {
    return call(arrays, std::make_index_sequence<sizeof...(X)>());
  };
  return Result::unchecked(detail::checkpoint(on_arrays, inputs, WhereScope::current()).front());
}

}  // namespace tenon
