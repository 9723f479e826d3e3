// Arrays of indices as positions in memory order, for lookups and scatters. Internal to tenon/array.
#pragma once

#include "tenon/array/array.h"

namespace tenon {

/// Indices into an axis of `size`, negative ones counted from its end. Those outside stay outside. Throws
/// DTypeError in the name of `op` for what is not int32 or int64.
Array wrapped_indices(std::string_view op, const Array& indices, std::int64_t size);

/// Rows that the arrays of indices, broadcast together, name in x with its first axes, one for each array, taken
/// as one: [b...]. An index outside its axis throws IndexError when it is evaluated.
Array row_positions(std::string_view op, const Array& x, std::span<const Array> indices);

/// Elements of an array of `shape`, row-major, at the indices along `axis` and at the indices' own place along the
/// others: [i...]. Throws ShapeError unless the indices have as many axes, none longer but `axis`; an index outside
/// the axis throws IndexError when it is evaluated.
Array element_positions(std::string_view op, const Shape& shape, const Array& indices, int axis);

}  // namespace tenon
