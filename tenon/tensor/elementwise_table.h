// The elementwise ops on tensors, one row each.
#pragma once

#include <cstdint>
#include <iterator>
#include <string_view>

#include "tenon/array/activation.h"
#include "tenon/array/elementwise.h"
#include "tenon/core/scalar.h"

namespace tenon::detail {

/// Elements of the result.
enum class Gives : std::uint8_t {
  same,      // the operands' type
  floating,  // the operands' type; float when that is an integer
  boolean,
};

// Element types that an op takes.
inline constexpr std::uint8_t takes_bits = takes_integer | takes_boolean;

// The enumerators stand in the order of the tables' rows.
// clang-format off
enum class Binary : std::uint8_t {
  add, sub, mul, div, floor_divide, remainder, fmod, pow, atan2, hypot, maximum, minimum,
  less, less_equal, greater, greater_equal, equal, not_equal,
  logical_and, logical_or, logical_xor,
  bitwise_and, bitwise_or, bitwise_xor, left_shift, right_shift,
};

struct BinaryInfo {
  std::string_view name;
  Gives gives;
  std::uint8_t takes;  // TypeClass bits
  Array (*apply)(const Operand&, const Operand&);
};

inline constexpr BinaryInfo binary_table[] = {
    {"add", Gives::same, takes_number, operator+},
    {"sub", Gives::same, takes_number, operator-},
    {"mul", Gives::same, takes_number, operator*},
    {"div", Gives::floating, takes_number, operator/},
    {"floor_divide", Gives::same, takes_number, tenon::floor_divide},
    {"remainder", Gives::same, takes_number, tenon::remainder},
    {"fmod", Gives::same, takes_number, tenon::fmod},
    {"pow", Gives::same, takes_number, tenon::pow},
    {"atan2", Gives::floating, takes_number, tenon::atan2},
    {"hypot", Gives::floating, takes_number, tenon::hypot},
    {"maximum", Gives::same, takes_any, tenon::maximum},
    {"minimum", Gives::same, takes_any, tenon::minimum},
    {"less", Gives::boolean, takes_any, tenon::less},
    {"less_equal", Gives::boolean, takes_any, tenon::less_equal},
    {"greater", Gives::boolean, takes_any, tenon::greater},
    {"greater_equal", Gives::boolean, takes_any, tenon::greater_equal},
    {"equal", Gives::boolean, takes_any, tenon::equal},
    {"not_equal", Gives::boolean, takes_any, tenon::not_equal},
    {"logical_and", Gives::boolean, takes_any, tenon::logical_and},
    {"logical_or", Gives::boolean, takes_any, tenon::logical_or},
    {"logical_xor", Gives::boolean, takes_any, tenon::logical_xor},
    {"bitwise_and", Gives::same, takes_bits, tenon::bitwise_and},
    {"bitwise_or", Gives::same, takes_bits, tenon::bitwise_or},
    {"bitwise_xor", Gives::same, takes_bits, tenon::bitwise_xor},
    {"left_shift", Gives::same, takes_integer, tenon::left_shift},
    {"right_shift", Gives::same, takes_integer, tenon::right_shift},
};

static_assert(std::size(binary_table) == static_cast<int>(Binary::right_shift) + 1, "every op has a row");

constexpr const BinaryInfo& info(Binary op) { return binary_table[static_cast<int>(op)]; }

enum class Unary : std::uint8_t {
  neg, abs, sign, floor, ceil, trunc, round, square, relu,
  exp, exp2, expm1, log, log2, log10, log1p, sqrt, rsqrt, cbrt, reciprocal,
  sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh, atanh,
  erf, erfinv, lgamma, digamma, trigamma,
  sigmoid, silu, softplus, logsigmoid, selu, mish, softsign, hardsigmoid, hardswish,
  isnan, isinf, isfinite, logical_not, bitwise_not, stop_gradient,
};

struct UnaryInfo {
  std::string_view name;
  Gives gives;
  std::uint8_t takes;  // TypeClass bits
  Array (*apply)(const Operand&);
};

inline constexpr UnaryInfo unary_table[] = {
    {"neg", Gives::same, takes_number, operator-},
    {"abs", Gives::same, takes_number, tenon::abs},
    {"sign", Gives::same, takes_number, tenon::sign},
    {"floor", Gives::same, takes_number, tenon::floor},
    {"ceil", Gives::same, takes_number, tenon::ceil},
    {"trunc", Gives::same, takes_number, tenon::trunc},
    {"round", Gives::same, takes_number, tenon::round},
    {"square", Gives::same, takes_number, tenon::square},
    {"relu", Gives::same, takes_number, tenon::relu},
    {"exp", Gives::floating, takes_any, tenon::exp},
    {"exp2", Gives::floating, takes_any, tenon::exp2},
    {"expm1", Gives::floating, takes_any, tenon::expm1},
    {"log", Gives::floating, takes_any, tenon::log},
    {"log2", Gives::floating, takes_any, tenon::log2},
    {"log10", Gives::floating, takes_any, tenon::log10},
    {"log1p", Gives::floating, takes_any, tenon::log1p},
    {"sqrt", Gives::floating, takes_any, tenon::sqrt},
    {"rsqrt", Gives::floating, takes_any, tenon::rsqrt},
    {"cbrt", Gives::floating, takes_any, tenon::cbrt},
    {"reciprocal", Gives::floating, takes_any, tenon::reciprocal},
    {"sin", Gives::floating, takes_any, tenon::sin},
    {"cos", Gives::floating, takes_any, tenon::cos},
    {"tan", Gives::floating, takes_any, tenon::tan},
    {"asin", Gives::floating, takes_any, tenon::asin},
    {"acos", Gives::floating, takes_any, tenon::acos},
    {"atan", Gives::floating, takes_any, tenon::atan},
    {"sinh", Gives::floating, takes_any, tenon::sinh},
    {"cosh", Gives::floating, takes_any, tenon::cosh},
    {"tanh", Gives::floating, takes_any, tenon::tanh},
    {"asinh", Gives::floating, takes_any, tenon::asinh},
    {"acosh", Gives::floating, takes_any, tenon::acosh},
    {"atanh", Gives::floating, takes_any, tenon::atanh},
    {"erf", Gives::floating, takes_any, tenon::erf},
    {"erfinv", Gives::floating, takes_any, tenon::erfinv},
    {"lgamma", Gives::floating, takes_any, tenon::lgamma},
    {"digamma", Gives::floating, takes_any, tenon::digamma},
    {"trigamma", Gives::floating, takes_any, tenon::trigamma},
    {"sigmoid", Gives::floating, takes_any, tenon::sigmoid},
    {"silu", Gives::floating, takes_any, tenon::silu},
    {"softplus", Gives::floating, takes_any, tenon::softplus},
    {"logsigmoid", Gives::floating, takes_any, tenon::logsigmoid},
    {"selu", Gives::floating, takes_any, tenon::selu},
    {"mish", Gives::floating, takes_any, tenon::mish},
    {"softsign", Gives::floating, takes_any, tenon::softsign},
    {"hardsigmoid", Gives::floating, takes_any, tenon::hardsigmoid},
    {"hardswish", Gives::floating, takes_any, tenon::hardswish},
    {"isnan", Gives::boolean, takes_any, tenon::isnan},
    {"isinf", Gives::boolean, takes_any, tenon::isinf},
    {"isfinite", Gives::boolean, takes_any, tenon::isfinite},
    {"logical_not", Gives::boolean, takes_any, tenon::logical_not},
    {"bitwise_not", Gives::same, takes_bits, tenon::bitwise_not},
    {"stop_gradient", Gives::same, takes_any, tenon::stop_gradient},
};
// clang-format on

static_assert(std::size(unary_table) == static_cast<int>(Unary::stop_gradient) + 1, "every op has a row");

constexpr const UnaryInfo& info(Unary op) { return unary_table[static_cast<int>(op)]; }

}  // namespace tenon::detail
