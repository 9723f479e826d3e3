// Text as tokens, one for each different byte, and batches of windows of it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tenon/tensor/tensor.h"

namespace tenon {

/// Positions in a vocabulary.
using Tokens = Tensor<std::int32_t, "batch", "time">;

/// For a model of language: y are the tokens that follow those of x.
struct TokenBatch {
  Tokens x, y;
};

enum class TextPart : std::uint8_t { train, validation };

/// A text whose first nine tenths are for training.
class CharacterText {
 public:
  /// Throws FileError when it cannot be read, ValueError when it is empty.
  explicit CharacterText(const std::string& path);

  std::int64_t size() const { return static_cast<std::int64_t>(tokens_.size()); }
  std::int64_t vocabulary() const { return static_cast<std::int64_t>(bytes_.size()); }
  /// The bytes that occur, in order, as hexadecimal digits: for notes beside a model's weights.
  std::string vocabulary_hex() const;

  /// Windows of `context` tokens that depend on the arguments only, so that a run that resumes sees what it would have
  /// seen. Throws ValueError when the part is too short.
  TokenBatch batch(TextPart part, std::int64_t sequences, std::int64_t context, std::uint64_t seed,
                   std::int64_t number) const;

  /// Throws ValueError for a character that the text does not have, and for no characters.
  std::vector<std::int32_t> encode(const std::string& text) const;
  std::string decode(std::span<const std::int32_t> tokens) const;

 private:
  std::string bytes_;  // of each token
  std::array<std::int32_t, 256> token_of_;
  std::vector<std::int32_t> tokens_;
};

}  // namespace tenon
