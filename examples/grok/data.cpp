#include "data.h"

#include <utility>
#include <vector>

#include "tenon/core/scalar.h"

namespace tenon::grok {
namespace {

using Pair = std::pair<std::int32_t, std::int32_t>;

Examples make_examples(std::span<const Pair> pairs, std::int32_t modulus) {
  std::vector<std::int32_t> tokens, sums;
  for (const auto& [a, b] : pairs) {
    tokens.insert(tokens.end(), {a, b, modulus});
    sums.push_back((a + b) % modulus);
  }
  const std::size_t n = pairs.size();
  return {Tokens::from(tokens, {n}), Sums::from(sums, {n})};
}

}  // namespace

Split make_split(std::int64_t modulus, double train_fraction, std::uint64_t seed) {
  const auto p = static_cast<std::int32_t>(modulus);
  std::vector<Pair> pairs;
  for (std::int32_t a = 0; a < p; ++a)
    for (std::int32_t b = 0; b < p; ++b) pairs.emplace_back(a, b);
  // Fisher and Yates, with the framework's own random bits: the same split on every platform.
  const auto key = static_cast<std::uint32_t>(seed);
  for (std::size_t i = pairs.size() - 1; i > 0; --i) {
    const std::uint64_t bits = threefry(key, 0x5711u, static_cast<std::uint32_t>(i));
    std::swap(pairs[i], pairs[bits * (i + 1) >> 32]);
  }
  const std::span<const Pair> all = pairs;
  const auto train = static_cast<std::size_t>(train_fraction * static_cast<double>(all.size()));
  return {make_examples(all.first(train), p), make_examples(all.subspan(train), p)};
}

}  // namespace tenon::grok
