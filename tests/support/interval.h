// Intervals of floating values and of integers, and what scalar operations make of them.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include "tenon/core/dtype.h"
#include "tenon/core/scalar.h"

namespace tenon::testing {

/// Where a floating value lies. Both ends NaN: it is NaN. From minus to plus infinity: it may be anything, NaN too.
struct Interval {
  double low = 0, high = 0;

  bool is_nan() const { return std::isnan(low); }
  bool is_point() const { return low == high || is_nan(); }
  bool is_anything() const { return std::isinf(low) && std::isinf(high) && low < high; }
};
inline constexpr Interval anything{-std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};

/// Where an integer or a bool lies.
struct IntegerInterval {
  std::int64_t low = 0, high = 0;

  bool is_point() const { return low == high; }
};
inline constexpr IntegerInterval either{0, 1};

/// All that an integer type, or bool, holds.
IntegerInterval range_of(DType dtype);
/// The nearest value that a floating type holds.
double nearest(DType dtype, double value);
/// Half the distance between numbers next to 1, relative to their size.
double unit_roundoff(DType dtype);
/// The least positive number.
double least_positive(DType dtype);

/// The least interval that holds both; anything, if one is NaN and the other may not be.
Interval hull(Interval a, Interval b);
IntegerInterval hull(IntegerInterval a, IntegerInterval b);

/// `scalar` of float32 or float64 operands, as a kernel may compute it.
Interval apply(Scalar scalar, DType dtype, Interval a, Interval b);
/// The same for a predicate.
IntegerInterval decide(Scalar scalar, DType dtype, Interval a, Interval b);
/// `scalar` of integers or bools.
IntegerInterval apply(Scalar scalar, DType dtype, IntegerInterval a, IntegerInterval b, IntegerInterval c);

}  // namespace tenon::testing
