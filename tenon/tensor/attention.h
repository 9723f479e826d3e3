// Attention by position. `attention` in neural.h goes by names.
#pragma once

#include "tenon/array/attention.h"
#include "tenon/tensor/contract.h"

namespace tenon {

namespace detail {

constexpr Plan dot_product_attention_plan(const AxisList& query, const AxisList& key, const AxisList& value) {
  constexpr std::string_view op = "scaled_dot_product_attention";
  Plan plan = plan_for({query, key, value});
  plan.axes = query;
  const int rank = query.rank;
  if (rank < 2 || key.rank != rank || value.rank != rank) {
    plan.mistake =
        mistake(op, ": query ", query, ", key ", key, " and value ", value, "; they must be [..., heads, time, dim]");
    return plan;
  }
  const auto check = [&](const AxisList& a, int i, const AxisList& b, int j) {
    if (plan.mistake.empty() && !unify(a[i], b[j]).fits) plan.mistake = unequal_axes(op, a[i], a, b[j], b);
  };
  check(query, rank - 1, key, rank - 1);
  check(key, rank - 2, value, rank - 2);
  for (int axis = 0; axis < rank - 2; ++axis) check(key, axis, value, axis);
  for (int axis = 0; axis < rank - 3; ++axis) check(query, axis, key, axis);
  if (rank >= 3 && plan.mistake.empty()) {
    // Heads have one name and size, or names or sizes of their own, one a multiple of the other.
    const Axis &heads = query[rank - 3], &shared = key[rank - 3];
    if (heads.is_fixed() && shared.is_fixed() && (shared.size() == 0 || heads.size() % shared.size() != 0))
      plan.mistake = mistake(op, ": heads ", heads, " of ", query, " are no multiple of ", shared, " of ", key);
  }
  plan.axes[rank - 1] = value[rank - 1];
  if (const Axis* twice = doubled_name(plan.axes))
    if (plan.mistake.empty()) plan.mistake = mistake(op, ": the result ", plan.axes, " has two axes ", twice->label());
  return plan;
}

}  // namespace detail

/// softmax(query key^T * scale) value: query [..., heads, time, dim], key [..., kv_heads, keys, dim], value [...,
/// kv_heads, keys, out] -> [..., heads, time, out]. Axes named alike are checked to be the same; the mask of the
/// options is an Array, or a tensor.
template <TensorType Query, TensorType Key, TensorType Value>
auto scaled_dot_product_attention(const Query& query, const Key& key, const Value& value,
                                  const DotProductAttentionOptions& options = {},
                                  std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan = detail::dot_product_attention_plan(Query::axes, Key::axes, Value::axes);
  detail::require<detail::unequal_types("scaled_dot_product_attention", Query::dtype, Key::dtype)>();
  detail::require<detail::unequal_types("scaled_dot_product_attention", Query::dtype, Value::dtype)>();
  detail::require<plan.mistake>();
  using Result = detail::TensorOf<typename Query::Element, plan.axes>;
  return detail::checked<Result, plan>(
      "scaled_dot_product_attention", where,
      [&] { return scaled_dot_product_attention(query.array(), key.array(), value.array(), options, where); }, query,
      key, value);
}

}  // namespace tenon
