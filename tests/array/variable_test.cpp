// Variables with gradients beside them.
#include "tenon/array/variable.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/array_values.h"

namespace tenon::testing {
namespace {

TEST(Variable, GathersGradientsUntilTheyAreZeroed) {
  Variable w(Array(3.0)), b(Array(1.0));
  const Array x(2.0);
  backward(square(w * x + b), {w, b});  // 2 (w x + b) x and 2 (w x + b)
  EXPECT_EQ(w.grad().item<double>(), 28);
  EXPECT_EQ(b.grad().item<double>(), 14);
  backward(w * x, {w});
  EXPECT_EQ(w.grad().item<double>(), 30);
  EXPECT_EQ(b.grad().item<double>(), 14);
  w.zero_grad();
  EXPECT_FALSE(w.has_grad());
  expect_error<GradientError>([&] { w.grad(); }, {"no gradient yet", "variable_test.cpp"});
}

TEST(Variable, DescendsLikePyTorchs) {
  Variable w(Array(5.0));
  for (int i = 0; i < 50; ++i) {
    const Array loss = square(w - 2);
    backward(loss, {w});
    w.assign(w - 0.25 * w.grad());
    w.zero_grad();
    EXPECT_NEAR(loss.item<double>(), 9 * std::pow(0.25, i), 1e-12);
  }
  EXPECT_NEAR(w.value().item<double>(), 2, 1e-12);
}

TEST(Variable, NoGradKeepsGradientsOut) {
  Variable w(Array(5.0));
  const Array loss = square(w - no_grad([&] { return w * 0.5; }));
  backward(loss, {w});
  EXPECT_EQ(loss.item<double>(), 6.25);
  EXPECT_EQ(w.grad().item<double>(), 5);  // 2 (w - 2.5), not 2 (w / 2) / 2
}

TEST(Variable, LoopsKeepNoHistory) {
  Variable w(Array(5.0));
  std::int64_t nodes = 0;
  for (int i = 0; i < 4; ++i) {
    backward(square(w), {w});
    w.assign(w - 0.25 * w.grad());
    if (i == 1) nodes = live_nodes();
  }
  EXPECT_EQ(live_nodes(), nodes);
}

TEST(Variable, ValuesMayBeAskedForBeforeTheGradient) {
  Variable w(Array(5.0));
  std::int64_t nodes = 0;
  for (int i = 0; i < 4; ++i) {
    const Array off = w - 2, loss = square(off);
    const double seen = off.item<double>();
    EXPECT_EQ(loss.item<double>(), seen * seen);
    backward(loss, {w});
    EXPECT_EQ(w.grad().item<double>(), 2 * seen);
    w.assign(w - 0.25 * w.grad());
    w.zero_grad();
    if (i == 0) nodes = live_nodes();
    EXPECT_EQ(live_nodes(), nodes);
  }
}

TEST(Variable, KnowsHowItsValuesCameAboutUntilItHasANewOne) {
  Variable w(Array(5.0)), other(Array(1.0));
  const Array of_w = square(w), of_both = of_w + other;
  eval(of_w, of_both);
  EXPECT_EQ(of_w.node().input_count, 2);
  EXPECT_EQ(grad(of_both, {w})[0].item<double>(), 10);
  w.assign(Array(6.0));
  EXPECT_EQ(of_w.node().input_count, 0);
  EXPECT_EQ(grad(of_both, {other})[0].item<double>(), 1);
  {
    const Variable moved = std::move(other);
    EXPECT_EQ(of_both.node().input_count, 2);
  }
  EXPECT_EQ(of_both.node().input_count, 0);
}

TEST(Variable, EvaluationsThatAreForgottenLeaveNothing) {
  Variable w(Array(5.0));
  std::int64_t nodes = 0;
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ((square(w) + i).item<double>(), 25 + i);
    if (i == 1) nodes = live_nodes();
  }
  EXPECT_EQ(live_nodes(), nodes);
}

TEST(Variable, ErrorsSayWhatToDo) {
  expect_error<GradientError>([] { Variable{arange(3)}; }, {"int64 [3]", "cast"});
  Variable w(Array(5.0));
  const Array loss = square(w);
  backward(loss, {w});
  expect_error<GradientError>([&] { backward(loss, {w}); }, {"evaluated"});
  expect_error<GradientError>([&] { backward(w + zeros({2}, DType::f64), {w}); }, {"float64 [2]", "scalar"});
  expect_error<ShapeError>([&] { w.assign(zeros({2}, DType::f64)); }, {"float64 []", "float64 [2]"});
  expect_error<DTypeError>([&] { w.assign(Array(1.0f)); }, {"float64 []", "float32 []"});
}

}  // namespace
}  // namespace tenon::testing
