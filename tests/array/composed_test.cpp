// Composed ops: known values, special values, gradients.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tenon/array/ops.h"
#include "tests/support/device_values.h"
#include "tests/support/errors.h"

namespace tenon::testing {
namespace {

constexpr float inf = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

Array doubles(std::initializer_list<double> values, const Sizes& shape) { return Array::from(values, shape); }

// The values of x are these, to 1e-12 relative where they were rounded.
void expect_values(const Array& x, const Shape& shape, std::initializer_list<double> values, double tolerance = 0) {
  EXPECT_TRUE(matches(host_value(x), tensor_of(x.dtype(), shape, values), {.absolute = tolerance}));
}

TEST(Reduction, TakesAxesAndKeepsDimsAsNumPy) {
  const Array x = doubles({1, 2, 3, 4, 5, 6}, {2, 3});
  expect_values(sum(x), {}, {21});
  expect_values(sum(x, 0), {3}, {5, 7, 9});
  expect_values(sum(x, {0, 1}, true), {1, 1}, {21});
  expect_values(mean(x, -1, true), {2, 1}, {2, 5});
  expect_values(max(x, 1), {2}, {3, 6});
  expect_values(min(x), {}, {1});
  expect_values(prod(x, -2), {3}, {4, 10, 18});
  expect_values(var(x, 1), {2}, {1, 1});
  expect_values(var(x, 1, 0), {2}, {2.0 / 3, 2.0 / 3}, 1e-15);
  EXPECT_EQ(sum(x < 3).dtype(), DType::i64);
  EXPECT_EQ(mean(arange(4)).dtype(), DType::f32);
  expect_error<ShapeError>([&] { sum(x, 2); }, {"sum", "axis 2", "[2, 3]"});
  expect_error<ShapeError>([&] { sum(x, {0, -2}); }, {"sum", "twice"});
  expect_error<ShapeError>([] { max(zeros({2, 0}), 1); }, {"max", "[2, 0]"});
  EXPECT_TRUE(std::isnan(mean(zeros({0})).item<float>()));
}

TEST(Reduction, ArgmaxIsTheFirstMaximumOrTheFirstNaN) {
  const Array x = Array::from({1.f, 3.f, 3.f, nan, 9.f, nan}, {2, 3});
  expect_values(argmax(x), {2}, {1, 0});
  expect_values(argmax(x, 0, true), {1, 3}, {1, 1, 1});
  EXPECT_EQ(argmax(x).dtype(), DType::i64);
}

TEST(Reduction, LogsumexpNeverOverflows) {
  const Array x = Array::from({1000.f, 1000.f, -inf, -inf, inf, 1.f, nan, 1.f}, {4, 2});
  const Array y = logsumexp(x, 1);
  expect_values(y, {4}, {1000.6931471805599, -inf, inf, nan}, 1e-4);
}

TEST(Softmax, RowsSumToOneAndLargeLogitsStayFinite) {
  expect_values(softmax(doubles({0, std::log(3), 1000, 1000}, {2, 2})), {2, 2}, {0.25, 0.75, 0.5, 0.5}, 1e-15);
  expect_values(log_softmax(doubles({1000, 1000, 0, -1000}, {2, 2})), {2, 2}, {-std::log(2), -std::log(2), 0, -1000},
                1e-12);
  expect_values(softmax(doubles({0, 0, 5, 5}, {2, 2}), 0), {2, 2},
                {1 / (1 + std::exp(5)), 1 / (1 + std::exp(5)), 1 / (1 + std::exp(-5)), 1 / (1 + std::exp(-5))}, 1e-15);
}

TEST(Softmax, OfARowOfMinusInfinityIsNan) {
  const Array x = Array::from({-inf, -inf}, {2});
  expect_values(softmax(x), {2}, {nan, nan});
  expect_values(log_softmax(x), {2}, {nan, nan});
  expect_values(softmax(Array::from({-inf, 0.f}, {2})), {2}, {0, 1});
}

TEST(Neural, LayerNormNormalisesTheLastAxis) {
  const Array x = doubles({1, 3, 2, 6}, {2, 2});
  expect_values(layer_norm(x, {}, {}, 0), {2, 2}, {-1, 1, -1, 1}, 1e-12);
  expect_values(layer_norm(x, doubles({2, 3}, {2}), doubles({10, 20}, {2}), 0), {2, 2}, {8, 23, 8, 23}, 1e-12);
  expect_error<ShapeError>([&] { layer_norm(x, zeros({3}, DType::f64)); }, {"layer_norm", "weight", "[3]", "[2, 2]"});
}

TEST(Neural, CrossEntropyIsTheMeanNegativeLogProbability) {
  const Array logits = doubles({0, std::log(3), std::log(9), std::log(1)}, {2, 2});
  expect_values(cross_entropy(logits, Array::from({std::int64_t{1}, std::int64_t{1}}, {2})), {},
                {-(std::log(0.75) + std::log(0.1)) / 2}, 1e-12);
  expect_error<ShapeError>([&] { cross_entropy(logits, arange(3)); }, {"cross_entropy", "[2, 2]", "[3]"});
  expect_error<DTypeError>([&] { cross_entropy(logits, zeros({2})); }, {"cross_entropy", "float32"});
}

TEST(Neural, ActivationsHaveTheirKnownValues) {
  const Array x = doubles({-1, 0, 2}, {3});
  expect_values(gelu(x), {3}, {-0.15865525393145707, 0, 1.9544997361036416}, 1e-14);
  expect_values(gelu(x, Gelu::tanh), {3}, {-0.15880800939172324, 0, 1.9545976940877752}, 1e-14);
  expect_values(silu(x), {3}, {-0.2689414213699951, 0, 1.7615941559557649}, 1e-14);
  expect_values(mse_loss(x, doubles({0, 0, 0}, {3})), {}, {5.0 / 3}, 1e-15);
  expect_error<ShapeError>([&] { mse_loss(x, zeros({3, 1}, DType::f64)); }, {"mse_loss", "[3]", "[3, 1]"});
}

TEST(Elementwise, PowOfSmallConstantExponents) {
  const Array x = doubles({4, 9}, {2});
  for (const double exponent : {-1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0, 2.5})
    expect_values(pow(x, exponent), {2}, {std::pow(4, exponent), std::pow(9, exponent)}, 1e-12);
}

TEST(Matmul, FollowsNumPysRankRules) {
  const Array a = doubles({1, 2, 3, 4}, {2, 2}), v = doubles({5, 6}, {2});
  expect_values(matmul(a, a), {2, 2}, {7, 10, 15, 22});
  expect_values(matmul(a, v), {2}, {17, 39});
  expect_values(matmul(v, a), {2}, {23, 34});
  expect_values(matmul(v, v), {}, {61});
  EXPECT_EQ(matmul(zeros({5, 1, 2, 3}), zeros({4, 3, 6})).shape(), (Shape{5, 4, 2, 6}));
  EXPECT_EQ(matmul(zeros({7, 5, 2, 3}), zeros({3, 6})).shape(), (Shape{7, 5, 2, 6}));
  EXPECT_EQ(matmul(zeros({3}), zeros({4, 3, 6})).shape(), (Shape{4, 6}));
  EXPECT_EQ(matmul(zeros({4, 2, 3}), zeros({3})).shape(), (Shape{4, 2}));
  expect_error<ShapeError>([&] { matmul(a, Array(1.0)); }, {"matmul", "[2, 2]", "[]"});
  expect_error<ShapeError>([&] { matmul(zeros({2, 2, 2}), zeros({3, 2, 2})); }, {"matmul", "[2]", "[3]"});
}

TEST(Matmul, ContractOfNamedAxesAndLinear) {
  const Array a = doubles({1, 2, 3, 4}, {2, 2});
  expect_values(contract(a, a, {.contracted = {{0, 0}}}), {2, 2}, {10, 14, 14, 20});
  expect_values(contract(a, a, {.contracted = {{1, -1}}, .batch = {{0, 0}}}), {2}, {5, 25});
  expect_values(linear(a, doubles({1, 0, 0, 1, 1, 1}, {3, 2}), doubles({0, 0, 10}, {3})), {2, 3}, {1, 2, 13, 3, 4, 17});
  expect_error<ShapeError>([&] { contract(a, zeros({3, 2}), {.contracted = {{0, 0}}}); },
                           {"contract", "[2, 2]", "[3, 2]"});
  expect_error<ShapeError>([&] { linear(a, zeros({3, 4})); }, {"linear", "[2, 2]", "[3, 4]"});
}

TEST(Movement, ShapesAsNumPy) {
  const Array x = arange(24);
  EXPECT_EQ(reshape(x, {2, -1, 3}).shape(), (Shape{2, 4, 3}));
  const Array y = reshape(x, {2, 4, 3});
  EXPECT_EQ(flatten(y, 1).shape(), (Shape{2, 12}));
  EXPECT_EQ(permute(y, {2, 0, 1}).shape(), (Shape{3, 2, 4}));
  EXPECT_EQ(transpose(y).shape(), (Shape{3, 4, 2}));
  EXPECT_EQ(swapaxes(y, 0, -1).shape(), (Shape{3, 4, 2}));
  EXPECT_EQ(unsqueeze(y, -1).shape(), (Shape{2, 4, 3, 1}));
  EXPECT_EQ(squeeze(zeros({1, 2, 1})).shape(), (Shape{2}));
  EXPECT_EQ(squeeze(zeros({1, 2, 1}), 0).shape(), (Shape{2, 1}));
  EXPECT_EQ(broadcast_to(zeros({3, 1}), {2, 3, 4}).shape(), (Shape{2, 3, 4}));
  expect_error<ShapeError>([&] { reshape(x, {5, -1}); }, {"reshape", "[24]", "5"});
  expect_error<ShapeError>([&] { reshape(x, {-1, -1}); }, {"reshape", "-1"});
  expect_error<ShapeError>([&] { squeeze(y, 0); }, {"squeeze", "axis 0", "[2, 4, 3]"});
  expect_error<ShapeError>([&] { broadcast_to(y, {4, 3}); }, {"broadcast_to", "[2, 4, 3]", "[4, 3]"});
}

TEST(Movement, SlicesAsPython) {
  const Array x = arange(6);
  expect_values(slice(x, 0, {.start = 1, .stop = 4}), {3}, {1, 2, 3});
  expect_values(slice(x, 0, {.stop = -2, .step = 2}), {2}, {0, 2});
  expect_values(slice(x, 0, {.step = -1}), {6}, {5, 4, 3, 2, 1, 0});
  expect_values(slice(x, 0, {.start = -2, .stop = 0, .step = -2}), {2}, {4, 2});
  expect_values(slice(x, 0, {.start = 10}), {0}, {});
  expect_values(slice(x, 0, {.start = -100, .stop = 100, .step = 4}), {2}, {0, 4});
  expect_values(narrow(x, 0, 2, 2), {2}, {2, 3});
  expect_values(select(x, 0, -1), {}, {5});
  expect_values(flip(reshape(x, {2, 3}), 1), {2, 3}, {2, 1, 0, 5, 4, 3});
  expect_error<ShapeError>([&] { narrow(x, 0, 5, 2); }, {"narrow", "[6]"});
  expect_error<IndexError>([&] { select(x, 0, 6); }, {"select", "6", "[6]"});
}

TEST(Movement, ConcatenateKeepsEveryValue) {
  const Array x = Array::from({-0.f, inf, nan}, {3}), y = Array::from({-inf, 1.f}, {2});
  const Array joined = concatenate({x, y, x});
  expect_values(joined, {8}, {0, inf, nan, -inf, 1, 0, inf, nan});
  expect_values(concatenate({Array::from({true, false}, {2}), Array::from({true}, {1})}), {3}, {1, 0, 1});
  expect_values(concatenate({arange(2), arange(1, DType::i32)}), {3}, {0, 1, 0});
  EXPECT_EQ(concatenate({zeros({2, 3}), zeros({2, 1})}, -1).shape(), (Shape{2, 4}));
  expect_values(stack({arange(2), arange(2)}, 1), {2, 2}, {0, 0, 1, 1});
  expect_error<ShapeError>([] { concatenate({zeros({2, 3}), zeros({3, 3})}, 1); }, {"concatenate", "[2, 3]", "[3, 3]"});
  expect_error<ShapeError>([] { stack({zeros({2}), zeros({3})}); }, {"stack", "[2]", "[3]"});
}

TEST(Movement, LookupsAndRanges) {
  const Array table = doubles({1, 2, 3, 4, 5, 6}, {3, 2}), indices = Array::from({2, 0}, {2});
  expect_values(embedding(table, indices), {2, 2}, {5, 6, 1, 2});
  expect_values(one_hot(indices, 3), {2, 3}, {0, 0, 1, 1, 0, 0});
  expect_values(arange(2, 9, 3), {3}, {2, 5, 8});
  expect_values(arange(5, 0, -2), {3}, {5, 3, 1});
  expect_values(arange(3, DType::f32), {3}, {0, 1, 2});
  expect_values(arange(3, 3), {0}, {});
  expect_values(pad(indices, {{1, 2}}, 9), {5}, {9, 2, 0, 9, 9});
  expect_error<IndexError>([&] { embedding(table, Array::from({3}, {1})).to_vector<double>(); }, {"3"});
}

// Every composition that has a gradient, against central differences; the functions are written with Arrays.
TEST(ComposedGradient, EqualsCentralDifferences) {
  struct Case {
    std::string_view name;
    std::function<Array(std::span<const Array>)> function;
    std::vector<Shape> shapes;
  };
  using Arrays = std::span<const Array>;
  const Case cases[] = {
      {"softmax", [](Arrays x) { return softmax(x[0]); }, {{2, 3}}},
      {"log_softmax", [](Arrays x) { return log_softmax(x[0], 0); }, {{2, 3}}},
      {"logsumexp", [](Arrays x) { return logsumexp(x[0], 1); }, {{2, 3}}},
      {"layer_norm", [](Arrays x) { return layer_norm(x[0], x[1], x[2]); }, {{2, 3}, {3}, {3}}},
      {"cross_entropy", [](Arrays x) { return cross_entropy(x[0], arange(2)); }, {{2, 3}}},
      {"mse_loss", [](Arrays x) { return mse_loss(x[0], x[1]); }, {{2, 3}, {2, 3}}},
      {"gelu", [](Arrays x) { return gelu(x[0]); }, {{4}}},
      {"gelu tanh", [](Arrays x) { return gelu(x[0], Gelu::tanh); }, {{4}}},
      {"silu", [](Arrays x) { return silu(x[0]); }, {{4}}},
      {"var", [](Arrays x) { return var(x[0], 0); }, {{3, 2}}},
      {"matmul", [](Arrays x) { return matmul(x[0], x[1]); }, {{2, 1, 2, 3}, {2, 3, 2}}},
      {"linear", [](Arrays x) { return linear(x[0], x[1], x[2]); }, {{2, 2, 3}, {2, 3}, {2}}},
      {"concatenate", [](Arrays x) { return square(concatenate(x, 1)); }, {{2, 1}, {2, 2}}},
      {"stack", [](Arrays x) { return square(stack(x, 1)); }, {{2}, {2}}},
      {"broadcast", [](Arrays x) { return x[0] * x[1]; }, {{2, 1}, {3}}},
      {"max", [](Arrays x) { return max(x[0] * x[0], 0); }, {{3, 2}}},
      {"prod", [](Arrays x) { return prod(x[0], 1, true); }, {{2, 3}}},
  };
  SeededRandom random(21);
  for (const Case& test : cases) {
    SCOPED_TRACE(test.name);
    std::vector<HostTensor> values;
    for (const Shape& shape : test.shapes) values.push_back(random_tensor(random.engine, DType::f64, shape));
    const NodeFunction f = [&](std::span<const NodeRef> nodes) {
      std::vector<Array> arrays;
      for (const NodeRef& node : nodes) arrays.emplace_back(node);
      return test.function(arrays).node_ref();
    };
    expect_gradients(f, values);
    expect_second_gradients(f, values);
  }
}

TEST(ValueAndGrad, TellsArgumentsApartFromEachOtherAndFromWhatIsCaught) {
  const Array x = doubles({3}, {1});
  const auto [value, slopes] =
      value_and_grad([&](std::span<const Array> a) { return sum(a[0] * a[0] * a[1] * x); }, {x, x});
  EXPECT_EQ(value.item<double>(), 81);
  expect_values(slopes[0], {1}, {54});
  expect_values(slopes[1], {1}, {27});
}

TEST(ValueAndGrad, ErrorsNameTheCall) {
  expect_error<GradientError>([] { value_and_grad([](auto& a) { return a[0]; }, {zeros({2})}); },
                              {"[2]", "composed_test.cpp"});
  expect_error<GradientError>([] { grad(Array(1.0f), {arange(2)}); }, {"int64 [2]"});
}

}  // namespace
}  // namespace tenon::testing
