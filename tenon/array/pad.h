// Padding: elements before and after those of an axis.
#pragma once

#include "tenon/array/array.h"

namespace tenon {

struct Padding {
  std::int64_t before = 0;
  std::int64_t after = 0;
};
/// One Padding for each axis, filled with `value`.
Array pad(const Array& x, std::span<const Padding> padding, double value = 0,
          std::source_location where = std::source_location::current());
Array pad(const Array& x, std::initializer_list<Padding> padding, double value = 0,
          std::source_location where = std::source_location::current());

/// What is put around 1 2 3, two before and two after:
enum class PadMode : std::uint8_t {
  constant,   ///< 0 0 | 1 2 3 | 0 0
  reflect,    ///< 3 2 | 1 2 3 | 2 1: mirrored at the first and last element; less than the size on each side
  replicate,  ///< 1 1 | 1 2 3 | 3 3: NumPy's edge
  circular,   ///< 2 3 | 1 2 3 | 1 2: NumPy's wrap; at most the size on each side
};
/// One Padding for each axis, filled from the array itself, axis after axis. Throws ShapeError for more than the
/// mode allows, as PyTorch.
Array pad(const Array& x, std::span<const Padding> padding, PadMode mode,
          std::source_location where = std::source_location::current());
Array pad(const Array& x, std::initializer_list<Padding> padding, PadMode mode,
          std::source_location where = std::source_location::current());

}  // namespace tenon
