// Arrays as text, laid out as NumPy 2.4 prints them. Light: no <iostream>, no fmt but its core.
#pragma once

#include <fmt/core.h>

#include <concepts>
#include <cstdint>
#include <iosfwd>
#include <string>

#include "tenon/array/array.h"

namespace tenon {

/// NumPy's options of the same meaning, with its defaults.
struct PrintOptions {
  int precision = 8;              // digits behind the point, at most; fewer where fewer tell a number from all others
  std::int64_t threshold = 1000;  // arrays of more elements are cut to their edges
  int edge_items = 3;             // of each axis, at both ends, of an array that is cut
  int line_width = 75;            // characters, after which lines break
  bool suppress_small = false;    // no scientific notation because of small numbers
};

/// An array as text: rows in brackets, columns aligned, computed if it has no value yet.
///
///   [[1.   0.25]      Floating-point columns share one notation: scientific when, of what is printed and is neither 0
///    [3.   4.  ]]     nor infinite, the largest magnitude is 1e8 (float32: 1e6) or more, the smallest is less than
///                     1e-4, or their ratio is more than 1000.
///
/// Rank 0 prints as a scalar, all of its digits: "0.1", "True". Throws ValueError for an array without a value, a
/// negative precision or threshold, edge_items or line_width less than 1.
std::string to_string(const Array& array, const PrintOptions& options = {});

/// `std::cout << array`
std::ostream& operator<<(std::ostream& stream, const Array& array);

}  // namespace tenon

/// `fmt::print("{}", array)`; `{:.3}` is a precision of 3.
template <>
struct fmt::formatter<tenon::Array> {
  constexpr auto parse(fmt::format_parse_context& context) {
    auto place = context.begin();
    const auto is_digit = [&] { return place != context.end() && *place >= '0' && *place <= '9'; };
    if (place == context.end() || *place != '.') return place;  // fmt refuses whatever is not }
    const auto dot = place++;
    if (!is_digit()) return dot;
    int precision = 0;
    for (; is_digit(); ++place) precision = precision < 1000 ? 10 * precision + (*place - '0') : precision;
    precision_ = precision;
    return place;
  }
  fmt::format_context::iterator format(const tenon::Array& array, fmt::format_context& context) const;

 private:
  int precision_ = -1;  // the default
};

/// State<Array> and its like.
template <std::derived_from<tenon::Array> X>
struct fmt::formatter<X> : fmt::formatter<tenon::Array> {};
