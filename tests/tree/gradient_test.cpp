#include "tenon/tree/gradient.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/errors.h"
#include "tests/tree/models.h"

namespace tenon::testing {
namespace {

using X = Tensor<float, "batch", 2>;
using Y = Tensor<float, "batch", 1>;

const X x = X::from({1, 2, -3, 4, 0.5f, -0.25f});
const Y y = Y::from({1, -1, 2});

void expect_equal(const Array& a, const Array& b) { EXPECT_EQ(a.to_vector<float>(), b.to_vector<float>()); }

Array array_loss(const std::vector<Array>& p) { return mse_loss(linear(relu(linear(x, p[0], p[1])), p[2], p[3]), y); }

TEST(ValueAndGrad, GivesTheGradientsOfArraysInTheModelsOwnType) {
  const Mlp model = mlp();
  const auto [loss, gradient] = value_and_grad([](const Mlp& m) { return mse_loss(m(x), y); })(model);
  static_assert(std::is_same_v<decltype(gradient), const Mlp>);
  static_assert(std::is_same_v<decltype(loss), const Tensor<float>>);
  const auto [expected_loss, expected] = value_and_grad(array_loss, parameters(model));
  expect_equal(loss, expected_loss);
  const std::vector<Array> found = leaves(gradient);
  ASSERT_EQ(found.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) expect_equal(found[i], expected[i]);
  EXPECT_NE(found[2].to_vector<float>()[0], 0) << "a gradient of zeros shows nothing";
}

TEST(ValueAndGrad, PassesFurtherArguments) {
  const auto loss = [](const Mlp& m, const X& input, const Y& target) { return mse_loss(m(input), target); };
  const auto [value, gradient] = value_and_grad(loss)(mlp(), x, y);
  expect_equal(gradient.first.weight, grad(loss)(mlp(), x, y).first.weight);
  expect_equal(value, loss(mlp(), x, y));
}

TEST(ValueAndGrad, DifferentiatesOnlyWhatIsTrained) {
  const auto loss = [](const Assorted& m) {
    return sum(m.weight * m.mean * m.table * cast<float>(m.tokens)) + Tensor<float>(sum(m.loose));
  };
  const auto [value, gradient] = value_and_grad(loss)(assorted());
  EXPECT_EQ(value.item(), 1 * 3 * 5 * 7 + 2 * 4 * 6 * 8 + 9);
  EXPECT_EQ(gradient.weight.to_vector(), (std::vector<float>{3 * 5 * 7, 4 * 6 * 8}));
  EXPECT_EQ(gradient.loose.to_vector<float>(), (std::vector<float>{1}));
  EXPECT_FALSE(gradient.mean || gradient.table || gradient.tokens || gradient.indices);
  EXPECT_EQ(gradient.heads, 4) << "configuration is copied";
}

TEST(ValueAndGrad, WorksThroughEveryContainer) {
  const Containers tree = containers();
  const Containers gradient = grad([](const Containers& t) {
    return fold([](const Tensor<float>& total, const auto& leaf) { return total + sum(square(leaf)); },
                Tensor<float>(0.0f), t);
  })(tree);
  EXPECT_EQ(leaf_names(gradient), leaf_names(tree));
  tree_zip(
      [](const auto& g, const auto& p) {
        expect_equal(g, 2 * p);
        return g;
      },
      gradient, tree);
}

TEST(ValueAndGrad, ReturnsWhatComesWithTheLoss) {
  struct Report {
    Tensor<float> loss;
    Y prediction;
    int examples = 0;
  };
  const Mlp model = mlp();
  const auto with_pair = [](const Mlp& m) { return std::pair(mse_loss(m(x), y), m(x)); };
  const auto with_struct = [](const Mlp& m) { return Report{mse_loss(m(x), y), m(x), 3}; };
  const auto [pair, gradient_of_pair] = value_and_grad(with_pair)(model);
  const auto [report, gradient_of_report] = value_and_grad(with_struct)(model);
  expect_equal(pair.second, model(x));
  expect_equal(report.prediction, model(x));
  EXPECT_EQ(report.examples, 3);
  expect_equal(gradient_of_pair.last.weight, gradient_of_report.last.weight);
}

TEST(ValueAndGrad, TakesATensorOrAListAsTheModel) {
  const Tensor<float, 3> w = three(1);
  expect_equal(grad([](const Tensor<float, 3>& v) { return sum(v * v); })(w), 2 * w);
  const std::vector<Array> list = {Array::from<float>({3}, {1}), Array::from<float>({5}, {1})};
  const std::vector<Array> gradient = grad([](const std::vector<Array>& v) { return sum(v[0] * v[1]); })(list);
  EXPECT_EQ(gradient[0].item<float>(), 5);
  EXPECT_EQ(gradient[1].item<float>(), 3);
}

TEST(ValueAndGrad, TellsApartTwoLeavesThatAreOneArray) {
  const Tensor<float, 3> shared = three(1);
  const std::pair<Scale, Shift> model{{shared}, {shared}};
  const auto gradient = grad([](const auto& m) { return sum(m.first.factor * 2 + m.second.offset * 3); })(model);
  EXPECT_EQ(gradient.first.factor.to_vector()[0], 2);
  EXPECT_EQ(gradient.second.offset.to_vector()[0], 3);
}

TEST(ValueAndGrad, GivesGradientsOfGradients) {
  const auto cube = [](const Tensor<float, 3>& v) { return sum(v * v * v); };
  const auto twice = grad([&](const Tensor<float, 3>& v) { return sum(grad(cube)(v)); })(three(1));
  EXPECT_EQ(twice.to_vector(), (std::vector<float>{6, 12, 18}));
}

TEST(ValueAndGrad, NamesALeafWithoutAValue) {
  Mlp model = mlp();
  model.last.weight = {};
  expect_error<ValueError>([&] { grad([](const Mlp& m) { return mse_loss(m(x), y); })(model); },
                           {"last.weight has no value"});
}

TEST(ValueAndGrad, RejectsALossThatIsNoScalar) {
  expect_error<GradientError>([] { grad([](const Mlp& m) { return Array(m(x)); })(mlp()); }, {"gradient_test.cpp"});
}

TEST(Checkpoint, OfALayerGivesItsParametersTheirGradients) {
  const auto kept = [](const Mlp& m) { return mse_loss(m.last(relu(m.first(x))), y); };
  const auto recomputed = [](const Mlp& m) {
    const auto hidden = checkpoint([&](const X& input) { return relu(m.first(input)); }, x);
    return mse_loss(checkpoint([&](const auto& h) { return m.last(h); }, hidden), y);
  };
  const std::vector<Array> expected = leaves(grad(kept)(mlp())), found = leaves(grad(recomputed)(mlp()));
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto a = expected[i].to_vector<float>(), b = found[i].to_vector<float>();
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t k = 0; k < a.size(); ++k) EXPECT_NEAR(a[k], b[k], 1e-5) << i << ", " << k;
  }
}

TEST(HessianVectorProduct, IsTheSlopeOfTheGradientAlongATree) {
  const auto loss = [](const Mlp& m) { return sum(square(tanh(m.last(m.first(x))))); };
  const Mlp model = mlp(), vector = mlp(2);
  const Mlp product = hessian_vector_product(loss)(model, vector);
  const auto slopes_at = [&](float step) {
    return leaves(grad(loss)(tree_zip([&](const auto& w, const auto& v) { return w + v * step; }, model, vector)));
  };
  // float32: the rounding of the gradients, some 1e-6, over h, and h^2 times a fourth derivative.
  constexpr float h = 1e-2f;
  const std::vector<Array> above = slopes_at(h), below = slopes_at(-h), found = leaves(product);
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto a = found[i].to_vector<float>(), b = ((above[i] - below[i]) / (2 * h)).to_vector<float>();
    for (std::size_t k = 0; k < a.size(); ++k) EXPECT_NEAR(a[k], b[k], 2e-2 * (1 + std::fabs(b[k]))) << i << ", " << k;
  }
}

}  // namespace
}  // namespace tenon::testing
