// Embedding: a learned row for each of a number of tokens.
#pragma once

#include "tenon/nn/initialize.h"
#include "tenon/nn/layer.h"
#include "tenon/tensor/lookup.h"

namespace tenon {

namespace detail {

constexpr Mistake embedding_mistake(const Axis& vocab, const Axis& embd, bool of_tensor) {
  if (of_tensor) return {};
  return mistake("Embedding<", vocab.view(), ", ", embd.view(),
                 "> is applied to no tensor; an Array is given axes by as<std::int64_t, ...>(array)");
}

}  // namespace detail

/// tokens [...] (int32 or int64) -> rows of weight [..., embd]. The weight also serves as that of an output layer:
/// linear(x, tokens.weight) is [..., vocab].
template <Axis Vocab, Axis Embd, Element T = float>
struct Embedding {
  Tensor<T, Vocab, Embd> weight;  // [vocab, embd]

  /// Throws IndexError for a token outside [0, vocab) when it is evaluated.
  template <class Tokens>
  auto operator()(const Tokens& tokens, std::source_location where = std::source_location::current()) const {
    static constexpr detail::Mistake mistake = detail::embedding_mistake(Vocab, Embd, is_tensor<Tokens>);
    detail::require<mistake>();
    if constexpr (!mistake.empty())
      return Tensor<T, Embd>();
    else
      return embedding(weight, tokens, where);
  }

  /// N(0, 1), as PyTorch's Embedding.
  void initialize(Rng& rng, const AxisSizes& sizes) {
    weight = Tensor<T, Vocab, Embd>::unchecked(rng.normal(sizes.shape_of({Vocab, Embd}), 0, 1, dtype_of<T>));
  }
};

}  // namespace tenon
