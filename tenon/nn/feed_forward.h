// The feed-forward part of a transformer block.
#pragma once

#include "tenon/nn/linear.h"

namespace tenon {

enum class Activation : std::uint8_t { relu, gelu, gelu_tanh, silu };

template <Activation activation, TensorType X>
auto activate(const X& x, std::source_location where = std::source_location::current()) {
  if constexpr (activation == Activation::relu)
    return relu(x, where);
  else if constexpr (activation == Activation::gelu)
    return gelu(x, Gelu::exact, where);
  else if constexpr (activation == Activation::gelu_tanh)
    return gelu(x, Gelu::tanh, where);
  else
    return silu(x, where);
}

/// down(activation(up(x))): [..., embd] -> [..., hidden] -> [..., embd] (Vaswani et al., arXiv:1706.03762,
/// section 3.3).
template <Axis Embd, Axis Hidden = 4 * Embd, Activation activation = Activation::gelu, BiasTerm bias_term = with_bias,
          Element T = float>
struct FeedForward {
  Linear<Embd, Hidden, bias_term, T> up;
  Linear<Hidden, Embd, bias_term, T> down;

  template <class X>
  auto operator()(const X& x, std::source_location where = std::source_location::current()) const {
    static constexpr detail::LayerPlan plan =
        detail::layer_plan<X>(detail::layer_name("FeedForward", Embd, Hidden), dtype_of<T>, Embd, Embd);
    detail::require<plan.mistake>();
    if constexpr (!plan.mistake.empty())
      return detail::TensorOf<T, plan.axes>();
    else
      return down(activate<activation>(up(x, where), where), where);
  }

  void initialize(Rng& rng, const AxisSizes& sizes) {
    up.initialize(rng, sizes);
    down.initialize(rng, sizes);
  }
};

/// down(activation(gate(x)) * up(x)), with silu known as SwiGLU (Shazeer, arXiv:2002.05202, equation 6).
template <Axis Embd, Axis Hidden, Activation activation = Activation::silu, BiasTerm bias_term = no_bias,
          Element T = float>
struct GatedFeedForward {
  Linear<Embd, Hidden, bias_term, T> gate;
  Linear<Embd, Hidden, bias_term, T> up;
  Linear<Hidden, Embd, bias_term, T> down;

  template <class X>
  auto operator()(const X& x, std::source_location where = std::source_location::current()) const {
    static constexpr detail::LayerPlan plan =
        detail::layer_plan<X>(detail::layer_name("GatedFeedForward", Embd, Hidden), dtype_of<T>, Embd, Embd);
    detail::require<plan.mistake>();
    if constexpr (!plan.mistake.empty())
      return detail::TensorOf<T, plan.axes>();
    else
      return down(activate<activation>(gate(x, where), where) * up(x, where), where);
  }

  void initialize(Rng& rng, const AxisSizes& sizes) {
    gate.initialize(rng, sizes);
    up.initialize(rng, sizes);
    down.initialize(rng, sizes);
  }
};

}  // namespace tenon
