// Losses beside `cross_entropy` and `mse_loss` of neural.h: the mean over all elements, or what the reduction says.
// It is a template argument because the axes follow from it: l1_loss<LossReduction::none>(x, y) has those of x.
#pragma once

#include "tenon/array/loss.h"
#include "tenon/tensor/neural.h"

namespace tenon {

namespace detail {

// Prediction and target with the same axes: nothing is broadcast.
constexpr Plan loss_plan(std::string_view op, const AxisList& a, const AxisList& b) {
  Plan plan = plan_for({a, b});
  bool fits = a.rank == b.rank;
  for (int i = 0; fits && i < a.rank; ++i) {
    const Unified unified = unify(a[i], b[i]);
    fits = unified.fits;
    plan.axes.push_back(unified.axis);
  }
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

template <LossReduction reduction, const Plan& plan, class X, class Y, class F>
auto loss(std::string_view op, const X& x, const Y& y, const std::source_location& where, F f) {
  using T = FloatingType<typename X::Element>;
  if constexpr (plan.checks.count > 0) check_sizes(op, plan.checks, {bound(x), bound(y)}, where);
  if constexpr (reduction == LossReduction::none)
    return result<TensorOf<T, plan.axes>, plan.has_any>(f(x.array(), y.array()), where);
  else
    return Tensor<T>::unchecked(f(x.array(), y.array()));
}

// f of x as rows of classes and of the targets as one axis; without a reduction, what it gives has the targets' axes.
template <LossReduction reduction, const LossPlan& plan, class X, class Targets, class F>
auto class_loss(const X& x, const Targets& targets, const std::source_location& where, F f) {
  using T = FloatingType<typename X::Element>;
  const Array losses =
      f(class_rows(x, plan.position, targets.array(), where), reshape(targets.array(), {targets.elements()}, where));
  if constexpr (reduction == LossReduction::none)
    return result<TensorOf<T, plan.axes>, plan.has_any>(reshape(losses, targets.shape(), where), where);
  else
    return Tensor<T>::unchecked(losses);
}

}  // namespace detail

/// |prediction - target|
template <LossReduction reduction = LossReduction::mean, TensorType Prediction, TensorType Target>
auto l1_loss(const Prediction& prediction, const Target& target,
             std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan = detail::loss_plan("l1_loss", Prediction::axes, Target::axes);
  detail::require<detail::unequal_types("l1_loss", Prediction::dtype, Target::dtype)>();
  detail::require<plan.mistake>();
  return detail::loss<reduction, plan>("l1_loss", prediction, target, where,
                                       [&](const Array& x, const Array& y) { return l1_loss(x, y, reduction, where); });
}
/// With d = |prediction - target|: d^2 / (2 beta) where d < beta, d - beta / 2 elsewhere.
template <LossReduction reduction = LossReduction::mean, TensorType Prediction, TensorType Target>
auto smooth_l1_loss(const Prediction& prediction, const Target& target, double beta = 1,
                    std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan = detail::loss_plan("smooth_l1_loss", Prediction::axes, Target::axes);
  detail::require<detail::unequal_types("smooth_l1_loss", Prediction::dtype, Target::dtype)>();
  detail::require<plan.mistake>();
  return detail::loss<reduction, plan>(
      "smooth_l1_loss", prediction, target, where,
      [&](const Array& x, const Array& y) { return smooth_l1_loss(x, y, beta, reduction, where); });
}
/// With d = |prediction - target|: d^2 / 2 where d <= delta, delta * (d - delta / 2) elsewhere.
template <LossReduction reduction = LossReduction::mean, TensorType Prediction, TensorType Target>
auto huber_loss(const Prediction& prediction, const Target& target, double delta = 1,
                std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan = detail::loss_plan("huber_loss", Prediction::axes, Target::axes);
  detail::require<detail::unequal_types("huber_loss", Prediction::dtype, Target::dtype)>();
  detail::require<plan.mistake>();
  return detail::loss<reduction, plan>("huber_loss", prediction, target, where, [&](const Array& x, const Array& y) {
    return huber_loss(x, y, delta, reduction, where);
  });
}
/// Of probabilities sigmoid(logits), without overflow.
template <LossReduction reduction = LossReduction::mean, TensorType Logits, TensorType Target>
auto binary_cross_entropy_with_logits(const Logits& logits, const Target& target,
                                      std::source_location where = std::source_location::current()) {
  static constexpr std::string_view op = "binary_cross_entropy_with_logits";
  static constexpr detail::Plan plan = detail::loss_plan(op, Logits::axes, Target::axes);
  detail::require<detail::unequal_types(op, Logits::dtype, Target::dtype)>();
  detail::require<plan.mistake>();
  return detail::loss<reduction, plan>(op, logits, target, where, [&](const Array& x, const Array& y) {
    return binary_cross_entropy_with_logits(x, y, reduction, where);
  });
}

/// -log_probabilities at the targets, over the classes of an axis, as `cross_entropy`: nll_loss<"vocab">(
/// log_softmax<"vocab">(logits), targets). Targets are int32 or int64; nll_loss<"vocab", LossReduction::none> has their
/// axes.
template <AxisRef classes = -1, LossReduction reduction = LossReduction::mean, TensorType X, TensorType Targets>
auto nll_loss(const X& log_probabilities, const Targets& targets,
              std::source_location where = std::source_location::current()) {
  static constexpr detail::LossPlan plan = detail::cross_entropy_plan(X::axes, Targets::axes, classes, "nll_loss");
  detail::require<detail::not_indices("nll_loss", Targets::dtype)>();
  detail::require<plan.mistake>();
  if constexpr (plan.checks.count > 0)
    detail::check_sizes("nll_loss", plan.checks, {detail::bound(log_probabilities), detail::bound(targets)}, where);
  return detail::class_loss<reduction, plan>(
      log_probabilities, targets, where,
      [&](const Array& rows, const Array& each) { return nll_loss(rows, each, reduction, where); });
}
/// The cross_entropy of neural.h by another reduction: cross_entropy<"vocab", LossReduction::none>(logits, targets).
template <AxisRef classes, LossReduction reduction, TensorType Logits, TensorType Targets>
auto cross_entropy(const Logits& logits, const Targets& targets,
                   std::source_location where = std::source_location::current()) {
  static constexpr detail::LossPlan plan = detail::cross_entropy_plan(Logits::axes, Targets::axes, classes);
  detail::require<detail::not_indices("cross_entropy", Targets::dtype)>();
  detail::require<plan.mistake>();
  if constexpr (plan.checks.count > 0)
    detail::check_sizes("cross_entropy", plan.checks, {detail::bound(logits), detail::bound(targets)}, where);
  return detail::class_loss<reduction, plan>(logits, targets, where, [&](const Array& rows, const Array& each) {
    return cross_entropy(rows, each, {.reduction = reduction}, where);
  });
}

/// With a weight [classes] for each class; the mean is divided by the sum of the targets' weights.
template <AxisRef classes = -1, LossReduction reduction = LossReduction::mean, TensorType X, TensorType Targets,
          TensorType Weight>
auto nll_loss(const X& log_probabilities, const Targets& targets, const Weight& weight,
              std::source_location where = std::source_location::current()) {
  static constexpr detail::LossPlan plan =
      detail::class_weights_plan("nll_loss", X::axes, Targets::axes, classes, Weight::axes);
  detail::require<detail::not_indices("nll_loss", Targets::dtype)>();
  detail::require<plan.mistake>();
  if constexpr (plan.checks.count > 0)
    detail::check_sizes("nll_loss", plan.checks,
                        {detail::bound(log_probabilities), detail::bound(targets), detail::bound(weight)}, where);
  return detail::class_loss<reduction, plan>(
      log_probabilities, targets, where, [&](const Array& rows, const Array& each) {
        return nll_loss(rows, each, {.weight = weight.array(), .reduction = reduction}, where);
      });
}
template <AxisRef classes = -1, LossReduction reduction = LossReduction::mean, TensorType Logits, TensorType Targets,
          TensorType Weight>
auto cross_entropy(const Logits& logits, const Targets& targets, const Weight& weight,
                   std::source_location where = std::source_location::current()) {
  static constexpr detail::LossPlan plan =
      detail::class_weights_plan("cross_entropy", Logits::axes, Targets::axes, classes, Weight::axes);
  detail::require<detail::not_indices("cross_entropy", Targets::dtype)>();
  detail::require<plan.mistake>();
  if constexpr (plan.checks.count > 0)
    detail::check_sizes("cross_entropy", plan.checks,
                        {detail::bound(logits), detail::bound(targets), detail::bound(weight)}, where);
  return detail::class_loss<reduction, plan>(logits, targets, where, [&](const Array& rows, const Array& each) {
    return cross_entropy(rows, each, {.weight = weight.array(), .reduction = reduction}, where);
  });
}

}  // namespace tenon
