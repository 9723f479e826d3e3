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
