// Mistakes as compile errors: a text computed from the axes, in one line.
//
// g++ shows a text in a template argument, so the error's "In instantiation of" line holds the message. clang
// takes a computed text in static_assert in C++26 mode; before, its note shows the same text in pieces,
// because it shortens longer ones.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>

#include "tenon/tensor/axis_list.h"

namespace tenon::detail {

/// What is wrong with a call; empty when nothing is.
struct Mistake {
  static constexpr std::size_t capacity = 320;
  char text[capacity] = {};
  std::size_t length = 0;

  constexpr bool empty() const { return length == 0; }
  constexpr const char* data() const { return text; }
  constexpr std::size_t size() const { return length; }
};

template <class Part>
constexpr void append(TextBuffer<Mistake::capacity>& out, const Part& part) {
  if constexpr (std::is_same_v<Part, AxisList>) {
    out << "[";
    for (int i = 0; i < part.rank; ++i) out << (i == 0 ? "" : ", ") << part[i].view();
    out << "]";
  } else if constexpr (std::is_same_v<Part, Axis>) {
    const std::string_view quote = part.is_number() || part.is_any() ? "" : "\"";
    out << quote << part.view() << quote;
  } else if constexpr (std::is_same_v<Part, AxisRef>) {
    if (part.is_position())
      out << static_cast<std::int64_t>(part.position());
    else
      append(out, part.label);
  } else if constexpr (std::is_integral_v<Part>) {
    out << static_cast<std::int64_t>(part);
  } else {
    out << std::string_view(part);
  }
}

/// Joins texts, numbers, axes ("dim", 784) and lists of axes ([batch, 784]).
template <class... Parts>
constexpr Mistake mistake(const Parts&... parts) {
  TextBuffer<Mistake::capacity> out;
  (append(out, parts), ...);
  Mistake made;
  for (std::size_t i = 0; i < out.length; ++i) made.text[i] = out.text[i];
  made.length = out.length;
  return made;
}

/// A text as a template argument that compilers print.
template <std::size_t N>
struct Text {
  char text[N];
  template <std::size_t... I>
  constexpr Text(Characters characters, std::index_sequence<I...>) : text{characters[I]...} {}
  constexpr Text(const char (&literal)[N])
      : Text(Characters{std::string_view(literal, N - 1)}, std::make_index_sequence<N - 1 + zeros_written>()) {}
  constexpr std::string_view view() const { return {text, N - 1}; }
};

template <Text... text>
struct Quote {};

/// False, in a place where compilers show the quote.
template <class Quote>
inline constexpr bool fits = false;

#ifdef __clang__
inline constexpr std::size_t longest_piece = 36;  // clang shortens what is longer
#else
inline constexpr std::size_t longest_piece = Mistake::capacity;
#endif

// Where piece `index` of the text begins: after a space where there is one.
constexpr std::size_t piece_begin(const Mistake& made, std::size_t index) {
  std::size_t begin = 0;
  for (; index > 0; --index) {
    if (made.length - begin <= longest_piece) return made.length;
    std::size_t end = begin + longest_piece;
    while (end > begin && made.text[end - 1] != ' ') --end;
    begin = end == begin ? begin + longest_piece : end;
  }
  return begin;
}
constexpr std::size_t piece_count(const Mistake& made) {
  std::size_t count = 1;
  while (piece_begin(made, count) < made.length) ++count;
  return count;
}

template <Mistake made, std::size_t index>
constexpr auto piece() {
  constexpr std::size_t begin = piece_begin(made, index);
  constexpr std::size_t length = piece_begin(made, index + 1) - begin;
  return Text<length + 1>(Characters{std::string_view(made.text + begin, length)},
                          std::make_index_sequence<length + zeros_written>());
}

template <Mistake made, class Indices>
struct QuoteOf;
template <Mistake made, std::size_t... index>
struct QuoteOf<made, std::index_sequence<index...>> {
  using type = Quote<piece<made, index>()...>;
};

/// Does not compile when there is a mistake.
template <Mistake made>
constexpr void require() {
#if __cpp_static_assert >= 202306L
  static_assert(made.empty(), made);
#else
  if constexpr (!made.empty()) {
    using Why = typename QuoteOf<made, std::make_index_sequence<piece_count(made)>>::type;
    static_assert(fits<Why>, "shapes do not fit: the quote says why");
  }
#endif
}

}  // namespace tenon::detail
