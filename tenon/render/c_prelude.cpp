#include "tenon/render/c_prelude.h"

#include <string>

#include "tenon/render/c_math.h"

namespace tenon {
namespace {

constexpr std::string_view helpers = R"c(
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed" /* a loop that stays scalar is no defect */
#endif

/* At the start of a loop body: the loop is not vectorised. */
#ifdef __clang__
#define tn_scalar_loop()
#else
#define tn_scalar_loop() __asm__ volatile("")
#endif

/* ---- indices ---- */
TN_FUNCTION long tn_floor_divide(long a, long b) { return a / b - (a % b < 0); }
TN_FUNCTION long tn_floor_modulo(long a, long b) { long r = a % b; return r < 0 ? r + b : r; }
TN_FUNCTION long tn_checked_index(long index, long size, int code, int *status) {
  if (__builtin_expect((unsigned long)index < (unsigned long)size, 1)) return index;
  __atomic_store_n(status, code, __ATOMIC_RELAXED);
  return 0;
}

/* ---- floating to integer: towards zero, saturated, NaN gives 0 ---- */
#define TN_CAST_FUNCTIONS(F, f) \
  TN_FUNCTION unsigned char tn_cast##f##_u8(F x) { return (unsigned char)(x > 0 ? (x < 255 ? (int)x : 255) : 0); } \
  TN_FUNCTION signed char tn_cast##f##_i8(F x) { \
    return (signed char)(x > -128 ? (x < 127 ? (int)x : 127) : x <= -128 ? -128 : 0); \
  } \
  TN_FUNCTION short tn_cast##f##_i16(F x) { \
    return (short)(x > -32768 ? (x < 32767 ? (int)x : 32767) : x <= -32768 ? -32768 : 0); \
  } \
  TN_FUNCTION int tn_cast##f##_i32(F x) { \
    int r = x >= -0x1p31f ? (int)x : -0x7fffffff - 1; \
    r = x >= 0x1p31f ? 0x7fffffff : r; \
    return x != x ? 0 : r; \
  } \
  TN_FUNCTION unsigned int tn_cast##f##_u32(F x) { \
    return x > 0 ? (x < 0x1p32f ? (unsigned int)x : 0xffffffffu) : 0; \
  } \
  TN_FUNCTION long tn_cast##f##_i64(F x) { \
    long r = x >= -0x1p63f ? (long)x : -0x7fffffffffffffffL - 1; \
    r = x >= 0x1p63f ? 0x7fffffffffffffffL : r; \
    return x != x ? 0 : r; \
  }
TN_CAST_FUNCTIONS(float, _f32)
TN_CAST_FUNCTIONS(double, _f64)

/* ---- 16-bit floats: their bits, to and from float; to nearest, ties to even ---- */
TN_FUNCTION float tn_f32_from_bf16(unsigned short x) { return tn_from_bits_f32((unsigned int)x << 16); }
TN_FUNCTION unsigned short tn_bf16_from_f32(float x) {
  unsigned int b = tn_bits_f32(x);
  return (unsigned short)(x != x ? b >> 16 | 0x40 : (b + 0x7fff + (b >> 16 & 1)) >> 16);
}
TN_FUNCTION float tn_f32_from_f16(unsigned short x) {
  unsigned int m = x & 0x7fff;
  unsigned int b = tn_bits_f32(tn_from_bits_f32(m << 13) * 0x1p112f); /* another bias; subnormals become normal */
  b = m >= 0x7c00 ? 0x7f800000 | m << 13 : b;
  return tn_from_bits_f32(b | (unsigned int)(x & 0x8000) << 16);
}
TN_FUNCTION unsigned short tn_f16_from_f32(float x) {
  unsigned int b = tn_bits_f32(x), m = b & 0x7fffffff;
  unsigned int small = tn_bits_f32(tn_from_bits_f32(m) + 0.5f) - 0x3f000000; /* below 2^-14 neighbours are 2^-24 apart */
  unsigned int r = (m + 0xfff + (m >> 13 & 1) - 0x38000000) >> 13;
  r = m < 0x38800000 ? small : r;
  r = m >= 0x477ff000 ? 0x7c00 : r;
  r = m > 0x7f800000 ? 0x7e00 | (m >> 13 & 0x3ff) : r;
  return (unsigned short)(r | (b >> 16 & 0x8000));
}
/* The neighbour of x whose last bit is odd, if x is no float: rounding that rounds x once. */
TN_FUNCTION float tn_float_to_odd(double x) {
  float f = (float)x;
  unsigned int b = tn_bits_f32(f);
  int beyond = __builtin_fabs(x) < (double)__builtin_fabsf(f);
  return (double)f == x || x != x || (b & 1) != 0 ? f : tn_from_bits_f32(beyond ? b - 1 : b + 1);
}
TN_FUNCTION unsigned short tn_f16_from_f64(double x) { return tn_f16_from_f32(tn_float_to_odd(x)); }
TN_FUNCTION unsigned short tn_bf16_from_f64(double x) { return tn_bf16_from_f32(tn_float_to_odd(x)); }

/* ---- absolute values ---- */
TN_FUNCTION double tn_abs_f64(double x) { return __builtin_fabs(x); }
TN_FUNCTION unsigned char tn_abs_u8(unsigned char x) { return x; }
TN_FUNCTION signed char tn_abs_i8(signed char x) { return (signed char)(x < 0 ? -x : x); }
TN_FUNCTION short tn_abs_i16(short x) { return (short)(x < 0 ? -x : x); }
TN_FUNCTION unsigned int tn_abs_u32(unsigned int x) { return x; }
TN_FUNCTION int tn_abs_i32(int x) { return (int)(x < 0 ? 0u - (unsigned int)x : (unsigned int)x); }
TN_FUNCTION long tn_abs_i64(long x) { return (long)(x < 0 ? 0ul - (unsigned long)x : (unsigned long)x); }

/* ---- integers: by zero, 0; the least one by -1 wraps; shifts by what no instruction takes shift everything out;
   powers wrap, and a negative exponent gives 0 but for 1 and -1 ---- */
TN_FUNCTION unsigned long tn_power(unsigned long a, unsigned long n) {
  unsigned long power = 1;
  for (; n != 0; n >>= 1, a *= a) power *= (n & 1) != 0 ? a : 1;
  return power;
}
#define TN_SIGNED_FUNCTIONS(T, U, t, bits) \
  TN_FUNCTION T tn_fmod##t(T a, T b) { return a % (((b == 0) | (b == -1)) ? 1 : b); } \
  TN_FUNCTION T tn_remainder##t(T a, T b) { \
    T r = tn_fmod##t(a, b); \
    return ((r != 0) & ((r < 0) != (b < 0))) ? r + b : r; \
  } \
  TN_FUNCTION T tn_floor_divide##t(T a, T b) { \
    T d = ((b == 0) | (b == -1)) ? 1 : b, r = a % d, q = a / d - ((r != 0) & ((r < 0) != (d < 0))); \
    return b == 0 ? 0 : b == -1 ? (T)(0 - (U)a) : q; \
  } \
  TN_FUNCTION T tn_pow##t(T a, T n) { \
    T power = (T)tn_power((unsigned long)a, (unsigned long)(n < 0 ? 0 : n)); \
    return n >= 0 ? power : a == 1 ? 1 : a != -1 ? 0 : (n & 1) != 0 ? -1 : 1; \
  } \
  TN_FUNCTION T tn_right_shift##t(T a, T n) { return a >> ((U)n < bits ? n : bits - 1); } \
  TN_LEFT_SHIFT(T, U, t, bits)
#define TN_UNSIGNED_FUNCTIONS(T, t, bits) \
  TN_FUNCTION T tn_fmod##t(T a, T b) { return b == 0 ? 0 : a % (b == 0 ? 1 : b); } \
  TN_FUNCTION T tn_remainder##t(T a, T b) { return tn_fmod##t(a, b); } \
  TN_FUNCTION T tn_floor_divide##t(T a, T b) { return b == 0 ? 0 : a / (b == 0 ? 1 : b); } \
  TN_FUNCTION T tn_pow##t(T a, T n) { return (T)tn_power(a, n); } \
  TN_FUNCTION T tn_right_shift##t(T a, T n) { return n < bits ? a >> (n & (bits - 1)) : 0; } \
  TN_LEFT_SHIFT(T, T, t, bits)
#define TN_LEFT_SHIFT(T, U, t, bits) \
  TN_FUNCTION T tn_left_shift##t(T a, T n) { return (U)n < bits ? (T)((U)a << ((U)n & (bits - 1))) : 0; }
TN_UNSIGNED_FUNCTIONS(unsigned char, _u8, 8)
TN_SIGNED_FUNCTIONS(signed char, unsigned char, _i8, 8)
TN_SIGNED_FUNCTIONS(short, unsigned short, _i16, 16)
TN_SIGNED_FUNCTIONS(int, unsigned int, _i32, 32)
TN_UNSIGNED_FUNCTIONS(unsigned int, _u32, 32)
TN_SIGNED_FUNCTIONS(long, unsigned long, _i64, 64)

/* ---- random bits ----
   Threefry-2x32, 20 rounds: the first word of the block of the counter (index, 0). */
TN_FUNCTION unsigned int tn_threefry(unsigned int k0, unsigned int k1, unsigned int index) {
  unsigned int k2 = 0x1BD11BDAu ^ k0 ^ k1, x0 = index + k0, x1 = k1;
#define TN_MIX(r) x0 += x1; x1 = (x1 << r | x1 >> (32 - r)) ^ x0;
#define TN_MIX_A TN_MIX(13) TN_MIX(15) TN_MIX(26) TN_MIX(6)
#define TN_MIX_B TN_MIX(17) TN_MIX(29) TN_MIX(16) TN_MIX(24)
  TN_MIX_A x0 += k1; x1 += k2 + 1u;
  TN_MIX_B x0 += k2; x1 += k0 + 2u;
  TN_MIX_A x0 += k0; x1 += k1 + 3u;
  TN_MIX_B x0 += k1; x1 += k2 + 4u;
  TN_MIX_A x0 += k2;
  return x0;
}

/* ---- keys: integers in the order of the floats, for reductions ----
   The maximum of floats that hands NaN on is no operation that compilers vectorise as a reduction; the maximum of
   integers is. A float's bits, read as an integer, are in order where it is positive; flipping the other bits puts the
   negative ones in order. NaN becomes the largest key (of a minimum: the smallest), and comes back as NaN. */
#define TN_KEY_FUNCTIONS(F, f, I, sign, largest) \
  TN_FUNCTION I tn_key##f(F x) { I k; __builtin_memcpy(&k, &x, sizeof x); return k ^ ((k >> sign) & largest); } \
  TN_FUNCTION F tn_from_key##f(I k) { F x; k ^= (k >> sign) & largest; __builtin_memcpy(&x, &k, sizeof x); return x; } \
  TN_FUNCTION I tn_max_key##f(F x) { return x != x ? largest : tn_key##f(x); } \
  TN_FUNCTION I tn_min_key##f(F x) { return x != x ? -largest - 1 : tn_key##f(x); }
TN_KEY_FUNCTIONS(float, _f32, int, 31, 0x7fffffff)
TN_KEY_FUNCTIONS(double, _f64, long, 63, 0x7fffffffffffffffL)

/* ---- sorting: a merge sort of keys and their positions, from the bottom up ----
   `before(a, b)`: a stands before b although b came first. Runs of 16 are sorted by insertion. Runs of one length are
   merged from both ends at once, half of them from each: two chains of loads and comparisons that do not wait for each
   other, and no ends to look out for. No branch depends on keys; of ?: compilers would make one. The spare arrays are as
   long; the positions end where they began, the keys where the result says. */
#define TN_SORT_FUNCTION(name, T, before) \
  static __attribute__((unused)) T *name(T *keys, int *positions, T *spare_keys, int *spare_positions, long n) { \
    T *from_keys = keys, *to_keys = spare_keys; \
    int *from = positions, *to = spare_positions; \
    for (long begin = 0; begin < n; begin += 16) { \
      long end = begin + 16 < n ? begin + 16 : n; \
      for (long i = begin + 1; i < end; ++i) { \
        T key = keys[i]; \
        int position = positions[i]; \
        long j = i; \
        for (; j > begin && before(key, keys[j - 1]); --j) keys[j] = keys[j - 1], positions[j] = positions[j - 1]; \
        keys[j] = key; \
        positions[j] = position; \
      } \
    } \
    for (long width = 16; width < n; width *= 2) { \
      for (long begin = 0; begin < n; begin += 2 * width) { \
        long middle = begin + width < n ? begin + width : n, end = middle + width < n ? middle + width : n; \
        long a = begin, b = middle, i = begin, x = middle - 1, y = end - 1; \
        if (end - begin == 2 * width) { \
          for (long j = end - 1; i < middle; ++i, --j) { \
            long is_right = before(from_keys[b], from_keys[a]), least = a ^ ((a ^ b) & -is_right); \
            long is_left = before(from_keys[y], from_keys[x]), most = y ^ ((x ^ y) & -is_left); \
            to_keys[i] = from_keys[least], to[i] = from[least]; \
            to_keys[j] = from_keys[most], to[j] = from[most]; \
            b += is_right, a += 1 - is_right; \
            x -= is_left, y -= 1 - is_left; \
          } \
          continue; \
        } \
        for (; a < middle && b < end; ++i) { \
          long is_right = before(from_keys[b], from_keys[a]), least = a ^ ((a ^ b) & -is_right); \
          to_keys[i] = from_keys[least], to[i] = from[least]; \
          b += is_right, a += 1 - is_right; \
        } \
        for (; a < middle; ++a, ++i) to_keys[i] = from_keys[a], to[i] = from[a]; \
        for (; b < end; ++b, ++i) to_keys[i] = from_keys[b], to[i] = from[b]; \
      } \
      T *swapped_keys = from_keys; \
      int *swapped = from; \
      from_keys = to_keys, to_keys = swapped_keys; \
      from = to, to = swapped; \
    } \
    if (from != positions) \
      for (long i = 0; i < n; ++i) positions[i] = from[i]; \
    return from_keys; \
  }
/* The first `kept` of the sort alone. The best so far stand in front, behind them what came later and is before the last
   of these; when there is as much of it, or 32, all are sorted and the best kept. What is no better, as most are soon, is
   passed over 16 at a time. There must be room for kept + (kept or 32) elements. */
#define TN_SELECT_FUNCTION(name, sort, T, before) \
  static __attribute__((unused)) T name##_best(T *keys, int *positions, T *spare_keys, int *spare_positions, \
                                               long n, long kept) { \
    const T *sorted = sort(keys, positions, spare_keys, spare_positions, n); \
    for (long i = 0; i < kept; ++i) keys[i] = sorted[i]; \
    return keys[kept - 1]; \
  } \
  static __attribute__((unused)) void name(T *keys, int *positions, T *spare_keys, int *spare_positions, long n, \
                                           long kept) { \
    long room = kept + (kept < 32 ? 32 : kept), filled = kept; \
    T last = name##_best(keys, positions, spare_keys, spare_positions, room, kept); \
    for (long begin = room; begin < n; begin += 16) { \
      long end = begin + 16 < n ? begin + 16 : n; \
      int any = 0; \
      for (long i = begin; i < end; ++i) any |= before(keys[i], last); \
      if (!any) continue; \
      for (long i = begin; i < end; ++i) { \
        if (!(before(keys[i], last))) continue; \
        keys[filled] = keys[i], positions[filled] = positions[i]; \
        if (++filled < room) continue; \
        last = name##_best(keys, positions, spare_keys, spare_positions, filled, kept); \
        filled = kept; \
      } \
    } \
    name##_best(keys, positions, spare_keys, spare_positions, filled, kept); \
  }
#define TN_LESS(a, b) ((a) < (b))
#define TN_GREATER(a, b) ((a) > (b))
/* NaN is the greatest. */
#define TN_LESS_FLOAT(a, b) (((a) == (a)) & !((a) >= (b)))
#define TN_GREATER_FLOAT(a, b) (((b) == (b)) & !((a) <= (b)))
#define TN_SORT_FUNCTIONS(t, T, less, greater) \
  TN_SORT_FUNCTION(tn_sort_##t, T, less) \
  TN_SORT_FUNCTION(tn_sort_descending_##t, T, greater) \
  TN_SELECT_FUNCTION(tn_select_##t, tn_sort_##t, T, less) \
  TN_SELECT_FUNCTION(tn_select_descending_##t, tn_sort_descending_##t, T, greater)
TN_SORT_FUNCTIONS(bool, unsigned char, TN_LESS, TN_GREATER)
TN_SORT_FUNCTIONS(u8, unsigned char, TN_LESS, TN_GREATER)
TN_SORT_FUNCTIONS(i8, signed char, TN_LESS, TN_GREATER)
TN_SORT_FUNCTIONS(i16, short, TN_LESS, TN_GREATER)
TN_SORT_FUNCTIONS(i32, int, TN_LESS, TN_GREATER)
TN_SORT_FUNCTIONS(u32, unsigned int, TN_LESS, TN_GREATER)
TN_SORT_FUNCTIONS(i64, long, TN_LESS, TN_GREATER)
TN_SORT_FUNCTIONS(f32, float, TN_LESS_FLOAT, TN_GREATER_FLOAT)
TN_SORT_FUNCTIONS(f64, double, TN_LESS_FLOAT, TN_GREATER_FLOAT)
)c";

}  // namespace

std::string_view c_prelude_text() {
  static const std::string text = std::string(c_math_text()) + std::string(helpers);
  return text;
}

}  // namespace tenon
