// Resizing along spatial axes.
#pragma once

#include <optional>
#include <vector>

#include "tenon/array/windows.h"

namespace tenon {

enum class Interpolation : std::uint8_t {
  nearest,  ///< the element at floor(i * n / size): PyTorch's `nearest`, not `nearest-exact`
  linear,   ///< between two elements along each axis: `linear`, `bilinear`, `trilinear`
  cubic,    ///< among four along each axis, Keys' kernel with a = -0.75: `bicubic`
};

/// Either sizes or scales, one for all spatial axes or one for each.
struct InterpolateOptions {
  std::optional<PerAxis> size = {};
  std::vector<double> scale = {};  ///< sizes become floor(n * scale); positions use the scale itself, as in PyTorch
  Interpolation mode = Interpolation::nearest;
  bool align_corners = false;  ///< the first and last elements are those of the input; else elements are areas
};

/// x [batch, channels, spatial...] with one to three spatial axes -> [batch, channels, sizes...], axis by axis. nearest
/// keeps any element type; for the others, integers become float32. Throws ShapeError for another number of axes or an
/// empty one, ValueError for options out of range, and for align_corners with `nearest`.
Array interpolate(const Array& x, const InterpolateOptions& options,
                  std::source_location where = std::source_location::current());

}  // namespace tenon
