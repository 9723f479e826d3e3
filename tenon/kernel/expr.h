// Expressions of the loop IR: index arithmetic over loop variables, and the values computed from loads.
//
// Index expressions are 64-bit integers in a normal form: sums of coefficient * term, whose terms are
// variables, quotients, remainders and data-dependent indices, each with a known range. Views fold into them,
// so the rules that simplify quotients and remainders are what makes a reshape free.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tenon/core/dtype.h"
#include "tenon/core/scalar.h"

namespace tenon {

enum class ExprKind : std::uint8_t {
  // index arithmetic (i64)
  integer,   // `value`
  affine,    // `value` + sum of coefficients[i] * terms[i]; at least one term
  variable,  // loop variable number `value`
  divide,    // floor(terms[0] / value), value > 1
  modulo,    // terms[0] - value * floor(terms[0] / value), value > 1
  checked,   // terms[0] if it is in [0, value); else the kernel reports status `upper` and uses 0
  within,    // bool: value <= terms[0] < upper
  // values
  number,  // constant of `dtype`, bits in `value` (a double's for floating types, else an int64)
  load,    // element terms[0] of the kernel's buffer number `value`
  local,   // local variable number `value`; with one term: that element of a local array
  scalar,  // `scalar` applied to terms; `cast` converts to `dtype`
};

struct ExprNode;
using Expr = const ExprNode*;  // owned by its ExprPool; equal expressions are one node

struct ExprNode {
  ExprKind kind;
  Scalar scalar;
  DType dtype;
  std::uint32_t id;  // order of creation: terms have smaller ids
  std::int64_t value;
  std::int64_t upper;
  std::int64_t low, high;  // range of an index expression, inclusive
  std::vector<Expr> terms;
  std::vector<std::int64_t> coefficients;

  bool is_integer(std::int64_t v) const { return kind == ExprKind::integer && value == v; }
};

/// Makes expressions in normal form and owns them.
class ExprPool {
 public:
  ExprPool();
  ~ExprPool();
  ExprPool(ExprPool&&) noexcept;
  ExprPool& operator=(ExprPool&&) noexcept;

  /// A new loop variable that runs over [0, extent).
  Expr variable(std::int64_t extent);

  Expr integer(std::int64_t value);
  Expr add(Expr a, Expr b);
  Expr add(Expr a, std::int64_t b) { return add(a, integer(b)); }
  Expr multiply(Expr a, std::int64_t factor);
  Expr divide(Expr a, std::int64_t divisor);  // divisor > 0
  Expr modulo(Expr a, std::int64_t divisor);  // divisor > 0
  Expr checked(Expr index, std::int64_t size, std::int64_t status);
  /// low <= a < high; folds to a constant where the range decides.
  Expr within(Expr a, std::int64_t low, std::int64_t high);

  Expr number(DType dtype, std::int64_t bits);
  Expr load(DType dtype, int buffer, Expr index);
  Expr local(DType dtype, int number);
  Expr local(DType dtype, int number, Expr index);
  /// A local variable that holds `value`: it has the same type and range.
  Expr local_for(Expr value, int number);
  /// `dtype` is the result's. Boolean constants and selections by them are folded.
  Expr scalar(Scalar op, DType dtype, std::vector<Expr> terms);

  /// `expr` with variables, or other expressions, replaced.
  Expr substitute(Expr expr, std::span<const std::pair<Expr, Expr>> replacements);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  Expr intern(ExprNode node);
  Expr make_affine(std::vector<std::pair<Expr, std::int64_t>> terms, std::int64_t constant);
};

/// Whether `expr` depends on `part`.
bool depends_on(Expr expr, Expr part);

/// Whether a condition says that an index is within bounds: the arms of its selection are then evaluated only where it
/// selects them.
bool tests_an_index(Expr condition);

/// `index` = coefficient * variable + rest, where rest does not depend on the variable.
struct LinearForm {
  std::int64_t coefficient = 0;
  bool is_linear = false;
};
LinearForm linear_in(Expr index, Expr variable);

/// Calls `visit` once for each distinct node below `expr`, operands first.
template <class Visit>
void for_each_node(std::span<const Expr> roots, Visit visit);

/// For dumps and tests: `(i0 * 64 + i1)`.
std::string to_string(Expr expr);

}  // namespace tenon

#include "tenon/kernel/expr_visit.h"
