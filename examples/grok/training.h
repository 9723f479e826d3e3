// Training and evaluating the transformer, as compiled functions.
#pragma once

#include "data.h"
#include "model.h"
#include "tenon/array/compile.h"
#include "tenon/optim/adamw.h"

namespace grok {

/// docs/grokking.md tells how it was found, and which seeds it serves.
struct Recipe {
  double learning_rate = 6.5e-3;
  double weight_decay = 1.0;
  double beta2 = 0.98;
  double warm_up = 10;      // steps over which the rate rises from 0
  double clip = 1.0;        // largest global norm of the gradient
  double init_scale = 1.0;  // of the initial weights' deviation, in units of 1 / sqrt(fan in)
};

/// Examples on the device.
struct Batch {
  tenon::Array tokens, targets;
};
Batch to_device(const Examples& examples);

/// (state: AdamWState::flat(); tokens, targets) -> loss, before the update.
tenon::StepFunction training_function(const Sizes& sizes, const Recipe& recipe);
tenon::CompiledStep make_training_step(const Sizes& sizes, const Recipe& recipe);

struct Score {
  double loss, accuracy;
};

/// Loss and accuracy of the model that an optimiser's state holds.
class Evaluator {
 public:
  explicit Evaluator(const Sizes& sizes);
  Score operator()(const std::vector<tenon::Array>& state, const Batch& batch);

 private:
  tenon::CompiledStep step_;
};

}  // namespace grok
