// Linear algebra by LAPACK: decompositions, solutions, inverses and determinants of the matrices along the last two
// axes; axes before them are a batch, whose matrices are shared out among the threads.
//
// float32 and float64 are computed in their own precision, 16-bit floats in float32 and rounded; integers and bool
// become float32. All functions throw ShapeError for less than two axes, for matrices that are not square where they
// have to be and for more than 20000 rows or columns, DeviceError when Tenon was built without LAPACK, and, when they
// are evaluated, LinalgError for a matrix that has not what was asked for. Empty matrices are taken.
//
// Gradients are composed of the same functions, so that they have gradients in turn. The formulas:
//   Giles: "An extended collection of matrix derivative results for forward and reverse mode algorithmic
//     differentiation", Oxford 2008
//   Murray: "Differentiation of the Cholesky decomposition", arXiv 1602.07527
//   Seeger, Hetzel, Dai, Meissner, Lawrence: "Auto-differentiating linear algebra", arXiv 1710.08717
//   Townsend: "Differentiating the singular value decomposition", 2016
#pragma once

#include "tenon/array/array.h"

namespace tenon {

/// Whether Tenon was built with LAPACK (Debian: liblapack-dev).
bool has_lapack();

/// a [..., n, n], symmetric and positive definite, of which the lower triangle is read -> the lower triangular l with
/// l l^T = a. The gradient is symmetric. LinalgError when a is not positive definite.
Array cholesky(const Array& a, std::source_location where = std::source_location::current());

/// a [..., m, n] = q r; q [..., m, k] with orthonormal columns, r [..., k, n] upper triangular, k = min(m, n): NumPy's
/// and PyTorch's `reduced`. Signs are LAPACK's. The gradient takes the first k columns of a to be independent; where
/// they are not, LinalgError.
struct QrFactors {
  Array q, r;
};
QrFactors qr(const Array& a, std::source_location where = std::source_location::current());

/// a [..., m, n] = u diag(s) vh; u [..., m, k] and vh [..., k, n] with orthonormal columns and rows, s [..., k]
/// descending, k = min(m, n): PyTorch's with full_matrices=False. Signs are LAPACK's, and a function of u and vh has a
/// gradient only if their signs make no difference to it. Gradients through u or vh are NaN or infinite where two
/// singular values are equal, or one is 0 and a is not square. LinalgError for NaN and infinity.
struct SingularValues {
  Array u, s, vh;
};
SingularValues svd(const Array& a, std::source_location where = std::source_location::current());
/// The singular values alone, [..., k]; their gradient knows no such exceptions.
Array svdvals(const Array& a, std::source_location where = std::source_location::current());

/// a [..., n, n], symmetric, of which the lower triangle is read: values [..., n] ascending, and vectors [..., n, n],
/// one in each column. As with svd, gradients through vectors take distinct values and no dependence on signs.
/// LinalgError for NaN and infinity.
struct EigenValues {
  Array values, vectors;
};
EigenValues eigh(const Array& a, std::source_location where = std::source_location::current());
/// The eigenvalues alone.
Array eigvalsh(const Array& a, std::source_location where = std::source_location::current());

/// x with a x = b; a [..., n, n], b [..., n, k] or, with one axis in all, [n]; x like b. Batches are broadcast, as
/// NumPy does. LinalgError when a is singular.
Array solve(const Array& a, const Array& b, std::source_location where = std::source_location::current());

/// The same for the lower triangle of a, or the upper one; the other is not read. `unit`: the diagonal counts as ones
/// and is not read. LinalgError when it holds a 0.
Array solve_triangular(const Array& a, const Array& b, bool upper, bool unit = false,
                       std::source_location where = std::source_location::current());

/// a [..., n, n] -> [..., n, n]. LinalgError when a is singular. To multiply by it, `solve` is faster and more precise.
Array inv(const Array& a, std::source_location where = std::source_location::current());

/// a [..., n, n] -> [...]. Its gradient, the cofactors, and that one's gradient hold for singular matrices, too; third
/// derivatives take the inverse: LinalgError when a is singular.
Array det(const Array& a, std::source_location where = std::source_location::current());

/// sign(det) and log(|det|), [...] each, which neither overflow nor underflow; 0 and -infinity of a singular matrix.
/// The gradient of log(|det|) is the inverse transposed; the sign has none.
struct SignAndLog {
  Array sign, log;
};
SignAndLog slogdet(const Array& a, std::source_location where = std::source_location::current());

/// a [..., m, n] of full rank, b [..., m, k] or [m] -> x [..., n, k] or [n]: the least |a x - b|^2 (m >= n), or of all
/// solutions the least |x|^2 (m < n), by `qr`. Batches are broadcast. LinalgError when a triangular factor is singular;
/// a matrix that is nearly rank deficient gives large numbers.
Array lstsq(const Array& a, const Array& b, std::source_location where = std::source_location::current());

}  // namespace tenon
