// A small GPT under names of nanoGPT, trained with dropout by a compiled step.
#include <cmath>

#include "tenon/optim/adamw.h"
#include "tenon/tree/compile.h"
#include "tenon/tree/gradient.h"
#include "tests/nn/helpers.h"

namespace tenon::testing {
namespace {

using Tokens = Tensor<std::int64_t, "batch", "time">;
using Logits = Tensor<float, "batch", "time", "vocab">;
constexpr Axis embd = "embd";

// One projection for queries, keys and values, as in nanoGPT: [3 * embd, embd].
struct FusedAttention {
  Linear<embd, 3 * embd> c_attn;
  Linear<embd, embd> c_proj;
  Dropout attn_dropout{.rate = 0.1};

  auto operator()(const Tensor<float, "batch", "time", "embd">& x) const {
    const auto parts = split<-1, 3, embd>(c_attn(x));
    return c_proj(multi_head_attention(select<-2>(parts, 0), select<-2>(parts, 1), select<-2>(parts, 2),
                                       {.heads = 2, .causal = true, .dropout = attn_dropout}));
  }
};
struct FusedMlp {
  Linear<embd, 4 * embd> c_fc;
  Linear<4 * embd, embd> c_proj;
};
struct FusedBlock {
  LayerNorm<embd> ln_1;
  FusedAttention attn;
  LayerNorm<embd> ln_2;
  FusedMlp mlp;
};
struct NanoGpt {
  struct Transformer {
    Embedding<"vocab", embd> wte;
    Embedding<"block", embd> wpe;
    std::vector<FusedBlock> h = std::vector<FusedBlock>(1);
    LayerNorm<embd> ln_f;
  } transformer;
  Linear<embd, "vocab", no_bias> lm_head;
};

TEST(Gpt, TakesTheNamesAndShapesOfNanoGpt) {
  Rng rng(1);
  const auto model = init<NanoGpt>(rng, {{"vocab", 7}, {"embd", 8}, {"block", 16}});
  std::vector<std::string> found;
  for_each_leaf(model, [&](const std::string& name, const Array& leaf) {
    found.push_back(name + " " + to_string(leaf.shape()));
  });
  EXPECT_EQ(found, (std::vector<std::string>{
                       "transformer.wte.weight [7, 8]", "transformer.wpe.weight [16, 8]",
                       "transformer.h.0.ln_1.weight [8]", "transformer.h.0.ln_1.bias [8]",
                       "transformer.h.0.attn.c_attn.weight [24, 8]", "transformer.h.0.attn.c_attn.bias [24]",
                       "transformer.h.0.attn.c_proj.weight [8, 8]", "transformer.h.0.attn.c_proj.bias [8]",
                       "transformer.h.0.ln_2.weight [8]", "transformer.h.0.ln_2.bias [8]",
                       "transformer.h.0.mlp.c_fc.weight [32, 8]", "transformer.h.0.mlp.c_fc.bias [32]",
                       "transformer.h.0.mlp.c_proj.weight [8, 32]", "transformer.h.0.mlp.c_proj.bias [8]",
                       "transformer.ln_f.weight [8]", "transformer.ln_f.bias [8]", "lm_head.weight [7, 8]"}));
}

TEST(Gpt, OneProjectionForAllDoesWhatThreeDo) {
  Rng rng(1);
  const auto fused = init<FusedAttention>(rng, {{"embd", 8}});
  SelfAttention<embd, 2> three;
  const auto third = [](const Array& x, std::int64_t i) { return narrow(x, 0, 8 * i, 8); };
  std::int64_t i = 0;
  for (auto* layer : {&three.query, &three.key, &three.value}) {
    layer->weight = decltype(layer->weight)(third(fused.c_attn.weight, i));
    layer->bias = decltype(layer->bias)(third(fused.c_attn.bias, i++));
  }
  three.output = fused.c_proj;
  const auto x = sample<float, "batch", "time", "embd">({2, 3, 8});
  const auto wide = three(x).to_vector();
  // Sums of eight and three terms below 2, four after each other.
  expect_values(fused(x), Values(wide.begin(), wide.end()), 100 * 0x1p-24);
}

struct Gpt {
  Embedding<"vocab", embd> tokens;
  Embedding<"block", embd> positions;
  Dropout dropout{.rate = 0.1};
  std::vector<TransformerBlock<embd, 2>> blocks = std::vector<TransformerBlock<embd, 2>>(2);
  LayerNorm<embd> norm;
  Linear<embd, "vocab", no_bias> head;

  Logits operator()(const Tokens& input) const {
    const auto time = arange<std::int64_t, "time">({input.size<"time">()});
    auto x = dropout(tokens(input) + positions(time));
    for (const auto& block : blocks) x = block(x);
    return head(norm(x));
  }
};

// Each token is the one before plus the sequence's own step: it takes a look back to tell.
struct Batch {
  Tokens input, target;
};
Batch counting(Rng& rng) {
  const Array start = rng.randint(0, 7, {16, 1}), step = rng.randint(1, 4, {16, 1});
  const auto token = [&](std::int64_t first) {
    const Array count = start + step * arange(first, first + 8);
    return Tokens(count - 7 * astype(floor(astype(count, DType::f32) / 7), DType::i64));
  };
  const Batch batch{token(0), token(1)};
  eval(batch.input, batch.target);
  return batch;
}

std::vector<float> train(std::uint64_t seed, int steps) {
  Rng rng(seed);
  auto model = init<Gpt>(rng, {{"vocab", 7}, {"embd", 16}, {"block", 8}});
  for (auto& block : model.blocks) block.dropout.rate = block.attention.dropout.rate = 0.1;
  auto random = init<RandomState>(rng);
  auto optimizer = adamw(model, {.learning_rate = 1e-2});
  auto step = compile(
      std::tie(model, optimizer, random), [](Gpt& m, AdamW<Gpt>& o, RandomState& r, Tokens input, Tokens target) {
        const TrainingScope scope(r.next());
        const auto [loss, gradient] =
            value_and_grad([&](const Gpt& now) { return cross_entropy<"vocab">(now(input), target); })(m);
        o.update(m, gradient);
        return loss;
      });
  std::vector<float> losses;
  for (int i = 0; i < steps; ++i) {
    const Batch batch = counting(rng);
    losses.push_back(step(batch.input, batch.target).item());
  }
  // Without dropout, on the tokens whose step can be told: all but the first of each sequence.
  const Batch batch = counting(rng);
  const auto told = [](const auto& x) { return slice<"time", 1, 8>(x); };
  losses.push_back(cross_entropy<-1>(told(model(batch.input)), told(batch.target)).item());
  return losses;
}

TEST(Gpt, LearnsToCount) {
  const std::vector<float> losses = train(1, 200);
  EXPECT_NEAR(losses.front(), std::log(7.0), 1);  // knows nothing
  EXPECT_LT(losses.back(), 0.05);
}

TEST(Gpt, LearnsTheSameFromTheSameSeed) {
  const std::vector<float> losses = train(1, 5);
  EXPECT_EQ(losses, train(1, 5));
  EXPECT_NE(losses, train(2, 5));
}

}  // namespace
}  // namespace tenon::testing
