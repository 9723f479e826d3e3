// Writing elements by indices along an axis, or by a mask. See array/scatter.h for what stays where several meet.
#pragma once

#include "tenon/array/create.h"
#include "tenon/array/scatter.h"
#include "tenon/tensor/lookup.h"

namespace tenon {

namespace detail {

// Values have the axes of the indices; those have the axes of x, but for the one that they index.
constexpr LookupPlan scatter_plan(std::string_view op, const AxisList& axes, const AxisRef& ref,
                                  const AxisList& indices, const AxisList& values) {
  const int at = find(axes, ref);
  LookupPlan plan{plan_for({axes, indices}, at)};
  plan.axes = axes;
  if (at < 0) {
    plan.mistake = missing_axis(op, axes, ref, at);
    return plan;
  }
  plan.position = at;
  if (axes.rank != indices.rank || indices.rank != values.rank) {
    plan.mistake = mistake(op, ": indices ", indices, " and values ", values, " have not as many axes as ", axes);
    return plan;
  }
  for (int i = 0; i < axes.rank; ++i) {
    if (!unify(indices[i], values[i]).fits && plan.mistake.empty())
      plan.mistake = unequal_axes(op, indices[i], indices, values[i], values);
    if (i != at && !unify(axes[i], indices[i]).fits && plan.mistake.empty())
      plan.mistake = unequal_axes(op, axes[i], axes, indices[i], indices);
  }
  return plan;
}

template <class Values>
void check_values(std::string_view op, const Bound& indices, const Values& values, const std::source_location& where) {
  if (values.shape() == indices.array.shape()) return;
  throw ShapeError(std::string(op) + ": values " + describe(Values::axes, values.shape()) + " for indices " +
                       describe(indices.axes, indices.array.shape()) + "; their sizes must be equal",
                   where);
}

}  // namespace detail

/// x with values[i] at the indices along an axis, at the values' own place along the others; the last of several
/// stays: scatter<"slot">(cache [batch, slot], at [batch, 1], values [batch, 1]). Negative indices count from the end.
template <AxisRef axis, TensorType X, TensorType Indices, TensorType Values>
X scatter(const X& x, const Indices& indices, const Values& values,
          std::source_location where = std::source_location::current()) {
  static constexpr detail::LookupPlan plan =
      detail::scatter_plan("scatter", X::axes, axis, Indices::axes, Values::axes);
  detail::require<detail::not_indices("scatter", Indices::dtype)>();
  detail::require<detail::unequal_types("scatter", X::dtype, Values::dtype)>();
  detail::require<plan.mistake>();
  if constexpr (plan.checks.count > 0)
    detail::check_sizes("scatter", plan.checks, {detail::bound(x), detail::bound(indices)}, where);
  detail::check_values("scatter", detail::bound(indices), values, where);
  return X::unchecked(scatter(x.array(), plan.position, indices.array(), values.array(), where));
}
/// x plus the sum of the values that meet at each element.
template <AxisRef axis, TensorType X, TensorType Indices, TensorType Values>
X scatter_add(const X& x, const Indices& indices, const Values& values,
              std::source_location where = std::source_location::current()) {
  static constexpr detail::LookupPlan plan =
      detail::scatter_plan("scatter_add", X::axes, axis, Indices::axes, Values::axes);
  detail::require<detail::not_indices("scatter_add", Indices::dtype)>();
  detail::require<detail::unequal_types("scatter_add", X::dtype, Values::dtype)>();
  detail::require<plan.mistake>();
  if constexpr (plan.checks.count > 0)
    detail::check_sizes("scatter_add", plan.checks, {detail::bound(x), detail::bound(indices)}, where);
  detail::check_values("scatter_add", detail::bound(indices), values, where);
  return X::unchecked(scatter_add(x.array(), plan.position, indices.array(), values.array(), where));
}

/// The same number at all of them.
template <AxisRef axis, TensorType X, TensorType Indices, class Number>
  requires std::is_arithmetic_v<Number>
X scatter(const X& x, const Indices& indices, Number value,
          std::source_location where = std::source_location::current()) {
  static constexpr detail::LookupPlan plan =
      detail::scatter_plan("scatter", X::axes, axis, Indices::axes, Indices::axes);
  detail::require<detail::not_indices("scatter", Indices::dtype)>();
  detail::require<plan.mistake>();
  if constexpr (plan.checks.count > 0)
    detail::check_sizes("scatter", plan.checks, {detail::bound(x), detail::bound(indices)}, where);
  return X::unchecked(scatter(x.array(), plan.position, indices.array(), Operand(value, where), where));
}
template <AxisRef axis, TensorType X, TensorType Indices, class Number>
  requires std::is_arithmetic_v<Number>
X scatter_add(const X& x, const Indices& indices, Number value,
              std::source_location where = std::source_location::current()) {
  static constexpr detail::LookupPlan plan =
      detail::scatter_plan("scatter_add", X::axes, axis, Indices::axes, Indices::axes);
  detail::require<detail::not_indices("scatter_add", Indices::dtype)>();
  detail::require<plan.mistake>();
  if constexpr (plan.checks.count > 0)
    detail::check_sizes("scatter_add", plan.checks, {detail::bound(x), detail::bound(indices)}, where);
  return X::unchecked(scatter_add(x.array(), plan.position, indices.array(), Operand(value, where), where));
}

namespace detail {

// Values that broadcast to the elements that indices name.
template <std::size_t N>
constexpr Plan index_put_plan(std::string_view op, const AxisList& axes, const std::array<Input, N>& indices,
                              const Input& values) {
  const Plan named = index_plan(op, axes, indices);
  if (!named.mistake.empty() || values.kind != Input::Kind::tensor) return named;
  const std::array<Input, 2> inputs{Input{Input::Kind::tensor, DType::f32, named.axes}, values};
  Plan plan = broadcast_plan(op, inputs);
  bool fits = values.axes.rank <= named.axes.rank;
  for (int i = 1; fits && i <= values.axes.rank; ++i)
    fits = named.axes[named.axes.rank - i] != Axis(1) || values.axes[values.axes.rank - i] == Axis(1);
  if (!fits && plan.mistake.empty())
    plan.mistake =
        mistake(op, ": values ", values.axes, " do not broadcast to ", named.axes, ", what the indices name");
  plan.checks = named.checks;
  return plan;
}

template <class X, class Values>
constexpr Mistake unequal_values(std::string_view op) {
  if constexpr (is_tensor<Values>)
    return unequal_types(op, X::dtype, Values::dtype);
  else if constexpr (std::is_arithmetic_v<Values>)
    return {};
  else
    return mistake(op, ": the values are neither a tensor nor a number");
}

template <class Values>
Operand values_operand(const Values& values, const std::source_location& where) {
  if constexpr (is_tensor<Values>)
    return Operand(values.array(), where);
  else
    return Operand(values, where);
}

}  // namespace detail

/// NumPy's x[i, j] = values, as a new tensor: index_put(x [row, column, embd], std::tuple{i [batch], j [batch]}, values
/// [batch, embd]). The values broadcast to what the indices name, or are a number; the last of several stays.
template <TensorType X, TensorType... Indices, class Values>
  requires(sizeof...(Indices) > 0)
X index_put(const X& x, const std::tuple<Indices...>& indices, const Values& values,
            std::source_location where = std::source_location::current()) {
  static constexpr std::array inputs{detail::input_of<Indices>()...};
  static constexpr detail::Plan plan = detail::index_put_plan("index_put", X::axes, inputs, detail::input_of<Values>());
  detail::require<detail::unequal_values<X, Values>("index_put")>();
  detail::require<plan.mistake>();
  return std::apply(
      [&](const Indices&... each) {
        if constexpr (plan.checks.count > 0)
          detail::check_sizes("index_put", plan.checks, {detail::bound(each)...}, where);
        return X::unchecked(index_put(x.array(), {each.array()...}, detail::values_operand(values, where), where));
      },
      indices);
}
/// x[i, j] += values, each of them.
template <TensorType X, TensorType... Indices, class Values>
  requires(sizeof...(Indices) > 0)
X index_add(const X& x, const std::tuple<Indices...>& indices, const Values& values,
            std::source_location where = std::source_location::current()) {
  static constexpr std::array inputs{detail::input_of<Indices>()...};
  static constexpr detail::Plan plan = detail::index_put_plan("index_add", X::axes, inputs, detail::input_of<Values>());
  detail::require<detail::unequal_values<X, Values>("index_add")>();
  detail::require<plan.mistake>();
  return std::apply(
      [&](const Indices&... each) {
        if constexpr (plan.checks.count > 0)
          detail::check_sizes("index_add", plan.checks, {detail::bound(each)...}, where);
        return X::unchecked(index_add(x.array(), {each.array()...}, detail::values_operand(values, where), where));
      },
      indices);
}

namespace detail {
constexpr Plan masked_fill_plan(const AxisList& axes, DType mask_type, const AxisList& mask) {
  const std::array<Input, 2> inputs{Input{Input::Kind::tensor, DType::f32, axes},
                                    Input{Input::Kind::tensor, DType::f32, mask}};
  Plan plan = broadcast_plan("masked_fill", inputs);
  if (mask_type != DType::boolean) plan.mistake = mistake("masked_fill: the mask is ", name(mask_type), ", not bool");
  if (plan.mistake.empty() && mask.rank > axes.rank)
    plan.mistake = mistake("masked_fill: the mask ", mask, " has more axes than ", axes);
  for (int i = 1; i <= mask.rank && plan.mistake.empty(); ++i)
    if (axes[axes.rank - i] == Axis(1) && mask[mask.rank - i] != Axis(1))
      plan.mistake = mistake("masked_fill: the mask ", mask, " does not broadcast to ", axes);
  return plan;
}
}  // namespace detail

/// The number where the mask (bool) holds, x elsewhere; the mask broadcasts to the axes of x.
template <TensorType X, TensorType Mask>
X masked_fill(const X& x, const Mask& mask, double value,
              std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan = detail::masked_fill_plan(X::axes, Mask::dtype, Mask::axes);
  detail::require<plan.mistake>();
  if constexpr (plan.checks.count > 0)
    detail::check_sizes("masked_fill", plan.checks, {detail::bound(x), detail::bound(mask)}, where);
  return X::unchecked(masked_fill(x.array(), mask.array(), full({}, value, X::dtype, where), where));
}

}  // namespace tenon
