// From one type to another: what an Array has to be to become a tensor, and which tensor types convert.
#pragma once

#include <string>

#include "tenon/tensor/plan.h"

namespace tenon::detail {

// The sizes that a type fixes; Axis::run_time for the others. Known here, no text is read at run time.
struct FixedSizes {
  std::int64_t sizes[max_rank] = {};
};

constexpr FixedSizes fixed_sizes(const AxisList& axes) {
  FixedSizes fixed;
  for (int i = 0; i < axes.rank; ++i) fixed.sizes[i] = axes[i].size();
  return fixed;
}

// What is checked when an Array becomes a tensor, besides rank and fixed sizes.
struct CastPlan {
  FixedSizes fixed;
  SizeChecks checks;
  SizeFormula formulas[max_rank];  // of composed axes
  bool has_formula = false;
};

constexpr CastPlan cast_plan(const AxisList& axes) {
  CastPlan plan;
  plan.fixed = fixed_sizes(axes);
  plan.checks.add(&axes, 0);
  for (int i = 0; i < axes.rank; ++i) {
    if (axes[i].is_fixed() || is_name(axes[i].view())) continue;
    plan.formulas[i] = size_formula(axes[i], axes, i);
    plan.has_formula = plan.has_formula || plan.formulas[i].known;
  }
  return plan;
}

template <class TensorType>
inline constexpr CastPlan cast_plan_of = cast_plan(TensorType::axes);

// Throws unless the array has this element type and these axes.
void check_cast(const Array& array, DType dtype, const AxisList& axes, const CastPlan& plan,
                const std::source_location& where);

// A tensor's axes without what the other type does not say: "batch" is a fine `any`.
constexpr bool forgets(const Axis& from, const Axis& to) {
  return from == to || to.is_any() || (to.is_number() && from.size() == to.size()) ||
         (!to.is_fixed() && from.label() == to);
}
constexpr Mistake conversion_mistake(DType from_type, const AxisList& from, DType to_type, const AxisList& to) {
  if (from_type != to_type)
    return mistake("conversion: ", name(from_type), " ", from, " is no ", name(to_type), " ", to, "; use cast<...>(x)");
  if (from.rank != to.rank) return mistake("conversion: ", from, " has ", from.rank, " axes, ", to, " has ", to.rank);
  for (int i = 0; i < from.rank; ++i)
    if (!forgets(from[i], to[i]))
      return mistake("conversion: ", from, " is no ", to, ": axis ", from[i], " does not fit ", to[i]);
  return {};
}

}  // namespace tenon::detail
