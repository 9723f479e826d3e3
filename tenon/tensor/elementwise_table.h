// The elementwise ops on tensors, one row each.
#pragma once

#include <cstdint>
#include <iterator>
#include <string_view>

#include "tenon/array/elementwise.h"

namespace tenon::detail {

/// Elements of the result.
enum class Gives : std::uint8_t {
  same,      // the operands' type
  floating,  // the operands' type; float when that is an integer
  boolean,
};

// The enumerators stand in the order of the tables' rows.
// clang-format off
enum class Binary : std::uint8_t {
  add, sub, mul, div, pow, maximum, minimum,
  less, less_equal, greater, greater_equal, equal, not_equal,
  logical_and, logical_or,
};
// clang-format on

struct BinaryInfo {
  std::string_view name;
  Gives gives;
  bool takes_bool;
  Array (*apply)(const Operand&, const Operand&);
};

inline constexpr BinaryInfo binary_table[] = {
    {"add", Gives::same, false, operator+ },
     {"sub", Gives::same, false, operator- },
      {"mul", Gives::same, false, operator* },
       {"div", Gives::floating, false, operator/ }, {"pow", Gives::floating, false, tenon::pow},
        {"maximum", Gives::same, true, tenon::maximum}, {"minimum", Gives::same, true, tenon::minimum},
        {"less", Gives::boolean, true, operator<},
         {"less_equal", Gives::boolean, true, operator<= },
          {"greater", Gives::boolean, true, operator> },
           {
               "greater_equal",
               Gives::boolean,
               true,
               operator>= },
               {"equal", Gives::boolean, true, tenon::equal},
               {"not_equal", Gives::boolean, true, tenon::not_equal},
               {"logical_and", Gives::boolean, true, tenon::logical_and},
               {"logical_or", Gives::boolean, true, tenon::logical_or},
          };

static_assert(std::size(binary_table) == static_cast<int>(Binary::logical_or) + 1, "every op has a row");

constexpr const BinaryInfo& info(Binary op) { return binary_table[static_cast<int>(op)]; }

// clang-format off
enum class Unary : std::uint8_t {
  neg, abs, sign, floor, square, relu,
  exp, log, sqrt, rsqrt, sin, cos, tanh, erf, sigmoid, silu,
  logical_not, stop_gradient,
};
// clang-format on

struct UnaryInfo {
  std::string_view name;
  Gives gives;
  bool takes_bool;
  Array (*apply)(const Operand&);
};

inline constexpr UnaryInfo unary_table[] = {{
    "neg",
    Gives::same,
    false,
    operator- },
    {"abs", Gives::same, false, tenon::abs},
    {"sign", Gives::same, false, tenon::sign},
    {"floor", Gives::same, false, tenon::floor},
    {"square", Gives::same, false, tenon::square},
    {"relu", Gives::same, false, tenon::relu},
    {"exp", Gives::floating, true, tenon::exp},
    {"log", Gives::floating, true, tenon::log},
    {"sqrt", Gives::floating, true, tenon::sqrt},
    {"rsqrt", Gives::floating, true, tenon::rsqrt},
    {"sin", Gives::floating, true, tenon::sin},
    {"cos", Gives::floating, true, tenon::cos},
    {"tanh", Gives::floating, true, tenon::tanh},
    {"erf", Gives::floating, true, tenon::erf},
    {"sigmoid", Gives::floating, true, tenon::sigmoid},
    {"silu", Gives::floating, true, tenon::silu},
    {"logical_not", Gives::boolean, true, tenon::logical_not},
    {"stop_gradient", Gives::same, true, tenon::stop_gradient},
};

static_assert(std::size(unary_table) == static_cast<int>(Unary::stop_gradient) + 1, "every op has a row");

constexpr const UnaryInfo& info(Unary op) { return unary_table[static_cast<int>(op)]; }

}  // namespace tenon::detail
