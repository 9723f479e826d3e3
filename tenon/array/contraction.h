// Products that sum over axes.
#pragma once

#include <utility>

#include "tenon/array/array.h"

namespace tenon {

/// Pairs of axes (of a, of b), from the front or negative from the last.
struct ContractAxes {
  std::initializer_list<std::pair<int, int>> contracted;
  std::initializer_list<std::pair<int, int>> batch = {};
};

/// Sums a * b over the contracted pairs. The result has the batch axes, then a's other axes, then b's, each
/// in their order: contract(a [i, k], b [j, k], {.contracted = {{1, 1}}}) is [i, j].
Array contract(const Array& a, const Array& b, const ContractAxes& axes,
               std::source_location where = std::source_location::current());

/// Matrix product with NumPy's rules: a rank of 1 is a row on the left and a column on the right, which
/// disappears from the result; axes before the last two are broadcast. Element types are promoted.
Array matmul(const Array& a, const Array& b, std::source_location where = std::source_location::current());

/// x [..., in], weight [out, in], bias [out] (or none) -> [..., out]: x times the transposed weight, plus
/// bias. The layout is that of PyTorch's Linear.
Array linear(const Array& x, const Array& weight, const Array& bias = {},
             std::source_location where = std::source_location::current());

}  // namespace tenon
