// Products that sum over axes.
#pragma once

#include "tenon/array/contraction.h"
#include "tenon/tensor/elementwise.h"

namespace tenon {

namespace detail {

/// 1 / sqrt(size): the scale of sums of so many products. Here, so that no header needs <cmath>, which is dear to
/// compile. checks.cpp
double inverse_root(std::int64_t size);

struct AxisPair {
  int a = 0, b = 0;
};

struct ContractPlan : Plan {
  AxisPair contracted[max_rank] = {};
  AxisPair batch[max_rank] = {};
  int contracted_count = 0, batch_count = 0;
};

constexpr Mistake unequal_types(std::string_view op, DType a, DType b) {
  if (a == b) return {};
  return mistake(op, ": elements are ", name(a), " in one operand and ", name(b), " in another; use cast<...>(x)");
}

constexpr Mistake unequal_axes(std::string_view op, const Axis& x, const AxisList& a, const Axis& y,
                               const AxisList& b) {
  return mistake(op, ": axis ", x, " of ", a, " does not fit axis ", y, " of ", b);
}

constexpr ContractPlan contract_plan(std::string_view op, const AxisList& a, const AxisList& b,
                                     std::initializer_list<AxisRef> refs) {
  ContractPlan plan{plan_for({a, b})};
  if (refs.size() == 0) plan.mistake = mistake(op, ": name the axes to sum over, contract<\"dim\">(a, b)");
  bool a_used[max_rank] = {}, b_used[max_rank] = {};
  const auto fail = [&](const Mistake& made) {
    if (plan.mistake.empty()) plan.mistake = made;
  };
  for (const AxisRef& ref : refs) {
    const int i = find(a, ref), j = find(b, ref);
    if (ref.is_position()) {
      fail(mistake(op, ": axes are contracted by name; ", ref, " is a position"));
    } else if (i < 0) {
      fail(missing_axis(op, a, ref, i));
    } else if (j < 0) {
      fail(missing_axis(op, b, ref, j));
    } else if (a_used[i]) {
      fail(mistake(op, ": axis ", ref, " is named twice"));
    } else {
      if (!unify(a[i], b[j]).fits) fail(unequal_axes(op, a[i], a, b[j], b));
      a_used[i] = b_used[j] = true;
      plan.contracted[plan.contracted_count++] = {i, j};
    }
  }
  for (int i = 0; i < a.rank; ++i) {
    if (a_used[i] || a[i].is_number() || a[i].is_any()) continue;
    const AxisRef ref(a[i]);
    const int j = find(b, ref);
    if (j == not_found) continue;
    if (j == found_twice || find(a, ref) == found_twice) {
      fail(mistake(op, ": axis ", ref, " occurs twice in ", j == found_twice ? b : a));
      continue;
    }
    const Unified unified = unify(a[i], b[j]);
    if (!unified.fits) fail(unequal_axes(op, a[i], a, b[j], b));
    a_used[i] = b_used[j] = true;
    plan.batch[plan.batch_count++] = {i, j};
    plan.axes.push_back(unified.axis);
  }
  if (a.rank + b.rank - 2 * plan.contracted_count - plan.batch_count > max_rank) {
    fail(mistake(op, ": ", a, " and ", b, " give more than 8 axes"));
    return plan;
  }
  for (int i = 0; i < a.rank; ++i)
    if (!a_used[i]) plan.axes.push_back(a[i]);
  for (int j = 0; j < b.rank; ++j)
    if (!b_used[j]) plan.axes.push_back(b[j]);
  return plan;
}

constexpr Plan matmul_plan(const AxisList& a, const AxisList& b) {
  constexpr std::string_view op = "matmul";
  Plan plan = plan_for({a, b});
  if (a.rank == 0 || b.rank == 0) {
    plan.mistake = mistake(op, ": ", a, " x ", b, "; both operands need an axis, use * for scalars");
    return plan;
  }
  const Axis& inner_a = a[a.rank - 1];
  const Axis& inner_b = b[b.rank == 1 ? 0 : b.rank - 2];
  if (!unify(inner_a, inner_b).fits) plan.mistake = unequal_axes(op, inner_a, a, inner_b, b);
  const int a_batch = a.rank < 2 ? 0 : a.rank - 2, b_batch = b.rank < 2 ? 0 : b.rank - 2;
  for (int i = 0; i < (a_batch > b_batch ? a_batch : b_batch); ++i) {
    const int from_last = (a_batch > b_batch ? a_batch : b_batch) - i;
    const Axis x = from_last <= a_batch ? a[a_batch - from_last] : Axis(1);
    const Axis y = from_last <= b_batch ? b[b_batch - from_last] : Axis(1);
    const Unified unified = broadcast(x, y);
    if (!unified.fits && plan.mistake.empty()) plan.mistake = unequal_axes(op, x, a, y, b);
    plan.axes.push_back(unified.axis);
  }
  if (a.rank > 1) plan.axes.push_back(a[a.rank - 2]);
  if (b.rank > 1) plan.axes.push_back(b[b.rank - 1]);
  return plan;
}

constexpr Plan outer_plan(const AxisList& a, const AxisList& b) {
  Plan plan = plan_for({a, b});
  if (a.rank != 1 || b.rank != 1) {
    plan.mistake = mistake("outer: ", a, " and ", b, " have not one axis each");
    return plan;
  }
  plan.axes = {a[0], b[0]};
  if (const Axis* twice = doubled_name(plan.axes))
    plan.mistake = mistake("outer: ", plan.axes, " has two axes ", twice->label());
  return plan;
}

constexpr Plan linear_plan(const AxisList& x, const AxisList& weight, const AxisList& bias, bool has_bias) {
  constexpr std::string_view op = "linear";
  Plan plan = plan_for({x, weight, bias});
  if (weight.rank != 2 || x.rank == 0) {
    plan.mistake = mistake(op, ": ", x, " with weight ", weight, "; they must be [..., in] and [out, in]");
    return plan;
  }
  if (!unify(x[x.rank - 1], weight[1]).fits)
    plan.mistake = mistake(op, ": axis ", x[x.rank - 1], " of ", x, " does not fit axis ", weight[1], " of weight ",
                           weight, "; a weight is [out, in]");
  plan.axes = x;
  plan.axes[x.rank - 1] = weight[0];
  if (!has_bias) return plan;
  const Unified out = bias.rank == 1 ? unify(weight[0], bias[0]) : Unified{false, weight[0]};
  if (!out.fits && plan.mistake.empty())
    plan.mistake = mistake(op, ": weight ", weight, " with bias ", bias, "; a bias is [out]");
  plan.axes[x.rank - 1] = out.axis;
  return plan;
}

}  // namespace detail

/// Sums a * b over the named axes, which both have. Other names that both have are batch axes. The result has
/// the batch axes in a's order, then a's other axes, then b's:
/// contract<"dim">(query [batch, time, head, dim], key [batch, key, head, dim]) is [batch, head, time, key].
/// Axes without a name are never batch axes. Throws ShapeError when a name stands for two sizes.
template <AxisRef... names, TensorType A, TensorType B>
auto contract(const A& a, const B& b, std::source_location where = std::source_location::current()) {
  static constexpr detail::ContractPlan plan = detail::contract_plan("contract", A::axes, B::axes, {names...});
  detail::require<detail::unequal_types("contract", A::dtype, B::dtype)>();
  detail::require<plan.mistake>();
  using Result = detail::TensorOf<typename A::Element, plan.axes>;
  if constexpr (!plan.mistake.empty()) {
    return Result();
  } else {
    if constexpr (plan.checks.count > 0)
      detail::check_sizes("contract", plan.checks, {detail::bound(a), detail::bound(b)}, where);
    return [&]<std::size_t... C, std::size_t... P>(std::index_sequence<C...>, std::index_sequence<P...>) {
      const ContractAxes axes{.contracted = {std::pair<int, int>(plan.contracted[C].a, plan.contracted[C].b)...},
                              .batch = {std::pair<int, int>(plan.batch[P].a, plan.batch[P].b)...}};
      return detail::result<Result, plan.has_any>(contract(a.array(), b.array(), axes, where), where);
    }(std::make_index_sequence<static_cast<std::size_t>(plan.contracted_count)>(),
           std::make_index_sequence<static_cast<std::size_t>(plan.batch_count)>());
  }
}

/// Matrix product by position, with NumPy's rules: [..., m, k] x [..., k, n] -> [..., m, n]; a single axis is
/// a row on the left and a column on the right, which disappears; the axes before the last two are broadcast.
template <TensorType A, TensorType B>
auto matmul(const A& a, const B& b, std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan = detail::matmul_plan(A::axes, B::axes);
  detail::require<detail::unequal_types("matmul", A::dtype, B::dtype)>();
  detail::require<plan.mistake>();
  using Result = detail::TensorOf<typename A::Element, plan.axes>;
  return detail::checked<Result, plan>("matmul", where, [&] { return matmul(a.array(), b.array(), where); }, a, b);
}

/// [i] and [j] -> [i, j]: the products of all pairs.
template <TensorType A, TensorType B>
auto outer(const A& a, const B& b, std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan = detail::outer_plan(A::axes, B::axes);
  detail::require<detail::unequal_types("outer", A::dtype, B::dtype)>();
  detail::require<plan.mistake>();
  return detail::TensorOf<typename A::Element, plan.axes>::unchecked(outer(a.array(), b.array(), where));
}

/// x [..., in], weight [out, in], bias [out] -> [..., out]: the layout of PyTorch's Linear.
template <TensorType X, TensorType Weight, TensorType Bias>
auto linear(const X& x, const Weight& weight, const Bias& bias,
            std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan = detail::linear_plan(X::axes, Weight::axes, Bias::axes, true);
  detail::require<detail::unequal_types("linear", X::dtype, Weight::dtype)>();
  detail::require<detail::unequal_types("linear", X::dtype, Bias::dtype)>();
  detail::require<plan.mistake>();
  using Result = detail::TensorOf<typename X::Element, plan.axes>;
  if constexpr (plan.checks.count > 0)
    detail::check_sizes("linear", plan.checks, {detail::bound(x), detail::bound(weight), detail::bound(bias)}, where);
  return detail::result<Result, plan.has_any>(linear(x.array(), weight.array(), bias.array(), where), where);
}
template <TensorType X, TensorType Weight>
auto linear(const X& x, const Weight& weight, std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan = detail::linear_plan(X::axes, Weight::axes, AxisList(), false);
  detail::require<detail::unequal_types("linear", X::dtype, Weight::dtype)>();
  detail::require<plan.mistake>();
  using Result = detail::TensorOf<typename X::Element, plan.axes>;
  if constexpr (plan.checks.count > 0)
    detail::check_sizes("linear", plan.checks, {detail::bound(x), detail::bound(weight)}, where);
  return detail::result<Result, plan.has_any>(linear(x.array(), weight.array(), {}, where), where);
}

}  // namespace tenon
