#include "text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tenon/core/error.h"
#include "tenon/io/mapped_file.h"

namespace tenon::gpt {

namespace {

// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014).
std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

}  // namespace

Text::Text(const std::string& path) {
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

std::string Text::vocabulary_hex() const {
  std::string hex;
  for (const char byte : bytes_) hex += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return hex;
}

Batch Text::batch(Part part, std::int64_t sequences, std::int64_t context, std::uint64_t seed,
                  std::int64_t number) const {
  const std::int64_t split = size() * 9 / 10;
  const std::int64_t first = part == Part::train ? 0 : split, last = part == Part::train ? split : size();
  const std::int64_t starts = last - first - context;
  if (starts <= 0)
    throw ValueError(fmt::format("text: its {} part has {} characters, too few for a context of {}",
                                 part == Part::train ? "training" : "validation", last - first, context));
  std::vector<std::int32_t> x, y;
  for (std::int64_t i = 0; i < sequences; ++i) {
    const std::uint64_t drawn = mixed(mixed(seed) + static_cast<std::uint64_t>(number * sequences + i));
    const auto start = tokens_.begin() + first + static_cast<std::int64_t>(drawn % static_cast<std::uint64_t>(starts));
    x.insert(x.end(), start, start + context);
    y.insert(y.end(), start + 1, start + context + 1);
  }
  return {Tokens::from(x, {sequences, context}), Tokens::from(y, {sequences, context})};
}

std::vector<std::int32_t> Text::encode(const std::string& text) const {
  if (text.empty()) throw ValueError("text: a prompt needs at least one character");
  std::vector<std::int32_t> tokens;
  for (const char c : text) {
    const std::int32_t token = token_of_[static_cast<unsigned char>(c)];
    if (token < 0) throw ValueError(fmt::format("text: the model was not trained on the character '{}'", c));
    tokens.push_back(token);
  }
  return tokens;
}

std::string Text::decode(std::span<const std::int32_t> tokens) const {
  std::string text;
  for (const std::int32_t token : tokens) text.push_back(bytes_[static_cast<std::size_t>(token)]);
  return text;
}

std::int32_t Sampler::operator()(const std::vector<float>& logits) {
  std::vector<std::int32_t> order(logits.size());
  std::iota(order.begin(), order.end(), 0);
  const auto logit = [&](std::int32_t token) { return static_cast<double>(logits[static_cast<std::size_t>(token)]); };
  std::sort(order.begin(), order.end(),
            [&](auto a, auto b) { return logit(a) != logit(b) ? logit(a) > logit(b) : a < b; });
  if (options_.temperature == 0) return order[0];
  if (options_.top_k > 0) order.resize(std::min(order.size(), static_cast<std::size_t>(options_.top_k)));
  std::vector<double> weights;
  for (const std::int32_t token : order)
    weights.push_back(std::exp((logit(token) - logit(order[0])) / options_.temperature));
  const double all = std::accumulate(weights.begin(), weights.end(), 0.0);
  double kept = 0;
  std::size_t count = 0;
  while (count < weights.size() && (count == 0 || kept < options_.top_p * all)) kept += weights[count++];
  state_ = mixed(state_);
  double place = static_cast<double>(state_ >> 11) * 0x1p-53 * kept;
  for (std::size_t i = 0; i < count; ++i)
    if ((place -= weights[i]) < 0) return order[i];
  return order[count - 1];
}

}  // namespace tenon::gpt
