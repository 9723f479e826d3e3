// Ops that move elements and compute nothing: views, joins, and lookups.
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

struct Padding {
  std::int64_t before = 0;
  std::int64_t after = 0;
};
/// One Padding for each axis.
Array pad(const Array& x, std::span<const Padding> padding, double value = 0,
          std::source_location where = std::source_location::current());
Array pad(const Array& x, std::initializer_list<Padding> padding, double value = 0,
          std::source_location where = std::source_location::current());

/// Joins along an axis; all other sizes are equal. Element types are promoted.
Array concatenate(std::span<const Array> parts, int axis = 0,
                  std::source_location where = std::source_location::current());
Array concatenate(std::initializer_list<Array> parts, int axis = 0,
                  std::source_location where = std::source_location::current());
/// Joins arrays of one shape along a new axis at this position of the result.
Array stack(std::span<const Array> parts, int axis = 0, std::source_location where = std::source_location::current());
Array stack(std::initializer_list<Array> parts, int axis = 0,
            std::source_location where = std::source_location::current());

/// (table [rows, rest...], indices [i...]) -> [i..., rest...]; indices int32 or int64, in [0, rows), else
/// IndexError when it is evaluated.
Array gather(const Array& table, const Array& indices, std::source_location where = std::source_location::current());
/// `gather` under the name that it has in models.
Array embedding(const Array& table, const Array& indices, std::source_location where = std::source_location::current());
/// indices [i...] -> [i..., classes]: 1 at the index, 0 elsewhere; all 0 for an index outside [0, classes).
Array one_hot(const Array& indices, std::int64_t classes, DType dtype = DType::f32,
              std::source_location where = std::source_location::current());

Array zeros(const Sizes& shape, DType dtype = DType::f32, std::source_location where = std::source_location::current());
Array ones(const Sizes& shape, DType dtype = DType::f32, std::source_location where = std::source_location::current());
/// The value is part of the graph, not data. Throws ValueError when the type cannot hold it.
Array full(const Sizes& shape, double value, DType dtype = DType::f32,
           std::source_location where = std::source_location::current());
/// start, start + step, ... before stop.
Array arange(std::int64_t stop, DType dtype = DType::i64, std::source_location where = std::source_location::current());
Array arange(std::int64_t start, std::int64_t stop, std::int64_t step = 1, DType dtype = DType::i64,
             std::source_location where = std::source_location::current());

}  // namespace tenon
