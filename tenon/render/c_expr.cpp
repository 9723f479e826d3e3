#include "tenon/render/c_expr.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <limits>

#include "tenon/core/error.h"

namespace tenon {
namespace {

// A definition that grows beyond this many characters is given a name, to keep lines readable.
constexpr std::size_t longest_inline_text = 90;

bool is_index(Expr expr) {
  switch (expr->kind) {
    case ExprKind::integer:
    case ExprKind::affine:
    case ExprKind::variable:
    case ExprKind::divide:
    case ExprKind::modulo:
    case ExprKind::checked: return true;
    default: return false;
  }
}

std::string_view template_of(Scalar op, DType operand_dtype) {
  const ScalarInfo& row = info(op);
  // Of truth values these are logic; g++ 12 turns comparisons of bytes with _Bool into masks of 255 where it
  // vectorises.
  if (operand_dtype == DType::boolean && op == Scalar::maximum) return "($0 | $1)";
  if (operand_dtype == DType::boolean && op == Scalar::minimum) return "($0 & $1)";
  return is_floating(operand_dtype) ? row.c_floating : row.c_integer;
}

// The type that decides which text and which suffix an operation takes: that of the operands, and of the two
// values for a selection.
DType operand_dtype(Expr expr) {
  const Expr operand = expr->terms[info(expr->scalar).result == ResultType::selection ? 1 : 0];
  return is_index(operand) ? DType::i64 : operand->dtype;
}

bool is_leaf(Expr expr) {
  switch (expr->kind) {
    case ExprKind::integer:
    case ExprKind::variable:
    case ExprKind::number: return true;
    case ExprKind::local: return expr->terms.empty();
    default: return false;
  }
}

std::string c_long(std::int64_t value) {
  if (value == std::numeric_limits<std::int64_t>::min()) return "(-9223372036854775807L - 1)";
  return value < 0 ? "(" + std::to_string(value) + ")" : std::to_string(value);
}

template <class T>
std::string floating_literal(T value) {
  constexpr bool is_float = sizeof(T) == 4;
  if (std::isnan(value)) return is_float ? "__builtin_nanf(\"\")" : "__builtin_nan(\"\")";
  std::string text;
  if (std::isinf(value)) {
    text = is_float ? "__builtin_inff()" : "__builtin_inf()";
  } else {
    const T size = std::fabs(value);
    const bool is_short = size < T{65536} && size == std::floor(size);
    char digits[48];
    const auto end = is_short ? std::to_chars(digits, digits + sizeof digits, static_cast<int>(size)).ptr
                              : std::to_chars(digits, digits + sizeof digits, size, std::chars_format::hex).ptr;
    text = (is_short ? "" : "0x") + std::string(digits, end) + (is_short ? ".0" : "") + (is_float ? "f" : "");
  }
  return std::signbit(value) ? "(-" + text + ")" : text;
}

std::string parenthesised_cast(std::string_view type, const std::string& operand) {
  return "((" + std::string(type) + ")" + operand + ")";
}

// How long a text is, whatever its numbers are: texts for several sizes are to have one form.
std::size_t length_without_digits(std::string_view text) {
  std::size_t length = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto is_digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
    length += !(i > 0 && is_digit(i) && is_digit(i - 1));
  }
  return length;
}

bool touches_memory(Expr expr) {
  return expr->kind == ExprKind::load || expr->kind == ExprKind::checked ||
         (expr->kind == ExprKind::local && !expr->terms.empty());
}

std::string c_half(std::uint16_t bits) { return "((unsigned short)" + std::to_string(bits) + ")"; }

}  // namespace

bool is_guarding_selection(Expr expr) {
  return expr->kind == ExprKind::scalar && expr->scalar == Scalar::where && tests_an_index(expr->terms[0]);
}

bool reads_memory(Expr expr) {
  bool found = false;
  for_each_node(std::span(&expr, 1), [&](Expr node) { found = found || touches_memory(node); });
  return found;
}

std::string without_parentheses(const std::string& text) {
  if (text.size() < 2 || text.front() != '(') return text;
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    depth += (text[i] == '(') - (text[i] == ')');
    if (depth == 0) return i + 1 == text.size() ? text.substr(1, i - 1) : text;
  }
  return text;
}

std::string c_number(DType dtype, std::int64_t bits) {
  switch (dtype) {
    case DType::boolean: return bits != 0 ? "1" : "0";
    case DType::u8: return std::to_string(static_cast<std::uint8_t>(bits));
    case DType::i8: return c_long(static_cast<std::int8_t>(bits));
    case DType::i16: return c_long(static_cast<std::int16_t>(bits));
    case DType::u32: return std::to_string(static_cast<std::uint32_t>(bits)) + "u";
    case DType::i32:
      if (static_cast<std::int32_t>(bits) == std::numeric_limits<std::int32_t>::min()) return "(-2147483647 - 1)";
      return c_long(static_cast<std::int32_t>(bits));
    case DType::i64:
      return bits == std::numeric_limits<std::int64_t>::min() ? c_long(bits)
             : bits < 0                                       ? "(" + std::to_string(bits) + "L)"
                                                              : std::to_string(bits) + "L";
    case DType::f16: return c_half(Float16(std::bit_cast<double>(bits)).bits);
    case DType::bf16: return c_half(BFloat16(std::bit_cast<double>(bits)).bits);
    case DType::f32: return floating_literal(static_cast<float>(std::bit_cast<double>(bits)));
    case DType::f64: return floating_literal(std::bit_cast<double>(bits));
  }
  throw InternalError("c_number: unknown element type");
}

std::string_view c_suffix(DType dtype) {
  constexpr std::string_view suffixes[] = {"_bool", "_u8",  "_i8",   "_i16", "_i32", "_u32",
                                           "_i64",  "_f16", "_bf16", "_f32", "_f64"};
  static_assert(std::size(suffixes) == dtype_count);
  return suffixes[static_cast<int>(dtype)];
}

std::string_view c_type(Expr expr) {
  if (is_index(expr)) return "long";
  return expr->dtype == DType::boolean || expr->kind == ExprKind::within ? "_Bool" : info(expr->dtype).c_name;
}

bool repeats_operand(Scalar op, DType operand_dtype, int i) {
  const std::string_view text = template_of(op, operand_dtype);
  const std::string name = "$" + std::to_string(i);
  const std::size_t first = text.find(name);
  return first != std::string_view::npos && text.find(name, first + 1) != std::string_view::npos;
}

std::string c_operation(Scalar op, DType operand_dtype, DType result, std::span<const std::string> operands) {
  const std::string_view text = template_of(op, operand_dtype);
  if (text.empty())
    throw InternalError("no C text for " + std::string(name(op)) + " of " + std::string(name(operand_dtype)));

  // Integers wrap: signed arithmetic goes through the unsigned type, where C defines the overflow.
  const bool wraps = op == Scalar::neg || op == Scalar::add || op == Scalar::sub || op == Scalar::mul;
  const std::string_view through = !wraps                        ? ""
                                   : operand_dtype == DType::i32 ? "(unsigned int)"
                                   : operand_dtype == DType::i64 ? "(unsigned long)"
                                                                 : "";
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '$') {
      out += text[i];
    } else if (text[++i] == 't') {
      out += c_suffix(operand_dtype);
    } else {
      const std::string& operand = operands[static_cast<std::size_t>(text[i] - '0')];
      const bool is_first = out.ends_with('(') || out.ends_with(", "),
                 is_last = text.substr(i + 1).find_first_of(",)") == 0;
      out += through;
      out += is_first && is_last && !wraps ? without_parentheses(operand) : operand;
    }
  }
  if (is_integer(result) && (wraps || size_of(result) < 4 || op == Scalar::sign))
    return "((" + std::string(info(result).c_name) + ")(" + out + "))";
  return out;
}

std::string c_cast(DType from, DType to, const std::string& operand) {
  if (from == to) return operand;
  if (is_half(from)) return c_cast(DType::f32, to, "tn_f32_from" + std::string(c_suffix(from)) + "(" + operand + ")");
  if (is_half(to)) {
    // Integers of 64 bits are no floats: they round twice, as in the interpreter.
    const DType through = from == DType::f32 ? DType::f32 : DType::f64;
    return "tn" + std::string(c_suffix(to)) + "_from" + std::string(c_suffix(through)) + "(" +
           c_cast(from, through, operand) + ")";
  }
  if (to == DType::boolean) return "(" + operand + " != 0)";
  if (is_floating(from) && is_integer(to))
    return "tn_cast" + std::string(c_suffix(from)) + std::string(c_suffix(to)) + "(" + operand + ")";
  return parenthesised_cast(info(to).c_name, operand);
}

CBlock::CBlock(std::string& out, std::string_view indent, int& next_temporary, CNames names)
    : out_(out), indent_(indent), next_temporary_(next_temporary), names_(std::move(names)) {}

std::vector<std::string> CBlock::values(std::span<const Expr> roots, const std::vector<bool>& is_bound) {
  uses_.clear();
  unconditional_.clear();
  sensitive_.clear();
  for (Expr root : roots) count_uses(root);
  for (Expr root : roots) mark_unconditional(root);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < roots.size(); ++i)
    texts.push_back(i < is_bound.size() && is_bound[i] ? bound(roots[i], {}) : text(roots[i], {}));
  return texts;
}

void CBlock::count_uses(Expr expr) {
  if (++uses_[expr] > 1 || names_.contains(expr)) return;
  for (Expr term : expr->terms) count_uses(term);
}

void CBlock::mark_unconditional(Expr expr) {
  if (!unconditional_.emplace(expr, true).second || names_.contains(expr)) return;
  const std::size_t visited = is_guarding_selection(expr) ? 1 : expr->terms.size();
  for (std::size_t i = 0; i < visited; ++i) mark_unconditional(expr->terms[i]);
}

// Whether evaluating `expr` may read memory or report an index: what must stay behind its guards.
bool CBlock::is_sensitive(Expr expr) {
  if (names_.contains(expr)) return false;
  if (const auto known = sensitive_.find(expr); known != sensitive_.end()) return known->second;
  bool result = touches_memory(expr);
  for (Expr term : expr->terms) result = is_sensitive(term) || result;
  sensitive_[expr] = result;
  return result;
}

// The name of `expr` if it has one that is valid wherever `guard` holds.
const std::string* CBlock::known_name(Expr expr, const Guard& guard) {
  if (const auto known = names_.find(expr); known != names_.end()) return &known->second;
  const auto guarded = guarded_names_.find(expr);
  if (guarded == guarded_names_.end()) return nullptr;
  for (const Guarded& candidate : guarded->second) {
    const bool is_implied = std::all_of(
        candidate.guard.begin(), candidate.guard.end(),
        [&](const Condition& condition) { return std::find(guard.begin(), guard.end(), condition) != guard.end(); });
    if (is_implied) return &candidate.name;
  }
  return nullptr;
}

std::string CBlock::text(Expr expr, const Guard& guard) {
  if (const std::string* known = known_name(expr, guard)) return *known;
  if (is_leaf(expr)) return definition(expr, guard);
  if (uses_[expr] > 1) return bound(expr, guard);
  // What is hoisted out of a text evaluated under `guard` is guarded itself, so a definition can be built
  // before it is known whether it will be named.
  std::string inlined = definition(expr, guard);
  return length_without_digits(inlined) > longest_inline_text ? declare(expr, guard, inlined) : inlined;
}

std::string CBlock::bound(Expr expr, const Guard& guard) {
  if (const std::string* known = known_name(expr, guard)) return *known;
  std::string inlined = definition(expr, guard);
  return is_leaf(expr) && expr->kind != ExprKind::local ? inlined : declare(expr, guard, inlined);
}

std::string CBlock::declare(Expr expr, const Guard& guard, const std::string& definition) {
  const bool is_guarded = !guard.empty() && is_sensitive(expr) && !unconditional_.contains(expr);
  std::string condition;
  if (is_guarded) {
    Guard outer;
    for (const Condition& part : guard) {
      condition += (outer.empty() ? "" : " && ") + std::string(part.holds ? "" : "!") + bound(part.expr, outer);
      outer.push_back(part);
    }
    if (outer.size() > 1) condition = "(" + condition + ")";
  }
  const std::string name = "t" + std::to_string(next_temporary_++);
  out_ += indent_ + "const " + std::string(c_type(expr)) + " " + name + " = ";
  out_ += is_guarded ? condition + " ? " + definition + " : 0;\n" : without_parentheses(definition) + ";\n";
  if (is_guarded)
    guarded_names_[expr].push_back({guard, name});
  else
    names_[expr] = name;
  return name;
}

std::string CBlock::definition(Expr expr, const Guard& context) {
  // An expression that is evaluated in any case needs no guard for its parts either.
  static const Guard none;
  const Guard& guard = unconditional_.contains(expr) ? none : context;
  const auto term = [&] { return text(expr->terms[0], guard); };
  const std::string number = std::to_string(expr->value);
  switch (expr->kind) {
    case ExprKind::integer: return c_long(expr->value);
    case ExprKind::variable: return "i" + number;
    case ExprKind::affine: return affine(expr, guard);
    case ExprKind::divide:
    case ExprKind::modulo: return quotient(expr, guard);
    case ExprKind::checked:
      return "tn_checked_index(" + term() + ", " + number + ", " + std::to_string(expr->upper) + ", arguments->status)";
    case ExprKind::within: {
      // low <= x < high as one comparison: below `low`, the difference wraps to a huge number.
      const std::string shifted = expr->value == 0 ? term() : "(" + term() + " - " + c_long(expr->value) + ")";
      return "((unsigned long)" + shifted + " < " + std::to_string(expr->upper - expr->value) + "UL)";
    }
    case ExprKind::number: return c_number(expr->dtype, expr->value);
    case ExprKind::load: return "b" + number + "[" + without_parentheses(term()) + "]";
    case ExprKind::local: return "l" + number + (expr->terms.empty() ? "" : "[" + without_parentheses(term()) + "]");
    case ExprKind::scalar:
      if (expr->scalar == Scalar::cast) return cast(expr, guard);
      if (is_guarding_selection(expr)) return selection(expr, guard);
      return operation(expr, guard);
  }
  throw InternalError("CBlock: unknown kind of expression");
}

std::string CBlock::affine(Expr expr, const Guard& guard) {
  std::string out;
  const auto append = [&](std::int64_t factor, const std::string& text) {
    const bool is_negative = factor < 0;
    out += out.empty() ? (is_negative ? "-" : "") : is_negative ? " - " : " + ";
    out += text;
  };
  for (std::size_t i = 0; i < expr->terms.size(); ++i) {
    const std::int64_t factor = expr->coefficients[i];
    const std::string size = std::abs(factor) == 1 ? "" : " * " + std::to_string(std::abs(factor));
    append(factor, text(expr->terms[i], guard) + size);
  }
  if (expr->value != 0) append(expr->value, std::to_string(std::abs(expr->value)));
  return "(" + out + ")";
}

// floor(x / value) and the remainder that goes with it. Unsigned division by a constant is a multiplication
// and a shift, and the narrow one is a vector instruction.
std::string CBlock::quotient(Expr expr, const Guard& guard) {
  const Expr dividend = expr->terms[0];
  const std::string operand = text(dividend, guard), divisor = std::to_string(expr->value);
  const bool divides = expr->kind == ExprKind::divide;
  if (dividend->low < 0) return (divides ? "tn_floor_divide(" : "tn_floor_modulo(") + operand + ", " + divisor + ")";
  const bool is_narrow = dividend->high <= std::numeric_limits<std::uint32_t>::max() &&
                         expr->value <= std::numeric_limits<std::uint32_t>::max();
  return "((long)((" + std::string(is_narrow ? "unsigned int" : "unsigned long") + ")" + operand +
         (divides ? " / " : " % ") + divisor + (is_narrow ? "u" : "UL") + "))";
}

std::string CBlock::cast(Expr expr, const Guard& guard) {
  const Expr operand = expr->terms[0];
  return c_cast(is_index(operand) ? DType::i64 : operand->dtype, expr->dtype, text(operand, guard));
}

std::string CBlock::operation(Expr expr, const Guard& guard) {
  const DType type = operand_dtype(expr);
  std::vector<std::string> operands;
  for (std::size_t i = 0; i < expr->terms.size(); ++i)
    operands.push_back(repeats_operand(expr->scalar, type, static_cast<int>(i)) ? bound(expr->terms[i], guard)
                                                                                : text(expr->terms[i], guard));
  return c_operation(expr->scalar, type, expr->dtype, operands);
}

std::string CBlock::selection(Expr expr, const Guard& guard) {
  const Expr condition = expr->terms[0];
  const auto arm = [&](Expr value, bool holds) {
    Guard inner = guard;
    const Condition added{condition, holds};
    if (std::find(inner.begin(), inner.end(), added) == inner.end()) inner.push_back(added);
    return text(value, inner);
  };
  const std::string chosen = arm(expr->terms[1], true), other = arm(expr->terms[2], false);
  const std::string operands[] = {text(condition, guard), chosen, other};  // last: an arm may have named it
  return c_operation(Scalar::where, operand_dtype(expr), expr->dtype, operands);
}

}  // namespace tenon
