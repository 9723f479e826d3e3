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

/// [batch, m, k] x [batch, k, n] -> [batch, m, n]: matmul without broadcasting. Throws ShapeError for other ranks or
/// batches.
Array bmm(const Array& a, const Array& b, std::source_location where = std::source_location::current());

/// The last `axes` axes of a with the first of b, in order, summed over; 0: the outer product of all.
Array tensordot(const Array& a, const Array& b, int axes = 2,
                std::source_location where = std::source_location::current());
/// These axes of a with these of b, pair by pair. Throws ShapeError when the lists differ in length.
Array tensordot(const Array& a, const Array& b, const Axes& a_axes, const Axes& b_axes,
                std::source_location where = std::source_location::current());
/// a [i..., k] and b [j..., k] -> [i..., j...]: sums over the last axes; elementwise where one has no axis. NumPy's.
Array inner(const Array& a, const Array& b, std::source_location where = std::source_location::current());
/// Both flattened: [m] and [n] -> [m, n]. NumPy's.
Array outer(const Array& a, const Array& b, std::source_location where = std::source_location::current());
/// Both flattened: the sum of the products, rank 0. Throws ShapeError for unequal numbers of elements.
Array vdot(const Array& a, const Array& b, std::source_location where = std::source_location::current());

/// x [..., in], weight [out, in], bias [out] (or none) -> [..., out]: x times the transposed weight, plus
/// bias. The layout is that of PyTorch's Linear.
Array linear(const Array& x, const Array& weight, const Array& bias = {},
             std::source_location where = std::source_location::current());

}  // namespace tenon
