#include "tenon/array/windows.h"

#include "tenon/array/movement.h"
#include "tenon/graph/build_check.h"

namespace tenon {

using build::describe;
using build::fail;

void check_per_axis(std::string_view op, std::string_view role, const PerAxis& numbers, int spatial,
                    std::int64_t least) {
  if (!numbers.fits(spatial))
    fail<ValueError>("{}: {} numbers as {} for {} spatial axes; give one for all, or one for each", op, numbers.count,
                     role, spatial);
  if (numbers.least() < least)
    fail<ValueError>("{}: a {} of {}; it must be at least {}", op, role, numbers.least(), least);
}

Array windows_of(std::string_view op, const Array& x, const PerAxis& kernel, const PerAxis& stride,
                 const PerAxis& dilation) {
  const int spatial = x.rank() - 1;
  Array y = x;
  for (int i = 0; i < spatial; ++i) {
    const std::int64_t size = x.shape()[i + 1];
    if (window_count(size, kernel[i], stride[i], dilation[i]) == 0)
      fail<ShapeError>(
          "{}: a window of {} elements, {} apart, is longer than spatial axis {}, which has {} with its padding; take "
          "a smaller kernel or more padding",
          op, kernel[i], dilation[i], i, size);
    y = window(y, i + 1, kernel[i], stride[i], dilation[i]);
  }
  return y;
}

Array padded_spatially(const Array& x, std::span<const Padding> padding, double value) {
  const int first = x.rank() - static_cast<int>(padding.size());
  Array y = x;
  std::vector<Padding> added(static_cast<std::size_t>(x.rank()));
  bool adds = false;
  for (std::size_t i = 0; i < padding.size(); ++i) {
    const auto [before, after] = padding[i];
    const int axis = first + static_cast<int>(i);
    const std::int64_t cut_before = std::max<std::int64_t>(-before, 0), cut_after = std::max<std::int64_t>(-after, 0);
    if (cut_before > 0 || cut_after > 0) y = narrow(y, axis, cut_before, y.size(axis) - cut_before - cut_after);
    added[static_cast<std::size_t>(axis)] = {std::max<std::int64_t>(before, 0), std::max<std::int64_t>(after, 0)};
    adds = adds || before > 0 || after > 0;
  }
  return adds ? pad(y, added, value) : y;
}

Shape part_of(const Shape& shape, int first, int last) {
  Shape part;
  for (int axis = first; axis < last; ++axis) part.push_back(shape[axis]);
  return part;
}

}  // namespace tenon
