// Counting equal elements; see array/counting.h for what is evaluated when it is called.
#pragma once

#include "tenon/array/counting.h"
#include "tenon/array/masks.h"
#include "tenon/tensor/lookup.h"

namespace tenon {

namespace detail {

constexpr Mistake not_a_new_axis(std::string_view op, const Axis& axis) {
  if (!axis.is_any() && (axis.is_fixed() || is_name(axis.view()))) return {};
  return mistake(op, ": the result's axis ", axis, " is no size and no name");
}

inline std::optional<std::int64_t> length_of(const Axis& axis) {
  return axis.is_fixed() ? std::optional<std::int64_t>(axis.size()) : std::nullopt;
}

constexpr Mistake unequal_weights(const AxisList& axes, const AxisList& weights) {
  bool fits = axes.rank == weights.rank;
  for (int i = 0; fits && i < axes.rank; ++i) fits = unify(axes[i], weights[i]).fits;
  if (fits) return {};
  return mistake("bincount: elements ", axes, " and weights ", weights, " differ");
}

}  // namespace detail

/// How often each of 0, 1, 2, ... is in x (int32 or int64): bincount<10>(digits) is [10] int64, bincount<Axis{"digit",
/// 10}>(digits) is [digit=10]. bincount<"value">(x) evaluates x for the size, max(x) + 1.
template <Axis length, TensorType X>
auto bincount(const X& x, std::source_location where = std::source_location::current()) {
  detail::require<detail::not_indices("bincount", X::dtype)>();
  detail::require<detail::not_a_new_axis("bincount", length)>();
  return Tensor<std::int64_t, length>::unchecked(bincount(x.array(), {.length = detail::length_of(length)}, where));
}
/// The sums of the weights, one for each element.
template <Axis length, TensorType X, TensorType Weights>
auto bincount(const X& x, const Weights& weights, std::source_location where = std::source_location::current()) {
  detail::require<detail::not_indices("bincount", X::dtype)>();
  detail::require<detail::not_a_new_axis("bincount", length)>();
  detail::require<detail::unequal_weights(X::axes, Weights::axes)>();
  return Tensor<typename Weights::Element, length>::unchecked(
      bincount(x.array(), {.length = detail::length_of(length), .weights = weights.array()}, where));
}

/// How many elements lie in each of equal parts of [low, high]: histogram<10>(x, 0, 1) is [10] int64.
template <Axis bins, TensorType X>
auto histogram(const X& x, double low, double high, std::source_location where = std::source_location::current()) {
  if constexpr (!bins.is_fixed())
    detail::require<detail::mistake("histogram: axis ", bins, " has no size; write a number, or Axis{\"bin\", 10}")>();
  return Tensor<std::int64_t, bins>::unchecked(histogram(x.array(), bins.size(), low, high, where));
}

/// The elements where the mask, of the same axes, holds, in row-major order; the caller names the axis:
/// masked_select<"kept">(x, x > 0). Evaluates the mask (array/masks.h).
template <Axis kept, TensorType X, TensorType Mask>
auto masked_select(const X& x, const Mask& mask, std::source_location where = std::source_location::current()) {
  detail::require<detail::not_a_new_axis("masked_select", kept)>();
  if constexpr (!std::is_same_v<typename Mask::Element, bool>)
    detail::require<detail::mistake("masked_select: the mask ", Mask::axes, " is no bool")>();
  if constexpr (!(X::axes == Mask::axes))
    detail::require<detail::mistake("masked_select: the mask is ", Mask::axes, ", it must be ", X::axes)>();
  return Tensor<typename X::Element, kept>(masked_select(x.array(), mask.array(), where), where);
}

/// The different elements of x, how often each occurs, and where each element of x is among them. Evaluates x; the
/// caller names the axis: unique<"word">(tokens).
template <TensorType Values, TensorType Inverse, TensorType Counts>
struct TensorUnique {
  Values values;
  Inverse inverse;
  Counts counts;
};
template <Axis count, TensorType X>
auto unique(const X& x, std::source_location where = std::source_location::current()) {
  detail::require<detail::not_a_new_axis("unique", count)>();
  using Values = Tensor<typename X::Element, count>;
  using Inverse = detail::TensorOf<std::int64_t, X::axes>;
  using Counts = Tensor<std::int64_t, count>;
  const Unique found = unique(x.array(), where);
  return TensorUnique<Values, Inverse, Counts>{Values(found.values, where), Inverse::unchecked(found.inverse),
                                               Counts::unchecked(found.counts)};
}

}  // namespace tenon
