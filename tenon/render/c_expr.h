// Expressions as C text: straight-line code in which shared sub-expressions are named once.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tenon/kernel/expr.h"

namespace tenon {

/// C texts that stand for expressions: variables, sums, values that are at hand already.
/// A text must be safe to evaluate more than once and to put next to any operator: a name, a literal, a
/// parenthesis.
using CNames = std::unordered_map<Expr, std::string>;

/// Renders expressions into one C block. What is used more than once becomes
///   const float t12 = ...;
/// the rest is put inline. `next_temporary` numbers the t's and is shared by the blocks of a function, so
/// that names never shadow each other.
///
/// Loads, elements of local arrays and checked indices below a `where` whose condition contains a `within`
/// stay behind that condition: `t12 = guard ? b0[i] : 0`.
///
/// Names: `i3` loop variable, `b3` buffer, `l3` local; `arguments->status` receives what checked indices
/// report.
class CBlock {
 public:
  CBlock(std::string& out, std::string_view indent, int& next_temporary, CNames names = {});

  /// Appends the declarations that `roots` need to `out` and returns the roots' texts. Sharing is seen within
  /// one call; what a call has named is known to the calls after it. The texts hold until something that they
  /// read is written. A root i with `bound[i]` becomes a `t` unless it is a literal or a loop variable, so
  /// that it is computed here and its text may be repeated.
  std::vector<std::string> values(std::span<const Expr> roots, const std::vector<bool>& bound = {});
  std::string value(Expr root) { return values({&root, 1})[0]; }
  std::string bind(Expr root) { return values({&root, 1}, {true})[0]; }

  /// Given names and the `t`s that are valid without a guard: what a block nested in this one may start from.
  const CNames& names() const { return names_; }

 private:
  struct Condition {
    Expr expr;
    bool holds;
    friend bool operator==(const Condition&, const Condition&) = default;
  };
  using Guard = std::vector<Condition>;  // all of them, outermost first
  struct Guarded {
    Guard guard;
    std::string name;
  };

  void count_uses(Expr expr);
  void mark_unconditional(Expr expr);
  bool is_sensitive(Expr expr);

  std::string text(Expr expr, const Guard& guard);
  std::string bound(Expr expr, const Guard& guard);
  std::string declare(Expr expr, const Guard& guard, const std::string& definition);
  const std::string* known_name(Expr expr, const Guard& guard);
  std::string definition(Expr expr, const Guard& guard);
  std::string affine(Expr expr, const Guard& guard);
  std::string quotient(Expr expr, const Guard& guard);
  std::string cast(Expr expr, const Guard& guard);
  std::string operation(Expr expr, const Guard& guard);
  std::string selection(Expr expr, const Guard& guard);

  std::string& out_;
  std::string indent_;
  int& next_temporary_;
  CNames names_;
  std::unordered_map<Expr, std::vector<Guarded>> guarded_names_;
  std::unordered_map<Expr, int> uses_;            // of this call's roots
  std::unordered_map<Expr, bool> unconditional_;  // of this call's roots: evaluated whatever the guards say
  std::unordered_map<Expr, bool> sensitive_;
};

/// The constant `number` of `dtype` (`bits` as in ExprKind::number), exactly.
std::string c_number(DType dtype, std::int64_t bits);

/// `_f32`: ends the names of the prelude's functions for this type.
std::string_view c_suffix(DType dtype);

/// The C type that holds a value of this expression: `long`, `float`, `_Bool`.
std::string_view c_type(Expr expr);

/// Whether evaluating `expr` may read a buffer or a local array, or report an index.
bool reads_memory(Expr expr);

/// Whether `expr` is a `where` whose arms must not be evaluated unless it chooses them: its condition tests
/// an index.
bool is_guarding_selection(Expr expr);

/// `text` without the parentheses that enclose all of it.
std::string without_parentheses(const std::string& text);

/// `op` applied to operands given as texts of type `operand_dtype` (names or literals where the text of the
/// op repeats them: see `repeats_operand`); not for `cast`.
std::string c_operation(Scalar op, DType operand_dtype, DType result, std::span<const std::string> operands);

/// Whether the C text of `op` mentions operand `i` more than once.
bool repeats_operand(Scalar op, DType operand_dtype, int i);

/// `operand` of type `from` converted to `to`, by the rules of `build::cast`.
std::string c_cast(DType from, DType to, const std::string& operand);

}  // namespace tenon
