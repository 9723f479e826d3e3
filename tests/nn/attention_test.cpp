// Rotary positions, attention and the transformer block against loops.
#include "tests/nn/helpers.h"

namespace tenon::testing {
namespace {

// A product of linear_in_loops for a layer's parameters.
template <class Layer>
Values applied(const Layer& layer, const Values& x, std::size_t in, std::size_t out) {
  if constexpr (std::is_same_v<decltype(layer.bias), NoBias>)
    return linear_in_loops(x, layer.weight.to_vector(), {}, in, out);
  else
    return linear_in_loops(x, layer.weight.to_vector(), layer.bias.to_vector(), in, out);
}

template <class Layer>
void fill_linear(Layer& layer, std::int64_t in, std::int64_t out, int start) {
  fill(layer.weight, {out, in}, start);
  if constexpr (!std::is_same_v<decltype(layer.bias), NoBias>) fill(layer.bias, {out}, start + 1);
}

template <class Attention>
void fill_attention(Attention& layer, std::int64_t embd, std::int64_t key_value) {
  fill_linear(layer.query, embd, embd, 1);
  fill_linear(layer.key, embd, key_value, 2);
  fill_linear(layer.value, embd, key_value, 3);
  fill_linear(layer.output, embd, embd, 4);
}

template <class Attention>
Values self_attention_in_loops(const Attention& layer, const Values& x, const AttentionSizes& s, bool causal,
                               double rotary_base) {
  const std::size_t embd = s.heads * s.dim, key_value = s.groups * s.dim;
  Values query = applied(layer.query, x, embd, embd), key = applied(layer.key, x, embd, key_value);
  if (rotary_base != 0) {
    query = rotary_in_loops(query, s.time, s.heads, s.dim, rotary_base);
    key = rotary_in_loops(key, s.time, s.groups, s.dim, rotary_base);
  }
  return applied(layer.output, attention_in_loops(query, key, applied(layer.value, x, embd, key_value), s, causal),
                 embd, embd);
}

TEST(Rotary, TurnsPairsThatAreHalvesApart) {
  const auto x = sample<double, "batch", "time", "head", 6>({2, 5, 3});
  expect_values(rotary<"time">(x), rotary_in_loops(x.to_vector(), 5, 3, 6, 10000), double_tolerance);
  expect_values(rotary<"time">(x, 100, 7), rotary_in_loops(x.to_vector(), 5, 3, 6, 100, 7), double_tolerance);
}

TEST(Rotary, GoesAlongAnyAxisButTheLast) {
  const auto x = sample<double, "batch", "head", "time", 4>({2, 3, 5});
  const auto expected = transpose<"time", "head">(rotary<"time">(transpose<"time", "head">(x)));
  // Two layouts, two kernels: which of the two products is fused into their sum is the compiler's choice.
  expect_values(rotary<"time">(x), expected.to_vector(), double_tolerance);
}

TEST(Rotary, ProductsDependOnDistancesOnly) {
  // <rotated q at position s, rotated k at position t> is a function of t - s: shift both by 11.
  const auto q = sample<double, "time", 8>({4}), k = sample<double, "time", 8>({4}, 50);
  const auto product = [&](std::int64_t first) {
    return contract<"dim">(rename<"time", "query", -1, "dim">(rotary<"time">(q, 10000, first)),
                           rename<-1, "dim">(rotary<"time">(k, 10000, first)));
  };
  expect_values(product(11), product(0).to_vector(), double_tolerance);
}

TEST(Rotary, RejectsWhatHasNoPairs) {
  EXPECT_THROW(rotary<"time">(sample<float, "time", 3>({4})), ShapeError);
  EXPECT_THROW(rotary<"time">(sample<float, 4, "time">({4})), ShapeError);
  EXPECT_THROW(rotary(reshape(arange(12), {3, 4}), 0), DTypeError);
}

TEST(SelfAttention, MixesValuesByTheSoftmaxOfScores) {
  SelfAttention<6, 2, AttentionOptions{.causal = false}, double> layer;
  fill_attention(layer, 6, 6);
  const auto x = sample<double, "batch", "time", 6>({2, 4}, 1, 2);
  const AttentionSizes sizes{.batch = 2, .time = 4, .keys = 4, .heads = 2, .groups = 2, .dim = 3};
  expect_values(layer(x), self_attention_in_loops(layer, x.to_vector(), sizes, false, 0), double_tolerance);
}

TEST(SelfAttention, IsCausalByDefault) {
  SelfAttention<6, 2, AttentionOptions{}, double> layer;
  fill_attention(layer, 6, 6);
  const auto x = sample<double, "batch", "time", 6>({2, 4}, 1, 2);
  const AttentionSizes sizes{.batch = 2, .time = 4, .keys = 4, .heads = 2, .groups = 2, .dim = 3};
  expect_values(layer(x), self_attention_in_loops(layer, x.to_vector(), sizes, true, 0), double_tolerance);
}

TEST(SelfAttention, SharesKeysAmongHeadsThatFollowEachOther) {
  SelfAttention<12, 6, AttentionOptions{.key_value_heads = 2, .bias = no_bias}, double> layer;
  fill_attention(layer, 12, 4);
  const auto x = sample<double, "batch", "time", 12>({2, 5}, 1, 2);
  const AttentionSizes sizes{.batch = 2, .time = 5, .keys = 5, .heads = 6, .groups = 2, .dim = 2};
  expect_values(layer(x), self_attention_in_loops(layer, x.to_vector(), sizes, true, 0), double_tolerance);
}

TEST(SelfAttention, TurnsQueriesAndKeysByTheirPositions) {
  SelfAttention<"embd", 4, AttentionOptions{.key_value_heads = 2, .rotary_base = 10000}, double> layer;
  fill_attention(layer, 16, 8);
  const auto x = sample<double, "batch", "time", "embd">({2, 5, 16}, 1, 2);
  const AttentionSizes sizes{.batch = 2, .time = 5, .keys = 5, .heads = 4, .groups = 2, .dim = 4};
  expect_values(layer(x), self_attention_in_loops(layer, x.to_vector(), sizes, true, 10000), double_tolerance);
}

TEST(SelfAttention, TakesAnyAxesBeforeTheLast) {
  SelfAttention<6, 2, AttentionOptions{}, double> layer;
  fill_attention(layer, 6, 6);
  const auto x = sample<double, 3, 2, "time", 6>({4}, 1, 2);
  const AttentionSizes batched{.batch = 6, .time = 4, .keys = 4, .heads = 2, .groups = 2, .dim = 3};
  expect_values(layer(x), self_attention_in_loops(layer, x.to_vector(), batched, true, 0), double_tolerance);
  const auto single = sample<double, "time", 6>({4}, 1, 2);
  const AttentionSizes alone{.batch = 1, .time = 4, .keys = 4, .heads = 2, .groups = 2, .dim = 3};
  expect_values(layer(single), self_attention_in_loops(layer, single.to_vector(), alone, true, 0), double_tolerance);
}

TEST(SelfAttention, ChecksThatHeadsDivideOpenSizes) {
  Rng rng(1);
  const auto layer = init<SelfAttention<"embd", 4>>(rng, {{"embd", 6}});
  expect_error<ShapeError>([&] { layer(sample<float, "time", "embd">({3, 6})); },
                           {"attention: float32 [3, 6] does not divide", "4 heads", "attention_test.cpp"});
}

TEST(MultiHeadAttention, TheLastQuerySeesAllKeys) {
  const auto query = sample<double, 2, 3, 8>({}, 1);
  const auto key = sample<double, 2, 5, 8>({}, 2), value = sample<double, 2, 5, 8>({}, 3);
  const AttentionSizes sizes{.batch = 2, .time = 3, .keys = 5, .heads = 2, .groups = 2, .dim = 4};
  const auto causal = multi_head_attention(query, key, value, {.heads = 2, .causal = true});
  static_assert(std::is_same_v<decltype(causal), const Tensor<double, 2, 3, 8>>);
  expect_values(causal, attention_in_loops(query.to_vector(), key.to_vector(), value.to_vector(), sizes, true),
                double_tolerance);
  // With positions: those of the last three keys.
  expect_values(multi_head_attention(query, key, value, {.heads = 2, .causal = true, .rotary_base = 100}),
                attention_in_loops(rotary_in_loops(query.to_vector(), 3, 2, 4, 100, 2),
                                   rotary_in_loops(key.to_vector(), 5, 2, 4, 100), value.to_vector(), sizes, true),
                double_tolerance);
}

TEST(MultiHeadAttention, RejectsWhatDoesNotFit) {
  const Array x = sample<float, 2, 3, 8>().array(), longer = sample<float, 2, 4, 8>().array(),
              wider = sample<float, 2, 3, 16>().array();
  const auto attend = [](const Array& q, const Array& k, const Array& v, const MultiHeadOptions& options) {
    return [=] { multi_head_attention(q, k, v, options); };
  };
  expect_error<ShapeError>(attend(x, longer, x, {.heads = 2}), {"attention: query float32 [2, 3, 8]", "do not fit"});
  expect_error<ShapeError>(attend(x, wider, wider, {.heads = 2}), {"do not fit each other in 2 and 2 heads"});
  expect_error<ShapeError>(attend(longer, x, x, {.heads = 2, .causal = true}), {"4 positions look causally at 3 keys"});
  expect_error<ValueError>(attend(x, x, x, {.heads = 4, .key_value_heads = 3}), {"4 heads with 3 key and value heads"});
  expect_error<ValueError>(attend(x, x, x, {.heads = 0}), {"0 heads"});
}

TEST(TransformerBlock, AddsAttentionAndFeedForwardToTheResidualPath) {
  TransformerBlock<8, 2, AttentionOptions{}, double> block;
  fill(block.norm1.weight, {8}, 1);
  fill(block.norm1.bias, {8}, 2);
  fill_attention(block.attention, 8, 8);
  fill(block.norm2.weight, {8}, 3);
  fill(block.norm2.bias, {8}, 4);
  fill_linear(block.mlp.up, 8, 32, 5);
  fill_linear(block.mlp.down, 32, 8, 6);
  const auto x = sample<double, "batch", "time", 8>({2, 3}, 1, 2);

  const AttentionSizes sizes{.batch = 2, .time = 3, .keys = 3, .heads = 2, .groups = 2, .dim = 4};
  const Values first =
      layer_norm_in_loops(x.to_vector(), block.norm1.weight.to_vector(), block.norm1.bias.to_vector(), 1e-5);
  const Values mixed = added(x.to_vector(), self_attention_in_loops(block.attention, first, sizes, true, 0));
  const Values second = layer_norm_in_loops(mixed, block.norm2.weight.to_vector(), block.norm2.bias.to_vector(), 1e-5);
  const Values hidden = mapped(applied(block.mlp.up, second, 8, 32), gelu_of);
  expect_values(block(x), added(mixed, applied(block.mlp.down, hidden, 32, 8)), 10 * double_tolerance);
}

TEST(TransformerBlock, TakesOtherParts) {
  TransformerBlock<8, 4, AttentionOptions{.key_value_heads = 2, .rotary_base = 100, .bias = no_bias}, double,
                   GatedFeedForward<8, 12, Activation::silu, no_bias, double>, RmsNorm<8, double>>
      block;
  fill(block.norm1.weight, {8}, 1);
  fill_attention(block.attention, 8, 4);
  fill(block.norm2.weight, {8}, 3);
  fill_linear(block.mlp.gate, 8, 12, 5);
  fill_linear(block.mlp.up, 8, 12, 6);
  fill_linear(block.mlp.down, 12, 8, 7);
  const auto x = sample<double, "batch", "time", 8>({2, 3}, 1, 2);

  const AttentionSizes sizes{.batch = 2, .time = 3, .keys = 3, .heads = 4, .groups = 2, .dim = 2};
  const Values first = rms_norm_in_loops(x.to_vector(), block.norm1.weight.to_vector(), 1e-5);
  const Values mixed = added(x.to_vector(), self_attention_in_loops(block.attention, first, sizes, true, 100));
  const Values second = rms_norm_in_loops(mixed, block.norm2.weight.to_vector(), 1e-5);
  Values hidden = mapped(applied(block.mlp.gate, second, 8, 12), silu_of);
  const Values up = applied(block.mlp.up, second, 8, 12);
  for (std::size_t i = 0; i < hidden.size(); ++i) hidden[i] *= up[i];
  expect_values(block(x), added(mixed, applied(block.mlp.down, hidden, 12, 8)), 10 * double_tolerance);
}

TEST(TransformerBlock, KeepsTheAxesOfItsArgument) {
  using X = Tensor<float, "batch", "time", "embd">;
  const TransformerBlock<"embd", 4> block;
  static_assert(std::is_same_v<decltype(block(std::declval<X>())), X>);
  (void)block;
}

}  // namespace
}  // namespace tenon::testing
