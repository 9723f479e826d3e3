// LayerNorm and RmsNorm: normalisation over the last axis, with learned factors.
#pragma once

#include "tenon/nn/initialize.h"
#include "tenon/nn/layer.h"
#include "tenon/tensor/neural.h"

namespace tenon {

/// (x - mean) / sqrt(variance + eps) * weight + bias over the last axis, the variance divided by its size (Ba, Kiros
/// and Hinton, arXiv:1607.06450).
template <Axis A, BiasTerm bias_term = with_bias, Element T = float>
struct LayerNorm {
  Tensor<T, A> weight;                                                  // [A]
  typename detail::BiasField<bias_term, Tensor<T, A>>::type bias = {};  // [A]
  double eps = 1e-5;

  template <class X>
  auto operator()(const X& x, std::source_location where = std::source_location::current()) const {
    static constexpr detail::LayerPlan plan =
        detail::layer_plan<X>(detail::layer_name("LayerNorm", A), dtype_of<T>, A, A);
    detail::require<plan.mistake>();
    if constexpr (!plan.mistake.empty())
      return detail::TensorOf<T, plan.axes>();
    else
      return X::unchecked(layer_norm(x.array(), weight.array(), detail::bias_array(bias), eps, where));
  }

  /// Ones and zeros.
  void initialize(Rng&, const AxisSizes& sizes) {
    const Shape shape = sizes.shape_of({A});
    weight = Tensor<T, A>::unchecked(ones(shape, dtype_of<T>));
    if constexpr (bias_term == with_bias) bias = Tensor<T, A>::unchecked(zeros(shape, dtype_of<T>));
  }
};

/// x / sqrt(mean(x^2) + eps) * weight over the last axis (Zhang and Sennrich, arXiv:1910.07467).
template <Axis A, Element T = float>
struct RmsNorm {
  Tensor<T, A> weight;  // [A]
  double eps = 1e-5;

  template <class X>
  auto operator()(const X& x, std::source_location where = std::source_location::current()) const {
    static constexpr detail::LayerPlan plan =
        detail::layer_plan<X>(detail::layer_name("RmsNorm", A), dtype_of<T>, A, A);
    detail::require<plan.mistake>();
    if constexpr (!plan.mistake.empty())
      return detail::TensorOf<T, plan.axes>();
    else
      return rms_norm<-1>(x, weight, eps, where);
  }

  /// Ones.
  void initialize(Rng&, const AxisSizes& sizes) {
    weight = Tensor<T, A>::unchecked(ones(sizes.shape_of({A}), dtype_of<T>));
  }
};

}  // namespace tenon
