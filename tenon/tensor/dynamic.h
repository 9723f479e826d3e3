// Axes whose sizes kernels take as arguments: dynamic<"time">(tokens); see array/dynamic.h.
#pragma once

#include "tenon/array/dynamic.h"
#include "tenon/tensor/reduce.h"

namespace tenon {

namespace detail {

struct DynamicPlan {
  Mistake mistake;
  int positions[max_rank] = {};
  int count = 0;
};

constexpr DynamicPlan dynamic_plan(const AxisList& axes, std::initializer_list<AxisRef> refs) {
  DynamicPlan plan;
  for (const AxisRef& ref : refs) {
    const int at = find(axes, ref);
    if (at < 0)
      plan.mistake = missing_axis("dynamic", axes, ref, at);
    else if (axes[at].is_fixed())
      plan.mistake = mistake("dynamic: the size of axis ", axes[at], " of ", axes, " is fixed at compile time");
    else
      plan.positions[plan.count++] = at;
  }
  if (refs.size() != 0) return plan;
  for (int i = 0; i < axes.rank; ++i)
    if (!axes[i].is_fixed()) plan.positions[plan.count++] = i;
  if (plan.count == 0) plan.mistake = mistake("dynamic: the sizes of all axes of ", axes, " are fixed at compile time");
  return plan;
}

}  // namespace detail

/// The named axes, or all whose sizes are not part of the type, will have other sizes in other calls.
template <AxisRef... axes, TensorType X>
X dynamic(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::DynamicPlan plan = detail::dynamic_plan(X::axes, {axes...});
  detail::require<plan.mistake>();
  return X::unchecked(
      dynamic(x.array(), std::span<const int>(plan.positions, static_cast<std::size_t>(plan.count)), where));
}

}  // namespace tenon
