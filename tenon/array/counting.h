// Counting equal elements. Results whose sizes depend on values need them: `unique`, and `bincount` without a length,
// evaluate x when they are called, so they cannot be part of a function that is compiled.
#pragma once

#include <optional>

#include "tenon/array/array.h"

namespace tenon {

struct BincountOptions {
  std::optional<std::int64_t> length = {};  // of the result; without one, x is evaluated: max(x) + 1
  std::int64_t minlength = 0;               // of the result, at least
  Array weights = {};                       // of x's shape; without them, each counts 1
};
/// How often each of 0, 1, 2, ... is in x (int32 or int64): [length] int64, or the sums of the weights, in their type.
/// A negative element, and one beyond a given length, throws IndexError when the result is evaluated.
Array bincount(const Array& x, const BincountOptions& options = {},
               std::source_location where = std::source_location::current());

/// How many elements lie in each of `bins` equal parts of [low, high]: [bins] int64. A part has its lower edge but not
/// its upper one, the last has both; the edges are linspace(low, high, bins + 1) in x's type, or float64 for integers.
/// Other elements, NaN among them, are not counted. Throws ValueError unless bins > 0 and low < high.
Array histogram(const Array& x, std::int64_t bins, double low, double high,
                std::source_location where = std::source_location::current());

struct Unique {
  Array values;   // [n] in ascending order, NaN last and once
  Array inverse;  // x's shape, int64: x is take(values, inverse, 0)
  Array counts;   // [n] int64
};
/// The different elements of x. Evaluates x.
Unique unique(const Array& x, std::source_location where = std::source_location::current());

}  // namespace tenon
