// Random tensors in host memory, and comparison with messages one can act on.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>

#include "tenon/graph/interpret.h"

namespace tenon::testing {

/// Where random elements of a floating type lie.
struct Domain {
  double low = -2, high = 2;
};

inline double get_floating(const HostTensor& tensor, std::int64_t i) {
  switch (tensor.dtype) {
    case DType::f16: return static_cast<double>(tensor.data<Float16>()[i]);
    case DType::bf16: return static_cast<double>(tensor.data<BFloat16>()[i]);
    case DType::f32: return static_cast<double>(tensor.data<float>()[i]);
    default: return tensor.data<double>()[i];
  }
}
inline std::int64_t get_integer(const HostTensor& tensor, std::int64_t i) {
  switch (tensor.dtype) {
    case DType::i8: return tensor.data<std::int8_t>()[i];
    case DType::i16: return tensor.data<std::int16_t>()[i];
    case DType::i32: return tensor.data<std::int32_t>()[i];
    case DType::u32: return tensor.data<std::uint32_t>()[i];
    case DType::i64: return tensor.data<std::int64_t>()[i];
    default: return tensor.data<std::uint8_t>()[i];
  }
}
/// Stores a number that the element type holds.
inline void set(HostTensor& tensor, std::int64_t i, double value) {
  switch (tensor.dtype) {
    case DType::f16: tensor.data<Float16>()[i] = Float16(value); break;
    case DType::bf16: tensor.data<BFloat16>()[i] = BFloat16(value); break;
    case DType::i8: tensor.data<std::int8_t>()[i] = static_cast<std::int8_t>(value); break;
    case DType::i16: tensor.data<std::int16_t>()[i] = static_cast<std::int16_t>(value); break;
    case DType::f32: tensor.data<float>()[i] = static_cast<float>(value); break;
    case DType::f64: tensor.data<double>()[i] = value; break;
    case DType::i32: tensor.data<std::int32_t>()[i] = static_cast<std::int32_t>(value); break;
    case DType::u32: tensor.data<std::uint32_t>()[i] = static_cast<std::uint32_t>(value); break;
    case DType::i64: tensor.data<std::int64_t>()[i] = static_cast<std::int64_t>(value); break;
    default: tensor.data<std::uint8_t>()[i] = static_cast<std::uint8_t>(value); break;
  }
}

/// A tensor of these values, row-major.
inline HostTensor tensor_of(DType dtype, const Shape& shape, std::initializer_list<double> values) {
  HostTensor tensor(dtype, shape);
  std::int64_t i = 0;
  for (const double value : values) set(tensor, i++, value);
  EXPECT_EQ(i, tensor.elements()) << "tensor_of: wrong number of values";
  return tensor;
}

/// Random values: floating types in the domain, small integers (not negative where unsigned), bools.
inline HostTensor random_tensor(std::mt19937_64& random, DType dtype, const Shape& shape, Domain domain = {}) {
  HostTensor tensor(dtype, shape);
  std::uniform_real_distribution<double> real(domain.low, domain.high);
  std::uniform_int_distribution<int> integer(info(dtype).is_signed ? -9 : 0, dtype == DType::boolean ? 1 : 9);
  for (std::int64_t i = 0; i < tensor.elements(); ++i)
    set(tensor, i, is_floating(dtype) ? real(random) : integer(random));
  return tensor;
}

/// How far a value may be from the expected one: |difference| <= absolute + ulps * (distance of neighbours at
/// the expected value). Zero for equality.
struct Tolerance {
  double ulps = 0;
  double absolute = 0;
};

/// Distance from |value| to the next larger number of the element type.
inline double ulp_of(DType dtype, double value) {
  if (is_half(dtype)) {
    const int digits = dtype == DType::f16 ? 11 : 8, smallest = dtype == DType::f16 ? -24 : -133;
    return std::max(std::ldexp(1.0, smallest), value == 0 ? 0 : std::ldexp(1.0, std::ilogb(value) + 1 - digits));
  }
  if (dtype == DType::f32) {
    const float magnitude = std::fabs(static_cast<float>(value));
    return static_cast<double>(std::nextafter(magnitude, std::numeric_limits<float>::infinity()) - magnitude);
  }
  return std::nextafter(std::fabs(value), std::numeric_limits<double>::infinity()) - std::fabs(value);
}

/// "[1, 2] (element 7)"
inline std::string position_of(const Shape& shape, std::int64_t flat) {
  std::string text;
  std::int64_t rest = flat;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    text = fmt::format("{}{}{}", rest % shape[axis], text.empty() ? "" : ", ", text);
    rest /= shape[axis];
  }
  return fmt::format("[{}] (element {})", text, flat);
}

/// Equal types, shapes and elements; floating ones within the tolerance, NaN equal to NaN, infinities to
/// themselves.
inline ::testing::AssertionResult matches(const HostTensor& actual, const HostTensor& expected,
                                          Tolerance tolerance = {}) {
  if (actual.dtype != expected.dtype || !(actual.shape == expected.shape))
    return ::testing::AssertionFailure() << fmt::format("found {} {}, expected {} {}", name(actual.dtype),
                                                        to_string(actual.shape), name(expected.dtype),
                                                        to_string(expected.shape));
  std::int64_t wrong = 0;
  std::string first;
  for (std::int64_t i = 0; i < expected.elements(); ++i) {
    if (!is_floating(expected.dtype)) {
      const std::int64_t a = get_integer(actual, i), e = get_integer(expected, i);
      if (a != e && wrong++ == 0)
        first = fmt::format("{}: found {}, expected {}", position_of(expected.shape, i), a, e);
      continue;
    }
    const double a = get_floating(actual, i), e = get_floating(expected, i);
    const bool same = a == e || (std::isnan(a) && std::isnan(e));
    if (same) continue;
    const double ulp = std::isfinite(e) ? ulp_of(expected.dtype, e) : 0;
    if (std::isfinite(e) && std::fabs(a - e) <= tolerance.absolute + tolerance.ulps * ulp) continue;
    if (wrong++ == 0)
      first =
          fmt::format("{}: found {}, expected {}, {:.1f} ulp apart where {} and {} absolute are allowed",
                      position_of(expected.shape, i), a, e, std::fabs(a - e) / ulp, tolerance.ulps, tolerance.absolute);
  }
  if (wrong == 0) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << fmt::format("{} of {} elements of {} {} differ, first at {}", wrong,
                                                      expected.elements(), name(expected.dtype),
                                                      to_string(expected.shape), first);
}

/// A seeded generator whose seed is printed with every failure in its scope:
///   SeededRandom random(7);  random_tensor(random.engine, ...)
struct SeededRandom {
  explicit SeededRandom(std::uint64_t seed)
      : engine(seed), trace(__FILE__, __LINE__, fmt::format("random seed {}", seed)) {}
  std::mt19937_64 engine;
  ::testing::ScopedTrace trace;
};

}  // namespace tenon::testing
