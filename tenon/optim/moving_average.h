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
  detail::visit_leaves(
      [&](const detail::Path*, auto& leaf, const auto& before) {
        if (is_parameter(leaf) && leaf && before)
          detail::array_of(leaf) =
              decay * detail::array_of(before) + (1 - decay) * detail::array_of(std::as_const(leaf));
      },
      result, average);
  return result;
}

}  // namespace tenon
