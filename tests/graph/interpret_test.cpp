// The interpreter against values worked out by hand: it is the oracle of every other test.
#include "tenon/graph/interpret.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tenon/core/error.h"
#include "tests/support/graph_values.h"

namespace tenon::testing {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

HostTensor unary(Scalar scalar, const HostTensor& x) {
  return interpret_function([&](auto a) { return build::unary(scalar, a[0]); }, std::vector{x});
}
HostTensor binary(Scalar scalar, const HostTensor& a, const HostTensor& b) {
  return interpret_function([&](auto x) { return build::binary(scalar, x[0], x[1]); }, std::vector{a, b});
}
HostTensor cast(const HostTensor& x, DType dtype) {
  return interpret_function([&](auto a) { return build::cast(a[0], dtype); }, std::vector{x});
}

TEST(Interpret, UnaryFunctionsHaveTheirTextbookValues) {
  const HostTensor x = tensor_of(DType::f64, {3}, {0, 1, -2});
  const Tolerance close{.ulps = 4, .absolute = 1e-16};
  EXPECT_TRUE(matches(unary(Scalar::neg, x), tensor_of(DType::f64, {3}, {0, -1, 2})));
  EXPECT_TRUE(matches(unary(Scalar::abs, x), tensor_of(DType::f64, {3}, {0, 1, 2})));
  EXPECT_TRUE(matches(unary(Scalar::sign, x), tensor_of(DType::f64, {3}, {0, 1, -1})));
  EXPECT_TRUE(matches(unary(Scalar::relu, x), tensor_of(DType::f64, {3}, {0, 1, 0})));
  EXPECT_TRUE(
      matches(unary(Scalar::exp, x), tensor_of(DType::f64, {3}, {1, 2.718281828459045, 0.1353352832366127}), close));
  EXPECT_TRUE(
      matches(unary(Scalar::sin, x), tensor_of(DType::f64, {3}, {0, 0.8414709848078965, -0.9092974268256817}), close));
  EXPECT_TRUE(
      matches(unary(Scalar::cos, x), tensor_of(DType::f64, {3}, {1, 0.5403023058681398, -0.4161468365471424}), close));
  EXPECT_TRUE(
      matches(unary(Scalar::tanh, x), tensor_of(DType::f64, {3}, {0, 0.7615941559557649, -0.9640275800758169}), close));
  EXPECT_TRUE(
      matches(unary(Scalar::erf, x), tensor_of(DType::f64, {3}, {0, 0.8427007929497149, -0.9953222650189527}), close));
  EXPECT_TRUE(matches(unary(Scalar::sigmoid, x),
                      tensor_of(DType::f64, {3}, {0.5, 0.7310585786300049, 0.11920292202211755}), close));
  EXPECT_TRUE(matches(unary(Scalar::floor, tensor_of(DType::f64, {3}, {1.5, -1.5, 2})),
                      tensor_of(DType::f64, {3}, {1, -2, 2})));
  EXPECT_TRUE(matches(unary(Scalar::logical_not, x), tensor_of(DType::boolean, {3}, {1, 0, 0})));
  EXPECT_TRUE(matches(unary(Scalar::stop_gradient, x), x));
  const HostTensor positive = tensor_of(DType::f64, {2}, {1, 4});
  EXPECT_TRUE(matches(unary(Scalar::log, positive), tensor_of(DType::f64, {2}, {0, 1.3862943611198906}), close));
  EXPECT_TRUE(matches(unary(Scalar::sqrt, positive), tensor_of(DType::f64, {2}, {1, 2})));
  EXPECT_TRUE(matches(unary(Scalar::rsqrt, positive), tensor_of(DType::f64, {2}, {1, 0.5})));
}

TEST(Interpret, SpecialValuesFollowIeee) {
  const HostTensor x = tensor_of(DType::f32, {4}, {inf, -inf, nan, -1});
  EXPECT_TRUE(matches(unary(Scalar::exp, x), tensor_of(DType::f32, {4}, {inf, 0, nan, 0.36787944117144233})));
  EXPECT_TRUE(matches(unary(Scalar::log, x), tensor_of(DType::f32, {4}, {inf, nan, nan, nan})));
  EXPECT_TRUE(matches(unary(Scalar::sqrt, x), tensor_of(DType::f32, {4}, {inf, nan, nan, nan})));
  EXPECT_TRUE(matches(unary(Scalar::sigmoid, x), tensor_of(DType::f32, {4}, {1, 0, nan, 0.2689414213699951})));
  EXPECT_TRUE(matches(unary(Scalar::relu, x), tensor_of(DType::f32, {4}, {inf, 0, nan, 0})));
  EXPECT_TRUE(matches(unary(Scalar::sign, x), tensor_of(DType::f32, {4}, {1, -1, nan, -1})));
  const HostTensor y = tensor_of(DType::f32, {4}, {nan, 1, 1, nan});
  EXPECT_TRUE(matches(binary(Scalar::maximum, x, y), tensor_of(DType::f32, {4}, {nan, 1, nan, nan})));
  EXPECT_TRUE(matches(binary(Scalar::minimum, x, y), tensor_of(DType::f32, {4}, {nan, -inf, nan, nan})));
  EXPECT_TRUE(matches(binary(Scalar::eq, x, x), tensor_of(DType::boolean, {4}, {1, 1, 0, 1})));
  EXPECT_TRUE(matches(binary(Scalar::ne, x, x), tensor_of(DType::boolean, {4}, {0, 0, 1, 0})));
}

TEST(Interpret, ElementaryFunctionsHaveTheirTextbookValues) {
  struct Case {
    Scalar scalar;
    double x, y;
  };
  // Values of mpmath at 30 digits; gamma(1/2) is the root of pi, digamma(1) Euler's constant, trigamma(1) pi^2 / 6.
  const Case cases[] = {
      {Scalar::exp2, -1.5, 0.353553390593273762},
      {Scalar::expm1, 1e-10, 1.00000000005e-10},
      {Scalar::log2, 10, 3.32192809488736235},
      {Scalar::log10, 1000, 3},
      {Scalar::log1p, 1e-10, 9.9999999995e-11},
      {Scalar::softplus, 2, 2.12692801104297249},
      {Scalar::softplus, -40, 4.24835425529158899e-18},
      {Scalar::softplus, 1000, 1000},
      {Scalar::cbrt, -27, -3},
      {Scalar::tan, 1, 1.55740772465490223},
      {Scalar::asin, 0.5, 0.523598775598298873},
      {Scalar::acos, -0.5, 2.09439510239319549},
      {Scalar::atan, -2, -1.10714871779409050},
      {Scalar::sinh, 2, 3.62686040784701877},
      {Scalar::cosh, 2, 3.76219569108363146},
      {Scalar::asinh, -2, -1.44363547517881034},
      {Scalar::acosh, 2, 1.31695789692481671},
      {Scalar::atanh, 0.5, 0.549306144334054846},
      {Scalar::erfinv, 0.5, 0.476936276204469873},
      {Scalar::erfinv, -0.999999, -3.45891073727549878},
      {Scalar::lgamma, 0.5, 0.572364942924700087},
      {Scalar::lgamma, -2.5, -0.0562437164976740507},
      {Scalar::lgamma, 1000, 5905.22042320918121},
      {Scalar::digamma, 1, -0.577215664901532861},
      {Scalar::digamma, -2.5, 1.10315664064524319},
      {Scalar::digamma, 1000, 6.90725519564881266},
      {Scalar::trigamma, 1, 1.64493406684822644},
      {Scalar::trigamma, -2.5, 9.53924664498912375},
      {Scalar::trigamma, 1000, 0.00100050016666663333},
  };
  for (const Case& c : cases)
    EXPECT_TRUE(
        matches(unary(c.scalar, tensor_of(DType::f64, {}, {c.x})), tensor_of(DType::f64, {}, {c.y}), {.ulps = 4}))
        << name(c.scalar);
}

TEST(Interpret, ElementaryFunctionsAreDefinedEverywhere) {
  const HostTensor x = tensor_of(DType::f64, {6}, {inf, -inf, nan, 0, -1, 2});
  const auto values = [&](Scalar scalar) {
    std::vector<double> y;
    const HostTensor result = unary(scalar, x);
    for (std::int64_t i = 0; i < 6; ++i) y.push_back(get_floating(result, i));
    return y;
  };
  const auto at = [&](Scalar scalar, std::size_t i) { return values(scalar)[i]; };
  for (const Scalar scalar : {Scalar::log2, Scalar::log10, Scalar::log1p, Scalar::acosh}) {
    EXPECT_EQ(at(scalar, 0), inf) << name(scalar);
    EXPECT_TRUE(std::isnan(at(scalar, 1))) << name(scalar);
    EXPECT_TRUE(std::isnan(at(scalar, 2))) << name(scalar);
  }
  EXPECT_EQ(at(Scalar::log1p, 4), -inf);
  for (const Scalar scalar : {Scalar::asin, Scalar::acos, Scalar::atanh, Scalar::erfinv})
    for (const std::size_t i : {0, 1, 2, 5}) EXPECT_TRUE(std::isnan(at(scalar, i))) << name(scalar);
  EXPECT_EQ(at(Scalar::erfinv, 4), -inf);
  EXPECT_EQ(at(Scalar::softplus, 0), inf);
  EXPECT_EQ(at(Scalar::softplus, 1), 0);
  EXPECT_EQ(at(Scalar::lgamma, 1), inf);
  EXPECT_EQ(at(Scalar::lgamma, 3), inf);
  EXPECT_EQ(at(Scalar::lgamma, 4), inf);
  EXPECT_EQ(at(Scalar::digamma, 3), -inf);
  EXPECT_TRUE(std::isnan(at(Scalar::digamma, 1)));
  EXPECT_TRUE(std::isnan(at(Scalar::digamma, 4)));
  EXPECT_EQ(at(Scalar::trigamma, 0), 0);
  EXPECT_EQ(at(Scalar::trigamma, 4), inf);
}

// Values of mpmath at 30 digits.
TEST(Interpret, PolygammaHasItsTextbookValues) {
  struct Case {
    double n, x, y;
  };
  const Case cases[] = {
      {2, 1, -2.4041138063191885708},
      {2, 0.5, -16.828796644234319996},
      {2, 0.001, -2000000002.3976321648},
      {2, 1000000.0, -1.0000010000005e-12},
      {2, -0.5, -0.8287966442343199956},
      {2, -2.25, 123.89694977406016558},
      {2, -1000.125, 1022.294389885717788},
      {3, 1, 6.4939394022668291491},
      {3, -1.5, 194.59427621918762242},
      {3, -0.75, 1557.745106972151359},
      {5, 20.5, 7.4766576402396593713e-6},
      {10, 0.1, -362880000001272701.67},
      {10, 30000000000.0, -6.1454046649474165524e-100},
      {20, -0.3, 2.3258315617066463429e+29},
      {100, 1, -9.3326215443944152682e+157},
      {100, 90.5, -3.3377237756365197591e-40},
      {200, 100, -9.1254246910962226557e-28},
      {400, 100, -6.5242300713674359549e+66},
  };
  const auto at = [](double n, double x) {
    return get_floating(binary(Scalar::polygamma, tensor_of(DType::f64, {}, {n}), tensor_of(DType::f64, {}, {x})), 0);
  };
  for (const Case& c : cases)
    EXPECT_TRUE(matches(tensor_of(DType::f64, {}, {at(c.n, c.x)}), tensor_of(DType::f64, {}, {c.y}), {.ulps = 4}))
        << c.n << " of " << c.x;
  for (const double n : {2.0, 3.0, 50.0}) {
    const double pole = n == 3 ? inf : -inf;
    for (const double x : {0.0, -0.0, -1.0, -7.0, -1e300, -inf}) EXPECT_EQ(at(n, x), pole) << n << " of " << x;
    EXPECT_EQ(at(n, inf), 0);
    EXPECT_TRUE(std::isnan(at(n, nan)));
  }
  for (const double n : {-1.0, 0.0, 1.5, inf, nan}) EXPECT_TRUE(std::isnan(at(n, 1.5))) << n;
  EXPECT_EQ(at(1, 1.5), info(Scalar::trigamma).reference_floating(1.5, 0, 0));
}

TEST(Interpret, RoundingIsHalfToEven) {
  const HostTensor x = tensor_of(DType::f32, {6}, {-2.5, -1.5, -0.5, 0.5, 1.5, 2.7});
  EXPECT_TRUE(matches(unary(Scalar::round, x), tensor_of(DType::f32, {6}, {-2, -2, 0, 0, 2, 3})));
  EXPECT_TRUE(matches(unary(Scalar::trunc, x), tensor_of(DType::f32, {6}, {-2, -1, 0, 0, 1, 2})));
  EXPECT_TRUE(matches(unary(Scalar::ceil, x), tensor_of(DType::f32, {6}, {-2, -1, 0, 1, 2, 3})));
  EXPECT_TRUE(matches(unary(Scalar::round, tensor_of(DType::i32, {1}, {7})), tensor_of(DType::i32, {1}, {7})));
}

TEST(Interpret, AnglesAndDistancesKnowTheirQuadrant) {
  const double pi = 3.141592653589793;
  const HostTensor y = tensor_of(DType::f64, {7}, {1, 1, -1, 0, -0.0, inf, nan}),
                   x = tensor_of(DType::f64, {7}, {1, -1, -1, -1, -1, -inf, 1});
  EXPECT_TRUE(matches(binary(Scalar::atan2, y, x),
                      tensor_of(DType::f64, {7}, {pi / 4, 3 * pi / 4, -3 * pi / 4, pi, -pi, 3 * pi / 4, nan})));
  EXPECT_TRUE(matches(
      binary(Scalar::hypot, tensor_of(DType::f64, {3}, {3, 1e200, inf}), tensor_of(DType::f64, {3}, {-4, 1e200, nan})),
      tensor_of(DType::f64, {3}, {5, 1.4142135623730951e200, inf}), {.ulps = 1}));
}

// NumPy's values: floor_divide, remainder and fmod of the same pairs.
TEST(Interpret, QuotientsAndRemaindersFollowNumPy) {
  const HostTensor a = tensor_of(DType::f32, {10}, {7, -7, 7, -7, 1, -1, -1, inf, 3, 0}),
                   b = tensor_of(DType::f32, {10}, {2, 2, -2, -2, 0.1, 0.1, inf, 2, 0, 0});
  EXPECT_TRUE(matches(binary(Scalar::floor_divide, a, b),
                      tensor_of(DType::f32, {10}, {3, -4, -4, 3, 9, -10, -1, nan, inf, nan})));
  const float tenth = 0.1f, rest = static_cast<float>(std::fmod(1.0, static_cast<double>(tenth)));
  EXPECT_TRUE(
      matches(binary(Scalar::fmod, a, b), tensor_of(DType::f32, {10}, {1, -1, 1, -1, rest, -rest, -1, nan, nan, nan})));
  EXPECT_TRUE(matches(binary(Scalar::remainder, a, b),
                      tensor_of(DType::f32, {10}, {1, 1, -1, -1, rest, tenth - rest, inf, nan, nan, nan})));
  const double least = -2147483648.0;
  const HostTensor c = tensor_of(DType::i32, {7}, {7, -7, 7, -7, 5, least, least}),
                   d = tensor_of(DType::i32, {7}, {2, 2, -2, -2, 0, -1, 0});
  EXPECT_TRUE(matches(binary(Scalar::floor_divide, c, d), tensor_of(DType::i32, {7}, {3, -4, -4, 3, 0, least, 0})));
  EXPECT_TRUE(matches(binary(Scalar::remainder, c, d), tensor_of(DType::i32, {7}, {1, 1, -1, -1, 0, 0, 0})));
  EXPECT_TRUE(matches(binary(Scalar::fmod, c, d), tensor_of(DType::i32, {7}, {1, -1, 1, -1, 0, 0, 0})));
}

TEST(Interpret, BitsAndShifts) {
  const HostTensor a = tensor_of(DType::u8, {4}, {12, 255, 200, 1}), b = tensor_of(DType::u8, {4}, {10, 1, 3, 9});
  EXPECT_TRUE(matches(binary(Scalar::bitwise_and, a, b), tensor_of(DType::u8, {4}, {8, 1, 0, 1})));
  EXPECT_TRUE(matches(binary(Scalar::bitwise_or, a, b), tensor_of(DType::u8, {4}, {14, 255, 203, 9})));
  EXPECT_TRUE(matches(binary(Scalar::bitwise_xor, a, b), tensor_of(DType::u8, {4}, {6, 254, 203, 8})));
  EXPECT_TRUE(matches(unary(Scalar::bitwise_not, a), tensor_of(DType::u8, {4}, {243, 0, 55, 254})));
  EXPECT_TRUE(matches(binary(Scalar::left_shift, a, b), tensor_of(DType::u8, {4}, {0, 254, 64, 0})));
  EXPECT_TRUE(matches(binary(Scalar::right_shift, a, b), tensor_of(DType::u8, {4}, {0, 127, 25, 0})));
  const HostTensor c = tensor_of(DType::i32, {5}, {-8, -8, 8, -8, 1}),
                   n = tensor_of(DType::i32, {5}, {1, 32, 100, -1, 31});
  EXPECT_TRUE(matches(binary(Scalar::left_shift, c, n), tensor_of(DType::i32, {5}, {-16, 0, 0, 0, -2147483648.0})));
  EXPECT_TRUE(matches(binary(Scalar::right_shift, c, n), tensor_of(DType::i32, {5}, {-4, -1, 0, -1, 0})));
}

TEST(Interpret, IntegersWrapAround) {
  const HostTensor a = tensor_of(DType::i32, {2}, {2147483647, -2147483648.0}), b = tensor_of(DType::i32, {2}, {1, -1});
  EXPECT_TRUE(matches(binary(Scalar::add, a, b), tensor_of(DType::i32, {2}, {-2147483648.0, 2147483647})));
  EXPECT_TRUE(matches(unary(Scalar::neg, a), tensor_of(DType::i32, {2}, {-2147483647, -2147483648.0})));
  const HostTensor bytes = tensor_of(DType::u8, {2}, {200, 3});
  EXPECT_TRUE(matches(binary(Scalar::mul, bytes, bytes), tensor_of(DType::u8, {2}, {64, 9})));
  EXPECT_TRUE(matches(unary(Scalar::neg, bytes), tensor_of(DType::u8, {2}, {56, 253})));
}

TEST(Interpret, CastsTruncateSaturateAndWrap) {
  const HostTensor x = tensor_of(DType::f64, {7}, {1.9, -1.9, 1e20, -1e20, nan, inf, -inf});
  EXPECT_TRUE(matches(cast(x, DType::i32),
                      tensor_of(DType::i32, {7}, {1, -1, 2147483647, -2147483648.0, 0, 2147483647, -2147483648.0})));
  EXPECT_TRUE(matches(cast(x, DType::u8), tensor_of(DType::u8, {7}, {1, 0, 255, 0, 0, 255, 0})));
  EXPECT_TRUE(matches(cast(x, DType::u32), tensor_of(DType::u32, {7}, {1, 0, 4294967295.0, 0, 0, 4294967295.0, 0})));
  EXPECT_TRUE(matches(cast(x, DType::boolean), tensor_of(DType::boolean, {7}, {1, 1, 1, 1, 1, 1, 1})));
  const HostTensor wide = cast(x, DType::i64);
  EXPECT_EQ(wide.data<std::int64_t>()[2], std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(wide.data<std::int64_t>()[3], std::numeric_limits<std::int64_t>::min());
  EXPECT_TRUE(
      matches(cast(tensor_of(DType::i32, {3}, {257, -1, 0}), DType::u8), tensor_of(DType::u8, {3}, {1, 255, 0})));
  EXPECT_TRUE(matches(cast(tensor_of(DType::i32, {3}, {256, -1, 0}), DType::boolean),
                      tensor_of(DType::boolean, {3}, {1, 1, 0})));
  EXPECT_TRUE(matches(cast(tensor_of(DType::boolean, {2}, {1, 0}), DType::f32), tensor_of(DType::f32, {2}, {1, 0})));
}

TEST(Interpret, SinglePrecisionSumsInDouble) {
  // In single precision 1e8 + 1 is 1e8, and the sum would be 0.
  const HostTensor x = tensor_of(DType::f32, {3}, {1e8, 1, -1e8});
  const HostTensor sum = interpret_function([](auto a) { return build::reduce(Scalar::add, a[0], 1); }, std::vector{x});
  EXPECT_TRUE(matches(sum, tensor_of(DType::f32, {}, {1})));
}

TEST(Interpret, Reductions) {
  const HostTensor x = tensor_of(DType::i64, {2, 3}, {1, -2, 3, 4, 5, -6});
  const auto reduce = [](Scalar combine, const HostTensor& t, std::uint32_t axes) {
    return interpret_function([&](auto a) { return build::reduce(combine, a[0], axes); }, std::vector{t});
  };
  EXPECT_TRUE(matches(reduce(Scalar::add, x, 0b01), tensor_of(DType::i64, {3}, {5, 3, -3})));
  EXPECT_TRUE(matches(reduce(Scalar::add, x, 0b10), tensor_of(DType::i64, {2}, {2, 3})));
  EXPECT_TRUE(matches(reduce(Scalar::mul, x, 0b11), tensor_of(DType::i64, {}, {720})));
  EXPECT_TRUE(matches(reduce(Scalar::maximum, x, 0b10), tensor_of(DType::i64, {2}, {3, 5})));
  EXPECT_TRUE(matches(reduce(Scalar::minimum, x, 0b01), tensor_of(DType::i64, {3}, {1, -2, -6})));
  EXPECT_TRUE(matches(reduce(Scalar::maximum, tensor_of(DType::f32, {2, 2}, {nan, 1, -inf, -inf}), 0b10),
                      tensor_of(DType::f32, {2}, {nan, -inf})));
  EXPECT_TRUE(matches(reduce(Scalar::add, HostTensor(DType::f32, {0, 2}), 0b01), tensor_of(DType::f32, {2}, {0, 0})));
  EXPECT_TRUE(matches(reduce(Scalar::mul, HostTensor(DType::f32, {2, 0}), 0b10), tensor_of(DType::f32, {2}, {1, 1})));
}

TEST(Interpret, Movement) {
  const HostTensor x = tensor_of(DType::i32, {2, 3}, {1, 2, 3, 4, 5, 6});
  const auto moved = [&](const NodeFunction& f) { return interpret_function(f, std::vector{x}); };
  EXPECT_TRUE(matches(moved([](auto a) { return build::reshape(a[0], {3, 2}); }),
                      tensor_of(DType::i32, {3, 2}, {1, 2, 3, 4, 5, 6})));
  EXPECT_TRUE(matches(moved([](auto a) { return build::permute(a[0], std::array{1, 0}); }),
                      tensor_of(DType::i32, {3, 2}, {1, 4, 2, 5, 3, 6})));
  EXPECT_TRUE(matches(moved([](auto a) { return build::expand(build::reshape(a[0], {2, 1, 3}), {2, 2, 3}); }),
                      tensor_of(DType::i32, {2, 2, 3}, {1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6})));
  EXPECT_TRUE(matches(moved([](auto a) { return build::pad(a[0], Dims{1, 0, 0, 2}, 9); }),
                      tensor_of(DType::i32, {3, 5}, {9, 9, 9, 9, 9, 1, 2, 3, 9, 9, 4, 5, 6, 9, 9})));
  EXPECT_TRUE(matches(moved([](auto a) { return build::slice(a[0], Dims{1, 2}, Dims{2, 2}, Dims{-1, -2}); }),
                      tensor_of(DType::i32, {2, 2}, {6, 4, 3, 1})));
  EXPECT_TRUE(matches(moved([](auto) { return build::iota(DType::i64, 3); }), tensor_of(DType::i64, {3}, {0, 1, 2})));
}

TEST(Interpret, ContractSumsOverTheLastAxesOfBoth) {
  const HostTensor a = tensor_of(DType::f32, {2, 1, 2}, {1, 2, 3, 4});              // [batch, m, k]
  const HostTensor b = tensor_of(DType::f32, {2, 2, 2}, {1, 0, 0, 1, 1, 1, 2, 2});  // [batch, n, k]
  const HostTensor c = interpret_function([](auto x) { return build::contract(x[0], x[1], 1, 1); }, std::vector{a, b});
  EXPECT_TRUE(matches(c, tensor_of(DType::f32, {2, 1, 2}, {1, 2, 7, 14})));
  const HostTensor outer =
      interpret_function([](auto x) { return build::contract(x[0], x[1], 0, 0); },
                         std::vector{tensor_of(DType::i32, {2}, {2, 3}), tensor_of(DType::i32, {2}, {5, 7})});
  EXPECT_TRUE(matches(outer, tensor_of(DType::i32, {2, 2}, {10, 14, 15, 21})));
}

TEST(Interpret, GatherTakesRowsAndScatterAddsThem) {
  const HostTensor table = tensor_of(DType::f32, {3, 2}, {1, 2, 3, 4, 5, 6}),
                   indices = tensor_of(DType::i32, {3}, {2, 0, 2});
  const HostTensor rows =
      interpret_function([](auto x) { return build::gather(x[0], x[1]); }, std::vector{table, indices});
  EXPECT_TRUE(matches(rows, tensor_of(DType::f32, {3, 2}, {5, 6, 1, 2, 5, 6})));
  const HostTensor sums =
      interpret_function([](auto x) { return build::scatter_add(x[1], x[0], 4); }, std::vector{rows, indices});
  EXPECT_TRUE(matches(sums, tensor_of(DType::f32, {4, 2}, {1, 2, 0, 0, 10, 12, 0, 0})));
}

TEST(Interpret, ScansCombineAllElementsSoFar) {
  const std::vector values{tensor_of(DType::u8, {2, 3}, {200, 100, 3, 2, 5, 4})};
  const auto scan = [&](Scalar combine, int axis) {
    return interpret_function([&](auto x) { return build::scan(combine, x[0], axis); }, values);
  };
  EXPECT_TRUE(matches(scan(Scalar::add, 1), tensor_of(DType::u8, {2, 3}, {200, 44, 47, 2, 7, 11})));
  EXPECT_TRUE(matches(scan(Scalar::add, 0), tensor_of(DType::u8, {2, 3}, {200, 100, 3, 202, 105, 7})));
  EXPECT_TRUE(matches(scan(Scalar::mul, 1), tensor_of(DType::u8, {2, 3}, {200, 32, 96, 2, 10, 40})));
  EXPECT_TRUE(matches(scan(Scalar::maximum, 1), tensor_of(DType::u8, {2, 3}, {200, 200, 200, 2, 5, 5})));
  EXPECT_TRUE(matches(scan(Scalar::minimum, 1), tensor_of(DType::u8, {2, 3}, {200, 100, 3, 2, 2, 2})));
}

TEST(Interpret, ArgsortIsStableAndPutsNanLastOrFirst) {
  const std::vector values{tensor_of(DType::f32, {2, 6}, {2, nan, inf, 1, 2, -inf, 0, -0.0, nan, 0, nan, -1})};
  const auto argsort = [&](bool descending) {
    return interpret_function([&](auto x) { return build::argsort(x[0], descending, DType::i32); }, values);
  };
  EXPECT_TRUE(matches(argsort(false), tensor_of(DType::i32, {2, 6}, {5, 3, 0, 4, 2, 1, 5, 0, 1, 3, 2, 4})));
  EXPECT_TRUE(matches(argsort(true), tensor_of(DType::i32, {2, 6}, {1, 2, 0, 4, 3, 5, 2, 4, 0, 1, 3, 5})));
}

TEST(Interpret, AnIndexOutsideTheTableIsAnErrorThatNamesIt) {
  for (const double index : {3.0, -1.0}) {
    const std::vector values{HostTensor(DType::f32, {3, 2}), tensor_of(DType::i64, {1}, {index})};
    try {
      interpret_function([](auto x) { return build::gather(x[0], x[1]); }, values);
      FAIL() << "no error";
    } catch (const IndexError& error) {
      EXPECT_NE(std::string(error.what()).find(fmt::format("index {} is out of range for an axis of size 3", index)),
                std::string::npos)
          << error.what();
    }
  }
}

TEST(Interpret, PowAndThreefryHaveKnownValues) {
  const HostTensor a = tensor_of(DType::f64, {4}, {2, 0, 0, -2}), b = tensor_of(DType::f64, {4}, {10, 0, -1, 3});
  EXPECT_TRUE(matches(binary(Scalar::pow, a, b), tensor_of(DType::f64, {4}, {1024, 1, inf, -8})));
  // Known answer of Random123 for Threefry-2x32-20 with key 0 and counter 0.
  const HostTensor zero = tensor_of(DType::u32, {1}, {0});
  const HostTensor bits = interpret_function([](auto x) { return build::elementwise(Scalar::random_bits, x); },
                                             std::vector{zero, zero, zero});
  EXPECT_EQ(bits.data<std::uint32_t>()[0], 0x6b200159u);
}

}  // namespace
}  // namespace tenon::testing
