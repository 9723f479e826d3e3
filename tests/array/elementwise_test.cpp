// Elementwise functions on Arrays: what is composed of several rows of the scalar table, and types.
#include "tenon/array/elementwise.h"

#include <gtest/gtest.h>

#include <limits>

#include "tenon/array/ops.h"
#include "tests/support/array_values.h"
#include "tests/support/device_values.h"
#include "tests/support/errors.h"

namespace tenon::testing {
namespace {

constexpr float inf = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr double largest = std::numeric_limits<float>::max();

void expect_values(const Array& x, DType dtype, const Shape& shape, std::initializer_list<double> values) {
  EXPECT_TRUE(matches(host_value(x), tensor_of(dtype, shape, values)));
}

TEST(Elementwise, PolygammaTakesOrdersFromZeroOn) {
  const Array x = Array::from({0.5, 2.25, -1.5}, {3});
  Together expect;
  expect.elements(polygamma(0, x) - digamma(x), {3}, {0, 0, 0});
  expect.elements(polygamma(1, x) - trigamma(x), {3}, {0, 0, 0});
  // mpmath, 30 digits
  expect.elements(polygamma(2, Array(0.5)), {}, {-16.82879664423432}, 1e-14);
  expect.elements(polygamma(3, Array(-1.5)), {}, {194.59427621918762}, 1e-12);
  for (const std::int64_t n : {-1, 1000001})
    expect_error<ValueError>([&] { polygamma(n, x); }, {"polygamma", fmt::format("n is {}", n), "0 to 1000000"});
}

TEST(Elementwise, FunctionsOfRealsMakeFloatsOfIntegers) {
  using Function = Array (*)(const Operand&);
  for (const Function f :
       {Function(exp2),   Function(expm1),  Function(log2),    Function(log10),    Function(log1p),
        Function(cbrt),   Function(tan),    Function(asin),    Function(acos),     Function(atan),
        Function(sinh),   Function(cosh),   Function(asinh),   Function(acosh),    Function(atanh),
        Function(erfinv), Function(lgamma), Function(digamma), Function(trigamma), Function(reciprocal)}) {
    EXPECT_EQ(f(arange(3)).dtype(), DType::f32);
    EXPECT_EQ(f(arange(3) > 1).dtype(), DType::f32);
    EXPECT_EQ(f(zeros({3}, DType::f64)).dtype(), DType::f64);
    EXPECT_EQ(f(2).dtype(), DType::f32);
  }
  EXPECT_EQ(atan2(arange(3), 1).dtype(), DType::f32);
  for (const std::int64_t n : {0, 1, 2}) EXPECT_EQ(polygamma(n, arange(3) + 1).dtype(), DType::f32);
  EXPECT_EQ(polygamma(2, zeros({3}, DType::f16)).dtype(), DType::f16);
  EXPECT_EQ(hypot(arange(3), zeros({3}, DType::f64)).dtype(), DType::f64);
  EXPECT_EQ(lerp(arange(3), 4, 0.5).dtype(), DType::f32);
  for (const Function f : {Function(ceil), Function(trunc), Function(round)})
    EXPECT_EQ(f(arange(3, DType::i32)).dtype(), DType::i32);
}

TEST(Elementwise, NanAndInfinityAreTold) {
  const Array x = Array::from({1.f, nan, inf, -inf}, {4});
  expect_values(isnan(x), DType::boolean, {4}, {0, 1, 0, 0});
  expect_values(isinf(x), DType::boolean, {4}, {0, 0, 1, 1});
  expect_values(isfinite(x), DType::boolean, {4}, {1, 0, 0, 0});
  const Array n = arange(2, DType::i32);
  expect_values(isnan(n), DType::boolean, {2}, {0, 0});
  expect_values(isinf(n), DType::boolean, {2}, {0, 0});
  expect_values(isfinite(n), DType::boolean, {2}, {1, 1});
  // A constant, which simplification folds.
  expect_values(isnan(full({2}, nan)), DType::boolean, {2}, {1, 1});
}

TEST(Elementwise, NanToNumReplacesWhatIsNotFinite) {
  const Array x = Array::from({1.f, nan, inf, -inf}, {4});
  expect_values(nan_to_num(x), DType::f32, {4}, {1, 0, largest, -largest});
  expect_values(nan_to_num(x, 7, 8, 9), DType::f32, {4}, {1, 7, 8, 9});
  expect_values(grad(sum(nan_to_num(x)), {x})[0], DType::f32, {4}, {1, 0, 0, 0});
  expect_values(nan_to_num(arange(2, DType::i32)), DType::i32, {2}, {0, 1});
}

TEST(Elementwise, ComparisonsHaveNames) {
  const Array x = Array::from({1.f, 2.f, nan}, {3});
  expect_values(less(x, 2), DType::boolean, {3}, {1, 0, 0});
  expect_values(less_equal(x, 2), DType::boolean, {3}, {1, 1, 0});
  expect_values(greater(x, 1), DType::boolean, {3}, {0, 1, 0});
  expect_values(greater_equal(x, 2), DType::boolean, {3}, {0, 1, 0});
  expect_values(logical_xor(x, x > 1), DType::boolean, {3}, {1, 0, 1});
}

TEST(Elementwise, LerpHitsBothEnds) {
  const Array a = Array::from({0.1f, -3.f}, {2}), b = Array::from({1e8f, 5.f}, {2});
  expect_values(equal(lerp(a, b, 0), a), DType::boolean, {2}, {1, 1});
  expect_values(equal(lerp(a, b, 1), b), DType::boolean, {2}, {1, 1});
  expect_values(lerp(a, b, Array::from({0.0f, 0.25f}, {2})), DType::f32, {2}, {static_cast<double>(0.1f), -1});
  expect_error<ShapeError>([&] { lerp(a, b, zeros({3})); }, {"lerp", "[2]", "[3]"});
}

TEST(Elementwise, QuotientsOfIntegersStayIntegers) {
  const Array n = Array::from({7, -7, 7}, {3}), d = Array::from({2, 2, 0}, {3});
  expect_values(floor_divide(n, d), DType::i32, {3}, {3, -4, 0});
  expect_values(remainder(n, d), DType::i32, {3}, {1, 1, 0});
  expect_values(fmod(n, d), DType::i32, {3}, {1, -1, 0});
  expect_values(remainder(n, 2.5), DType::f32, {3}, {2, 0.5, 2});
}

TEST(Elementwise, PowersOfIntegersWrapAndNegativeOnesAreNone) {
  const Array x = Array::from(std::vector<std::int32_t>{-2, -1, 0, 1, 3}, {5});
  expect_values(pow(x, 0), DType::i32, {5}, {1, 1, 1, 1, 1});
  expect_values(pow(x, 1), DType::i32, {5}, {-2, -1, 0, 1, 3});
  expect_values(pow(x, 2), DType::i32, {5}, {4, 1, 0, 1, 9});
  expect_values(pow(x, 5), DType::i32, {5}, {-32, -1, 0, 1, 243});
  expect_values(pow(x, 21), DType::i32, {5}, {-2097152, -1, 0, 1, 1870418611});  // 3^21 - 2^33
  const Array exponents = Array::from(std::vector<std::int32_t>{-1, -3, -1, -2, -2}, {5});
  expect_values(pow(x, exponents), DType::i32, {5}, {0, -1, 0, 1, 0});
  expect_values(pow(astype(x, DType::i8), astype(7, DType::i8)), DType::i8, {5}, {-128, -1, 0, 1, -117});
  expect_values(pow(astype(abs(x), DType::u8), astype(9, DType::u8)), DType::u8, {5}, {0, 1, 0, 1, 227});
  EXPECT_EQ(pow(x, 0.5).dtype(), DType::f32);
  EXPECT_EQ(pow(2, x).dtype(), DType::i32);
  expect_error<ValueError>([&] { pow(x, -1); }, {"pow", "int32", "-1", "elementwise_test.cpp"});
}

TEST(Elementwise, BitsOfBoolAreLogic) {
  const Array a = arange(4) > 1, b = equal(remainder(arange(4), 2), 1);
  expect_values(bitwise_and(a, b), DType::boolean, {4}, {0, 0, 0, 1});
  expect_values(bitwise_or(a, b), DType::boolean, {4}, {0, 1, 1, 1});
  expect_values(bitwise_xor(a, b), DType::boolean, {4}, {0, 1, 1, 0});
  expect_values(bitwise_not(a), DType::boolean, {4}, {1, 1, 0, 0});
  expect_values(bitwise_not(arange(2, DType::u8)), DType::u8, {2}, {255, 254});
  expect_values(left_shift(1, arange(3, DType::i32)), DType::i32, {3}, {1, 2, 4});
  expect_error<DTypeError>([] { bitwise_and(zeros({2}), 1); }, {"bitwise_and", "float32 [2]", "integer and bool"});
  expect_error<DTypeError>([&] { left_shift(a, a); }, {"left_shift", "bool [4]", "integer"});
}

}  // namespace
}  // namespace tenon::testing
