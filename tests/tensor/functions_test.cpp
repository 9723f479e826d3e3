// Functions of tensors: derivatives, gradients of one's own, examples along an axis.
#include "tenon/array/gradient.h"
#include "tests/tensor/helpers.h"

namespace tenon::testing {
namespace {

using Rows = Tensor<float, "batch", 3>;
using Weight = Tensor<float, 2, 3>;

const Rows rows = sample<Rows>(4);
const Weight weight = sample<Weight>();

TEST(TypedJvp, HasTheTypesOfTheResults) {
  const auto tangent = sample<Rows>(4, 9);
  const auto [y, derivative] = jvp([](const auto& x) { return square(x); }, rows, tangent);
  const auto [value, expected] =
      jvp([](const std::vector<Array>& x) { return square(x[0]); }, {rows.array()}, {tangent.array()});
  expect_result<Rows>(y, value);
  static_assert(std::is_same_v<decltype(derivative), const Rows>);
  expect_values_near(derivative.array(), expected, 0);
  expect_values_near(derivative.array(), (rows * tangent * 2).array(), 1e-6);
}

TEST(TypedJvp, TakesAndReturnsTuples) {
  const auto f = [](const Rows& x, const Weight& w) { return std::tuple{linear(x, w), sum(x)}; };
  const auto found = jvp(f, std::tuple{rows, weight}, std::tuple{ones_like(rows), zeros_like(weight)});
  const auto& [products, total] = found.second;
  static_assert(std::is_same_v<decltype(products), const Tensor<float, "batch", 2>>);
  expect_values_near(products.array(), broadcast_to(sum(weight.array(), 1), {4, 2}), 1e-6);
  EXPECT_EQ(total.item(), 12);
  EXPECT_EQ(std::get<1>(found.first).item(), sum(rows).item());
}

TEST(TypedJacobian, HasTheAxesOfResultAndArgument) {
  const auto f = [](const auto& x) { return sum<-1>(square(x)); };
  const auto found = jacobian(f, weight);
  static_assert(std::is_same_v<decltype(found), const Tensor<float, 2, 2, 3>>);
  const Array expected = unsqueeze(eye(2), 2) * weight.array() * 2;  // [2, 2, 3]
  expect_values_near(found.array(), expected, 1e-6);
}

TEST(TypedHessian, AndItsProducts) {
  const auto f = [](const Weight& w) { return sum(w * w * w); };
  const auto found = hessian(f, weight);
  static_assert(std::is_same_v<decltype(found), const Tensor<float, 2, 3, 2, 3>>);
  const Array expected = reshape(diag(flatten(weight.array()) * 6), {2, 3, 2, 3});
  expect_values_near(found.array(), expected, 1e-6);
  const auto v = sample<Weight>({}, 5);
  const Weight product = hessian_vector_product(f, weight, v);
  expect_values_near(product.array(), (weight * v * 6).array(), 1e-6);
}

TEST(TypedCustomFunction, HasItsOwnGradient) {
  const auto clipped = custom_function<Rows>(
      [](const Rows& x) { return x * 3; },
      [](const Rows&, const Rows& y, const Rows& cotangent) { return clip(cotangent, -1, 1) * y; });
  expect_values_near(clipped(rows).array(), rows.array() * 3, 0);
  const Array x = rows.array();
  const Array gradient = grad(sum(clipped(Rows(x)).array() * 5), {x})[0];
  expect_values_near(gradient, x * 3, 1e-6);
}

TEST(TypedCustomFunction, TakesAndReturnsTuples) {
  using Pair = std::tuple<Rows, Tensor<float>>;
  const auto f = custom_function<Rows, Tensor<float>>(
      [](const Rows& x, const Tensor<float>& scale) { return Pair{x * scale, sum(x)}; },
      [](const Rows& x, const Tensor<float>& scale, const Pair&, const Pair& cotangents) {
        return Pair{std::get<0>(cotangents) * scale * 2, sum(x)};
      });
  const Array x = rows.array(), scale = Array(2.0f);
  const auto [y, total] = f(Rows(x), Tensor<float>(scale));
  EXPECT_EQ(total.item(), sum(rows).item());
  const std::vector<Array> gradients = grad(sum(y.array()), {x, scale});
  expect_values_near(gradients[0], full({4, 3}, 4), 0);
  expect_values_near(gradients[1], sum(x), 1e-6);
}

TEST(TypedVmap, TakesExamplesAlongAName) {
  const auto one = [](const Tensor<float, 3>& x) { return matmul(weight, x); };
  const auto stacked = vmap<"batch">(one)(rows);
  static_assert(std::is_same_v<decltype(stacked), const Tensor<float, "batch", 2>>);
  expect_values_near(stacked.array(), linear(rows, weight).array(), 1e-6);
  // Wherever the axis is, and with several arguments and results.
  const auto columns = transpose(rows);
  const auto both = [](const Tensor<float, 3>& x, const Tensor<float, 3>& y) { return std::tuple{x * y, vdot(x, y)}; };
  const auto [products, sums] = vmap<"batch">(both)(rows, columns);
  static_assert(std::is_same_v<decltype(products), const Rows>);
  static_assert(std::is_same_v<decltype(sums), const Tensor<float, "batch">>);
  expect_values_near(products.array(), square(rows).array(), 0);
  expect_values_near(sums.array(), sum<1>(square(rows)).array(), 1e-6);
}

TEST(TypedVmap, OfExamplesThatDiffer) {
  expect_error<ShapeError>(
      [] { vmap<"batch">([](const auto& x, const auto& y) { return x + y; })(rows, sample<Rows>(5)); }, {"vmap"});
}

}  // namespace
}  // namespace tenon::testing
