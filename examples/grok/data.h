// All sums modulo p, shuffled and split.
#pragma once

#include "tenon/tensor/tensor.h"

namespace tenon::grok {

using Tokens = Tensor<std::int32_t, "batch", "position=3">;  // a, b, "=" (which is token p)
using Sums = Tensor<std::int32_t, "batch">;                  // (a + b) mod p

struct Examples {
  Tokens tokens;
  Sums sums;
  std::int64_t size() const { return sums.size<"batch">(); }
};

struct Split {
  Examples train, test;
};

/// Every pair (a, b) once, on the default device; `train_fraction` of them, rounded down, are for training.
Split make_split(std::int64_t modulus, double train_fraction, std::uint64_t seed);

}  // namespace tenon::grok
