#include "tenon/io/half_float.h"

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

}  // namespace
}  // namespace tenon::testing
