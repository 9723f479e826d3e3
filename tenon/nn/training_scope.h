// TrainingScope: inside it, layers behave as they do in training.
#pragma once

#include "tenon/nn/random_state.h"

namespace tenon {

/// While one lives, layers on this thread train: Dropout drops. Outside, they infer: Dropout is the identity. Scopes
/// nest, the innermost counts. The scope carries the random stream, so that the same key gives the same bits:
///
///   const TrainingScope scope(random.next());  // random: RandomState
///   const auto loss = cross_entropy<"vocab">(model(tokens), targets);
///
/// In a function that is compiled once and replayed the key is made from state or arguments.
class TrainingScope {
 public:
  explicit TrainingScope(const RandomKey& key);
  ~TrainingScope();
  TrainingScope(const TrainingScope&) = delete;
  TrainingScope& operator=(const TrainingScope&) = delete;

  /// The innermost scope of this thread; null outside of any.
  static TrainingScope* current();

  /// fold_in(key, 0), fold_in(key, 1), ...: another key for each layer that draws.
  RandomKey next_key(std::source_location where = std::source_location::current());

 private:
  RandomKey key_;
  std::uint32_t drawn_ = 0;
  TrainingScope* outer_;
};

}  // namespace tenon
