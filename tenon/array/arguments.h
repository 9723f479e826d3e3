// What the op functions take besides arrays: sizes, axes, ranges.
#pragma once

#include <initializer_list>
#include <optional>
#include <span>

#include "tenon/core/shape.h"

namespace tenon {

/// Sizes given by a user: `{2, 3}`, a Shape, or a span. Only the number of axes is checked here (ShapeError
/// beyond `max_rank`); the op that takes them checks the rest.
class Sizes {
 public:
  Sizes(std::initializer_list<std::int64_t> sizes) : Sizes(std::span(sizes.begin(), sizes.size())) {}
  Sizes(std::span<const std::int64_t> sizes);
  Sizes(const Shape& shape) : dims_(shape) {}
  const Dims& dims() const { return dims_; }

 private:
  Dims dims_;
};

/// One axis, several, or all (the default). Negative ones count from the last.
class Axes {
 public:
  Axes() : all_(true) {}
  Axes(int axis) : axes_{axis} {}
  Axes(std::initializer_list<int> axes) : Axes(std::span(axes.begin(), axes.size())) {}
  Axes(std::span<const int> axes);
  bool all() const { return all_; }
  /// Bit i: axis i of `shape`. Throws ShapeError in the name of `op` for an axis that is not there or named
  /// twice.
  std::uint32_t mask(std::string_view op, const Shape& shape) const;
  /// The axes in the order given, each in [0, rank); all of them when none was named. Throws as `mask`.
  InlineVector<int, max_rank> resolve(std::string_view op, const Shape& shape) const;

 private:
  InlineVector<int, max_rank> axes_;
  bool all_ = false;
};

/// The position in [0, rank] of a new axis among those of `shape`; a negative one counts from the end of the
/// result. Throws ShapeError in the name of `op`.
int placed_new_axis(std::string_view op, const Shape& shape, int axis);

/// Positions start, start + step, ... before stop, as NumPy's start:stop:step: negative positions count from
/// the end, those outside are clamped, missing ones are the axis's ends.
struct Range {
  std::optional<std::int64_t> start = {};
  std::optional<std::int64_t> stop = {};
  std::int64_t step = 1;
};

/// The positions start + i * range.step, for i < count, that a range means along one axis of `shape`.
struct PlacedRange {
  std::int64_t start = 0;
  std::int64_t count = 0;
};
/// Throws ValueError in the name of `op` for a step of 0.
PlacedRange placed_range(std::string_view op, const Shape& shape, int axis, const Range& range);

}  // namespace tenon
