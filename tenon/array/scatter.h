// Writing elements by arrays of indices (int32 or int64, negative ones from the end) or by a mask. No op changes its
// operands: the result is a new array, x where nothing is written. An index outside its axis throws IndexError when
// it is evaluated.
//
// Where several values meet at one element, the last one in row-major order stays (PyTorch leaves it open), and
// gradients flow to that one alone; the `_add` forms add them all up.
#pragma once

#include "tenon/array/operand.h"

namespace tenon {

/// result[..., indices[i], ...] = values[i] along an axis, and the element's own place along the others: PyTorch's
/// scatter. The indices have as many axes as x, none but `axis` longer than x's; the values are a number, or an
/// array with the element type of x and at least the sizes of the indices (the first of each axis are used). Throws
/// ShapeError, and DTypeError for another element type.
Array scatter(const Array& x, int axis, const Array& indices, const Operand& values,
              std::source_location where = std::source_location::current());
/// x plus the sum of the values that meet at each element.
Array scatter_add(const Array& x, int axis, const Array& indices, const Operand& values,
                  std::source_location where = std::source_location::current());

/// NumPy's x[i, j] = values: indices into the first axes, broadcast together to [b...]; the values, of the element
/// type of x or a number, are broadcast to [b..., the other axes of x...].
Array index_put(const Array& x, std::span<const Array> indices, const Operand& values,
                std::source_location where = std::source_location::current());
Array index_put(const Array& x, std::initializer_list<Array> indices, const Operand& values,
                std::source_location where = std::source_location::current());
/// x[i, j] += values, each of them.
Array index_add(const Array& x, std::span<const Array> indices, const Operand& values,
                std::source_location where = std::source_location::current());
Array index_add(const Array& x, std::initializer_list<Array> indices, const Operand& values,
                std::source_location where = std::source_location::current());

/// The value where the mask (bool, broadcast to the shape of x) holds, x elsewhere; in the element type of x. The
/// value is a number or an array of that type that broadcasts to x.
Array masked_fill(const Array& x, const Array& mask, const Operand& value,
                  std::source_location where = std::source_location::current());

}  // namespace tenon
