// The transforms behind fft.h, along the last axis and without a factor. A complex array is [..., 2, n] here: the real
// parts, then the imaginary ones.
//
// n = n1 n2 is split as Cooley and Tukey do ("An algorithm for the machine calculation of complex Fourier series",
// Math. Comp. 19 (1965)), into near-equal factors of at most 64, each of which is a contraction with the matrix of its
// small transform. Larger primes are convolutions of a good size (Bluestein, "A linear filtering approach to the
// computation of discrete Fourier transform", IEEE Trans. Audio Electroacoust. 18 (1970)).
#pragma once

#include "tenon/array/array.h"

namespace tenon::dft {

enum class Direction : std::int8_t { forward = -1, inverse = 1 };  // the sign of the exponent

/// [batch..., 2, n] -> [batch..., 2, n], float32 or float64; one batch axis at most.
Array transform(const Array& z, Direction direction);
/// Real [batch..., n] -> [batch..., 2, n / 2 + 1], forward.
Array real_transform(const Array& x);
/// [batch..., 2, n / 2 + 1] -> real [batch..., n], inverse.
Array real_inverse(const Array& z, std::int64_t n);
/// [batch..., 2, n / 2 + 1] -> [batch..., 2, n]: all frequencies of real numbers from the first half.
Array whole_spectrum(const Array& half, std::int64_t n);

}  // namespace tenon::dft
