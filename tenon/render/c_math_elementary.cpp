// The functions that are built on those of c_math.cpp. Where f32 alone would lose digits, f32 functions compute in
// f64 and round once: the logarithm, the arc tangent and the root of the vector unit are then all that is needed.
//
// Sources: the logarithm by (m - 1) / (m + 1) and the reductions of the arc functions are the standard ones (Muller:
// Elementary Functions, 3rd ed., ch. 11); the inverse hyperbolic functions by their logarithms are equations 4.37.16,
// 4.37.19 and 4.37.24 of the NIST Digital Library of Mathematical Functions (DLMF); the first guess of the cube root
// from a third of the exponent is W. Kahan's. Coefficients are fits made for this file, as described in c_math.cpp.
#include "tenon/render/c_math_parts.h"

namespace tenon {
namespace {

constexpr std::string_view text = R"c(
/* ---- rounding ---- */
#if defined(__x86_64__) && !defined(__SSE4_1__)
TN_FUNCTION float tn_round_f32(float x) { /* half to even */
  float a = tn_abs_f32(x);
  float n = (a + 8388608.0f) - 8388608.0f;
  return a < 8388608.0f ? tn_copysign_f32(n, x) : x;
}
TN_FUNCTION float tn_trunc_f32(float x) {
  float a = tn_abs_f32(x);
  float n = (a + 8388608.0f) - 8388608.0f;
  n = n > a ? n - 1.0f : n;
  return a < 8388608.0f ? tn_copysign_f32(n, x) : x;
}
TN_FUNCTION float tn_ceil_f32(float x) {
  float n = tn_floor_f32(tn_from_bits_f32(tn_bits_f32(x) ^ 0x80000000u));
  return tn_from_bits_f32(tn_bits_f32(n) ^ 0x80000000u);
}
double ceil(double); double trunc(double); double rint(double);
TN_FUNCTION double tn_ceil_f64(double x) { return ceil(x); }
TN_FUNCTION double tn_trunc_f64(double x) { return trunc(x); }
TN_FUNCTION double tn_round_f64(double x) { return rint(x); }
#else
TN_FUNCTION float tn_round_f32(float x) { return __builtin_rintf(x); } /* half to even */
TN_FUNCTION float tn_trunc_f32(float x) { return __builtin_truncf(x); }
TN_FUNCTION float tn_ceil_f32(float x) { return __builtin_ceilf(x); }
TN_FUNCTION double tn_ceil_f64(double x) { return __builtin_ceil(x); }
TN_FUNCTION double tn_trunc_f64(double x) { return __builtin_trunc(x); }
TN_FUNCTION double tn_round_f64(double x) { return __builtin_rint(x); }
#endif

/* ---- exponentials and logarithms ---- */
/* As tn_exp_parts_f32; 2^r = 1 + r P(r), relative error 2^-23.4. */
TN_FUNCTION float tn_exp2_f32(float x) {
  x = x < -151.0f ? -151.0f : x;
  float z = tn_at_most_f32(x + TN_ROUND_TWICE_F32, TN_ROUND_TWICE_F32 + 129.0f);
  float r = x - (z - TN_ROUND_TWICE_F32); /* exact, or large */
  float p = 0x1.5bda92p-10f;
  p = tn_fma_f32(p, r, 0x1.3ce8b2p-7f);
  p = tn_fma_f32(p, r, 0x1.c6b6d8p-5f);
  p = tn_fma_f32(p, r, 0x1.ebf9c2p-3f);
  p = tn_fma_f32(p, r, 0x1.62e42ap-1f);
  p = tn_fma_f32(p, r, 1.0f);
  float b, a = tn_power_of_two_f32(z, &b);
  return p * a * b;
}
/* log x for x > 0, normal and finite. x = 2^n m, m in [2/3, 4/3); log m = s P(s^2), s = (m - 1) / (m + 1),
   relative error 2^-59. The first part of ln 2 has 32 bits, so that its product with n is exact. */
TN_FUNCTION double tn_log_core_f64(double x) {
  unsigned long long bits = tn_bits_f64(x);
  unsigned long long e = (bits + (0x3ff0000000000000ull - 0x3fe5555555555555ull)) >> 52; /* biased */
  double m = tn_from_bits_f64(bits - ((e - 1023ull) << 52));
  double n = tn_from_bits_f64(e | 0x4330000000000000ull) - (0x1p52 + 1023.0);
  double s = (m - 1.0) / (m + 1.0);
  double v = s * s;
  double p = 0x1.0311a59b0aee4p-3;
  p = tn_fma_f64(p, v, 0x1.da392a432c48p-4);
  p = tn_fma_f64(p, v, 0x1.114007236bc41p-3);
  p = tn_fma_f64(p, v, 0x1.3b1257a3c34f2p-3);
  p = tn_fma_f64(p, v, 0x1.745d1d6662545p-3);
  p = tn_fma_f64(p, v, 0x1.c71c71b636e94p-3);
  p = tn_fma_f64(p, v, 0x1.249249249fa69p-2);
  p = tn_fma_f64(p, v, 0x1.99999999998eep-2);
  p = tn_fma_f64(p, v, 0x1.5555555555555p-1);
  p = tn_fma_f64(p, v, 0x1p+1);
  return tn_fma_f64(n, 0x1.62e42fee00000p-1, tn_fma_f64(s, p, n * 0x1.a39ef35793c76p-33));
}
/* log2(1 + f) = f P(f), relative error 2^-25 */
TN_FUNCTION float tn_log2_f32(float x) {
  float n, f = tn_log_parts_f32(x, &n);
  float p = 0x1.9a91f2p-3f;
  p = tn_fma_f32(p, f, -0x1.c4a24ap-3f);
  p = tn_fma_f32(p, f, 0x1.9e90c4p-3f);
  p = tn_fma_f32(p, f, -0x1.e57862p-3f);
  p = tn_fma_f32(p, f, 0x1.2794aap-2f);
  p = tn_fma_f32(p, f, -0x1.716e66p-2f);
  p = tn_fma_f32(p, f, 0x1.ec708ep-2f);
  p = tn_fma_f32(p, f, -0x1.71546p-1f);
  p = tn_fma_f32(p, f, 0x1.715476p+0f);
  return tn_log_of_any_f32(tn_fma_f32(p, f, n), x);
}
TN_FUNCTION float tn_log10_f32(float x) {
  float r = (float)(tn_log_core_f64((double)x) * 0x1.bcb7b1526e50ep-2); /* powers of ten come out exact */
  r = x < TN_INF_F32 ? r : x;
  r = x < 0.0f ? TN_NAN_F32 : r;
  return x == 0.0f ? -TN_INF_F32 : r;
}
/* log(1 + e^x) */
TN_FUNCTION float tn_softplus_f32(float x) {
  float l = tn_log1p_f32(tn_exp_f32(-tn_abs_f32(x)));
  return x > 0.0f ? x + l : l;
}

/* ---- roots ---- */
/* t from a third of the exponent has 5 bits; Halley's iteration triples them. */
TN_FUNCTION float tn_cbrt_f32(float xf) {
  double x = tn_abs_f32(xf);
  unsigned top = (unsigned)(tn_bits_f64(x) >> 32);
  double t = tn_from_bits_f64((unsigned long long)(top / 3u + 715094163u) << 32);
  double v = t * t;
  t = t * (tn_fma_f64(v, t, x + x) / tn_fma_f64(v + v, t, x));
  v = t * t;
  t = t * (tn_fma_f64(v, t, x + x) / tn_fma_f64(v + v, t, x));
  float y = tn_copysign_f32((float)t, xf);
  return ((xf == 0.0f) | !(x < TN_INF_F32)) ? xf : y;
}
/* No square of an f32 overflows or loses a bit in f64. */
TN_FUNCTION float tn_hypot_f32(float xf, float yf) {
  double x = xf, y = yf;
  float r = (float)__builtin_sqrt(tn_fma_f64(x, x, y * y));
  int infinite = tn_abs_f32(xf) == TN_INF_F32;
  infinite |= tn_abs_f32(yf) == TN_INF_F32;
  return infinite ? TN_INF_F32 : r;
}

/* ---- tangent and the arc functions ---- */
/* tan(r + k pi/2), |r| <= pi/4: r / D or -D / r, D = r cot r = 1 + r^2 P(r^2), relative error 2^-27 */
TN_FUNCTION float tn_tan_reduced_f32(float r, unsigned k) {
  float v = r * r;
  float d = -0x1.04409cp-12f;
  d = tn_fma_f32(d, v, -0x1.12c378p-9f);
  d = tn_fma_f32(d, v, -0x1.6c28dap-6f);
  d = tn_fma_f32(d, v, -0x1.555542p-2f);
  d = tn_fma_f32(d, v, 1.0f);
  int odd = (k & 1u) != 0;
  float t = (odd ? d : r) / (odd ? r : d);
  return tn_from_bits_f32(tn_bits_f32(t) ^ (k << 31));
}
TN_FUNCTION float tn_usual_tan_f32(float x) {
  float z = tn_fma_f32(x, 0x1.45f306p-1f, TN_ROUND_F32);
  float k = z - TN_ROUND_F32;
  float r = tn_fma_f32(k, -0x1.921fb4p+0f, x); /* as tn_sin_half_turns_f32, by quarter turns */
  r = tn_fma_f32(k, -0x1.4442dp-24f, r);
  r = tn_fma_f32(k, -0x1.84698ap-48f, r);
  return tn_tan_reduced_f32(r, tn_bits_f32(z));
}
TN_FUNCTION float tn_tan_f32(float x) {
  unsigned k;
  float r = tn_quadrant_f32(x, &k);
  float t = tn_tan_reduced_f32(r, k);
  t = tn_from_bits_f32(tn_bits_f32(t) ^ (tn_bits_f32(x) & 0x80000000u));
  return tn_is_wide_f32(x) ? t : tn_usual_tan_f32(x);
}
/* The angle of the point (x, y) of the first quadrant, not the origin and not at infinity in both:
   atan q = q P(q^2), relative error 2^-36, q the smaller coordinate over the larger. */
TN_FUNCTION double tn_angle_f64(double y, double x) {
  int steep = y > x;
  double q = (steep ? x : y) / (steep ? y : x), v = q * q;
  double p = 0x1.c5fedef2b9054p-12;
  p = tn_fma_f64(p, v, -0x1.adb2c6b0e3d8p-9);
  p = tn_fma_f64(p, v, 0x1.7da3d34e4e583p-7);
  p = tn_fma_f64(p, v, -0x1.af88fb8895b22p-6);
  p = tn_fma_f64(p, v, 0x1.682e73d9dc121p-5);
  p = tn_fma_f64(p, v, -0x1.ef038a5f2bd72p-5);
  p = tn_fma_f64(p, v, 0x1.335cd1ca1e112p-4);
  p = tn_fma_f64(p, v, -0x1.72c123b7c9a05p-4);
  p = tn_fma_f64(p, v, 0x1.c6e42574d1ed4p-4);
  p = tn_fma_f64(p, v, -0x1.248ff6d1775e2p-3);
  p = tn_fma_f64(p, v, 0x1.99997fe24a1f3p-3);
  p = tn_fma_f64(p, v, -0x1.5555551cfdfd7p-2);
  p = tn_fma_f64(p, v, 0x1.ffffffffeb746p-1);
  return steep ? tn_fma_f64(-p, q, 0x1.921fb54442d18p+0) : p * q;
}
TN_FUNCTION float tn_atan_f32(float x) {
  return tn_copysign_f32((float)tn_angle_f64((double)tn_abs_f32(x), 1.0), x);
}
/* By the point (sqrt(1 - x^2), x) of the circle; outside [-1, 1] the root is NaN. */
TN_FUNCTION float tn_asin_f32(float xf) {
  double x = tn_abs_f32(xf);
  return tn_copysign_f32((float)tn_angle_f64(x, __builtin_sqrt((1.0 - x) * (1.0 + x))), xf);
}
TN_FUNCTION float tn_acos_f32(float xf) {
  double x = tn_abs_f32(xf);
  double angle = tn_angle_f64(__builtin_sqrt((1.0 - x) * (1.0 + x)), x);
  return (float)(xf < 0.0f ? 0x1.921fb54442d18p+1 - angle : angle);
}
/* The angle of the point (x, y), in [-pi, pi]; signs of zeros count, and infinities are corners, as in C. */
TN_FUNCTION float tn_atan2_f32(float yf, float xf) {
  float ay = tn_abs_f32(yf), ax = tn_abs_f32(xf);
  int corner = (ay == TN_INF_F32) & (ax == TN_INF_F32), origin = (ay == 0.0f) & (ax == 0.0f);
  double y = corner ? 1.0 : (double)ay, x = corner | origin ? 1.0 : (double)ax;
  double angle = tn_angle_f64(y, x);
  angle = (tn_bits_f32(xf) >> 31) ? 0x1.921fb54442d18p+1 - angle : angle;
  float r = tn_copysign_f32((float)angle, yf);
  return ((xf != xf) | (yf != yf)) ? TN_NAN_F32 : r;
}

/* ---- hyperbolic functions ---- */
/* e = e^|x| - 1: (e + e / (e + 1)) / 2, by quarters, since e overflows before the result; e^2 counts for nothing in
   small ones. */
TN_FUNCTION float tn_sinh_f32(float x) {
  float a = tn_abs_f32(x);
  float c = 89.5f < a ? 89.5f : a;
  float quarter = tn_expm1_scaled_f32(c, tn_fma_f32(c, 0x1.715476p+0f, TN_ROUND_F32), 2u);
  float half = quarter + quarter / tn_fma_f32(quarter, 4.0f, 1.0f);
  return tn_copysign_f32(a < 0x1p-12f ? a : half + half, x);
}
TN_FUNCTION float tn_cosh_f32(float x) {
  float a = tn_abs_f32(x);
  a = 89.5f < a ? 89.5f : a;
  float z = tn_fma_f32(a, 0x1.715476p+0f, TN_ROUND_F32);
  float p = tn_exp_reduced_f32(tn_exp_remainder_f32(a, z - TN_ROUND_F32));
  float quarter = p * tn_from_bits_f32((tn_bits_f32(z) + 125u) << 23); /* of e^a, which overflows too soon */
  float half = quarter + quarter;
  return half + 0.25f / half;
}
/* The differences of logarithms lose digits near 0; below 2^-12 two terms of the series are enough. */
TN_FUNCTION float tn_asinh_f32(float xf) {
  double x = tn_abs_f32(xf), v = x * x;
  double r = tn_log_core_f64(x + __builtin_sqrt(tn_fma_f64(x, x, 1.0)));
  r = x < 0x1p-12 ? tn_fma_f64(v * x, -0x1.5555555555555p-3, x) : r;
  return x < TN_INF_F32 ? tn_copysign_f32((float)r, xf) : xf;
}
TN_FUNCTION float tn_acosh_f32(float xf) {
  double x = xf;
  float r = (float)tn_log_core_f64(x + __builtin_sqrt((x - 1.0) * (x + 1.0)));
  r = xf < TN_INF_F32 ? r : xf;
  return xf < 1.0f ? TN_NAN_F32 : r;
}
TN_FUNCTION float tn_atanh_f32(float xf) {
  double x = tn_abs_f32(xf), v = x * x;
  double r = 0.5 * tn_log_core_f64((1.0 + x) / (1.0 - x));
  r = x < 0x1p-12 ? tn_fma_f64(v * x, 0x1.5555555555555p-2, x) : r;
  float y = x < 1.0 ? (float)r : x == 1.0 ? TN_INF_F32 : TN_NAN_F32;
  return tn_from_bits_f32(tn_bits_f32(y) | (tn_bits_f32(xf) & 0x80000000u));
}

/* ---- remainders ---- */
/* a - n b for a >= 0, b > 0 and the integer n that puts the result into [-b/2, b/2]; a and b are f32, and b is finite.
   n has up to 277 bits, of which each step takes 28 off: their product with b and the difference are exact. */
TN_FUNCTION double tn_reduced_f64(double a, double b) {
  double inverse = 1.0 / b, r = a;
#define TN_REDUCE(k) r = tn_fma_f64(-(tn_fma_f64(r * inverse, 0x1p-##k, TN_ROUND_F64) - TN_ROUND_F64), b * 0x1p##k, r);
  TN_REDUCE(252) TN_REDUCE(224) TN_REDUCE(196) TN_REDUCE(168) TN_REDUCE(140)
  TN_REDUCE(112) TN_REDUCE(84) TN_REDUCE(56) TN_REDUCE(28) TN_REDUCE(0)
  return r;
}
/* x - y trunc(x / y), exact; the sign of x */
TN_FUNCTION float tn_fmod_f32(float x, float y) {
  float a = tn_abs_f32(x), b = tn_abs_f32(y);
  double r = tn_reduced_f64((double)a, (double)b);
  r = r < 0.0 ? r + (double)b : r;
  float m = ((b == TN_INF_F32) & (a < TN_INF_F32)) ? a : (float)r;
  return tn_from_bits_f32(tn_bits_f32(m) | (tn_bits_f32(x) & 0x80000000u));
}
double fmod(double, double);
TN_FUNCTION double tn_fmod_f64(double x, double y) { return fmod(x, y); }
/* remainder: x - y floor(x / y), the sign of y. floor_divide: the integer next to (x - remainder) / y, so that both
   belong together whichever way x / y was rounded; by zero, x / y. */
#define TN_FLOOR_DIVISION(F, f, whole) \
  TN_FUNCTION F tn_remainder##f(F x, F y) { \
    F m = tn_fmod##f(x, y); \
    return ((m != 0) & ((m < 0) != (y < 0))) ? m + y : m; \
  } \
  TN_FUNCTION F tn_floor_divide##f(F x, F y) { \
    F m = tn_fmod##f(x, y); \
    F by_zero = x / y; \
    double q = ((double)x - (double)m) / (double)y; \
    q = whole(q - (double)((m != 0) & ((m < 0) != (y < 0)))); \
    return (tn_bits##f(y) << 1) == 0 ? by_zero : (F)q; /* by its bits: a comparison would hide the sign of zero */ \
  }
TN_FLOOR_DIVISION(float, _f32, ) /* the quotient is exact wherever f32 holds it */
TN_FLOOR_DIVISION(double, _f64, tn_round_f64)

/* ---- f64 ---- */
double exp2(double); double log2(double); double log10(double); double cbrt(double); double hypot(double, double);
double tan(double); double atan(double); double asin(double); double acos(double); double atan2(double, double);
double sinh(double); double cosh(double); double asinh(double); double acosh(double); double atanh(double);
TN_FUNCTION double tn_exp2_f64(double x) { return exp2(x); }
TN_FUNCTION double tn_log2_f64(double x) { return log2(x); }
TN_FUNCTION double tn_log10_f64(double x) { return log10(x); }
TN_FUNCTION double tn_softplus_f64(double x) {
  double l = log1p(exp(-__builtin_fabs(x)));
  return x > 0.0 ? x + l : l;
}
TN_FUNCTION double tn_cbrt_f64(double x) { return cbrt(x); }
TN_FUNCTION double tn_hypot_f64(double x, double y) { return hypot(x, y); }
TN_FUNCTION double tn_tan_f64(double x) { return tan(x); }
TN_FUNCTION double tn_atan_f64(double x) { return atan(x); }
TN_FUNCTION double tn_asin_f64(double x) { return asin(x); }
TN_FUNCTION double tn_acos_f64(double x) { return acos(x); }
TN_FUNCTION double tn_atan2_f64(double y, double x) { return atan2(y, x); }
TN_FUNCTION double tn_sinh_f64(double x) { return sinh(x); }
TN_FUNCTION double tn_cosh_f64(double x) { return cosh(x); }
TN_FUNCTION double tn_asinh_f64(double x) { return asinh(x); }
TN_FUNCTION double tn_acosh_f64(double x) { return acosh(x); }
TN_FUNCTION double tn_atanh_f64(double x) { return atanh(x); }
)c";

}  // namespace

std::string_view c_math_elementary_text() { return text; }

}  // namespace tenon
