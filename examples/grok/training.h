// Training and evaluating the transformer, as compiled functions.
#pragma once

#include "data.h"
#include "model.h"
#include "tenon/array/compile.h"
#include "tenon/optim/adamw.h"

namespace grok {

/// docs/grokking.md tells how it was found, and which seeds it serves.
struct Recipe {
  double learning_rate = 1.2e-2;
  double weight_decay = 1.0;
  double beta2 = 0.98;
  // Once the training loss is small, AdamW's usual 1e-8 turns gradients of no consequence into full steps, which throw
  // the weights about (Thilak et al., "The slingshot mechanism", 2022). A larger one helped one seed and hurt another.
  double epsilon = 2e-5;
  double warm_up = 10;       // steps over which the rate rises from 0
  double cool_down = 800;    // steps over which it falls, along a cosine
  double final_share = 0.4;  // to this share of itself
  double clip = 1.0;         // largest global norm of the gradient
  double init_scale = 0.25;  // of the initial weights' deviation, in units of 1 / sqrt(fan in)
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
