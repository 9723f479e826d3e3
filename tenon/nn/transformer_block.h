// TransformerBlock: attention and a feed-forward part, each beside a residual path.
#pragma once

#include "tenon/nn/feed_forward.h"
#include "tenon/nn/norm.h"
#include "tenon/nn/self_attention.h"

namespace tenon {

/// x + attention(norm1(x)), then x + mlp(norm2(x)), both parts with dropout: the pre-norm block (Xiong et al.,
/// arXiv:2002.04745, figure 1b). [..., time, embd] -> [..., time, embd].
///
/// GPT-2's: TransformerBlock<"embd", 12>; LLaMA's: TransformerBlock<"embd", 8, AttentionOptions{.key_value_heads = 2,
/// .rotary_base = 10000, .bias = no_bias}, float, GatedFeedForward<"embd", "hidden">, RmsNorm<"embd">>.
template <Axis Embd, int heads, AttentionOptions options = AttentionOptions{}, Element T = float,
          class Mlp = FeedForward<Embd, 4 * Embd, Activation::gelu, with_bias, T>,
          class Norm = LayerNorm<Embd, with_bias, T>>
struct TransformerBlock {
  Norm norm1;
  SelfAttention<Embd, heads, options, T> attention;
  Norm norm2;
  Mlp mlp;
  /// Of what is added to the residual path.
  Dropout dropout = {.rate = 0};

  template <class X>
  auto operator()(const X& x, std::source_location where = std::source_location::current()) const {
    static constexpr detail::LayerPlan plan = detail::layer_plan<X>(
        detail::mistake("TransformerBlock<", Embd.view(), ", ", heads, ">"), dtype_of<T>, Embd, Embd);
    detail::require<plan.mistake>();
    if constexpr (!plan.mistake.empty()) {
      return detail::TensorOf<T, plan.axes>();
    } else {
      const auto mixed = x + dropout(attention(norm1(x, where), where), where);
      return mixed + dropout(mlp(norm2(mixed, where), where), where);
    }
  }

  void initialize(Rng& rng, const AxisSizes& sizes) {
    norm1.initialize(rng, sizes);
    attention.initialize(rng, sizes);
    norm2.initialize(rng, sizes);
    mlp.initialize(rng, sizes);
  }
};

}  // namespace tenon
