// Normalisation over batches and groups. layer_norm and rms_norm are in neural.h.
#pragma once

#include "tenon/array/normalization.h"
#include "tenon/tensor/contract.h"

namespace tenon {

namespace detail {

// x [batch, channels, ...] with parameters [channels]. Sizes that only run time knows are checked by the op on Arrays.
template <std::size_t N>
constexpr Plan channels_norm_plan(std::string_view op, const AxisList& x, const std::array<AxisList, N>& parameters,
                                  std::int64_t groups = 1) {
  Plan plan = plan_for({x});
  plan.axes = x;
  if (x.rank < 2) {
    plan.mistake = mistake(op, ": ", x, " is not [batch, channels, ...]");
    return plan;
  }
  for (const AxisList& parameter : parameters) {
    if (plan.mistake.empty() && (parameter.rank != 1 || !unify(x[1], parameter[0]).fits))
      plan.mistake = mistake(op, ": a parameter is ", parameter, ", not [", x[1].view(), "], the channels of ", x);
  }
  if (groups < 1 || (x[1].is_fixed() && x[1].size() % groups != 0))
    plan.mistake = mistake(op, ": channels ", x[1], " of ", x, " do not divide into ", groups, " groups");
  return plan;
}

template <class X, class... Parameters>
constexpr Mistake norm_types(std::string_view op) {
  Mistake made = not_floating(op, X::dtype);
  ((made = made.empty() ? unequal_types(op, X::dtype, Parameters::dtype) : made), ...);
  return made;
}

}  // namespace detail

/// A batch normalised by its own statistics, and the running ones after it.
template <TensorType X, TensorType Mean, TensorType Var>
struct TypedBatchNormResult {
  X y;
  Mean running_mean;
  Var running_var;
};

/// Training: x [batch, channels, ...], all others [channels].
template <TensorType X, TensorType Mean, TensorType Var, TensorType Weight, TensorType Bias>
auto batch_norm_training(const X& x, const Mean& running_mean, const Var& running_var, const Weight& weight,
                         const Bias& bias, const BatchNormOptions& options = {},
                         std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan =
      detail::channels_norm_plan("batch_norm", X::axes, std::array{Mean::axes, Var::axes, Weight::axes, Bias::axes});
  detail::require<detail::norm_types<X, Mean, Var, Weight, Bias>("batch_norm")>();
  detail::require<plan.mistake>();
  const BatchNormResult result = batch_norm_training(x.array(), running_mean.array(), running_var.array(),
                                                     weight.array(), bias.array(), options, where);
  return TypedBatchNormResult<X, Mean, Var>{X::unchecked(result.y), Mean::unchecked(result.running_mean),
                                            Var::unchecked(result.running_var)};
}
/// Without weight and bias.
template <TensorType X, TensorType Mean, TensorType Var>
auto batch_norm_training(const X& x, const Mean& running_mean, const Var& running_var,
                         const BatchNormOptions& options = {},
                         std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan =
      detail::channels_norm_plan("batch_norm", X::axes, std::array{Mean::axes, Var::axes});
  detail::require<detail::norm_types<X, Mean, Var>("batch_norm")>();
  detail::require<plan.mistake>();
  const BatchNormResult result =
      batch_norm_training(x.array(), running_mean.array(), running_var.array(), {}, {}, options, where);
  return TypedBatchNormResult<X, Mean, Var>{X::unchecked(result.y), Mean::unchecked(result.running_mean),
                                            Var::unchecked(result.running_var)};
}
/// Evaluation: by the running statistics.
template <TensorType X, TensorType Mean, TensorType Var, TensorType Weight, TensorType Bias>
auto batch_norm(const X& x, const Mean& running_mean, const Var& running_var, const Weight& weight, const Bias& bias,
                double eps = 1e-5, std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan =
      detail::channels_norm_plan("batch_norm", X::axes, std::array{Mean::axes, Var::axes, Weight::axes, Bias::axes});
  detail::require<detail::norm_types<X, Mean, Var, Weight, Bias>("batch_norm")>();
  detail::require<plan.mistake>();
  return X::unchecked(
      batch_norm(x.array(), running_mean.array(), running_var.array(), weight.array(), bias.array(), eps, where));
}

template <TensorType X, TensorType Mean, TensorType Var>
auto batch_norm(const X& x, const Mean& running_mean, const Var& running_var, double eps = 1e-5,
                std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan =
      detail::channels_norm_plan("batch_norm", X::axes, std::array{Mean::axes, Var::axes});
  detail::require<detail::norm_types<X, Mean, Var>("batch_norm")>();
  detail::require<plan.mistake>();
  return X::unchecked(batch_norm(x.array(), running_mean.array(), running_var.array(), {}, {}, eps, where));
}

/// The channels of x [batch, channels, ...] in groups, each normalised by itself: group_norm<32>(x, weight, bias).
template <std::int64_t groups, TensorType X, TensorType Weight, TensorType Bias>
auto group_norm(const X& x, const Weight& weight, const Bias& bias, double eps = 1e-5,
                std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan =
      detail::channels_norm_plan("group_norm", X::axes, std::array{Weight::axes, Bias::axes}, groups);
  detail::require<detail::norm_types<X, Weight, Bias>("group_norm")>();
  detail::require<plan.mistake>();
  return X::unchecked(group_norm(x.array(), groups, weight.array(), bias.array(), eps, where));
}

template <std::int64_t groups, TensorType X>
auto group_norm(const X& x, double eps = 1e-5, std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan =
      detail::channels_norm_plan("group_norm", X::axes, std::array<AxisList, 0>(), groups);
  detail::require<detail::norm_types<X>("group_norm")>();
  detail::require<plan.mistake>();
  return X::unchecked(group_norm(x.array(), groups, {}, {}, eps, where));
}

/// Each channel of each example normalised by itself.
template <TensorType X, TensorType Weight, TensorType Bias>
auto instance_norm(const X& x, const Weight& weight, const Bias& bias, double eps = 1e-5,
                   std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan =
      detail::channels_norm_plan("instance_norm", X::axes, std::array{Weight::axes, Bias::axes});
  detail::require<detail::norm_types<X, Weight, Bias>("instance_norm")>();
  detail::require<plan.mistake>();
  return X::unchecked(instance_norm(x.array(), weight.array(), bias.array(), eps, where));
}
template <TensorType X>
auto instance_norm(const X& x, double eps = 1e-5, std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan = detail::channels_norm_plan("instance_norm", X::axes, std::array<AxisList, 0>());
  detail::require<detail::norm_types<X>("instance_norm")>();
  detail::require<plan.mistake>();
  return X::unchecked(instance_norm(x.array(), {}, {}, eps, where));
}

}  // namespace tenon
