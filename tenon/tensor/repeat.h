// Cutting a tensor into parts along an axis, and repeating it.
#pragma once

#include <array>
#include <tuple>

#include "tenon/array/join.h"
#include "tenon/tensor/movement.h"

namespace tenon {

namespace detail {

constexpr AxisPlan chunk_plan(const AxisList& axes, const AxisRef& ref, std::int64_t parts) {
  AxisPlan plan = axis_plan("chunk", axes, ref);
  if (parts < 1) plan.mistake = mistake("chunk: ", parts, " parts; there must be at least 1");
  if (!plan.mistake.empty()) return plan;
  Axis& axis = plan.axes[plan.position];
  if (axis.is_fixed() && axis.size() % parts != 0)
    plan.mistake = mistake("chunk: axis ", axis, " of ", axes, " is not the product of ", parts, " and a size");
  else
    axis = axis.is_fixed() ? resized(axis, axis.size() / parts) : resized(axis);
  return plan;
}

// Part number `part` of an axis that is cut into these sizes.
template <std::size_t N>
constexpr AxisPlan part_plan(const AxisList& axes, const AxisRef& ref, const std::array<std::int64_t, N>& sizes,
                             std::size_t part) {
  constexpr std::string_view op = "split_with_sizes";
  AxisPlan plan = axis_plan(op, axes, ref);
  std::int64_t total = 0;
  for (const std::int64_t size : sizes) {
    if (size < 0) plan.mistake = mistake(op, ": size ", size, " is negative");
    total += size;
  }
  if (N == 0) plan.mistake = mistake(op, ": name the axis and the sizes, split_with_sizes<\"embd\", 8, 4>(x)");
  if (!plan.mistake.empty()) return plan;
  Axis& axis = plan.axes[plan.position];
  if (axis.is_fixed() && axis.size() != total)
    plan.mistake = mistake(op, ": the sizes add up to ", total, ", not to axis ", axis, " of ", axes);
  else
    axis = resized(axis, sizes[part]);
  return plan;
}

constexpr AxisPlan repeat_plan(std::string_view op, const AxisList& axes, const AxisRef& ref, std::int64_t repeats) {
  AxisPlan plan = axis_plan(op, axes, ref);
  if (repeats < 1) plan.mistake = mistake(op, ": ", repeats, " times; it must be at least 1");
  if (!plan.mistake.empty()) return plan;
  Axis& axis = plan.axes[plan.position];
  axis = axis.is_fixed() ? resized(axis, axis.size() * repeats) : Axis(repeats) * axis;
  return plan;
}

}  // namespace detail

/// Equal parts of an axis, as a std::array: const auto [q, k, v] = chunk<"embd", 3>(x). A size that does not divide is
/// a compile error where it is fixed, ShapeError where it is not; a name stays the parts' name.
template <AxisRef axis, std::int64_t parts, TensorType X>
auto chunk(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::chunk_plan(X::axes, axis, parts);
  detail::require<plan.mistake>();
  using Part = detail::TensorOf<typename X::Element, plan.axes>;
  if constexpr (!plan.mistake.empty()) {
    return std::array<Part, 1>();
  } else {
    const std::vector<Array> arrays = split(x.array(), parts, plan.position, where);
    std::array<Part, static_cast<std::size_t>(parts)> chunks;
    for (std::size_t i = 0; i < chunks.size(); ++i) chunks[i] = Part::unchecked(arrays[i]);
    return chunks;
  }
}

/// Parts of these sizes, which add up to that of the axis, as a std::tuple: split_with_sizes<"embd", 8, 4>(x).
/// `split` itself makes several axes of one.
template <AxisRef axis, std::int64_t... sizes, TensorType X>
auto split_with_sizes(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr std::array<std::int64_t, sizeof...(sizes)> list{sizes...};
  static constexpr detail::AxisPlan first = detail::part_plan(X::axes, axis, list, 0);
  detail::require<first.mistake>();
  if constexpr (!first.mistake.empty()) {
    return std::tuple<>();
  } else {
    const std::vector<Array> arrays = split(x.array(), list, first.position, where);
    return [&]<std::size_t... part>(std::index_sequence<part...>) {
      return std::tuple{
          detail::TensorOf<typename X::Element, detail::part_plan(X::axes, axis, list, part).axes>::unchecked(
              arrays[part])...};
    }(std::make_index_sequence<sizeof...(sizes)>());
  }
}

/// An axis as a whole, so many times: tile<"time", 3>(x) has an axis 3*time.
template <AxisRef axis, std::int64_t repeats, TensorType X>
auto tile(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::repeat_plan("tile", X::axes, axis, repeats);
  detail::require<plan.mistake>();
  Shape counts(X::rank, 1);
  counts[plan.position] = repeats;
  return detail::TensorOf<typename X::Element, plan.axes>::unchecked(tile(x.array(), counts, where));
}
/// Each element of an axis, so many times in a row.
template <AxisRef axis, std::int64_t repeats, TensorType X>
auto repeat_interleave(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::repeat_plan("repeat_interleave", X::axes, axis, repeats);
  detail::require<plan.mistake>();
  return detail::TensorOf<typename X::Element, plan.axes>::unchecked(
      repeat_interleave(x.array(), repeats, plan.position, where));
}
/// Elements move `shift` places towards the end of an axis; those that leave it come in at the front.
template <AxisRef axis, TensorType X>
auto roll(const X& x, std::int64_t shift, std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::axis_plan("roll", X::axes, axis);
  detail::require<plan.mistake>();
  return X::unchecked(roll(x.array(), shift, plan.position, where));
}

}  // namespace tenon
