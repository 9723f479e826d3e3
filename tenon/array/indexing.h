// Index expressions: x.at(...), the counterpart of x[...] in NumPy and PyTorch.
//
//   using namespace tenon::indexing;
//
//   x.at(3)                       x[3]           one position, the axis disappears; negative: from the end
//   x.at(range(1, -1))            x[1:-1]        start to stop - 1; ends outside the axis are clipped
//   x.at(range(none, none, -2))   x[::-2]        every second one, from the last
//   x.at(all, 0)                  x[:, 0]        a whole axis
//   x.at(ellipsis, 0)             x[..., 0]      all axes that the other items leave
//   x.at(all, new_axis)           x[:, None]     a new axis of size 1
//   x.at(all, i)                  x[:, i]        an Array of positions: its axes replace the axis
//   x.at(i, j)                    x[i, j]        several, broadcast together: see `index`
//   x.at(x > 0)                   x[x > 0]       a mask (bool): the positions where it holds, for all of its axes; it
//                                                is evaluated (masks.h)
//
// Axes behind the last item stay whole. Without arrays of positions the result is a view. With several whose
// axes do not follow each other, theirs come first in the result; positions written as numbers are taken first and
// do not count, as in PyTorch.
#pragma once

#include "tenon/array/array.h"

namespace tenon {

/// x.at(...) with items that are known at run time. Throws IndexError for a position outside its axis (an Array's
/// when it is evaluated), ShapeError for more items than axes, ValueError for a step of 0 or a second ellipsis,
/// DTypeError for an Array that is not int32, int64 or bool.
Array at(const Array& x, std::span<const IndexItem> items,
         std::source_location where = std::source_location::current());

/// The words of index expressions; a namespace of their own because they are short.
namespace indexing {

inline constexpr All all;
inline constexpr NewAxis new_axis;
inline constexpr Ellipsis ellipsis;
/// An end of a range that is left open.
inline constexpr std::nullopt_t none = std::nullopt;
/// start:stop:step
constexpr Range range(std::optional<std::int64_t> start, std::optional<std::int64_t> stop, std::int64_t step = 1) {
  return {start, stop, step};
}

}  // namespace indexing
}  // namespace tenon
