#include "tenon/array/arguments.h"

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

}  // namespace tenon
