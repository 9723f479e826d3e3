// Looking elements up by arrays of indices (int32 or int64). An index outside its axis throws IndexError when it is
// evaluated. Gradients add up where an element is looked up several times.
#pragma once

#include "tenon/array/operand.h"

namespace tenon {

/// (table [rows, rest...], indices [i...]) -> [i..., rest...]; indices in [0, rows).
Array gather(const Array& table, const Array& indices, std::source_location where = std::source_location::current());
/// `gather` under the name that it has in models.
Array embedding(const Array& table, const Array& indices, std::source_location where = std::source_location::current());
/// indices [i...] -> [i..., classes]: 1 at the index, 0 elsewhere; all 0 for an index outside [0, classes).
Array one_hot(const Array& indices, std::int64_t classes, DType dtype = DType::f32,
              std::source_location where = std::source_location::current());

// In the following, negative indices count from the end.

/// Elements along an axis, which is replaced by the axes of the indices: take(x [a, n, b], i [k], 1) is [a, k, b].
Array take(const Array& x, const Array& indices, int axis,
           std::source_location where = std::source_location::current());
/// For each element of the indices, the element of x there along `axis`: NumPy's. Both have equally many axes; those
/// other than `axis` are broadcast. take_along_axis(x, unsqueeze(argmax(x, 1), 1), 1) is max(x, 1, true).
Array take_along_axis(const Array& x, const Array& indices, int axis,
                      std::source_location where = std::source_location::current());
/// PyTorch's gather: as take_along_axis, but the axes are not broadcast; other than `axis`, the indices may have
/// fewer elements than x, and see the first of it.
Array gather(const Array& x, int axis, const Array& indices,
             std::source_location where = std::source_location::current());
/// NumPy's x[i, j]: arrays of indices into the first axes, broadcast together to [b...]: the result is
/// [b..., the other axes of x...]. A mask (bool) stands for as many axes as it has and for the positions where it holds
/// (masks.h), for which it is evaluated.
Array index(const Array& x, std::span<const Array> indices,
            std::source_location where = std::source_location::current());
Array index(const Array& x, std::initializer_list<Array> indices,
            std::source_location where = std::source_location::current());

}  // namespace tenon
