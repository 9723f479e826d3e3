// The exponential moving average of a model.
#pragma once

#include "tenon/array/elementwise.h"
#include "tenon/tree/tree.h"

namespace tenon {

/// decay * average + (1 - decay) * model for parameters; other leaves are the model's, and so is what the average
/// lacks. `average = moving_average(average, model, 0.999)`, with `average` among the states of the compiled step.
/// Throws StructureError where the two differ in structure.
template <class Model>
Model moving_average(const Model& average, const Model& model, double decay) {
  Model result = model;
  detail::TreePair(result, average)
      .visit([&](const detail::Path*, Array& leaf, const Array& before, const detail::LeafKind& kind) {
        if (kind.is_parameter(leaf) && leaf && before) leaf = decay * before + (1 - decay) * leaf;
      });
  return result;
}

}  // namespace tenon
