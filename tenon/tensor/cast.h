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

// Throws unless the array has this element type and these axes.
inline void check_cast(const Array& array, DType dtype, const AxisList& axes, const CastPlan& plan,
                       const std::source_location& where) {
  const Shape& shape = array.shape();
  const auto fail = [&](const std::string& reason) {
    TextBuffer<Mistake::capacity> wanted;
    append(wanted, axes);
    throw ShapeError(
        "Tensor: array " + describe(AxisList(), shape) + " is no " + std::string(wanted.view()) + ": " + reason, where);
  };
  if (array.dtype() != dtype)
    throw DTypeError("Tensor: elements are " + std::string(name(array.dtype())) + ", the type says " +
                         std::string(name(dtype)) + "; convert them with astype",
                     where);
  if (shape.rank() != axes.rank) fail(std::to_string(shape.rank()) + " axes, not " + std::to_string(axes.rank));
  for (int i = 0; i < axes.rank; ++i) {
    const std::int64_t size = plan.fixed.sizes[i];
    if (size == Axis::run_time || size == shape[i]) continue;
    const std::string called = axes[i].is_number() ? "axis " + std::to_string(i) : "axis " + quoted(axes[i]);
    fail(called + " is " + std::to_string(shape[i]) + ", not " + std::to_string(size));
  }
  for (int c = 0; c < plan.checks.count; ++c) {
    const SizeCheck& check = plan.checks.items[c];
    const std::int64_t first = shape[check.first_axis], second = shape[check.second_axis];
    if (first != second)
      fail("axis " + quoted(axes[check.second_axis]) + " is both " + std::to_string(first) + " and " +
           std::to_string(second));
  }
  if (!plan.has_formula) return;
  for (int i = 0; i < axes.rank; ++i) {
    if (!plan.formulas[i].known) continue;
    const std::int64_t size = evaluate("Tensor", axes[i], plan.formulas[i], axes, shape, where);
    if (size != shape[i])
      fail("axis " + quoted(axes[i]) + " is " + std::to_string(shape[i]) + ", not " + std::to_string(size));
  }
}

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
