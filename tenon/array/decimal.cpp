#include "tenon/array/decimal.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <string_view>
#include <type_traits>

#include "tenon/core/half.h"

namespace tenon {
namespace {

// "d.ddde+XX"
Decimal parsed(bool negative, std::string_view text) {
  Decimal decimal{negative, std::string(1, text[0]), 0};
  const std::size_t e = text.find('e');
  if (e > 1) decimal.digits += text.substr(2, e - 2);
  const std::size_t start = text[e + 1] == '+' ? e + 2 : e + 1;  // from_chars knows no plus
  std::from_chars(text.data() + start, text.data() + text.size(), decimal.exponent);
  return decimal;
}

// The same digits, with the point where it belongs.
std::string placed(const Decimal& decimal) {
  const std::string& digits = decimal.digits;
  const auto count = static_cast<int>(digits.size());
  std::string text = decimal.negative ? "-" : "";
  if (decimal.exponent < 0)
    return text + "0." + std::string(static_cast<std::size_t>(-decimal.exponent - 1), '0') + digits;
  const int whole = decimal.exponent + 1;  // digits before the point
  if (count <= whole) return text + digits + std::string(static_cast<std::size_t>(whole - count), '0') + ".";
  return text + digits.substr(0, static_cast<std::size_t>(whole)) + "." +
         digits.substr(static_cast<std::size_t>(whole));
}

// 16-bit floats are floats, of which fewer digits tell them apart.
template <class T>
auto as_number(T value) {
  if constexpr (std::is_floating_point_v<T>)
    return value;
  else
    return static_cast<float>(value);
}

float read_back(const Decimal& decimal) {
  const std::string text = std::string(decimal.negative ? "-" : "") + decimal.digits[0] + "." +
                           decimal.digits.substr(1) + "e" + std::to_string(decimal.exponent);
  return std::strtof(text.c_str(), nullptr);
}

// The next greater magnitude of as many digits.
Decimal next_after(Decimal decimal) {
  std::size_t place = decimal.digits.size();
  while (place > 0 && decimal.digits[place - 1] == '9') decimal.digits[--place] = '0';
  if (place > 0) {
    ++decimal.digits[place - 1];
  } else {
    decimal.digits[0] = '1';
    ++decimal.exponent;
  }
  return decimal;
}

template <class Half>
Decimal shortest_half(Half value) {
  const auto exact = static_cast<float>(value);
  const auto is_read_back = [&](const Decimal& decimal) { return Half(read_back(decimal)).bits == value.bits; };
  for (int precision = 0;; ++precision) {
    const Decimal decimal = rounded_decimal(exact, precision);
    if (is_read_back(decimal)) return decimal;
    // A power of two is twice as far from the number above it as from that below.
    if (const Decimal above = next_after(decimal); is_read_back(above)) return above;
  }
}

}  // namespace

template <>
Decimal shortest_decimal(Float16 value) {
  return shortest_half(value);
}
template <>
Decimal shortest_decimal(BFloat16 value) {
  return shortest_half(value);
}

template <class T>
Decimal shortest_decimal(T value) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof(text), std::fabs(value), std::chars_format::scientific).ptr;
  return parsed(std::signbit(value), {text, end});
}

template <class T>
Decimal rounded_decimal(T value, int precision) {
  std::string text(static_cast<std::size_t>(precision) + 32, '\0');
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), std::fabs(value), std::chars_format::scientific, precision)
          .ptr;
  return parsed(std::signbit(value), {text.data(), end});
}

template <class T>
std::string positional(T value, int precision) {
  const Decimal shortest = shortest_decimal(value);
  const int behind_point = static_cast<int>(shortest.digits.size()) - 1 - shortest.exponent;
  if (behind_point <= precision) return placed(shortest);
  // There is a fraction, so there are few digits before it.
  std::string text(static_cast<std::size_t>(precision) + 32, '\0');
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), as_number(value), std::chars_format::fixed, precision).ptr;
  text.resize(static_cast<std::size_t>(end - text.data()));
  if (precision == 0) return text + ".";
  text.resize(text.find_last_not_of('0') + 1);
  return text;
}

template Decimal shortest_decimal(float);
template Decimal shortest_decimal(double);
template Decimal rounded_decimal(float, int);
template Decimal rounded_decimal(double, int);
template std::string positional(Float16, int);
template std::string positional(BFloat16, int);
template std::string positional(float, int);
template std::string positional(double, int);

}  // namespace tenon
