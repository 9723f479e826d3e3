// Convolutions over one to three spatial axes, in PyTorch's layouts. As in all of the field, the kernel is not
// flipped: it is cross-correlation.
#pragma once

#include "tenon/array/windows.h"

namespace tenon {

enum class AutoPadding : std::uint8_t {
  valid,  ///< none
  same,   ///< zeros so that windows at stride 1 are as many as elements; an odd one goes behind
};

/// Zeros around the spatial axes: a number of them for both ends of all axes (`1`) or of each (`{1, 2}`), or
/// AutoPadding.
struct ConvPadding {
  PerAxis amount = 0;
  bool is_same = false;

  constexpr ConvPadding(std::int64_t each) : amount(each) {}
  constexpr ConvPadding(std::initializer_list<std::int64_t> each) : amount(each) {}
  constexpr ConvPadding(const PerAxis& each) : amount(each) {}
  constexpr ConvPadding(AutoPadding rule) : is_same(rule == AutoPadding::same) {}
  friend constexpr bool operator==(const ConvPadding&, const ConvPadding&) = default;
};

/// conv2d(x, weight, bias, {.stride = 2, .padding = {1, 0}}). `groups` cuts the channels into as many convolutions side
/// by side; as many as input channels make it depthwise.
struct ConvOptions {
  PerAxis stride = 1;
  ConvPadding padding = 0;
  PerAxis dilation = 1;
  std::int64_t groups = 1;
  friend constexpr bool operator==(const ConvOptions&, const ConvOptions&) = default;
};

struct ConvTransposeOptions {
  PerAxis stride = 1;
  PerAxis padding = 0;
  PerAxis output_padding = 0;
  PerAxis dilation = 1;
  std::int64_t groups = 1;
  friend constexpr bool operator==(const ConvTransposeOptions&, const ConvTransposeOptions&) = default;
};

/// input [batch, in, spatial...], weight [out, in / groups, kernel...], bias [out] or none -> [batch, out, spatial...],
/// each spatial size (n + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1, rounded down. The contraction reads
/// the padded windows of the input in place: there is no copy of them in memory. Element types are promoted.
///
/// Throws ShapeError for channels that do not fit the groups and for windows larger than the padded input, ValueError
/// for options out of range, and for AutoPadding::same with a stride.
Array conv(const Array& input, const Array& weight, const Array& bias = {}, const ConvOptions& options = {},
           std::source_location where = std::source_location::current());
/// `conv` for one, two or three spatial axes.
Array conv1d(const Array& input, const Array& weight, const Array& bias = {}, const ConvOptions& options = {},
             std::source_location where = std::source_location::current());
Array conv2d(const Array& input, const Array& weight, const Array& bias = {}, const ConvOptions& options = {},
             std::source_location where = std::source_location::current());
Array conv3d(const Array& input, const Array& weight, const Array& bias = {}, const ConvOptions& options = {},
             std::source_location where = std::source_location::current());

/// The gradient of `conv` by its input as an op of its own: input [batch, in, spatial...], weight [in, out / groups,
/// kernel...], bias [out] or none -> [batch, out, spatial...], each spatial size (n - 1) * stride - 2 * padding +
/// dilation * (kernel - 1) + output_padding + 1. With a stride of 1 it is one contraction; with a larger one the
/// products are written to memory and summed by a second kernel. Floating element types.
///
/// Throws as `conv`, ShapeError for a result without elements along an axis, and ValueError unless the output padding
/// is less than the stride or the dilation.
Array conv_transpose(const Array& input, const Array& weight, const Array& bias = {},
                     const ConvTransposeOptions& options = {},
                     std::source_location where = std::source_location::current());
Array conv_transpose1d(const Array& input, const Array& weight, const Array& bias = {},
                       const ConvTransposeOptions& options = {},
                       std::source_location where = std::source_location::current());
Array conv_transpose2d(const Array& input, const Array& weight, const Array& bias = {},
                       const ConvTransposeOptions& options = {},
                       std::source_location where = std::source_location::current());
Array conv_transpose3d(const Array& input, const Array& weight, const Array& bias = {},
                       const ConvTransposeOptions& options = {},
                       std::source_location where = std::source_location::current());

}  // namespace tenon
