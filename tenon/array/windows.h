// What convolutions and pooling share: numbers for each spatial axis, the sizes that follow, and windows over all
// spatial axes at once.
#pragma once

#include "tenon/array/array.h"
#include "tenon/array/pad.h"
#include "tenon/core/error.h"

namespace tenon {

inline constexpr int max_spatial_axes = 3;

/// One number for all spatial axes, or one for each: `2`, `{2, 1}`. A structural type, so that options made of it can
/// be template arguments. Throws ValueError for more than three.
struct PerAxis {
  std::int64_t values[max_spatial_axes] = {};
  int count = 1;

  constexpr PerAxis(std::int64_t value) : values{value} {}
  constexpr PerAxis(std::initializer_list<std::int64_t> list) : PerAxis(std::span(list.begin(), list.size())) {}
  constexpr explicit PerAxis(std::span<const std::int64_t> list) : count(static_cast<int>(list.size())) {
    if (list.size() > max_spatial_axes) throw ValueError("there are at most three spatial axes");
    for (std::size_t i = 0; i < list.size(); ++i) values[i] = list[i];
  }
  constexpr std::int64_t operator[](int axis) const { return values[count == 1 ? 0 : axis]; }
  constexpr bool fits(int axes) const { return count == 1 || count == axes; }
  constexpr std::int64_t least() const {
    std::int64_t least = values[0];
    for (int i = 1; i < count; ++i) least = values[i] < least ? values[i] : least;
    return least;
  }
  friend constexpr bool operator==(const PerAxis&, const PerAxis&) = default;
};

/// Elements from the first to the last of a window, both included.
constexpr std::int64_t window_extent(std::int64_t kernel, std::int64_t dilation) { return (kernel - 1) * dilation + 1; }

/// How many windows find room in `size` elements, padding included: PyTorch's formula. 0 when none does.
constexpr std::int64_t window_count(std::int64_t size, std::int64_t kernel, std::int64_t stride,
                                    std::int64_t dilation) {
  const std::int64_t extent = window_extent(kernel, dilation);
  return size < extent ? 0 : (size - extent) / stride + 1;
}

// The rest is internal to tenon/array.

/// Throws ValueError in the name of `op` unless there are as many numbers as spatial axes, each at least `least`.
void check_per_axis(std::string_view op, std::string_view role, const PerAxis& numbers, int spatial,
                    std::int64_t least);

/// x [rows, spatial...] -> [rows, windows..., kernel...], a view. Throws ShapeError in the name of `op` where no window
/// fits.
Array windows_of(std::string_view op, const Array& x, const PerAxis& kernel, const PerAxis& stride,
                 const PerAxis& dilation);

/// x [..., spatial...] with this padding around its last axes, filled with `value`; negative padding cuts.
Array padded_spatially(const Array& x, std::span<const Padding> padding, double value);

/// A Shape from parts.
template <class... Parts>
Shape shape_of(const Parts&... parts) {
  Shape shape;
  const auto add = [&](const auto& part) {
    if constexpr (std::is_integral_v<std::remove_cvref_t<decltype(part)>>)
      shape.push_back(part);
    else
      for (const std::int64_t size : part) shape.push_back(size);
  };
  (add(parts), ...);
  return shape;
}

/// Sizes of the axes first to last - 1.
Shape part_of(const Shape& shape, int first, int last);

}  // namespace tenon
