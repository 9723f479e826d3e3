// Joining tensors: concatenate and stack.
#pragma once

#include <span>

#include "tenon/array/join.h"
#include "tenon/tensor/contract.h"
#include "tenon/tensor/movement.h"

namespace tenon {

namespace detail {

struct JoinPlan : Plan {
  int position = 0;
};

constexpr JoinPlan concatenate_plan(std::initializer_list<AxisList> parts, const AxisRef& ref) {
  const AxisList& first = *parts.begin();
  const int at = find(first, ref);
  JoinPlan plan{plan_for(parts, at)};
  plan.axes = first;
  if (at < 0) {
    plan.mistake = missing_axis("concatenate", first, ref, at);
    return plan;
  }
  plan.position = at;
  std::int64_t total = 0;
  bool fixed = true;
  Axis label = first[at].label();
  for (const AxisList& part : parts) {
    if (part.rank != first.rank || (!ref.is_position() && find(part, ref) != at)) {
      plan.mistake = part.rank == first.rank && find(part, ref) == not_found
                         ? missing_axis("concatenate", part, ref, not_found)
                         : mistake("concatenate: ", first, " and ", part, " have not the same order of axes");
      return plan;
    }
    for (int i = 0; i < part.rank; ++i) {
      if (i == at) continue;
      const Unified unified = unify(plan.axes[i], part[i]);
      if (!unified.fits && plan.mistake.empty())
        plan.mistake = unequal_axes("concatenate", first[i], first, part[i], part);
      plan.axes[i] = unified.axis;
    }
    fixed = fixed && part[at].is_fixed();
    if (fixed) total += part[at].size();
    if (part[at].label() != label) label = any;
  }
  plan.axes[at] = fixed ? resized(first[at].is_number() || label.is_any() ? Axis(1) : label, total) : resized(label);
  return plan;
}

constexpr JoinPlan stack_plan(std::initializer_list<AxisList> parts, const Axis& axis, int position) {
  JoinPlan plan{plan_for(parts)};
  const AxisList& first = *parts.begin();
  plan.axes = first;
  const auto count = static_cast<std::int64_t>(parts.size());
  for (const AxisList& part : parts) {
    if (part.rank != first.rank) {
      plan.mistake = mistake("stack: ", first, " and ", part, " have not equally many axes");
      return plan;
    }
    for (int i = 0; i < part.rank; ++i) {
      const Unified unified = unify(plan.axes[i], part[i]);
      if (!unified.fits && plan.mistake.empty()) plan.mistake = unequal_axes("stack", first[i], first, part[i], part);
      plan.axes[i] = unified.axis;
    }
  }
  plan.position = position < 0 ? position + first.rank + 1 : position;
  if (plan.position < 0 || plan.position > first.rank || first.rank == max_rank) {
    plan.mistake = mistake("stack: no room for an axis at position ", position, " of ", first);
    return plan;
  }
  if (axis.is_fixed() && axis.size() != count)
    plan.mistake = mistake("stack: ", count, " tensors do not make an axis ", axis);
  plan.axes.insert(plan.position, renamed(Axis(count), axis.is_number() ? Axis(count) : axis.label()));
  if (const Axis* twice = doubled_name(plan.axes))
    plan.mistake = mistake("stack: ", plan.axes, " has two axes ", twice->label());
  return plan;
}

constexpr Mistake unequal_part_types(std::string_view op, std::initializer_list<DType> types) {
  for (const DType dtype : types)
    if (dtype != *types.begin()) return unequal_types(op, *types.begin(), dtype);
  return {};
}

}  // namespace detail

/// Joins along an axis, whose sizes add up; the other axes fit each other: concatenate<"time">(past, present).
template <AxisRef axis, TensorType First, TensorType... Rest>
auto concatenate(const First& first, const Rest&... rest) {
  static constexpr detail::JoinPlan plan = detail::concatenate_plan({First::axes, Rest::axes...}, axis);
  detail::require<detail::unequal_part_types("concatenate", {First::dtype, Rest::dtype...})>();
  detail::require<plan.mistake>();
  using Result = detail::TensorOf<typename First::Element, plan.axes>;
  const std::source_location where;  // a pack is followed by no default argument
  if constexpr (plan.checks.count > 0)
    detail::check_sizes("concatenate", plan.checks, {detail::bound(first), detail::bound(rest)...}, where);
  return detail::result<Result, plan.has_any>(concatenate({first.array(), rest.array()...}, plan.position, where),
                                              where);
}

/// Joins along a new axis at this position of the result: stack<"step">(a, b) has an axis Axis{"step", 2}.
template <Axis axis, int position = 0, TensorType First, TensorType... Rest>
auto stack(const First& first, const Rest&... rest) {
  static constexpr detail::JoinPlan plan = detail::stack_plan({First::axes, Rest::axes...}, axis, position);
  detail::require<detail::unequal_part_types("stack", {First::dtype, Rest::dtype...})>();
  detail::require<plan.mistake>();
  using Result = detail::TensorOf<typename First::Element, plan.axes>;
  const std::source_location where;
  if constexpr (plan.checks.count > 0)
    detail::check_sizes("stack", plan.checks, {detail::bound(first), detail::bound(rest)...}, where);
  return detail::result<Result, plan.has_any>(stack({first.array(), rest.array()...}, plan.position, where), where);
}

}  // namespace tenon
