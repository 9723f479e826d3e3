// The transformer of the grokking demo: one layer, no normalisation, three tokens "a b =" -> (a + b) mod p.
// After Power et al., "Grokking: generalization beyond overfitting on small algorithmic datasets" (2022), and
// Nanda et al., "Progress measures for grokking via mechanistic interpretability" (2023).
#pragma once

#include <cmath>

#include "data.h"
#include "tenon/tenon.h"

namespace tenon::grok {

using Features = Tensor<float, "batch", "embd">;  // at one position
using Sequence = Tensor<float, "batch", "position=3", "embd">;
using Logits = Tensor<float, "batch", "number">;

struct Sizes {
  std::int64_t modulus = 113;
  std::int64_t d_model = 128;
  std::int64_t heads = 4;
  std::int64_t d_mlp = 512;
};

/// What the last position gathers from all three. It comes last, so causality masks nothing.
struct Attention {
  Linear<"embd", "embd", no_bias> query, key, value, output;
  std::int64_t heads = 1;

  Features operator()(const Features& last, const Sequence& x) const {
    const auto q = split<"embd", "head", "dim">(query(last), {heads});  // [batch, head, dim]
    const auto k = split<"embd", "head", "dim">(key(x), {heads});       // [batch, position, head, dim]
    const auto v = split<"embd", "head", "dim">(value(x), {heads});
    const auto scores = contract<"dim">(q, k) / std::sqrt(static_cast<double>(q.size<"dim">()));
    const auto mixed = contract<"position">(softmax<"position">(scores), v);  // [batch, head, dim]
    return output(rename<-1, "embd">(merge<"head", "dim">(mixed)));
  }
};

struct Transformer {
  Embedding<"token", "embd"> token_embedding;  // of the numbers, and "=" last
  Tensor<float, "position=3", "embd"> position_embedding;
  Attention attention;
  FeedForward<"embd", "mlp", Activation::relu> mlp;
  Linear<"embd", "number", no_bias> unembedding;

  /// Of the sum: only "=" is asked for an answer.
  Logits operator()(const Tokens& tokens) const {
    const Sequence x = token_embedding(tokens) + position_embedding;
    const Features last = select<"position">(x, 2);
    const Features residual = last + attention(last, x);
    return unembedding(residual + mlp(residual));
  }

  /// Mean cross-entropy in nats.
  Tensor<float> loss(const Examples& examples) const {
    return cross_entropy<"number">((*this)(examples.tokens), examples.sums);
  }
};

/// Weights are normal with deviation `scale` / sqrt(fan in), drawn in the order of the fields; biases are zero. An
/// embedding's row is picked, not summed over: its fan-in is the width that it is read with.
inline Transformer make_transformer(const Sizes& sizes, double scale, Rng& rng) {
  const AxisSizes axes{
      {"token", sizes.modulus + 1}, {"number", sizes.modulus}, {"embd", sizes.d_model}, {"mlp", sizes.d_mlp}};
  Transformer model;
  model.attention.heads = sizes.heads;
  for_each_parameter(model, [&]<TensorType Weight>(Weight& weight) {
    const Shape shape = axes.shape_of(Weight::axes);  // [out, in], or [out] of a bias
    const double deviation = scale / std::sqrt(static_cast<double>(shape[shape.rank() - 1]));
    weight = Weight(shape.rank() == 2 ? rng.normal(shape, 0, deviation) : zeros(shape));
  });
  return model;
}

}  // namespace tenon::grok
