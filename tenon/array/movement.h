// Views: ops that say where an element is read and compute nothing.
#pragma once

#include "tenon/array/operand.h"

namespace tenon {

/// The same elements, row-major, in another shape; one size may be -1, which is worked out.
Array reshape(const Array& x, const Sizes& shape, std::source_location where = std::source_location::current());
/// One axis from the axes first to last, both included.
Array flatten(const Array& x, int first = 0, int last = -1,
              std::source_location where = std::source_location::current());
/// Output axis i is input axis order[i].
Array permute(const Array& x, const Axes& order, std::source_location where = std::source_location::current());
/// All axes reversed, as NumPy's.
Array transpose(const Array& x, std::source_location where = std::source_location::current());
Array swapaxes(const Array& x, int first, int second, std::source_location where = std::source_location::current());
/// The axes `from` go to the positions `to` of the result, the others keep their order: NumPy's. Throws
/// ShapeError when the lists differ in length.
Array moveaxis(const Array& x, const Axes& from, const Axes& to,
               std::source_location where = std::source_location::current());
Array broadcast_to(const Array& x, const Sizes& shape, std::source_location where = std::source_location::current());
/// A new axis of size 1 at this position of the result. `unsqueeze` is PyTorch's name, `expand_dims` NumPy's.
Array unsqueeze(const Array& x, int axis, std::source_location where = std::source_location::current());
Array expand_dims(const Array& x, int axis, std::source_location where = std::source_location::current());
/// Removes these axes, which must have size 1; by default all that do.
Array squeeze(const Array& x, const Axes& axes = {}, std::source_location where = std::source_location::current());

/// Part of one axis, as NumPy's x[.., start:stop:step, ..]; steps may be negative.
Array slice(const Array& x, int axis, const Range& range, std::source_location where = std::source_location::current());
/// `length` elements from `start`, all of which must exist. A negative start counts from the end.
Array narrow(const Array& x, int axis, std::int64_t start, std::int64_t length,
             std::source_location where = std::source_location::current());
/// One element of an axis, which disappears. A negative index counts from the end.
Array select(const Array& x, int axis, std::int64_t index,
             std::source_location where = std::source_location::current());
Array flip(const Array& x, const Axes& axes = {}, std::source_location where = std::source_location::current());

/// Windows of `size` elements, `dilation` apart, one window every `step`, that slide along an axis: its size becomes
/// (n - (size - 1) * dilation - 1) / step + 1, rounded down, and the elements of each window are a new last axis.
/// PyTorch's `Tensor.unfold`. Throws ValueError unless size, step and dilation are at least 1, ShapeError when the axis
/// is shorter than a window.
Array window(const Array& x, int axis, std::int64_t size, std::int64_t step = 1, std::int64_t dilation = 1,
             std::source_location where = std::source_location::current());

}  // namespace tenon
