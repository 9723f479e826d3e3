// Shapes: the sizes of a tensor's axes, outermost first, row-major.
#pragma once

#include <cstdint>
#include <string>

#include "tenon/core/inline_vector.h"

namespace tenon {

inline constexpr int max_rank = 8;

/// Sizes or positions, one for each axis.
using Dims = InlineVector<std::int64_t, max_rank>;

/// The sizes of a tensor's axes. Every size is at least 0 and their product fits in 63 bits:
/// `checked_shape` is how sizes that come from a user become a Shape.
class Shape : public Dims {
 public:
  using Dims::Dims;
  Shape() {}  // NOLINT(modernize-use-equals-default): not defaulted, as in InlineVector
  Shape(const Dims& dims) : Dims(dims) {}

  int rank() const { return size(); }
  /// Product of all sizes; 1 for rank 0.
  std::int64_t elements() const {
    std::int64_t product = 1;
    for (std::int64_t dim : *this) product *= dim;
    return product;
  }
};

/// Checks rank, signs and overflow of the element count. Throws ShapeError in the name of `op`.
Shape checked_shape(std::string_view op, std::span<const std::int64_t> dims);

/// Row-major strides in elements.
Dims strides_of(const Shape& shape);

/// "[128, 64]"
std::string to_string(const Shape& shape);

/// Turns an axis in [-rank, rank) into [0, rank). Throws ShapeError in the name of `op`.
int checked_axis(std::string_view op, const Shape& shape, int axis);

}  // namespace tenon
