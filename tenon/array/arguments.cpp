#include "tenon/array/arguments.h"

#include <algorithm>

#include "tenon/graph/build_check.h"

namespace tenon {

Sizes::Sizes(std::span<const std::int64_t> sizes) {
  if (sizes.size() > max_rank)
    build::fail<ShapeError>("{} sizes were given, at most {} axes are supported", sizes.size(), max_rank);
  for (const std::int64_t size : sizes) dims_.push_back(size);
}

Axes::Axes(std::span<const int> axes) {
  if (axes.size() > max_rank)
    build::fail<ShapeError>("{} axes were given, at most {} are supported", axes.size(), max_rank);
  for (const int axis : axes) axes_.push_back(axis);
}

std::uint32_t Axes::mask(std::string_view op, const Shape& shape) const {
  std::uint32_t bits = 0;
  for (const int axis : resolve(op, shape)) bits |= 1u << axis;
  return bits;
}

InlineVector<int, max_rank> Axes::resolve(std::string_view op, const Shape& shape) const {
  InlineVector<int, max_rank> resolved;
  if (all_) {
    for (int axis = 0; axis < shape.rank(); ++axis) resolved.push_back(axis);
    return resolved;
  }
  std::uint32_t seen = 0;
  for (const int given : axes_) {
    const int axis = build::placed_axis(op, shape, given);
    if ((seen >> axis & 1) != 0)
      build::fail<ShapeError>("{}: axis {} of {} is named twice", op, axis, to_string(shape));
    seen |= 1u << axis;
    resolved.push_back(axis);
  }
  return resolved;
}

int placed_new_axis(std::string_view op, const Shape& shape, int axis) {
  const int rank = shape.rank() + 1;
  if (rank > max_rank)
    build::fail<ShapeError>("{}: {} has {} axes already, more are not supported", op, to_string(shape), max_rank);
  if (axis < -rank || axis >= rank)
    build::fail<ShapeError>("{}: axis {} is out of range for a result of {} axes from {}", op, axis, rank,
                            to_string(shape));
  return axis < 0 ? axis + rank : axis;
}

PlacedRange placed_range(std::string_view op, const Shape& shape, int axis, const Range& range) {
  const std::int64_t size = shape[axis], step = range.step;
  if (step == 0)
    build::fail<ValueError>("{}: step 0 along axis {} of {}; it must not be 0", op, axis, to_string(shape));
  // As Python's slice.indices: the ends of a backward slice are one lower.
  const std::int64_t low = step > 0 ? 0 : -1, high = step > 0 ? size : size - 1;
  const auto clamped = [&](std::int64_t end) { return std::clamp(end < 0 ? end + size : end, low, high); };
  const std::int64_t start = range.start ? clamped(*range.start) : step > 0 ? low : high;
  const std::int64_t stop = range.stop ? clamped(*range.stop) : step > 0 ? high : low;
  std::int64_t count = 0;
  if (step > 0 && start < stop) count = (stop - start - 1) / step + 1;
  if (step < 0 && start > stop) count = (start - stop - 1) / (step == INT64_MIN ? INT64_MAX : -step) + 1;
  return {start, count};
}

}  // namespace tenon
