#include "tenon/array/convolution.h"

#include "tenon/array/create.h"
#include "tenon/array/custom_function.h"
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

// What a convolution does, whatever its tensors hold.
struct Correlation {
  std::string op;
  Paddings paddings;
  PerAxis stride, dilation;
};

// input [batch, groups * in, spatial...] -> its windows [batch, groups, in, windows..., taps], a view, where weight is
// [groups, out, in, kernel...].
Array windows_of_groups(const Correlation& c, const Array& input, const Array& weight) {
  const Array padded = padded_spatially(input, c.paddings, 0);
  const std::int64_t batch = input.size(0), groups = weight.size(0), in = weight.size(2);
  const int spatial = input.rank() - 2;
  const Shape kernel = part_of(weight.shape(), 3, weight.rank());
  const Array rows = reshape(padded, shape_of(batch * groups * in, part_of(padded.shape(), 2, padded.rank())));
  const Array windows = windows_of(c.op, rows, PerAxis(std::span<const std::int64_t>(kernel)), c.stride, c.dilation);
  return reshape(windows, shape_of(batch, groups, in, part_of(windows.shape(), 1, spatial + 1), kernel.elements()));
}

// Axes of the windows of groups: `first` of [batch, groups, in], then windows..., the rest of `last`, taps where -1.
using Order = InlineVector<int, max_rank>;
Order ordered(std::initializer_list<int> before, int spatial, std::initializer_list<int> after) {
  const auto placed = [&](int axis) { return axis < 0 ? 3 + spatial : axis; };
  Order order;
  for (const int axis : before) order.push_back(placed(axis));
  for (int i = 0; i < spatial; ++i) order.push_back(3 + i);
  for (const int axis : after) order.push_back(placed(axis));
  return order;
}
constexpr int taps_axis = -1;

// input [batch, groups * in, spatial...], weight [groups, out, in, kernel...] -> [batch, groups * out, windows...]
Array product_with_windows(const Correlation& c, const Array& input, const Array& weight) {
  const std::int64_t batch = input.size(0), groups = weight.size(0), out = weight.size(1), in = weight.size(2);
  const int spatial = input.rank() - 2;
  const Array windows = windows_of_groups(c, input, weight);
  const std::int64_t taps = windows.size(windows.rank() - 1);
  const Shape result = shape_of(batch, groups * out, part_of(windows.shape(), 3, 3 + spatial));
  if (out == 1) {
    // Without rows to share windows it runs as a reduction, best in the order of its result: [batch, groups,
    // windows...].
    const Array each = broadcast_to(reshape(weight, {groups, in, taps}), {batch, groups, in, taps});
    const NodeRef columns = build::permute(windows.node_ref(), ordered({0, 1}, spatial, {2, taps_axis}));
    return reshape(Array(build::contract(each.node_ref(), columns, 2, 2)), result);
  }
  // The windows of the whole batch are the columns of one product: [groups, out, batch, windows...].
  const NodeRef columns = build::permute(windows.node_ref(), ordered({1, 0}, spatial, {2, taps_axis}));
  const Array product(build::contract(reshape(weight, {groups, out, in, taps}).node_ref(), columns, 1, 2));
  return reshape(moveaxis(product, 2, 0), result);
}

Array correlate(const Correlation& c, const Array& input, const Array& weight);

// The kernel of the correlation that undoes this one: weight [groups, out, in, kernel...] -> [groups, in, out, ...].
Array flipped(const Array& weight) {
  InlineVector<int, max_rank> axes;
  for (int axis = 3; axis < weight.rank(); ++axis) axes.push_back(axis);
  return flip(swapaxes(weight, 1, 2), Axes(std::span<const int>(axes)));
}

// With a stride of 1, each element of the input is seen by a window of results, through the flipped kernel.
Array gradient_by_input(const Correlation& c, const Array& weight, const Array& cotangent) {
  Correlation back = c;
  for (std::size_t i = 0; i < c.paddings.size(); ++i) {
    const int axis = static_cast<int>(i);
    const std::int64_t around = window_extent(weight.size(axis + 3), c.dilation[axis]) - 1;
    back.paddings[i] = {around - c.paddings[i].before, around - c.paddings[i].after};
  }
  return correlate(back, cotangent, flipped(weight));
}

// cotangent [batch, groups * out, windows...] -> [groups, out, in, kernel...]: a product over all windows of the batch.
Array gradient_by_weight(const Correlation& c, const Array& input, const Array& weight, const Array& cotangent) {
  const int spatial = input.rank() - 2;
  const Array rows = moveaxis(reshape(cotangent, shape_of(input.size(0), weight.size(0), weight.size(1),
                                                          part_of(cotangent.shape(), 2, cotangent.rank()))),
                              0, 2);
  const NodeRef columns =
      build::permute(windows_of_groups(c, input, weight).node_ref(), ordered({1, 2, taps_axis, 0}, spatial, {}));
  return reshape(Array(build::contract(rows.node_ref(), columns, 1, 1 + spatial)), weight.shape());
}

// input [batch, groups * in, spatial...], weight [groups, out, in, kernel...] -> [batch, groups * out, windows...].
// With a stride of 1 both gradients are contractions of their own; what follows from the view of the windows would
// write the products for every window and sum them up.
Array correlate(const Correlation& c, const Array& input, const Array& weight) {
  std::int64_t taps = 1;
  bool has_stride = false;
  for (int axis = 3; axis < weight.rank(); ++axis) {
    taps *= weight.size(axis);
    has_stride = has_stride || c.stride[axis - 3] > 1;
  }
  if (has_stride || taps == 1 || !is_floating(input.dtype())) return product_with_windows(c, input, weight);
  const Array inputs[] = {input, weight};
  return detail::call_custom(
             inputs,
             [&c](const std::vector<Array>& x) { return std::vector<Array>{product_with_windows(c, x[0], x[1])}; },
             [c](const std::vector<Array>& x, const std::vector<Array>&, const std::vector<Array>& cotangents) {
               return std::vector<Array>{gradient_by_input(c, x[1], cotangents[0]),
                                         gradient_by_weight(c, x[0], x[1], cotangents[0])};
             },
             WhereScope::current())
      .front();
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
  const Correlation correlation{std::string(op), paddings, options.stride, options.dilation};
  return with_bias(op, correlate(correlation, x, grouped(w, options.groups)), bias);
}

// With a stride of 1: each element of the result sees a window of the input, through the flipped kernel.
Array transposed_by_windows(std::string_view op, const Array& x, const Array& w, const ConvTransposeOptions& options) {
  const int spatial = x.rank() - 2;
  Paddings paddings;
  for (int i = 0; i < spatial; ++i) {
    const std::int64_t around = window_extent(w.size(i + 2), options.dilation[i]) - 1 - options.padding[i];
    paddings.push_back({around, around + options.output_padding[i]});
  }
  return correlate({std::string(op), paddings, 1, options.dilation}, x, flipped(grouped(w, options.groups)));
}

// With any stride: the gradient of a convolution from `shape` by its input. The input's value plays no part.
Array transposed_by_gradient(std::string_view op, const Array& x, const Array& w, const ConvTransposeOptions& options,
                             const Shape& shape) {
  const Array input = zeros(shape, x.dtype());
  Paddings paddings;
  for (int i = 0; i < x.rank() - 2; ++i) paddings.push_back({options.padding[i], options.padding[i]});
  Array y = correlate({std::string(op), paddings, options.stride, options.dilation}, input, grouped(w, options.groups));
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
