// Choosing the next token by a language model's logits.
#pragma once

#include <cstdint>
#include <span>

namespace tenon {

struct Sampling {
  double temperature = 0.8;  // 0: always the likeliest
  double top_p = 1;          // sample from the likeliest tokens that together reach this probability
  std::int64_t top_k = 0;    // sample from the k likeliest tokens; 0: from all
};

/// Draws tokens one after the other; the same seed and logits give the same tokens.
class Sampler {
 public:
  Sampler(const Sampling& options, std::uint64_t seed) : options_(options), state_(seed) {}
  /// A token, by the probabilities softmax(logits / temperature) of the likeliest ones. logits: [vocabulary], of which
  /// there is at least one; equal ones count in their order.
  std::int32_t operator()(std::span<const float> logits);

 private:
  Sampling options_;
  std::uint64_t state_;
};

}  // namespace tenon
