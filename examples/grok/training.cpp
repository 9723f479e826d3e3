#include "training.h"

namespace grok {

using namespace tenon;

Batch to_device(const Examples& examples) {
  return {Array::from(examples.tokens, {examples.size(), 3}), Array::from(examples.targets, {examples.size()})};
}

namespace {

// Rises over the first steps, then stays. step: rank 0, updates made so far.
Array rate_at(const Array& step, const Recipe& recipe) {
  return recipe.learning_rate * minimum((step + 1) / recipe.warm_up, ones({}));
}

}  // namespace

StepFunction training_function(const Sizes& sizes, const Recipe& recipe) {
  return [=](std::span<const Array> flat, std::span<const Array> batch) -> StepResult {
    const AdamWState state = AdamWState::from_flat(flat);
    const auto loss_of = [&](const std::vector<Array>& parameters) {
      return cross_entropy(Transformer::from_list(parameters)(batch[0], sizes.heads), batch[1]);
    };
    const auto [loss, gradients] = value_and_grad(loss_of, std::span<const Array>(state.parameters));
    const Array rate = rate_at(state.step, recipe);
    const AdamWState next = adamw(state, clip_by_global_norm(gradients, recipe.clip), rate,
                                  {.beta2 = recipe.beta2, .weight_decay = recipe.weight_decay});
    return {next.flat(), {loss}};
  };
}

CompiledStep make_training_step(const Sizes& sizes, const Recipe& recipe) {
  return compile(training_function(sizes, recipe));
}

Evaluator::Evaluator(const Sizes& sizes)
    : step_(compile([=](std::span<const Array>, std::span<const Array> inputs) -> StepResult {
        const Array &tokens = inputs[inputs.size() - 2], &targets = inputs.back();
        const Array logits = Transformer::from_list(inputs)(tokens, sizes.heads);
        return {{}, {cross_entropy(logits, targets), mean(astype(equal(argmax(logits), targets), DType::f32))}};
      })) {}

Score Evaluator::operator()(const std::vector<Array>& state, const Batch& batch) {
  const std::size_t parameters = state.size() / 3;
  std::vector<Array> inputs(state.begin(), state.begin() + static_cast<std::ptrdiff_t>(parameters)), nothing;
  inputs.push_back(batch.tokens);
  inputs.push_back(batch.targets);
  const std::vector<Array> results = step_(nothing, inputs);
  return {static_cast<double>(results[0].item<float>()), static_cast<double>(results[1].item<float>())};
}

}  // namespace grok
