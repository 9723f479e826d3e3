// The typed layer adds nothing: a training step of structs of tensors is the step that one would write on Arrays.
#include <gtest/gtest.h>

#include <algorithm>

#include "bench/array_steps.h"
#include "examples/grok/training.h"
#include "tenon/plan/executable.h"
#include "tenon/runtime/device.h"

namespace tenon {
namespace {

using bench::ArrayStep;

// The step of examples/grok, and its twin, from equal initial values.
struct Twins {
  Twins(const grok::Sizes& sizes, double train_fraction)
      : examples(grok::make_split(sizes.modulus, train_fraction, 3).train) {
    Rng rng(3), same(3);
    model = grok::make_transformer(sizes, recipe.init_scale, rng);
    optimizer = grok::make_optimizer(model, recipe);
    array = bench::array_grok(sizes, recipe, examples, same);
  }

  const grok::Recipe recipe;
  grok::Examples examples;
  grok::Transformer model;
  AdamW<grok::Transformer> optimizer;
  ArrayStep array;
  grok::CompiledTrainingStep step{std::tie(model, optimizer), {recipe}};
};

// The C text of the CPU's kernels, in the order of their launches. The plan is one of the device that interprets:
// others drop their kernels' bodies once they are compiled.
std::vector<std::string> sources_of(const Plan& plan) {
  std::vector<std::string> texts;
  for (const KernelSource& source : render(plan.schedule(), find_device("cpu").info())) texts.push_back(source.text);
  return texts;
}

void expect_same_plan(const Plan& a, const Plan& b) {
  const std::vector<std::string> a_sources = sources_of(a), b_sources = sources_of(b);
  ASSERT_EQ(a_sources.size(), b_sources.size());
  for (std::size_t k = 0; k < a_sources.size(); ++k) EXPECT_EQ(a_sources[k], b_sources[k]) << "kernel " << k;
  const auto same_place = [](const Place& p, const Place& q) { return p.kind == q.kind && p.number == q.number; };
  EXPECT_TRUE(std::ranges::equal(a.memory().places, b.memory().places, same_place));
  EXPECT_EQ(a.memory().arena_bytes, b.memory().arena_bytes);
  const auto same_donation = [](Donation p, Donation q) { return p.slot == q.slot && p.output == q.output; };
  EXPECT_TRUE(std::ranges::equal(a.in_place(), b.in_place(), same_donation));
}

TEST(TypedTraining, HasTheKernelsAndTheMemoryOfTheSameStepOnArrays) {
  set_default_device(find_device("reference"));
  {
    Twins twins({}, 0.3);
    CompiledStep array_step = compile(twins.array.function);
    const Plan& typed = twins.step.prepare(twins.examples).plan();
    EXPECT_EQ(typed.schedule().kernels.size(), 30u);
    EXPECT_EQ(typed.in_place().size(), 34u);
    expect_same_plan(typed, array_step.prepare(twins.array.state, twins.array.arguments).plan());
  }
  set_default_device(find_device("cpu"));
}

TEST(TypedTraining, GivesTheBitsOfTheSameStepOnArrays) {
  Twins twins({.modulus = 31, .d_model = 64, .heads = 4, .d_mlp = 128}, 0.5);
  CompiledStep array_step = compile(twins.array.function);
  for (int i = 0; i < 12; ++i)  // past the warm-up
    EXPECT_EQ(twins.step(twins.examples).item(), array_step(twins.array.state, twins.array.arguments)[0].item<float>())
        << "step " << i;
  const auto state = std::tie(twins.model, twins.optimizer);
  const std::vector<Array> typed = leaves(state);
  const std::vector<std::string> names = leaf_names(state);
  ASSERT_EQ(typed.size(), twins.array.state.size());
  for (std::size_t i = 0; i < typed.size(); ++i)
    EXPECT_EQ(typed[i].to_vector<float>(), twins.array.state[i].to_vector<float>()) << names[i];
}

}  // namespace
}  // namespace tenon
