#include "tenon/render/general_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cctype>
#include <cstdlib>
#include <map>
#include <set>
#include <string_view>

namespace tenon {
namespace {

using LiteralKind = GeneralText::LiteralKind;

struct Literal {
  LiteralKind kind;
  std::string text;
  bool is_marked;
};

// Text and literals by turns: fixed[0] literals[0] fixed[1] ... fixed[n].
struct Pieces {
  std::vector<std::string> fixed;
  std::vector<Literal> literals;
};

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string without_comments(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (text.substr(i, 2) == "//") {
      i = std::min(text.find('\n', i), text.size());
    } else if (text.substr(i, 2) == "/*") {
      const std::size_t end = text.find("*/", i + 2);
      i = end == std::string_view::npos ? text.size() : end + 2;
    } else {
      out += text[i++];
    }
  }
  return out;
}

// The length of the literal that `text` starts with.
std::size_t literal_length(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const bool is_sign_of_exponent = (text[i] == '+' || text[i] == '-') && i > 0 && (text[i - 1] == 'p');
    if (!is_word(text[i]) && text[i] != '.' && !is_sign_of_exponent) break;
    ++i;
  }
  return i;
}

LiteralKind kind_of(std::string_view literal) {
  const bool is_hex = literal.starts_with("0x");
  const bool is_floating = literal.find('.') != std::string_view::npos || (is_hex && literal.find('p') != literal.npos);
  if (is_floating) return literal.ends_with('f') ? LiteralKind::float_32 : LiteralKind::float_64;
  if (literal.ends_with("UL")) return LiteralKind::unsigned_64;
  return literal.ends_with('u') ? LiteralKind::unsigned_32 : LiteralKind::integer;
}

Pieces pieces_of(const std::string& example) {
  const std::string text = without_comments(example);
  Pieces pieces;
  std::string fixed;
  for (std::size_t i = 0; i < text.size();) {
    const bool starts = is_digit(text[i]) && (i == 0 || (!is_word(text[i - 1]) && text[i - 1] != '.'));
    if (!starts) {
      fixed += text[i++];
      continue;
    }
    const std::size_t length = literal_length(std::string_view(text).substr(i));
    const bool is_marked = fixed.ends_with(varying_number_mark);
    if (is_marked) fixed.pop_back();
    pieces.literals.push_back({kind_of(std::string_view(text).substr(i, length)), text.substr(i, length), is_marked});
    pieces.fixed.push_back(std::move(fixed));
    fixed.clear();
    i += length;
  }
  pieces.fixed.push_back(std::move(fixed));
  return pieces;
}

// The 64 bits that stand for a literal's value.
std::int64_t bits_of(const Literal& literal) {
  const char* const text = literal.text.c_str();
  switch (literal.kind) {
    case LiteralKind::float_32: return std::bit_cast<std::int32_t>(std::strtof(text, nullptr));
    case LiteralKind::float_64: return std::bit_cast<std::int64_t>(std::strtod(text, nullptr));
    default: return static_cast<std::int64_t>(std::strtoull(text, nullptr, 0));
  }
}

std::string from_slot(LiteralKind kind, int slot) {
  switch (kind) {
    case LiteralKind::integer: return fmt::format("number{}", slot);
    case LiteralKind::unsigned_32: return fmt::format("(unsigned int)number{}", slot);
    case LiteralKind::unsigned_64: return fmt::format("(unsigned long)number{}", slot);
    case LiteralKind::float_32: return fmt::format("tn_from_bits_f32((unsigned int)number{})", slot);
    case LiteralKind::float_64: return fmt::format("tn_from_bits_f64((unsigned long)number{})", slot);
  }
  return {};
}

// Whether a line starts like one in which C wants constants.
bool wants_constants(std::string_view line) {
  for (const std::string_view word : {"_Alignas", "typedef", "#", "__attribute__", "__builtin_shufflevector"})
    if (line.find(word) != std::string_view::npos) return true;
  return false;
}

// Puts the text together function by function: each reads the scalars that it uses.
class Writer {
 public:
  void append(std::string_view text) {
    for (const char c : text) {
      line_ += c;
      if (c == '\n') end_line();
    }
  }
  void append_slot(LiteralKind kind, int slot) {
    is_good_ = is_good_ && !wants_constants(line_);
    line_ += from_slot(kind, slot);
    used_.insert(slot);
  }
  // Nothing where a function that needs scalars does not get the arguments, or C wants a constant.
  std::optional<std::string> finish() && {
    end_line();
    return is_good_ ? std::optional(std::move(out_)) : std::nullopt;
  }

 private:
  void end_line() {
    const bool opens = !is_inside_ && line_.ends_with("{\n") && line_[0] != ' ';
    const bool closes = is_inside_ && line_ == "}\n";
    if (opens) {
      is_good_ = is_good_ && used_.empty();
      is_inside_ = true;
      has_arguments_ = line_.find("tenon_arguments* arguments") != std::string::npos;
      head_ = std::move(line_);
    } else if (is_inside_) {
      body_ += line_;
    } else {
      is_good_ = is_good_ && used_.empty();  // outside of functions, or in one of a single line
      out_ += line_;
    }
    if (closes) close();
    line_.clear();
  }
  void close() {
    is_good_ = is_good_ && (used_.empty() || has_arguments_);
    out_ += head_;
    for (const int slot : used_) out_ += fmt::format("  const long number{0} = arguments->scalars[{0}];\n", slot);
    out_ += body_;
    used_.clear();
    body_.clear();
    is_inside_ = false;
  }

  std::string out_, line_, head_, body_;
  std::set<int> used_;
  bool is_inside_ = false, has_arguments_ = false, is_good_ = true;
};

bool have_same_form(const Pieces& a, const Pieces& b) {
  return a.fixed == b.fixed &&
         std::equal(a.literals.begin(), a.literals.end(), b.literals.begin(), b.literals.end(),
                    [](const Literal& x, const Literal& y) { return x.kind == y.kind && x.is_marked == y.is_marked; });
}

}  // namespace

std::optional<GeneralText> GeneralText::of(std::span<const std::string> examples) {
  std::vector<Pieces> all;
  for (const std::string& example : examples) {
    all.push_back(pieces_of(example));
    if (!have_same_form(all.front(), all.back())) return std::nullopt;
  }
  GeneralText general;
  Writer writer;
  const Pieces& first = all.front();
  // Numbers that are equal in every example share a slot.
  std::map<std::pair<LiteralKind, std::vector<std::int64_t>>, int> slots;
  for (std::size_t i = 0; i < first.literals.size(); ++i) {
    writer.append(first.fixed[i]);
    const LiteralKind kind = first.literals[i].kind;
    general.kinds_.push_back(kind);
    std::vector<std::int64_t> values;
    for (const Pieces& pieces : all) values.push_back(bits_of(pieces.literals[i]));
    const bool is_marked = first.literals[i].is_marked;
    const bool differs = std::any_of(values.begin(), values.end(), [&](std::int64_t x) { return x != values[0]; });
    if (!differs && !is_marked) {
      writer.append(first.literals[i].text);
      general.slots_.push_back(-1);
      general.constants_.push_back(first.literals[i].text);
      continue;
    }
    const bool is_float = kind == LiteralKind::float_32 || kind == LiteralKind::float_64;
    const auto next = static_cast<int>(general.slot_count_);
    const int slot =
        is_marked ? next : slots.try_emplace({is_float ? kind : LiteralKind::integer, values}, next).first->second;
    if (slot == next) ++general.slot_count_;
    writer.append_slot(kind, slot);
    general.slots_.push_back(slot);
    general.constants_.emplace_back();
  }
  writer.append(first.fixed.back());
  std::optional<std::string> text = std::move(writer).finish();
  if (!text) return std::nullopt;
  general.text_ = std::move(*text);
  general.fixed_ = first.fixed;
  return general;
}

std::optional<std::vector<std::int64_t>> GeneralText::numbers_of(const std::string& example) const {
  const Pieces pieces = pieces_of(example);
  if (pieces.fixed != fixed_) return std::nullopt;
  std::vector<std::int64_t> numbers(slot_count_);
  std::vector<bool> is_known(slot_count_, false);
  for (std::size_t i = 0; i < pieces.literals.size(); ++i) {
    const Literal& literal = pieces.literals[i];
    if (kind_of(literal.text) != kinds_[i]) return std::nullopt;
    if (slots_[i] < 0) {
      if (literal.text != constants_[i]) return std::nullopt;
      continue;
    }
    const auto slot = static_cast<std::size_t>(slots_[i]);
    const std::int64_t bits = bits_of(literal);
    if (is_known[slot] && numbers[slot] != bits) return std::nullopt;
    numbers[slot] = bits;
    is_known[slot] = true;
  }
  return numbers;
}

std::string without_marks(std::string text) {
  std::erase(text, varying_number_mark);
  return text;
}

}  // namespace tenon
