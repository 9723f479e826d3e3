#include "tenon/kernel/expr.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <numeric>
#include <optional>
#include <unordered_map>

#include "tenon/core/error.h"
#include "tenon/core/hash.h"

namespace tenon {
namespace {

std::int64_t floor_divide(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0); }
std::int64_t floor_modulo(std::int64_t a, std::int64_t b) { return a - b * floor_divide(a, b); }

std::uint64_t hash_of(const ExprNode& node) {
  std::uint64_t hash =
      hash_mix(static_cast<std::uint64_t>(node.kind) << 16 | static_cast<std::uint64_t>(node.scalar) << 8 |
                   static_cast<std::uint64_t>(node.dtype),
               static_cast<std::uint64_t>(node.value));
  hash = hash_mix(hash, static_cast<std::uint64_t>(node.upper));
  for (Expr term : node.terms) hash = hash_mix(hash, term->id);
  for (std::int64_t coefficient : node.coefficients) hash = hash_mix(hash, static_cast<std::uint64_t>(coefficient));
  return hash;
}

bool same(const ExprNode& a, const ExprNode& b) {
  return a.kind == b.kind && a.scalar == b.scalar && a.dtype == b.dtype && a.value == b.value && a.upper == b.upper &&
         a.terms == b.terms && a.coefficients == b.coefficients;
}

// A sum under construction: term -> coefficient, plus a constant.
using Terms = std::vector<std::pair<Expr, std::int64_t>>;

Terms terms_of(Expr e) {
  if (e->kind == ExprKind::integer) return {};
  if (e->kind != ExprKind::affine) return {{e, 1}};
  Terms terms;
  for (std::size_t i = 0; i < e->terms.size(); ++i) terms.emplace_back(e->terms[i], e->coefficients[i]);
  return terms;
}

std::int64_t constant_of(Expr e) { return e->kind == ExprKind::integer || e->kind == ExprKind::affine ? e->value : 0; }

// Adds up equal terms, drops zeros, sorts by id.
void normalise(Terms& terms) {
  std::sort(terms.begin(), terms.end(), [](const auto& a, const auto& b) { return a.first->id < b.first->id; });
  Terms merged;
  for (const auto& [term, coefficient] : terms) {
    if (!merged.empty() && merged.back().first == term)
      merged.back().second += coefficient;
    else
      merged.emplace_back(term, coefficient);
  }
  std::erase_if(merged, [](const auto& term) { return term.second == 0; });
  terms = std::move(merged);
}

// Ranges end here: what is not known lies between -widest and widest.
constexpr std::int64_t widest = std::int64_t{1} << 60;

std::int64_t clamped_sum(std::int64_t sum, std::int64_t coefficient, std::int64_t value) {
  std::int64_t product, result;
  if (__builtin_mul_overflow(coefficient, value, &product)) return (coefficient > 0) == (value > 0) ? widest : -widest;
  if (__builtin_add_overflow(sum, product, &result)) return product > 0 ? widest : -widest;
  return std::clamp(result, -widest, widest);
}

std::pair<std::int64_t, std::int64_t> range_of(const Terms& terms, std::int64_t constant) {
  std::int64_t low = constant, high = constant;
  for (const auto& [term, coefficient] : terms) {
    low = clamped_sum(low, coefficient, coefficient > 0 ? term->low : term->high);
    high = clamped_sum(high, coefficient, coefficient > 0 ? term->high : term->low);
  }
  return {low, high};
}

// A sum as factor * (whole + constant) + small + small_constant, where the small part lies in [0, factor).
struct WholeAndSmall {
  std::int64_t factor;
  Terms whole, small;
  std::int64_t constant, small_constant;
};

// With a factor of the divisor, the greatest one of those that it shares with a coefficient.
std::optional<WholeAndSmall> whole_and_small(const Terms& terms, std::int64_t constant, std::int64_t divisor) {
  std::optional<WholeAndSmall> best;
  for (const auto& candidate : terms) {
    const std::int64_t factor = std::gcd(divisor, candidate.second);
    if (factor == 1 || factor == divisor || (best && factor <= best->factor)) continue;
    WholeAndSmall parts{factor, {}, {}, floor_divide(constant, factor), floor_modulo(constant, factor)};
    for (const auto& [term, coefficient] : terms)
      if (coefficient % factor == 0)
        parts.whole.emplace_back(term, coefficient / factor);
      else
        parts.small.emplace_back(term, coefficient);
    const auto [low, high] = range_of(parts.small, parts.small_constant);
    if (low >= 0 && high < factor) best = std::move(parts);
  }
  return best;
}

}  // namespace

struct ExprPool::Impl {
  std::deque<ExprNode> nodes;
  std::unordered_multimap<std::uint64_t, Expr> table;
  std::int64_t variables = 0;
};

ExprPool::ExprPool() : impl_(std::make_unique<Impl>()) {}
ExprPool::~ExprPool() = default;
ExprPool::ExprPool(ExprPool&&) noexcept = default;
ExprPool& ExprPool::operator=(ExprPool&&) noexcept = default;

Expr ExprPool::intern(ExprNode node) {
  const std::uint64_t hash = hash_of(node);
  const auto [first, last] = impl_->table.equal_range(hash);
  for (auto it = first; it != last; ++it)
    if (same(*it->second, node)) return it->second;
  node.id = static_cast<std::uint32_t>(impl_->nodes.size());
  impl_->nodes.push_back(std::move(node));
  Expr result = &impl_->nodes.back();
  impl_->table.emplace(hash, result);
  return result;
}

Expr ExprPool::variable(std::int64_t extent) {
  return intern({.kind = ExprKind::variable,
                 .scalar = Scalar::cast,
                 .dtype = DType::i64,
                 .id = 0,
                 .value = impl_->variables++,
                 .upper = extent,
                 .low = 0,
                 .high = std::max<std::int64_t>(extent - 1, 0),
                 .terms = {},
                 .coefficients = {}});
}

Expr ExprPool::integer(std::int64_t value) {
  return intern({.kind = ExprKind::integer,
                 .scalar = Scalar::cast,
                 .dtype = DType::i64,
                 .id = 0,
                 .value = value,
                 .upper = 0,
                 .low = value,
                 .high = value,
                 .terms = {},
                 .coefficients = {}});
}

Expr ExprPool::make_affine(Terms terms, std::int64_t constant) {
  normalise(terms);
  // A quotient and a remainder of one expression that fit together are that expression again:
  //   c * (x mod a) + c * a * (x / a) = c * x,   c * (x mod b) + c * b * ((x / b) mod a) = c * (x mod (a *
  //   b)).
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const auto [remainder, coefficient] = terms[i];
    if (remainder->kind != ExprKind::modulo) continue;
    const Expr x = remainder->terms[0];
    const std::int64_t base = remainder->value;
    const Expr quotient = divide(x, base);
    for (std::size_t j = 0; j < terms.size(); ++j) {
      if (j == i || terms[j].second != coefficient * base) continue;
      const Expr other = terms[j].first;
      Expr whole = nullptr;
      if (other == quotient)
        whole = x;
      else if (other->kind == ExprKind::modulo && other->terms[0] == quotient)
        whole = modulo(x, base * other->value);
      if (!whole) continue;
      const std::size_t first = std::min(i, j), second = std::max(i, j);
      terms.erase(terms.begin() + static_cast<std::ptrdiff_t>(second));
      terms.erase(terms.begin() + static_cast<std::ptrdiff_t>(first));
      for (const auto& [term, factor] : terms_of(whole)) terms.emplace_back(term, factor * coefficient);
      return make_affine(std::move(terms), constant + coefficient * constant_of(whole));
    }
  }
  if (terms.empty()) return integer(constant);
  if (terms.size() == 1 && terms[0].second == 1 && constant == 0) return terms[0].first;
  const auto [low, high] = range_of(terms, constant);
  ExprNode node{.kind = ExprKind::affine,
                .scalar = Scalar::cast,
                .dtype = DType::i64,
                .id = 0,
                .value = constant,
                .upper = 0,
                .low = low,
                .high = high,
                .terms = {},
                .coefficients = {}};
  for (const auto& [term, coefficient] : terms) {
    node.terms.push_back(term);
    node.coefficients.push_back(coefficient);
  }
  return intern(std::move(node));
}

Expr ExprPool::add(Expr a, Expr b) {
  Terms terms = terms_of(a);
  const Terms more = terms_of(b);
  terms.insert(terms.end(), more.begin(), more.end());
  return make_affine(std::move(terms), constant_of(a) + constant_of(b));
}

Expr ExprPool::multiply(Expr a, std::int64_t factor) {
  Terms terms = terms_of(a);
  for (auto& term : terms) term.second *= factor;
  return make_affine(std::move(terms), constant_of(a) * factor);
}

Expr ExprPool::divide(Expr a, std::int64_t divisor) {
  if (divisor == 1) return a;
  const std::int64_t low = floor_divide(a->low, divisor);
  if (low == floor_divide(a->high, divisor)) return integer(low);
  // x = divisor * whole + rest; whole comes out of the quotient.
  Terms whole, rest;
  for (const auto& [term, coefficient] : terms_of(a))
    (coefficient % divisor == 0 ? whole : rest)
        .emplace_back(term, coefficient % divisor == 0 ? coefficient / divisor : coefficient);
  const std::int64_t whole_constant = floor_divide(constant_of(a), divisor);
  std::int64_t rest_constant = floor_modulo(constant_of(a), divisor);
  const auto [rest_low, rest_high] = range_of(rest, rest_constant);
  if (rest_low >= 0 && rest_high < divisor) return make_affine(whole, whole_constant);
  if (!whole.empty() || whole_constant != 0)
    return add(make_affine(whole, whole_constant), divide(make_affine(rest, rest_constant), divisor));
  // A common factor of the terms and the divisor cancels: floor((g x + c) / (g y)) = floor((x + floor(c / g))
  // / y).
  std::int64_t common = divisor;
  for (const auto& term : rest) common = std::gcd(common, term.second);
  if (common > 1) {
    for (auto& term : rest) term.second /= common;
    return divide(make_affine(rest, floor_divide(rest_constant, common)), divisor / common);
  }
  // What is less than a common factor of the others never carries: floor((g x + r) / (g y)) = floor(x / y), 0 <= r < g.
  if (const auto parts = whole_and_small(rest, rest_constant, divisor))
    return divide(make_affine(parts->whole, parts->constant), divisor / parts->factor);
  if (a->kind == ExprKind::divide) return divide(a->terms[0], a->value * divisor);
  // floor((x mod (d * y)) / d) = floor(x / d) mod y
  if (a->kind == ExprKind::modulo && a->value % divisor == 0)
    return modulo(divide(a->terms[0], divisor), a->value / divisor);
  return intern({.kind = ExprKind::divide,
                 .scalar = Scalar::cast,
                 .dtype = DType::i64,
                 .id = 0,
                 .value = divisor,
                 .upper = 0,
                 .low = low,
                 .high = floor_divide(a->high, divisor),
                 .terms = {a},
                 .coefficients = {}});
}

Expr ExprPool::modulo(Expr a, std::int64_t divisor) {
  if (divisor == 1) return integer(0);
  const std::int64_t quotient = floor_divide(a->low, divisor);
  if (quotient == floor_divide(a->high, divisor)) return add(a, integer(-quotient * divisor));
  Terms rest;
  for (const auto& [term, coefficient] : terms_of(a)) {
    const std::int64_t reduced = floor_modulo(coefficient, divisor);
    if (reduced != 0) rest.emplace_back(term, reduced);
  }
  const std::int64_t constant = floor_modulo(constant_of(a), divisor);
  const auto [low, high] = range_of(rest, constant);
  if (low >= 0 && high < divisor) return make_affine(rest, constant);
  std::int64_t common = divisor;
  for (const auto& term : rest) common = std::gcd(common, term.second);
  if (common > 1) {
    for (auto& term : rest) term.second /= common;
    const Expr inner = modulo(make_affine(rest, floor_divide(constant, common)), divisor / common);
    return add(multiply(inner, common), integer(floor_modulo(constant, common)));
  }
  // (g x + r) mod (g y) = g (x mod y) + r, 0 <= r < g
  if (const auto parts = whole_and_small(rest, constant, divisor))
    return add(multiply(modulo(make_affine(parts->whole, parts->constant), divisor / parts->factor), parts->factor),
               make_affine(parts->small, parts->small_constant));
  const Expr reduced = make_affine(rest, constant);
  if (reduced != a) return modulo(reduced, divisor);
  if (a->kind == ExprKind::modulo && a->value % divisor == 0) return modulo(a->terms[0], divisor);
  return intern({.kind = ExprKind::modulo,
                 .scalar = Scalar::cast,
                 .dtype = DType::i64,
                 .id = 0,
                 .value = divisor,
                 .upper = 0,
                 .low = 0,
                 .high = divisor - 1,
                 .terms = {a},
                 .coefficients = {}});
}

Expr ExprPool::checked(Expr index, std::int64_t size, std::int64_t status) {
  return intern({.kind = ExprKind::checked,
                 .scalar = Scalar::cast,
                 .dtype = DType::i64,
                 .id = 0,
                 .value = size,
                 .upper = status,
                 .low = 0,
                 .high = std::max<std::int64_t>(size - 1, 0),
                 .terms = {index},
                 .coefficients = {}});
}

Expr ExprPool::within(Expr a, std::int64_t low, std::int64_t high) {
  if (a->low >= low && a->high < high) return number(DType::boolean, 1);
  if (a->high < low || a->low >= high) return number(DType::boolean, 0);
  // The constant moves to the bounds, so that equal tests of shifted indices are one expression.
  if (a->kind == ExprKind::affine && a->value != 0) {
    const std::int64_t shift = a->value;
    return within(add(a, -shift), low - shift, high - shift);
  }
  return intern({.kind = ExprKind::within,
                 .scalar = Scalar::cast,
                 .dtype = DType::boolean,
                 .id = 0,
                 .value = std::max(low, a->low),
                 .upper = std::min(high, a->high + 1),
                 .low = 0,
                 .high = 1,
                 .terms = {a},
                 .coefficients = {}});
}

Expr ExprPool::number(DType dtype, std::int64_t bits) {
  return intern({.kind = ExprKind::number,
                 .scalar = Scalar::cast,
                 .dtype = dtype,
                 .id = 0,
                 .value = bits,
                 .upper = 0,
                 .low = -widest,
                 .high = widest,
                 .terms = {},
                 .coefficients = {}});
}

Expr ExprPool::load(DType dtype, int buffer, Expr index) {
  return intern({.kind = ExprKind::load,
                 .scalar = Scalar::cast,
                 .dtype = dtype,
                 .id = 0,
                 .value = buffer,
                 .upper = 0,
                 .low = -widest,
                 .high = widest,
                 .terms = {index},
                 .coefficients = {}});
}

Expr ExprPool::local(DType dtype, int number) {
  return intern({.kind = ExprKind::local,
                 .scalar = Scalar::cast,
                 .dtype = dtype,
                 .id = 0,
                 .value = number,
                 .upper = 0,
                 .low = -widest,
                 .high = widest,
                 .terms = {},
                 .coefficients = {}});
}

Expr ExprPool::local(DType dtype, int number, Expr index) {
  return intern({.kind = ExprKind::local,
                 .scalar = Scalar::cast,
                 .dtype = dtype,
                 .id = 0,
                 .value = number,
                 .upper = 0,
                 .low = -widest,
                 .high = widest,
                 .terms = {index},
                 .coefficients = {}});
}

Expr ExprPool::local_for(Expr value, int number) {
  return intern({.kind = ExprKind::local,
                 .scalar = Scalar::cast,
                 .dtype = value->dtype,
                 .id = 0,
                 .value = number,
                 .upper = 0,
                 .low = value->low,
                 .high = value->high,
                 .terms = {},
                 .coefficients = {}});
}

Expr ExprPool::scalar(Scalar op, DType dtype, std::vector<Expr> terms) {
  const auto known = [&](std::size_t i, std::int64_t value) {
    return terms[i]->kind == ExprKind::number && terms[i]->dtype == DType::boolean && terms[i]->value == value;
  };
  if (op == Scalar::where) {
    if (known(0, 1) || terms[1] == terms[2]) return terms[1];
    if (known(0, 0)) return terms[2];
  }
  if (op == Scalar::logical_and) {
    if (known(0, 1) || known(1, 0) || terms[0] == terms[1]) return terms[1];
    if (known(1, 1) || known(0, 0)) return terms[0];
  }
  if (op == Scalar::cast && terms[0]->dtype == dtype) return terms[0];
  return intern({.kind = ExprKind::scalar,
                 .scalar = op,
                 .dtype = dtype,
                 .id = 0,
                 .value = 0,
                 .upper = 0,
                 .low = -widest,
                 .high = widest,
                 .terms = std::move(terms),
                 .coefficients = {}});
}

Expr ExprPool::substitute(Expr expr, std::span<const std::pair<Expr, Expr>> replacements) {
  std::unordered_map<Expr, Expr> done(replacements.begin(), replacements.end());
  const auto walk = [&](const auto& self, Expr e) -> Expr {
    if (const auto found = done.find(e); found != done.end()) return found->second;
    std::vector<Expr> terms;
    for (Expr term : e->terms) terms.push_back(self(self, term));
    Expr result = e;
    if (terms != e->terms) {
      switch (e->kind) {
        case ExprKind::affine: {
          result = integer(e->value);
          for (std::size_t i = 0; i < terms.size(); ++i) result = add(result, multiply(terms[i], e->coefficients[i]));
          break;
        }
        case ExprKind::divide: result = divide(terms[0], e->value); break;
        case ExprKind::modulo: result = modulo(terms[0], e->value); break;
        case ExprKind::checked: result = checked(terms[0], e->value, e->upper); break;
        case ExprKind::within: result = within(terms[0], e->value, e->upper); break;
        case ExprKind::load: result = load(e->dtype, static_cast<int>(e->value), terms[0]); break;
        case ExprKind::local: result = local(e->dtype, static_cast<int>(e->value), terms[0]); break;
        case ExprKind::scalar: result = scalar(e->scalar, e->dtype, std::move(terms)); break;
        case ExprKind::integer:
        case ExprKind::variable:
        case ExprKind::number: break;
      }
    }
    done.emplace(e, result);
    return result;
  };
  return walk(walk, expr);
}

bool tests_an_index(Expr condition) {
  bool found = false;
  for_each_node(std::span(&condition, 1), [&](Expr node) { found = found || node->kind == ExprKind::within; });
  return found;
}

bool depends_on(Expr expr, Expr part) {
  bool found = false;
  for_each_node(std::span(&expr, 1), [&](Expr e) { found |= e == part; });
  return found;
}

LinearForm linear_in(Expr index, Expr variable) {
  if (index == variable) return {1, true};
  if (index->kind != ExprKind::affine) return {0, !depends_on(index, variable)};
  LinearForm result{0, true};
  for (std::size_t i = 0; i < index->terms.size(); ++i) {
    if (index->terms[i] == variable)
      result.coefficient = index->coefficients[i];
    else if (depends_on(index->terms[i], variable))
      return {};
  }
  return result;
}

std::string to_string(Expr e) {
  switch (e->kind) {
    case ExprKind::integer: return fmt::format("{}", e->value);
    case ExprKind::variable: return fmt::format("i{}", e->value);
    case ExprKind::divide: return fmt::format("({} / {})", to_string(e->terms[0]), e->value);
    case ExprKind::modulo: return fmt::format("({} % {})", to_string(e->terms[0]), e->value);
    case ExprKind::checked: return fmt::format("checked({}, {})", to_string(e->terms[0]), e->value);
    case ExprKind::within: return fmt::format("({} in [{}, {}))", to_string(e->terms[0]), e->value, e->upper);
    case ExprKind::number:
      return is_floating(e->dtype) ? fmt::format("{}", __builtin_bit_cast(double, e->value))
                                   : fmt::format("{}", e->value);
    case ExprKind::load: return fmt::format("b{}[{}]", e->value, to_string(e->terms[0]));
    case ExprKind::local:
      return e->terms.empty() ? fmt::format("l{}", e->value) : fmt::format("l{}[{}]", e->value, to_string(e->terms[0]));
    case ExprKind::affine: {
      std::string text = "(";
      for (std::size_t i = 0; i < e->terms.size(); ++i) {
        if (i > 0) text += " + ";
        text += to_string(e->terms[i]);
        if (e->coefficients[i] != 1) text += fmt::format(" * {}", e->coefficients[i]);
      }
      if (e->value != 0) text += fmt::format(" + {}", e->value);
      return text + ")";
    }
    case ExprKind::scalar: {
      std::string text = fmt::format("{}(", e->scalar == Scalar::cast ? name(e->dtype) : name(e->scalar));
      for (std::size_t i = 0; i < e->terms.size(); ++i) text += (i > 0 ? ", " : "") + to_string(e->terms[i]);
      return text + ")";
    }
  }
  return "?";
}

}  // namespace tenon
