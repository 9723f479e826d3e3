#include "tests/support/interval.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "tests/support/scalar_cases.h"

namespace tenon::testing {
namespace {

constexpr double pi = std::numbers::pi, infinity = std::numeric_limits<double>::infinity();

using Function = double (*)(double, double, double);

bool may_be_zero(Interval a) { return a.low <= 0 && a.high >= 0; }

// The least and the greatest of some values; anything, if one is NaN.
Interval spanned(std::initializer_list<double> values) {
  Interval result{infinity, -infinity};
  for (const double value : values) {
    if (std::isnan(value)) return anything;
    result = {std::min(result.low, value), std::max(result.high, value)};
  }
  return result;
}

// Of a function that rises or falls in each operand, whatever the others are.
Interval at_corners(Function f, Interval a, Interval b) {
  return spanned({f(a.low, b.low, 0), f(a.low, b.high, 0), f(a.high, b.low, 0), f(a.high, b.high, 0)});
}

Interval magnitude(Interval a) {
  if (a.low >= 0) return a;
  if (a.high <= 0) return {-a.high, -a.low};
  return {0, std::max(-a.low, a.high)};
}

// Where x^y rises or falls in each of x and y; elsewhere its exponent must be known.
Interval power(Function f, Interval x, Interval y) {
  if (x.low > 0) return at_corners(f, x, y);
  if (!y.is_point() || y.low < 0) return anything;
  const double exponent = y.low;
  if (exponent == 0) return {1, 1};
  if (std::trunc(exponent) != exponent) return x.low == 0 ? at_corners(f, x, y) : anything;
  return at_corners(f, std::fmod(exponent, 2) == 0 ? magnitude(x) : x, y);
}

// The angle jumps at the negative x axis, which must be out of reach.
Interval angle(Function f, Interval y, Interval x) {
  if (x.low > 0 || y.low > 0 || y.high < 0) return at_corners(f, y, x);
  return {-pi, pi};
}

Interval remainder(Scalar scalar, Function f, Interval a, Interval b) {
  if (may_be_zero(b) || !std::isfinite(a.low) || !std::isfinite(a.high)) return anything;
  if (b.is_point() && std::isfinite(b.low)) {
    const bool rounds_down = scalar == Scalar::remainder;
    const double first = a.low / b.low, last = a.high / b.low;
    const bool same_quotient =
        rounds_down ? std::floor(first) == std::floor(last) : std::trunc(first) == std::trunc(last);
    // Next to a multiple the quotient may be rounded across it.
    const double slack = 4e-16 * std::max(1.0, std::fabs(first) + std::fabs(last));
    const auto is_clear = [&](double q) { return std::fabs(q - std::nearbyint(q)) > slack; };
    if (same_quotient && is_clear(first) && is_clear(last)) return spanned({f(a.low, b.low, 0), f(a.high, b.low, 0)});
  }
  const double most = magnitude(b).high;
  return {-most, most};
}

Interval floor_quotient(DType dtype, Interval a, Interval b) {
  if (may_be_zero(b)) return anything;
  const Interval quotient = at_corners(info(Scalar::div).reference_floating, a, b);
  if (quotient.is_anything()) return anything;
  // Large ones are rounded, and so was the quotient here.
  const double most = std::max(std::fabs(quotient.low), std::fabs(quotient.high));
  const double lost = std::nextafter(most, infinity) - most;
  const double rounding = most * unit_roundoff(dtype) < 0.125 ? 0 : 2 * ulp_of(dtype, most);
  return {std::floor(quotient.low - lost) - rounding, std::floor(quotient.high + lost) + rounding};
}

// What a function makes of whole intervals, without its own rounding.
Interval image(Scalar scalar, DType dtype, Interval a, Interval b) {
  const Function f = info(scalar).reference_floating;
  const auto at = [&](double x) { return f(x, 0, 0); };
  switch (scalar) {
    // falling
    case Scalar::neg:
    case Scalar::acos: return spanned({at(a.high), at(a.low)});
    case Scalar::rsqrt: return a.low > 0 ? spanned({at(a.high), at(a.low)}) : anything;
    case Scalar::trigamma: return a.low > 0 ? spanned({at(a.high), at(a.low)}) : anything;
    // rising on one side of a pole
    case Scalar::digamma: return a.low > 0 ? spanned({at(a.low), at(a.high)}) : anything;
    case Scalar::tan:
      return std::floor(a.low / pi + 0.5) == std::floor(a.high / pi + 0.5) ? spanned({at(a.low), at(a.high)})
                                                                           : anything;
    // with a least value
    case Scalar::abs: return magnitude(a);
    case Scalar::cosh: return spanned({at(magnitude(a).low), at(magnitude(a).high)});
    case Scalar::lgamma: {
      constexpr double least = 1.4616321449683623;
      if (a.low <= 0) return anything;
      return spanned({at(a.low), at(a.high), at(std::clamp(least, a.low, a.high))});
    }
    // slopes of at most one
    case Scalar::sin:
    case Scalar::cos: {
      if (!std::isfinite(a.low) || !std::isfinite(a.high)) return anything;
      const double middle = a.low / 2 + a.high / 2, reach = std::max(a.high - middle, middle - a.low);
      return {std::max(-1.0, at(middle) - reach), std::min(1.0, at(middle) + reach)};
    }
    case Scalar::add: return spanned({a.low + b.low, a.high + b.high});
    case Scalar::sub: return spanned({a.low - b.high, a.high - b.low});
    case Scalar::mul:
    case Scalar::maximum:
    case Scalar::minimum: return at_corners(f, a, b);
    case Scalar::div: return may_be_zero(b) ? anything : at_corners(f, a, b);
    case Scalar::hypot: return at_corners(f, magnitude(a), magnitude(b));
    case Scalar::polygamma: return a.is_point() && a.low >= 1 && b.low > 0 ? at_corners(f, a, b) : anything;
    case Scalar::pow: return power(f, a, b);
    case Scalar::atan2: return angle(f, a, b);
    case Scalar::floor_divide: return floor_quotient(dtype, a, b);
    case Scalar::remainder:
    case Scalar::fmod: return remainder(scalar, f, a, b);
    default: return spanned({at(a.low), at(a.high)});  // rising
  }
}

bool is_exact(Scalar scalar) {
  switch (scalar) {
    case Scalar::neg:
    case Scalar::abs:
    case Scalar::sign:
    case Scalar::relu:
    case Scalar::floor:
    case Scalar::ceil:
    case Scalar::trunc:
    case Scalar::round:
    case Scalar::stop_gradient:
    case Scalar::barrier:
    case Scalar::maximum:
    case Scalar::minimum: return true;
    default: return false;
  }
}

bool is_never_negative(Scalar scalar) {
  switch (scalar) {
    case Scalar::exp:
    case Scalar::exp2:
    case Scalar::sigmoid:
    case Scalar::softplus:
    case Scalar::cosh:
    case Scalar::acosh:
    case Scalar::acos:
    case Scalar::rsqrt:
    case Scalar::hypot: return true;
    default: return false;
  }
}

Interval widened(Interval x, double margin) { return {x.low - margin, x.high + margin}; }

double largest_magnitude(Interval x) { return std::max(std::fabs(x.low), std::fabs(x.high)); }

// Ends that were computed in double and are not known to be exact.
Interval outwards(Interval x) { return {std::nextafter(x.low, -infinity), std::nextafter(x.high, infinity)}; }

// Correctly rounded; `is_known`: of operands that are points.
Interval rounded(DType dtype, Interval x, bool is_known) {
  if (dtype == DType::f64) return x;
  if (!is_known) x = outwards(x);
  return {nearest(dtype, x.low), nearest(dtype, x.high)};
}

// A product, which may be rounded and need not be.
Interval product(DType dtype, Interval x, Interval a, Interval b) {
  const bool is_known = a.is_point() && b.is_point();
  if (dtype == DType::f64) {
    const bool is_exact_product =
        is_known && std::fma(a.low, b.low, -x.low) == 0 && (x.low == 0 || std::fabs(x.low) > 0x1p-960);
    return is_exact_product || !std::isfinite(x.low) ? x : outwards(x);
  }
  if (!is_known) x = outwards(x);
  return {std::min(x.low, nearest(dtype, x.low)), std::max(x.high, nearest(dtype, x.high))};
}

}  // namespace

IntegerInterval range_of(DType dtype) {
  switch (dtype) {
    case DType::boolean: return {0, 1};
    case DType::u8: return {0, 255};
    case DType::i8: return {-128, 127};
    case DType::i16: return {-32768, 32767};
    case DType::i32: return {-(std::int64_t{1} << 31), (std::int64_t{1} << 31) - 1};
    case DType::u32: return {0, (std::int64_t{1} << 32) - 1};
    default: return {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
  }
}

double nearest(DType dtype, double value) {
  switch (dtype) {
    case DType::f16: return static_cast<double>(Float16(value));
    case DType::bf16: return static_cast<double>(BFloat16(value));
    case DType::f32: return static_cast<double>(static_cast<float>(value));
    default: return value;
  }
}

double unit_roundoff(DType dtype) {
  switch (dtype) {
    case DType::f16: return 0x1p-11;
    case DType::bf16: return 0x1p-8;
    case DType::f32: return 0x1p-24;
    default: return 0x1p-53;
  }
}

double least_positive(DType dtype) {
  switch (dtype) {
    case DType::f16: return 0x1p-24;
    case DType::bf16: return 0x1p-133;
    case DType::f32: return 0x1p-149;
    default: return 0x1p-1074;
  }
}

Interval hull(Interval a, Interval b) {
  if (a.is_nan() && b.is_nan()) return a;
  return spanned({a.low, a.high, b.low, b.high});
}

IntegerInterval hull(IntegerInterval a, IntegerInterval b) {
  return {std::min(a.low, b.low), std::max(a.high, b.high)};
}

Interval apply(Scalar scalar, DType dtype, Interval a, Interval b) {
  const ScalarInfo& row = info(scalar);
  if (row.arity == 1) b = {0, 0};
  const bool is_known = a.is_point() && b.is_point();
  Interval x;
  if (is_known) {
    x.low = x.high = row.reference_floating(a.low, b.low, 0);
    if (!std::isfinite(x.low)) return {nearest(dtype, x.low), nearest(dtype, x.low)};
  } else {
    if (a.is_anything() || b.is_anything() || a.is_nan() || b.is_nan()) return anything;
    x = image(scalar, dtype, a, b);
    if (x.is_anything() || x.is_nan()) return anything;
  }
  if (is_exact(scalar)) return x;
  if (scalar == Scalar::mul) return product(dtype, x, a, b);
  const Tolerance tolerance = tolerance_of(scalar);
  if (tolerance.ulps == 0) {
    // Remainders and their quotients, of known operands, are those of the reference.
    const bool is_remainder = scalar == Scalar::remainder || scalar == Scalar::fmod || scalar == Scalar::floor_divide;
    if (is_remainder && is_known) return {nearest(dtype, x.low), nearest(dtype, x.high)};
    return rounded(dtype, x, is_known);
  }
  const double most = largest_magnitude(x);
  if (!std::isfinite(most)) return anything;
  // One unit more in float64, where the reference is rounded as well.
  const double ulps = tolerance.ulps + (dtype == DType::f64 ? 1 : 0);
  if (std::isinf(nearest(dtype, most))) {  // next to overflow or beyond it
    const Interval wide = widened(x, 2 * ulps * unit_roundoff(dtype) * most);
    return {nearest(dtype, wide.low), nearest(dtype, wide.high)};
  }
  Interval result = widened(x, ulps * ulp_of(dtype, nearest(dtype, most)) + tolerance.absolute);
  if (is_never_negative(scalar)) result.low = std::max(result.low, 0.0);
  if (std::isinf(nearest(dtype, result.high))) result.high = infinity;
  if (std::isinf(nearest(dtype, result.low))) result.low = -infinity;
  return result;
}

IntegerInterval decide(Scalar scalar, DType, Interval a, Interval b) {
  const ScalarInfo& row = info(scalar);
  if (row.arity == 1) b = {0, 0};
  if (a.is_point() && b.is_point()) {
    const bool result = row.reference_floating(a.low, b.low, 0) != 0;
    return {result, result};
  }
  if (a.is_anything() || b.is_anything() || a.is_nan() || b.is_nan()) return either;
  const bool apart = a.high < b.low || b.high < a.low;
  switch (scalar) {
    case Scalar::lt: return {a.high < b.low, a.low < b.high};
    case Scalar::le: return {a.high <= b.low, a.low <= b.high};
    case Scalar::ne: return {apart, 1};
    default: return {0, !apart};  // eq, logical_not
  }
}

IntegerInterval apply(Scalar scalar, DType dtype, IntegerInterval a, IntegerInterval b, IntegerInterval c) {
  const ScalarInfo& row = info(scalar);
  if (row.arity < 3) c = {0, 0};
  if (row.arity < 2) b = {0, 0};
  const auto at = [&](std::int64_t x, std::int64_t y) { return row.reference_integer(x, y, 0); };
  if (a.is_point() && b.is_point() && c.is_point()) {
    const std::int64_t value = row.reference_integer(a.low, b.low, c.low);
    return {value, value};
  }
  // What fits into 32 bits cannot overflow here; what lies beyond the type has wrapped.
  constexpr std::int64_t small = std::int64_t{1} << 31;
  const bool is_small = a.low >= -small && a.high <= small && b.low >= -small && b.high <= small;
  const auto fitting = [&](std::initializer_list<std::int64_t> values) {
    const IntegerInterval all = range_of(dtype), result{std::min(values), std::max(values)};
    return is_small && result.low >= all.low && result.high <= all.high ? result : all;
  };
  const bool apart = a.high < b.low || b.high < a.low;
  switch (scalar) {
    case Scalar::add: return fitting({at(a.low, b.low), at(a.high, b.high)});
    case Scalar::sub: return fitting({at(a.low, b.high), at(a.high, b.low)});
    case Scalar::mul: return fitting({at(a.low, b.low), at(a.low, b.high), at(a.high, b.low), at(a.high, b.high)});
    case Scalar::neg: return fitting({at(a.low, 0), at(a.high, 0)});
    case Scalar::maximum:
    case Scalar::minimum: return {at(a.low, b.low), at(a.high, b.high)};
    case Scalar::relu:
    case Scalar::sign:
    case Scalar::floor:
    case Scalar::ceil:
    case Scalar::trunc:
    case Scalar::round:
    case Scalar::stop_gradient:
    case Scalar::barrier: return {at(a.low, 0), at(a.high, 0)};
    case Scalar::lt: return {a.high < b.low, a.low < b.high};
    case Scalar::le: return {a.high <= b.low, a.low <= b.high};
    case Scalar::eq: return {0, !apart};
    case Scalar::ne: return {apart, 1};
    case Scalar::logical_not: return {0, a.low <= 0 && a.high >= 0};
    case Scalar::logical_and:
    case Scalar::logical_or: return {at(a.low, b.low), at(a.high, b.high)};
    default: return row.result == ResultType::boolean ? either : range_of(dtype);
  }
}

}  // namespace tenon::testing
