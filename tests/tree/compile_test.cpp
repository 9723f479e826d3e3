#include "tenon/tree/compile.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tenon/plan/executable.h"
#include "tenon/runtime/compile_statistics.h"
#include "tenon/tree/gradient.h"
#include "tests/support/errors.h"
#include "tests/tree/models.h"

namespace tenon::testing {
namespace {

using X = Tensor<float, "batch", 2>;
using Y = Tensor<float, "batch", 1>;

X inputs(int batch = 4) {
  return X(Array::from(std::vector<float>(static_cast<std::size_t>(2 * batch), 0.5f), {batch, 2}));
}
Y targets(int batch = 4) {
  return Y(Array::from(std::vector<float>(static_cast<std::size_t>(batch), 1.0f), {batch, 1}));
}

Mlp descend(const Mlp& model, const Mlp& gradient) {
  return tree_zip([](const auto& p, const auto& g) { return p - 0.1f * g; }, model, gradient);
}

// One step of gradient descent, counting how often it is traced.
auto training_step(Mlp& model, int& traces) {
  return compile(std::tie(model), [&traces](Mlp& m, X x, Y y) {
    ++traces;
    const auto [loss, gradient] = value_and_grad([&](const Mlp& now) { return mse_loss(now(x), y); })(m);
    m = descend(m, gradient);
    return loss;
  });
}

TEST(CompileTree, ReplaysWithoutTracingOrCompilingAgain) {
  Mlp model = mlp();
  int traces = 0;
  auto step = training_step(model, traces);
  const X x = inputs();
  const Y y = targets();
  Tensor<float> loss = step(x, y);
  const float first = loss.item();
  const CompileStatistics before = compile_statistics();
  for (int i = 0; i < 20; ++i) loss = step(x, y);
  EXPECT_EQ(traces, 1);
  EXPECT_EQ(compile_statistics().kernels_compiled, before.kernels_compiled);
  EXPECT_EQ(compile_statistics().kernels_from_disk, before.kernels_from_disk);
  EXPECT_LT(loss.item(), first / 10);
}

TEST(CompileTree, TracesOnceForEachShape) {
  Mlp model = mlp();
  int traces = 0;
  auto step = training_step(model, traces);
  for (const int batch : {4, 6, 4, 6, 4}) step(inputs(batch), targets(batch));
  EXPECT_EQ(traces, 2);
}

// The same step on Arrays: what the types cost is nothing.
TEST(CompileTree, RunsTheKernelsOfTheSameStepOnArrays) {
  Mlp model = mlp();
  int traces = 0;
  auto step = training_step(model, traces);
  std::vector<Array> state = leaves(mlp());
  CompiledStep array_step = compile([](std::span<const Array> s, std::span<const Array> batch) -> StepResult {
    const auto loss = [&](const std::vector<Array>& p) {
      return mse_loss(linear(relu(linear(batch[0], p[0], p[1])), p[2], p[3]), batch[1]);
    };
    const auto [value, gradients] = value_and_grad(loss, s);
    StepResult result{{}, {value}};
    for (std::size_t i = 0; i < 4; ++i) result.state.push_back(s[i] - 0.1f * gradients[i]);
    return result;
  });
  const X x = inputs();
  const Y y = targets();
  const Array batch[] = {x, y};
  EXPECT_EQ(step.prepare(x, y).plan().schedule().kernels.size(),
            array_step.prepare(state, batch).plan().schedule().kernels.size());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(step(x, y).item(), array_step(state, batch)[0].item<float>());
  const std::vector<Array> typed = leaves(model);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(typed[i].to_vector<float>(), state[i].to_vector<float>()) << i;
}

TEST(CompileTree, UpdatesTheStateInItsOwnMemory) {
  Mlp model = mlp();
  auto step = compile(std::tie(model), [](Mlp& m) { m = tree_map([](const auto& leaf) { return leaf * 0.5f; }, m); });
  const std::vector<float> values = model.first.weight.to_vector();
  std::vector<const Storage*> before, after;
  for_each_leaf(model, [&](const Array& leaf) { before.push_back(leaf.node().storage.get()); });
  step();
  for_each_leaf(model, [&](const Array& leaf) { after.push_back(leaf.node().storage.get()); });
  EXPECT_EQ(after, before);
  EXPECT_EQ(model.first.weight.to_vector()[0], values[0] / 2);
}

TEST(CompileTree, LeavesACopyOfTheModelAlone) {
  Mlp model = mlp();
  int traces = 0;
  auto step = training_step(model, traces);
  const Mlp copy = model;
  const std::vector<float> before = copy.first.weight.to_vector();
  step(inputs(), targets());
  EXPECT_EQ(copy.first.weight.to_vector(), before);
  EXPECT_NE(model.first.weight.to_vector(), before);
}

TEST(CompileTree, FollowsAModelThatIsReplacedBetweenCalls) {
  Scale model{three(1)};
  auto step = compile(std::tie(model), [](Scale& m) { m.factor *= 2; });
  step();
  model = Scale{three(10)};
  step();
  EXPECT_EQ(model.factor.to_vector(), (std::vector<float>{20, 22, 24}));
}

TEST(CompileTree, ReplacesStatesOfEveryContainer) {
  Containers tree = containers();
  auto step = compile(std::tie(tree), [](auto& t) { t = tree_map([](const auto& leaf) { return leaf + 1; }, t); });
  step();
  step();
  float expected = 2;
  for_each_leaf(tree, [&](const std::string& name, const Tensor<float, 3>& leaf) {
    EXPECT_EQ(leaf.to_vector()[0], expected) << name;
    expected += 10;
  });
}

TEST(CompileTree, TakesSeveralStatesAndReturnsNothing) {
  Scale a{three(1)};
  Shift b{three(2)};
  auto step = compile(std::tie(a, b), [](Scale& x, auto& y, const Tensor<float, 3>& z) {
    x.factor = x.factor + y.offset;
    y.offset += z;
  });
  static_assert(std::is_void_v<decltype(step(three(0)))>);
  step(three(10));
  EXPECT_EQ(a.factor.to_vector()[0], 3);
  EXPECT_EQ(b.offset.to_vector()[0], 12);
}

struct Batch {
  Tensor<float, 3> x;
  std::optional<Tensor<float, 3>> weight;
  int repeats = 1;
};
struct Report {
  Tensor<float> loss;
  std::vector<Tensor<float, 3>> values;
  std::optional<Tensor<float>> other;
  int repeats = 0;
};

TEST(CompileTree, TakesAndReturnsTrees) {
  int traces = 0;
  auto run = compile([&](const Batch& batch) {
    ++traces;
    Report report{sum(batch.x), {}, {}, batch.repeats};
    for (int i = 0; i < batch.repeats; ++i) report.values.push_back(batch.x * i);
    if (batch.weight) report.other = sum(*batch.weight);
    return report;
  });
  for (int i = 0; i < 2; ++i) {
    const Report plain = run(Batch{three(1), {}, 3});
    EXPECT_EQ(plain.loss.item(), 6);
    ASSERT_EQ(plain.values.size(), 3u);
    EXPECT_EQ(plain.values[2].to_vector()[0], 2);
    EXPECT_EQ(plain.repeats, 3);
    EXPECT_FALSE(plain.other);
    const Report weighted = run(Batch{three(1), three(2), 2});
    EXPECT_EQ(weighted.values.size(), 2u);
    EXPECT_EQ(weighted.other->item(), 9);
  }
  EXPECT_EQ(traces, 2) << "one for each structure and configuration";
}

TEST(CompileTree, KeepsResultsOfEarlierCallsApart) {
  auto twice = compile([](const Tensor<float, 3>& x) { return x * 2; });
  const auto first = twice(three(1)), second = twice(three(10));
  EXPECT_EQ(first.to_vector()[0], 2);
  EXPECT_EQ(second.to_vector()[0], 20);
}

TEST(CompileTree, TakesGenericFunctionsWithoutState) {
  auto add = compile(std::tie(), [](const auto& a, const auto& b) { return a + b; });
  EXPECT_EQ(add(three(1), three(2)).to_vector()[0], 3);
  EXPECT_EQ(add(Array(1.0f), Array(2.0f)).item<float>(), 3) << "arguments of other types are another trace";
}

TEST(CompileTree, ChecksAnArrayWhereATensorIsWanted) {
  auto twice = compile([](const Tensor<float, 3>& x, Tensor<float> by) { return x * by; });
  EXPECT_EQ(twice(Array(three(1)), Tensor<float>(2.0f)).to_vector()[2], 6);
  expect_error<ShapeError>([&] { twice(zeros({4}), Tensor<float>(2.0f)); }, {"[4] is no [3]"});
}

TEST(CompileTree, ReadsConfigurationAnew) {
  Assorted model = assorted();
  auto step = compile(std::tie(model), [](Assorted& m) {
    m.weight *= m.rate;
    m.mean = m.mean + m.weight;
  });
  step();
  EXPECT_EQ(model.weight.to_vector(), (std::vector<float>{0.5f, 1}));
  model.rate = 10;
  step();
  EXPECT_EQ(model.weight.to_vector(), (std::vector<float>{5, 10}));
  model.rate = 0.5;
  step();
  EXPECT_EQ(model.mean.to_vector(), (std::vector<float>{3 + 0.5f + 5 + 2.5f, 4 + 1 + 10 + 5}));
}

TEST(CompileTree, TracesOnceForANumberThatIsNotOne) {
  Assorted model = assorted();
  model.rate = std::nan("");
  int traces = 0;
  auto step = compile(std::tie(model), [&](Assorted& m) {
    ++traces;
    m.weight *= 2;
  });
  step();
  step();
  EXPECT_EQ(traces, 1);
}

template <class Model, class F>
void expect_rejected(Model model, F f, std::initializer_list<std::string_view> parts) {
  auto step = compile(std::tie(model), f);
  const std::vector<Array> before = leaves(model);
  expect_error<Error>([&] { step(); }, parts);
  const std::vector<Array> after = leaves(model);
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < after.size(); ++i)
    EXPECT_EQ(&after[i].node(), &before[i].node()) << "the state is still there after the error";
}

TEST(CompileTree, RejectsChangesThatAReplayWouldLose) {
  expect_rejected(assorted(), [](Assorted& m) { m.rate *= 2; }, {"changes state 0.rate", "has to be a tensor"});
  expect_rejected(assorted(), [](Assorted& m) { m.name += "x"; }, {"changes state 0.name"});
  expect_rejected(assorted(), [](Assorted& m) { m.sizes.push_back(3); }, {"changes state 0.sizes"});
  expect_rejected(assorted(), [](Assorted& m) { m.mean = {}; }, {"changes state 0.mean", "no value any more"});
  expect_rejected(containers(), [](Containers& t) { t.list.pop_back(); }, {"changes state 0.list"});
  expect_rejected(containers(), [](Containers& t) { t.either = Scale{three(0)}; }, {"changes state 0.either"});
}

TEST(CompileTree, NamesAStateThatChangesItsShapeOrType) {
  expect_rejected(assorted(), [](Assorted& m) { m.loose = zeros({2}); }, {"state 0.loose has shape [1]", "[2]"});
  expect_rejected(assorted(), [](Assorted& m) { m.loose = astype(m.loose, DType::f64); },
                  {"state 0.loose is float32", "float64"});
}

TEST(CompileTree, KeepsLeavesWithoutAValueEmpty) {
  const Assorted model = assorted();
  Assorted gradient = grad([](const Assorted& m) { return sum(m.weight * m.weight); })(model);
  auto step = compile(std::tie(gradient), [](Assorted& g) { g.weight *= 2; });
  step();
  step();
  EXPECT_EQ(gradient.weight.to_vector(), (std::vector<float>{8, 16}));
  EXPECT_FALSE(gradient.mean);
}

TEST(CompileTree, MayBeMoved) {
  Scale model{three(1)};
  auto step = compile(std::tie(model), [](Scale& m) { m.factor *= 2; });
  step();
  auto moved = std::move(step);
  moved();
  EXPECT_EQ(model.factor.to_vector()[0], 4);
}

}  // namespace
}  // namespace tenon::testing
