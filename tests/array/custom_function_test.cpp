// Functions with gradients of the user's own, and recomputation in place of memory.
#include "tenon/array/custom_function.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tenon/array/compile.h"
#include "tests/support/array_values.h"

namespace tenon::testing {
namespace {

using Arrays = std::vector<Array>;

Array doubles(std::initializer_list<double> values, const Sizes& shape) { return Array::from(values, shape); }

// log(1 + exp(x)), whose gradient is written so that it does not overflow.
const auto softplus =
    custom_function([](const Arrays& x) { return log(1 + exp(x[0])); },
                    [](const Arrays& x, const Arrays&, const Arrays& g) { return g[0] * sigmoid(x[0]); });

// Quotient and product; the backward uses inputs, outputs and both cotangents.
const auto ratio_and_product =
    custom_function([](const Arrays& x) { return Arrays{x[0] / x[1], x[0] * x[1]}; },
                    [](const Arrays& x, const Arrays& y, const Arrays& g) {
                      return Arrays{g[0] / x[1] + g[1] * x[1], g[1] * x[0] - g[0] * y[0] / x[1]};
                    });

TEST(CustomFunction, GivesFirstAndSecondGradients) {
  const GradientCase cases[] = {
      {"softplus", [](auto x) { return softplus({x[0] * x[0]}); }, {{2, 3}}},
      {"two outputs",
       [](auto x) {
         const Arrays y = ratio_and_product({x[0], exp(x[1])});
         return sin(y[0]) * y[1];
       },
       {{3}, {3}}},
      {"one output of two", [](auto x) { return ratio_and_product({x[0], exp(x[1])})[1]; }, {{3}, {3}}},
      {"inside a nested gradient",
       [](auto x) {
         return value_and_grad([&](const Arrays& a) { return sum(softplus({a[0]}) * x[1]); }, {x[0]}).second[0];
       },
       {{3}, {3}}},
  };
  expect_array_gradients(cases, 41);
}

TEST(CustomFunction, MayRefuseAndReshapeGradients) {
  const auto straight_through = custom_function([](const Arrays& x) { return floor(x[0]); },
                                                [](const Arrays&, const Arrays&, const Arrays& g) { return g[0]; });
  const auto lookup = custom_function(
      [](const Arrays& x) { return take(x[0], x[1], 0); },
      [](const Arrays& x, const Arrays&, const Arrays& g) { return Arrays{full_like(x[0], 7) * sum(g[0]), Array()}; });
  const Array x = doubles({1.5, 2.5}, {2}), index = indices({1, 1, 0}, {3});
  Together expect;
  expect.elements(straight_through({x}), {2}, {1, 2});
  expect.elements(grad(sum(straight_through({x}) * x), {x})[0], {2}, {2.5, 4.5});
  expect.elements(grad(sum(lookup({x, index})), {x})[0], {2}, {21, 21});
}

TEST(CustomFunction, WorksInsideACompiledStep) {
  CompiledStep step = compile([](std::span<const Array> state, std::span<const Array> arguments) {
    const auto [loss, slopes] =
        value_and_grad([&](const Arrays& w) { return mean(softplus({w[0] * arguments[0]})); }, {state[0]});
    return StepResult{.state = {state[0] - 0.5 * slopes[0]}, .results = {loss}};
  });
  Arrays state{doubles({0.5}, {1})};
  const Array x = doubles({1, -2, 3}, {3});
  double w = 0.5;
  for (int i = 0; i < 3; ++i) {
    double loss = 0, slope = 0;
    for (const double each : {1.0, -2.0, 3.0}) {
      loss += std::log1p(std::exp(w * each)) / 3;
      slope += each / (1 + std::exp(-w * each)) / 3;
    }
    EXPECT_NEAR(step(state, std::span(&x, 1))[0].item<double>(), loss, 1e-12);
    w -= 0.5 * slope;
    EXPECT_NEAR(state[0].item<double>(), w, 1e-12);
  }
}

TEST(CustomFunction, MayLookAtValuesButNotCutTheGradient) {
  const Array w(3.0);
  double seen = 0;
  const auto looking = [&](bool at_input) {
    return custom_function([](const Arrays& x) { return exp(x[0]); },
                           [&seen, at_input](const Arrays& x, const Arrays& y, const Arrays& g) {
                             seen = (at_input ? x[0] : stop_gradient(x[0])).item<double>();
                             return g[0] * y[0];
                           });
  };
  EXPECT_NEAR(grad(looking(false)({w * w * 0.5}), {w})[0].item<double>(), 3 * std::exp(4.5), 1e-10);
  EXPECT_EQ(seen, 4.5);
  // Nothing is behind what is differentiated by.
  const auto [value, slopes] = value_and_grad([&](const Arrays& x) { return looking(true)({x[0]}); }, {w});
  EXPECT_NEAR(slopes[0].item<double>(), std::exp(3), 1e-12);
  expect_error<GradientError>([&] { grad(looking(true)({w * w * 0.5}), {w}); },
                              {"custom_function", "evaluated the float64 []", "stop_gradient"});
}

TEST(CustomFunction, ErrorsSayWhatToDo) {
  const Array x = doubles({1, 2}, {2}), w = doubles({3, 4}, {2});
  const auto pass = [](const Arrays&, const Arrays&, const Arrays& g) { return g; };
  const auto captures = custom_function([&](const Arrays& a) { return a[0] * w; }, pass);
  EXPECT_EQ(grad(sum(captures({x})), {x})[0].to_vector<double>(), (std::vector<double>{1, 1}));
  expect_error<GradientError>([&] { grad(sum(captures({x})), {w}); },
                              {"custom_function", "through its inputs", "custom_function_test.cpp"});
  const auto too_few = custom_function([](const Arrays& a) { return a[0] * a[1]; }, pass);
  expect_error<GradientError>([&] { grad(sum(too_few({x, w})), {w}); }, {"1 gradients for 2 inputs"});
}

TEST(Checkpoint, ChangesNeitherValuesNorGradients) {
  const auto block = [](const Array& x, const Array& w) { return sin(matmul(tanh(x), w)) * x; };
  const auto kept = [&](auto x) { return block(block(x[0], x[1]), x[1] * x[1]); };
  const auto recomputed = [&](auto x) {
    const Array w = x[1];
    const Array y = checkpoint([&](const Arrays& a) { return block(a[0], w); }, {x[0]});
    return checkpoint([&](const Arrays& a) { return block(a[0], a[1] * a[1]); }, {y, w});
  };
  const GradientCase cases[] = {
      {"captured and passed", recomputed, {{2, 3}, {3, 3}}},
      {"nested",
       [&](auto x) {
         return checkpoint(
             [&](const Arrays& a) {
               return checkpoint([&](const Arrays& b) { return block(b[0], x[1]); }, {softplus({a[0]})}) * a[0];
             },
             {x[0]});
       },
       {{2, 3}, {3, 3}}},
      {"what an inner function captures is no variable",
       [&](auto x) {
         const Array scale = counted({3}) + 1;
         const auto scaled =
             custom_function([=](const Arrays& a) { return a[0] * scale; },
                             [=](const Arrays&, const Arrays&, const Arrays& g) { return g[0] * scale; });
         return checkpoint([&](const Arrays& a) { return scaled({a[0] * x[1]}); }, {x[0]});
       },
       {{3}, {3}}},
      {"several outputs, one of them an input",
       [&](auto x) {
         const Arrays y = checkpoint([&](const Arrays& a) { return Arrays{a[0] * x[1], a[0], x[1]}; }, {x[0]});
         return y[0] * y[1] + square(y[2]);
       },
       {{3}, {3}}},
  };
  expect_array_gradients(cases, 42);

  SeededRandom random(43);
  const Arrays x{array_of(random_tensor(random.engine, DType::f64, {2, 3})),
                 array_of(random_tensor(random.engine, DType::f64, {3, 3}))};
  const Array expected = kept(x), actual = recomputed(x);
  EXPECT_EQ(actual.to_vector<double>(), expected.to_vector<double>());
}

TEST(Checkpoint, DrawsTheSameRandomNumbersAgain) {
  Rng rng(5);
  const Array x = counted({16}) + 1;
  const Array y =
      checkpoint([&](const Arrays& a) { return a[0] * a[0] * astype(rng.uniform({16}) < 0.5, DType::f64); }, {x});
  const Array slope = grad(sum(y), {x})[0];
  eval(y, slope);
  const Array expected = 2 * y / x;
  EXPECT_EQ(slope.to_vector<double>(), expected.to_vector<double>());
  EXPECT_GT(max(y).item<double>(), 0);
  EXPECT_EQ(min(y).item<double>(), 0) << "some are dropped";
}

TEST(Checkpoint, IsCalledOnceAndRefusesToEvaluate) {
  const Array x = doubles({1, 2}, {2});
  int calls = 0;
  const Array y = checkpoint(
      [&](const Arrays& a) {
        ++calls;
        return exp(a[0]);
      },
      {x});
  grad(sum(y), {x})[0].to_vector<double>();
  EXPECT_EQ(calls, 1);
  expect_error<ValueError>([&] { checkpoint([](const Arrays& a) { return a[0] * sum(a[0]).item<double>(); }, {x}); },
                           {"traced"});
}

}  // namespace
}  // namespace tenon::testing
