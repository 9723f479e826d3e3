// Matrices by their diagonals; see array/diagonal.h for what an offset is.
#pragma once

#include "tenon/array/diagonal.h"
#include "tenon/tensor/reduce.h"

namespace tenon {

namespace detail {

struct DiagonalPlan {
  Mistake mistake;
  AxisList axes;  // without the two, and the diagonal's behind them
  int row = 0, column = 0;
};

// The axis of a diagonal: `now` when it is given, else what follows from the matrix' sizes.
constexpr Axis diagonal_axis(const Axis& row, const Axis& column, std::int64_t offset) {
  if (row.is_fixed() && column.is_fixed()) {
    const std::int64_t rows = row.size() + (offset < 0 ? offset : 0),
                       columns = column.size() - (offset > 0 ? offset : 0);
    const std::int64_t least = rows < columns ? rows : columns;
    return least < 0 ? Axis(0) : Axis(least);
  }
  return offset == 0 && row.label() == column.label() ? row : any;
}

constexpr DiagonalPlan diagonal_plan(std::string_view op, const AxisList& axes, const AxisRef& row,
                                     const AxisRef& column, std::int64_t offset) {
  DiagonalPlan plan;
  plan.axes = axes;
  const int i = find(axes, row), j = find(axes, column);
  if (i < 0 || j < 0) {
    plan.mistake = i < 0 ? missing_axis(op, axes, row, i) : missing_axis(op, axes, column, j);
    return plan;
  }
  if (i == j) {
    plan.mistake = mistake(op, ": axis ", column, " of ", axes, " is named twice");
    return plan;
  }
  plan.row = i;
  plan.column = j;
  plan.axes.erase(i < j ? j : i);
  plan.axes.erase(i < j ? i : j);
  plan.axes.push_back(diagonal_axis(axes[i], axes[j], offset));
  return plan;
}

constexpr DiagonalPlan trace_plan(const AxisList& axes, const AxisRef& row, const AxisRef& column,
                                  std::int64_t offset) {
  DiagonalPlan plan = diagonal_plan("trace", axes, row, column, offset);
  if (plan.mistake.empty()) plan.axes.erase(plan.axes.rank - 1);
  return plan;
}

// [..., n] -> [..., n + |offset|, n + |offset|]
constexpr DiagonalPlan diag_embed_plan(std::string_view op, const AxisList& axes, std::int64_t offset,
                                       const Axis& column) {
  DiagonalPlan plan;
  plan.axes = axes;
  if (axes.rank == 0 || axes.rank == max_rank) {
    plan.mistake = mistake(op, ": ", axes, axes.rank == 0 ? " has no axis" : " has 8 axes already");
    return plan;
  }
  Axis& row = plan.axes[axes.rank - 1];
  const std::int64_t size = row.is_fixed() ? row.size() + (offset < 0 ? -offset : offset) : Axis::run_time;
  if (offset != 0) row = size == Axis::run_time ? any : Axis(size);
  const Axis other = size == Axis::run_time || column.is_fixed() ? column
                     : column.is_any()                           ? Axis(size)
                                                                 : Axis::of(column.view(), size);
  plan.axes.push_back(other);
  if (size != Axis::run_time && other.size() != size)
    plan.mistake = mistake(op, ": ", size, " columns do not make an axis ", column);
  else if (const Axis* twice = doubled_name(plan.axes))
    plan.mistake = mistake(op, ": ", plan.axes, " has two axes ", twice->label());
  return plan;
}

constexpr DiagonalPlan diag_plan(const AxisList& axes, std::int64_t offset, const Axis& column) {
  if (axes.rank == 2) return diagonal_plan("diag", axes, 0, 1, offset);
  if (axes.rank == 1) return diag_embed_plan("diag", axes, offset, column);
  DiagonalPlan plan;
  plan.mistake = mistake("diag: ", axes, " is neither a vector nor a matrix");
  return plan;
}

constexpr Mistake no_matrix(std::string_view op, const AxisList& axes) {
  if (axes.rank >= 2) return {};
  return mistake(op, ": ", axes, " is no matrix");
}

}  // namespace detail

/// A diagonal of the matrices along two axes, which disappear; its elements are the last axis:
/// diagonal<"row", "column">(x), diagonal<0, 1, -1>(x). The axis has a size where theirs are fixed, their name where
/// they share one and the offset is 0, else it is `any`.
template <AxisRef row = 0, AxisRef column = 1, std::int64_t offset = 0, TensorType X>
auto diagonal(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::DiagonalPlan plan = detail::diagonal_plan("diagonal", X::axes, row, column, offset);
  detail::require<plan.mistake>();
  return detail::TensorOf<typename X::Element, plan.axes>::unchecked(
      diagonal(x.array(), offset, plan.row, plan.column, where));
}
/// [n, m] -> its diagonal, as `diagonal`. [n] -> [n + |offset|, n + |offset|] with x on a diagonal and zeros elsewhere;
/// a name stays on the rows where the offset is 0, and the columns may have another: diag<0, "column">(x).
template <std::int64_t offset = 0, Axis column = any, TensorType X>
auto diag(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::DiagonalPlan plan = detail::diag_plan(X::axes, offset, column);
  detail::require<plan.mistake>();
  return detail::TensorOf<typename X::Element, plan.axes>(diag(x.array(), offset, where), where);
}
/// [..., n] -> [..., n + |offset|, n + |offset|]: `diag` of each row.
template <std::int64_t offset = 0, Axis column = any, TensorType X>
auto diag_embed(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::DiagonalPlan plan = detail::diag_embed_plan("diag_embed", X::axes, offset, column);
  detail::require<plan.mistake>();
  return detail::TensorOf<typename X::Element, plan.axes>(diag_embed(x.array(), offset, where), where);
}
/// The sum of a diagonal; integers and bool are summed in int64.
template <AxisRef row = 0, AxisRef column = 1, std::int64_t offset = 0, TensorType X>
auto trace(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::DiagonalPlan plan = detail::trace_plan(X::axes, row, column, offset);
  detail::require<plan.mistake>();
  return detail::TensorOf<detail::SumType<typename X::Element>, plan.axes>::unchecked(
      trace(x.array(), offset, plan.row, plan.column, where));
}
/// The matrices of the last two axes with zeros above (tril) or below (triu) a diagonal.
template <TensorType X>
X tril(const X& x, std::int64_t offset = 0, std::source_location where = std::source_location::current()) {
  detail::require<detail::no_matrix("tril", X::axes)>();
  return X::unchecked(tril(x.array(), offset, where));
}
template <TensorType X>
X triu(const X& x, std::int64_t offset = 0, std::source_location where = std::source_location::current()) {
  detail::require<detail::no_matrix("triu", X::axes)>();
  return X::unchecked(triu(x.array(), offset, where));
}

}  // namespace tenon
