#include "tenon/core/scalar.h"

#include <array>
#include <bit>
#include <cmath>

#include "tenon/core/special_functions.h"

namespace tenon {
namespace {

using F = double;
using I = std::int64_t;

// Integer arithmetic wraps, as in NumPy and PyTorch; the interpreter truncates to the element type
// afterwards.
I wrapping_add(I a, I b, I) { return static_cast<I>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b)); }
I wrapping_sub(I a, I b, I) { return static_cast<I>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b)); }
I wrapping_mul(I a, I b, I) { return static_cast<I>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b)); }

// NaN in either operand gives NaN, as in PyTorch.
F nan_maximum(F a, F b, F) { return a > b || a != a ? a : b; }
F nan_minimum(F a, F b, F) { return a < b || a != a ? a : b; }

// Quotients and remainders that belong together. Floating: NumPy's; the remainder is exact, and the quotient the
// integer next to (a - remainder) / b. Integers by zero give 0; the least one by -1 wraps, which its quotient by hand
// does.
F floor_remainder(F a, F b, F) {
  const F r = std::fmod(a, b);
  return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}
F floor_quotient(F a, F b, F) {
  if (b == 0) return a / b;
  const F r = std::fmod(a, b);
  return std::nearbyint((a - r) / b - (r != 0 && (r < 0) != (b < 0) ? 1 : 0));
}
I truncated_remainder(I a, I b, I) { return b == 0 || b == -1 ? 0 : a % b; }
I floor_remainder(I a, I b, I) {
  const I r = truncated_remainder(a, b, 0);
  return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}
I floor_quotient(I a, I b, I) {
  if (b == 0) return 0;
  if (b == -1) return wrapping_sub(0, a, 0);
  const I r = a % b;
  return a / b - (r != 0 && (r < 0) != (b < 0) ? 1 : 0);
}

// Counts that no shift instruction takes shift everything out.
I shifted_left(I a, I count, I) {
  return count < 0 || count > 63 ? 0 : static_cast<I>(static_cast<std::uint64_t>(a) << count);
}
I shifted_right(I a, I count, I) { return a >> (count < 0 || count > 63 ? 63 : count); }

// std::lgamma writes a global variable.
F log_gamma(F a) {
  int sign = 0;
  return ::lgamma_r(a, &sign);
}

// Wraps. What a negative exponent gives is no integer but for 1 and -1: else 0, as in PyTorch.
I integer_power(I a, I b, I) {
  if (b < 0) return a == 1 ? 1 : a == -1 ? (b % 2 == 0 ? 1 : -1) : 0;
  std::uint64_t power = 1, square = static_cast<std::uint64_t>(a);
  for (auto rest = static_cast<std::uint64_t>(b); rest != 0; rest >>= 1) {
    if ((rest & 1) != 0) power *= square;
    square *= square;
  }
  return static_cast<I>(power);
}

constexpr std::uint8_t floats = takes_floating, integers = takes_integer, booleans = takes_boolean;
constexpr std::uint8_t numbers = takes_number, bits = takes_integer | takes_boolean, any = takes_any;
constexpr auto same = ResultType::same;
constexpr auto boolean = ResultType::boolean;

// clang-format off
constexpr ScalarInfo table[] = {
    {Scalar::cast, "cast", 1, ResultType::given, any, 1, "", "", [](F a, F, F) { return a; }, [](I a, I, I) { return a; }},
    {Scalar::neg, "neg", 1, same, numbers, 1, "(-$0)", "(-$0)", [](F a, F, F) { return -a; }, [](I a, I, I) { return wrapping_sub(0, a, 0); }},
    {Scalar::abs, "abs", 1, same, numbers, 1, "tn_abs$t($0)", "tn_abs$t($0)", [](F a, F, F) { return std::fabs(a); }, [](I a, I, I) { return a < 0 ? wrapping_sub(0, a, 0) : a; }},
    {Scalar::sign, "sign", 1, same, numbers, 2, "($0 > 0 ? 1 : $0 < 0 ? -1 : $0)", "(($0 > 0) - ($0 < 0))", [](F a, F, F) { return a > 0 ? 1.0 : a < 0 ? -1.0 : a; }, [](I a, I, I) -> I { return (a > 0) - (a < 0); }},
    {Scalar::exp, "exp", 1, same, floats, 12, "tn_exp$t($0)", "", [](F a, F, F) { return std::exp(a); }, nullptr},
    {Scalar::log, "log", 1, same, floats, 14, "tn_log$t($0)", "", [](F a, F, F) { return std::log(a); }, nullptr},
    {Scalar::sqrt, "sqrt", 1, same, floats, 6, "tn_sqrt$t($0)", "", [](F a, F, F) { return std::sqrt(a); }, nullptr},
    {Scalar::rsqrt, "rsqrt", 1, same, floats, 8, "tn_rsqrt$t($0)", "", [](F a, F, F) { return 1 / std::sqrt(a); }, nullptr},
    {Scalar::sin, "sin", 1, same, floats, 16, "tn_sin$t($0)", "", [](F a, F, F) { return std::sin(a); }, nullptr},
    {Scalar::cos, "cos", 1, same, floats, 16, "tn_cos$t($0)", "", [](F a, F, F) { return std::cos(a); }, nullptr},
    {Scalar::tanh, "tanh", 1, same, floats, 14, "tn_tanh$t($0)", "", [](F a, F, F) { return std::tanh(a); }, nullptr},
    {Scalar::erf, "erf", 1, same, floats, 20, "tn_erf$t($0)", "", [](F a, F, F) { return std::erf(a); }, nullptr},
    {Scalar::sigmoid, "sigmoid", 1, same, floats, 16, "tn_sigmoid$t($0)", "", [](F a, F, F) { return 1 / (1 + std::exp(-a)); }, nullptr},
    {Scalar::relu, "relu", 1, same, numbers, 1, "($0 < 0 ? 0 : $0)", "($0 < 0 ? 0 : $0)", [](F a, F, F) { return a < 0 ? 0.0 : a; }, [](I a, I, I) { return a < 0 ? I{0} : a; }},
    {Scalar::floor, "floor", 1, same, numbers, 1, "tn_floor$t($0)", "$0", [](F a, F, F) { return std::floor(a); }, [](I a, I, I) { return a; }},
    {Scalar::ceil, "ceil", 1, same, numbers, 1, "tn_ceil$t($0)", "$0", [](F a, F, F) { return std::ceil(a); }, [](I a, I, I) { return a; }},
    {Scalar::trunc, "trunc", 1, same, numbers, 1, "tn_trunc$t($0)", "$0", [](F a, F, F) { return std::trunc(a); }, [](I a, I, I) { return a; }},
    {Scalar::round, "round", 1, same, numbers, 1, "tn_round$t($0)", "$0", [](F a, F, F) { return std::nearbyint(a); }, [](I a, I, I) { return a; }},
    {Scalar::exp2, "exp2", 1, same, floats, 10, "tn_exp2$t($0)", "", [](F a, F, F) { return std::exp2(a); }, nullptr},
    {Scalar::expm1, "expm1", 1, same, floats, 12, "tn_expm1$t($0)", "", [](F a, F, F) { return std::expm1(a); }, nullptr},
    {Scalar::log2, "log2", 1, same, floats, 14, "tn_log2$t($0)", "", [](F a, F, F) { return std::log2(a); }, nullptr},
    {Scalar::log10, "log10", 1, same, floats, 24, "tn_log10$t($0)", "", [](F a, F, F) { return std::log10(a); }, nullptr},
    {Scalar::log1p, "log1p", 1, same, floats, 14, "tn_log1p$t($0)", "", [](F a, F, F) { return std::log1p(a); }, nullptr},
    {Scalar::softplus, "softplus", 1, same, floats, 26, "tn_softplus$t($0)", "", [](F a, F, F) { return (a > 0 ? a : 0) + std::log1p(std::exp(-std::fabs(a))); }, nullptr},
    {Scalar::cbrt, "cbrt", 1, same, floats, 24, "tn_cbrt$t($0)", "", [](F a, F, F) { return std::cbrt(a); }, nullptr},
    {Scalar::tan, "tan", 1, same, floats, 26, "tn_tan$t($0)", "", [](F a, F, F) { return std::tan(a); }, nullptr},
    {Scalar::asin, "asin", 1, same, floats, 38, "tn_asin$t($0)", "", [](F a, F, F) { return std::asin(a); }, nullptr},
    {Scalar::acos, "acos", 1, same, floats, 38, "tn_acos$t($0)", "", [](F a, F, F) { return std::acos(a); }, nullptr},
    {Scalar::atan, "atan", 1, same, floats, 28, "tn_atan$t($0)", "", [](F a, F, F) { return std::atan(a); }, nullptr},
    {Scalar::sinh, "sinh", 1, same, floats, 16, "tn_sinh$t($0)", "", [](F a, F, F) { return std::sinh(a); }, nullptr},
    {Scalar::cosh, "cosh", 1, same, floats, 14, "tn_cosh$t($0)", "", [](F a, F, F) { return std::cosh(a); }, nullptr},
    {Scalar::asinh, "asinh", 1, same, floats, 30, "tn_asinh$t($0)", "", [](F a, F, F) { return std::asinh(a); }, nullptr},
    {Scalar::acosh, "acosh", 1, same, floats, 30, "tn_acosh$t($0)", "", [](F a, F, F) { return std::acosh(a); }, nullptr},
    {Scalar::atanh, "atanh", 1, same, floats, 28, "tn_atanh$t($0)", "", [](F a, F, F) { return std::atanh(a); }, nullptr},
    {Scalar::erfinv, "erfinv", 1, same, floats, 55, "tn_erfinv$t($0)", "", [](F a, F, F) { return erfinv(a); }, nullptr},
    {Scalar::lgamma, "lgamma", 1, same, floats, 90, "tn_lgamma$t($0)", "", [](F a, F, F) { return log_gamma(a); }, nullptr},
    {Scalar::digamma, "digamma", 1, same, floats, 100, "tn_digamma$t($0)", "", [](F a, F, F) { return digamma(a); }, nullptr},
    {Scalar::trigamma, "trigamma", 1, same, floats, 80, "tn_trigamma$t($0)", "", [](F a, F, F) { return trigamma(a); }, nullptr},
    {Scalar::logical_not, "logical_not", 1, boolean, any, 1, "($0 == 0)", "($0 == 0)", [](F a, F, F) -> F { return a == 0; }, [](I a, I, I) -> I { return a == 0; }},
    {Scalar::bitwise_not, "bitwise_not", 1, same, integers, 1, "", "(~$0)", nullptr, [](I a, I, I) { return ~a; }},
    {Scalar::stop_gradient, "stop_gradient", 1, same, any, 1, "$0", "$0", [](F a, F, F) { return a; }, [](I a, I, I) { return a; }},
    {Scalar::barrier, "barrier", 1, same, any, 1, "$0", "$0", [](F a, F, F) { return a; }, [](I a, I, I) { return a; }},
    {Scalar::add, "add", 2, same, numbers, 1, "($0 + $1)", "($0 + $1)", [](F a, F b, F) { return a + b; }, wrapping_add},
    {Scalar::sub, "sub", 2, same, numbers, 1, "($0 - $1)", "($0 - $1)", [](F a, F b, F) { return a - b; }, wrapping_sub},
    {Scalar::mul, "mul", 2, same, numbers, 1, "($0 * $1)", "($0 * $1)", [](F a, F b, F) { return a * b; }, wrapping_mul},
    {Scalar::div, "div", 2, same, floats, 4, "($0 / $1)", "", [](F a, F b, F) { return a / b; }, nullptr},
    {Scalar::maximum, "maximum", 2, same, any, 2, "tn_max$t($0, $1)", "($0 > $1 ? $0 : $1)", nan_maximum, [](I a, I b, I) { return a > b ? a : b; }},
    {Scalar::minimum, "minimum", 2, same, any, 2, "tn_min$t($0, $1)", "($0 < $1 ? $0 : $1)", nan_minimum, [](I a, I b, I) { return a < b ? a : b; }},
    {Scalar::pow, "pow", 2, same, numbers, 40, "tn_pow$t($0, $1)", "tn_pow$t($0, $1)", [](F a, F b, F) { return std::pow(a, b); }, integer_power},
    {Scalar::atan2, "atan2", 2, same, floats, 36, "tn_atan2$t($0, $1)", "", [](F a, F b, F) { return std::atan2(a, b); }, nullptr},
    {Scalar::hypot, "hypot", 2, same, floats, 14, "tn_hypot$t($0, $1)", "", [](F a, F b, F) { return std::hypot(a, b); }, nullptr},
    {Scalar::polygamma, "polygamma", 2, same, floats, 250, "tn_polygamma$t($0, $1)", "", [](F a, F b, F) { return polygamma(a, b); }, nullptr},
    {Scalar::floor_divide, "floor_divide", 2, same, numbers, 65, "tn_floor_divide$t($0, $1)", "tn_floor_divide$t($0, $1)", floor_quotient, floor_quotient},
    {Scalar::remainder, "remainder", 2, same, numbers, 52, "tn_remainder$t($0, $1)", "tn_remainder$t($0, $1)", floor_remainder, floor_remainder},
    {Scalar::fmod, "fmod", 2, same, numbers, 50, "tn_fmod$t($0, $1)", "tn_fmod$t($0, $1)", [](F a, F b, F) { return std::fmod(a, b); }, truncated_remainder},
    {Scalar::eq, "eq", 2, boolean, any, 1, "($0 == $1)", "($0 == $1)", [](F a, F b, F) -> F { return a == b; }, [](I a, I b, I) -> I { return a == b; }},
    {Scalar::ne, "ne", 2, boolean, any, 1, "($0 != $1)", "($0 != $1)", [](F a, F b, F) -> F { return a != b; }, [](I a, I b, I) -> I { return a != b; }},
    {Scalar::lt, "lt", 2, boolean, any, 1, "($0 < $1)", "($0 < $1)", [](F a, F b, F) -> F { return a < b; }, [](I a, I b, I) -> I { return a < b; }},
    {Scalar::le, "le", 2, boolean, any, 1, "($0 <= $1)", "($0 <= $1)", [](F a, F b, F) -> F { return a <= b; }, [](I a, I b, I) -> I { return a <= b; }},
    {Scalar::logical_and, "logical_and", 2, same, booleans, 1, "", "($0 & $1)", nullptr, [](I a, I b, I) { return a & b; }},
    {Scalar::logical_or, "logical_or", 2, same, booleans, 1, "", "($0 | $1)", nullptr, [](I a, I b, I) { return a | b; }},
    {Scalar::bitwise_and, "bitwise_and", 2, same, bits, 1, "", "($0 & $1)", nullptr, [](I a, I b, I) { return a & b; }},
    {Scalar::bitwise_or, "bitwise_or", 2, same, bits, 1, "", "($0 | $1)", nullptr, [](I a, I b, I) { return a | b; }},
    {Scalar::bitwise_xor, "bitwise_xor", 2, same, bits, 1, "", "($0 ^ $1)", nullptr, [](I a, I b, I) { return a ^ b; }},
    {Scalar::left_shift, "left_shift", 2, same, integers, 2, "", "tn_left_shift$t($0, $1)", nullptr, shifted_left},
    {Scalar::right_shift, "right_shift", 2, same, integers, 2, "", "tn_right_shift$t($0, $1)", nullptr, shifted_right},
    {Scalar::where, "where", 3, ResultType::selection, any, 1, "($0 ? $1 : $2)", "($0 ? $1 : $2)", [](F c, F a, F b) { return c != 0 ? a : b; }, [](I c, I a, I b) { return c != 0 ? a : b; }},
    {Scalar::random_bits, "random_bits", 3, same, takes_integer, 60, "", "tn_threefry($0, $1, $2)", nullptr, [](I a, I b, I c) -> I { return threefry(static_cast<std::uint32_t>(a), static_cast<std::uint32_t>(b), static_cast<std::uint32_t>(c)); }},
};
// clang-format on

constexpr bool rows_follow_the_enumerators() {
  if (std::size(table) != scalar_count) return false;
  for (int i = 0; i < scalar_count; ++i)
    if (table[i].scalar != static_cast<Scalar>(i)) return false;
  return true;
}
static_assert(rows_follow_the_enumerators(), "every Scalar has its row, in order");

}  // namespace

const ScalarInfo& info(Scalar scalar) { return table[static_cast<int>(scalar)]; }

bool takes(const ScalarInfo& info, DType dtype) {
  const TypeClass needed = is_floating(dtype)        ? takes_floating
                           : dtype == DType::boolean ? takes_boolean
                                                     : takes_integer;
  return (info.takes & needed) != 0 && (info.scalar != Scalar::random_bits || dtype == DType::u32);
}

std::uint32_t threefry(std::uint32_t key0, std::uint32_t key1, std::uint32_t index) {
  constexpr std::array<int, 8> rotations = {13, 15, 26, 6, 17, 29, 16, 24};
  const std::array<std::uint32_t, 3> key = {key0, key1, 0x1BD11BDAu ^ key0 ^ key1};
  std::uint32_t x0 = index + key[0], x1 = key[1];
  for (unsigned round = 0; round < 20; ++round) {
    x0 += x1;
    x1 = std::rotl(x1, rotations[round % 8]) ^ x0;
    if (round % 4 == 3) {
      const unsigned injection = round / 4 + 1;
      x0 += key[injection % 3];
      x1 += key[(injection + 1) % 3] + injection;
    }
  }
  return x0;
}

}  // namespace tenon
