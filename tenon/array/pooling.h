// Pooling over the last one, two or three axes; those before them, [batch, channels] or any others, stay.
#pragma once

#include "tenon/array/windows.h"

namespace tenon {

struct MaxPoolOptions {
  PerAxis stride = 0;   ///< 0: the kernel's size
  PerAxis padding = 0;  ///< at both ends, of elements that are never the maximum
  PerAxis dilation = 1;
  bool ceil_mode = false;  ///< a last window may reach beyond the padding, if it begins before it
};

struct AvgPoolOptions {
  PerAxis stride = 0;   ///< 0: the kernel's size
  PerAxis padding = 0;  ///< zeros at both ends
  bool ceil_mode = false;
  bool count_include_pad = true;  ///< whether the padding's zeros count as elements of the mean
};

/// The maximum of each window, [..., spatial...] -> [..., windows...], sizes by PyTorch's formula. NaN wins. As in
/// PyTorch, the gradient goes to the first maximum of a window alone, in row-major order; which of several NaN gets it
/// is left open. Element types other than bool and unsigned ones.
///
/// Throws ValueError for options out of range, among them a padding of more than half the kernel, ShapeError for
/// windows larger than the padded input.
Array max_pool1d(const Array& x, const PerAxis& kernel, const MaxPoolOptions& options = {},
                 std::source_location where = std::source_location::current());
Array max_pool2d(const Array& x, const PerAxis& kernel, const MaxPoolOptions& options = {},
                 std::source_location where = std::source_location::current());
Array max_pool3d(const Array& x, const PerAxis& kernel, const MaxPoolOptions& options = {},
                 std::source_location where = std::source_location::current());

/// The mean of each window; throws as the maximum. Integers become float32.
Array avg_pool1d(const Array& x, const PerAxis& kernel, const AvgPoolOptions& options = {},
                 std::source_location where = std::source_location::current());
Array avg_pool2d(const Array& x, const PerAxis& kernel, const AvgPoolOptions& options = {},
                 std::source_location where = std::source_location::current());
Array avg_pool3d(const Array& x, const PerAxis& kernel, const AvgPoolOptions& options = {},
                 std::source_location where = std::source_location::current());

/// The spatial axes cut into `size` parts each: part i of n elements begins at floor(i n / size) and ends before
/// ceil((i + 1) n / size), so that parts overlap where the size does not divide n. A size of 1 pools globally. The
/// gradient of the maximum goes to the first maximum of a part. Throws ValueError for a size less than 1,
/// ShapeError for an empty spatial axis.
Array adaptive_avg_pool1d(const Array& x, const PerAxis& size,
                          std::source_location where = std::source_location::current());
Array adaptive_avg_pool2d(const Array& x, const PerAxis& size,
                          std::source_location where = std::source_location::current());
Array adaptive_avg_pool3d(const Array& x, const PerAxis& size,
                          std::source_location where = std::source_location::current());
Array adaptive_max_pool1d(const Array& x, const PerAxis& size,
                          std::source_location where = std::source_location::current());
Array adaptive_max_pool2d(const Array& x, const PerAxis& size,
                          std::source_location where = std::source_location::current());
Array adaptive_max_pool3d(const Array& x, const PerAxis& size,
                          std::source_location where = std::source_location::current());

namespace detail {

/// How many windows there are, as PyTorch counts: with `ceil_mode` a last one may begin in the input or its padding
/// before, and end beyond the padding.
constexpr std::int64_t pooled_size(std::int64_t size, std::int64_t kernel, std::int64_t stride, std::int64_t padding,
                                   std::int64_t dilation, bool ceil_mode) {
  const std::int64_t room = size + 2 * padding - window_extent(kernel, dilation);
  if (room < 0) return 0;
  const std::int64_t count = (room + (ceil_mode ? stride - 1 : 0)) / stride + 1;
  return ceil_mode && (count - 1) * stride >= size + padding ? count - 1 : count;
}

}  // namespace detail
}  // namespace tenon
