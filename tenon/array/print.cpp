#include "tenon/array/print.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <limits>
#include <memory>
#include <ostream>
#include <string_view>
#include <type_traits>
#include <vector>

#include "tenon/array/decimal.h"
#include "tenon/core/error.h"

namespace tenon {
namespace {

// Which places of an axis are printed; -1 stands for "...".
std::vector<std::int64_t> shown_places(std::int64_t size, bool cut, const PrintOptions& options) {
  const std::int64_t edge = options.edge_items;
  std::vector<std::int64_t> places;
  if (!cut || size <= 2 * edge) {
    for (std::int64_t i = 0; i < size; ++i) places.push_back(i);
  } else {
    for (std::int64_t i = 0; i < edge; ++i) places.push_back(i);
    places.push_back(-1);
    for (std::int64_t i = size - edge; i < size; ++i) places.push_back(i);
  }
  return places;
}

// How the elements of one array become words of one width. One class for each kind of element; all are made from the
// elements that will be printed.

class BoolWords {
 public:
  BoolWords(const std::vector<bool>& /*shown*/, const PrintOptions& /*options*/) {}
  std::string operator()(bool value) const { return value ? " True" : "False"; }
};

template <class T>
class IntegerWords {
 public:
  IntegerWords(const std::vector<T>& shown, const PrintOptions& /*options*/) {
    for (const T value : shown) width_ = std::max(width_, fmt::formatted_size("{}", value));
  }
  std::string operator()(T value) const { return fmt::format("{:{}}", value, width_); }

 private:
  std::size_t width_ = 0;
};

// What elements are computed with: they are themselves, or 16-bit floats.
template <class T>
using Number = std::conditional_t<std::is_floating_point_v<T>, T, float>;
template <class T>
constexpr int digits10 = std::is_same_v<T, Float16>    ? 3
                         : std::is_same_v<T, BFloat16> ? 2
                                                       : std::numeric_limits<T>::digits10;

template <class T>
Number<T> number(T value) {
  return static_cast<Number<T>>(value);
}

template <class T>
class FloatWords {
 public:
  FloatWords(const std::vector<T>& shown, const PrintOptions& options) : precision_(options.precision) {
    std::vector<T> finite;
    std::copy_if(shown.begin(), shown.end(), std::back_inserter(finite),
                 [](T value) { return std::isfinite(number(value)); });
    scientific_ = is_better_scientific(finite, options);
    scientific_ ? measure_scientific(finite) : measure_positional(finite);
    if (finite.size() == shown.size()) return;
    const bool negative =
        std::any_of(shown.begin(), shown.end(), [](T value) { return std::isinf(number(value)) && number(value) < 0; });
    const std::size_t longest = negative ? 4 : 3;  // "-inf"; "nan"
    left_ = std::max(left_, longest - std::min(longest, right_ + 1));
  }

  std::string operator()(T value) const {
    if (const Number<T> x = number(value); !std::isfinite(x))
      return fmt::format("{:>{}}", std::isnan(x) ? "nan" : x < 0 ? "-inf" : "inf", left_ + 1 + right_);
    if (scientific_) return scientific_word(value);
    const std::string text = positional(value, precision_);
    const std::size_t point = text.find('.');
    return std::string(left_ - point, ' ') + text + std::string(right_ - (text.size() - point - 1), ' ');
  }

 private:
  // In T's own arithmetic, as NumPy's: float32(1e-4) is not less than 1e-4.
  static bool is_better_scientific(const std::vector<T>& finite, const PrintOptions& options) {
    const auto in_own = [](auto value) { return number(static_cast<T>(value)); };
    const auto too_large = std::pow(Number<T>(10), Number<T>(std::min(8, digits10<T>)));
    Number<T> largest = 0, smallest = std::numeric_limits<Number<T>>::infinity();
    for (const T value : finite) {
      const Number<T> magnitude = std::fabs(number(value));
      if (magnitude == 0) continue;
      largest = std::max(largest, magnitude);
      smallest = std::min(smallest, magnitude);
    }
    if (largest == 0) return false;
    return largest >= too_large ||
           (!options.suppress_small && (smallest < in_own(1e-4) || in_own(largest / smallest) > 1000));
  }

  void measure_positional(const std::vector<T>& finite) {
    for (const T value : finite) {
      const std::string text = positional(value, precision_);
      const std::size_t point = text.find('.');
      left_ = std::max(left_, point);
      right_ = std::max(right_, text.size() - point - 1);
    }
  }

  void measure_scientific(const std::vector<T>& finite) {
    std::size_t digits = 1;
    for (const T value : finite) {
      Decimal decimal = shortest_decimal(value);
      if (static_cast<int>(decimal.digits.size()) - 1 > precision_)
        decimal = rounded_decimal(number(value), precision_);
      const std::size_t last = decimal.digits.find_last_not_of('0');
      digits = std::max(digits, last == std::string::npos ? 1 : last + 1);
      exponent_digits_ = std::max(exponent_digits_, fmt::formatted_size("{}", std::abs(decimal.exponent)));
      left_ = std::max<std::size_t>(left_, decimal.negative ? 2 : 1);
    }
    precision_ = static_cast<int>(digits) - 1;
    right_ = digits - 1 + 2 + exponent_digits_;
  }

  // All with as many digits as the one that needs most, so that digits beyond the shortest are the number's own.
  std::string scientific_word(T value) const {
    Decimal decimal = shortest_decimal(value);
    if (static_cast<int>(decimal.digits.size()) - 1 != precision_) decimal = rounded_decimal(number(value), precision_);
    return fmt::format("{:>{}}.{}e{}{:0{}}", fmt::format("{}{}", decimal.negative ? "-" : "", decimal.digits[0]), left_,
                       std::string_view(decimal.digits).substr(1), decimal.exponent < 0 ? '-' : '+',
                       std::abs(decimal.exponent), exponent_digits_);
  }

  int precision_;  // digits behind the point
  bool scientific_ = false;
  std::size_t left_ = 0, right_ = 0;  // characters before and behind the point
  std::size_t exponent_digits_ = 2;   // at least, and only when scientific
};

// One array with its values in host memory, row-major.
template <class T, class Words>
class Printer {
 public:
  // Bools are bytes in memory.
  using Stored = std::conditional_t<std::is_same_v<T, bool>, std::uint8_t, T>;

  Printer(const Shape& shape, const Stored* values, const PrintOptions& options)
      : values_(values),
        strides_(strides_of(shape)),
        line_width_(options.line_width),
        words_(shown_values(shape, options), options) {}

  std::string print() const { return text_of(0, 0, 1, line_width_); }

 private:
  // Fills in which places are printed, and gives their values.
  std::vector<T> shown_values(const Shape& shape, const PrintOptions& options) {
    for (const std::int64_t size : shape)
      places_.push_back(shown_places(size, shape.elements() > options.threshold, options));
    std::vector<T> shown;
    collect(0, 0, shown);
    return shown;
  }
  void collect(std::size_t axis, std::int64_t offset, std::vector<T>& shown) const {
    if (axis == places_.size()) return shown.push_back(static_cast<T>(values_[offset]));
    for (const std::int64_t place : places_[axis])
      if (place >= 0) collect(axis + 1, offset + place * strides_[static_cast<int>(axis)], shown);
  }

  // The part of the array at an offset, from an axis on, in brackets. Its lines but the first start with `indent`
  // spaces, and at most `width` characters are theirs.
  std::string text_of(std::size_t axis, std::int64_t offset, std::size_t indent, int width) const {
    return '[' + (axis + 1 == places_.size() ? row(offset, indent, width) : block(axis, offset, indent, width)) + ']';
  }

  std::string row(std::int64_t offset, std::size_t indent, int width) const {
    const int room = width - 1;  // for the bracket
    std::string text, line(indent, ' ');
    for (const std::int64_t place : places_.back()) {
      const std::string word = place < 0 ? "..." : words_(static_cast<T>(values_[offset + place]));
      if (line.size() > indent) line += ' ';
      // A line of one word breaks no further.
      if (static_cast<int>(line.size() + word.size()) > room && line.size() > indent) {
        line.resize(line.find_last_not_of(' ') + 1);
        text += line + '\n';
        line.assign(indent, ' ');
      }
      line += word;
    }
    return (text + line).substr(indent);
  }

  std::string block(std::size_t axis, std::int64_t offset, std::size_t indent, int width) const {
    const std::size_t newlines = places_.size() - axis - 1;
    std::string text;
    for (const std::int64_t place : places_[axis]) {
      if (!text.empty()) text += std::string(newlines, '\n') + std::string(indent, ' ');
      text += place < 0 ? "..."
                        : text_of(axis + 1, offset + place * strides_[static_cast<int>(axis)], indent + 1, width - 1);
    }
    return text;
  }

  const Stored* values_;
  Dims strides_;
  int line_width_;
  std::vector<std::vector<std::int64_t>> places_;  // of each axis; before words_, which is made from them
  Words words_;
};

// A value by itself, all of its digits, as Python prints NumPy's scalars.
template <class T>
std::string scalar_text(T value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value ? "True" : "False";
  } else if constexpr (std::is_integral_v<T>) {
    return fmt::format("{}", value);
  } else {
    const Number<T> x = number(value);
    if (!std::isfinite(x)) return std::isnan(x) ? "nan" : x < 0 ? "-inf" : "inf";
    constexpr double too_large = std::is_same_v<T, double> ? 1e16 : std::is_same_v<T, Float16> ? 1e3 : 1e6;
    const auto magnitude = static_cast<double>(std::fabs(x));
    if (magnitude == 0 || (magnitude >= 1e-4 && magnitude < too_large)) {
      const std::string text = positional(value, std::numeric_limits<int>::max());
      return text.back() == '.' ? text + '0' : text;
    }
    const Decimal decimal = shortest_decimal(value);
    return fmt::format("{}{}{}{}e{}{:02}", decimal.negative ? "-" : "", decimal.digits[0],
                       decimal.digits.size() > 1 ? "." : "", std::string_view(decimal.digits).substr(1),
                       decimal.exponent < 0 ? '-' : '+', std::abs(decimal.exponent));
  }
}

template <class T, class Words>
std::string text_of(const Array& array, const PrintOptions& options) {
  using Stored = typename Printer<T, Words>::Stored;
  const auto values = std::make_unique_for_overwrite<Stored[]>(static_cast<std::size_t>(array.elements()));
  array.copy_to(values.get());
  if (array.rank() == 0) return scalar_text(static_cast<T>(values[0]));
  return Printer<T, Words>(array.shape(), values.get(), options).print();
}

void check(const PrintOptions& options) {
  const auto at_least = [](std::string_view what, std::int64_t value, std::int64_t least) {
    if (value < least)
      throw ValueError(fmt::format("to_string: {} is {}; it has to be at least {}", what, value, least));
  };
  at_least("precision", options.precision, 0);
  at_least("threshold", options.threshold, 0);
  at_least("edge_items", options.edge_items, 1);
  at_least("line_width", options.line_width, 1);
}

}  // namespace

std::string to_string(const Array& array, const PrintOptions& options) {
  check(options);
  if (array.elements() == 0) return "[]";
  switch (array.dtype()) {
    case DType::boolean: return text_of<bool, BoolWords>(array, options);
    case DType::u8: return text_of<std::uint8_t, IntegerWords<std::uint8_t>>(array, options);
    case DType::i8: return text_of<std::int8_t, IntegerWords<std::int8_t>>(array, options);
    case DType::i16: return text_of<std::int16_t, IntegerWords<std::int16_t>>(array, options);
    case DType::f16: return text_of<Float16, FloatWords<Float16>>(array, options);
    case DType::bf16: return text_of<BFloat16, FloatWords<BFloat16>>(array, options);
    case DType::i32: return text_of<std::int32_t, IntegerWords<std::int32_t>>(array, options);
    case DType::u32: return text_of<std::uint32_t, IntegerWords<std::uint32_t>>(array, options);
    case DType::i64: return text_of<std::int64_t, IntegerWords<std::int64_t>>(array, options);
    case DType::f32: return text_of<float, FloatWords<float>>(array, options);
    case DType::f64: return text_of<double, FloatWords<double>>(array, options);
  }
  throw InternalError("to_string: an element type that is none");
}

std::ostream& operator<<(std::ostream& stream, const Array& array) { return stream << to_string(array); }

}  // namespace tenon

fmt::format_context::iterator fmt::formatter<tenon::Array>::format(const tenon::Array& array,
                                                                   fmt::format_context& context) const {
  tenon::PrintOptions options;
  if (precision_ >= 0) options.precision = precision_;
  const std::string text = tenon::to_string(array, options);
  return std::copy(text.begin(), text.end(), context.out());
}
