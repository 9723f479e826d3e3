#include "tenon/core/special_functions.h"

#include <cmath>
#include <limits>
#include <numbers>

namespace tenon {
namespace {

// The wider type keeps what the recurrences round away, where the machine has it.
using Wide = long double;
constexpr Wide pi = std::numbers::pi_v<Wide>;
constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// Where eight terms of Stirling's series leave less than 1e-20.
constexpr Wide far = 24;

Wide polynomial(const Wide (&coefficients)[8], Wide x) {
  Wide sum = 0;
  for (int i = 7; i >= 0; --i) sum = sum * x + coefficients[i];
  return sum;
}

// DLMF 5.5.2 up to `far`, then 5.11.2.
Wide digamma_of_positive(Wide x) {
  static constexpr Wide series[8] = {Wide{1} / 12,  -Wide{1} / 120,     Wide{1} / 252, -Wide{1} / 240,
                                     Wide{1} / 132, -Wide{691} / 32760, Wide{1} / 12,  -Wide{3617} / 8160};
  Wide sum = 0;
  for (; x < far; x += 1) sum -= 1 / x;
  const Wide w = 1 / (x * x);
  return sum + std::log(x) - 1 / (2 * x) - w * polynomial(series, w);
}

// The derivatives of both.
Wide trigamma_of_positive(Wide x) {
  static constexpr Wide series[8] = {Wide{1} / 6,  -Wide{1} / 30,     Wide{1} / 42, -Wide{1} / 30,
                                     Wide{5} / 66, -Wide{691} / 2730, Wide{7} / 6,  -Wide{3617} / 510};
  Wide sum = 0;
  for (; x < far; x += 1) sum += 1 / (x * x);
  const Wide w = 1 / (x * x);
  return sum + 1 / x + w / 2 + w / x * polynomial(series, w);
}

// x^s times Hurwitz's zeta function, the sum of (x + k)^-s over k >= 0 (DLMF 25.11.1), for whole s >= 3 and finite
// x > 0: terms up to `least`, and for those from there on Euler and Maclaurin's formula (DLMF 2.10.1), with
// B_2j / (2j)! s (s + 1) ... (s + 2j - 2) / a^(2j - 1).
Wide scaled_zeta(Wide s, Wide x) {
  static constexpr Wide series[8] = {Wide{1} / 12,          -Wide{1} / 720,
                                     Wide{1} / 30240,       -Wide{1} / 1209600,
                                     Wide{1} / 47900160,    -Wide{691} / 1307674368000,
                                     Wide{1} / 74724249600, -Wide{3617} / 10670622842880000};
  const Wide least = 2 * s + far;
  Wide sum = 0, a = x, power = 1;  // (x / a)^s
  for (Wide k = 1; a < least; k += 1) {
    sum += power;
    a = x + k;
    power = std::pow(x / a, s);
    if (power * (1 + a / (s - 1)) < sum * 1e-22L) return sum;
  }
  Wide correction = 0, factor = s / a;
  for (int j = 0; j < 8; ++j) {
    correction += series[j] * factor;
    factor *= (s + 2 * j + 1) / a * ((s + 2 * j + 2) / a);
  }
  return sum + power * (a / (s - 1) + Wide{0.5} + correction);
}

// n! zeta(n + 1, x), for x > 0. The factors k / x of n! / x^n are taken from both ends, so that what is on its way
// overflows or underflows only if the product does.
Wide polygamma_magnitude(Wide n, Wide x) {
  if (std::isinf(x)) return 0;
  Wide product = scaled_zeta(n + 1, x) / x;
  for (Wide low = 1, high = n; low <= high && std::isfinite(product) && product != 0;)
    product *= (product < 1 ? high-- : low++) / x;
  return product;
}

}  // namespace

double digamma(double x) {
  if (x == 0) return std::copysign(inf, -x);
  if (x == inf || std::isnan(x)) return x;
  if (x > 0) return static_cast<double>(digamma_of_positive(x));
  if (x == std::floor(x)) return nan;
  const Wide y = -static_cast<Wide>(x);  // DLMF 5.5.4
  return static_cast<double>(digamma_of_positive(1 + y) + pi / std::tan(pi * (y - std::round(y))));
}

double trigamma(double x) {
  if (x == -inf || std::isnan(x)) return nan;
  if (x == inf) return 0;
  if (x > 0) return static_cast<double>(trigamma_of_positive(x));
  if (x == std::floor(x)) return inf;
  const Wide y = -static_cast<Wide>(x);  // DLMF 5.15.6
  const Wide sine = std::sin(pi * (y - std::round(y)));
  return static_cast<double>(pi * pi / (sine * sine) - trigamma_of_positive(1 + y));
}

double polygamma(double n, double x) {
  if (!(n >= 1 && n <= most_polygamma) || n != std::floor(n) || std::isnan(x)) return nan;
  if (n == 1) return trigamma(x);
  const bool is_even = std::fmod(n, 2) == 0;
  const double sign = is_even ? -1 : 1;
  if (x > 0) return sign * static_cast<double>(polygamma_magnitude(n, x));
  if (x == std::floor(x)) return sign * inf;
  // The terms (x + k)^-(n + 1) with x + k > 0, and those below 0: all there are below, less those beyond x.
  const Wide y = -static_cast<Wide>(x), fraction = y - std::floor(y);
  const auto magnitude = [n](Wide at) { return static_cast<double>(polygamma_magnitude(n, at)); };
  const double above = magnitude(1 - fraction), all_below = magnitude(fraction), beyond = magnitude(y + 1);
  if (!is_even) return above + (all_below - beyond);
  if (fraction == 0.5L) return -beyond;
  if (std::isinf(above) && std::isinf(all_below)) return fraction < 0.5L ? inf : -inf;
  return (all_below - above) - beyond;
}

double erfinv(double x) {
  const Wide a = std::fabs(x);
  if (!(a <= 1)) return nan;
  if (a == 1) return std::copysign(inf, x);
  if (a == 0) return x;
  // S. Winitzki's approximation ("A handy approximation for the error function and its inverse", 2008), good to 2e-3,
  // then Halley's iteration, which triples the digits.
  const Wide l = std::log((1 - a) * (1 + a)), constant = static_cast<Wide>(0.147), half = 2 / (pi * constant) + l / 2;
  Wide y = std::sqrt(std::sqrt(half * half - l / constant) - half);
  for (int step = 0; step < 4; ++step) {
    // In the tails by erfc: there 1 - a has all its digits.
    const Wide residue = a < 0.5L ? std::erf(y) - a : (1 - a) - std::erfc(y);
    const Wide newton = residue * std::exp(y * y) / (2 * std::numbers::inv_sqrtpi_v<Wide>);
    y -= newton / (1 + y * newton);
  }
  return std::copysign(static_cast<double>(y), x);
}

}  // namespace tenon
