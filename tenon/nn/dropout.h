// Dropout: elements set to zero at random while training.
#pragma once

#include "tenon/nn/training_scope.h"

namespace tenon {

/// Each element is zero with the probability `rate`, else divided by 1 - rate (Srivastava et al., JMLR 15, 2014). An
/// element is kept when its word of random_bits(key) is at least rate * 2^32. Throws ValueError for a rate outside
/// [0, 1], DTypeError unless x is floating.
Array dropout(const Array& x, double rate, const Array& key,
              std::source_location where = std::source_location::current());

/// In a TrainingScope `dropout` with the scope's next key, outside x itself: Dropout{.rate = 0.1}.
struct Dropout {
  double rate = 0.5;

  Array operator()(const Array& x, std::source_location where = std::source_location::current()) const;
  template <TensorType X>
  X operator()(const X& x, std::source_location where = std::source_location::current()) const {
    return X::unchecked((*this)(x.array(), where));
  }

  /// Draws nothing.
  void initialize(Rng&, const AxisSizes&) {}
};

}  // namespace tenon
