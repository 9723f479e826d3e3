// Training and evaluating the transformer: what main.cpp compiles.
#pragma once

#include "model.h"

namespace tenon::grok {

/// docs/grokking.md tells how it was found, and which seeds it serves.
struct Recipe {
  double learning_rate = 6.5e-3;
  double weight_decay = 1.0;
  double beta2 = 0.98;
  double warm_up = 10;      // steps over which the rate rises from 0
  double clip = 1.0;        // largest global norm of the gradient
  double init_scale = 1.0;  // of the initial weights' deviation, in units of 1 / sqrt(fan in)
};

AdamW<Transformer> make_optimizer(const Transformer& model, const Recipe& recipe);

/// auto step = compile(std::tie(model, optimizer), TrainingStep{recipe}); step(examples) is the loss before the update.
struct TrainingStep {
  Recipe recipe;
  Tensor<float> operator()(Transformer& model, AdamW<Transformer>& optimizer, const Examples& examples) const;
};

using CompiledTrainingStep = CompiledFunction<TrainingStep, Transformer, AdamW<Transformer>>;

struct Score {
  Tensor<float> loss, accuracy;
};

/// auto evaluate = compile(Evaluation()); evaluate(model, examples) is their score.
struct Evaluation {
  Score operator()(const Transformer& model, const Examples& examples) const;
};

}  // namespace tenon::grok
