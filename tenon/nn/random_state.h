// Random keys that are made in the graph, so that a compiled step draws anew at every replay.
#pragma once

#include "tenon/nn/initialize.h"
#include "tenon/tensor/create.h"

namespace tenon {

/// A key for each index, [2] uint32: words w_j = threefry(key[0], key[1] + j * 0x9E3779B9, index) for j = 0, 1, the
/// increment that keeps the two streams apart being 2^32 over the golden ratio. A key that is folded serves for
/// nothing else. key: [2] uint32, index: a uint32 scalar.
Array fold_in(const Array& key, const Array& index, std::source_location where = std::source_location::current());
inline RandomKey fold_in(const RandomKey& key, const Tensor<std::uint32_t>& index,
                         std::source_location where = std::source_location::current()) {
  return RandomKey::unchecked(fold_in(key.array(), index.array(), where));
}
/// The index as a constant of the graph.
RandomKey fold_in(const RandomKey& key, std::uint32_t index,
                  std::source_location where = std::source_location::current());

/// The random stream of a training step, as part of its state: every call of `next` gives another key and advances the
/// state, in the graph. 2^32 keys, then they repeat. `init<RandomState>(rng)` starts one.
struct RandomState {
  RandomKey key;               // [2]
  Tensor<std::uint32_t> step;  // keys drawn so far

  RandomKey next(std::source_location where = std::source_location::current());

  void initialize(Rng& rng, const AxisSizes& sizes);
};

}  // namespace tenon
