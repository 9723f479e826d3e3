#include "tenon/array/pooling.h"

#include <limits>

#include "tenon/array/create.h"
#include "tenon/array/elementwise.h"
#include "tenon/array/lookup.h"
#include "tenon/array/movement.h"
#include "tenon/array/reduction.h"
#include "tenon/graph/build.h"
#include "tenon/graph/build_check.h"

namespace tenon {
namespace {

using build::describe;
using build::fail;

// One pooling along all spatial axes.
struct Pool {
  std::string_view op;
  int spatial;
  PerAxis kernel, stride, padding, dilation;
  bool ceil_mode;
};

PerAxis stride_of(const PerAxis& stride, const PerAxis& kernel) { return stride == PerAxis(0) ? kernel : stride; }

void check(const Pool& pool, const Array& x) {
  if (x.rank() < pool.spatial)
    fail<ShapeError>("{}: {} has fewer than {} axes", pool.op, describe(x.node()), pool.spatial);
  check_per_axis(pool.op, "kernel", pool.kernel, pool.spatial, 1);
  check_per_axis(pool.op, "stride", pool.stride, pool.spatial, 1);
  check_per_axis(pool.op, "dilation", pool.dilation, pool.spatial, 1);
  check_per_axis(pool.op, "padding", pool.padding, pool.spatial, 0);
  for (int i = 0; i < pool.spatial; ++i)
    if (2 * pool.padding[i] > pool.kernel[i])
      fail<ValueError>("{}: a padding of {} with a kernel of {}; it may be half the kernel at most", pool.op,
                       pool.padding[i], pool.kernel[i]);
}

Shape leading(const Array& x, int spatial) { return part_of(x.shape(), 0, x.rank() - spatial); }

// How many windows there are along a spatial axis.
std::int64_t windows_along(const Pool& pool, const Array& x, int i) {
  return detail::pooled_size(x.size(x.rank() - pool.spatial + i), pool.kernel[i], pool.stride[i], pool.padding[i],
                             pool.dilation[i], pool.ceil_mode);
}

// x with as much around it as its windows reach.
Array padded_input(const Pool& pool, const Array& x, double fill) {
  std::vector<Padding> padding;
  for (int i = 0; i < pool.spatial; ++i) {
    const std::int64_t size = x.size(x.rank() - pool.spatial + i), before = pool.padding[i];
    const std::int64_t end =
        (windows_along(pool, x, i) - 1) * pool.stride[i] + window_extent(pool.kernel[i], pool.dilation[i]);
    padding.push_back({before, std::max(before, end - size - before)});
  }
  return padded_spatially(x, padding, fill);
}

std::int64_t taps_of(const Pool& pool) {
  std::int64_t taps = 1;
  for (int i = 0; i < pool.spatial; ++i) taps *= pool.kernel[i];
  return taps;
}

// [..., spatial...] -> [..., windows..., taps], the taps row-major; beyond the ends there is `fill`.
Array pooled_windows(const Pool& pool, const Array& x, double fill) {
  const int first = x.rank() - pool.spatial;
  const Array padded = padded_input(pool, x, fill);
  const Shape lead = leading(x, pool.spatial);
  const Array rows = reshape(padded, shape_of(lead.elements(), part_of(padded.shape(), first, x.rank())));
  const Array windows = windows_of(pool.op, rows, pool.kernel, pool.stride, pool.dilation);
  Shape shape = shape_of(lead, part_of(windows.shape(), 1, pool.spatial + 1));
  if (shape.rank() == max_rank)
    fail<ShapeError>("{}: {} has {} axes; flatten some, at most {} are supported", pool.op, describe(x.node()),
                     x.rank(), max_rank - 1);
  shape.push_back(taps_of(pool));
  return reshape(windows, shape);
}

// The maximum along the last axis. Its gradient goes to the first maximum alone: that one is picked by its position.
Array first_maximum(const Array& x) {
  if (!is_floating(x.dtype())) return max(x, -1);
  const Array position = argmax(stop_gradient(x), -1, true);
  return sum(where(equal(arange(x.size(-1)), position), x, 0), -1);
}

double lowest(std::string_view op, const Array& x) {
  switch (x.dtype()) {
    case DType::i8: return std::numeric_limits<std::int8_t>::lowest();
    case DType::i16: return std::numeric_limits<std::int16_t>::lowest();
    case DType::i32: return std::numeric_limits<std::int32_t>::lowest();
    case DType::i64: return static_cast<double>(std::numeric_limits<std::int64_t>::lowest());
    default:
      if (!is_floating(x.dtype()))
        fail<DTypeError>("{}: {} has no least element for the padding; use astype", op, describe(x.node()));
      return -std::numeric_limits<double>::infinity();
  }
}

// The maximum of each window as a chain of choices between its elements, [..., windows...] each: the first maximum
// stays. Cheaper than reductions while windows are small, and the gradient follows the choices.
Array chosen_maximum(const Pool& pool, const Array& padded, const Array& x) {
  const int first = x.rank() - pool.spatial;
  Dims starts(x.rank(), 0), counts = x.shape(), steps(x.rank(), 1);
  for (int i = 0; i < pool.spatial; ++i) {
    counts[first + i] = windows_along(pool, x, i);
    steps[first + i] = pool.stride[i];
  }
  Array best;
  for (std::int64_t tap = 0; tap < taps_of(pool); ++tap) {
    for (std::int64_t i = pool.spatial - 1, rest = tap; i >= 0; rest /= pool.kernel[static_cast<int>(i)], --i) {
      const int axis = static_cast<int>(i);
      starts[first + axis] = rest % pool.kernel[axis] * pool.dilation[axis];
    }
    const Array element(build::slice(padded.node_ref(), starts, counts, steps));
    best = tap == 0 ? element : where(logical_or(element > best, not_equal(element, element)), element, best);
  }
  return best;
}

// The most elements of a window that are chosen from one by one.
constexpr std::int64_t longest_chain = 16;

Array max_pool(std::string_view op, const Array& x, int spatial, const PerAxis& kernel, const MaxPoolOptions& options) {
  const Pool pool{
      op, spatial, kernel, stride_of(options.stride, kernel), options.padding, options.dilation, options.ceil_mode};
  check(pool, x);
  const double fill = lowest(op, x);
  bool fits = taps_of(pool) <= longest_chain;
  for (int i = 0; i < spatial; ++i) fits = fits && windows_along(pool, x, i) > 0;
  if (fits) return chosen_maximum(pool, padded_input(pool, x, fill), x);
  return first_maximum(pooled_windows(pool, x, fill));  // which also says what does not fit
}

// [windows along spatial axis i, 1...]: the elements that each counts.
Array element_counts(const Pool& pool, std::int64_t size, int i, std::int64_t windows, bool include_pad) {
  // Window o is [o * stride, o * stride + kernel) in the padded axis; what is beyond `limits` does not count.
  const Array begin = arange(windows) * pool.stride[i];
  const std::int64_t first = include_pad ? 0 : pool.padding[i];
  const std::int64_t end = size + (include_pad ? 2 : 1) * pool.padding[i];
  Shape shape(pool.spatial - i, 1);
  shape[0] = windows;
  return reshape(minimum(begin + pool.kernel[i], end) - maximum(begin, first), shape);
}

Array as_floating(const Array& x) { return is_floating(x.dtype()) ? x : astype(x, DType::f32); }

Array avg_pool(std::string_view op, const Array& x, int spatial, const PerAxis& kernel, const AvgPoolOptions& options) {
  const Pool pool{op, spatial, kernel, stride_of(options.stride, kernel), options.padding, 1, options.ceil_mode};
  check(pool, x);
  const Array windows = pooled_windows(pool, as_floating(x), 0);
  const Array total = sum(windows, -1);
  bool counts_all = !options.ceil_mode;
  for (int i = 0; i < spatial; ++i) counts_all = counts_all && (options.count_include_pad || pool.padding[i] == 0);
  if (counts_all) return total / static_cast<double>(windows.size(-1));
  Array counts = ones({}, DType::i64);
  for (int i = 0; i < spatial; ++i) {
    const int axis = x.rank() - spatial + i;
    counts = counts * element_counts(pool, x.size(axis), i, windows.size(axis), options.count_include_pad);
  }
  return total / astype(counts, total.dtype());
}

// floor(a / b) of what is not negative. In float64, which is exact below 2^53: integers have no division of their own.
Array quotient(const Array& a, std::int64_t b) { return astype(floor(astype(a, DType::f64) / b), DType::i64); }

// An axis in parts: [..., parts, longest part, ...], and how many elements each part has, [parts, 1], where they
// differ.
struct Parts {
  Array values;
  Array sizes = {};
};

Parts parts_of(const Array& x, int axis, std::int64_t count) {
  const std::int64_t n = x.size(axis);
  const Shape before = part_of(x.shape(), 0, axis), after = part_of(x.shape(), axis + 1, x.rank());
  if (n % count == 0) return {reshape(x, shape_of(before, count, n / count, after))};
  const Array part = reshape(arange(count), {count, 1});
  const Array begin = quotient(part * n, count), end = quotient((part + 1) * n + (count - 1), count);
  std::int64_t longest = 0;
  for (std::int64_t i = 0; i < count; ++i)
    longest = std::max(longest, ((i + 1) * n + count - 1) / count - i * n / count);
  // Shorter parts repeat their last element.
  return {take(x, minimum(begin + arange(longest), end - 1), axis), end - begin};
}

// Checks, then all spatial axes in parts, the last first: `pool` makes [..., parts, elements] of each to [..., parts].
template <class PoolParts>
Array adaptive_pool(std::string_view op, const Array& x, int spatial, const PerAxis& size, PoolParts pool) {
  if (x.rank() < spatial) fail<ShapeError>("{}: {} has fewer than {} axes", op, describe(x.node()), spatial);
  if (x.rank() > max_rank - spatial)
    fail<ShapeError>("{}: {} has {} axes; flatten some, at most {} are supported", op, describe(x.node()), x.rank(),
                     max_rank - spatial);
  check_per_axis(op, "size", size, spatial, 1);
  for (int i = 0; i < spatial; ++i)
    if (x.size(x.rank() - spatial + i) == 0)
      fail<ShapeError>("{}: spatial axis {} of {} is empty", op, i, describe(x.node()));
  return pool(x);
}

// The mean of each part along one axis.
Array mean_of_parts(const Array& x, int axis, std::int64_t count) {
  const Parts parts = parts_of(x, axis, count);
  if (!parts.sizes) return mean(parts.values, axis + 1);
  const Array present = arange(parts.values.size(axis + 1)) < parts.sizes;  // [parts, longest part]
  const Shape behind(x.rank() - 1 - axis, 1);
  const Array total = sum(where(reshape(present, shape_of(present.shape(), behind)), parts.values, 0), axis + 1);
  return total / reshape(astype(parts.sizes, x.dtype()), shape_of(count, behind));
}

Array adaptive_avg_pool(std::string_view op, const Array& x, int spatial, const PerAxis& size) {
  return adaptive_pool(op, x, spatial, size, [&](const Array&) {
    Array y = as_floating(x);
    for (int i = 0; i < spatial; ++i) y = mean_of_parts(y, y.rank() - spatial + i, size[i]);
    return y;
  });
}

Array adaptive_max_pool(std::string_view op, const Array& x, int spatial, const PerAxis& size) {
  return adaptive_pool(op, x, spatial, size, [&](const Array&) {
    // [..., parts0, part0, parts1, part1, ...] -> [..., parts..., all elements of a part]
    const int first = x.rank() - spatial;
    Array y = x;
    for (int i = 0; i < spatial; ++i) y = parts_of(y, first + 2 * i, size[i]).values;
    InlineVector<int, max_rank> order;
    Shape shape = part_of(x.shape(), 0, first);
    std::int64_t elements = 1;
    for (int axis = 0; axis < first; ++axis) order.push_back(axis);
    for (int i = 0; i < spatial; ++i) {
      order.push_back(first + 2 * i);
      shape.push_back(size[i]);
    }
    for (int i = 0; i < spatial; ++i) {
      order.push_back(first + 2 * i + 1);
      elements *= y.size(first + 2 * i + 1);
    }
    shape.push_back(elements);
    return first_maximum(reshape(permute(y, Axes(std::span<const int>(order))), shape));
  });
}

}  // namespace

Array max_pool1d(const Array& x, const PerAxis& kernel, const MaxPoolOptions& options, std::source_location where) {
  const WhereScope scope(where);
  return max_pool("max_pool1d", x, 1, kernel, options);
}

Array max_pool2d(const Array& x, const PerAxis& kernel, const MaxPoolOptions& options, std::source_location where) {
  const WhereScope scope(where);
  return max_pool("max_pool2d", x, 2, kernel, options);
}

Array max_pool3d(const Array& x, const PerAxis& kernel, const MaxPoolOptions& options, std::source_location where) {
  const WhereScope scope(where);
  return max_pool("max_pool3d", x, 3, kernel, options);
}

Array avg_pool1d(const Array& x, const PerAxis& kernel, const AvgPoolOptions& options, std::source_location where) {
  const WhereScope scope(where);
  return avg_pool("avg_pool1d", x, 1, kernel, options);
}

Array avg_pool2d(const Array& x, const PerAxis& kernel, const AvgPoolOptions& options, std::source_location where) {
  const WhereScope scope(where);
  return avg_pool("avg_pool2d", x, 2, kernel, options);
}

Array avg_pool3d(const Array& x, const PerAxis& kernel, const AvgPoolOptions& options, std::source_location where) {
  const WhereScope scope(where);
  return avg_pool("avg_pool3d", x, 3, kernel, options);
}

Array adaptive_avg_pool1d(const Array& x, const PerAxis& size, std::source_location where) {
  const WhereScope scope(where);
  return adaptive_avg_pool("adaptive_avg_pool1d", x, 1, size);
}

Array adaptive_avg_pool2d(const Array& x, const PerAxis& size, std::source_location where) {
  const WhereScope scope(where);
  return adaptive_avg_pool("adaptive_avg_pool2d", x, 2, size);
}

Array adaptive_avg_pool3d(const Array& x, const PerAxis& size, std::source_location where) {
  const WhereScope scope(where);
  return adaptive_avg_pool("adaptive_avg_pool3d", x, 3, size);
}

Array adaptive_max_pool1d(const Array& x, const PerAxis& size, std::source_location where) {
  const WhereScope scope(where);
  return adaptive_max_pool("adaptive_max_pool1d", x, 1, size);
}

Array adaptive_max_pool2d(const Array& x, const PerAxis& size, std::source_location where) {
  const WhereScope scope(where);
  return adaptive_max_pool("adaptive_max_pool2d", x, 2, size);
}

Array adaptive_max_pool3d(const Array& x, const PerAxis& size, std::source_location where) {
  const WhereScope scope(where);
  return adaptive_max_pool("adaptive_max_pool3d", x, 3, size);
}

}  // namespace tenon
