// Functions of tensors: derivatives, gradients of one's own, examples along an axis.
#include "tenon/array/gradient.h"
#include "tests/tensor/helpers.h"

namespace tenon::testing {
namespace {

using Rows = Tensor<float, "batch", 3>;
using Weight = Tensor<float, 2, 3>;

const Rows rows = sample<Rows>(4);
const Weight weight = sample<Weight>();

TEST(TypedVjp, HasTheTypesOfWhatItIsTakenBy) {
  const auto y = linear(rows, weight);
  const auto cotangent = sample<Tensor<float, "batch", 2>>(4, 5);
  const std::vector<Array> expected =
      vjp(std::vector<Array>{y}, std::vector<Array>{cotangent}, std::vector<Array>{rows, weight});
  expect_result<Rows>(vjp(y, cotangent, rows), expected[0]);
  const auto found = vjp(std::tuple{y}, std::tuple{cotangent}, std::tuple{rows, weight});
  expect_result<Rows>(std::get<0>(found), expected[0]);
  expect_result<Weight>(std::get<1>(found), expected[1]);
}

// x [rows, n], scale [n] -> [rows, n]: each row times the scale.
const UserKernel scaled = c_kernel("scaled", R"(
static void scaled(const float* x, const float* scale, float* y, const long* sizes) {
  for (long i = 0; i < sizes[0] * sizes[1]; ++i) y[i] = x[i] * scale[i % sizes[1]];
}
)");
// x [n] -> [2 n]: x twice.
const UserKernel twice =
    host_kernel("twice", [](const void* const* inputs, void* output, const std::int64_t* sizes, const std::int64_t*) {
      const auto* x = static_cast<const float*>(inputs[0]);
      auto* y = static_cast<float*>(output);
      for (std::int64_t i = 0; i < sizes[1]; ++i) y[i] = x[i % sizes[0]];
      return 0;
    });

TEST(TypedKernel, TakesItsSizesFromTheInputs) {
  const auto scale = sample<Tensor<float, 3>>();
  const auto y = call_kernel<Rows>(scaled, rows, scale);
  expect_result<Rows>(y, scaled({rows.array(), scale.array()}, DType::f32, {4, 3}));
  expect_values_near(y.array(), (rows * scale).array(), 0);
  const auto row = sample<Tensor<float, "n">>(5);
  expect_result<Tensor<float, 2 * Axis{"n"}>>(call_kernel<Tensor<float, 2 * Axis{"n"}>>(twice, row),
                                              twice({row.array()}, DType::f32, {10}));
  expect_result<Tensor<float, "batch", 6>>(call_kernel<Tensor<float, "batch", 6>, 1>(twice, rows),
                                           twice({rows.array()}, DType::f32, {4, 6}, 1));
}

TEST(TypedKernel, TakesSizesThatAreGiven) {
  const auto row = sample<Tensor<float, "n">>(5);
  const auto y = call_kernel<Tensor<float, "twice">>(twice, {10}, row);
  expect_result<Tensor<float, "twice">>(y, twice({row.array()}, DType::f32, {10}));
  expect_values_near(y.array(), concatenate({row.array(), row.array()}), 0);
  expect_error<ShapeError>([&] { call_kernel<Tensor<float, "n">>(twice, {10}, row); },
                           {"call_kernel", "\"n\"", "5", "10", "functions_test.cpp"});
  const auto other = sample<Tensor<float, "n">>(6);
  expect_error<ShapeError>([&] { call_kernel<Tensor<float, "n">>(scaled, row, other); },
                           {"call_kernel", "\"n\"", "5", "6", "functions_test.cpp"});
}

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
