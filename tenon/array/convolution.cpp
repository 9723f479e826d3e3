#include "tenon/array/convolution.h"

#include "tenon/array/create.h"
#include "tenon/array/elementwise.h"
#include "tenon/array/gradient.h"
#include "tenon/array/movement.h"
#include "tenon/graph/build.h"
#include "tenon/graph/build_check.h"

namespace tenon {
namespace {

using build::describe;
using build::fail;

using Paddings = std::vector<Padding>;  // one for each spatial axis

void check_rank(std::string_view op, const Array& input, const Array& weight, int spatial) {
  const bool fits = spatial > 0 ? weight.rank() == spatial + 2 : weight.rank() >= 3 && weight.rank() <= 5;
  if (!fits || input.rank() != weight.rank())
    fail<ShapeError>(
        "{}: input {} with weight {}; they must be [batch, channels, spatial...] and [channels, channels, "
        "kernel...] with {} spatial axes",
        op, describe(input.node()), describe(weight.node()), spatial > 0 ? std::to_string(spatial) : "one to three");
}

void check_groups(std::string_view op, const Array& weight, std::int64_t groups) {
  if (groups < 1) fail<ValueError>("{}: {} groups; there must be at least 1", op, groups);
  if (weight.size(0) % groups != 0)
    fail<ShapeError>("{}: the {} channels of axis 0 of weight {} do not divide into {} groups", op, weight.size(0),
                     describe(weight.node()), groups);
  for (int axis = 2; axis < weight.rank(); ++axis)
    if (weight.size(axis) == 0) fail<ShapeError>("{}: the kernel of weight {} is empty", op, describe(weight.node()));
}

Array with_bias(std::string_view op, const Array& y, const Array& bias) {
  if (!bias) return y;
  if (!(bias.shape() == Shape{y.size(1)}))
    fail<ShapeError>("{}: the bias is {}, it must be [{}], one number for each channel of the result", op,
                     describe(bias.node()), y.size(1));
  Shape shape(y.rank() - 1, 1);
  shape[0] = y.size(1);
  return y + reshape(bias, shape);
}

Paddings paddings_of(std::string_view op, const ConvOptions& options, const Shape& weight) {
  Paddings paddings;
  for (int i = 0; i < weight.rank() - 2; ++i) {
    const std::int64_t amount = options.padding.amount[i];
    if (!options.padding.is_same) {
      paddings.push_back({amount, amount});
      continue;
    }
    if (options.stride[i] != 1)
      fail<ValueError>("{}: padding `same` with a stride of {}; it needs a stride of 1, give numbers instead", op,
                       options.stride[i]);
    const std::int64_t total = window_extent(weight[i + 2], options.dilation[i]) - 1;
    paddings.push_back({total / 2, total - total / 2});
  }
  return paddings;
}

// input [batch, groups * in, spatial...], weight [groups, out, in, kernel...] -> [batch, groups * out, windows...]
Array correlate(std::string_view op, const Array& input, const Array& weight, const Paddings& paddings,
                const PerAxis& stride, const PerAxis& dilation) {
  const Array padded = padded_spatially(input, paddings, 0);
  const std::int64_t batch = input.size(0), groups = weight.size(0), out = weight.size(1), in = weight.size(2);
  const int spatial = input.rank() - 2;
  std::int64_t taps = 1;
  for (int i = 0; i < spatial; ++i) taps *= weight.size(i + 3);
  const Shape kernel = part_of(weight.shape(), 3, weight.rank());
  const Array rows = reshape(padded, shape_of(batch * groups * in, part_of(padded.shape(), 2, padded.rank())));
  const Array windows = windows_of(op, rows, PerAxis(std::span<const std::int64_t>(kernel)), stride, dilation);
  const Shape counts = part_of(windows.shape(), 1, spatial + 1);

  InlineVector<int, max_rank> order;  // of [batch, groups, in, windows..., taps]
  const auto order_columns = [&](int first, int second) {
    order = {first, second};
    for (int i = 0; i < spatial; ++i) order.push_back(3 + i);
    order.push_back(2);
    order.push_back(3 + spatial);
  };
  const NodeRef rows_of_taps = reshape(windows, shape_of(batch, groups, in, counts, taps)).node_ref();
  const Shape result = shape_of(batch, groups * out, counts);
  if (out == 1) {
    // Without rows to share windows it runs as a reduction, best in the order of its result: [batch, groups,
    // windows...].
    order_columns(0, 1);
    const Array each = broadcast_to(reshape(weight, {groups, in, taps}), {batch, groups, in, taps});
    return reshape(Array(build::contract(each.node_ref(), build::permute(rows_of_taps, order), 2, 2)), result);
  }
  // The windows of the whole batch are the columns of one product: [groups, out, batch, windows...].
  order_columns(1, 0);
  const Array product(
      build::contract(reshape(weight, {groups, out, in, taps}).node_ref(), build::permute(rows_of_taps, order), 1, 2));
  return reshape(moveaxis(product, 2, 0), result);
}

// weight [in, out, kernel...], in groups along the first axis -> [groups, in / groups, out, kernel...]
Array grouped(const Array& weight, std::int64_t groups) {
  return reshape(weight, shape_of(groups, weight.size(0) / groups, part_of(weight.shape(), 1, weight.rank())));
}

std::pair<Array, Array> promoted(const Array& a, const Array& b) {
  const DType dtype = promote(a.dtype(), b.dtype());
  return {astype(a, dtype), astype(b, dtype)};
}

Array convolved(std::string_view op, const Array& input, const Array& weight, const Array& bias,
                const ConvOptions& options, int spatial) {
  check_rank(op, input, weight, spatial);
  spatial = weight.rank() - 2;
  check_per_axis(op, "stride", options.stride, spatial, 1);
  check_per_axis(op, "dilation", options.dilation, spatial, 1);
  check_per_axis(op, "padding", options.padding.amount, spatial, 0);
  check_groups(op, weight, options.groups);
  if (input.size(1) != weight.size(1) * options.groups)
    fail<ShapeError>(
        "{}: input {} has {} channels, weight {} in {} groups takes {}; a weight is [out, in / groups, "
        "kernel...]",
        op, describe(input.node()), input.size(1), describe(weight.node()), options.groups,
        weight.size(1) * options.groups);
  const auto [x, w] = promoted(input, weight);
  const Paddings paddings = paddings_of(op, options, weight.shape());
  return with_bias(op, correlate(op, x, grouped(w, options.groups), paddings, options.stride, options.dilation), bias);
}

// With a stride of 1: each element of the result sees a window of the input, through the flipped kernel.
Array transposed_by_windows(std::string_view op, const Array& x, const Array& w, const ConvTransposeOptions& options) {
  const int spatial = x.rank() - 2;
  Paddings paddings;
  for (int i = 0; i < spatial; ++i) {
    const std::int64_t around = window_extent(w.size(i + 2), options.dilation[i]) - 1 - options.padding[i];
    paddings.push_back({around, around + options.output_padding[i]});
  }
  InlineVector<int, max_rank> flipped;
  for (int i = 0; i < spatial; ++i) flipped.push_back(i + 3);
  const Array kernels = flip(swapaxes(grouped(w, options.groups), 1, 2), Axes(std::span<const int>(flipped)));
  return correlate(op, x, kernels, paddings, 1, options.dilation);
}

// With any stride: the gradient of a convolution from `shape` by its input. The input's value plays no part.
Array transposed_by_gradient(std::string_view op, const Array& x, const Array& w, const ConvTransposeOptions& options,
                             const Shape& shape) {
  const Array input = zeros(shape, x.dtype());
  Paddings paddings;
  for (int i = 0; i < x.rank() - 2; ++i) paddings.push_back({options.padding[i], options.padding[i]});
  Array y = correlate(op, input, grouped(w, options.groups), paddings, options.stride, options.dilation);
  // Output padding beyond the stride has room for more windows.
  for (int axis = 2; axis < x.rank(); ++axis) y = narrow(y, axis, 0, x.size(axis));
  return vjp(std::span(&y, 1), std::span(&x, 1), std::span(&input, 1)).front();
}

Array transposed(std::string_view op, const Array& input, const Array& weight, const Array& bias,
                 const ConvTransposeOptions& options, int spatial) {
  check_rank(op, input, weight, spatial);
  spatial = weight.rank() - 2;
  check_per_axis(op, "stride", options.stride, spatial, 1);
  check_per_axis(op, "dilation", options.dilation, spatial, 1);
  check_per_axis(op, "padding", options.padding, spatial, 0);
  check_per_axis(op, "output padding", options.output_padding, spatial, 0);
  check_groups(op, weight, options.groups);
  if (input.size(1) != weight.size(0))
    fail<ShapeError>("{}: input {} has {} channels, weight {} takes {}; a weight is [in, out / groups, kernel...]", op,
                     describe(input.node()), input.size(1), describe(weight.node()), weight.size(0));
  const auto [x, w] = promoted(input, weight);
  if (!is_floating(x.dtype()))
    fail<DTypeError>("{}: input {} with weight {}; one of them must be floating", op, describe(input.node()),
                     describe(weight.node()));
  Shape shape{x.size(0), weight.size(1) * options.groups};
  bool has_stride = false;
  for (int i = 0; i < spatial; ++i) {
    const std::int64_t stride = options.stride[i], dilation = options.dilation[i], extra = options.output_padding[i];
    if (extra >= std::max(stride, dilation))
      fail<ValueError>("{}: an output padding of {} with stride {} and dilation {}; it must be less than one of them",
                       op, extra, stride, dilation);
    const std::int64_t size =
        (x.size(i + 2) - 1) * stride - 2 * options.padding[i] + window_extent(weight.size(i + 2), dilation) + extra;
    if (size < 1 || x.size(i + 2) == 0)
      fail<ShapeError>("{}: spatial axis {} of {} would have size {}; take less padding or a larger kernel", op, i,
                       describe(input.node()), size);
    shape.push_back(size);
    has_stride = has_stride || stride > 1;
  }
  const Array y =
      has_stride ? transposed_by_gradient(op, x, w, options, shape) : transposed_by_windows(op, x, w, options);
  return with_bias(op, y, bias);
}

}  // namespace

Array conv(const Array& input, const Array& weight, const Array& bias, const ConvOptions& options,
           std::source_location where) {
  const WhereScope scope(where);
  return convolved("conv", input, weight, bias, options, 0);
}

Array conv1d(const Array& input, const Array& weight, const Array& bias, const ConvOptions& options,
             std::source_location where) {
  const WhereScope scope(where);
  return convolved("conv1d", input, weight, bias, options, 1);
}

Array conv2d(const Array& input, const Array& weight, const Array& bias, const ConvOptions& options,
             std::source_location where) {
  const WhereScope scope(where);
  return convolved("conv2d", input, weight, bias, options, 2);
}

Array conv3d(const Array& input, const Array& weight, const Array& bias, const ConvOptions& options,
             std::source_location where) {
  const WhereScope scope(where);
  return convolved("conv3d", input, weight, bias, options, 3);
}

Array conv_transpose(const Array& input, const Array& weight, const Array& bias, const ConvTransposeOptions& options,
                     std::source_location where) {
  const WhereScope scope(where);
  return transposed("conv_transpose", input, weight, bias, options, 0);
}

Array conv_transpose1d(const Array& input, const Array& weight, const Array& bias, const ConvTransposeOptions& options,
                       std::source_location where) {
  const WhereScope scope(where);
  return transposed("conv_transpose1d", input, weight, bias, options, 1);
}

Array conv_transpose2d(const Array& input, const Array& weight, const Array& bias, const ConvTransposeOptions& options,
                       std::source_location where) {
  const WhereScope scope(where);
  return transposed("conv_transpose2d", input, weight, bias, options, 2);
}

Array conv_transpose3d(const Array& input, const Array& weight, const Array& bias, const ConvTransposeOptions& options,
                       std::source_location where) {
  const WhereScope scope(where);
  return transposed("conv_transpose3d", input, weight, bias, options, 3);
}

}  // namespace tenon
