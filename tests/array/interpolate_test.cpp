// Interpolation: values by hand and by nested loops over the formulas, gradients by central differences.
#include "tenon/array/interpolate.h"

#include <algorithm>
#include <cmath>

#include "tests/support/array_values.h"

namespace tenon::testing {
namespace {

using Arrays = std::span<const Array>;

// The interpolated element at a place of one row, by the formulas.
double interpolated(const std::vector<double>& row, double at, Interpolation mode) {
  const auto n = static_cast<std::int64_t>(row.size());
  const auto element = [&](double position) {
    return row[static_cast<std::size_t>(std::clamp<std::int64_t>(static_cast<std::int64_t>(position), 0, n - 1))];
  };
  if (mode == Interpolation::linear) {
    const double clamped = std::clamp(at, 0.0, static_cast<double>(n - 1)), below = std::floor(clamped);
    return element(below) + (clamped - below) * (element(below + 1) - element(below));
  }
  double sum = 0;
  for (int tap = -1; tap <= 2; ++tap) {
    const double below = std::floor(at), d = std::fabs(at - below - tap), a = -0.75;
    sum += element(below + tap) *
           (d <= 1 ? (a + 2) * d * d * d - (a + 3) * d * d + 1 : a * d * d * d - 5 * a * d * d + 8 * a * d - 4 * a);
  }
  return sum;
}

TEST(Interpolate, FollowsTheFormulasAlongOneAxis) {
  SeededRandom random(41);
  for (const Interpolation mode : {Interpolation::linear, Interpolation::cubic})
    for (const bool align_corners : {false, true})
      for (const std::int64_t size : {1, 3, 5, 8, 14}) {
        const HostTensor x = random_tensor(random.engine, DType::f64, {1, 1, 7});
        const std::vector<double> row(x.data<double>(), x.data<double>() + 7);
        const std::vector<double> y =
            interpolate(array_of(x), {.size = size, .mode = mode, .align_corners = align_corners}).to_vector<double>();
        ASSERT_EQ(static_cast<std::int64_t>(y.size()), size);
        for (std::int64_t i = 0; i < size; ++i) {
          const double at = static_cast<double>(i), n = static_cast<double>(size);
          const double place = align_corners ? (size > 1 ? at * 6 / (n - 1) : 0) : (at + 0.5) * 7 / n - 0.5;
          EXPECT_NEAR(y[static_cast<std::size_t>(i)], interpolated(row, place, mode), 1e-13);
        }
      }
}

TEST(Interpolate, AScaleThatKeepsTheSizeMovesElementsOfCubicAlone) {
  const std::vector<double> row = {3, 1, 4, 1, 5};
  const Array x = reshape(Array::from(row, {5}), {1, 1, 5});
  for (const Interpolation mode : {Interpolation::nearest, Interpolation::linear})
    EXPECT_EQ(interpolate(x, {.scale = {1.1}, .mode = mode}).to_vector<double>(), row);
  const std::vector<double> y = interpolate(x, {.scale = {1.1}, .mode = Interpolation::cubic}).to_vector<double>();
  ASSERT_EQ(y.size(), row.size());
  for (std::size_t i = 0; i < row.size(); ++i)
    EXPECT_NEAR(y[i], interpolated(row, (static_cast<double>(i) + 0.5) / 1.1 - 0.5, Interpolation::cubic), 1e-13);
}

TEST(Interpolate, KnownValues) {
  Together expect;
  const Array x = reshape(Array::from({1.0, 2.0, 3.0, 4.0}, {4}), {1, 1, 2, 2});
  expect.elements(interpolate(x, {.scale = {2}}), {1, 1, 4, 4}, {1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4});
  expect.elements(interpolate(x, {.size = PerAxis{2, 4}, .mode = Interpolation::linear}), {1, 1, 2, 4},
                  {1, 1.25, 1.75, 2, 3, 3.25, 3.75, 4});
  expect.elements(interpolate(x, {.size = 3, .mode = Interpolation::linear, .align_corners = true}), {1, 1, 3, 3},
                  {1, 1.5, 2, 2, 2.5, 3, 3, 3.5, 4});
  expect.elements(interpolate(counted({1, 1, 5}, DType::i32), {.size = 3}), {1, 1, 3}, {0, 1, 3});
  expect.elements(interpolate(counted({1, 1, 3}), {.size = 7}), {1, 1, 7}, {0, 0, 0, 1, 1, 2, 2});
  expect.elements(interpolate(counted({1, 1, 4}), {.scale = {0.6}}), {1, 1, 2}, {0, 1});
  // The scale itself tells positions, though 2 of 5 elements would be 2.5 apart.
  expect.elements(interpolate(counted({1, 1, 5}), {.scale = {0.5}, .mode = Interpolation::linear}), {1, 1, 2},
                  {0.5, 2.5});
  expect.elements(interpolate(counted({1, 1, 2, 1, 2}), {.size = PerAxis{1, 2, 3}, .mode = Interpolation::linear}),
                  {1, 1, 1, 2, 3}, {1, 1.5, 2, 1, 1.5, 2}, 1e-15);
  expect.elements(interpolate(counted({1, 1, 4}, DType::i32), {.size = 2, .mode = Interpolation::linear}), {1, 1, 2},
                  {0.5, 2.5});
}

TEST(Interpolate, GradientsAreThoseOfCentralDifferences) {
  const GradientCase cases[] = {
      {"nearest", [](Arrays x) { return interpolate(x[0], {.size = PerAxis{4, 6}}); }, {{1, 2, 3, 3}}},
      {"linear",
       [](Arrays x) { return interpolate(x[0], {.scale = {1.7, 0.7}, .mode = Interpolation::linear}); },
       {{1, 1, 3, 4}}},
      {"cubic", [](Arrays x) { return interpolate(x[0], {.size = 5, .mode = Interpolation::cubic}); }, {{1, 1, 3, 4}}},
  };
  expect_array_gradients(cases, 42);
}

TEST(Interpolate, SaysWhatDoesNotFit) {
  const Array x = zeros({1, 2, 4, 4});
  expect_error<ShapeError>([] { interpolate(zeros({2, 4}), {.size = 2}); }, {"interpolate", "[2, 4]"});
  expect_error<ShapeError>([] { interpolate(zeros({1, 1, 0}), {.size = 2}); }, {"axis 0", "empty"});
  expect_error<ValueError>([&] { interpolate(x, {}); }, {"either sizes or scales"});
  expect_error<ValueError>([&] { interpolate(x, {.size = 2, .scale = {2}}); }, {"either sizes or scales"});
  expect_error<ValueError>([&] { interpolate(x, {.size = PerAxis{1, 2, 3}}); }, {"3 numbers", "2 spatial"});
  expect_error<ValueError>([&] { interpolate(x, {.size = 0}); }, {"size of 0"});
  expect_error<ValueError>([&] { interpolate(x, {.scale = {1, 2, 3}}); }, {"3 scales", "2 spatial"});
  expect_error<ValueError>([&] { interpolate(x, {.scale = {0.1}}); }, {"scale of 0.1", "4 elements"});
  expect_error<ValueError>([&] { interpolate(x, {.size = 2, .align_corners = true}); }, {"align_corners", "nearest"});
}

}  // namespace
}  // namespace tenon::testing
