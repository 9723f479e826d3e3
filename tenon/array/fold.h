// Windows put back together: the counterpart of `window` (movement.h).
#pragma once

#include "tenon/array/array.h"

namespace tenon {

/// Sums of windows: x [..., count, ..., window], as `window` gives it for an axis of `size` elements, step and
/// dilation, becomes [..., size, ...], where each element is the sum of the window elements that came from it, and 0
/// where none did. This is PyTorch's F.fold along one axis, and the gradient of `window`; without overlap it undoes it.
/// `axis` is that of the result. Integers are summed in their own type. Throws DTypeError for bool, ValueError for a
/// negative size and unless step and dilation are at least 1, ShapeError when an axis of `size` elements does not have
/// as many windows of that size.
Array fold(const Array& x, int axis, std::int64_t size, std::int64_t step = 1, std::int64_t dilation = 1,
           std::source_location where = std::source_location::current());

}  // namespace tenon
