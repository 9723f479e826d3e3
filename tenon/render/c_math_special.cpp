// Special functions: lgamma, digamma, trigamma, polygamma and the inverse of erf. All compute in f64; the f32 forms
// round once.
//
// Sources, by equation of the NIST Digital Library of Mathematical Functions (DLMF): recurrences 5.5.1, 5.5.2
// and 5.15.5, reflections 5.5.3, 5.5.4 and 5.15.6, Stirling's series 5.11.1 and 5.11.2 and its derivative, with the
// Bernoulli numbers of table 24.2.1; Hurwitz's zeta function 25.11.1 by Euler and Maclaurin's formula, 2.10.1. That
// erfinv(x) / x is a smooth function of -log(1 - x^2), and of its root in the tails, is M. Giles's ("Approximating the
// erfinv function", GPU Computing Gems 2, 2011). Coefficients that are no Bernoulli numbers are fits made for this
// file, as described in c_math.cpp.
#include "tenon/render/c_math_parts.h"

namespace tenon {
namespace {

constexpr std::string_view text = R"c(
/* ---- sines and cosines of pi f, |f| <= 1/2 ---- */
/* y = n + f with n the nearest integer, for y >= 0; from 2^52 on every number is one. */
TN_FUNCTION double tn_fraction_f64(double y) {
  double f = y - ((y + 0x1p52) - 0x1p52);
  f = y < 0x1p52 ? f : 0.0;
  return y < __builtin_inf() ? f : __builtin_nan("");
}
/* f P(f^2), relative error 2^-54 */
TN_FUNCTION double tn_sinpi_f64(double f) {
  double v = f * f;
  double p = 0x1.9d1b873554bfcp-21;
  p = tn_fma_f64(p, v, -0x1.6f7977160a349p-16);
  p = tn_fma_f64(p, v, 0x1.e8f35e9dbc269p-12);
  p = tn_fma_f64(p, v, -0x1.e3074ddd1f4dcp-8);
  p = tn_fma_f64(p, v, 0x1.5078348519119p-4);
  p = tn_fma_f64(p, v, -0x1.32d2cce627543p-1);
  p = tn_fma_f64(p, v, 0x1.466bc6775aa6ep+1);
  p = tn_fma_f64(p, v, -0x1.4abbce625be52p+2);
  p = tn_fma_f64(p, v, 0x1.921fb54442d18p+1);
  return p * f;
}
/* absolute error 2^-53 */
TN_FUNCTION double tn_cospi_f64(double f) {
  double v = f * f;
  double p = -0x1.20852fb0cee98p-23;
  p = tn_fma_f64(p, v, 0x1.209de3d756bbep-18);
  p = tn_fma_f64(p, v, -0x1.b6e192352e403p-14);
  p = tn_fma_f64(p, v, 0x1.f9d3881ea1cb8p-10);
  p = tn_fma_f64(p, v, -0x1.a6d1f29e550bp-6);
  p = tn_fma_f64(p, v, 0x1.e1f5068913c76p-3);
  p = tn_fma_f64(p, v, -0x1.55d3c7e3cbf5fp+0);
  p = tn_fma_f64(p, v, 0x1.03c1f081b5ac3p+2);
  p = tn_fma_f64(p, v, -0x1.3bd3cc9be45dep+2);
  p = tn_fma_f64(p, v, 0x1p+0);
  return p;
}

/* ---- the gamma function's logarithm ---- */
/* y = |x| < 3: (z - 1)(z - 2) P(z - 2), relative error 2^-50, at z = y or, less log y, at z = y + 1; otherwise
   (y - 1/2) log y - y + log(2 pi) / 2 + P(1/y^2) / y, P with a relative error of 2^-39. Negative x by reflection. */
TN_FUNCTION float tn_lgamma_f32(float xf) {
  double x = xf, y = tn_abs_f32(xf);
  int low = y < 1.0, near = y < 3.0;
  double t = low ? y - 1.0 : near ? y - 2.0 : 0.0;
  double p = 0x1.980a9d7c33dcp-28;
  p = tn_fma_f64(p, t, -0x1.8ac5e6159b21dp-27);
  p = tn_fma_f64(p, t, -0x1.c9b8fba6bf04fp-27);
  p = tn_fma_f64(p, t, 0x1.858b5442562b5p-26);
  p = tn_fma_f64(p, t, 0x1.dbe3f69c0c62dp-25);
  p = tn_fma_f64(p, t, -0x1.b82c3a9ae9534p-24);
  p = tn_fma_f64(p, t, 0x1.b35620b351442p-25);
  p = tn_fma_f64(p, t, -0x1.1035c990cd6fep-23);
  p = tn_fma_f64(p, t, 0x1.d30ad5aed36bp-22);
  p = tn_fma_f64(p, t, -0x1.e2ea92ab9fc4p-21);
  p = tn_fma_f64(p, t, 0x1.e0fc6b9cdca21p-20);
  p = tn_fma_f64(p, t, -0x1.00b1ac9be406ap-18);
  p = tn_fma_f64(p, t, 0x1.1415887f258fep-17);
  p = tn_fma_f64(p, t, -0x1.286ed80b42ac1p-16);
  p = tn_fma_f64(p, t, 0x1.402c27d97eaacp-15);
  p = tn_fma_f64(p, t, -0x1.5c8521f236e2dp-14);
  p = tn_fma_f64(p, t, 0x1.7ed74fac450bcp-13);
  p = tn_fma_f64(p, t, -0x1.a96a4cf36569bp-12);
  p = tn_fma_f64(p, t, 0x1.dfebceeea6bbbp-11);
  p = tn_fma_f64(p, t, -0x1.145121dc477dbp-9);
  p = tn_fma_f64(p, t, 0x1.4797485496901p-8);
  p = tn_fma_f64(p, t, -0x1.95ce223ada89ep-7);
  p = tn_fma_f64(p, t, 0x1.0e0c9df292c9fp-5);
  p = tn_fma_f64(p, t, -0x1.9ae6509ea0f6bp-4);
  p = tn_fma_f64(p, t, 0x1.b0ee6072093cfp-2);
  double log_y = tn_log_core_f64((low | !near) ? y : 1.0);
  double inverse = 1.0 / (near ? 3.0 : y), w = inverse * inverse;
  double c = 0x1.dbcc3bba6958ep-10;
  c = tn_fma_f64(c, w, -0x1.774b84c7aed3ap-10);
  c = tn_fma_f64(c, w, 0x1.a9491cf12c4b8p-11);
  c = tn_fma_f64(c, w, -0x1.3784c2b561dp-11);
  c = tn_fma_f64(c, w, 0x1.a0178fe3a9dbbp-11);
  c = tn_fma_f64(c, w, -0x1.6c16c066f2289p-9);
  c = tn_fma_f64(c, w, 0x1.5555555553194p-4);
  double at_far = tn_fma_f64(y - 0.5, log_y, tn_fma_f64(c, inverse, 0x1.d67f1c864beb5p-1 - y));
  double at_near = tn_fma_f64(p, t * (t + 1.0), low ? -log_y : 0.0);
  double r = near ? at_near : at_far;
  double f = tn_fraction_f64(y), s = tn_sinpi_f64(f);
  double reflected = -tn_log_core_f64(y * (s < 0.0 ? -s : s) * 0x1.45f306dc9c883p-2) - r;
  r = x < 0.0 ? reflected : r;
  r = ((!(x > 0.0) & (f == 0.0)) | (y == TN_INF_F32)) ? TN_INF_F32 : r; /* poles, infinities */
  return x == x ? (float)r : xf;
}
double lgamma_r(double, int *);
TN_FUNCTION double tn_lgamma_f64(double x) { int sign; return lgamma_r(x, &sign); }

/* ---- its derivatives ---- */
/* Below 10 the argument is moved up by 10: the sums of 1 / (z + k) and of 1 / (z + k)^2, k = 0 ... 9, are quotients of
   positive polynomials, made term by term. From 10 on eight terms of Stirling's series leave 2^-58. */
TN_FUNCTION double tn_digamma_f64(double x) {
  double y = __builtin_fabs(x), z = x > 0.0 ? x : y + 1.0;
  int moved = z < 10.0;
  double c = moved ? z : 1.0, sum = 0.0, product = 1.0;
#define TN_TERM(k) sum = tn_fma_f64(sum, c + k, product); product *= c + k;
  TN_TERM(0.0) TN_TERM(1.0) TN_TERM(2.0) TN_TERM(3.0) TN_TERM(4.0)
  TN_TERM(5.0) TN_TERM(6.0) TN_TERM(7.0) TN_TERM(8.0) TN_TERM(9.0)
#undef TN_TERM
  double up = moved ? z + 10.0 : z, inverse = 1.0 / up, w = inverse * inverse;
  double p = -3617.0 / 8160.0;
  p = tn_fma_f64(p, w, 1.0 / 12.0);
  p = tn_fma_f64(p, w, -691.0 / 32760.0);
  p = tn_fma_f64(p, w, 1.0 / 132.0);
  p = tn_fma_f64(p, w, -1.0 / 240.0);
  p = tn_fma_f64(p, w, 1.0 / 252.0);
  p = tn_fma_f64(p, w, -1.0 / 120.0);
  p = tn_fma_f64(p, w, 1.0 / 12.0);
  double r = tn_log_core_f64(up) - tn_fma_f64(p, w, 0.5 * inverse);
  r = up < __builtin_inf() ? r : up;
  r = moved ? r - sum / product : r;
  /* at the poles below 0, 0 / 0 */
  double f = tn_fraction_f64(y), s = tn_sinpi_f64(f), pole = (f == 0.0) ? __builtin_nan("") : 0.0;
  double reflected = tn_fma_f64(tn_cospi_f64(f) / s, 0x1.921fb54442d18p+1, r) + pole;
  double at_zero = tn_from_bits_f64(tn_bits_f64(x) ^ 0xfff0000000000000ull); /* infinity, of the other sign */
  r = x > 0.0 ? r : reflected;
  return x == 0.0 ? at_zero : r;
}
TN_FUNCTION double tn_trigamma_f64(double x) {
  double y = __builtin_fabs(x), z = x > 0.0 ? x : y + 1.0;
  int moved = z < 10.0;
  double c = moved ? z : 1.0, sum = 0.0, product = 1.0;
#define TN_TERM(k) { double square = (c + k) * (c + k); sum = tn_fma_f64(sum, square, product); product *= square; }
  TN_TERM(0.0) TN_TERM(1.0) TN_TERM(2.0) TN_TERM(3.0) TN_TERM(4.0)
  TN_TERM(5.0) TN_TERM(6.0) TN_TERM(7.0) TN_TERM(8.0) TN_TERM(9.0)
#undef TN_TERM
  double up = moved ? z + 10.0 : z, inverse = 1.0 / up, w = inverse * inverse;
  double p = -3617.0 / 510.0;
  p = tn_fma_f64(p, w, 7.0 / 6.0);
  p = tn_fma_f64(p, w, -691.0 / 2730.0);
  p = tn_fma_f64(p, w, 5.0 / 66.0);
  p = tn_fma_f64(p, w, -1.0 / 30.0);
  p = tn_fma_f64(p, w, 1.0 / 42.0);
  p = tn_fma_f64(p, w, -1.0 / 30.0);
  p = tn_fma_f64(p, w, 1.0 / 6.0);
  double r = tn_fma_f64(p * w, inverse, tn_fma_f64(0.5, w, inverse));
  r = moved ? r + sum / product : r;
  double s = tn_sinpi_f64(tn_fraction_f64(y));
  double reflected = 0x1.3bd3cc9be45dep+3 / (s * s) - r;
  return x > 0.0 ? r : reflected;
}
TN_FUNCTION float tn_digamma_f32(float x) { return (float)tn_digamma_f64((double)x); }
TN_FUNCTION float tn_trigamma_f32(float x) { return (float)tn_trigamma_f64((double)x); }

/* ---- polygamma: the n-th derivative of digamma, |n! times the sum of (x + k)^-(n + 1) over k >= 0| ---- */
/* x^s times that sum for s = n + 1 >= 3, x > 0: terms up to 2 s + 8, and from there on eight terms of Euler and
   Maclaurin's formula, B_2j / (2j)! s (s + 1) ... (s + 2j - 2) / a^(2j - 1), which leave 2^-58. */
static double tn_scaled_zeta_f64(double s, double x) {
  static const double series[8] = {1.0 / 12.0, -1.0 / 720.0, 1.0 / 30240.0, -1.0 / 1209600.0, 1.0 / 47900160.0,
    -691.0 / 1307674368000.0, 1.0 / 74724249600.0, -3617.0 / 10670622842880000.0};
  double sum = 0.0, a = x, power = 1.0, far = 2.0 * s + 8.0; /* (x / a)^s */
  for (double k = 1.0; a < far; k += 1.0) {
    sum += power;
    a = x + k;
    power = pow(x / a, s);
    if (power * (1.0 + a / (s - 1.0)) < sum * 0x1p-60) return sum;
  }
  double correction = 0.0, factor = s / a;
  for (int j = 0; j < 8; ++j) {
    correction += series[j] * factor;
    factor *= (s + (2 * j + 1)) / a * ((s + (2 * j + 2)) / a);
  }
  return sum + power * (a / (s - 1.0) + (0.5 + correction));
}
/* The factors k / x of n! / x^n are taken from both ends: what is on its way leaves the range only if the product does. */
static double tn_polygamma_magnitude_f64(double n, double x) {
  if (x == __builtin_inf()) return 0.0;
  double product = tn_scaled_zeta_f64(n + 1.0, x) / x, low = 1.0, high = n;
  while (low <= high && product < __builtin_inf() && product != 0.0)
    product *= (product < 1.0 ? high-- : low++) / x;
  return product;
}
/* Below 0, the terms with x + k > 0, and those with x + k < 0: all there are below, less those beyond x. */
static double tn_polygamma_f64(double n, double x) {
  if (!(n >= 1.0 && n <= 0x1p21) || n != tn_floor_f64(n) || x != x) return __builtin_nan("");
  if (n == 1.0) return tn_trigamma_f64(x);
  int is_even = n == 2.0 * tn_floor_f64(0.5 * n);
  if (x > 0.0) {
    double r = tn_polygamma_magnitude_f64(n, x);
    return is_even ? -r : r;
  }
  if (x == tn_floor_f64(x)) return is_even ? -__builtin_inf() : __builtin_inf();
  double f = -x - tn_floor_f64(-x), above = tn_polygamma_magnitude_f64(n, 1.0 - f);
  double all_below = tn_polygamma_magnitude_f64(n, f), beyond = tn_polygamma_magnitude_f64(n, 1.0 - x);
  if (!is_even) return above + (all_below - beyond);
  if (f == 0.5) return -beyond;
  if (above == __builtin_inf() && all_below == above) return f < 0.5 ? __builtin_inf() : -__builtin_inf();
  return (all_below - above) - beyond;
}
static float tn_polygamma_f32(float n, float x) { return (float)tn_polygamma_f64((double)n, (double)x); }

/* ---- the inverse of erf ---- */
/* For |x| < 1. With w = -log(1 - x^2): x P(w - 5/2), relative error 2^-31, for w < 5, otherwise x P(sqrt(w) - 3), 2^-27. */
TN_FUNCTION double tn_erfinv_core_f64(double x) {
  double w = -tn_log_core_f64((1.0 - x) * (1.0 + x));
  int central = w < 5.0;
  double u = w - 2.5, t = __builtin_sqrt(w < 5.0 ? 5.0 : w) - 3.0;
  double p = 0x1.242aed287934ap-33;
  p = tn_fma_f64(p, u, 0x1.e082d112df601p-32);
  p = tn_fma_f64(p, u, -0x1.7ac1c22954839p-27);
  p = tn_fma_f64(p, u, 0x1.1abc435a4dae8p-26);
  p = tn_fma_f64(p, u, 0x1.01895c853524p-21);
  p = tn_fma_f64(p, u, -0x1.cbd4e82113a1ap-19);
  p = tn_fma_f64(p, u, -0x1.4f760e7f79413p-18);
  p = tn_fma_f64(p, u, 0x1.c9bb5b264699fp-13);
  p = tn_fma_f64(p, u, -0x1.486399e3d1c2ep-10);
  p = tn_fma_f64(p, u, -0x1.11c3e0b40a59ap-8);
  p = tn_fma_f64(p, u, 0x1.f91e8972fac51p-3);
  p = tn_fma_f64(p, u, 0x1.805c5cff6dd69p+0);
  double q = 0x1.21b266994fc63p-26;
  q = tn_fma_f64(q, t, -0x1.8cadbad8115f8p-23);
  q = tn_fma_f64(q, t, 0x1.187ddb3d519e5p-23);
  q = tn_fma_f64(q, t, 0x1.04273f2eb20dcp-17);
  q = tn_fma_f64(q, t, -0x1.c63467c0fb499p-15);
  q = tn_fma_f64(q, t, 0x1.674f2d5c27b5fp-13);
  q = tn_fma_f64(q, t, -0x1.ffd3624a96efp-13);
  q = tn_fma_f64(q, t, -0x1.33de8ff364668p-13);
  q = tn_fma_f64(q, t, 0x1.7e797083adf36p-10);
  q = tn_fma_f64(q, t, -0x1.d1870364d82b3p-9);
  q = tn_fma_f64(q, t, 0x1.74fa2b0fde8dbp-8);
  q = tn_fma_f64(q, t, -0x1.f5155099bb364p-8);
  q = tn_fma_f64(q, t, 0x1.357dfca1f4571p-7);
  q = tn_fma_f64(q, t, 0x1.006dccac73adp+0);
  q = tn_fma_f64(q, t, 0x1.6a9efbee04aa8p+1);
  return x * (central ? p : q);
}
TN_FUNCTION float tn_erfinv_f32(float x) {
  float a = tn_abs_f32(x);
  float r = (float)tn_erfinv_core_f64((double)x);
  float edge = tn_from_bits_f32(tn_bits_f32(TN_INF_F32) | (tn_bits_f32(x) & 0x80000000u));
  return a < 1.0f ? r : a == 1.0f ? edge : TN_NAN_F32;
}
double erfc(double);
/* One step of Halley's iteration triples the digits; in the tails by erfc, of which 1 - |x| is exact. */
TN_FUNCTION double tn_erfinv_f64(double x) {
  double a = __builtin_fabs(x), y = tn_erfinv_core_f64(a);
  double residue = a < 0.5 ? erf(y) - a : (1.0 - a) - erfc(y);
  double step = residue * exp(y * y) * 0x1.c5bf891b4ef6bp-1; /* sqrt(pi) / 2 */
  y = y - step / (1.0 + y * step);
  y = a < 1.0 ? y : a == 1.0 ? __builtin_inf() : __builtin_nan("");
  return __builtin_copysign(y, x);
}
)c";

}  // namespace

std::string_view c_math_special_text() { return text; }

}  // namespace tenon
