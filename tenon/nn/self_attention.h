// SelfAttention: multi-head attention of a sequence to itself.
#pragma once

#include "tenon/nn/linear.h"
#include "tenon/nn/multi_head_attention.h"

namespace tenon {

/// As a template argument: SelfAttention<"embd", 8, AttentionOptions{.key_value_heads = 2, .rotary_base = 10000}>.
struct AttentionOptions {
  /// Fewer than heads: grouped-query attention. 0: as many as heads.
  int key_value_heads = 0;
  /// A position sees itself and what is before it.
  bool causal = true;
  /// Base of rotary positions; 0: none.
  int rotary_base = 0;
  BiasTerm bias = with_bias;
};

namespace detail {

constexpr Mistake heads_mistake(const Axis& embd, int heads, const AttentionOptions& options) {
  const int groups = options.key_value_heads;
  if (heads <= 0 || groups < 0) return mistake("SelfAttention: ", heads, " heads, ", groups, " key and value heads");
  if (groups != 0 && heads % groups != 0)
    return mistake("SelfAttention: ", heads, " heads do not divide into ", groups, " key and value heads");
  if (embd.is_fixed() && embd.size() % heads != 0)
    return mistake("SelfAttention: axis ", embd, " does not divide into ", heads, " heads");
  if (embd.is_fixed() && options.rotary_base != 0 && embd.size() / heads % 2 != 0)
    return mistake("SelfAttention: axis ", embd, " in ", heads, " heads gives an odd size, which has no rotary pairs");
  return {};
}

/// embd * key_value_heads / heads; embd itself where there is a mistake, which is reported elsewhere.
constexpr Axis key_value_axis(const Axis& embd, int heads, const AttentionOptions& options) {
  if (options.key_value_heads == 0 || !heads_mistake(embd, heads, options).empty()) return embd;
  return embd * Axis(options.key_value_heads) / Axis(heads);
}

template <class X>
constexpr LayerPlan self_attention_plan(const Axis& embd, int heads, const AttentionOptions& options, DType dtype) {
  LayerPlan plan = layer_plan<X>(layer_name("SelfAttention", embd, Axis(heads < 0 ? 0 : heads)), dtype, embd, embd);
  if (plan.mistake.empty() && plan.axes.rank < 2)
    plan.mistake = mistake("SelfAttention: ", plan.axes, " has no axis of positions before ", embd);
  if (const Mistake heads_do_not_fit = heads_mistake(embd, heads, options); !heads_do_not_fit.empty())
    plan.mistake = heads_do_not_fit;
  return plan;
}

}  // namespace detail

/// x [..., time, embd] -> [..., time, embd]: output(attention(query(x), key(x), value(x))), with embd / heads elements
/// in each head (Vaswani et al., arXiv:1706.03762, section 3.2.2). The axis before the last is that of the positions,
/// whatever its name; all before it are batch axes.
template <Axis Embd, int heads, AttentionOptions options = AttentionOptions{}, Element T = float>
struct SelfAttention {
  static constexpr Axis KeyValue = detail::key_value_axis(Embd, heads, options);  // key_value_heads * dim

  Linear<Embd, Embd, options.bias, T> query;
  Linear<Embd, KeyValue, options.bias, T> key;
  Linear<Embd, KeyValue, options.bias, T> value;
  Linear<Embd, Embd, options.bias, T> output;
  /// Of the weights after the softmax.
  Dropout dropout = {.rate = 0};

  template <class X>
  auto operator()(const X& x, std::source_location where = std::source_location::current()) const {
    static constexpr detail::LayerPlan plan = detail::self_attention_plan<X>(Embd, heads, options, dtype_of<T>);
    detail::require<plan.mistake>();
    using Result = detail::TensorOf<T, plan.axes>;
    if constexpr (!plan.mistake.empty()) {
      return Result();
    } else {
      const MultiHeadOptions multi_head{.heads = heads,
                                        .key_value_heads = options.key_value_heads,
                                        .causal = options.causal,
                                        .rotary_base = options.rotary_base,
                                        .dropout = dropout};
      return output(multi_head_attention(query(x, where), key(x, where), value(x, where), multi_head, where), where);
    }
  }

  void initialize(Rng& rng, const AxisSizes& sizes) {
    query.initialize(rng, sizes);
    key.initialize(rng, sizes);
    value.initialize(rng, sizes);
    output.initialize(rng, sizes);
  }
};

}  // namespace tenon
