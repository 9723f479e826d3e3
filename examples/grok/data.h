// All sums modulo p, shuffled and split.
#pragma once

#include <cstdint>
#include <vector>

namespace grok {

struct Examples {
  std::vector<std::int32_t> tokens;   // [n, 3]: a, b, "=" (which is token p)
  std::vector<std::int32_t> targets;  // [n]: (a + b) mod p
  std::int64_t size() const { return static_cast<std::int64_t>(targets.size()); }
};

struct Split {
  Examples train, test;
};

/// Every pair (a, b) once; `train_fraction` of them, rounded down, are for training.
Split make_split(std::int64_t modulus, double train_fraction, std::uint64_t seed);

}  // namespace grok
