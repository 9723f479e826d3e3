// Special functions that <cmath> lacks, in double: what the reference interpreter and constants are computed with.
// Slow and simple; kernels have their own (render/c_math_special.cpp), which tests compare with these.
#pragma once

namespace tenon {

/// The derivative of log|gamma(x)|. At 0, the infinity of the sign opposite to the zero's; NaN at negative integers and
/// at -infinity, as PyTorch. DLMF 5.2.2.
double digamma(double x);
/// The derivative of digamma. Infinity at 0 and at negative integers, NaN at -infinity.
double trigamma(double x);
/// The n-th derivative of digamma, for whole n from 1 to most_polygamma; NaN for any other n. From n = 2 on: infinite
/// with the sign of (-1)^(n+1) at 0, at negative integers and at -infinity, as PyTorch; 0 at infinity, as SciPy.
/// DLMF 5.15.1.
double polygamma(double n, double x);
/// Beyond it, sums would take too many terms.
inline constexpr double most_polygamma = 1 << 21;
/// The y with erf(y) = x: infinite at -1 and 1, NaN outside.
double erfinv(double x);

}  // namespace tenon
