#include "tenon/array/dft.h"

#include <cmath>
#include <numbers>

#include "tenon/array/create.h"
#include "tenon/array/elementwise.h"
#include "tenon/array/join.h"
#include "tenon/array/movement.h"
#include "tenon/array/windows.h"
#include "tenon/graph/compose.h"

namespace tenon::dft {
namespace {

constexpr std::int64_t largest_radix = 64;
// A prime up to here is cheaper as one matrix than as a convolution.
constexpr std::int64_t largest_matrix = 128;

// A divisor of n up to largest_radix, such that equal ones of its size would be the fewest; 1 if there is none.
std::int64_t radix_of(std::int64_t n) {
  const double log_n = std::log(static_cast<double>(n));
  const double factors = std::ceil(log_n / std::log(static_cast<double>(largest_radix)) - 1e-9);
  const auto distance = [&](std::int64_t d) { return std::fabs(std::log(static_cast<double>(d)) - log_n / factors); };
  std::int64_t best = 1;
  for (std::int64_t d = 2; d <= largest_radix && d < n; ++d)
    if (n % d == 0 && (best == 1 || distance(d) < distance(best))) best = d;
  return best;
}

bool is_one_matrix(std::int64_t n) { return n <= largest_radix || (n <= largest_matrix && radix_of(n) == 1); }

// The least number from `least` on without prime factors above 5.
std::int64_t good_size(std::int64_t least) {
  for (std::int64_t size = least;; ++size) {
    std::int64_t rest = size;
    for (const std::int64_t prime : {2, 3, 5})
      while (rest % prime == 0) rest /= prime;
    if (rest == 1) return size;
  }
}

// 0, 1, ... along the axis that lies `behind` axes before the last.
Array counter(std::int64_t size, int behind) { return reshape(arange(size), shape_of(size, Shape(behind, 1))); }

// cos(2 pi u / (4 quarter)) of integers u, in float64. The angle is brought to [-pi/2, pi/2] while it is an exact
// integer, and is that of a sine, so that no more than the rounding of a small angle is lost, and multiples of a
// quarter turn give exactly 0, 1 and -1.
Array cosine(const Array& u, std::int64_t quarter) {
  const Array turned = remainder(u, 4 * quarter);              // [0, 4 quarter)
  const Array folded = minimum(turned, 4 * quarter - turned);  // [0, 2 quarter]
  return sin(astype(quarter - folded, DType::f64) * (std::numbers::pi / 2 / static_cast<double>(quarter)));
}

// exp(+-2 pi i p / n) of integers p [..., 1, m] -> [..., 2, m], float64. The sine is the cosine a quarter turn later.
Array roots(const Array& p, std::int64_t n, Direction direction) {
  return cosine(p * (4 * static_cast<int>(direction)) - counter(2, 1) * n, n);
}

// [2, outputs, 2, n]: what makes the real and imaginary parts of `outputs` results from those of n numbers. With
// the number a + ib and the root's angle t, real = a cos t + b cos(t + pi/2), imag = a cos(t - pi/2) + b cos t.
Array matrix(std::int64_t outputs, std::int64_t n, Direction direction, DType dtype) {
  const Array turns = counter(outputs, 2) * counter(n, 0) * (4 * static_cast<int>(direction));
  return astype(cosine(turns + (counter(2, 1) - counter(2, 3)) * n, n), dtype);
}
// [2, outputs, n]: of real numbers.
Array matrix_of_real(std::int64_t outputs, std::int64_t n, DType dtype) {
  return select(matrix(outputs, n, Direction::forward, dtype), 2, 0);
}
// [n, 2, n / 2 + 1]: real results from the first half of the frequencies, which stands for the other half too.
Array matrix_to_real(std::int64_t n, DType dtype) {
  const Array frequency = arange(n / 2 + 1);
  const Array alone = logical_or(equal(frequency, 0), equal(frequency * 2, n));
  const Array turns = counter(n, 2) * frequency * 4 + counter(2, 1) * n;
  return astype(cosine(turns, n) * where(alone, 1.0, 2.0), dtype);
}

// z [..., 2, n] times w [..., 2, n], complex, broadcast: real(z) w + imag(z) (i w).
Array times(const Array& z, const Array& w) {
  const Array signs = astype(counter(2, 1) * 2 - 1, w.dtype());
  return narrow(z, -2, 0, 1) * w + narrow(z, -2, 1, 1) * (flip(w, -2) * signs);
}
// The axis of real and imaginary parts lies `behind` axes before the last.
Array conjugate(const Array& z, int behind = 1) { return z * astype(1 - counter(2, behind) * 2, z.dtype()); }

// exp(+-2 pi i j k / n) of all j < j_size and k < k_size: [j, 2, k], float64. Many are made as products of few, of
// those of j = a b_size and of j = b.
Array twiddle_factors(std::int64_t j_size, std::int64_t k_size, std::int64_t n, Direction direction) {
  const Array k = counter(k_size, 0);
  const std::int64_t b_size = j_size > largest_radix ? radix_of(j_size) : 1;
  if (b_size == 1) return roots(counter(j_size, 2) * k, n, direction);
  const Array of_a = roots(counter(j_size / b_size, 3) * k * b_size, n, direction);  // [a, 1, 2, k]
  const Array of_b = roots(counter(b_size, 2) * k, n, direction);                    // [b, 2, k]
  return reshape(times(of_a, of_b), {j_size, 2, k_size});
}

Array product(const Array& z, const Array& by, int contracted) {
  return Array(build::contract(z.node_ref(), by.node_ref(), 0, contracted));
}

// x [batch..., sizes...] where the last axis is split or joined with its neighbours: the axes behind `kept` of them.
Array with_last(const Array& x, int kept, const Shape& sizes) {
  return reshape(x, shape_of(part_of(x.shape(), 0, kept), sizes));
}

// inner [batch..., j2, 2, k1], transformed along j1, times the twiddle factors and transformed along j2:
// [batch..., 2, k2, k1]. k1 are the first ones of the radix n1.
Array outer_transform(const Array& inner, std::int64_t n1, Direction direction) {
  const std::int64_t k1 = inner.size(-1), n2 = inner.size(-3);
  const Array twiddles = astype(twiddle_factors(n2, k1, n1 * n2, direction), inner.dtype());
  const Array turned = swapaxes(times(inner, twiddles), -1, -3);  // [batch..., k1, 2, j2]
  return moveaxis(transform(turned, direction), -3, -1);
}

// With c[j] = exp(+-pi i j^2 / n), and j k = (j^2 + k^2 - (k - j)^2) / 2, the transform of x is c times the convolution
// of x c with the conjugate of c, here by transforms of a size that holds it.
Array chirp_transform(const Array& z, Direction direction) {
  const std::int64_t n = z.size(-1), size = good_size(2 * n - 1);
  const auto chirp = [&](const Array& j, Direction sign) { return roots(remainder(j * j, 2 * n), 2 * n, sign); };
  const Direction opposite = direction == Direction::forward ? Direction::inverse : Direction::forward;
  const Array j = reshape(arange(n), {1, n}), c = astype(chirp(j, direction), z.dtype());
  const Array i = reshape(arange(size), {1, size}), distance = minimum(i, size - i);
  // In float64, because its errors would come to every row of the batch.
  const Array kernel = transform(where(distance < n, chirp(distance, opposite), 0.0), Direction::forward);
  const Array spectrum = astype(kernel * (1 / static_cast<double>(size)), z.dtype());
  const Array padded(build::pad_axis(times(z, c).node_ref(), z.rank() - 1, 0, size - n));
  const Array convolved = transform(times(transform(padded, Direction::forward), spectrum), Direction::inverse);
  return times(narrow(convolved, -1, 0, n), c);
}

}  // namespace

Array transform(const Array& z, Direction direction) {
  const std::int64_t n = z.size(-1);
  if (n == 1) return z;
  if (is_one_matrix(n)) return product(z, matrix(n, n, direction, z.dtype()), 2);
  const std::int64_t n1 = radix_of(n), n2 = n / n1;
  if (n1 == 1) return chirp_transform(z, direction);
  // j = j1 n2 + j2, k = k1 + n1 k2
  const int batch = z.rank() - 2;
  const Array columns = moveaxis(with_last(z, batch, {2, n1, n2}), -1, -3);       // [batch..., j2, 2, j1]
  const Array inner = product(columns, matrix(n1, n1, direction, z.dtype()), 2);  // [batch..., j2, 2, k1]
  return with_last(outer_transform(inner, n1, direction), batch, {2, n});
}

Array real_transform(const Array& x) {
  const std::int64_t n = x.size(-1), half = n / 2 + 1;
  if (is_one_matrix(n)) return product(x, matrix_of_real(half, n, x.dtype()), 1);
  const std::int64_t n1 = radix_of(n), n2 = n / n1;
  if (n1 == 1) return narrow(chirp_transform(stack({x, zeros_like(x)}, -2), Direction::forward), -1, 0, half);
  const int batch = x.rank() - 1;
  const std::int64_t k1 = n1 / 2 + 1;                                          // the others are conjugates
  const Array columns = swapaxes(with_last(x, batch, {n1, n2}), -1, -2);       // [batch..., j2, j1]
  const Array inner = product(columns, matrix_of_real(k1, n1, x.dtype()), 1);  // [batch..., j2, 2, k1]
  const Array first = outer_transform(inner, n1, Direction::forward);          // [batch..., 2, k2, k1]
  // n - k = (n1 - k1) + n1 (n2 - 1 - k2)
  const Array rest = conjugate(flip(narrow(first, -1, 1, n1 - k1), {-2, -1}), 2);
  return narrow(with_last(concatenate({first, rest}, -1), batch, {2, n}), -1, 0, half);
}

Array real_inverse(const Array& z, std::int64_t n) {
  if (is_one_matrix(n)) return product(z, matrix_to_real(n, z.dtype()), 2);
  const std::int64_t n1 = radix_of(n), n2 = n / n1, k1 = n1 / 2 + 1;
  const Array spectrum = whole_spectrum(z, n);
  if (n1 == 1) return select(chirp_transform(spectrum, Direction::inverse), -2, 0);
  const int batch = z.rank() - 2;
  const Array grid = narrow(with_last(spectrum, batch, {2, n2, n1}), -1, 0, k1);             // [batch..., 2, k2, k1]
  const Array inner = transform(moveaxis(grid, -1, -3), Direction::inverse);                 // [batch..., k1, 2, j2]
  const Array twiddles = astype(twiddle_factors(n2, k1, n, Direction::inverse), z.dtype());  // [j2, 2, k1]
  const Array turned = swapaxes(times(inner, swapaxes(twiddles, -1, -3)), -1, -3);           // [batch..., j2, 2, k1]
  const Array columns = product(turned, matrix_to_real(n1, z.dtype()), 2);                   // [batch..., j2, j1]
  return with_last(swapaxes(columns, -1, -2), batch, {n});
}

Array whole_spectrum(const Array& half, std::int64_t n) {
  const std::int64_t others = n - half.size(-1);
  if (others == 0) return half;
  return concatenate({half, conjugate(flip(narrow(half, -1, 1, others), -1))}, -1);
}

}  // namespace tenon::dft
