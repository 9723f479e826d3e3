// The traversal, the conventions at kinks, and the errors.
#include "tenon/autograd/vjp.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tenon/graph/compose.h"
#include "tests/support/errors.h"
#include "tests/support/graph_values.h"

namespace tenon::testing {
namespace {

// Gradients of the sum of f.
std::vector<HostTensor> gradients_of(const NodeFunction& f, const std::vector<HostTensor>& values) {
  const std::vector<NodeRef> arguments = arguments_for(values);
  const NodeRef y = f(arguments);
  return interpret_nodes(grad(build::reduce(Scalar::add, y, (1u << y->shape.rank()) - 1), arguments), values);
}

HostTensor vector_of(std::initializer_list<double> values) {
  return tensor_of(DType::f64, {static_cast<std::int64_t>(values.size())}, values);
}

TEST(Gradient, KinksFollowPyTorch) {
  const std::vector x{vector_of({-1, 0, 2})};
  EXPECT_TRUE(
      matches(gradients_of([](auto a) { return build::unary(Scalar::relu, a[0]); }, x)[0], vector_of({0, 0, 1})));
  EXPECT_TRUE(
      matches(gradients_of([](auto a) { return build::unary(Scalar::abs, a[0]); }, x)[0], vector_of({-1, 0, 1})));
  EXPECT_TRUE(
      matches(gradients_of([](auto a) { return build::unary(Scalar::floor, a[0]); }, x)[0], vector_of({0, 0, 0})));
}

TEST(Gradient, OfWhatIsPiecewiseConstantIsZero) {
  const std::vector x{vector_of({-1.5, 0, 2.5})};
  for (const Scalar scalar : {Scalar::sign, Scalar::floor, Scalar::ceil, Scalar::trunc, Scalar::round})
    EXPECT_TRUE(matches(gradients_of([&](auto a) { return build::unary(scalar, a[0]); }, x)[0], vector_of({0, 0, 0})))
        << name(scalar);
  const auto quotient = gradients_of([](auto a) { return build::binary(Scalar::floor_divide, a[0], a[1]); },
                                     {vector_of({7.5}), vector_of({2})});
  EXPECT_TRUE(matches(quotient[0], vector_of({0})));
  EXPECT_TRUE(matches(quotient[1], vector_of({0})));
}

// -7.5 is 2 * -4 + 0.5 to one and 2 * -3 - 1.5 to the other.
TEST(Gradient, OfRemaindersCountsTheDivisor) {
  const std::vector values{vector_of({-7.5}), vector_of({2})};
  const auto floored = gradients_of([](auto a) { return build::binary(Scalar::remainder, a[0], a[1]); }, values);
  EXPECT_TRUE(matches(floored[0], vector_of({1})));
  EXPECT_TRUE(matches(floored[1], vector_of({4})));
  const auto truncated = gradients_of([](auto a) { return build::binary(Scalar::fmod, a[0], a[1]); }, values);
  EXPECT_TRUE(matches(truncated[0], vector_of({1})));
  EXPECT_TRUE(matches(truncated[1], vector_of({3})));
}

// At the ends of their domains, as PyTorch.
TEST(Gradient, OfInversesIsInfiniteAtTheirEnds) {
  const double inf = std::numeric_limits<double>::infinity();
  const auto slope = [](Scalar scalar, std::initializer_list<double> at) {
    return gradients_of([&](auto a) { return build::unary(scalar, a[0]); }, {vector_of(at)})[0];
  };
  EXPECT_TRUE(matches(slope(Scalar::asin, {-1, 1}), vector_of({inf, inf})));
  EXPECT_TRUE(matches(slope(Scalar::acos, {-1, 1}), vector_of({-inf, -inf})));
  EXPECT_TRUE(matches(slope(Scalar::acosh, {1}), vector_of({inf})));
  EXPECT_TRUE(matches(slope(Scalar::atanh, {-1, 1}), vector_of({inf, inf})));
  EXPECT_TRUE(matches(slope(Scalar::erfinv, {-1, 1}), vector_of({inf, inf})));
  EXPECT_TRUE(matches(slope(Scalar::cbrt, {0}), vector_of({inf})));
  EXPECT_TRUE(matches(slope(Scalar::softplus, {-1000, 0, 1000}), vector_of({0, 0.5, 1})));
  EXPECT_TRUE(matches(slope(Scalar::expm1, {0, -inf}), vector_of({1, 0})));
}

// Up and down its orders: polygamma(n, x) has the slope polygamma(n + 1, x), on both sides of 0.
TEST(Gradient, OfPolygammaIsThatOfTheNextOrder) {
  const std::vector values{vector_of({0.4, 1, 2.5, 7.5, 30, -0.3, -1.5, -4.8})};
  for (const double n : {1, 2, 3, 4, 7}) {
    SCOPED_TRACE(n);
    const NodeFunction f = [=](auto x) { return build::binary(Scalar::polygamma, build::full_like(x[0], n), x[0]); };
    const NodeFunction next = [=](auto x) {
      return build::binary(Scalar::polygamma, build::full_like(x[0], n + 1), x[0]);
    };
    const auto slope = gradients_of(f, values).at(0);
    EXPECT_TRUE(matches(slope, interpret_function(next, values)));
    expect_gradients(f, values);
    expect_second_gradients(f, values);
  }
}

TEST(Gradient, EqualExtremesShareIt) {
  const std::vector pair{vector_of({1, 2, 3}), vector_of({1, 3, 2})};
  const auto larger = gradients_of([](auto a) { return build::binary(Scalar::maximum, a[0], a[1]); }, pair);
  EXPECT_TRUE(matches(larger[0], vector_of({0.5, 0, 1})));
  EXPECT_TRUE(matches(larger[1], vector_of({0.5, 1, 0})));
  const auto smaller = gradients_of([](auto a) { return build::binary(Scalar::minimum, a[0], a[1]); }, pair);
  EXPECT_TRUE(matches(smaller[0], vector_of({0.5, 1, 0})));
  EXPECT_TRUE(matches(smaller[1], vector_of({0.5, 0, 1})));
  const auto amax =
      gradients_of([](auto a) { return build::reduce(Scalar::maximum, a[0], 1); }, {vector_of({3, 1, 3, 2})});
  EXPECT_TRUE(matches(amax[0], vector_of({0.5, 0, 0.5, 0})));
}

TEST(Gradient, PowIsZeroWhereItsLimitsAre) {
  // 0^0, 0^2, 2^0; torch.pow gives these.
  const auto slopes = gradients_of([](auto a) { return build::binary(Scalar::pow, a[0], a[1]); },
                                   {vector_of({0, 0, 2}), vector_of({0, 2, 0})});
  EXPECT_TRUE(matches(slopes[0], vector_of({0, 0, 0})));
  EXPECT_TRUE(matches(slopes[1], vector_of({0, 0, std::log(2)}), {.ulps = 2}));
}

TEST(Gradient, StopsWhereItIsTold) {
  const auto slope =
      gradients_of([](auto a) { return build::binary(Scalar::mul, a[0], build::unary(Scalar::stop_gradient, a[0])); },
                   {vector_of({3, 5})});
  EXPECT_TRUE(matches(slope[0], vector_of({3, 5})));  // not 2 x
}

TEST(Gradient, PassesThroughFloatingCasts) {
  const auto slope = gradients_of(
      [](auto a) {
        const NodeRef half = build::cast(a[0], DType::f32);
        return build::cast(build::binary(Scalar::mul, half, half), DType::f64);
      },
      {vector_of({3, -5})});
  EXPECT_TRUE(matches(slope[0], vector_of({6, -10})));
}

TEST(Gradient, EndsAtIntegersAndComparisons) {
  const auto slope = gradients_of(
      [](auto a) {
        const NodeRef whole = build::cast(build::cast(a[0], DType::i64), DType::f64);
        const NodeRef sign = build::cast(build::binary(Scalar::lt, a[0], whole), DType::f64);
        return build::binary(Scalar::add, build::binary(Scalar::mul, whole, a[0]), sign);
      },
      {vector_of({1.5, 2.5})});
  EXPECT_TRUE(matches(slope[0], vector_of({1, 2})));
}

TEST(Gradient, OfWhatAnOutputDoesNotDependOnIsZeros) {
  const auto slopes =
      gradients_of([](auto a) { return a[0]; }, {vector_of({1, 2}), tensor_of(DType::f32, {1, 3}, {1, 2, 3})});
  EXPECT_TRUE(matches(slopes[0], vector_of({1, 1})));
  EXPECT_TRUE(matches(slopes[1], HostTensor(DType::f32, {1, 3})));
}

TEST(Gradient, WithRespectToANodeAndWhatItDependsOn) {
  const std::vector values{vector_of({2})};
  const auto arguments = arguments_for(values);
  const NodeRef square = build::binary(Scalar::mul, arguments[0], arguments[0]);
  const NodeRef fourth = build::binary(Scalar::mul, square, square);
  const std::vector<NodeRef> wrt{square, arguments[0], square};
  const auto slopes = interpret_nodes(grad(build::reduce(Scalar::add, fourth, 1), wrt), values);
  EXPECT_TRUE(matches(slopes[0], vector_of({8})));   // d s^2 / d s
  EXPECT_TRUE(matches(slopes[1], vector_of({32})));  // d x^4 / d x
  EXPECT_TRUE(matches(slopes[2], vector_of({8})));
}

TEST(Gradient, SumsOverOutputsWeightedByTheirCotangents) {
  const std::vector values{vector_of({2, 3})};
  const auto x = arguments_for(values);
  const std::vector<NodeRef> outputs{x[0], build::binary(Scalar::mul, x[0], x[0]), x[0]};
  const std::vector<NodeRef> cotangents{x[0], x[0], x[0]};
  // x + 2 x x + x
  EXPECT_TRUE(matches(interpret_nodes(vjp(outputs, cotangents, x), values)[0], vector_of({12, 24})));
}

TEST(Gradient, OfADeepChainNeedsNoStack) {
  const NodeRef x = make_argument(DType::f64, {}, 0);
  const std::int64_t before = live_nodes();
  {
    NodeRef y = x;
    for (int i = 0; i < 200'000; ++i) y = build::unary(Scalar::neg, y);
    const std::vector<NodeRef> slope = grad(y, std::span(&x, 1));
    EXPECT_GE(live_nodes() - before, 400'000);
  }
  EXPECT_EQ(live_nodes(), before);
}

TEST(GradientError, SaysWhatWasNotDifferentiable) {
  const NodeRef x = make_argument(DType::f32, {2, 3}, 0), i = make_argument(DType::i64, {}, 1);
  const NodeRef total = build::reduce(Scalar::add, x, 0b11);
  expect_error<GradientError>([&] { grad(x, std::span(&x, 1)); }, {"float32 [2, 3]", "scalar"});
  expect_error<GradientError>([&] { grad(i, std::span(&x, 1)); }, {"int64 []", "scalar"});
  expect_error<GradientError>([&] { grad(total, std::span(&i, 1)); }, {"int64 []", "floating"});
  expect_error<ShapeError>([&] { vjp(std::span(&total, 1), std::span(&x, 1), std::span(&x, 1)); }, {"[2, 3]", "[]"});
  expect_error<ValueError>([&] { vjp(std::span(&total, 1), {}, std::span(&x, 1)); }, {"1 outputs", "0 cotangents"});
}

}  // namespace
}  // namespace tenon::testing
