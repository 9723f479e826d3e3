#include "tenon/array/interpolate.h"

#include <cmath>

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

// The elements that each result is made of, and their weights: [result, taps].
struct Taps {
  std::int64_t count;
  std::vector<std::int64_t> positions;
  std::vector<double> weights;
};

double source_position(const Resizing& axis, std::int64_t i) {
  const double at = static_cast<double>(i);
  return axis.align_corners ? at * axis.step : (at + 0.5) * axis.step - 0.5;
}

Taps linear_taps(const Resizing& axis) {
  Taps taps{2, {}, {}};
  for (std::int64_t i = 0; i < axis.result; ++i) {
    const double source = std::max(source_position(axis, i), 0.0);
    const std::int64_t first = std::min(static_cast<std::int64_t>(source), axis.size - 1);
    const double share = std::min(source - static_cast<double>(first), 1.0);
    taps.positions.insert(taps.positions.end(), {first, std::min(first + 1, axis.size - 1)});
    taps.weights.insert(taps.weights.end(), {1 - share, share});
  }
  return taps;
}

// Keys, Cubic convolution interpolation for digital image processing (1981), equation 15, with a = -0.75.
double cubic_weight(double distance) {
  constexpr double a = -0.75;
  const double d = std::fabs(distance);
  if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
}

Taps cubic_taps(const Resizing& axis) {
  Taps taps{4, {}, {}};
  for (std::int64_t i = 0; i < axis.result; ++i) {
    const double source = source_position(axis, i), below = std::floor(source);
    for (std::int64_t tap = -1; tap <= 2; ++tap) {
      const double at = below + static_cast<double>(tap);
      taps.positions.push_back(std::clamp<std::int64_t>(static_cast<std::int64_t>(at), 0, axis.size - 1));
      taps.weights.push_back(cubic_weight(source - at));
    }
  }
  return taps;
}

Array weighted_taps(const Array& x, int axis, const Taps& taps, std::int64_t result) {
  const Array elements = take(x, Array::from(taps.positions, {result, taps.count}), axis);
  Shape shape(x.rank() + 1 - axis, 1);
  shape[0] = result;
  shape[1] = taps.count;
  return sum(elements * reshape(astype(Array::from(taps.weights, {result, taps.count}), x.dtype()), shape), axis + 1);
}

Array nearest(const Array& x, int axis, const Resizing& resizing) {
  const auto [size, result, step, align_corners] = resizing;
  if (result % size == 0 && step * static_cast<double>(result) == static_cast<double>(size)) {
    // Each element so many times: a view.
    const Shape before = part_of(x.shape(), 0, axis), after = part_of(x.shape(), axis + 1, x.rank());
    const Array repeated = broadcast_to(unsqueeze(x, axis + 1), shape_of(before, size, result / size, after));
    return reshape(repeated, shape_of(before, result, after));
  }
  // In float32, as PyTorch: positions that a double would round otherwise are the same elements there.
  std::vector<std::int64_t> positions;
  for (std::int64_t i = 0; i < result; ++i)
    positions.push_back(
        std::min(static_cast<std::int64_t>(std::floor(static_cast<float>(i) * static_cast<float>(step))), size - 1));
  return take(x, Array::from(positions, {result}), axis);
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
    // An axis whose size stays is copied, whatever its scale.
    axis.step = axis.result == size ? 1 : 1 / scale;
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
    if (axis.result == axis.size) continue;
    if (options.mode == Interpolation::nearest)
      y = nearest(y, i + 2, axis);
    else
      y = weighted_taps(y, i + 2, options.mode == Interpolation::linear ? linear_taps(axis) : cubic_taps(axis),
                        axis.result);
  }
  return y;
}

}  // namespace tenon
