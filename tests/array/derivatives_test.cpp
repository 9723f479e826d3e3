// Nested gradients, forward mode, Jacobians and Hessians of functions of Arrays.
#include "tenon/array/derivatives.h"

#include <gtest/gtest.h>

#include "tenon/array/compile.h"
#include "tests/support/array_values.h"

namespace tenon::testing {
namespace {

using Arrays = std::vector<Array>;

Array doubles(std::initializer_list<double> values, const Sizes& shape) { return Array::from(values, shape); }

// d/dx of a function that itself takes a gradient, by central differences: nested calls stay connected.
TEST(NestedGradient, CountsThroughValueAndGrad) {
  const auto inner = [](const Array& x, const Array& w) {
    const auto [value, slopes] = value_and_grad([&](const Arrays& a) { return sum(sin(a[0] * w) * a[0] * x); }, {x});
    return value * sum(square(slopes[0]));
  };
  const GradientCase cases[] = {
      {"by the inner variable", [&](auto x) { return inner(x[0], x[1]); }, {{3}, {3}}},
      {"through two levels",
       [&](auto x) {
         const auto slopes = value_and_grad([&](const Arrays& a) { return inner(a[0], x[1]); }, {x[0]}).second;
         return sum(slopes[0] * x[0]);
       },
       {{2}, {2}}},
  };
  expect_array_gradients(cases, 31);
}

TEST(NestedGradient, OfAGradientStepIsThatOfMetaLearning) {
  // w' = w - 0.1 d (w - 3)^2 / dw, then d w'^2 / dw = 2 w' (1 - 0.2)
  const auto [value, slopes] = value_and_grad(
      [](const Arrays& w) {
        const Array step = value_and_grad([](const Arrays& v) { return square(v[0] - 3); }, {w[0]}).second[0];
        return square(w[0] - 0.1 * step);
      },
      {Array(1.0)});
  EXPECT_NEAR(value.item<double>(), 1.4 * 1.4, 1e-14);
  EXPECT_NEAR(slopes[0].item<double>(), 2 * 1.4 * 0.8, 1e-14);
}

TEST(Gradient, OfAnEvaluatedOutputIsAnErrorAndNotZeros) {
  const Array x(2.0), y = x * x;
  EXPECT_EQ(y.item<double>(), 4);
  expect_error<GradientError>([&] { grad(y, {x}); }, {"float64 []", "evaluated", "stop_gradient", "derivatives_test"});
  EXPECT_EQ(grad(y, {y})[0].item<double>(), 1);
  EXPECT_EQ(grad(stop_gradient(y), {x})[0].item<double>(), 0);
}

TEST(Gradient, ValuesMayBeLookedAtWhileItIsWrittenDown) {
  double seen = 0;
  const auto f = [&](const Arrays& x) {
    const Array inner = exp(x[0]) * x[1];
    seen = inner.item<double>();
    const Array outer = square(inner) + inner;
    seen += outer.item<double>();
    return outer;
  };
  // (2 x e^w + 1) times x e^w and e^w
  const Array w(0.5), x(2.0);
  const double e = std::exp(0.5);
  const auto [value, slopes] = value_and_grad(f, {w, x});
  EXPECT_NEAR(seen, 2 * e + 4 * e * e + 2 * e, 1e-12);
  EXPECT_NEAR(slopes[0].item<double>(), (4 * e + 1) * 2 * e, 1e-12);
  EXPECT_NEAR(slopes[1].item<double>(), (4 * e + 1) * e, 1e-12);
  const auto of_w = [&](const Array& at) { return f({at, x}); };
  EXPECT_NEAR(jacobian(of_w, w).item<double>(), (4 * e + 1) * 2 * e, 1e-12);
  EXPECT_NEAR(hessian(of_w, w).item<double>(), 16 * e * e + 2 * e, 1e-12);
  EXPECT_NEAR(hessian_vector_product(of_w, w, Array(3.0)).item<double>(), 3 * (16 * e * e + 2 * e), 1e-12);
  EXPECT_NEAR(jvp([&](const Arrays& at) { return f({at[0], x}); }, {w}, {Array(3.0)}).second.item<double>(),
              3 * (4 * e + 1) * 2 * e, 1e-12);
}

TEST(Gradient, GoesThroughGradientsThatWereLookedAt) {
  const auto outer = [](const Arrays& w) {
    const Array slope = value_and_grad(
                            [](const Arrays& v) {
                              const Array cube = v[0] * v[0] * v[0];
                              EXPECT_EQ(cube.item<double>(), 8);
                              return cube;
                            },
                            {w[0]})
                            .second[0];
    EXPECT_EQ(slope.item<double>(), 12);
    return square(slope);  // 9 w^4
  };
  EXPECT_EQ(value_and_grad(outer, {Array(2.0)}).second[0].item<double>(), 36 * 8);
}

TEST(Gradient, LookingKeepsNothingAlive) {
  Array kept;
  const Array w = doubles({1, 2}, {2});
  const auto f = [&](const Arrays& x) {
    kept = x[0] * 3;
    eval(kept);
    return sum(square(kept));
  };
  value_and_grad(f, {w});
  EXPECT_EQ(kept.node().input_count, 0);
  EXPECT_EQ(kept.to_vector<double>(), (std::vector<double>{3, 6}));
  const std::int64_t nodes = live_nodes();
  for (int i = 0; i < 3; ++i) value_and_grad(f, {w});
  EXPECT_EQ(live_nodes(), nodes);
  const auto fails = [&](const Arrays& x) {
    f(x);
    return matmul(x[0], kept);
  };
  EXPECT_THROW(value_and_grad(fails, {Array(1.0)}), ShapeError);
  EXPECT_EQ(kept.node().input_count, 0);
  EXPECT_EQ(live_nodes(), nodes);
}

TEST(Gradient, GoesThroughCompiledFunctions) {
  CompiledStep cube = compile([](std::span<const Array> state, std::span<const Array> x) {
    return StepResult{.state = {state[0] + x[0]}, .results = {x[0] * x[0] * x[0]}};
  });
  Arrays state{Array(1.0)};
  const Array w(2.0);
  EXPECT_EQ(cube(state, std::span(&w, 1))[0].item<double>(), 8);
  const auto [value, slopes] = value_and_grad(
      [&](const Arrays& x) {
        const Array y = x[0] * 2;
        const Array cubed = cube(state, std::span(&y, 1))[0];
        return cubed * state[0];  // 8 w^3 (3 + 2 w)
      },
      {w});
  EXPECT_EQ(value.item<double>(), 64 * 7);
  EXPECT_EQ(slopes[0].item<double>(), 96 * 7 + 64 * 2);
  EXPECT_EQ(state[0].item<double>(), 7);
  EXPECT_EQ(cube(state, std::span(&w, 1))[0].item<double>(), 8);
  EXPECT_EQ(state[0].item<double>(), 9);
}

TEST(Gradient, GoesThroughArraysDeclaredDynamic) {
  const Array w = doubles({1, 2, 3}, {3});
  const auto slopes = value_and_grad([](const Arrays& x) { return sum(square(dynamic(x[0] * 2, {0}))); }, {w}).second;
  EXPECT_EQ(slopes[0].to_vector<double>(), (std::vector<double>{8, 16, 24}));
}

TEST(Jvp, IsTheDirectionalDerivative) {
  const auto f = [](const Arrays& x) { return Arrays{matmul(tanh(x[0]), x[1]), sum(exp(x[0]) * x[0], 1), relu(x[1])}; };
  const Array a = doubles({0.5, -1, 2, 0.25}, {2, 2}), b = doubles({1, 2, -0.5, 3}, {2, 2}),
              da = doubles({1, 0.5, -2, 1}, {2, 2}), db = doubles({-1, 0.25, 2, 0.5}, {2, 2});
  const auto [values, tangents] = jvp(f, {a, b}, {da, db});
  constexpr double h = 1e-5;
  const Arrays above = f({a + h * da, b + h * db}), below = f({a - h * da, b - h * db}), expected = f({a, b});
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(values[i].to_vector<double>(), expected[i].to_vector<double>());
    const auto found = tangents[i].to_vector<double>(), slopes = ((above[i] - below[i]) / (2 * h)).to_vector<double>();
    for (std::size_t k = 0; k < found.size(); ++k) EXPECT_NEAR(found[k], slopes[k], 1e-8) << i << ", " << k;
  }
}

TEST(Jvp, GoesThroughGradientsAndHasThem) {
  const auto slope = [](const Arrays& x) { return grad(sum(x[0] * x[0] * x[0]), {x[0]})[0]; };
  const Array x = doubles({2, 3}, {2}), v = doubles({1, -1}, {2});
  EXPECT_EQ(jvp(slope, {x}, {v}).second.to_vector<double>(), (std::vector<double>{12, -18}));
  const GradientCase cases[] = {
      {"of a tangent",
       [](auto a) { return jvp([](const Arrays& b) { return sin(b[0]) * b[0]; }, {a[0]}, {a[1]}).second; },
       {{3}, {3}}}};
  expect_array_gradients(cases, 32);
}

TEST(Jvp, ErrorsSayWhatDidNotFit) {
  const auto f = [](const Arrays& x) { return x[0] * 2; };
  const Array x = doubles({1, 2}, {2});
  expect_error<ShapeError>([&] { jvp(f, {x}, {zeros({3}, DType::f64)}); }, {"jvp", "array 0 is float64 [2]", "[3]"});
  expect_error<DTypeError>([&] { jvp(f, {x}, {zeros({2})}); }, {"float32 [2]", "cast"});
  expect_error<ValueError>([&] { jvp(f, {x}, {x, x}); }, {"1 arrays but 2 vectors"});
  expect_error<GradientError>([&] { jvp([](const Arrays& a) { return a[0] < 1; }, {x}, {x}); }, {"jvp", "bool [2]"});
  const auto clipped = custom_function([](const Arrays& a) { return a[0] * 1; },
                                       [](const Arrays&, const Arrays&, const Arrays& g) { return clip(g[0], -1, 1); });
  expect_error<GradientError>([&] { jvp([&](const Arrays& a) { return clipped({a[0]}); }, {x}, {x}); },
                              {"not linear in its cotangents"});
}

TEST(Jacobian, HasTheAxesOfTheOutputThenThoseOfTheInput) {
  const Array x = doubles({1, 2, 3, 4, 5, 6}, {2, 3}), weight = doubles({1, -1, 2, 0.5, 1, 3}, {3, 2});
  Together expect;
  // y [2, 2] = x w: d y[i, j] / d x[k, l] = (i == k) w[l, j]
  const Array of_product = jacobian([&](const Array& at) { return matmul(at, weight); }, x);
  const HostTensor w = host_value(weight);
  expect.each(of_product, {2, 2, 2, 3},
              [&](const Position& p) { return p[0] == p[2] ? element_at(w, {p[3], p[1]}) : 0; });
  expect.each(jacobian([](const Array& at) { return sum(square(at)); }, x), {2, 3},
              [](const Position& p) { return 2.0 * static_cast<double>(3 * p[0] + p[1] + 1); });
  expect.each(jacobian([](const Array&) { return ones({2}, DType::f64); }, x), {2, 2, 3},
              [](const Position&) { return 0; });
  expect.each(jacobian([](const Array& at) { return at; }, x), {2, 3, 2, 3},
              [](const Position& p) { return p[0] == p[2] && p[1] == p[3]; });
}

TEST(Jacobian, GoesThroughEveryKindOfOp) {
  const Array x = doubles({0.5, -1, 2, 0.25, 1.5, -0.75}, {2, 3});
  const auto f = [](const Array& at) {
    const Array table = softmax(pad(at, {{1, 0}, {0, 1}}), -1);
    const Array rows = take(table, Array::from<std::int64_t>({2, 0, 2}, {3}), 0);
    return max(rows * rows, 1) * prod(flip(at), 0).at(0);
  };
  const HostTensor found = host_value(jacobian(f, x));
  const HostTensor at = host_value(x);
  constexpr double h = 1e-5;
  for (std::int64_t i = 0; i < 6; ++i) {
    HostTensor moved = at;
    moved.data<double>()[i] += h;
    const auto above = f(array_of(moved)).to_vector<double>();
    moved.data<double>()[i] -= 2 * h;
    const auto below = f(array_of(moved)).to_vector<double>();
    for (std::size_t j = 0; j < above.size(); ++j)
      EXPECT_NEAR(found.data<double>()[j * 6 + static_cast<std::size_t>(i)], (above[j] - below[j]) / (2 * h), 1e-8);
  }
}

TEST(Hessian, IsSymmetricAndMultiplies) {
  const Array x = doubles({0.5, -1, 2}, {3}), v = doubles({1, 2, -1}, {3});
  const auto f = [](const Array& at) { return sum(exp(at)) * prod(at) + at.at(0) * at.at(2); };
  const HostTensor found = host_value(hessian(f, x));
  ASSERT_EQ(found.shape, (Shape{3, 3}));
  const HostTensor product = host_value(hessian_vector_product(f, x, v));
  const Array slope = grad(f(x), {x})[0];
  const HostTensor vector = host_value(v);
  constexpr double h = 1e-5;
  for (std::int64_t i = 0; i < 3; ++i) {
    double sum_of_row = 0;
    for (std::int64_t j = 0; j < 3; ++j) {
      EXPECT_NEAR(element_at(found, {i, j}), element_at(found, {j, i}), 1e-12);
      sum_of_row += element_at(found, {i, j}) * element_at(vector, {j});
    }
    EXPECT_NEAR(element_at(product, {i}), sum_of_row, 1e-12);
  }
  const auto slope_at = [&](double step) {
    const Array moved = x + step * v;
    return grad(f(moved), {moved})[0].to_vector<double>();
  };
  const auto above = slope_at(h), below = slope_at(-h);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(product.data<double>()[i], (above[i] - below[i]) / (2 * h), 1e-7);
}

TEST(Hessian, VectorProductsOfSeveralArraysMixThem) {
  // f = sum(a^2 b): rows (2 b, 2 a; 2 a, 0)
  const Array a = doubles({2}, {1}), b = doubles({3}, {1}), v = doubles({1}, {1}), w = doubles({10}, {1});
  const Array x[] = {a, b}, vectors[] = {v, w};
  const Arrays products = hessian_vector_product([](const Arrays& p) { return sum(p[0] * p[0] * p[1]); }, x, vectors);
  EXPECT_EQ(products[0].item<double>(), 2 * 3 * 1 + 2 * 2 * 10);
  EXPECT_EQ(products[1].item<double>(), 2 * 2 * 1);
}

TEST(Hessian, ErrorsSayWhatDidNotFit) {
  const Array x = doubles({1, 2}, {2});
  expect_error<GradientError>([&] { hessian([](const Array& at) { return at; }, x); }, {"float64 [2]", "scalar"});
  expect_error<GradientError>([&] { jacobian([](const Array& at) { return astype(at, DType::i32); }, x); },
                              {"jacobian", "int32 [2]"});
  const Array deep = zeros({1, 1, 1, 1, 1}, DType::f64);
  expect_error<ShapeError>([&] { jacobian([](const Array& at) { return at; }, deep); }, {"jacobian", "8 axes"});
  expect_error<ShapeError>([&] { hessian_vector_product([](const Array& at) { return sum(at); }, x, deep); },
                           {"hessian_vector_product", "[1, 1, 1, 1, 1]"});
}

}  // namespace
}  // namespace tenon::testing
