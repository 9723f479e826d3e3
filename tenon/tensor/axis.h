// Axis: what a tensor's type says of one of its axes, as a template argument.
//
// An axis is a short text in a normal form, so that equal axes are equal template arguments:
//   784            a size, fixed at compile time
//   batch          a name; the size is known at run time
//   embd=768       both
//   4*embd         products, multiples and quotients: the coefficient first, then the names, sorted,
//   batch*time     then what they are divided by; what cancels is gone
//   embd/head
//   any            nothing is known of it, and it fits everything
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string_view>
#include <utility>

#include "tenon/core/error.h"

namespace tenon {

namespace detail {

// Called while a constant is computed, these are compile errors that show their names.
[[noreturn]] inline void an_axis_is_named_by_letters_digits_and_underscores() {
  throw ValueError("an axis is named by letters, digits and underscores");
}
[[noreturn]] inline void an_axis_text_has_at_most_47_characters() {
  throw ValueError("an axis' text has at most 47 characters");
}
[[noreturn]] inline void the_size_of_an_axis_is_not_negative() {
  throw ValueError("the size of an axis is not negative");
}
[[noreturn]] inline void the_sizes_of_these_axes_do_not_divide() {
  throw ShapeError("the sizes of these axes do not divide");
}
[[noreturn]] inline void one_axis_has_two_sizes() { throw ShapeError("one axis has two sizes"); }

// The characters of a text, and zeros after its end.
struct Characters {
  std::string_view text;
  constexpr char operator[](std::size_t i) const { return i < text.size() ? text[i] : '\0'; }
};

// clang shows a character array in a template argument as a string when exactly one zero was written at its
// end, g++ when none was.
#ifdef __clang__
inline constexpr std::size_t zeros_written = 1;
#else
inline constexpr std::size_t zeros_written = 0;
#endif

}  // namespace detail

/// One axis of a tensor's type. Converts from a size (`784`), from a name or an expression of names and sizes
/// (`"batch"`, `"4*embd"`), and takes both (`Axis{"embd", 768}`).
struct Axis {
  static constexpr std::size_t capacity = 48;
  static constexpr std::int64_t run_time = -1;

  char text[capacity];  // public, as a template argument's members have to be; ends with zeros

  constexpr Axis();  // 1
  template <std::integral Size>
  constexpr Axis(Size size) : Axis(of_size(static_cast<std::int64_t>(size))) {}
  template <std::size_t N>
  constexpr Axis(const char (&expression)[N]) : Axis(of(std::string_view(expression, N - 1))) {}
  template <std::size_t N>
  constexpr Axis(const char (&name)[N], std::int64_t size) : Axis(of(std::string_view(name, N - 1), size)) {}

  static constexpr Axis of_size(std::int64_t size);
  /// Parses and normalises an expression; `size`, when given, is that of the single name in it.
  static constexpr Axis of(std::string_view expression, std::int64_t size = run_time);

  // Plain loops over the characters, here and below: compilers work them out far faster than the library's.
  constexpr std::string_view view() const {
    std::size_t length = 0;
    while (length < capacity && text[length] != '\0') ++length;
    return {text, length};
  }
  /// The size, where the type says it, else `run_time`.
  constexpr std::int64_t size() const;
  constexpr bool is_fixed() const { return size() != run_time; }
  constexpr bool is_any() const { return text[0] == 'a' && text[1] == 'n' && text[2] == 'y' && text[3] == '\0'; }
  /// A size without a name.
  constexpr bool is_number() const;
  /// The axis without what is known of sizes: embd=768 -> embd. Numbers stay what they are.
  constexpr Axis label() const;

  friend constexpr bool operator==(const Axis& a, const Axis& b) {
    std::size_t i = 0;
    while (i < capacity && a.text[i] == b.text[i] && a.text[i] != '\0') ++i;
    return i == capacity || a.text[i] == b.text[i];
  }
  friend constexpr Axis operator*(const Axis& a, const Axis& b);
  friend constexpr Axis operator/(const Axis& a, const Axis& b);

  /// A text that is in normal form already. For `of` and the operators.
  static constexpr Axis from_normal_form(std::string_view text);
  template <std::size_t... I>
  constexpr Axis(detail::Characters characters, std::index_sequence<I...>) : text{characters[I]...} {}
};

namespace detail {

// An axis whose array is initialised with exactly the characters of the text: see zeros_written.
template <std::size_t N>
constexpr Axis axis_of_length(std::string_view text) {
  if constexpr (N + 1 < Axis::capacity) {
    if (text.size() != N) return axis_of_length<N + 1>(text);
  } else if (text.size() != N) {
    an_axis_text_has_at_most_47_characters();
  }
  return Axis(Characters{text}, std::make_index_sequence<N + zeros_written>());
}

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
constexpr bool is_name(std::string_view text) {
  if (text.empty() || !is_name_start(text[0])) return false;
  for (const char c : text)
    if (!is_name_start(c) && !is_digit(c)) return false;
  return true;
}

// The position of the first of two characters, or the text's length. std::string_view's own search is no
// constant expression for g++ 12 in the text of a temporary.
constexpr std::size_t find_either(std::string_view text, char a, char b) {
  std::size_t i = 0;
  while (i < text.size() && text[i] != a && text[i] != b) ++i;
  return i;
}

constexpr std::int64_t parse_size(std::string_view digits) {
  std::int64_t size = 0;
  if (digits.empty() || digits.size() > 18) an_axis_is_named_by_letters_digits_and_underscores();
  for (const char c : digits) {
    if (!is_digit(c)) an_axis_is_named_by_letters_digits_and_underscores();
    size = size * 10 + (c - '0');
  }
  return size;
}

// A name in a product, with its size where that is known.
struct AxisFactor {
  std::string_view name;
  std::int64_t size = Axis::run_time;
  int power = 0;
};

// numerator / denominator times the factors, each to its power: the meaning of an axis' text. The names are
// views of the texts that were multiplied in.
struct AxisProduct {
  static constexpr int max_factors = 16;

  std::int64_t numerator = 1, denominator = 1;
  AxisFactor factors[max_factors] = {};  // sorted by name, none with power 0
  int count = 0;
  bool any = false;

  constexpr AxisProduct() = default;
  constexpr explicit AxisProduct(std::string_view expression) { multiply(expression, 1); }

  // Times the expression (power 1) or divided by it (-1).
  constexpr void multiply(std::string_view expression, int power) {
    int sign = 1;
    while (true) {
      const std::size_t end = find_either(expression, '*', '/');
      multiply_factor(expression.substr(0, end), sign * power);
      if (end == expression.size()) return;
      sign = expression[end] == '*' ? 1 : -1;
      expression.remove_prefix(end + 1);
    }
  }

  constexpr void multiply_size(std::int64_t size, int power) {
    (power > 0 ? numerator : denominator) *= size;
    if (denominator == 0) the_sizes_of_these_axes_do_not_divide();
    const std::int64_t common = std::gcd(numerator, denominator);
    numerator /= common;
    denominator /= common;
  }

  // The product of the sizes, where all are known.
  constexpr std::int64_t size() const {
    AxisProduct sizes = *this;
    sizes.use_sizes();
    if (any || sizes.count != 0) return Axis::run_time;
    if (sizes.denominator != 1) the_sizes_of_these_axes_do_not_divide();
    return sizes.numerator;
  }

  // Replaces the names whose size is known by their sizes, so that products of sizes can be compared.
  constexpr void use_sizes() {
    for (int i = count - 1; i >= 0; --i) {
      const AxisFactor factor = factors[i];
      if (factor.size == Axis::run_time) continue;
      remove(i);
      for (int p = 0; p < (factor.power > 0 ? factor.power : -factor.power); ++p)
        multiply_size(factor.size, factor.power);
    }
  }

  constexpr Axis axis(bool with_sizes = true) const;

 private:
  constexpr void multiply_factor(std::string_view text, int power) {
    if (text == "any") {
      any = true;
    } else if (!text.empty() && is_digit(text[0])) {
      multiply_size(parse_size(text), power);
    } else {
      const std::size_t equals = find_either(text, '=', '=');
      const std::string_view name = text.substr(0, equals);
      if (!is_name(name)) an_axis_is_named_by_letters_digits_and_underscores();
      multiply_name(name, equals == text.size() ? Axis::run_time : parse_size(text.substr(equals + 1)), power);
    }
  }

  constexpr void multiply_name(std::string_view name, std::int64_t size, int power) {
    int i = 0;
    while (i < count && factors[i].name < name) ++i;
    if (i == count || factors[i].name != name) {
      if (count == max_factors) an_axis_text_has_at_most_47_characters();
      for (int j = count++; j > i; --j) factors[j] = factors[j - 1];
      factors[i] = {name, size, power};
      return;
    }
    if (size != Axis::run_time && factors[i].size != Axis::run_time && size != factors[i].size)
      one_axis_has_two_sizes();
    if (size != Axis::run_time) factors[i].size = size;
    factors[i].power += power;
    if (factors[i].power == 0) remove(i);
  }

  constexpr void remove(int i) {
    for (--count; i < count; ++i) factors[i] = factors[i + 1];
    factors[count] = {};
  }
};

// A text being written, of at most Capacity - 1 characters; the rest is dropped and `full` says so.
template <std::size_t Capacity>
struct TextBuffer {
  char text[Capacity] = {};
  std::size_t length = 0;
  bool full = false;

  constexpr TextBuffer& operator<<(std::string_view more) {
    for (const char c : more) {
      if (length + 1 == Capacity) {
        full = true;
        break;
      }
      text[length++] = c;
    }
    return *this;
  }
  constexpr TextBuffer& operator<<(std::int64_t number) {
    char digits[20] = {};
    std::size_t first = sizeof(digits);
    const bool negative = number < 0;
    do {
      const std::int64_t digit = number % 10;
      digits[--first] = static_cast<char>('0' + (digit < 0 ? -digit : digit));
      number /= 10;
    } while (number != 0);
    if (negative) *this << "-";
    return *this << std::string_view(digits + first, sizeof(digits) - first);
  }
  constexpr std::string_view view() const { return {text, length}; }
};

constexpr Axis AxisProduct::axis(bool with_sizes) const {
  if (any) return Axis::from_normal_form("any");
  TextBuffer<Axis::capacity> out;
  const auto write_factors = [&](int sign, std::string_view before) {
    for (int i = 0; i < count; ++i)
      for (int p = factors[i].power * sign; p > 0; --p) {
        if (sign < 0 || out.length != 0) out << before;
        out << factors[i].name;
        if (with_sizes && factors[i].size != Axis::run_time) out << "=" << factors[i].size;
      }
  };
  bool has_numerator = false;
  for (int i = 0; i < count; ++i) has_numerator = has_numerator || factors[i].power > 0;
  if (numerator != 1 || !has_numerator) out << numerator;
  write_factors(1, "*");
  if (denominator != 1) {
    if (count == 0) the_sizes_of_these_axes_do_not_divide();
    out << "/" << denominator;
  }
  write_factors(-1, "/");
  if (out.full) an_axis_text_has_at_most_47_characters();
  return Axis::from_normal_form(out.view());
}

}  // namespace detail

constexpr Axis Axis::from_normal_form(std::string_view text) { return detail::axis_of_length<1>(text); }

constexpr Axis::Axis() : Axis(detail::Characters{"1"}, std::make_index_sequence<1 + detail::zeros_written>()) {}

constexpr Axis Axis::of_size(std::int64_t size) {
  if (size < 0) detail::the_size_of_an_axis_is_not_negative();
  detail::TextBuffer<capacity> out;
  out << size;
  return from_normal_form(out.view());
}

constexpr Axis Axis::of(std::string_view expression, std::int64_t size) {
  if (size == run_time)
    return detail::is_name(expression) ? from_normal_form(expression) : detail::AxisProduct(expression).axis();
  if (size < 0) detail::the_size_of_an_axis_is_not_negative();
  if (!detail::is_name(expression)) detail::an_axis_is_named_by_letters_digits_and_underscores();
  detail::AxisProduct product(expression);
  product.factors[0].size = size;
  return product.axis();
}

// A text of neither digits nor operators is a name, which needs no taking apart.
constexpr std::int64_t Axis::size() const {
  bool is_name = true;
  for (std::size_t i = 0; i < capacity && text[i] != '\0' && is_name; ++i) is_name = text[i] > '=';
  return is_name ? run_time : detail::AxisProduct(view()).size();
}

constexpr bool Axis::is_number() const {
  for (std::size_t i = 0; i < capacity && text[i] != '\0'; ++i)
    if (!detail::is_digit(text[i])) return false;
  return true;
}

constexpr Axis Axis::label() const {
  for (std::size_t i = 0; i < capacity && text[i] != '\0'; ++i)
    if (text[i] == '=') return detail::AxisProduct(view()).axis(false);
  return *this;
}

constexpr Axis operator*(const Axis& a, const Axis& b) {
  detail::AxisProduct product(a.view());
  product.multiply(b.view(), 1);
  return product.axis();
}

constexpr Axis operator/(const Axis& a, const Axis& b) {
  detail::AxisProduct product(a.view());
  product.multiply(b.view(), -1);
  return product.axis();
}

/// Opts one axis out of the checks at compile time: it fits every axis, and is checked at run time.
inline constexpr Axis any = Axis::from_normal_form("any");

}  // namespace tenon
