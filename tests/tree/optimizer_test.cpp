// Optimisers of models against those of arrays, and against PyTorch's formulas worked by hand.
#include <gtest/gtest.h>

#include "tenon/optim/adamw.h"
#include "tenon/optim/moving_average.h"
#include "tenon/optim/sgd.h"
#include "tenon/plan/executable.h"
#include "tenon/tree/compile.h"
#include "tests/support/errors.h"
#include "tests/tree/models.h"

namespace tenon::testing {
namespace {

using X = Tensor<float, "batch", 2>;
using Y = Tensor<float, "batch", 1>;

const X x = X::from({1, 2, -3, 4, 0.5f, -0.25f});
const Y y = Y::from({1, -1, 2});

Array array_loss(const std::vector<Array>& p, std::span<const Array> batch) {
  return mse_loss(linear(relu(linear(batch[0], p[0], p[1])), p[2], p[3]), batch[1]);
}

TEST(AdamWOfAModel, IsTheStepOnArraysToTheKernelAndTheBit) {
  Mlp model = mlp();
  auto optimizer = adamw(model, {.learning_rate = 1e-2});
  auto step = compile(std::tie(model, optimizer), [](Mlp& m, auto& o, X inputs, Y targets) {
    const auto [loss, gradient] = value_and_grad([&](const Mlp& now) { return mse_loss(now(inputs), targets); })(m);
    o.update(m, clip_by_global_norm(gradient, 1));
    return loss;
  });
  std::vector<Array> state = AdamWState::start(leaves(mlp())).flat();
  CompiledStep array_step = compile([](std::span<const Array> flat, std::span<const Array> batch) -> StepResult {
    const AdamWState now = AdamWState::from_flat(flat);
    const auto [loss, gradients] =
        value_and_grad([&](const std::vector<Array>& p) { return array_loss(p, batch); }, now.parameters);
    return {adamw(now, clip_by_global_norm(gradients, 1), full({}, 1e-2)).flat(), {loss}};
  });
  const Array batch[] = {x, y};
  EXPECT_EQ(step.prepare(x, y).plan().schedule().kernels.size(),
            array_step.prepare(state, batch).plan().schedule().kernels.size());
  for (int i = 0; i < 5; ++i) EXPECT_EQ(step(x, y).item(), array_step(state, batch)[0].item<float>());
  std::vector<Array> typed = leaves(model);
  for (const Array& leaf : leaves(optimizer)) typed.push_back(leaf);
  ASSERT_EQ(typed.size(), state.size());
  for (std::size_t i = 0; i < typed.size(); ++i)
    EXPECT_EQ(typed[i].to_vector<float>(), state[i].to_vector<float>()) << i;
  EXPECT_EQ(optimizer.step.item(), 5);
}

TEST(AdamWOfAModel, IsATreeWithNames) {
  const auto optimizer = adamw(mlp());
  const std::vector<std::string> names = leaf_names(optimizer);
  EXPECT_EQ(names.front(), "first_moments.first.weight");
  EXPECT_EQ(names[4], "second_moments.first.weight");
  EXPECT_EQ(names.back(), "step");
}

TEST(AdamWOfAModel, LeavesAloneWhatIsNotTrained) {
  Assorted model = assorted();
  auto optimizer = adamw(model);
  EXPECT_FALSE(optimizer.first_moments.mean || optimizer.first_moments.tokens || optimizer.first_moments.indices);
  const Assorted gradient = grad([](const Assorted& m) { return sum(m.weight * m.mean); })(model);
  optimizer.update(model, gradient);
  EXPECT_NE(model.weight.to_vector(), assorted().weight.to_vector());
  EXPECT_EQ(model.mean.to_vector(), assorted().mean.to_vector());
  EXPECT_EQ(model.tokens.to_vector(), assorted().tokens.to_vector());
}

TEST(AdamWOfAModel, DecaysWhatTheRuleSays) {
  Mlp model = mlp();
  model.first.bias = ones<float, 16>();
  const Mlp before = model;
  auto optimizer = adamw(model, {.learning_rate = 0.5, .weight_decay = 0.5, .decays = only_matrices});
  EXPECT_EQ(optimizer.decays, (std::vector<bool>{true, false, true, false}));
  optimizer.update(model, tree_map([](const auto& leaf) { return leaf * 0; }, model));
  EXPECT_EQ(model.first.bias.to_vector(), before.first.bias.to_vector());
  EXPECT_EQ(model.first.weight.to_vector()[0], before.first.weight.to_vector()[0] * 0.75f);
}

TEST(AdamWOfAModel, TakesALearningRateThatChangesWithoutAnotherTrace) {
  Scale model{three(0)};
  auto optimizer = adamw(model, {.weight_decay = 0});
  int traces = 0;
  auto step = compile(std::tie(model, optimizer), [&](Scale& m, auto& o, Tensor<float> rate) {
    ++traces;
    o.update(m, Scale{ones<float, 3>()}, rate);
  });
  step(Tensor<float>(1.0f));
  // A first step has the length of the rate, to within half the rounding of 1 - 0.999: 2^-24 / 0.001 / 2.
  EXPECT_NEAR(model.factor.to_vector()[0], -1, 3e-5);
  step(Tensor<float>(0.0f));
  EXPECT_NEAR(model.factor.to_vector()[0], -1, 3e-5);
  EXPECT_EQ(traces, 1);
}

TEST(AdamWOfAModel, NamesWhatDoesNotFit) {
  std::vector<Scale> model = {{three(0)}, {three(1)}};
  auto optimizer = adamw(model);
  expect_error<StructureError>([&] { optimizer.update(model, {{three(0)}}); }, {"another number of elements"});
  expect_error<ValueError>([&] { optimizer.update(model, {{three(0)}, {}}); }, {"1.factor has no value"});
}

// w = 1, 2, 3; gradients of 1, then of 2; rate 0.5, momentum 0.5, decay 0.5, in exact binary fractions.
TEST(SgdOfAModel, FollowsPyTorchsFormulas) {
  const auto run = [](SgdOptions options) {
    Scale model{three(1)};
    auto optimizer = sgd(model, options);
    for (const int g : {1, 2}) optimizer.update(model, Scale{ones<float, 3>() * g});
    return model.factor.to_vector();
  };
  EXPECT_EQ(run({.learning_rate = 0.5})[0], 1 - 0.5f - 1);
  // v: 1, 2.5
  EXPECT_EQ(run({.learning_rate = 0.5, .momentum = 0.5})[0], 1 - 0.5f - 1.25f);
  // directions: 1 + 0.5 * 1, 2 + 0.5 * 2.5
  EXPECT_EQ(run({.learning_rate = 0.5, .momentum = 0.5, .nesterov = true})[0], 1 - 0.75f - 1.625f);
  // g: 1 + 0.5 * 1 = 1.5, w = 0.25; g: 2 + 0.5 * 0.25
  EXPECT_EQ(run({.learning_rate = 0.5, .weight_decay = 0.5})[0], 0.25f - 0.5f * 2.125f);
  EXPECT_EQ(run({.learning_rate = 0.5, .weight_decay = 0.5, .decays = only_matrices})[0], 1 - 0.5f - 1);
}

TEST(SgdOfAModel, KeepsNoVelocityWithoutMomentum) {
  EXPECT_FALSE(sgd(Scale{three(1)}).velocity.factor);
  EXPECT_TRUE(sgd(Scale{three(1)}, {.momentum = 0.9}).velocity.factor);
  expect_error<ValueError>([] { sgd(Scale{three(1)}, {.nesterov = true}); }, {"needs a momentum"});
}

TEST(SgdOfAModel, IsAStateOfACompiledStep) {
  Mlp model = mlp();
  auto optimizer = sgd(model, {.learning_rate = 0.005, .momentum = 0.5});
  auto step = compile(std::tie(model, optimizer), [](Mlp& m, auto& o, const X& inputs, const Y& targets) {
    const auto [loss, gradient] = value_and_grad([&](const Mlp& now) { return mse_loss(now(inputs), targets); })(m);
    o.update(m, gradient);
    return loss;
  });
  const float first = step(x, y).item();
  float last = first;
  for (int i = 0; i < 100; ++i) last = step(x, y).item();
  EXPECT_LT(last, first / 10);
}

TEST(Clipping, ScalesAGradientToTheNorm) {
  const std::pair<Scale, State<Tensor<float, 3>>> gradient{{Tensor<float, 3>::from({3, 0, 4})}, {}};
  EXPECT_EQ(global_norm(gradient).item<float>(), 5);
  const auto clipped = clip_by_global_norm(gradient, 0.5);
  EXPECT_NEAR(clipped.first.factor.to_vector()[2], 0.4, 1e-6);
  EXPECT_FALSE(clipped.second);
  EXPECT_EQ(clip_by_global_norm(gradient, 10).first.factor.to_vector()[2], 4);
}

TEST(MovingAverage, MovesParametersAndCopiesTheRest) {
  Assorted average = assorted();
  Assorted model = assorted();
  model.weight = model.weight * 3;
  model.mean = model.mean * 3;
  model.heads = 8;
  average = moving_average(average, model, 0.75);
  EXPECT_EQ(average.weight.to_vector(), (std::vector<float>{1.5f, 3}));
  EXPECT_EQ(average.mean.to_vector(), (std::vector<float>{9, 12}));
  EXPECT_EQ(average.heads, 8);
}

}  // namespace
}  // namespace tenon::testing
