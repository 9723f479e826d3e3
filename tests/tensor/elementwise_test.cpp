#include "tenon/tensor/elementwise.h"

#include "tests/tensor/helpers.h"

namespace tenon::testing {
namespace {

using X = Tensor<float, "batch", 3>;
using Mask = Tensor<bool, "batch", 3>;
using Counts = Tensor<std::int64_t, "batch", 3>;

TEST(Elementwise, OperatorsAreThoseOfArrays) {
  const X a = sample<X>(2), b = sample<X>(2, 5);
  const Array &x = a, &y = b;
  expect_result<X>(a + b, x + y);
  expect_result<X>(a - b, x - y);
  expect_result<X>(a * b, x * y);
  expect_result<X>(a / b, x / y);
  expect_result<X>(-a, -x);
  expect_result<Mask>(a < b, x < y);
  expect_result<Mask>(a <= b, x <= y);
  expect_result<Mask>(a > b, x > y);
  expect_result<Mask>(a >= b, x >= y);
}

TEST(Elementwise, NumbersStandOnEitherSide) {
  const X a = sample<X>(2);
  const Array& x = a;
  expect_result<X>(a + 1, x + 1);
  expect_result<X>(1 - a, 1 - x);
  expect_result<X>(2.0 * a, 2.0 * x);
  expect_result<X>(1 / a, 1 / x);
  expect_result<X>(a * true, x * true);
  expect_result<Mask>(0.5 < a, 0.5 < x);
  expect_result<Counts>(sample<Counts>(2) * 3, sample<Counts>(2) * 3);
}

TEST(Elementwise, FunctionsAreThoseOfArrays) {
  const X a = sample<X>(2), b = sample<X>(2, 5);
  const Mask m = sample<Mask>(2);
  const Array &x = a, &y = b;
  expect_result<Mask>(equal(a, b), equal(x, y));
  expect_result<Mask>(not_equal(a, 0), not_equal(x, 0));
  expect_result<X>(maximum(a, b), maximum(x, y));
  expect_result<X>(minimum(0, a), minimum(0, x));
  expect_result<X>(pow(a, 2), pow(x, 2));
  expect_result<X>(clip(a, 0, 1), clip(x, 0, 1));
  expect_result<X>(abs(a), abs(x));
  expect_result<X>(sign(a), sign(x));
  expect_result<X>(floor(a), floor(x));
  expect_result<X>(square(a), square(x));
  expect_result<X>(relu(a), relu(x));
  expect_result<X>(exp(a), exp(x));
  expect_result<X>(log(a), log(x));
  expect_result<X>(sqrt(a), sqrt(x));
  expect_result<X>(rsqrt(a), rsqrt(x));
  expect_result<X>(sin(a), sin(x));
  expect_result<X>(cos(a), cos(x));
  expect_result<X>(tanh(a), tanh(x));
  expect_result<X>(erf(a), erf(x));
  expect_result<X>(sigmoid(a), sigmoid(x));
  expect_result<X>(silu(a), silu(x));
  expect_result<X>(gelu(a), gelu(x));
  expect_result<X>(gelu(a, Gelu::tanh), gelu(x, Gelu::tanh));
  expect_result<X>(stop_gradient(a), stop_gradient(x));
  expect_result<Mask>(logical_and(m, a > 0), logical_and(m.array(), x > 0));
  expect_result<Mask>(logical_or(m, m), logical_or(m.array(), m.array()));
  expect_result<Mask>(logical_not(m), logical_not(m.array()));
}

TEST(Elementwise, IntegersBecomeFloatsWhereArraysDo) {
  const auto n = sample<Counts>(2);
  const Array& x = n;
  expect_result<Counts>(n + n, x + x);
  expect_result<X>(n / n, x / x);
  expect_result<X>(n / 2, x / 2);
  expect_result<X>(exp(n), exp(x));
  expect_result<X>(pow(n, 2), pow(x, 2));
  expect_result<Counts>(relu(n), relu(x));
  expect_result<Tensor<double, "batch", 3>>(cast<double>(n), astype(x, DType::f64));
  expect_result<Mask>(cast<bool>(n), astype(x, DType::boolean));
}

TEST(Elementwise, AxesOfSizeOneAndMissingAxesRepeat) {
  const X a = sample<X>(2);
  const auto row = sample<Tensor<float, 3>>();
  const auto column = sample<Tensor<float, "batch", 1>>(2);
  const auto scalar = sample<Tensor<float>>();
  const Array& x = a;
  expect_result<X>(a + row, x + row.array());
  expect_result<X>(column * a, column.array() * x);
  expect_result<X>(scalar - a, scalar.array() - x);
  expect_result<X>(column + row, column.array() + row.array());
}

TEST(Elementwise, AxesTakeTheNameAndTheSizeThatIsKnown) {
  const auto named = sample<Tensor<float, "batch", Axis{"embd", 3}>>(2);
  const auto open = sample<Tensor<float, "batch", "embd">>({2, 3});
  const auto number = sample<Tensor<float, 3>>();
  expect_result<Tensor<float, "batch", Axis{"embd", 3}>>(open + named, open.array() + named.array());
  expect_result<Tensor<float, "batch", Axis{"embd", 3}>>(number * named, number.array() * named.array());
}

TEST(Elementwise, ANameWithTwoSizesIsAnErrorOfTheCall) {
  const auto x = sample<Tensor<float, "batch">>(2), y = sample<Tensor<float, "batch">>(3);
  expect_error<ShapeError>([&] { x + y; },
                           {"add: axis \"batch\" is 2 in [batch=2] and 3 in [batch=3]", "elementwise_test.cpp"});
  expect_error<ShapeError>([&] { maximum(x, y); }, {"maximum: axis \"batch\"", "elementwise_test.cpp"});
  const auto one = sample<Tensor<float, "batch">>(1);
  EXPECT_THROW(x + one, ShapeError) << "a name does not repeat, even where its size is 1";
  const auto fixed = sample<Tensor<float, Axis{"batch", 3}>>();
  EXPECT_THROW(x + fixed, ShapeError);
}

TEST(Elementwise, AnyIsCheckedAtRunTime) {
  const X x = sample<X>(2), one = sample<X>(1);
  const auto fits = sample<Tensor<float, any, any>>({2, 3});
  const auto repeats = sample<Tensor<float, any>>(1);
  const auto wider = sample<Tensor<float, any, 3>>(2);
  expect_result<X>(x + fits, x.array() + fits.array());
  expect_result<X>(x + repeats, x.array() + repeats.array());
  EXPECT_THROW((x + sample<Tensor<float, any, any>>({5, 3})), ShapeError);
  // "batch" is 1 and would become 2.
  expect_error<ShapeError>([&] { one + wider; }, {"add", "\"batch\""});
}

TEST(Elementwise, WhereChoosesWithBroadcasting) {
  const auto scores = sample<Tensor<float, "head", "time", "key">>({2, 3, 4});
  const auto mask = sample<Tensor<bool, "time", "key">>({3, 4});
  expect_result<Tensor<float, "head", "time", "key">>(where(mask, scores, -infinity),
                                                      where(mask.array(), scores.array(), -infinity));
  expect_result<Tensor<float, "head", "time", "key">>(where(mask, 0, scores), where(mask.array(), 0, scores.array()));
  expect_result<Tensor<float, "time", "key">>(where(mask, 1.0, 0), where(mask.array(), 1.0, 0));
  expect_result<Tensor<std::int64_t, "time", "key">>(where(mask, 1, 0), where(mask.array(), 1, 0));
  const auto other = sample<Tensor<bool, "time", "key">>({2, 4});
  expect_error<ShapeError>([&] { where(other, scores, 0); },
                           {"where: axis \"time\" is 2 in", "3 in", "elementwise_test"});
}

TEST(Elementwise, AssignmentsKeepTheType) {
  X a = sample<X>(2);
  const Array x = a;
  const auto row = sample<Tensor<float, 3>>();
  a += row;
  a *= 2;
  a -= 1;
  a /= row;
  expect_same_graph(a, ((x + row.array()) * 2 - 1) / row.array());
}

}  // namespace
}  // namespace tenon::testing
