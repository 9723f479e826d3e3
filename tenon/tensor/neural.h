// Compositions that networks are made of: softmax, normalisation, attention, losses. Axes are named, or the last
// by default; the rest is as the op of the same name on Arrays.
#pragma once

#include "tenon/array/neural.h"
#include "tenon/array/normalization.h"
#include "tenon/tensor/contract.h"
#include "tenon/tensor/create.h"
#include "tenon/tensor/lookup.h"
#include "tenon/tensor/movement.h"
#include "tenon/tensor/reduce.h"

namespace tenon {

namespace detail {

constexpr Mistake norm_mistake(std::string_view op, const AxisPlan& plan, const AxisList& parameter,
                               std::string_view role) {
  if (!plan.mistake.empty()) return plan.mistake;
  const Axis& axis = plan.axes[plan.position];
  if (parameter.rank == 1 && unify(axis, parameter[0]).fits) return {};
  return mistake(op, ": the ", role, " is ", parameter, ", not [", axis.view(), "], axis ", plan.position, " of ",
                 plan.axes);
}

// x [..., axis, ...] with the axis last, f of it, and back.
template <class F>
Array along_last(const Array& x, int position, const std::source_location& where, F f) {
  if (position == x.rank() - 1) return f(x);
  return swapaxes(f(swapaxes(x, position, -1, where)), position, -1, where);
}

// The axis last, the others in their order.
inline Array moved_to_last(const Array& x, int position, const std::source_location& where) {
  InlineVector<int, max_rank> order;
  for (int axis = 0; axis < x.rank(); ++axis)
    if (axis != position) order.push_back(axis);
  order.push_back(position);
  return permute(x, Axes(std::span<const int>(order)), where);
}

constexpr Mistake attention_mistake(const AxisList& query, const AxisList& key, const AxisList& value,
                                    const AxisRef& dim, const AxisRef& key_axis) {
  const ContractPlan scores = contract_plan("attention", query, key, {dim});
  if (!scores.mistake.empty()) return scores.mistake;
  const int at = find(scores.axes, key_axis);
  if (at < 0) return missing_axis("attention", key, key_axis, at);
  return contract_plan("attention", scores.axes, value, {key_axis}).mistake;
}

struct LossPlan : Plan {
  int position = 0;
};

constexpr LossPlan cross_entropy_plan(const AxisList& logits, const AxisList& targets, const AxisRef& classes,
                                      std::string_view op = "cross_entropy") {
  LossPlan plan{plan_for({logits, targets})};
  const int at = find(logits, classes);
  if (at < 0) {
    plan.mistake = missing_axis(op, logits, classes, at);
    return plan;
  }
  plan.position = at;
  AxisList rest = logits;
  rest.erase(at);
  bool fits = rest.rank == targets.rank;
  for (int i = 0; fits && i < rest.rank; ++i) {
    const Unified unified = unify(rest[i], targets[i]);
    fits = unified.fits;
    plan.axes.push_back(unified.axis);
  }
  if (!fits)
    plan.mistake = mistake(op, ": targets ", targets, " do not fit logits ", logits, " over axis ", logits[at],
                           "; they must be ", rest);
  return plan;
}

constexpr Plan mse_plan(const AxisList& a, const AxisList& b) {
  Plan plan = plan_for({a, b});
  bool fits = a.rank == b.rank;
  for (int i = 0; fits && i < a.rank; ++i) fits = unify(a[i], b[i]).fits;
  if (!fits) plan.mistake = mistake("mse_loss: prediction ", a, " and target ", b, " differ");
  return plan;
}

}  // namespace detail

/// exp(x) / sum(exp(x)) along an axis: softmax<"key">(scores).
template <AxisRef axis = -1, TensorType X>
auto softmax(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::axis_plan("softmax", X::axes, axis);
  detail::require<plan.mistake>();
  using Result = detail::TensorOf<detail::FloatingType<typename X::Element>, X::axes>;
  return Result::unchecked(softmax(x.array(), plan.position, where));
}
template <AxisRef axis = -1, TensorType X>
auto log_softmax(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::axis_plan("log_softmax", X::axes, axis);
  detail::require<plan.mistake>();
  using Result = detail::TensorOf<detail::FloatingType<typename X::Element>, X::axes>;
  return Result::unchecked(log_softmax(x.array(), plan.position, where));
}

/// (x - mean) / sqrt(variance + eps) * weight + bias over an axis; weight and bias: [axis].
template <AxisRef axis = -1, TensorType X, TensorType Weight, TensorType Bias>
auto layer_norm(const X& x, const Weight& weight, const Bias& bias, double eps = 1e-5,
                std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::axis_plan("layer_norm", X::axes, axis);
  detail::require<detail::norm_mistake("layer_norm", plan, Weight::axes, "weight")>();
  detail::require<detail::norm_mistake("layer_norm", plan, Bias::axes, "bias")>();
  detail::require<detail::unequal_types("layer_norm", X::dtype, Weight::dtype)>();
  detail::require<detail::unequal_types("layer_norm", X::dtype, Bias::dtype)>();
  static constexpr detail::Plan names = detail::plan_for({X::axes, Weight::axes, Bias::axes});
  if constexpr (names.checks.count > 0)
    detail::check_sizes("layer_norm", names.checks, {detail::bound(x), detail::bound(weight), detail::bound(bias)},
                        where);
  return X::unchecked(detail::along_last(x.array(), plan.position, where, [&](const Array& last) {
    return layer_norm(last, weight.array(), bias.array(), eps, where);
  }));
}
template <AxisRef axis = -1, TensorType X>
auto layer_norm(const X& x, double eps = 1e-5, std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::axis_plan("layer_norm", X::axes, axis);
  detail::require<plan.mistake>();
  detail::require<detail::not_floating("layer_norm", X::dtype)>();
  return X::unchecked(detail::along_last(x.array(), plan.position, where,
                                         [&](const Array& last) { return layer_norm(last, {}, {}, eps, where); }));
}

template <AxisRef axis = -1, TensorType X, TensorType Weight>
auto layer_norm(const X& x, const Weight& weight, double eps = 1e-5,
                std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::axis_plan("layer_norm", X::axes, axis);
  detail::require<detail::norm_mistake("layer_norm", plan, Weight::axes, "weight")>();
  detail::require<detail::unequal_types("layer_norm", X::dtype, Weight::dtype)>();
  static constexpr detail::Plan names = detail::plan_for({X::axes, Weight::axes});
  if constexpr (names.checks.count > 0)
    detail::check_sizes("layer_norm", names.checks, {detail::bound(x), detail::bound(weight)}, where);
  return X::unchecked(detail::along_last(x.array(), plan.position, where, [&](const Array& last) {
    return layer_norm(last, weight.array(), {}, eps, where);
  }));
}

/// x / sqrt(mean(x^2) + eps) * weight over an axis (Zhang and Sennrich, arXiv:1910.07467); weight: [axis].
template <AxisRef axis = -1, TensorType X, TensorType Weight>
auto rms_norm(const X& x, const Weight& weight, double eps = 1e-5,
              std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::axis_plan("rms_norm", X::axes, axis);
  detail::require<detail::norm_mistake("rms_norm", plan, Weight::axes, "weight")>();
  detail::require<detail::unequal_types("rms_norm", X::dtype, Weight::dtype)>();
  detail::require<detail::not_floating("rms_norm", X::dtype)>();
  static constexpr detail::Plan names = detail::plan_for({X::axes, Weight::axes});
  if constexpr (names.checks.count > 0)
    detail::check_sizes("rms_norm", names.checks, {detail::bound(x), detail::bound(weight)}, where);
  return X::unchecked(detail::along_last(
      x.array(), plan.position, where, [&](const Array& last) { return rms_norm(last, weight.array(), eps, where); }));
}

template <AxisRef axis = -1, TensorType X>
auto rms_norm(const X& x, double eps = 1e-5, std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::axis_plan("rms_norm", X::axes, axis);
  detail::require<plan.mistake>();
  detail::require<detail::not_floating("rms_norm", X::dtype)>();
  return X::unchecked(detail::along_last(x.array(), plan.position, where,
                                         [&](const Array& last) { return rms_norm(last, {}, eps, where); }));
}

/// Scaled dot-product attention (Vaswani et al., arXiv:1706.03762, equation 1): `dim` is contracted between
/// query and key, the softmax runs over `key`. With query [batch, time, head, dim], key and value
/// [batch, key, head, dim]: [batch, head, time, dim].
template <AxisRef dim = "dim", AxisRef key_axis = "key", TensorType Query, TensorType Key, TensorType Value>
auto attention(const Query& query, const Key& key, const Value& value,
               std::source_location where = std::source_location::current()) {
  static constexpr detail::Mistake mistake =
      detail::attention_mistake(Query::axes, Key::axes, Value::axes, dim, key_axis);
  detail::require<mistake>();
  if constexpr (!mistake.empty()) {
    return query;
  } else {
    const double scale = detail::inverse_root(query.template size<dim>());
    const auto scores = contract<dim>(query, key, where) * scale;
    return contract<key_axis>(softmax<key_axis>(scores, where), value, where);
  }
}
/// The same where `mask` (bool, of axes that broadcast to the scores: [time, key]) holds.
template <AxisRef dim = "dim", AxisRef key_axis = "key", TensorType Query, TensorType Key, TensorType Value,
          TensorType Mask>
auto attention(const Query& query, const Key& key, const Value& value, const Mask& mask,
               std::source_location where = std::source_location::current()) {
  static constexpr detail::Mistake mistake =
      detail::attention_mistake(Query::axes, Key::axes, Value::axes, dim, key_axis);
  detail::require<mistake>();
  if constexpr (!mistake.empty()) {
    return query;
  } else {
    const double scale = detail::inverse_root(query.template size<dim>());
    const auto scores = tenon::where(mask, contract<dim>(query, key, where) * scale, -infinity, where);
    return contract<key_axis>(softmax<key_axis>(scores, where), value, where);
  }
}

/// [time, key], bool: key <= time, what a position may attend to in a causal model.
/// `causal_mask<"time", "key">({64, 64})`.
template <Axis time, Axis key>
auto causal_mask(const RunTimeSizes<Tensor<bool, time, key>>& sizes = {},
                 std::source_location where = std::source_location::current()) {
  const WhereScope scope(where);
  const Shape shape = sizes.shape();
  return Tensor<bool, time, key>::unchecked(arange(shape[1], DType::i64, where) <=
                                            unsqueeze(arange(shape[0], DType::i64, where), 1, where));
}

/// The mean of -log softmax(logits) at the targets, over the classes of an axis: cross_entropy<"vocab">(logits
/// [batch, time, vocab], targets [batch, time]). Targets are int32 or int64.
template <AxisRef classes = -1, TensorType Logits, TensorType Targets>
auto cross_entropy(const Logits& logits, const Targets& targets,
                   std::source_location where = std::source_location::current()) {
  static constexpr detail::LossPlan plan = detail::cross_entropy_plan(Logits::axes, Targets::axes, classes);
  detail::require<detail::not_indices("cross_entropy", Targets::dtype)>();
  detail::require<plan.mistake>();
  if constexpr (plan.checks.count > 0)
    detail::check_sizes("cross_entropy", plan.checks, {detail::bound(logits), detail::bound(targets)}, where);
  using Result = Tensor<detail::FloatingType<typename Logits::Element>>;
  const Array last =
      plan.position == Logits::rank - 1 ? logits.array() : detail::moved_to_last(logits.array(), plan.position, where);
  return Result::unchecked(cross_entropy(reshape(last, {targets.elements(), last.size(-1)}, where),
                                         reshape(targets.array(), {targets.elements()}, where), where));
}

/// Mean of the squared differences. The axes must be equal: nothing is broadcast.
template <TensorType Prediction, TensorType Target>
auto mse_loss(const Prediction& prediction, const Target& target,
              std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan = detail::mse_plan(Prediction::axes, Target::axes);
  detail::require<detail::unequal_types("mse_loss", Prediction::dtype, Target::dtype)>();
  detail::require<plan.mistake>();
  if constexpr (plan.checks.count > 0)
    detail::check_sizes("mse_loss", plan.checks, {detail::bound(prediction), detail::bound(target)}, where);
  using Result = Tensor<detail::FloatingType<typename Prediction::Element>>;
  return Result::unchecked(mse_loss(prediction.array(), target.array(), where));
}

}  // namespace tenon
