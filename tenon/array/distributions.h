// Random numbers by other laws than the uniform and the normal one, as functions of a key, [2] uint32 (see random.h).
#pragma once

#include "tenon/array/operand.h"

namespace tenon {

/// bool: true with probability p, a number or an array that broadcasts to `shape`; off by at most 2^-32.
Array random_bernoulli(const Array& key, const Operand& p, const Sizes& shape,
                       std::source_location where = std::source_location::current());
/// Density rate * exp(-rate * x); float32 or float64.
Array random_exponential(const Array& key, const Sizes& shape, double rate = 1, DType dtype = DType::f32,
                         std::source_location where = std::source_location::current());
/// The standard Gumbel law, -log(-log(u)); finite, at most 23.
Array random_gumbel(const Array& key, const Sizes& shape, DType dtype = DType::f32,
                    std::source_location where = std::source_location::current());
/// A class for each row of logits along `axis`, which disappears, with the probabilities softmax(logits): int64. By
/// the greatest of the logits with Gumbel noise (Maddison, Tarlow, Minka: "A* sampling", NeurIPS 2014, section 2).
Array random_categorical(const Array& key, const Array& logits, int axis = -1,
                         std::source_location where = std::source_location::current());
/// 0 to count - 1 in random order, each order alike: [count] int64. By sorting random keys of 64 bits.
Array random_permutation(const Array& key, std::int64_t count,
                         std::source_location where = std::source_location::current());
/// The parts of x along an axis in random order.
Array random_shuffle(const Array& key, const Array& x, int axis = 0,
                     std::source_location where = std::source_location::current());

}  // namespace tenon
