// Convolutions. Options are template arguments, because the axes of the result follow from them.
#pragma once

#include "tenon/array/convolution.h"
#include "tenon/tensor/contract.h"

namespace tenon {

namespace detail {

// The axis on which windows slide: itself where there are as many windows as elements, else a number, or `any` where
// that is not known. Nothing fits: 0.
constexpr Axis windows_axis(const Axis& axis, const Axis& kernel, std::int64_t stride, std::int64_t dilation,
                            std::int64_t padding) {
  if (!kernel.is_fixed() || kernel.size() < 1) return any;
  if (stride == 1 && padding == window_extent(kernel.size(), dilation) - 1) return axis;
  if (!axis.is_fixed()) return any;
  const std::int64_t count = window_count(axis.size() + padding, kernel.size(), stride, dilation);
  return axis.size() == count ? axis : Axis(count);
}

constexpr Mistake per_axis_mistake(std::string_view op, std::string_view role, const PerAxis& numbers, int spatial,
                                   std::int64_t least) {
  if (!numbers.fits(spatial))
    return mistake(op, ": ", numbers.count, " numbers as ", role, " for ", spatial, " spatial axes");
  if (numbers.least() < least)
    return mistake(op, ": a ", role, " of ", numbers.least(), "; it must be at least ", least);
  return {};
}

// Keeps the first mistake.
constexpr void note(Plan& plan, const Mistake& made) {
  if (plan.mistake.empty()) plan.mistake = made;
}

constexpr void note_doubled_name(std::string_view op, Plan& plan) {
  if (const Axis* twice = doubled_name(plan.axes))
    note(plan, mistake(op, ": the result ", plan.axes, " has two axes ", twice->label()));
}

// What both kinds of convolution check and begin with: [batch, channels of the result].
constexpr Plan channels_plan(std::string_view op, int spatial, const AxisList& x, const AxisList& weight,
                             const AxisList& bias, bool has_bias, std::int64_t groups, bool is_transposed) {
  Plan plan = plan_for({x, weight, bias});
  if (x.rank != spatial + 2 || weight.rank != spatial + 2) {
    plan.mistake = mistake(op, ": ", x, " with weight ", weight, "; both have ", spatial + 2, " axes");
    plan.axes = x;
    return plan;
  }
  if (groups < 1) note(plan, mistake(op, ": ", groups, " groups; there must be at least 1"));
  if (!plan.mistake.empty()) {
    plan.axes = x;
    return plan;
  }
  const Axis &in = weight[is_transposed ? 0 : 1], &out = weight[is_transposed ? 1 : 0];
  const bool in_is_whole = is_transposed || groups == 1;
  const bool fits =
      in_is_whole ? unify(x[1], in).fits : !x[1].is_fixed() || !in.is_fixed() || x[1].size() == in.size() * groups;
  if (!fits)
    note(plan, mistake(op, ": channels ", x[1], " of ", x, " do not fit axis ", in, " of weight ", weight, " in ",
                       groups, groups == 1 ? " group" : " groups"));
  if (weight[0].is_fixed() && weight[0].size() % groups != 0)
    note(plan, mistake(op, ": axis ", weight[0], " of weight ", weight, " does not divide into ", groups, " groups"));
  Axis channels = out;
  if (is_transposed && groups > 1) channels = out.is_fixed() ? Axis(out.size() * groups) : any;
  if (has_bias) {
    const Unified unified = bias.rank == 1 ? unify(channels, bias[0]) : Unified{false, channels};
    if (!unified.fits)
      note(plan, mistake(op, ": weight ", weight, " with bias ", bias, "; a bias is [", channels.view(), "]"));
    channels = unified.axis;
  }
  plan.axes = {x[0], channels};
  return plan;
}

constexpr Plan conv_plan(std::string_view op, int spatial, const AxisList& x, const AxisList& weight,
                         const AxisList& bias, bool has_bias, const ConvOptions& options) {
  Plan plan = channels_plan(op, spatial, x, weight, bias, has_bias, options.groups, false);
  note(plan, per_axis_mistake(op, "stride", options.stride, spatial, 1));
  note(plan, per_axis_mistake(op, "dilation", options.dilation, spatial, 1));
  note(plan, per_axis_mistake(op, "padding", options.padding.amount, spatial, 0));
  if (!plan.mistake.empty()) return plan;
  for (int i = 0; i < spatial; ++i) {
    const Axis &axis = x[i + 2], &kernel = weight[i + 2];
    if (options.padding.is_same) {
      if (options.stride[i] != 1)
        note(plan, mistake(op, ": padding `same` needs a stride of 1, not ", options.stride[i]));
      plan.axes.push_back(axis);
      continue;
    }
    plan.axes.push_back(
        windows_axis(axis, kernel, options.stride[i], options.dilation[i], 2 * options.padding.amount[i]));
    if (plan.axes[i + 2] == Axis(0))
      note(plan,
           mistake(op, ": a window of ", kernel, " elements, ", options.dilation[i], " apart, is longer than axis ",
                   axis, " of ", x, " with a padding of ", options.padding.amount[i]));
  }
  note_doubled_name(op, plan);
  return plan;
}

constexpr Plan conv_transpose_plan(std::string_view op, int spatial, const AxisList& x, const AxisList& weight,
                                   const AxisList& bias, bool has_bias, const ConvTransposeOptions& options) {
  Plan plan = channels_plan(op, spatial, x, weight, bias, has_bias, options.groups, true);
  note(plan, per_axis_mistake(op, "stride", options.stride, spatial, 1));
  note(plan, per_axis_mistake(op, "dilation", options.dilation, spatial, 1));
  note(plan, per_axis_mistake(op, "padding", options.padding, spatial, 0));
  note(plan, per_axis_mistake(op, "output padding", options.output_padding, spatial, 0));
  if (!plan.mistake.empty()) return plan;
  for (int i = 0; i < spatial; ++i) {
    const std::int64_t stride = options.stride[i], dilation = options.dilation[i], extra = options.output_padding[i];
    const Axis &axis = x[i + 2], &kernel = weight[i + 2];
    if (extra >= stride && extra >= dilation)
      note(plan, mistake(op, ": an output padding of ", extra, " is not less than the stride or the dilation"));
    if (!kernel.is_fixed()) {
      plan.axes.push_back(any);
      continue;
    }
    const std::int64_t more = window_extent(kernel.size(), dilation) - 2 * options.padding[i] + extra;
    if (stride == 1 && more == 1) {
      plan.axes.push_back(axis);
    } else if (!axis.is_fixed()) {
      plan.axes.push_back(any);
    } else if (const std::int64_t size = (axis.size() - 1) * stride + more; size < 1) {
      note(plan, mistake(op, ": axis ", axis, " of ", x, " would get a size of ", size));
    } else {
      plan.axes.push_back(size == axis.size() ? axis : Axis(size));
    }
  }
  note_doubled_name(op, plan);
  return plan;
}

struct NoBias {};
template <class Bias>
inline constexpr AxisList bias_axes = AxisList();
template <TensorType Bias>
inline constexpr AxisList bias_axes<Bias> = Bias::axes;

inline constexpr std::string_view conv_names[] = {"conv", "conv1d", "conv2d", "conv3d"};
inline constexpr std::string_view conv_transpose_names[] = {"conv_transpose", "conv_transpose1d", "conv_transpose2d",
                                                            "conv_transpose3d"};

// The typed op around f, which calls the op on Arrays.
template <const Plan& plan, class X, class Weight, class Bias, class F>
auto convolution(std::string_view op, const X& x, const Weight& weight, const Bias& bias,
                 const std::source_location& where, F f) {
  using Result = TensorOf<typename X::Element, plan.axes>;
  if constexpr (std::is_same_v<Bias, NoBias>)
    return checked<Result, plan>(op, where, [&] { return f(Array()); }, x, weight);
  else
    return checked<Result, plan>(op, where, [&] { return f(bias.array()); }, x, weight, bias);
}

template <class X, class Weight, class Bias>
constexpr Mistake operand_types(std::string_view op) {
  const Mistake weights = unequal_types(op, X::dtype, Weight::dtype);
  if (!weights.empty()) return weights;
  if constexpr (std::is_same_v<Bias, NoBias>)
    return {};
  else
    return unequal_types(op, X::dtype, Bias::dtype);
}

// The spatial axes of x; a rank that has none is found wrong as one with one.
template <class X>
inline constexpr int spatial_axes = X::rank < 3                      ? 1
                                    : X::rank > max_spatial_axes + 2 ? max_spatial_axes
                                                                     : X::rank - 2;

template <int spatial, ConvOptions options, class X, class Weight, class Bias>
auto convolved(const X& x, const Weight& weight, const Bias& bias, const std::source_location& where) {
  static constexpr std::string_view op = conv_names[spatial];
  static constexpr Plan plan =
      conv_plan(op, spatial, X::axes, Weight::axes, bias_axes<Bias>, !std::is_same_v<Bias, NoBias>, options);
  require<operand_types<X, Weight, Bias>(op)>();
  require<plan.mistake>();
  return convolution<plan>(op, x, weight, bias, where,
                           [&](const Array& last) { return conv(x.array(), weight.array(), last, options, where); });
}

template <int spatial, ConvTransposeOptions options, class X, class Weight, class Bias>
auto convolved_transposed(const X& x, const Weight& weight, const Bias& bias, const std::source_location& where) {
  static constexpr std::string_view op = conv_transpose_names[spatial];
  static constexpr Plan plan =
      conv_transpose_plan(op, spatial, X::axes, Weight::axes, bias_axes<Bias>, !std::is_same_v<Bias, NoBias>, options);
  require<operand_types<X, Weight, Bias>(op)>();
  require<plan.mistake>();
  return convolution<plan>(op, x, weight, bias, where, [&](const Array& last) {
    return conv_transpose(x.array(), weight.array(), last, options, where);
  });
}

}  // namespace detail

/// x [batch, in, spatial...], weight [out, in / groups, kernel...], bias [out] -> [batch, out, spatial...]:
/// conv2d<ConvOptions{.stride = 2, .padding = 1}>(x, weight, bias). Batch and channels keep their names, and spatial
/// axes theirs where stride 1 and the padding keep their size; other sizes are numbers where they are known at compile
/// time, and `any` where not.
template <ConvOptions options = ConvOptions{}, TensorType X, TensorType Weight, TensorType Bias>
auto conv1d(const X& x, const Weight& weight, const Bias& bias,
            std::source_location where = std::source_location::current()) {
  return detail::convolved<1, options>(x, weight, bias, where);
}
template <ConvOptions options = ConvOptions{}, TensorType X, TensorType Weight>
auto conv1d(const X& x, const Weight& weight, std::source_location where = std::source_location::current()) {
  return detail::convolved<1, options>(x, weight, detail::NoBias(), where);
}
template <ConvOptions options = ConvOptions{}, TensorType X, TensorType Weight, TensorType Bias>
auto conv2d(const X& x, const Weight& weight, const Bias& bias,
            std::source_location where = std::source_location::current()) {
  return detail::convolved<2, options>(x, weight, bias, where);
}
template <ConvOptions options = ConvOptions{}, TensorType X, TensorType Weight>
auto conv2d(const X& x, const Weight& weight, std::source_location where = std::source_location::current()) {
  return detail::convolved<2, options>(x, weight, detail::NoBias(), where);
}
template <ConvOptions options = ConvOptions{}, TensorType X, TensorType Weight, TensorType Bias>
auto conv3d(const X& x, const Weight& weight, const Bias& bias,
            std::source_location where = std::source_location::current()) {
  return detail::convolved<3, options>(x, weight, bias, where);
}
template <ConvOptions options = ConvOptions{}, TensorType X, TensorType Weight>
auto conv3d(const X& x, const Weight& weight, std::source_location where = std::source_location::current()) {
  return detail::convolved<3, options>(x, weight, detail::NoBias(), where);
}

/// Whichever of the three x has the axes of.
template <ConvOptions options = ConvOptions{}, TensorType X, TensorType Weight, TensorType Bias>
auto conv(const X& x, const Weight& weight, const Bias& bias,
          std::source_location where = std::source_location::current()) {
  return detail::convolved<detail::spatial_axes<X>, options>(x, weight, bias, where);
}
template <ConvOptions options = ConvOptions{}, TensorType X, TensorType Weight>
auto conv(const X& x, const Weight& weight, std::source_location where = std::source_location::current()) {
  return detail::convolved<detail::spatial_axes<X>, options>(x, weight, detail::NoBias(), where);
}

/// x [batch, in, spatial...], weight [in, out / groups, kernel...], bias [out] -> [batch, out, spatial...]; the axes as
/// of `conv2d`.
template <ConvTransposeOptions options = ConvTransposeOptions{}, TensorType X, TensorType Weight, TensorType Bias>
auto conv_transpose1d(const X& x, const Weight& weight, const Bias& bias,
                      std::source_location where = std::source_location::current()) {
  return detail::convolved_transposed<1, options>(x, weight, bias, where);
}
template <ConvTransposeOptions options = ConvTransposeOptions{}, TensorType X, TensorType Weight>
auto conv_transpose1d(const X& x, const Weight& weight, std::source_location where = std::source_location::current()) {
  return detail::convolved_transposed<1, options>(x, weight, detail::NoBias(), where);
}
template <ConvTransposeOptions options = ConvTransposeOptions{}, TensorType X, TensorType Weight, TensorType Bias>
auto conv_transpose2d(const X& x, const Weight& weight, const Bias& bias,
                      std::source_location where = std::source_location::current()) {
  return detail::convolved_transposed<2, options>(x, weight, bias, where);
}
template <ConvTransposeOptions options = ConvTransposeOptions{}, TensorType X, TensorType Weight>
auto conv_transpose2d(const X& x, const Weight& weight, std::source_location where = std::source_location::current()) {
  return detail::convolved_transposed<2, options>(x, weight, detail::NoBias(), where);
}
template <ConvTransposeOptions options = ConvTransposeOptions{}, TensorType X, TensorType Weight, TensorType Bias>
auto conv_transpose3d(const X& x, const Weight& weight, const Bias& bias,
                      std::source_location where = std::source_location::current()) {
  return detail::convolved_transposed<3, options>(x, weight, bias, where);
}
template <ConvTransposeOptions options = ConvTransposeOptions{}, TensorType X, TensorType Weight>
auto conv_transpose3d(const X& x, const Weight& weight, std::source_location where = std::source_location::current()) {
  return detail::convolved_transposed<3, options>(x, weight, detail::NoBias(), where);
}
template <ConvTransposeOptions options = ConvTransposeOptions{}, TensorType X, TensorType Weight, TensorType Bias>
auto conv_transpose(const X& x, const Weight& weight, const Bias& bias,
                    std::source_location where = std::source_location::current()) {
  return detail::convolved_transposed<detail::spatial_axes<X>, options>(x, weight, bias, where);
}
template <ConvTransposeOptions options = ConvTransposeOptions{}, TensorType X, TensorType Weight>
auto conv_transpose(const X& x, const Weight& weight, std::source_location where = std::source_location::current()) {
  return detail::convolved_transposed<detail::spatial_axes<X>, options>(x, weight, detail::NoBias(), where);
}

}  // namespace tenon
