// Enclosures admit what correct kernels may compute, and nothing else.
#include "tests/support/enclosure.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/graph_values.h"
#include "tests/support/interval.h"

namespace tenon::testing {
namespace {

Enclosure enclosure_of(const NodeFunction& f, const std::vector<HostTensor>& values) {
  const NodeRef output = f(arguments_for(values));
  std::vector<HostView> views;
  for (const HostTensor& value : values) views.push_back(value.view());
  const std::lock_guard lock(graph_mutex());
  return enclose(trace(std::span(&output, 1), static_cast<int>(values.size())).graph, views).front();
}

bool admits(const Enclosure& enclosure, std::initializer_list<double> values) {
  return static_cast<bool>(lies_within(tensor_of(enclosure.dtype, enclosure.shape, values), enclosure));
}

double after(double x, int steps = 1) {
  auto value = static_cast<float>(x);
  for (int i = 0; i < steps; ++i) value = std::nextafter(value, std::numeric_limits<float>::infinity());
  return static_cast<double>(value);
}

TEST(Enclosure, OfCorrectlyRoundedArithmeticIsOneValue) {
  const std::vector<HostTensor> values = {tensor_of(DType::f32, {1}, {1}), tensor_of(DType::f32, {1}, {3})};
  for (const Scalar scalar : {Scalar::add, Scalar::sub, Scalar::div, Scalar::maximum}) {
    const Enclosure x = enclosure_of([&](auto a) { return build::binary(scalar, a[0], a[1]); }, values);
    const double value = x.low.data<double>()[0];
    EXPECT_TRUE(admits(x, {value})) << name(scalar);
    EXPECT_FALSE(admits(x, {after(value)})) << name(scalar);
  }
}

TEST(Enclosure, OfASumOfAProductHoldsBothTheFusedAndTheRoundedOne) {
  // (1 + 2^-12)^2 = 1 + 2^-11 + 2^-24: rounded to float32 the last term is lost; less 1 + 2^-11 it is all there is.
  const std::vector<HostTensor> values = {tensor_of(DType::f32, {1}, {1 + 0x1p-12}),
                                          tensor_of(DType::f32, {1}, {1 + 0x1p-11})};
  const Enclosure x = enclosure_of(
      [](auto a) { return build::binary(Scalar::sub, build::binary(Scalar::mul, a[0], a[0]), a[1]); }, values);
  EXPECT_TRUE(admits(x, {0}));
  EXPECT_TRUE(admits(x, {0x1p-24}));
  EXPECT_FALSE(admits(x, {0x1p-23}));
  EXPECT_FALSE(admits(x, {-0x1p-24}));
}

TEST(Enclosure, OfAFunctionReachesAsFarAsItsUlps) {
  const std::vector<HostTensor> values = {tensor_of(DType::f32, {1}, {1})};
  const Enclosure x = enclosure_of([](auto a) { return build::unary(Scalar::exp, a[0]); }, values);
  const double value = std::exp(1.0);
  EXPECT_TRUE(admits(x, {after(value, 3)}));
  EXPECT_FALSE(admits(x, {after(value, 6)}));
}

TEST(Enclosure, OfASumIsOneValueWhereEveryPartialSumIsRepresentable) {
  const auto sum = [](auto a) { return build::reduce(Scalar::add, a[0], 1); };
  EXPECT_FALSE(admits(enclosure_of(sum, {tensor_of(DType::f32, {3}, {5, 0.5, -2})}), {after(3.5)}));
  // Of 1 + 2^-23 + 2^-24 + 2^-24 any order of the four may be taken.
  const Enclosure x = enclosure_of(sum, {tensor_of(DType::f32, {4}, {1, 0x1p-23, 0x1p-24, 0x1p-24})});
  EXPECT_TRUE(admits(x, {1 + 0x1p-23}));
  EXPECT_TRUE(admits(x, {1 + 0x1p-22}));
  EXPECT_FALSE(admits(x, {1 + 0x1p-19}));
}

TEST(Enclosure, OfAFloat16IsRoundedOnce) {
  // exp of 1, known to a few units in float32, is far from the middle of two float16.
  const std::vector<HostTensor> values = {tensor_of(DType::f16, {1}, {1})};
  const Enclosure x = enclosure_of([](auto a) { return build::unary(Scalar::exp, a[0]); }, values);
  EXPECT_EQ(x.low.data<double>()[0], x.high.data<double>()[0]);
  EXPECT_TRUE(admits(x, {2.71875}));
}

TEST(Enclosure, OfWhatIsNotDecidedHoldsBothWays) {
  // sin(x)^2 + cos(x)^2 < 1 may be either; < 2 may not.
  const std::vector<HostTensor> values = {tensor_of(DType::f32, {1}, {0.7}), tensor_of(DType::f32, {2}, {1, 2})};
  const auto less_than = [](int which) {
    return [which](std::span<const NodeRef> a) {
      const NodeRef sine = build::unary(Scalar::sin, a[0]), cosine = build::unary(Scalar::cos, a[0]);
      const NodeRef one = build::binary(Scalar::add, build::binary(Scalar::mul, sine, sine),
                                        build::binary(Scalar::mul, cosine, cosine));
      return build::binary(Scalar::lt, one, build::slice(a[1], Dims{which}, Dims{1}, Dims{1}));
    };
  };
  EXPECT_TRUE(admits(enclosure_of(less_than(0), values), {0}));
  EXPECT_TRUE(admits(enclosure_of(less_than(0), values), {1}));
  EXPECT_FALSE(admits(enclosure_of(less_than(1), values), {0}));
}

TEST(Enclosure, OfAnOrderIsCertainBetweenGroupsThatTouch) {
  const std::vector<HostTensor> values = {tensor_of(DType::f32, {4}, {0.7, 3, 0.7, -1})};
  // log(exp(x)): the equal first and third become intervals that touch.
  const Enclosure x = enclosure_of(
      [](auto a) {
        return build::argsort(build::unary(Scalar::log, build::unary(Scalar::exp, a[0])), false, DType::i64);
      },
      values);
  EXPECT_TRUE(admits(x, {3, 0, 2, 1}));
  EXPECT_TRUE(admits(x, {3, 2, 0, 1}));
  EXPECT_FALSE(admits(x, {0, 3, 2, 1}));
  EXPECT_FALSE(admits(x, {3, 0, 1, 2}));
}

TEST(Enclosure, OfNaNIsNaN) {
  const std::vector<HostTensor> values = {tensor_of(DType::f32, {1}, {-1})};
  const Enclosure x = enclosure_of([](auto a) { return build::unary(Scalar::sqrt, a[0]); }, values);
  EXPECT_TRUE(admits(x, {std::numeric_limits<double>::quiet_NaN()}));
  EXPECT_FALSE(admits(x, {0}));
}

}  // namespace
}  // namespace tenon::testing
