// Activation functions against their formulas, their gradients against central differences and PyTorch's conventions.
#include "tenon/array/activation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tenon/array/ops.h"
#include "tests/support/errors.h"
#include "tests/support/graph_values.h"

namespace tenon::testing {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

double positive(double x) { return x > 0 ? x : 0; }
double softplus_of(double x) { return positive(x) + std::log1p(std::exp(-std::fabs(x))); }
double sigmoid_of(double x) { return 1 / (1 + std::exp(-x)); }
double elu_of(double x, double alpha) { return x > 0 ? x : alpha * std::expm1(x); }

struct Activation {
  std::string_view name;
  Array (*apply)(const Operand&);
  double (*value)(double);
  std::vector<double> kinks;  // where it is not differentiable
  // Slopes at the kinks, and at -infinity and infinity.
  std::vector<double> slopes;
  double below, above;
};

const std::vector<Activation>& activations() {
  constexpr double scale = 1.0507009873554805, alpha = 1.6732632423543772;
  static const std::vector<Activation> all = {
      {"softplus", softplus, softplus_of, {}, {}, 0, 1},
      {"logsigmoid", logsigmoid, [](double x) { return -softplus_of(-x); }, {}, {}, 1, 0},
      {"elu", [](const Operand& x) { return elu(x); }, [](double x) { return elu_of(x, 1); }, {0}, {1}, 0, 1},
      {"elu 2", [](const Operand& x) { return elu(x, 2); }, [](double x) { return elu_of(x, 2); }, {0}, {2}, 0, 1},
      {"celu 2",
       [](const Operand& x) { return celu(x, 2); },
       [](double x) { return x > 0 ? x : 2 * std::expm1(x / 2); },
       {0},
       {1},
       0,
       1},
      {"selu", selu, [](double x) { return scale * elu_of(x, alpha); }, {0}, {scale * alpha}, 0, scale},
      {"leaky_relu",
       [](const Operand& x) { return leaky_relu(x); },
       [](double x) { return x > 0 ? x : 0.01 * x; },
       {0},
       {0.01},
       0.01,
       1},
      {"mish", mish, [](double x) { return x * std::tanh(softplus_of(x)); }, {}, {}, nan, 1},
      {"softsign", softsign, [](double x) { return x / (1 + std::fabs(x)); }, {}, {}, nan, nan},
      {"hardsigmoid", hardsigmoid, [](double x) { return std::min(positive(x + 3), 6.0) / 6; }, {-3, 3}, {0, 0}, 0, 0},
      {"hardswish", hardswish, [](double x) { return x * std::min(positive(x + 3), 6.0) / 6; }, {-3, 3}, {0, 1}, 0, 1},
      {"hardtanh",
       [](const Operand& x) { return hardtanh(x); },
       [](double x) { return std::clamp(x, -1.0, 1.0); },
       {-1, 1},
       {0, 0},
       0,
       0},
  };
  return all;
}

NodeFunction function_of(const Activation& activation) {
  return [&activation](std::span<const NodeRef> x) { return activation.apply(Array(x[0])).node_ref(); };
}

HostTensor slope_at(const Activation& activation, const std::vector<double>& at) {
  HostTensor x(DType::f64, {static_cast<std::int64_t>(at.size())});
  std::copy(at.begin(), at.end(), x.data<double>());
  const std::vector values{x};
  const std::vector<NodeRef> arguments = arguments_for(values);
  const NodeRef total = build::reduce(Scalar::add, function_of(activation)(arguments), 1);
  return interpret_nodes(grad(total, arguments), values)[0];
}

TEST(Activation, HasTheValuesOfItsFormula) {
  const std::vector x{tensor_of(DType::f64, {13}, {-800, -20, -5, -3, -1.5, -1, 0, 0.25, 1, 2, 3, 30, 800})};
  for (const Activation& activation : activations()) {
    HostTensor expected(DType::f64, x[0].shape);
    for (std::int64_t i = 0; i < 13; ++i) set(expected, i, activation.value(get_floating(x[0], i)));
    EXPECT_TRUE(matches(interpret_function(function_of(activation), x), expected, {.ulps = 4})) << activation.name;
  }
}

TEST(Activation, HandsNanOn) {
  const std::vector x{tensor_of(DType::f64, {}, {nan})};
  for (const Activation& activation : activations())
    EXPECT_TRUE(std::isnan(get_floating(interpret_function(function_of(activation), x), 0))) << activation.name;
}

TEST(Activation, GradientsEqualCentralDifferences) {
  SeededRandom random(5);
  // Kinks lie at integers: these points are at least 0.1 away from them, on both sides of 3.
  HostTensor x(DType::f64, {16});
  std::uniform_real_distribution<double> fraction(0.1, 0.9);
  for (std::int64_t i = 0; i < 16; ++i) set(x, i, static_cast<double>(i % 8) - 4 + fraction(random.engine));
  for (const Activation& activation : activations()) {
    SCOPED_TRACE(activation.name);
    expect_gradients(function_of(activation), {x});
    expect_second_gradients(function_of(activation), {x});
  }
}

TEST(Activation, GradientsAtKinksAreThoseOfPyTorch) {
  for (const Activation& activation : activations()) {
    if (activation.kinks.empty()) continue;
    HostTensor expected(DType::f64, {static_cast<std::int64_t>(activation.slopes.size())});
    std::copy(activation.slopes.begin(), activation.slopes.end(), expected.data<double>());
    EXPECT_TRUE(matches(slope_at(activation, activation.kinks), expected, {.ulps = 2})) << activation.name;
  }
}

// No exponential that overflows in a branch not taken reaches the gradient.
TEST(Activation, GradientsFarOutAreTheirLimits) {
  for (const Activation& activation : activations()) {
    if (std::isnan(activation.below) || std::isnan(activation.above)) continue;
    EXPECT_TRUE(matches(slope_at(activation, {-1e30, 1e30}),
                        tensor_of(DType::f64, {2}, {activation.below, activation.above}), {.ulps = 2}))
        << activation.name;
  }
}

TEST(Activation, OfIntegersIsFloat) {
  for (const Activation& activation : activations()) {
    EXPECT_EQ(activation.apply(arange(4)).dtype(), DType::f32) << activation.name;
    EXPECT_EQ(activation.apply(2).dtype(), DType::f32) << activation.name;
  }
  EXPECT_EQ(glu(arange(4)).dtype(), DType::f32);
}

TEST(Activation, GluGatesOneHalfByTheOther) {
  const std::vector x{tensor_of(DType::f64, {2, 4}, {1, 2, 0, 3, -1, 5, -2, 1})};
  const auto along = [](int axis) {
    return [axis](std::span<const NodeRef> a) { return glu(Array(a[0]), axis).node_ref(); };
  };
  EXPECT_TRUE(matches(interpret_function(along(-1), x),
                      tensor_of(DType::f64, {2, 2}, {0.5, 2 * sigmoid_of(3), -sigmoid_of(-2), 5 * sigmoid_of(1)}),
                      {.ulps = 2}));
  EXPECT_EQ(interpret_function(along(0), x).shape, (Shape{1, 4}));
  expect_gradients(along(-1), x);
  expect_error<ShapeError>([] { glu(zeros({2, 3})); }, {"glu", "axis -1", "[2, 3]", "odd"});
}

TEST(Activation, RefusesParametersWithoutMeaning) {
  expect_error<ValueError>([] { celu(zeros({2}), 0); }, {"celu", "alpha is 0"});
  expect_error<ValueError>([] { hardtanh(zeros({2}), 1, -1); }, {"hardtanh", "low is 1", "high is -1"});
}

}  // namespace
}  // namespace tenon::testing
