#include "tenon/core/half.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tenon::testing {
namespace {

// The value that 5 bits of exponent and 10 of fraction stand for, by the definition in IEEE 754.
double value_of_float16(int bits) {
  const double sign = (bits & 0x8000) != 0 ? -1 : 1;
  const int exponent = bits >> 10 & 0x1f, fraction = bits & 0x3ff;
  if (exponent == 0) return sign * std::ldexp(fraction, -24);
  if (exponent == 31) return fraction == 0 ? sign * INFINITY : NAN;
  return sign * std::ldexp(1024 + fraction, exponent - 25);
}

TEST(HalfFloat, EveryFloat16HasItsValue) {
  for (int bits = 0; bits < 0x10000; ++bits) {
    const double expected = value_of_float16(bits);
    const float found = float_from_float16(static_cast<std::uint16_t>(bits));
    ASSERT_EQ(std::isnan(found), std::isnan(expected)) << bits;
    if (std::isnan(expected)) continue;
    ASSERT_EQ(static_cast<double>(found), expected) << bits;
    ASSERT_EQ(std::signbit(found), (bits & 0x8000) != 0) << bits;
  }
}

TEST(HalfFloat, EveryBfloat16IsTheUpperHalfOfAFloat) {
  EXPECT_EQ(float_from_bfloat16(0x3f80), 1.0f);
  EXPECT_EQ(float_from_bfloat16(0xc040), -3.0f);
  EXPECT_EQ(float_from_bfloat16(0x0001), 0x1p-133f);
  EXPECT_EQ(float_from_bfloat16(0xff80), -INFINITY);
  EXPECT_TRUE(std::isnan(float_from_bfloat16(0x7fc0)));
  EXPECT_TRUE(std::signbit(float_from_bfloat16(0x8000)));
}

// The two neighbours of a positive real number among all finite values, and the rule of the nearest even one.
template <class Half>
Half nearest_by_search(double x) {
  std::uint16_t best = 0;
  for (int bits = 0; bits < 0x8000; ++bits) {
    const auto candidate = static_cast<std::uint16_t>(bits);
    const auto value = static_cast<double>(static_cast<float>(Half::from_bits(candidate)));
    if (!std::isfinite(value)) break;
    const auto now = static_cast<double>(static_cast<float>(Half::from_bits(best)));
    const double distance = std::fabs(value - x), least = std::fabs(now - x);
    if (distance < least || (distance == least && bits % 2 == 0)) best = candidate;
  }
  return Half::from_bits(best);
}

template <class Half>
void expect_nearest(double x) {
  EXPECT_EQ(Half(x).bits, nearest_by_search<Half>(x).bits) << x;
  EXPECT_EQ(Half(-x).bits, nearest_by_search<Half>(x).bits | 0x8000) << x;
}

TEST(HalfFloat, RoundsToTheNearestEvenOne) {
  for (const double x : {1.0, 1 + 0x1p-11, 1 + 0x1p-11 + 0x1p-40, 1 + 3 * 0x1p-11, 0x1p-24, 0x1p-25, 0x1p-25 + 0x1p-60,
                         3 * 0x1p-25, 0x1p-14, 0x1p-14 - 0x1p-25, 0.1, 1000.7, 65504.0, 65519.9}) {
    expect_nearest<Float16>(x);
    expect_nearest<BFloat16>(x);
  }
  // 1 + 2^-11 + 2^-40 is above the middle, and its nearest float is the middle: rounding twice would go down.
  EXPECT_EQ(Float16(1 + 0x1p-11 + 0x1p-40), 1 + 0x1p-10f);
  EXPECT_EQ(BFloat16(1 + 0x1p-8 + 0x1p-40), 1 + 0x1p-7f);
  EXPECT_EQ(Float16(65520.0), INFINITY);
  EXPECT_EQ(Float16(-1e300), -INFINITY);
  EXPECT_EQ(BFloat16(3.4e38f), INFINITY);
  EXPECT_TRUE(std::isnan(static_cast<float>(Float16(NAN))));
  EXPECT_TRUE(std::isnan(static_cast<float>(BFloat16(NAN))));
}

TEST(HalfFloat, WideningAndRoundingGivesBackEveryValue) {
  for (int bits = 0; bits < 0x10000; ++bits) {
    const auto half = Float16::from_bits(static_cast<std::uint16_t>(bits));
    const auto brain = BFloat16::from_bits(static_cast<std::uint16_t>(bits));
    if (!std::isnan(static_cast<float>(half))) {
      ASSERT_EQ(Float16(static_cast<float>(half)).bits, bits);
    }
    if (!std::isnan(static_cast<float>(brain))) {
      ASSERT_EQ(BFloat16(static_cast<float>(brain)).bits, bits);
    }
  }
}

}  // namespace
}  // namespace tenon::testing
