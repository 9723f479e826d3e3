// Reductions: known values, no elements, special values, gradients.
#include <cmath>

#include "tests/support/array_values.h"

namespace tenon::testing {
namespace {

using Arrays = std::span<const Array>;
constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Array doubles(std::initializer_list<double> values, const Sizes& shape) { return Array::from(values, shape); }

TEST(Argmin, IsTheFirstMinimumOrTheFirstNaN) {
  Together expect;
  const Array x = doubles({3, 1, 1, nan, -9, nan}, {2, 3});
  expect.elements(argmin(x), {2}, {1, 0});
  expect.elements(argmin(x, 0, true), {1, 3}, {1, 1, 1});
  expect.elements(argmin(Array::from({true, false, false}, {3})), {}, {1});
  expect.elements(argmin(indices({5, INT64_MIN, 7}, {3})), {}, {1});
  EXPECT_EQ(argmin(zeros({0, 3})).shape(), (Shape{0}));
  expect_error<ShapeError>([] { argmin(zeros({3, 0})); }, {"argmin", "no elements", "[3, 0]"});
  expect_error<ShapeError>([] { argmax(zeros({3, 0})); }, {"argmax", "no elements", "[3, 0]"});
}

TEST(AnyAll, OfTruthValues) {
  Together expect;
  const Array x = doubles({0, 1, 0, 0, nan, 2}, {3, 2});
  expect.elements(any_of(x, 1), {3}, {1, 0, 1});
  expect.elements(all_of(x, 1), {3}, {0, 0, 1});
  expect.elements(any_of(x, {}, true), {1, 1}, {1});
  expect.elements(all_of(indices({1, 256}, {2})), {}, {1});
  EXPECT_EQ(any_of(x).dtype(), DType::boolean);
  expect.elements(any_of(zeros({2, 0}), 1), {2}, {0, 0});
  expect.elements(all_of(zeros({2, 0}), 1, true), {2, 1}, {1, 1});
  expect.elements(all_of(zeros({0})), {}, {1});
  expect.elements(any_of(Array(true)), {}, {1});
}

TEST(CountNonzero, CountsNaNToo) {
  Together expect;
  const Array x = doubles({0, 1, -0., nan, 0.5, inf}, {2, 3});
  expect.elements(count_nonzero(x), {}, {4});
  expect.elements(count_nonzero(x, 1, true), {2, 1}, {1, 3});
  EXPECT_EQ(count_nonzero(x).dtype(), DType::i64);
  expect.elements(count_nonzero(zeros({0, 2}), 0), {2}, {0, 0});
}

TEST(Stddev, IsTheRootOfTheVariance) {
  Together expect;
  const Array x = doubles({1, 3, 2, 6}, {2, 2});
  expect.elements(stddev(x, 1), {2}, {std::sqrt(2), std::sqrt(8)}, 1e-15);
  expect.elements(stddev(x, 1, 0, true), {2, 1}, {1, 2});
  EXPECT_EQ(stddev(arange(3)).dtype(), DType::f32);
}

TEST(Norm, OfEveryOrder) {
  Together expect;
  const Array x = doubles({3, -4, 0, 0}, {2, 2});
  expect.elements(norm(x), {}, {5});
  expect.elements(norm(x, 1, 1), {2}, {7, 0});
  expect.elements(norm(x, inf, 0, true), {1, 2}, {3, 4});
  expect.elements(norm(x, -inf, 1), {2}, {3, 0});
  expect.elements(norm(x, 0, 1), {2}, {2, 0});
  expect.elements(norm(x, 3, 1), {2}, {std::cbrt(91), 0}, 1e-14);
  expect.elements(norm(x, 0.5, 1), {2}, {std::pow(std::sqrt(3) + 2, 2), 0}, 1e-13);
  expect.elements(norm(x, -1, 1), {2}, {1 / (1. / 3 + 1. / 4), 0}, 1e-15);
  expect.elements(norm(doubles({nan, 1}, {2})), {}, {nan});
  expect.elements(norm(doubles({inf, 1}, {2}), 1), {}, {inf});
  EXPECT_EQ(norm(arange(3)).dtype(), DType::f32);
  expect.elements(norm(zeros({0})), {}, {0});
  expect_error<ShapeError>([] { norm(zeros({0}), inf); }, {"norm", "no elements"});
  expect_error<ValueError>([&] { norm(x, nan); }, {"norm", "NaN"});
}

TEST(Norm, HasNoSlopeAtZero) {
  Together expect;
  for (const double p : {1., 2., 3., inf}) {
    const Array x = zeros({3}, DType::f64);
    expect.elements(grad(norm(x, p), {x})[0], {3}, {0, 0, 0});
  }
}

// NumPy: sums of nothing are their neutral element, means NaN, extremes an error.
TEST(Reduction, OfNoElements) {
  Together expect;
  const Array x = zeros({2, 0});
  expect.elements(sum(x, 1), {2}, {0, 0});
  expect.elements(prod(x, 1), {2}, {1, 1});
  expect.elements(mean(x, 1), {2}, {nan, nan});
  expect.elements(var(x, 1), {2}, {nan, nan});
  expect.elements(var(x, 1, 0), {2}, {nan, nan});
  expect.elements(stddev(x, 1), {2}, {nan, nan});
  expect.elements(logsumexp(x, 1), {2}, {-inf, -inf});
  expect.elements(var(ones({2, 1}), 1), {2}, {nan, nan});
  for (Array (*extreme)(const Array&, const Axes&, bool, std::source_location) : {&max, &min}) {
    EXPECT_THROW(extreme(x, 1, false, std::source_location::current()), ShapeError);
    EXPECT_EQ(extreme(x, 0, true, std::source_location::current()).shape(), (Shape{1, 0}));
  }
}

TEST(ReductionGradient, EqualsCentralDifferences) {
  const GradientCase cases[] = {
      {"stddev", [](Arrays x) { return stddev(x[0], 0); }, {{3, 2}}},
      {"norm 2", [](Arrays x) { return norm(x[0], 2, 1); }, {{2, 3}}},
      {"norm 1", [](Arrays x) { return norm(x[0], 1, 0, true); }, {{2, 3}}},
      {"norm inf", [](Arrays x) { return norm(x[0], inf, 1); }, {{2, 3}}},
      {"norm 3", [](Arrays x) { return norm(x[0], 3); }, {{2, 3}}},
  };
  expect_array_gradients(cases, 34);
}

}  // namespace
}  // namespace tenon::testing
