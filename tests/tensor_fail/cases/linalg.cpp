// Linear algebra.

// case CholeskyOfAMatrixThatIsNotSquare
// says cholesky: axes "row" and "column" of [row, column] make no square matrix
auto f(Tensor<float, "row", "column"> a) { return cholesky(a); }

// case EighOfUnequalSizes
// says eigh: axes 3 and 4 of [batch, 3, 4] make no square matrix
auto f(Tensor<float, "batch", 3, 4> a) { return eigh(a); }

// case EigvalshOfAVector
// says eigvalsh: [5] is no matrix
auto f(Tensor<float, 5> a) { return eigvalsh(a); }

// case QrOfAVector
// says qr: [n] is no matrix
auto f(Tensor<float, "n"> a) { return qr(a); }

// case SvdOfANumber
// says svd: [] is no matrix
auto f(Tensor<float> a) { return svd(a); }

// case SvdvalsOfAVector
// says svdvals: [7] is no matrix
auto f(Tensor<float, 7> a) { return svdvals(a); }

// case InvOfASizeAndAName
// says inv: axes "n=3" and 4 of [n=3, 4] make no square matrix
auto f(Tensor<float, Axis{"n", 3}, 4> a) { return inv(a); }

// case InvOfEqualSizesUnderTwoNames
// compiles
auto f(Tensor<float, Axis{"row", 3}, Axis{"column", 3}> a) { return inv(a); }

// case DetOfAVector
// says det: [4] is no matrix
auto f(Tensor<float, 4> a) { return det(a); }

// case SlogdetOfImages
// says slogdet: axes "batch" and 784 of [batch, 784] make no square matrix
auto f(Images a) { return slogdet(a); }

// case SolveWithOtherRows
// says solve: axis "n" of [n, n] does not fit axis "k" of [k, n]
auto f(Tensor<float, "n", "n"> a, Tensor<float, "k", "n"> b) { return solve(a, b); }

// case SolveWithOtherTypes
// says solve: elements are float32 in one operand and float64 in another
auto f(Tensor<float, "n", "n"> a, Tensor<double, "n"> b) { return solve(a, b); }

// case SolveOfImages
// says solve: axes "batch" and 784 of [batch, 784] make no square matrix
auto f(Images a, Images b) { return solve(a, b); }

// case SolveTriangularWithOtherBatches
// says solve_triangular: axis "time" of [time, 3, 3] does not fit axis "batch" of [batch, 3, 2]
auto f(Tensor<float, "time", 3, 3> a, Tensor<float, "batch", 3, 2> b) { return solve_triangular(a, b, true); }

// case LstsqWithANumber
// says lstsq: [m, n] with []
auto f(Tensor<float, "m", "n"> a, Tensor<float> b) { return lstsq(a, b); }

// case LstsqWithTheColumnsForRows
// says lstsq: axis "m" of [m, n] does not fit axis "n" of [n]
auto f(Tensor<float, "m", "n"> a, Tensor<float, "n"> b) { return lstsq(a, b); }
