// Ops that name, order, cut and extend axes, and compute nothing.
#pragma once

#include "tenon/array/movement.h"
#include "tenon/array/pad.h"
#include "tenon/tensor/reshape.h"

namespace tenon {

namespace detail {

// An op on one axis.
struct AxisPlan {
  Mistake mistake;
  AxisList axes;
  int position = 0;
};

constexpr AxisPlan axis_plan(std::string_view op, const AxisList& axes, const AxisRef& ref) {
  AxisPlan plan;
  plan.axes = axes;
  const int at = find(axes, ref);
  if (at < 0)
    plan.mistake = missing_axis(op, axes, ref, at);
  else
    plan.position = at;
  return plan;
}

// An op on several axes; on all where none is named.
struct AxesPlan {
  Mistake mistake;
  AxisList axes;
  int positions[max_rank] = {};
  int count = 0;

  Axes list() const { return Axes(std::span<const int>(positions, static_cast<std::size_t>(count))); }
};

constexpr AxesPlan axes_plan(std::string_view op, const AxisList& axes, std::initializer_list<AxisRef> refs) {
  AxesPlan plan;
  plan.axes = axes;
  bool named[max_rank] = {};
  for (const AxisRef& ref : refs) {
    const int at = find(axes, ref);
    if (at < 0 || named[at]) {
      plan.mistake =
          at < 0 ? missing_axis(op, axes, ref, at) : mistake(op, ": axis ", ref, " of ", axes, " is named twice");
      return plan;
    }
    named[at] = true;
    plan.positions[plan.count++] = at;
  }
  if (refs.size() == 0)
    for (; plan.count < axes.rank; ++plan.count) plan.positions[plan.count] = plan.count;
  return plan;
}

// The axis under a new name, with the size that is known of it.
constexpr Axis renamed(const Axis& axis, const Axis& label) {
  return is_name(label.view()) && !label.is_any() && axis.is_fixed() ? Axis::of(label.view(), axis.size()) : label;
}

// What is left to say of an axis whose size changed: its name, if it has one.
constexpr Axis resized(const Axis& axis) { return axis.is_number() ? any : axis.label(); }
constexpr Axis resized(const Axis& axis, std::int64_t size) {
  return is_name(axis.label().view()) && !axis.is_any() ? Axis::of(axis.label().view(), size) : Axis(size);
}

template <std::size_t N>
constexpr AxisPlan rename_plan(const AxisList& axes, const std::array<AxisRef, N>& refs) {
  AxisPlan plan;
  plan.axes = axes;
  if (N == 0 || N % 2 != 0) {
    plan.mistake = mistake("rename: takes pairs of names, old and new");
    return plan;
  }
  for (std::size_t i = 0; i < N; i += 2) {
    const int at = find(axes, refs[i]);
    if (at < 0) {
      plan.mistake = missing_axis("rename", axes, refs[i], at);
      return plan;
    }
    if (refs[i + 1].is_position()) {
      plan.mistake = mistake("rename: ", refs[i + 1], " is no name");
      return plan;
    }
    plan.axes[at] = renamed(axes[at], refs[i + 1].label);
  }
  if (const Axis* twice = doubled_name(plan.axes))
    plan.mistake = mistake("rename: ", plan.axes, " has two axes ", twice->label());
  return plan;
}

struct PermutePlan {
  Mistake mistake;
  AxisList axes;
  int order[max_rank] = {};
};

template <std::size_t N>
constexpr PermutePlan permute_plan(std::string_view op, const AxisList& axes, const std::array<AxisRef, N>& refs) {
  PermutePlan plan;
  if (static_cast<int>(N) != axes.rank) {
    plan.axes = axes;
    plan.mistake = mistake(op, ": ", N, " axes are named, ", axes, " has ", axes.rank);
    return plan;
  }
  bool used[max_rank] = {};
  for (std::size_t i = 0; i < N; ++i) {
    const int at = find(axes, refs[i]);
    if (at < 0 || used[at]) {
      plan.mistake = at < 0 ? missing_axis(op, axes, refs[i], at)
                            : mistake(op, ": axis ", refs[i], " of ", axes, " is named twice");
      plan.axes = axes;
      return plan;
    }
    used[at] = true;
    plan.order[i] = at;
    plan.axes.push_back(axes[at]);
  }
  return plan;
}

constexpr PermutePlan transpose_plan(std::string_view op, const AxisList& axes, const AxisRef& first,
                                     const AxisRef& second) {
  PermutePlan plan;
  plan.axes = axes;
  const int i = find(axes, first), j = find(axes, second);
  if (i < 0 || j < 0) {
    plan.mistake = i < 0 ? missing_axis(op, axes, first, i) : missing_axis(op, axes, second, j);
    return plan;
  }
  for (int axis = 0; axis < axes.rank; ++axis) plan.order[axis] = axis == i ? j : axis == j ? i : axis;
  plan.axes[i] = axes[j];
  plan.axes[j] = axes[i];
  return plan;
}

inline Axes order_of(const PermutePlan& plan) {
  return Axes(std::span<const int>(plan.order, static_cast<std::size_t>(plan.axes.rank)));
}

constexpr PermutePlan moveaxis_plan(const AxisList& axes, const AxisRef& ref, int to) {
  PermutePlan plan;
  plan.axes = axes;
  const int from = find(axes, ref), target = to < 0 ? to + axes.rank : to;
  if (from < 0) {
    plan.mistake = missing_axis("moveaxis", axes, ref, from);
    return plan;
  }
  if (target < 0 || target >= axes.rank) {
    plan.mistake = mistake("moveaxis: no position ", to, " in ", axes);
    return plan;
  }
  plan.axes.erase(from);
  plan.axes.insert(target, axes[from]);
  for (int axis = 0, rest = 0; axis < axes.rank; ++axis) {
    if (axis == target) {
      plan.order[axis] = from;
      continue;
    }
    if (rest == from) ++rest;
    plan.order[axis] = rest++;
  }
  return plan;
}

// Positions start to stop - 1, both known.
constexpr AxisPlan slice_plan(std::string_view op, const AxisList& axes, const AxisRef& ref, std::int64_t start,
                              std::int64_t stop) {
  AxisPlan plan = axis_plan(op, axes, ref);
  if (!plan.mistake.empty()) return plan;
  Axis& axis = plan.axes[plan.position];
  const std::int64_t size = axis.size();
  if (start < 0 || stop < start || (size != Axis::run_time && stop > size)) {
    plan.mistake = mistake(op, ": positions ", start, " to ", stop, " are outside axis ", axis, " of ", axes);
    return plan;
  }
  axis = resized(axis, stop - start);
  return plan;
}

constexpr AxisPlan pad_plan(const AxisList& axes, const AxisRef& ref, std::int64_t before, std::int64_t after) {
  AxisPlan plan = axis_plan("pad", axes, ref);
  if (before < 0 || after < 0) plan.mistake = mistake("pad: ", before, " and ", after, " are not both at least 0");
  if (!plan.mistake.empty()) return plan;
  Axis& axis = plan.axes[plan.position];
  axis = axis.is_fixed() ? resized(axis, axis.size() + before + after) : resized(axis);
  return plan;
}

// The axis resized at run time, under its own name or another.
constexpr AxisPlan resize_plan(std::string_view op, const AxisList& axes, const AxisRef& ref, const Axis& now,
                               bool has_now) {
  AxisPlan plan = axis_plan(op, axes, ref);
  if (plan.mistake.empty()) plan.axes[plan.position] = has_now ? now : resized(axes[plan.position]);
  return plan;
}

constexpr AxisPlan remove_plan(std::string_view op, const AxisList& axes, const AxisRef& ref) {
  AxisPlan plan = axis_plan(op, axes, ref);
  if (plan.mistake.empty()) plan.axes.erase(plan.position);
  return plan;
}

// Without names: the axes that are known to have size 1.
constexpr AxesPlan squeeze_plan(const AxisList& axes, std::initializer_list<AxisRef> refs) {
  const AxesPlan named = axes_plan("squeeze", axes, refs);
  AxesPlan plan;
  plan.mistake = named.mistake;
  plan.axes = axes;
  bool goes[max_rank] = {};
  for (int i = 0; i < named.count && plan.mistake.empty(); ++i) {
    const int at = named.positions[i];
    goes[at] = axes[at].size() == 1 || (refs.size() != 0 && axes[at].is_any());
    if (goes[at])
      plan.positions[plan.count++] = at;
    else if (refs.size() != 0)
      plan.mistake = mistake("squeeze: axis ", axes[at], " of ", axes, " has not size 1");
  }
  for (int at = axes.rank - 1; at >= 0; --at)
    if (goes[at]) plan.axes.erase(at);
  return plan;
}

constexpr AxisPlan unsqueeze_plan(const AxisList& axes, int position, const Axis& axis,
                                  std::string_view op = "unsqueeze") {
  AxisPlan plan;
  plan.axes = axes;
  const int at = position < 0 ? position + axes.rank + 1 : position;
  if (at < 0 || at > axes.rank || axes.rank == max_rank) {
    plan.mistake = mistake(op, ": no room for an axis at position ", position, " of ", axes);
    return plan;
  }
  if (axis.is_fixed() && axis.size() != 1) plan.mistake = mistake(op, ": a new axis has size 1, not ", axis);
  plan.position = at;
  plan.axes.insert(at, axis);
  if (const Axis* twice = doubled_name(plan.axes))
    plan.mistake = mistake(op, ": ", plan.axes, " has two axes ", twice->label());
  return plan;
}

}  // namespace detail

/// rename<"time", "key">(x), rename<0, "batch", "embd", "channel">(x): old names or positions, each with the new
/// name. What is known of sizes stays.
template <AxisRef... pairs, TensorType X>
auto rename(const X& x) {
  static constexpr detail::AxisPlan plan =
      detail::rename_plan(X::axes, std::array<AxisRef, sizeof...(pairs)>{pairs...});
  detail::require<plan.mistake>();
  return detail::TensorOf<typename X::Element, plan.axes>::unchecked(x.array());
}

/// All axes in this order: permute<"time", "batch", -1>(x).
template <AxisRef... order, TensorType X>
auto permute(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::PermutePlan plan =
      detail::permute_plan("permute", X::axes, std::array<AxisRef, sizeof...(order)>{order...});
  detail::require<plan.mistake>();
  return detail::TensorOf<typename X::Element, plan.axes>::unchecked(permute(x.array(), detail::order_of(plan), where));
}
/// Two axes exchanged: transpose<"time", "head">(x); by default the last two.
template <AxisRef first = -2, AxisRef second = -1, TensorType X>
auto transpose(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::PermutePlan plan = detail::transpose_plan("transpose", X::axes, first, second);
  detail::require<plan.mistake>();
  return detail::TensorOf<typename X::Element, plan.axes>::unchecked(permute(x.array(), detail::order_of(plan), where));
}

/// NumPy's name of it; the two are always named.
template <AxisRef first, AxisRef second, TensorType X>
auto swapaxes(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::PermutePlan plan = detail::transpose_plan("swapaxes", X::axes, first, second);
  detail::require<plan.mistake>();
  return detail::TensorOf<typename X::Element, plan.axes>::unchecked(permute(x.array(), detail::order_of(plan), where));
}

/// An axis at another position of the result, the others in their order: moveaxis<"time", 0>(x).
template <AxisRef axis, int to, TensorType X>
auto moveaxis(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::PermutePlan plan = detail::moveaxis_plan(X::axes, axis, to);
  detail::require<plan.mistake>();
  return detail::TensorOf<typename X::Element, plan.axes>::unchecked(permute(x.array(), detail::order_of(plan), where));
}

/// Positions start to stop - 1 of an axis, checked against its size: slice<"class", 0, 5>(x) has an axis of
/// size 5.
template <AxisRef axis, std::int64_t start, std::int64_t stop, TensorType X>
auto slice(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::slice_plan("slice", X::axes, axis, start, stop);
  detail::require<plan.mistake>();
  return detail::TensorOf<typename X::Element, plan.axes>::unchecked(
      narrow(x.array(), plan.position, start, stop - start, where));
}
/// A range that is known at run time, as NumPy's. The axis keeps its name, and a size without a name becomes
/// `any`; slice<"time", "window">(x, range) names it anew.
template <AxisRef axis, Axis... now, TensorType X>
auto slice(const X& x, const Range& range, std::source_location where = std::source_location::current()) {
  static_assert(sizeof...(now) <= 1, "slice: one new axis at most");
  static constexpr detail::AxisPlan plan =
      detail::resize_plan("slice", X::axes, axis, (Axis(), ..., now), sizeof...(now) > 0);
  detail::require<plan.mistake>();
  return detail::TensorOf<typename X::Element, plan.axes>(slice(x.array(), plan.position, range, where), where);
}
/// PyTorch's way to say it: `length` elements from `start`, which is not negative here. narrow<"time", 2, 5>(x).
template <AxisRef axis, std::int64_t start, std::int64_t length, TensorType X>
auto narrow(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::slice_plan("narrow", X::axes, axis, start, start + length);
  detail::require<plan.mistake>();
  return detail::TensorOf<typename X::Element, plan.axes>::unchecked(
      narrow(x.array(), plan.position, start, length, where));
}
/// From a start that is known at run time, and may count from the end: narrow<"time", 5>(x, start).
template <AxisRef axis, std::int64_t length, TensorType X>
auto narrow(const X& x, std::int64_t start, std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::slice_plan("narrow", X::axes, axis, 0, length);
  detail::require<plan.mistake>();
  return detail::TensorOf<typename X::Element, plan.axes>::unchecked(
      narrow(x.array(), plan.position, start, length, where));
}
/// One element of an axis, which disappears; a negative index counts from the end.
template <AxisRef axis, TensorType X>
auto select(const X& x, std::int64_t index, std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::remove_plan("select", X::axes, axis);
  detail::require<plan.mistake>();
  return detail::TensorOf<typename X::Element, plan.axes>::unchecked(select(x.array(), plan.position, index, where));
}
/// Axes backwards, all of them where none is named: flip<"time">(x).
template <AxisRef... axes, TensorType X>
auto flip(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::AxesPlan plan = detail::axes_plan("flip", X::axes, {axes...});
  detail::require<plan.mistake>();
  return X::unchecked(flip(x.array(), plan.list(), where));
}

/// Elements of this value before and after those of an axis, whose size grows: pad<"time", 1, 0>(x).
template <AxisRef axis, std::int64_t before, std::int64_t after, TensorType X>
auto pad(const X& x, double value = 0, std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::pad_plan(X::axes, axis, before, after);
  detail::require<plan.mistake>();
  Padding padding[max_rank + 1] = {};
  padding[plan.position] = {before, after};
  return detail::TensorOf<typename X::Element, plan.axes>::unchecked(
      pad(x.array(), std::span<const Padding>(padding, static_cast<std::size_t>(X::rank)), value, where));
}
/// By numbers that are known at run time; the axis keeps its name, or becomes `any`.
template <AxisRef axis, TensorType X>
auto pad(const X& x, const Padding& along, double value = 0,
         std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::resize_plan("pad", X::axes, axis, Axis(), false);
  detail::require<plan.mistake>();
  Padding padding[max_rank + 1] = {};
  padding[plan.position] = along;
  return detail::TensorOf<typename X::Element, plan.axes>::unchecked(
      pad(x.array(), std::span<const Padding>(padding, static_cast<std::size_t>(X::rank)), value, where));
}

/// Filled from the tensor itself, as the mode says: pad<"time", 1, 1>(x, PadMode::reflect). Throws ShapeError for more
/// than the mode allows.
template <AxisRef axis, std::int64_t before, std::int64_t after, TensorType X>
auto pad(const X& x, PadMode mode, std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::pad_plan(X::axes, axis, before, after);
  detail::require<plan.mistake>();
  Padding padding[max_rank + 1] = {};
  padding[plan.position] = {before, after};
  return detail::TensorOf<typename X::Element, plan.axes>::unchecked(
      pad(x.array(), std::span<const Padding>(padding, static_cast<std::size_t>(X::rank)), mode, where));
}

/// By numbers that are known at run time.
template <AxisRef axis, TensorType X>
auto pad(const X& x, const Padding& along, PadMode mode, std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::resize_plan("pad", X::axes, axis, Axis(), false);
  detail::require<plan.mistake>();
  Padding padding[max_rank + 1] = {};
  padding[plan.position] = along;
  return detail::TensorOf<typename X::Element, plan.axes>::unchecked(
      pad(x.array(), std::span<const Padding>(padding, static_cast<std::size_t>(X::rank)), mode, where));
}

/// A new axis of size 1 at this position of the result; it may have a name, unsqueeze<0, "batch">(x).
template <int position, Axis axis = 1, TensorType X>
auto unsqueeze(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::unsqueeze_plan(X::axes, position, axis);
  detail::require<plan.mistake>();
  return detail::TensorOf<typename X::Element, plan.axes>::unchecked(unsqueeze(x.array(), plan.position, where));
}
/// NumPy's name of it.
template <int position, Axis axis = 1, TensorType X>
auto expand_dims(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::unsqueeze_plan(X::axes, position, axis, "expand_dims");
  detail::require<plan.mistake>();
  return detail::TensorOf<typename X::Element, plan.axes>::unchecked(unsqueeze(x.array(), plan.position, where));
}
/// Removes axes of size 1, squeeze<1, 2>(x); where none is named, all that the type shows to have it.
template <AxisRef... axes, TensorType X>
auto squeeze(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::AxesPlan plan = detail::squeeze_plan(X::axes, {axes...});
  detail::require<plan.mistake>();
  using Result = detail::TensorOf<typename X::Element, plan.axes>;
  if constexpr (plan.count == 0)
    return Result(x);
  else
    return Result::unchecked(squeeze(x.array(), plan.list(), where));
}

}  // namespace tenon
