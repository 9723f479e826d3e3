// The transformer of the grokking demo: one layer, no normalisation, three tokens "a b =" -> (a + b) mod p.
// After Power et al., "Grokking: generalization beyond overfitting on small algorithmic datasets" (2022), and
// Nanda et al., "Progress measures for grokking via mechanistic interpretability" (2023).
#pragma once

#include <span>
#include <vector>

#include "tenon/array/ops.h"

namespace grok {

struct Sizes {
  std::int64_t modulus = 113;
  std::int64_t d_model = 128;
  std::int64_t heads = 4;
  std::int64_t d_mlp = 512;
};

struct Transformer {
  tenon::Array token_embedding;           // [modulus + 1, d_model]; the last row is "="
  tenon::Array position_embedding;        // [3, d_model]
  tenon::Array query, key, value, mixed;  // [d_model, d_model], as PyTorch's Linear: [out, in]
  tenon::Array up, up_bias;               // [d_mlp, d_model], [d_mlp]
  tenon::Array down, down_bias;           // [d_model, d_mlp], [d_model]
  tenon::Array unembedding;               // [modulus, d_model]

  /// Normal with deviation `scale` / sqrt(fan in); biases are zero.
  static Transformer init(const Sizes& sizes, double scale, tenon::Rng& rng);
  static Transformer from_list(std::span<const tenon::Array> parameters);
  std::vector<tenon::Array> list() const;

  /// tokens [n, 3] -> logits at "=", [n, modulus].
  tenon::Array operator()(const tenon::Array& tokens, std::int64_t heads) const;
};

}  // namespace grok
