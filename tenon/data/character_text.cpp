#include "tenon/data/character_text.h"

#include <fmt/format.h>

#include "tenon/core/error.h"
#include "tenon/core/hash.h"
#include "tenon/io/mapped_file.h"

namespace tenon {

CharacterText::CharacterText(const std::string& path) {
  const MappedFile file(path);
  if (file.bytes().empty()) throw ValueError(fmt::format("{} is empty: there is nothing to learn", path));
  token_of_.fill(-1);
  for (const std::byte byte : file.bytes()) token_of_[static_cast<std::size_t>(byte)] = 0;
  for (std::size_t byte = 0; byte < token_of_.size(); ++byte) {
    if (token_of_[byte] < 0) continue;
    token_of_[byte] = static_cast<std::int32_t>(bytes_.size());
    bytes_.push_back(static_cast<char>(byte));
  }
  for (const std::byte byte : file.bytes()) tokens_.push_back(token_of_[static_cast<std::size_t>(byte)]);
}

std::string CharacterText::vocabulary_hex() const {
  std::string hex;
  for (const char byte : bytes_) hex += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return hex;
}

TokenBatch CharacterText::batch(TextPart part, std::int64_t sequences, std::int64_t context, std::uint64_t seed,
                                std::int64_t number) const {
  const std::int64_t split = size() * 9 / 10;
  const std::int64_t first = part == TextPart::train ? 0 : split, last = part == TextPart::train ? split : size();
  const std::int64_t starts = last - first - context;
  if (starts <= 0)
    throw ValueError(fmt::format("text: its {} part has {} characters, too few for a context of {}",
                                 part == TextPart::train ? "training" : "validation", last - first, context));
  std::vector<std::int32_t> x, y;
  for (std::int64_t i = 0; i < sequences; ++i) {
    const std::uint64_t drawn = splitmix(splitmix(seed) + static_cast<std::uint64_t>(number * sequences + i));
    const auto start = tokens_.begin() + first + static_cast<std::int64_t>(drawn % static_cast<std::uint64_t>(starts));
    x.insert(x.end(), start, start + context);
    y.insert(y.end(), start + 1, start + context + 1);
  }
  return {Tokens::from(x, {sequences, context}), Tokens::from(y, {sequences, context})};
}

std::vector<std::int32_t> CharacterText::encode(const std::string& text) const {
  if (text.empty()) throw ValueError("text: a prompt needs at least one character");
  std::vector<std::int32_t> tokens;
  for (const char c : text) {
    const std::int32_t token = token_of_[static_cast<unsigned char>(c)];
    if (token < 0) throw ValueError(fmt::format("text: the model was not trained on the character '{}'", c));
    tokens.push_back(token);
  }
  return tokens;
}

std::string CharacterText::decode(std::span<const std::int32_t> tokens) const {
  std::string text;
  for (const std::int32_t token : tokens) text.push_back(bytes_[static_cast<std::size_t>(token)]);
  return text;
}

}  // namespace tenon
