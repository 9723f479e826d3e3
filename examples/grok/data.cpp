#include "data.h"

#include <utility>

#include "tenon/core/scalar.h"

namespace grok {

Split make_split(std::int64_t modulus, double train_fraction, std::uint64_t seed) {
  std::vector<std::pair<std::int64_t, std::int64_t>> pairs;
  for (std::int64_t a = 0; a < modulus; ++a)
    for (std::int64_t b = 0; b < modulus; ++b) pairs.emplace_back(a, b);
  // Fisher and Yates, with the framework's own random bits: the same split on every platform.
  const auto key = static_cast<std::uint32_t>(seed);
  for (std::size_t i = pairs.size() - 1; i > 0; --i) {
    const std::uint64_t bits = tenon::threefry(key, 0x5711u, static_cast<std::uint32_t>(i));
    std::swap(pairs[i], pairs[bits * (i + 1) >> 32]);
  }
  Split split;
  const auto train = static_cast<std::size_t>(train_fraction * static_cast<double>(pairs.size()));
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    Examples& examples = i < train ? split.train : split.test;
    const auto [a, b] = pairs[i];
    for (std::int64_t token : {a, b, modulus}) examples.tokens.push_back(static_cast<std::int32_t>(token));
    examples.targets.push_back(static_cast<std::int32_t>((a + b) % modulus));
  }
  return split;
}

}  // namespace grok
