// Selecting elements by masks. How many there are depends on values: the mask is evaluated when these are called, so
// they cannot be part of a function that is compiled; `where` and `masked_fill` can.
#pragma once

#include <span>
#include <vector>

#include "tenon/array/array.h"

namespace tenon {

/// Where x is not zero (NaN is not), in row-major order: [n] int64 positions for each axis, NumPy's tuple. Evaluates x.
/// Throws ShapeError for rank 0.
std::vector<Array> nonzero(const Array& x, std::source_location where = std::source_location::current());

/// The elements of x where the mask (bool) holds, [n] in row-major order; both are broadcast together. Evaluates the
/// mask. The gradient is zero where it does not hold. Throws DTypeError for a mask that is not bool, ShapeError for
/// shapes that do not fit.
Array masked_select(const Array& x, const Array& mask, std::source_location where = std::source_location::current());

namespace detail {

/// Indices into the first axes of x in which a mask over k axes has become its k arrays of positions. Throws ShapeError
/// in the name of `op` for a mask whose sizes are not those of its axes.
std::vector<Array> without_masks(std::string_view op, const Array& x, std::span<const Array> indices);

/// The positions where a mask holds that stands for the axes of x from `axis` on.
std::vector<Array> positions_of_mask(std::string_view op, const Array& x, int axis, const Array& mask);

}  // namespace detail
}  // namespace tenon
