// LAPACK's routines as functions that a call of the graph may name (core/call.h). All matrices are row-major. Internal
// to array/linalg.cpp.
#pragma once

#include <string_view>

#include "tenon/core/call.h"

namespace tenon::lapack {

/// Whether there is a LAPACK; without one the functions below are null.
bool is_available();

/// One routine for float32 and float64, and the error that its codes are.
struct Routine {
  HostFunction f32, f64;
  void (*raise)(const CallFailure& failure);
};

/// a [n, n], of which the lower triangle is read -> l [n, n], lower; LinalgError when a is not positive definite.
extern const Routine cholesky;
/// a [m, n] -> [m k + k n]: q [m, k] and r [k, n], where k = min(m, n).
extern const Routine qr;
/// a [m, n] -> [m k + k + k n]: u [m, k], s [k] and vh [k, n]; LinalgError when it does not converge.
extern const Routine svd;
/// a [m, n] -> s [k]
extern const Routine svdvals;
/// a [n, n], of which the lower triangle is read -> [n + n n]: ascending eigenvalues [n], eigenvectors in the columns
/// of [n, n]; LinalgError when it does not converge.
extern const Routine eigh;
/// a [n, n] -> eigenvalues [n]
extern const Routine eigvalsh;
/// a [n, n], b [n, k] -> x [n, k]; LinalgError when a is singular.
extern const Routine solve;
/// a [n, n], b [n, k] -> x [n, k] for one triangle of a; parameters: whether it is the upper one, whether its diagonal
/// counts as ones. LinalgError when the diagonal holds a 0.
extern const Routine solve_triangular;
/// a [n, n] -> [n, n]; LinalgError when a is singular.
extern const Routine inverse;
/// a [n, n] -> [3]: sign, log |det|, det; 0, -infinity and 0 of a singular matrix.
extern const Routine determinant;
/// a [n, n] -> [n, n]: the cofactors, which are the slope of det, of singular matrices, too; NaN when a holds NaN or
/// infinity. LinalgError when a singular value decomposition does not converge.
extern const Routine cofactors;
/// a [n, n], g [n, n] -> [n, n]: the slope of the sum of g times the cofactors of a; as above.
extern const Routine cofactor_slope;

}  // namespace tenon::lapack
