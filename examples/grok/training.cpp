#include "training.h"

namespace tenon::grok {
namespace {

// Rises over the first steps, then stays. `updates`: made so far.
Tensor<float> rate_after(const Tensor<float>& updates, const Recipe& recipe) {
  return recipe.learning_rate * minimum((updates + 1) / recipe.warm_up, 1);
}

}  // namespace

AdamW<Transformer> make_optimizer(const Transformer& model, const Recipe& recipe) {
  return adamw(model, {.beta2 = recipe.beta2, .weight_decay = recipe.weight_decay});
}

Tensor<float> TrainingStep::operator()(Transformer& model, AdamW<Transformer>& optimizer,
                                       const Examples& examples) const {
  const auto [loss, gradient] = value_and_grad([&](const Transformer& m) { return m.loss(examples); })(model);
  optimizer.update(model, clip_by_global_norm(gradient, recipe.clip), rate_after(optimizer.step, recipe));
  return loss;
}

Score Evaluation::operator()(const Transformer& model, const Examples& examples) const {
  const Logits logits = model(examples.tokens);
  const auto is_right = equal(argmax<"number">(logits), cast<std::int64_t>(examples.sums));
  return {cross_entropy<"number">(logits, examples.sums), mean(cast<float>(is_right))};
}

}  // namespace tenon::grok
