// Looking elements up: gather, embedding, one_hot, take, index.
#pragma once

#include <tuple>

#include "tenon/array/lookup.h"
#include "tenon/tensor/contract.h"

namespace tenon {

namespace detail {

constexpr Mistake not_indices(std::string_view op, DType dtype) {
  if (dtype == DType::i32 || dtype == DType::i64) return {};
  return mistake(op, ": indices are ", name(dtype), ", not int32 or int64");
}

constexpr Plan gather_plan(std::string_view op, const AxisList& table, const AxisList& indices) {
  Plan plan = plan_for({table, indices});
  plan.axes = indices;
  if (table.rank == 0) {
    plan.mistake = mistake(op, ": a table has at least one axis");
    return plan;
  }
  if (table.rank - 1 + indices.rank > max_rank) {
    plan.mistake = mistake(op, ": ", table, " at ", indices, " gives more than 8 axes");
    return plan;
  }
  for (int i = 1; i < table.rank; ++i) plan.axes.push_back(table[i]);
  return plan;
}

struct LookupPlan : Plan {
  int position = 0;
};

// The axis replaced by those of the indices.
constexpr LookupPlan take_plan(const AxisList& axes, const AxisRef& ref, const AxisList& indices) {
  LookupPlan plan{plan_for({axes, indices})};
  plan.axes = axes;
  const int at = find(axes, ref);
  if (at < 0) {
    plan.mistake = missing_axis("take", axes, ref, at);
    return plan;
  }
  plan.position = at;
  if (axes.rank - 1 + indices.rank > max_rank) {
    plan.mistake = mistake("take: ", axes, " at ", indices, " gives more than 8 axes");
    return plan;
  }
  plan.axes.erase(at);
  for (int i = 0; i < indices.rank; ++i) plan.axes.insert(at + i, indices[i]);
  if (const Axis* twice = doubled_name(plan.axes))
    plan.mistake = mistake("take: ", plan.axes, " has two axes ", twice->label());
  return plan;
}

// Indices with the axes of x, but for the one that they index.
constexpr LookupPlan along_plan(std::string_view op, const AxisList& axes, const AxisRef& ref,
                                const AxisList& indices) {
  const int at = find(axes, ref);
  LookupPlan plan{plan_for({axes, indices}, at)};
  plan.axes = indices;
  if (at < 0) {
    plan.mistake = missing_axis(op, axes, ref, at);
    return plan;
  }
  plan.position = at;
  if (axes.rank != indices.rank) {
    plan.mistake = mistake(op, ": indices ", indices, " have not as many axes as ", axes);
    return plan;
  }
  for (int i = 0; i < axes.rank; ++i) {
    if (i == at) continue;
    const Unified unified = broadcast(axes[i], indices[i]);
    if (!unified.fits && plan.mistake.empty()) plan.mistake = unequal_axes(op, axes[i], axes, indices[i], indices);
    plan.axes[i] = unified.axis;
  }
  return plan;
}

// PyTorch's gather: the other axes are not broadcast, and may be shorter than those of x.
constexpr LookupPlan gather_along_plan(const AxisList& axes, const AxisRef& ref, const AxisList& indices) {
  const int at = find(axes, ref);
  LookupPlan plan{plan_for({axes, indices}, at)};
  plan.axes = indices;
  if (at < 0) {
    plan.mistake = missing_axis("gather", axes, ref, at);
    return plan;
  }
  plan.position = at;
  if (axes.rank != indices.rank) {
    plan.mistake = mistake("gather: indices ", indices, " have not as many axes as ", axes);
    return plan;
  }
  for (int i = 0; i < axes.rank; ++i) {
    if (i == at) continue;
    const Unified unified = unify(axes[i], indices[i]);
    const bool is_shorter =
        axes[i].is_fixed() && indices[i].is_fixed() && indices[i].size() <= axes[i].size() && indices[i].is_number();
    if (unified.fits)
      plan.axes[i] = unified.axis;
    else if (!is_shorter && plan.mistake.empty())
      plan.mistake = unequal_axes("gather", axes[i], axes, indices[i], indices);
  }
  return plan;
}

// The axes from `at` on that a mask stands for.
constexpr Mistake unfit_mask(std::string_view op, const AxisList& axes, int at, const AxisList& mask) {
  if (mask.rank == 0) return mistake(op, ": a mask has at least one axis");
  for (int i = 0; i < mask.rank; ++i)
    if (!unify(axes[at + i], mask[i]).fits)
      return mistake(op, ": axis ", mask[i], " of mask ", mask, " does not fit axis ", axes[at + i], " of ", axes);
  return {};
}

// Indices into the first axes, broadcast together, in place of those axes. A mask is as many as it has axes.
template <std::size_t N>
constexpr Plan index_plan(std::string_view op, const AxisList& axes, const std::array<Input, N>& given) {
  std::array<Input, N> indices = given;
  Mistake made;
  int count = 0;
  for (Input& each : indices) {
    const bool is_mask = each.kind == Input::Kind::tensor && each.dtype == DType::boolean;
    const int taken = is_mask ? each.axes.rank : 1;
    if (is_mask && count + taken <= axes.rank && made.empty()) made = unfit_mask(op, axes, count, each.axes);
    if (is_mask) each = {Input::Kind::tensor, DType::i64, AxisList{any}};
    if (made.empty()) made = not_indices(op, each.dtype);
    count += taken;
  }
  Plan plan = broadcast_plan(op, indices);
  if (plan.mistake.empty()) plan.mistake = made;
  if (count > axes.rank && plan.mistake.empty())
    plan.mistake = mistake(op, ": ", N, " tensors of indices", count == static_cast<int>(N) ? "" : " and masks", ", ",
                           axes, " has ", axes.rank, " axes");
  else if (plan.axes.rank + axes.rank - count > max_rank && plan.mistake.empty())
    plan.mistake = mistake(op, ": ", axes, " at ", plan.axes, " gives more than 8 axes");
  if (!plan.mistake.empty()) return plan;
  for (int i = count; i < axes.rank; ++i) plan.axes.push_back(axes[i]);
  if (const Axis* twice = doubled_name(plan.axes))
    plan.mistake = mistake(op, ": ", plan.axes, " has two axes ", twice->label());
  return plan;
}

constexpr Plan one_hot_plan(const AxisList& indices, const Axis& classes, bool has_size = false) {
  Plan plan = plan_for({indices});
  plan.axes = indices;
  if (!classes.is_fixed() && !has_size)
    plan.mistake = mistake("one_hot: axis ", classes, " has no size; write Axis{\"class\", 10}, or give the size");
  if (indices.rank == max_rank)
    plan.mistake = mistake("one_hot: ", indices, " has 8 axes already");
  else
    plan.axes.push_back(classes);
  return plan;
}

}  // namespace detail

/// (table [rows, rest...], indices [i...]) -> [i..., rest...]. Indices are int32 or int64, in [0, rows), else
/// IndexError when it is evaluated.
template <TensorType Table, TensorType Indices>
auto gather(const Table& table, const Indices& indices, std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan = detail::gather_plan("gather", Table::axes, Indices::axes);
  detail::require<detail::not_indices("gather", Indices::dtype)>();
  detail::require<plan.mistake>();
  using Result = detail::TensorOf<typename Table::Element, plan.axes>;
  if constexpr (plan.checks.count > 0)
    detail::check_sizes("gather", plan.checks, {detail::bound(table), detail::bound(indices)}, where);
  return Result::unchecked(gather(table.array(), indices.array(), where));
}
/// `gather` under the name that it has in models: embedding(table [vocab, embd], tokens [batch, time]) is
/// [batch, time, embd].
template <TensorType Table, TensorType Indices>
auto embedding(const Table& table, const Indices& indices,
               std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan = detail::gather_plan("embedding", Table::axes, Indices::axes);
  detail::require<detail::not_indices("embedding", Indices::dtype)>();
  detail::require<plan.mistake>();
  using Result = detail::TensorOf<typename Table::Element, plan.axes>;
  if constexpr (plan.checks.count > 0)
    detail::check_sizes("embedding", plan.checks, {detail::bound(table), detail::bound(indices)}, where);
  return Result::unchecked(embedding(table.array(), indices.array(), where));
}

/// PyTorch's gather: as take_along_axis, but the other axes are not broadcast. Where both are fixed, those of the
/// indices may be shorter, and see the first elements of x.
template <AxisRef axis, TensorType X, TensorType Indices>
auto gather(const X& x, const Indices& indices, std::source_location where = std::source_location::current()) {
  static constexpr detail::LookupPlan plan = detail::gather_along_plan(X::axes, axis, Indices::axes);
  detail::require<detail::not_indices("gather", Indices::dtype)>();
  detail::require<plan.mistake>();
  using Result = detail::TensorOf<typename X::Element, plan.axes>;
  if constexpr (plan.checks.count > 0)
    detail::check_sizes("gather", plan.checks, {detail::bound(x), detail::bound(indices)}, where);
  return detail::result<Result, plan.has_any>(gather(x.array(), plan.position, indices.array(), where), where);
}
/// NumPy's x[i, j]: tensors of indices into the first axes, broadcast together, in their place: index(x [row, column,
/// embd], std::tuple{i [batch], j [batch]}) is [batch, embd]. Negative indices count from the end. A mask (bool) stands
/// for the positions where it holds, along all of its axes: their number is `any` axis; the mask is evaluated.
template <TensorType X, TensorType... Indices>
  requires(sizeof...(Indices) > 0)
auto index(const X& x, const std::tuple<Indices...>& indices,
           std::source_location where = std::source_location::current()) {
  static constexpr std::array inputs{detail::input_of<Indices>()...};
  static constexpr detail::Plan plan = detail::index_plan("index", X::axes, inputs);
  detail::require<plan.mistake>();
  using Result = detail::TensorOf<typename X::Element, plan.axes>;
  return std::apply(
      [&](const Indices&... each) {
        if constexpr (plan.checks.count > 0) detail::check_sizes("index", plan.checks, {detail::bound(each)...}, where);
        return detail::result<Result, plan.has_any>(index(x.array(), {each.array()...}, where), where);
      },
      indices);
}

/// indices [i...] -> [i..., classes]: one_hot<10>(labels), one_hot<Axis{"class", 10}, double>(labels).
template <Axis classes, Element T = float, TensorType Indices>
auto one_hot(const Indices& indices, std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan = detail::one_hot_plan(Indices::axes, classes);
  detail::require<detail::not_indices("one_hot", Indices::dtype)>();
  detail::require<plan.mistake>();
  return detail::TensorOf<T, plan.axes>::unchecked(one_hot(indices.array(), classes.size(), dtype_of<T>, where));
}

/// With a number of classes that is known at run time: one_hot<"class">(labels, 10).
template <Axis classes, Element T = float, TensorType Indices>
auto one_hot(const Indices& indices, std::int64_t count, std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan = detail::one_hot_plan(Indices::axes, classes, true);
  detail::require<detail::not_indices("one_hot", Indices::dtype)>();
  detail::require<plan.mistake>();
  return detail::TensorOf<T, plan.axes>(one_hot(indices.array(), count, dtype_of<T>, where), where);
}

/// Elements along an axis, which is replaced by those of the indices: take<"time">(x [batch, time, embd], i [query])
/// is [batch, query, embd]. Negative indices count from the end.
template <AxisRef axis, TensorType X, TensorType Indices>
auto take(const X& x, const Indices& indices, std::source_location where = std::source_location::current()) {
  static constexpr detail::LookupPlan plan = detail::take_plan(X::axes, axis, Indices::axes);
  detail::require<detail::not_indices("take", Indices::dtype)>();
  detail::require<plan.mistake>();
  using Result = detail::TensorOf<typename X::Element, plan.axes>;
  if constexpr (plan.checks.count > 0)
    detail::check_sizes("take", plan.checks, {detail::bound(x), detail::bound(indices)}, where);
  return Result::unchecked(take(x.array(), indices.array(), plan.position, where));
}
/// For each element of the indices, the element of x there along an axis; the other axes are x's, or 1, which
/// repeats: take_along_axis<"class">(logits [batch, class], label [batch, 1]) is [batch, 1].
template <AxisRef axis, TensorType X, TensorType Indices>
auto take_along_axis(const X& x, const Indices& indices, std::source_location where = std::source_location::current()) {
  static constexpr detail::LookupPlan plan = detail::along_plan("take_along_axis", X::axes, axis, Indices::axes);
  detail::require<detail::not_indices("take_along_axis", Indices::dtype)>();
  detail::require<plan.mistake>();
  using Result = detail::TensorOf<typename X::Element, plan.axes>;
  if constexpr (plan.checks.count > 0)
    detail::check_sizes("take_along_axis", plan.checks, {detail::bound(x), detail::bound(indices)}, where);
  return detail::result<Result, plan.has_any>(take_along_axis(x.array(), indices.array(), plan.position, where), where);
}

}  // namespace tenon
