// Text as tokens: one for each different byte, batches of windows, and sampling.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "tenon/tensor/tensor.h"

namespace tenon::gpt {

using Tokens = Tensor<std::int32_t, "batch", "time">;

struct Batch {
  Tokens x, y;  // y: the characters that follow those of x
};

enum class Part { train, validation };

/// A text whose first nine tenths are for training.
class Text {
 public:
  /// Throws FileError when it cannot be read, ValueError when it is empty.
  explicit Text(const std::string& path);

  std::int64_t size() const { return static_cast<std::int64_t>(tokens_.size()); }
  std::int64_t vocabulary() const { return static_cast<std::int64_t>(bytes_.size()); }
  std::string vocabulary_hex() const;

  /// Windows that depend on the arguments only, so that a run that resumes sees what it would have seen.
  Batch batch(Part part, std::int64_t sequences, std::int64_t context, std::uint64_t seed, std::int64_t number) const;

  /// Throws ValueError for a character that the text does not have, and for no characters.
  std::vector<std::int32_t> encode(const std::string& text) const;
  std::string decode(std::span<const std::int32_t> tokens) const;

 private:
  std::string bytes_;  // of each token
  std::array<std::int32_t, 256> token_of_;
  std::vector<std::int32_t> tokens_;
};

struct Sampling {
  double temperature = 0.8, top_p = 1;
  std::int64_t top_k = 0;
};

class Sampler {
 public:
  Sampler(const Sampling& options, std::uint64_t seed) : options_(options), state_(seed) {}
  /// A token, by the probabilities softmax(logits / temperature) of the likeliest ones.
  std::int32_t operator()(const std::vector<float>& logits);

 private:
  Sampling options_;
  std::uint64_t state_;
};

}  // namespace tenon::gpt
