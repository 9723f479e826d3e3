// Functions of tensors with gradients of the user's own; see array/custom_function.h.
//
//   using Row = Tensor<float, "batch">;
//   const auto clipped = custom_function<Row>(
//       [](const Row& x) { return x; },
//       [](const Row& x, const Row& y, const Row& cotangent) { return clip(cotangent, -1, 1); });
//   const Row y = clipped(x);
#pragma once

#include "tenon/array/custom_function.h"
#include "tenon/tensor/functions.h"

namespace tenon {

/// A function of tensors, with its own gradient; see custom_function.
template <class F, class B, class... Inputs>
class CustomTensorFunction {
 public:
  using Result = typename detail::OnArrays<F, Inputs...>::Result;

  CustomTensorFunction(F forward, B backward) : forward_(std::move(forward)), backward_(std::move(backward)) {}

  /// What forward returns: a Tensor, or a std::tuple of them.
  Result operator()(const Inputs&... inputs, std::source_location where = std::source_location::current()) const {
    const Array given[] = {inputs.array()...};
    return detail::TensorsFrom<Result>::of(
        detail::call_custom(given, detail::OnArrays<F, Inputs...>{forward_}, on_arrays(backward_), where));
  }

 private:
  static detail::Backward on_arrays(const B& backward) {
    return [backward](const std::vector<Array>& x, const std::vector<Array>& y, const std::vector<Array>& cotangents) {
      using Results = detail::TensorsFrom<Result>;
      return std::apply(
          [&](const Inputs&... inputs) {
            auto gradients = backward(inputs..., Results::of(y), Results::of(cotangents));
            using Gradients = decltype(gradients);
            static_assert(std::is_same_v<Gradients, std::tuple<Inputs...>> ||
                              std::is_same_v<std::tuple<Gradients>, std::tuple<Inputs...>>,
                          "custom_function: backward returns no cotangents of the inputs: one, or a std::tuple, in "
                          "their types");
            return detail::arrays_in(gradients);
          },
          detail::TensorsFrom<std::tuple<Inputs...>>::of(x));
    };
  }

  F forward_;
  B backward_;
};

/// custom_function<Inputs...>(forward, backward): a function whose values are those of forward(inputs...), a Tensor or
/// a std::tuple of them, and whose gradient is backward(inputs..., outputs, cotangents): the inputs' cotangents, for
/// several a std::tuple. `outputs` and `cotangents` are of the type that forward returns; an input's cotangent without
/// a value lets none pass.
template <TensorType... Inputs, class F, class B>
  requires(sizeof...(Inputs) > 0)
CustomTensorFunction<F, B, Inputs...> custom_function(F forward, B backward) {
  return {std::move(forward), std::move(backward)};
}

}  // namespace tenon
