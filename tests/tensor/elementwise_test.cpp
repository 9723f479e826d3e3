#include "tenon/tensor/elementwise.h"

#include "tenon/tensor/activation.h"
#include "tenon/tensor/elementwise_math.h"
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

// Where a number stands for an operand, it does on either side.
TEST(Elementwise, MathematicalFunctionsAreThoseOfArrays) {
  const X a = sample<X>(2), b = sample<X>(2, 5);
  const Array &x = a, &y = b;
  expect_result<X>(exp2(a), exp2(x));
  expect_result<X>(expm1(a), expm1(x));
  expect_result<X>(log2(a), log2(x));
  expect_result<X>(log10(a), log10(x));
  expect_result<X>(log1p(a), log1p(x));
  expect_result<X>(cbrt(a), cbrt(x));
  expect_result<X>(reciprocal(a), reciprocal(x));
  expect_result<X>(tan(a), tan(x));
  expect_result<X>(asin(a), asin(x));
  expect_result<X>(acos(a), acos(x));
  expect_result<X>(atan(a), atan(x));
  expect_result<X>(sinh(a), sinh(x));
  expect_result<X>(cosh(a), cosh(x));
  expect_result<X>(asinh(a), asinh(x));
  expect_result<X>(acosh(a), acosh(x));
  expect_result<X>(atanh(a), atanh(x));
  expect_result<X>(erfinv(a), erfinv(x));
  expect_result<X>(lgamma(a), lgamma(x));
  expect_result<X>(digamma(a), digamma(x));
  expect_result<X>(trigamma(a), trigamma(x));
  expect_result<X>(polygamma(2, a), polygamma(2, x));
  expect_result<X>(ceil(a), ceil(x));
  expect_result<X>(trunc(a), trunc(x));
  expect_result<X>(round(a), round(x));
  expect_result<X>(softplus(a), softplus(x));
  expect_result<X>(logsigmoid(a), logsigmoid(x));
  expect_result<X>(selu(a), selu(x));
  expect_result<X>(mish(a), mish(x));
  expect_result<X>(softsign(a), softsign(x));
  expect_result<X>(hardsigmoid(a), hardsigmoid(x));
  expect_result<X>(hardswish(a), hardswish(x));
  expect_result<X>(atan2(a, b), atan2(x, y));
  expect_result<X>(hypot(1, b), hypot(1, y));
  expect_result<X>(floor_divide(a, b), floor_divide(x, y));
  expect_result<X>(remainder(a, 2), remainder(x, 2));
  expect_result<X>(fmod(a, b), fmod(x, y));
  expect_result<X>(lerp(a, b, 0.25), lerp(x, y, 0.25));
  expect_result<X>(lerp(0, 1, b), lerp(0, 1, y));
  expect_result<X>(nan_to_num(a, 1, 2.0), nan_to_num(x, 1, 2.0));
  expect_result<X>(elu(a, 0.5), elu(x, 0.5));
  expect_result<X>(celu(a, 0.5), celu(x, 0.5));
  expect_result<X>(leaky_relu(a, 0.2), leaky_relu(x, 0.2));
  expect_result<X>(hardtanh(a, -2, 0), hardtanh(x, -2, 0));
  expect_result<Mask>(isnan(a), isnan(x));
  expect_result<Mask>(isinf(a), isinf(x));
  expect_result<Mask>(isfinite(a), isfinite(x));
  expect_result<Mask>(less(a, b), x < y);
  expect_result<Mask>(less_equal(a, 0), x <= 0);
  expect_result<Mask>(greater(a, b), x > y);
  expect_result<Mask>(greater_equal(0, b), 0 >= y);
  expect_result<Mask>(logical_xor(a > 0, b > 0), logical_xor(x > 0, y > 0));
}

TEST(Elementwise, BitsAreThoseOfArrays) {
  const Counts n = sample<Counts>(2), k = sample<Counts>(2, 3);
  const Mask m = sample<Mask>(2), o = sample<Mask>(2, 2);
  const Array &x = n, &y = k;
  expect_result<Counts>(bitwise_and(n, 6), bitwise_and(x, 6));
  expect_result<Counts>(bitwise_or(n, k), bitwise_or(x, y));
  expect_result<Counts>(bitwise_xor(n, k), bitwise_xor(x, y));
  expect_result<Counts>(bitwise_not(n), bitwise_not(x));
  expect_result<Counts>(left_shift(1, k), left_shift(1, y));
  expect_result<Counts>(right_shift(n, k), right_shift(x, y));
  expect_result<Mask>(bitwise_xor(m, o), bitwise_xor(m.array(), o.array()));
  expect_result<Mask>(bitwise_not(m), bitwise_not(m.array()));
}

TEST(Elementwise, GluHalvesItsAxis) {
  const auto x = sample<Tensor<float, "batch", 6>>(2);
  const auto y = sample<Tensor<double, "time", "embd">>({3, 4});
  expect_result<Tensor<float, "batch", 3>>(glu(x), glu(x.array()));
  expect_result<Tensor<double, "time", "embd">>(glu<"embd">(y), glu(y.array(), 1));
  expect_error<ShapeError>([&] { glu<"time">(y); }, {"glu", "odd", "elementwise_test.cpp"});
}

TEST(Elementwise, IntegersBecomeFloatsWhereArraysDo) {
  const auto n = sample<Counts>(2);
  const Array& x = n;
  expect_result<Counts>(n + n, x + x);
  expect_result<X>(n / n, x / x);
  expect_result<X>(n / 2, x / 2);
  expect_result<X>(exp(n), exp(x));
  expect_result<Counts>(pow(n, 2), pow(x, 2));
  expect_result<X>(pow(cast<float>(n), 0.5), pow(x, 0.5));
  expect_result<Counts>(relu(n), relu(x));
  expect_result<X>(log1p(n), log1p(x));
  expect_result<X>(atan2(n, 2), atan2(x, 2));
  expect_result<X>(elu(n), elu(x));
  expect_result<X>(lerp(n, n, n), lerp(x, x, x));
  expect_result<Counts>(round(n), round(x));
  expect_result<Counts>(remainder(n, 3), remainder(x, 3));
  expect_result<Counts>(nan_to_num(n), nan_to_num(x));
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
