// Linear: x times a matrix, plus a bias.
#pragma once

#include "tenon/nn/initialize.h"
#include "tenon/nn/layer.h"
#include "tenon/tensor/contract.h"

namespace tenon {

/// x [..., in] -> x * transpose(weight) + bias [..., out]: Linear<784, 128>, Linear<"embd", 4 * Axis{"embd"}, no_bias>.
template <Axis In, Axis Out, BiasTerm bias_term = with_bias, Element T = float>
struct Linear {
  Tensor<T, Out, In> weight;                                              // [out, in]
  typename detail::BiasField<bias_term, Tensor<T, Out>>::type bias = {};  // [out]

  /// Throws ShapeError where sizes that are known at run time only do not fit.
  template <class X>
  auto operator()(const X& x, std::source_location where = std::source_location::current()) const {
    static constexpr detail::LayerPlan plan =
        detail::layer_plan<X>(detail::layer_name("Linear", In, Out), dtype_of<T>, In, Out);
    detail::require<plan.mistake>();
    if constexpr (!plan.mistake.empty())
      return detail::TensorOf<T, plan.axes>();
    else if constexpr (bias_term == with_bias)
      return linear(x, weight, bias, where);
    else
      return linear(x, weight, where);
  }

  /// Both U(-1/sqrt(in), 1/sqrt(in)), as PyTorch's Linear: Kaiming's with a negative slope of sqrt(5).
  void initialize(Rng& rng, const AxisSizes& sizes) {
    const Shape shape = sizes.shape_of({Out, In});
    const double bound = shape[1] == 0 ? 0 : detail::inverse_root(shape[1]);
    weight = Tensor<T, Out, In>::unchecked(rng.uniform(shape, -bound, bound, dtype_of<T>));
    if constexpr (bias_term == with_bias)
      bias = Tensor<T, Out>::unchecked(rng.uniform({shape[0]}, -bound, bound, dtype_of<T>));
  }
};

}  // namespace tenon
