// init: a model with the initial values of its layers.
#pragma once

#include "tenon/array/random.h"
#include "tenon/nn/axis_sizes.h"
#include "tenon/tensor/tensor.h"

namespace tenon {

/// A struct that knows its own initial values: void initialize(Rng&, const AxisSizes&). Every layer of this folder is
/// one; a model becomes one by declaring that member.
template <class Layer>
concept SelfInitializing = requires(Layer& layer, Rng& rng, const AxisSizes& sizes) { layer.initialize(rng, sizes); };

/// Draws the initial values of a layer in place; numbers and other settings that it holds stay.
template <SelfInitializing Layer>
void initialize(Layer& layer, Rng& rng, const AxisSizes& sizes = {}) {
  layer.initialize(rng, sizes);
}

/// auto layer = init<Linear<784, 128>>(rng); sizes that the types leave open are given by name,
/// init<Linear<"embd", 10>>(rng, {{"embd", 128}}). Throws ValueError that names an axis without a size.
template <class Model>
Model init(Rng& rng, const AxisSizes& sizes = {}) {
  Model model;
  initialize(model, rng, sizes);
  return model;
}

}  // namespace tenon
