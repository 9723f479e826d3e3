// Floating-point numbers in decimal: as few digits as tell a number from all others of its type, or fewer.
#pragma once

#include <string>

namespace tenon {

/// A finite number, rounded to digits: d.ddd * 10^exponent, in which the first d is 0 for zero alone.
struct Decimal {
  bool negative = false;
  std::string digits;  // at least one
  int exponent = 0;
};

/// The fewest digits that are read back as this very number, and of those the nearest. T is float or double, or a
/// 16-bit float.
template <class T>
Decimal shortest_decimal(T value);

/// The nearest with `precision` digits behind the first; ties go to the even digit. T is float or double.
template <class T>
Decimal rounded_decimal(T value, int precision);

/// "12.5", "-3.", "0.00025": the shortest digits, or, if more than `precision` of them were behind the point, the
/// nearest such number without its trailing zeros. Always with a point. T as for shortest_decimal.
template <class T>
std::string positional(T value, int precision);

}  // namespace tenon
