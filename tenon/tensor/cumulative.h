// Sums, products and extremes of all elements so far along an axis: cumsum<"time">(x); see array/cumulative.h. The
// axes stay. With `reverse`: of all elements from there on. It is a bool and nothing else, so that cumsum(x, 1) is
// the op on Arrays.
#pragma once

#include <concepts>

#include "tenon/array/cumulative.h"
#include "tenon/tensor/movement.h"
#include "tenon/tensor/reduce.h"

namespace tenon {

/// Integers and bool are added up and multiplied in int64.
template <AxisRef axis = -1, TensorType X, std::same_as<bool> B = bool>
auto cumsum(const X& x, B reverse = false, std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::axis_plan("cumsum", X::axes, axis);
  detail::require<plan.mistake>();
  using Result = detail::TensorOf<detail::SumType<typename X::Element>, X::axes>;
  return Result::unchecked(cumsum(x.array(), plan.position, reverse, where));
}
template <AxisRef axis = -1, TensorType X, std::same_as<bool> B = bool>
auto cumprod(const X& x, B reverse = false, std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::axis_plan("cumprod", X::axes, axis);
  detail::require<plan.mistake>();
  using Result = detail::TensorOf<detail::SumType<typename X::Element>, X::axes>;
  return Result::unchecked(cumprod(x.array(), plan.position, reverse, where));
}

/// Elements, and their int64 positions along an axis.
template <TensorType Values, TensorType Indices>
struct TensorValuesAndIndices {
  Values values;
  Indices indices;
};

namespace detail {

template <class T, AxisList axes>
auto values_and_indices(const ValuesAndIndices& found) {
  using Values = TensorOf<T, axes>;
  using Indices = TensorOf<std::int64_t, axes>;
  return TensorValuesAndIndices<Values, Indices>{Values::unchecked(found.values), Indices::unchecked(found.indices)};
}

}  // namespace detail

/// The greatest (least) element so far, and where it is: of equal elements the last one.
template <AxisRef axis = -1, TensorType X, std::same_as<bool> B = bool>
auto cummax(const X& x, B reverse = false, std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::axis_plan("cummax", X::axes, axis);
  detail::require<plan.mistake>();
  return detail::values_and_indices<typename X::Element, X::axes>(cummax(x.array(), plan.position, reverse, where));
}
template <AxisRef axis = -1, TensorType X, std::same_as<bool> B = bool>
auto cummin(const X& x, B reverse = false, std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::axis_plan("cummin", X::axes, axis);
  detail::require<plan.mistake>();
  return detail::values_and_indices<typename X::Element, X::axes>(cummin(x.array(), plan.position, reverse, where));
}

/// log(cumsum(exp(x))), without overflow. Integers and bool give float.
template <AxisRef axis = -1, TensorType X, std::same_as<bool> B = bool>
auto logcumsumexp(const X& x, B reverse = false, std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::axis_plan("logcumsumexp", X::axes, axis);
  detail::require<plan.mistake>();
  using Result = detail::TensorOf<detail::FloatingType<typename X::Element>, X::axes>;
  return Result::unchecked(logcumsumexp(x.array(), plan.position, reverse, where));
}

}  // namespace tenon
