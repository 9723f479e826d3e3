// Joining arrays, cutting one into several, and repeating one.
#pragma once

#include <vector>

#include "tenon/array/array.h"

namespace tenon {

/// Joins along an axis; all other sizes are equal. Element types are promoted.
Array concatenate(std::span<const Array> parts, int axis = 0,
                  std::source_location where = std::source_location::current());
Array concatenate(std::initializer_list<Array> parts, int axis = 0,
                  std::source_location where = std::source_location::current());
/// Joins arrays of one shape along a new axis at this position of the result.
Array stack(std::span<const Array> parts, int axis = 0, std::source_location where = std::source_location::current());
Array stack(std::initializer_list<Array> parts, int axis = 0,
            std::source_location where = std::source_location::current());

/// Parts of these sizes along an axis, which must add up to its size; as PyTorch's split with a list.
std::vector<Array> split(const Array& x, std::span<const std::int64_t> sizes, int axis = 0,
                         std::source_location where = std::source_location::current());
std::vector<Array> split(const Array& x, std::initializer_list<std::int64_t> sizes, int axis = 0,
                         std::source_location where = std::source_location::current());
/// So many equal parts, as NumPy's split with a number. Throws ShapeError when the size does not divide.
std::vector<Array> split(const Array& x, std::int64_t parts, int axis = 0,
                         std::source_location where = std::source_location::current());
/// At most so many parts of ceil(size / parts) elements, the last one shorter, as PyTorch's.
std::vector<Array> chunk(const Array& x, std::int64_t parts, int axis = 0,
                         std::source_location where = std::source_location::current());

/// The whole array, `repeats` times along each axis, as NumPy's: the shorter of shape and repeats is extended by
/// ones at its front. tile([1, 2], {3}) is [1, 2, 1, 2, 1, 2].
Array tile(const Array& x, const Sizes& repeats, std::source_location where = std::source_location::current());
/// Each element `repeats` times along an axis: repeat_interleave([1, 2], 3, 0) is [1, 1, 1, 2, 2, 2].
Array repeat_interleave(const Array& x, std::int64_t repeats, int axis,
                        std::source_location where = std::source_location::current());
/// Elements move `shift` places towards the end of an axis; those that leave it come in at the front.
Array roll(const Array& x, std::int64_t shift, int axis, std::source_location where = std::source_location::current());

}  // namespace tenon
