// Counting equal elements; see array/counting.h for what is evaluated when it is called.
#pragma once

#include <array>

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

constexpr Mistake no_mask(std::string_view op, DType dtype, const AxisList& axes) {
  if (dtype == DType::boolean) return {};
  return mistake(op, ": the mask ", axes, " is no bool");
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

/// The elements where the mask holds, in row-major order; both are broadcast together. How many there are is known at
/// run time only, so the axis is `any` unless the caller names it: masked_select<"kept">(x, x > 0). Evaluates the mask
/// (array/masks.h).
template <Axis kept = any, TensorType X, TensorType Mask>
auto masked_select(const X& x, const Mask& mask, std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan =
      detail::broadcast_plan("masked_select", std::array{detail::input_of<X>(), detail::input_of<Mask>()});
  if constexpr (kept != any) detail::require<detail::not_a_new_axis("masked_select", kept)>();
  detail::require<detail::no_mask("masked_select", Mask::dtype, Mask::axes)>();
  detail::require<plan.mistake>();
  if constexpr (plan.checks.count > 0)
    detail::check_sizes("masked_select", plan.checks, {detail::bound(x), detail::bound(mask)}, where);
  return Tensor<typename X::Element, kept>(masked_select(x.array(), mask.array(), where), where);
}

/// Where x is not zero, in row-major order: a std::array with the positions along each axis, [n] int64, which the
/// caller may name: const auto [row, column] = nonzero<"found">(x). Evaluates x.
template <Axis found = any, TensorType X>
auto nonzero(const X& x, std::source_location where = std::source_location::current()) {
  if constexpr (found != any) detail::require<detail::not_a_new_axis("nonzero", found)>();
  if constexpr (X::rank == 0) {
    detail::require<detail::mistake("nonzero: ", X::axes, " has no axes")>();
    return std::array<Tensor<std::int64_t, found>, 1>();
  } else {
    const std::vector<Array> positions = nonzero(x.array(), where);
    std::array<Tensor<std::int64_t, found>, X::rank> all;
    for (std::size_t axis = 0; axis < all.size(); ++axis)
      all[axis] = Tensor<std::int64_t, found>(positions[axis], where);
    return all;
  }
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
