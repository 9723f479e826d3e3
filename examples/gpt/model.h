// A GPT: a decoder-only transformer over characters.
// After Radford et al., "Language models are unsupervised multitask learners" (2019), with the choices of nanoGPT:
// norms before each part, no biases, and an output layer that shares the token embedding's weight.
#pragma once

#include <cmath>
#include <limits>

#include "tenon/data/character_text.h"
#include "tenon/tenon.h"

namespace tenon::gpt {

using Features = Tensor<float, "batch", "time", "embd">;
using Logits = Tensor<float, "batch", "time", "vocab">;

struct Config {
  std::int64_t layers = 4, heads = 4, width = 128, context = 64, vocab = 0;
  double dropout = 0;
};

struct Attention {
  Linear<"embd", "embd", no_bias> query, key, value, output;
  Dropout dropout = {.rate = 0};
  std::int64_t heads = 1;

  Features operator()(const Features& x) const {
    const auto q = split<"embd", "head", "dim">(query(x), {heads});  // [batch, time, head, dim]
    const auto k = rename<"time", "key">(split<"embd", "head", "dim">(key(x), {heads}));
    const auto v = rename<"time", "key">(split<"embd", "head", "dim">(value(x), {heads}));
    const std::int64_t time = x.size<"time">();
    const double scale = 1 / std::sqrt(static_cast<double>(q.size<"dim">()));
    const auto scores = contract<"dim">(q, k) * scale;  // [batch, head, time, key]
    const auto seen = where(causal_mask<"time", "key">({time, time}), scores, -std::numeric_limits<float>::infinity());
    const auto mixed = contract<"key">(dropout(softmax<"key">(seen)), v);  // [batch, head, time, dim]
    return output(rename<-1, "embd">(merge<"head", "dim">(permute<"batch", "time", "head", "dim">(mixed))));
  }
};

struct Block {
  LayerNorm<"embd", no_bias> norm1;
  Attention attention;
  LayerNorm<"embd", no_bias> norm2;
  FeedForward<"embd", 4 * Axis{"embd"}, Activation::gelu, no_bias> mlp;
  Dropout dropout = {.rate = 0};

  Features operator()(const Features& x) const {
    const Features mixed = x + dropout(attention(norm1(x)));
    return mixed + dropout(mlp(norm2(mixed)));
  }
};

struct Gpt {
  Embedding<"vocab", "embd"> token_embedding;
  Embedding<"context", "embd"> position_embedding;
  std::vector<Block> blocks;
  LayerNorm<"embd", no_bias> norm;
  Dropout dropout = {.rate = 0};

  Logits operator()(const Tokens& tokens) const {
    const auto positions = arange<std::int32_t, "time">({tokens.size<"time">()});
    Features x = dropout(token_embedding(tokens) + position_embedding(positions));
    for (const Block& block : blocks) x = block(x);
    return linear(norm(x), token_embedding.weight);
  }

  /// Mean cross-entropy in nats of the next characters.
  Tensor<float> loss(const Tokens& tokens, const Tokens& next) const {
    return cross_entropy<"vocab">((*this)(tokens), next);
  }
};

/// GPT-2's initial values: N(0, 0.02^2), those that feed the residual path divided by sqrt(2 layers).
inline Gpt make_gpt(const Config& config, Rng& rng) {
  Gpt model;
  model.blocks.resize(static_cast<std::size_t>(config.layers));
  for (Block& block : model.blocks) {
    block.attention.heads = config.heads;
    block.attention.dropout.rate = block.dropout.rate = config.dropout;
  }
  model.dropout.rate = config.dropout;
  initialize(model, rng, {{"vocab", config.vocab}, {"context", config.context}, {"embd", config.width}});
  const double residual = 0.02 / std::sqrt(2 * static_cast<double>(config.layers));
  for_each_parameter(model, [&](const std::string& name, auto& weight) {
    if (weight.shape().rank() != 2) return;
    const bool is_residual = name.ends_with("output.weight") || name.ends_with("down.weight");
    weight = normal(rng, weight, 0, is_residual ? residual : 0.02);
  });
  return model;
}

}  // namespace tenon::gpt
