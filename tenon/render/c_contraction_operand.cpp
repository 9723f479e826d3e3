#include "tenon/render/c_contraction_operand.h"

#include <vector>

namespace tenon {

OrientedContraction orient(const Contraction& c, bool swaps) {
  if (swaps) return {c.batch, c.n, c.m, c.k, c.batch_size, c.n_size, c.m_size, c.k_size, c.b, c.a};
  return {c.batch, c.m, c.n, c.k, c.batch_size, c.m_size, c.n_size, c.k_size, c.a, c.b};
}

OperandAccess analyse_operand(Expr value, Expr lane, Expr depth, DType dtype) {
  OperandAccess access;
  int lane_votes = 0, depth_votes = 0;
  for_each_node(std::span(&value, 1), [&](Expr e) {
    if (e->kind != ExprKind::load) return;
    const LinearForm in_lane = linear_in(e->terms[0], lane), in_depth = linear_in(e->terms[0], depth);
    lane_votes += in_lane.is_linear && in_lane.coefficient == 1;
    depth_votes += in_depth.is_linear && in_depth.coefficient == 1;
  });
  access.prefers_depth = depth_votes >= lane_votes;
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
  int row_votes = 0, column_votes = 0;
  for (const Store& store : c.epilogue) {
    const LinearForm in_row = linear_in(store.index, oriented.row), in_column = linear_in(store.index, oriented.column);
    row_votes += in_row.is_linear && in_row.coefficient == 1;
    column_votes += in_column.is_linear && in_column.coefficient == 1;
    access.is_plain = in_row.is_linear && in_column.is_linear && in_column.coefficient == 1 && store.value == c.sum;
    access.row_stride = in_row.coefficient;
  }
  access.is_plain = access.is_plain && c.epilogue.size() == 1;
  access.prefers_columns = column_votes >= row_votes;
  return access;
}

}  // namespace tenon
