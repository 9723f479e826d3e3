// Linear algebra on the matrices of the last two axes; see array/linalg.h. Matrices are square by their type: two axes
// of one name, or of one size. Integers and bool give float.
#pragma once

#include "tenon/array/linalg.h"
#include "tenon/tensor/contract.h"
#include "tenon/tensor/diagonal.h"

namespace tenon {

namespace detail {

/// Axes of matrices, [batch..., row, column], and the lesser of the two.
struct MatrixPlan {
  Mistake mistake = {};
  AxisList batch = {};
  Axis row = {}, column = {}, least = {};
};

/// [batch..., last], [batch..., next, last]
constexpr AxisList behind(AxisList batch, const Axis& last) {
  batch.push_back(last);
  return batch;
}
constexpr AxisList behind(AxisList batch, const Axis& next, const Axis& last) {
  return behind(behind(batch, next), last);
}

constexpr MatrixPlan matrix_plan(std::string_view op, const AxisList& axes) {
  MatrixPlan plan{.mistake = no_matrix(op, axes)};
  if (!plan.mistake.empty()) return plan;
  plan.batch = axes;
  plan.batch.erase(axes.rank - 1);
  plan.batch.erase(axes.rank - 2);
  plan.row = axes[axes.rank - 2];
  plan.column = axes[axes.rank - 1];
  plan.least = diagonal_axis(plan.row, plan.column, 0);
  return plan;
}

constexpr MatrixPlan square_plan(std::string_view op, const AxisList& axes) {
  MatrixPlan plan = matrix_plan(op, axes);
  if (!plan.mistake.empty()) return plan;
  const bool has_one_size = plan.row.is_fixed() && plan.column.is_fixed() && plan.row.size() == plan.column.size();
  if (!has_one_size && !unify(plan.row, plan.column).fits)
    plan.mistake = mistake(op, ": axes ", plan.row, " and ", plan.column, " of ", axes, " make no square matrix");
  return plan;
}

/// The axes of x, where a x = b: [batch..., column of a, columns of b], or [batch..., column of a] where b has one
/// axis.
constexpr Plan solution_plan(std::string_view op, const MatrixPlan& matrix, const AxisList& a, const AxisList& b) {
  Plan plan = plan_for({a, b});
  plan.mistake = matrix.mistake;
  if (!plan.mistake.empty()) return plan;
  if (b.rank == 0) {
    plan.mistake = mistake(op, ": ", a, " with ", b, "; the right side needs an axis");
    return plan;
  }
  const Axis& rows = b[b.rank == 1 ? 0 : b.rank - 2];
  if (!unify(matrix.row, rows).fits) plan.mistake = unequal_axes(op, matrix.row, a, rows, b);
  const AxisList& batch = matrix.batch;
  const int b_batch = b.rank < 2 ? 0 : b.rank - 2, most = batch.rank > b_batch ? batch.rank : b_batch;
  for (int from_last = most; from_last > 0; --from_last) {
    const Axis x = from_last <= batch.rank ? batch[batch.rank - from_last] : Axis(1);
    const Axis y = from_last <= b_batch ? b[b_batch - from_last] : Axis(1);
    const Unified unified = broadcast(x, y);
    if (!unified.fits && plan.mistake.empty()) plan.mistake = unequal_axes(op, x, a, y, b);
    plan.axes.push_back(unified.axis);
  }
  plan.axes.push_back(matrix.column);
  if (b.rank > 1) plan.axes.push_back(b[b.rank - 1]);
  return plan;
}

template <TensorType X>
using FloatingElement = FloatingType<typename X::Element>;

}  // namespace detail

template <class Q, class R>
struct TensorQrFactors {
  Q q;
  R r;
};
template <class U, class S, class Vh>
struct TensorSingularValues {
  U u;
  S s;
  Vh vh;
};
template <class Values, class Vectors>
struct TensorEigenValues {
  Values values;
  Vectors vectors;
};
template <class X>
struct TensorSignAndLog {
  X sign, log;
};

/// [..., n, n], positive definite -> the lower triangular l with l l^T = a.
template <TensorType X>
auto cholesky(const X& a, std::source_location where = std::source_location::current()) {
  static constexpr detail::MatrixPlan plan = detail::square_plan("cholesky", X::axes);
  detail::require<plan.mistake>();
  return detail::TensorOf<detail::FloatingElement<X>, X::axes>::unchecked(cholesky(a.array(), where));
}

/// [..., m, n] -> q [..., m, k] and r [..., k, n]. Where the sizes of m and n are known, k is the lesser; where both
/// bear one name, that; else `any`.
template <TensorType X>
auto qr(const X& a, std::source_location where = std::source_location::current()) {
  static constexpr detail::MatrixPlan plan = detail::matrix_plan("qr", X::axes);
  detail::require<plan.mistake>();
  static constexpr AxisList left = detail::behind(plan.batch, plan.row, plan.least);
  using Q = detail::TensorOf<detail::FloatingElement<X>, left>;
  static constexpr AxisList right = detail::behind(plan.batch, plan.least, plan.column);
  using R = detail::TensorOf<detail::FloatingElement<X>, right>;
  const QrFactors factors = qr(a.array(), where);
  return TensorQrFactors<Q, R>{Q::unchecked(factors.q), R::unchecked(factors.r)};
}

/// [..., m, n] -> u [..., m, k], s [..., k] and vh [..., k, n]; k as for qr.
template <TensorType X>
auto svd(const X& a, std::source_location where = std::source_location::current()) {
  static constexpr detail::MatrixPlan plan = detail::matrix_plan("svd", X::axes);
  detail::require<plan.mistake>();
  static constexpr AxisList left = detail::behind(plan.batch, plan.row, plan.least);
  using U = detail::TensorOf<detail::FloatingElement<X>, left>;
  static constexpr AxisList values = detail::behind(plan.batch, plan.least);
  using S = detail::TensorOf<detail::FloatingElement<X>, values>;
  static constexpr AxisList right = detail::behind(plan.batch, plan.least, plan.column);
  using Vh = detail::TensorOf<detail::FloatingElement<X>, right>;
  const SingularValues parts = svd(a.array(), where);
  return TensorSingularValues<U, S, Vh>{U::unchecked(parts.u), S::unchecked(parts.s), Vh::unchecked(parts.vh)};
}
/// [..., m, n] -> [..., k]
template <TensorType X>
auto svdvals(const X& a, std::source_location where = std::source_location::current()) {
  static constexpr detail::MatrixPlan plan = detail::matrix_plan("svdvals", X::axes);
  detail::require<plan.mistake>();
  static constexpr AxisList axes = detail::behind(plan.batch, plan.least);
  return detail::TensorOf<detail::FloatingElement<X>, axes>::unchecked(svdvals(a.array(), where));
}

/// [..., n, n], symmetric -> values [..., n] and, in the columns, vectors [..., n, n].
template <TensorType X>
auto eigh(const X& a, std::source_location where = std::source_location::current()) {
  static constexpr detail::MatrixPlan plan = detail::square_plan("eigh", X::axes);
  detail::require<plan.mistake>();
  static constexpr AxisList values = detail::behind(plan.batch, plan.column);
  using Values = detail::TensorOf<detail::FloatingElement<X>, values>;
  using Vectors = detail::TensorOf<detail::FloatingElement<X>, X::axes>;
  const EigenValues parts = eigh(a.array(), where);
  return TensorEigenValues<Values, Vectors>{Values::unchecked(parts.values), Vectors::unchecked(parts.vectors)};
}
template <TensorType X>
auto eigvalsh(const X& a, std::source_location where = std::source_location::current()) {
  static constexpr detail::MatrixPlan plan = detail::square_plan("eigvalsh", X::axes);
  detail::require<plan.mistake>();
  static constexpr AxisList axes = detail::behind(plan.batch, plan.column);
  return detail::TensorOf<detail::FloatingElement<X>, axes>::unchecked(eigvalsh(a.array(), where));
}

/// x with a x = b: a [..., row, column], b [..., row, k] or [row] -> [..., column, k] or [column]. Batches are
/// broadcast.
template <TensorType A, TensorType B>
auto solve(const A& a, const B& b, std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan =
      detail::solution_plan("solve", detail::square_plan("solve", A::axes), A::axes, B::axes);
  detail::require<detail::unequal_types("solve", A::dtype, B::dtype)>();
  detail::require<plan.mistake>();
  using Result = detail::TensorOf<detail::FloatingElement<A>, plan.axes>;
  return detail::checked<Result, plan>("solve", where, [&] { return solve(a.array(), b.array(), where); }, a, b);
}
/// The same with one triangle of a; `unit`: with ones on its diagonal.
template <TensorType A, TensorType B>
auto solve_triangular(const A& a, const B& b, bool upper, bool unit = false,
                      std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan =
      detail::solution_plan("solve_triangular", detail::square_plan("solve_triangular", A::axes), A::axes, B::axes);
  detail::require<detail::unequal_types("solve_triangular", A::dtype, B::dtype)>();
  detail::require<plan.mistake>();
  using Result = detail::TensorOf<detail::FloatingElement<A>, plan.axes>;
  return detail::checked<Result, plan>(
      "solve_triangular", where, [&] { return solve_triangular(a.array(), b.array(), upper, unit, where); }, a, b);
}
/// The least squares, or the least solution: a [..., m, n], b [..., m, k] or [m] -> [..., n, k] or [n].
template <TensorType A, TensorType B>
auto lstsq(const A& a, const B& b, std::source_location where = std::source_location::current()) {
  static constexpr detail::Plan plan =
      detail::solution_plan("lstsq", detail::matrix_plan("lstsq", A::axes), A::axes, B::axes);
  detail::require<detail::unequal_types("lstsq", A::dtype, B::dtype)>();
  detail::require<plan.mistake>();
  using Result = detail::TensorOf<detail::FloatingElement<A>, plan.axes>;
  return detail::checked<Result, plan>("lstsq", where, [&] { return lstsq(a.array(), b.array(), where); }, a, b);
}

/// [..., row, column] -> [..., column, row]
template <TensorType X>
auto inv(const X& a, std::source_location where = std::source_location::current()) {
  static constexpr detail::MatrixPlan plan = detail::square_plan("inv", X::axes);
  detail::require<plan.mistake>();
  static constexpr AxisList axes = detail::behind(plan.batch, plan.column, plan.row);
  return detail::TensorOf<detail::FloatingElement<X>, axes>::unchecked(inv(a.array(), where));
}
/// [..., n, n] -> [...]
template <TensorType X>
auto det(const X& a, std::source_location where = std::source_location::current()) {
  static constexpr detail::MatrixPlan plan = detail::square_plan("det", X::axes);
  detail::require<plan.mistake>();
  return detail::TensorOf<detail::FloatingElement<X>, plan.batch>::unchecked(det(a.array(), where));
}
/// sign(det) and log(|det|), [...] each.
template <TensorType X>
auto slogdet(const X& a, std::source_location where = std::source_location::current()) {
  static constexpr detail::MatrixPlan plan = detail::square_plan("slogdet", X::axes);
  detail::require<plan.mistake>();
  using Result = detail::TensorOf<detail::FloatingElement<X>, plan.batch>;
  const SignAndLog parts = slogdet(a.array(), where);
  return TensorSignAndLog<Result>{Result::unchecked(parts.sign), Result::unchecked(parts.log)};
}

}  // namespace tenon
