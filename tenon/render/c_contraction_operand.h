// How the operands of a contraction and its result lie in memory.
#pragma once

#include <cstdint>

#include "tenon/kernel/kernel.h"

namespace tenon {

/// A contraction as its tile kernel sees it: rows are broadcast, columns lie in the lanes of vectors.
struct OrientedContraction {
  Expr batch, row, column, depth;  // variables
  std::int64_t batches, rows, columns, depth_size;
  Expr row_operand;     // in batch, row, depth
  Expr column_operand;  // in batch, column, depth
};
OrientedContraction orient(const Contraction& contraction, bool swaps);

/// How far `index` grows by one with `variable`: up to the first multiple of the smallest divisor of a quotient in it;
/// without quotients as far as the variable goes. 0: not by one at all.
std::int64_t unit_run(Expr index, Expr variable);

/// How the value of an operand is read. "Lane" is its row or column variable.
struct OperandAccess {
  bool is_load = false;          // a plain load of the contraction's element type
  bool is_unit_in_lane = false;  // then: index = lane + something without lane
  bool is_unit_in_depth = false;
  bool is_affine = false;  // index = lane_stride * lane + depth_stride * depth + something of the batch
  std::int64_t lane_stride = 0, depth_stride = 0;
  bool prefers_depth = true;  // as the inner loop when it is evaluated element by element
  std::int64_t run = 0;       // how many neighbours that loop finds next to each other
};
OperandAccess analyse_operand(Expr value, Expr lane, Expr depth, DType dtype);

/// How the epilogue writes.
struct EpilogueAccess {
  bool is_plain = false;  // one store of the sum itself, index = row_stride * row + column + something of the batch
  std::int64_t row_stride = 0;
  bool prefers_columns = true;  // as the inner loop
  std::int64_t run = 0;         // how many neighbours that loop writes next to each other
};
EpilogueAccess analyse_epilogue(const Contraction& contraction, const OrientedContraction& oriented);

}  // namespace tenon
