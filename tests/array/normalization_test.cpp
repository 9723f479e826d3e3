// Normalisation and losses: values by their formulas, gradients by central differences.
#include "tenon/array/normalization.h"

#include <cmath>

#include "tenon/array/loss.h"
#include "tests/support/array_values.h"

namespace tenon::testing {
namespace {

using Arrays = std::span<const Array>;

// x [batch, channels, ...] with the mean and variance of what `set_of` says each element belongs to.
HostTensor normalised(const HostTensor& x, double eps, const std::function<std::int64_t(const Position&)>& set_of,
                      std::int64_t sets) {
  std::vector<double> sums(static_cast<std::size_t>(sets), 0), squares = sums, counts = sums;
  std::vector<std::size_t> belongs;
  const Shape shape = x.shape;
  for (std::int64_t i = 0; i < x.elements(); ++i) {
    Position at(static_cast<std::size_t>(shape.rank()));
    std::int64_t rest = i;
    for (int axis = shape.rank() - 1; axis >= 0; --axis) {
      at[static_cast<std::size_t>(axis)] = rest % shape[axis];
      rest /= shape[axis];
    }
    belongs.push_back(static_cast<std::size_t>(set_of(at)));
    sums[belongs.back()] += get_floating(x, i);
    counts[belongs.back()] += 1;
  }
  for (std::int64_t i = 0; i < x.elements(); ++i) {
    const std::size_t set_index = belongs[static_cast<std::size_t>(i)];
    const double centred = get_floating(x, i) - sums[set_index] / counts[set_index];
    squares[set_index] += centred * centred;
  }
  HostTensor y(DType::f64, shape);
  for (std::int64_t i = 0; i < x.elements(); ++i) {
    const std::size_t set_index = belongs[static_cast<std::size_t>(i)];
    const double mean = sums[set_index] / counts[set_index], var = squares[set_index] / counts[set_index];
    set(y, i, (get_floating(x, i) - mean) / std::sqrt(var + eps));
  }
  return y;
}

TEST(Normalization, AgreesWithTheFormulas) {
  SeededRandom random(51);
  const HostTensor x = random_tensor(random.engine, DType::f64, {3, 4, 2, 5});
  const Array a = array_of(x), none = zeros({4}, DType::f64);
  const Array outputs[] = {batch_norm_training(a, none, none).y, group_norm(a, 2), instance_norm(a, {}, {}, 1e-3),
                           group_norm(a, 4)};
  eval(outputs);
  const HostTensor expected[] = {
      normalised(
          x, 1e-5, [](const Position& at) { return at[1]; }, 4),
      normalised(
          x, 1e-5, [](const Position& at) { return at[0] * 2 + at[1] / 2; }, 6),
      normalised(
          x, 1e-3, [](const Position& at) { return at[0] * 4 + at[1]; }, 12),
      normalised(
          x, 1e-5, [](const Position& at) { return at[0] * 4 + at[1]; }, 12),
  };
  for (std::size_t i = 0; i < std::size(outputs); ++i)
    EXPECT_TRUE(matches(host_value(outputs[i]), expected[i], {.absolute = 1e-13})) << "case " << i;
}

TEST(BatchNorm, RunningStatisticsMoveTowardsTheBatch) {
  Together expect;
  const Array x = Array::from({1.0, 10.0, 3.0, 10.0}, {2, 2});  // means 2 and 10, unbiased variances 2 and 0
  const Array weight = Array::from({2.0, 1.0}, {2}), bias = Array::from({5.0, 7.0}, {2});
  const BatchNormResult result = batch_norm_training(x, Array::from({0.0, 20.0}, {2}), ones({2}, DType::f64), weight,
                                                     bias, {.momentum = 0.25, .eps = 0});
  expect.elements(result.running_mean, {2}, {0.5, 17.5});
  expect.elements(result.running_var, {2}, {1.25, 0.75});
  const Array y = batch_norm_training(x, zeros({2}, DType::f64), ones({2}, DType::f64), weight, bias, {.eps = 1}).y;
  const double root = 1 / std::sqrt(2);
  expect.elements(y, {2, 2}, {5 - 2 * root, 7, 5 + 2 * root, 7}, 1e-15);
  expect.elements(batch_norm(x, Array::from({1.0, 8.0}, {2}), Array::from({4.0, 1.0}, {2}), weight, bias, 0), {2, 2},
                  {5, 9, 7, 9}, 1e-15);
}

TEST(RmsNorm, DividesByTheRootOfTheMeanSquare) {
  Together expect;
  expect.elements(rms_norm(Array::from({3.0, 3.0, 1.0, 7.0}, {2, 2}), Array::from({1.0, 10.0}, {2}), 0), {2, 2},
                  {1, 10, 0.2, 14}, 1e-14);
}

TEST(Loss, KnownValues) {
  Together expect;
  const Array x = Array::from({-3.0, 0.0, 0.5, 2.0}, {4}), zero = zeros({4}, DType::f64);
  expect.elements(l1_loss(x, zero), {}, {5.5 / 4});
  expect.elements(l1_loss(x, zero, LossReduction::sum), {}, {5.5});
  expect.elements(smooth_l1_loss(x, zero, 1, LossReduction::none), {4}, {2.5, 0, 0.125, 1.5});
  expect.elements(smooth_l1_loss(x, zero, 2, LossReduction::none), {4}, {2, 0, 0.0625, 1});
  expect.elements(smooth_l1_loss(x, zero, 0, LossReduction::none), {4}, {3, 0, 0.5, 2});
  expect.elements(huber_loss(x, zero, 2, LossReduction::none), {4}, {4, 0, 0.125, 2});
  const Array logits = Array::from({0.0, 1000.0, -1000.0, -1000.0}, {4});
  const Array labels = Array::from({1.0, 1.0, 0.0, 0.5}, {4});
  expect.elements(binary_cross_entropy_with_logits(logits, labels, LossReduction::none), {4}, {std::log(2), 0, 0, 500},
                  1e-15);
  const Array log_probabilities = Array::from({-1.0, -2.0, -3.0, -4.0}, {2, 2});
  expect.elements(nll_loss(log_probabilities, indices({1, 0}, {2})), {}, {2.5});
  expect.elements(nll_loss(log_probabilities, indices({0, 0}, {2}), LossReduction::none), {2}, {1, 3});
  const Array classes = indices({2, 0, 1}, {3});
  const Array random = sin(counted({3, 4}));
  expect.elements(nll_loss(log_softmax(random), classes) - cross_entropy(random, classes), {}, {0}, 1e-15);
}

TEST(Loss, GradientAtEqualityIsZero) {
  Together expect;
  const Array x = zeros({2}, DType::f64);
  for (const auto& loss : {+[](const Array& a, const Array& b) { return l1_loss(a, b); },
                           +[](const Array& a, const Array& b) { return smooth_l1_loss(a, b); }})
    expect.elements(
        value_and_grad([&](const std::vector<Array>& a) { return loss(a[0], zeros({2}, DType::f64)); }, {x}).second[0],
        {2}, {0, 0});
}

TEST(Normalization, GradientsAreThoseOfCentralDifferences) {
  const auto none = [] { return zeros({2}, DType::f64); };
  const GradientCase cases[] = {
      {"batch_norm_training",
       [&](Arrays x) { return batch_norm_training(x[0], none(), none(), x[1], x[2]).y; },
       {{3, 2, 2}, {2}, {2}}},
      {"batch_norm",
       [&](Arrays x) { return batch_norm(x[0], x[1], none() + 1, x[2], x[3]); },
       {{3, 2, 2}, {2}, {2}, {2}}},
      {"group_norm", [](Arrays x) { return group_norm(x[0], 2, x[1], x[2]); }, {{2, 4, 2}, {4}, {4}}},
      {"instance_norm", [](Arrays x) { return instance_norm(x[0], x[1], x[2]); }, {{2, 2, 4}, {2}, {2}}},
      {"rms_norm", [](Arrays x) { return rms_norm(x[0], x[1]); }, {{2, 3}, {3}}},
      {"nll_loss", [](Arrays x) { return nll_loss(x[0], x[1]); }, {{2, 3}}, {index_values({2}, {2, 0})}},
      {"binary_cross_entropy_with_logits",
       [](Arrays x) { return binary_cross_entropy_with_logits(x[0], x[1]); },
       {{5}, {5}}},
      {"l1_loss", [](Arrays x) { return l1_loss(x[0], x[1]); }, {{5}, {5}}},
      {"smooth_l1_loss", [](Arrays x) { return smooth_l1_loss(x[0], x[1], 0.5); }, {{5}, {5}}},
      {"huber_loss", [](Arrays x) { return huber_loss(x[0], x[1], 0.7); }, {{5}, {5}}},
  };
  expect_array_gradients(cases, 52);
}

TEST(Normalization, SaysWhatDoesNotFit) {
  const Array x = zeros({2, 4, 3}), four = zeros({4}), three = zeros({3});
  expect_error<ShapeError>([&] { batch_norm_training(x, three, four); }, {"batch_norm", "running mean", "[3]", "[4]"});
  expect_error<ShapeError>([&] { batch_norm(x, four, four, four, three); }, {"batch_norm", "bias", "[3]"});
  expect_error<ShapeError>([&] { batch_norm(three, three, three); }, {"batch_norm", "[3]"});
  expect_error<ValueError>([&] { batch_norm_training(zeros({1, 4}), four, four); }, {"1 elements", "two or more"});
  expect_error<ShapeError>([&] { group_norm(x, 3); }, {"group_norm", "4 channels", "3 groups"});
  expect_error<ValueError>([&] { group_norm(x, 0); }, {"0 groups"});
  expect_error<ShapeError>([&] { instance_norm(zeros({2, 4})); }, {"instance_norm", "[2, 4]"});
  expect_error<ShapeError>([&] { rms_norm(x, four); }, {"rms_norm", "[4]", "[2, 4, 3]"});
}

TEST(Loss, SaysWhatDoesNotFit) {
  const Array x = zeros({2, 3});
  expect_error<ShapeError>([&] { l1_loss(x, zeros({3})); }, {"l1_loss", "[2, 3]", "[3]"});
  expect_error<ShapeError>([&] { huber_loss(x, zeros({3})); }, {"huber_loss", "[3]"});
  expect_error<ValueError>([&] { huber_loss(x, x, 0); }, {"delta is 0"});
  expect_error<ValueError>([&] { smooth_l1_loss(x, x, -1); }, {"beta is -1"});
  expect_error<ShapeError>([&] { binary_cross_entropy_with_logits(x, zeros({2, 1})); }, {"[2, 1]"});
  expect_error<ShapeError>([&] { nll_loss(x, arange(3)); }, {"nll_loss", "[2, 3]", "[3]"});
  expect_error<DTypeError>([&] { nll_loss(x, zeros({2})); }, {"nll_loss", "float32"});
}

}  // namespace
}  // namespace tenon::testing
