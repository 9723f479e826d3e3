// Sorting along an axis, and what follows from an order. NaN counts as greater than every number, as in NumPy and
// PyTorch; equal elements stay in the order of their positions. A row is sorted by one thread. All throw ShapeError for
// rows of 2^31 elements or more.
#pragma once

#include "tenon/array/cumulative.h"
#include "tenon/array/operand.h"

namespace tenon {

/// Positions, int64, that sort x along the axis: take_along_axis(x, argsort(x), -1) is sort(x). Descending, equal
/// elements stay in the order of their positions too, and NaN comes first. Throws ShapeError for rank 0.
Array argsort(const Array& x, int axis = -1, bool descending = false,
              std::source_location where = std::source_location::current());
/// The values alone; beside argsort of the same array, the work is done once. Gradients go to where each value came
/// from.
Array sort(const Array& x, int axis = -1, bool descending = false,
           std::source_location where = std::source_location::current());
/// The k greatest elements along an axis, greatest first (`largest` false: the k least, least first), and their
/// positions. Up to a quarter of the axis is selected, in a time that hardly depends on k; more is a sort. Throws
/// ValueError unless 0 <= k <= the axis's size.
ValuesAndIndices topk(const Array& x, std::int64_t k, int axis = -1, bool largest = true,
                      std::source_location where = std::source_location::current());

/// The value below which a share of q, in [0, 1], of the elements along an axis lies: between two of them linearly
/// interpolated, as NumPy's and PyTorch's default. A row with a NaN gives NaN. Integers and bool give float32. Throws
/// ValueError for another q, ShapeError for an axis of size 0.
Array quantile(const Array& x, double q, int axis = -1, bool keepdims = false,
               std::source_location where = std::source_location::current());
/// The quantile of 1/2: of an even number of elements the mean of the middle two, as NumPy has it (PyTorch gives the
/// lesser one).
Array median(const Array& x, int axis = -1, bool keepdims = false,
             std::source_location where = std::source_location::current());

/// How many elements of `sorted` [n], in ascending order, are less than each value (`right`: not greater): the place,
/// int64, at which it would be inserted. Both are brought to a common type. Up to 128 elements are all compared with
/// each value; of more, log2(n) are looked up.
Array searchsorted(const Array& sorted, const Operand& values, bool right = false,
                   std::source_location where = std::source_location::current());

}  // namespace tenon
