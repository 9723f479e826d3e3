#include "tenon/array/interpolate.h"

#include <cmath>

#include "tenon/array/create.h"
#include "tenon/array/elementwise.h"
#include "tenon/array/lookup.h"
#include "tenon/array/movement.h"
#include "tenon/array/reduction.h"
#include "tenon/graph/build_check.h"

namespace tenon {
namespace {

using build::describe;
using build::fail;

// One axis: `size` elements to `result`, whose element i lies at i * step in the input's elements.
struct Resizing {
  std::int64_t size, result;
  double step;
  bool align_corners;
};

// The elements that each result is made of (int64), and their weights (float64): both [result, taps]. They are part of
// the graph rather than data, so that an op brings no arrays of its own.
struct Taps {
  Array positions;
  Array weights;
};

// [result, 1], float64
Array source_positions(const Resizing& axis) {
  const Array at = reshape(astype(arange(axis.result), DType::f64), {axis.result, 1});
  return axis.align_corners ? at * axis.step : (at + 0.5) * axis.step - 0.5;
}

// The positions moved into the axis, as int64.
Array inside(const Array& positions, const Resizing& axis) {
  return astype(clip(positions, 0, axis.size - 1), DType::i64);
}

Taps linear_taps(const Resizing& axis) {
  const Array source = clip(source_positions(axis), 0, axis.size - 1), first = floor(source), tap = arange(2);
  const Array share = source - first;
  return {inside(first + tap, axis), where(equal(tap, 0), 1 - share, share)};
}

// Keys, Cubic convolution interpolation for digital image processing (1981), equation 15, with a = -0.75.
Taps cubic_taps(const Resizing& axis) {
  constexpr double a = -0.75;
  const Array source = source_positions(axis), first = floor(source) + (arange(4) - 1), d = abs(source - first);
  const Array near = ((a + 2) * d - (a + 3)) * d * d + 1, far = ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  return {inside(first, axis), where(d <= 1, near, far)};
}

Array weighted_taps(const Array& x, int axis, const Taps& taps) {
  const Array elements = take(x, taps.positions, axis);
  const Shape weights = shape_of(taps.weights.shape(), Shape(x.rank() - 1 - axis, 1));
  return sum(elements * reshape(astype(taps.weights, x.dtype()), weights), axis + 1);
}

Array nearest(const Array& x, int axis, const Resizing& resizing) {
  const auto [size, result, step, align_corners] = resizing;
  if (result % size == 0 && step * static_cast<double>(result) == static_cast<double>(size)) {
    // Each element so many times: a view.
    const Shape before = part_of(x.shape(), 0, axis), after = part_of(x.shape(), axis + 1, x.rank());
    const Array repeated = broadcast_to(unsqueeze(x, axis + 1), shape_of(before, size, result / size, after));
    return reshape(repeated, shape_of(before, result, after));
  }
  // In float32, as PyTorch: where rounding decides, it decides as there.
  const Array positions = floor(astype(arange(result), DType::f32) * static_cast<float>(step));
  return take(x, astype(minimum(positions, size - 1), DType::i64), axis);
}

void check(const Array& x, const InterpolateOptions& options) {
  constexpr std::string_view op = "interpolate";
  const int spatial = x.rank() - 2;
  if (spatial < 1 || spatial > max_spatial_axes)
    fail<ShapeError>("{}: {} is not [batch, channels, spatial...] with one to three spatial axes", op,
                     describe(x.node()));
  if (options.size.has_value() != options.scale.empty())
    fail<ValueError>("{}: give either sizes or scales for {}", op, describe(x.node()));
  if (options.size) check_per_axis(op, "size", *options.size, spatial, 1);
  if (options.scale.size() > 1 && options.scale.size() != static_cast<std::size_t>(spatial))
    fail<ValueError>("{}: {} scales for {} spatial axes; give one for all, or one for each", op, options.scale.size(),
                     spatial);
  if (options.align_corners && options.mode == Interpolation::nearest)
    fail<ValueError>("{}: align_corners has no meaning for `nearest`; take `linear` or `cubic`", op);
  for (int axis = 2; axis < x.rank(); ++axis)
    if (x.size(axis) == 0) fail<ShapeError>("{}: spatial axis {} of {} is empty", op, axis - 2, describe(x.node()));
}

Resizing resizing_of(const Array& x, int i, const InterpolateOptions& options) {
  const std::int64_t size = x.size(i + 2);
  const double n = static_cast<double>(size);
  Resizing axis{size, 0, 0, options.align_corners};
  if (options.size) {
    axis.result = (*options.size)[i];
    axis.step = n / static_cast<double>(axis.result);
  } else {
    const double scale = options.scale[options.scale.size() == 1 ? 0 : static_cast<std::size_t>(i)];
    const double result = std::floor(n * scale);
    if (!(result >= 1) || result > 1e15)
      fail<ValueError>("interpolate: a scale of {} makes no size of the {} elements of spatial axis {}", scale, size,
                       i);
    axis.result = static_cast<std::int64_t>(result);
    // As in PyTorch, an axis whose size stays is copied whatever its scale, but for `cubic`.
    axis.step = axis.result == size && options.mode != Interpolation::cubic ? 1 : 1 / scale;
  }
  if (options.align_corners) axis.step = axis.result > 1 ? (n - 1) / static_cast<double>(axis.result - 1) : 0;
  return axis;
}

}  // namespace

Array interpolate(const Array& x, const InterpolateOptions& options, std::source_location where) {
  const WhereScope scope(where);
  check(x, options);
  Array y = options.mode == Interpolation::nearest || is_floating(x.dtype()) ? x : astype(x, DType::f32);
  for (int i = 0; i < x.rank() - 2; ++i) {
    const Resizing axis = resizing_of(x, i, options);
    if (axis.result == axis.size && (axis.result == 1 || axis.step == 1)) continue;
    if (options.mode == Interpolation::nearest)
      y = nearest(y, i + 2, axis);
    else
      y = weighted_taps(y, i + 2, options.mode == Interpolation::linear ? linear_taps(axis) : cubic_taps(axis));
  }
  return y;
}

}  // namespace tenon
