#include "tenon/render/c_contraction_operand.h"

#include <algorithm>
#include <vector>

namespace tenon {
namespace {

bool is_quotient(Expr expr) { return expr->kind == ExprKind::divide || expr->kind == ExprKind::modulo; }

}  // namespace

std::int64_t unit_run(Expr index, Expr variable) {
  std::int64_t growth = 0, run = std::max<std::int64_t>(variable->upper, 1);
  bool is_known = true;
  const auto add = [&](Expr term, std::int64_t coefficient) {
    if (!depends_on(term, variable)) return;
    Expr inner = term;
    while (is_quotient(inner) && inner->terms[0] != variable) inner = inner->terms[0];
    if (term == variable) {
      growth += coefficient;
    } else if (is_quotient(inner)) {
      if (term->kind == ExprKind::modulo && term == inner) growth += coefficient;
      run = std::min(run, inner->value);
    } else {
      is_known = false;
    }
  };
  if (index->kind == ExprKind::affine)
    for (std::size_t i = 0; i < index->terms.size(); ++i) add(index->terms[i], index->coefficients[i]);
  else
    add(index, 1);
  return is_known && growth == 1 ? run : 0;
}

OrientedContraction orient(const Contraction& c, bool swaps) {
  if (swaps) return {c.batch, c.n, c.m, c.k, c.batch_size, c.n_size, c.m_size, c.k_size, c.b, c.a};
  return {c.batch, c.m, c.n, c.k, c.batch_size, c.m_size, c.n_size, c.k_size, c.a, c.b};
}

OperandAccess analyse_operand(Expr value, Expr lane, Expr depth, DType dtype) {
  OperandAccess access;
  std::int64_t lane_run = 0, depth_run = 0;
  for_each_node(std::span(&value, 1), [&](Expr e) {
    if (e->kind != ExprKind::load) return;
    lane_run = std::max(lane_run, unit_run(e->terms[0], lane));
    depth_run = std::max(depth_run, unit_run(e->terms[0], depth));
  });
  access.prefers_depth = depth_run >= lane_run;
  access.run = std::max(lane_run, depth_run);
  if (value->kind != ExprKind::load || value->dtype != dtype) return access;

  const LinearForm in_lane = linear_in(value->terms[0], lane), in_depth = linear_in(value->terms[0], depth);
  access.is_load = true;
  access.is_affine = in_lane.is_linear && in_depth.is_linear;
  access.lane_stride = in_lane.coefficient;
  access.depth_stride = in_depth.coefficient;
  // An axis of size 1 goes along with whatever the other one does.
  access.is_unit_in_lane = in_lane.is_linear && in_lane.coefficient == 1;
  access.is_unit_in_depth = in_depth.is_linear && in_depth.coefficient == 1;
  return access;
}

EpilogueAccess analyse_epilogue(const Contraction& c, const OrientedContraction& oriented) {
  EpilogueAccess access;
  std::int64_t row_run = 0, column_run = 0;
  for (const Store& store : c.epilogue) {
    const LinearForm in_row = linear_in(store.index, oriented.row), in_column = linear_in(store.index, oriented.column);
    row_run = std::max(row_run, unit_run(store.index, oriented.row));
    column_run = std::max(column_run, unit_run(store.index, oriented.column));
    access.is_plain = in_row.is_linear && in_column.is_linear && in_column.coefficient == 1 && store.value == c.sum;
    access.row_stride = in_row.coefficient;
  }
  access.is_plain = access.is_plain && c.epilogue.size() == 1;
  access.prefers_columns = column_run >= row_run;
  access.run = std::max(row_run, column_run);
  return access;
}

}  // namespace tenon
