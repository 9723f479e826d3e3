// 16-bit floating-point numbers. They are stored and moved; arithmetic is done in float, and rounds to nearest, ties to
// even, where a result becomes one of them again.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>

namespace tenon {

/// bfloat16: the upper half of a float32.
constexpr float float_from_bfloat16(std::uint16_t bits) { return std::bit_cast<float>(std::uint32_t{bits} << 16); }

/// IEEE 754 binary16: 1 bit of sign, 5 of exponent with bias 15, 10 of fraction. NaNs keep their payload.
constexpr float float_from_float16(std::uint16_t bits) {
  const std::uint32_t sign = std::uint32_t{bits} >> 15 << 31;
  const std::uint32_t exponent = bits >> 10 & 0x1f, fraction = bits & 0x3ff;
  if (exponent == 0) {  // zero and subnormals: fraction * 2^-24
    const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(magnitude));
  }
  const std::uint32_t widened = exponent == 0x1f ? 0xff : exponent + (127 - 15);
  return std::bit_cast<float>(sign | widened << 23 | fraction << 13);
}

constexpr std::uint16_t bfloat16_from_float(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  if (x != x) return static_cast<std::uint16_t>(bits >> 16 | 0x40);  // quiet, with its payload's upper part
  return static_cast<std::uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

constexpr std::uint16_t float16_from_float(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const std::uint32_t sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
  std::uint32_t result = 0;
  if (magnitude > 0x7f800000)
    result = 0x7e00 | (magnitude >> 13 & 0x3ff);  // NaN
  else if (magnitude >= 0x477ff000)
    result = 0x7c00;  // 65520 and more round to infinity
  else if (magnitude < 0x38800000)
    // Below 2^-14 the neighbours are 2^-24 apart, as those of floats above 1/2 are: adding 1/2 rounds.
    result = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + 0.5f) - 0x3f000000;
  else
    result = (magnitude + 0xfff + (magnitude >> 13 & 1) - 0x38000000) >> 13;
  return static_cast<std::uint16_t>(sign | result);
}

/// The float next to x whose last bit is odd, unless x is a float: rounding it to 16 bits rounds x itself, once.
constexpr float float_to_odd(double x) {
  const auto nearest = static_cast<float>(x);
  const auto bits = std::bit_cast<std::uint32_t>(nearest);
  if (static_cast<double>(nearest) == x || x != x || (bits & 1) != 0) return nearest;
  const bool is_beyond = (x < 0 ? -x : x) < static_cast<double>(std::bit_cast<float>(bits & 0x7fffffff));
  return std::bit_cast<float>(is_beyond ? bits - 1 : bits + 1);
}

/// An element of DType::f16. Converts to float without loss, and from numbers when asked to.
struct Float16 {
  std::uint16_t bits = 0;

  constexpr Float16() = default;
  constexpr explicit Float16(float x) : bits(float16_from_float(x)) {}
  constexpr explicit Float16(double x) : bits(float16_from_float(float_to_odd(x))) {}
  constexpr explicit Float16(std::integral auto x) : Float16(static_cast<double>(x)) {}
  static constexpr Float16 from_bits(std::uint16_t bits) {
    Float16 value;
    value.bits = bits;
    return value;
  }
  constexpr operator float() const { return float_from_float16(bits); }
};

/// An element of DType::bf16.
struct BFloat16 {
  std::uint16_t bits = 0;

  constexpr BFloat16() = default;
  constexpr explicit BFloat16(float x) : bits(bfloat16_from_float(x)) {}
  constexpr explicit BFloat16(double x) : bits(bfloat16_from_float(float_to_odd(x))) {}
  constexpr explicit BFloat16(std::integral auto x) : BFloat16(static_cast<double>(x)) {}
  static constexpr BFloat16 from_bits(std::uint16_t bits) {
    BFloat16 value;
    value.bits = bits;
    return value;
  }
  constexpr operator float() const { return float_from_bfloat16(bits); }
};

}  // namespace tenon
