// Losses beside `cross_entropy` and `mse_loss` of neural.h: the mean over all elements.
#pragma once

#include "tenon/array/loss.h"
#include "tenon/tensor/neural.h"

namespace tenon {

namespace detail {

// Prediction and target with the same axes: nothing is broadcast.
constexpr Plan loss_plan(std::string_view op, const AxisList& a, const AxisList& b) {
  Plan plan = plan_for({a, b});
  bool fits = a.rank == b.rank;
  for (int i = 0; fits && i < a.rank; ++i) fits = unify(a[i], b[i]).fits;
  if (!fits) plan.mistake = mistake(op, ": prediction ", a, " and target ", b, " differ");
  return plan;
}

// Weights of the classes of an axis of x.
constexpr LossPlan class_weights_plan(std::string_view op, const AxisList& x, const AxisList& targets,
                                      const AxisRef& classes, const AxisList& weight) {
  LossPlan plan = cross_entropy_plan(x, targets, classes, op);
  if (!plan.mistake.empty()) return plan;
  if (weight.rank != 1 || !unify(x[plan.position], weight[0]).fits)
    plan.mistake = mistake(op, ": weight ", weight, " does not fit axis ", x[plan.position], " of ", x);
  const Plan names = plan_for({x, targets, weight});
  plan.checks = names.checks;
  return plan;
}

// The classes' axis last, and all others as one: [n, classes].
template <class X>
Array class_rows(const X& x, int position, const Array& targets, const std::source_location& where) {
  const Array last = position == X::rank - 1 ? x.array() : moved_to_last(x.array(), position, where);
  return reshape(last, {targets.elements(), last.size(-1)}, where);
}

template <const Plan& plan, class X, class Y, class F>
auto loss(std::string_view op, const X& x, const Y& y, const std::source_location& where, F f) {
  if constexpr (plan.checks.count > 0) check_sizes(op, plan.checks, {bound(x), bound(y)}, where);
  return Tensor<FloatingType<typename X::Element>>::unchecked(f(x.array(), y.array()));
}

}  // namespace detail

/// Mean of |prediction - target|.
template <TensorType Prediction, TensorType Target>
auto l1_loss(const Prediction& prediction, const Target& target,
             std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan = detail::loss_plan("l1_loss", Prediction::axes, Target::axes);
  detail::require<detail::unequal_types("l1_loss", Prediction::dtype, Target::dtype)>();
  detail::require<plan.mistake>();
  return detail::loss<plan>("l1_loss", prediction, target, where,
                            [&](const Array& x, const Array& y) { return l1_loss(x, y, LossReduction::mean, where); });
}
/// With d = |prediction - target|: d^2 / (2 beta) where d < beta, d - beta / 2 elsewhere.
template <TensorType Prediction, TensorType Target>
auto smooth_l1_loss(const Prediction& prediction, const Target& target, double beta = 1,
                    std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan = detail::loss_plan("smooth_l1_loss", Prediction::axes, Target::axes);
  detail::require<detail::unequal_types("smooth_l1_loss", Prediction::dtype, Target::dtype)>();
  detail::require<plan.mistake>();
  return detail::loss<plan>("smooth_l1_loss", prediction, target, where, [&](const Array& x, const Array& y) {
    return smooth_l1_loss(x, y, beta, LossReduction::mean, where);
  });
}
/// With d = |prediction - target|: d^2 / 2 where d <= delta, delta * (d - delta / 2) elsewhere.
template <TensorType Prediction, TensorType Target>
auto huber_loss(const Prediction& prediction, const Target& target, double delta = 1,
                std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan = detail::loss_plan("huber_loss", Prediction::axes, Target::axes);
  detail::require<detail::unequal_types("huber_loss", Prediction::dtype, Target::dtype)>();
  detail::require<plan.mistake>();
  return detail::loss<plan>("huber_loss", prediction, target, where, [&](const Array& x, const Array& y) {
    return huber_loss(x, y, delta, LossReduction::mean, where);
  });
}
/// Of probabilities sigmoid(logits), without overflow.
template <TensorType Logits, TensorType Target>
auto binary_cross_entropy_with_logits(const Logits& logits, const Target& target,
                                      std::source_location where = std::source_location::current()) {
  static constexpr std::string_view op = "binary_cross_entropy_with_logits";
  static constexpr detail::Plan plan = detail::loss_plan(op, Logits::axes, Target::axes);
  detail::require<detail::unequal_types(op, Logits::dtype, Target::dtype)>();
  detail::require<plan.mistake>();
  return detail::loss<plan>(op, logits, target, where, [&](const Array& x, const Array& y) {
    return binary_cross_entropy_with_logits(x, y, LossReduction::mean, where);
  });
}

/// The mean of -log_probabilities at the targets, over the classes of an axis, as `cross_entropy`: nll_loss<"vocab">(
/// log_softmax<"vocab">(logits), targets). Targets are int32 or int64.
template <AxisRef classes = -1, TensorType X, TensorType Targets>
auto nll_loss(const X& log_probabilities, const Targets& targets,
              std::source_location where = std::source_location::current()) {
  static constexpr detail::LossPlan plan = detail::cross_entropy_plan(X::axes, Targets::axes, classes, "nll_loss");
  detail::require<detail::not_indices("nll_loss", Targets::dtype)>();
  detail::require<plan.mistake>();
  if constexpr (plan.checks.count > 0)
    detail::check_sizes("nll_loss", plan.checks, {detail::bound(log_probabilities), detail::bound(targets)}, where);
  const Array last = plan.position == X::rank - 1
                         ? log_probabilities.array()
                         : detail::moved_to_last(log_probabilities.array(), plan.position, where);
  return Tensor<detail::FloatingType<typename X::Element>>::unchecked(
      nll_loss(reshape(last, {targets.elements(), last.size(-1)}, where),
               reshape(targets.array(), {targets.elements()}, where), LossReduction::mean, where));
}

/// With a weight [classes] for each class; the mean is divided by the sum of the targets' weights.
template <AxisRef classes = -1, TensorType X, TensorType Targets, TensorType Weight>
auto nll_loss(const X& log_probabilities, const Targets& targets, const Weight& weight,
              std::source_location where = std::source_location::current()) {
  static constexpr detail::LossPlan plan =
      detail::class_weights_plan("nll_loss", X::axes, Targets::axes, classes, Weight::axes);
  detail::require<detail::not_indices("nll_loss", Targets::dtype)>();
  detail::require<plan.mistake>();
  if constexpr (plan.checks.count > 0)
    detail::check_sizes("nll_loss", plan.checks,
                        {detail::bound(log_probabilities), detail::bound(targets), detail::bound(weight)}, where);
  return Tensor<detail::FloatingType<typename X::Element>>::unchecked(
      nll_loss(detail::class_rows(log_probabilities, plan.position, targets.array(), where),
               reshape(targets.array(), {targets.elements()}, where), {.weight = weight.array()}, where));
}
template <AxisRef classes = -1, TensorType Logits, TensorType Targets, TensorType Weight>
auto cross_entropy(const Logits& logits, const Targets& targets, const Weight& weight,
                   std::source_location where = std::source_location::current()) {
  static constexpr detail::LossPlan plan =
      detail::class_weights_plan("cross_entropy", Logits::axes, Targets::axes, classes, Weight::axes);
  detail::require<detail::not_indices("cross_entropy", Targets::dtype)>();
  detail::require<plan.mistake>();
  if constexpr (plan.checks.count > 0)
    detail::check_sizes("cross_entropy", plan.checks,
                        {detail::bound(logits), detail::bound(targets), detail::bound(weight)}, where);
  return Tensor<detail::FloatingType<typename Logits::Element>>::unchecked(
      cross_entropy(detail::class_rows(logits, plan.position, targets.array(), where),
                    reshape(targets.array(), {targets.elements()}, where), {.weight = weight.array()}, where));
}

}  // namespace tenon
