// What an op on tensors works out at compile time: what is wrong with the call, the axes of its result, and
// what only run time can check.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <source_location>
#include <string>

#include "tenon/array/array.h"
#include "tenon/tensor/message.h"

namespace tenon::detail {

[[noreturn]] inline void an_op_on_so_many_axes_is_not_supported() {
  throw ShapeError("an op on so many axes is not supported");
}

/// Axis `first_axis` of operand `first` and axis `second_axis` of operand `second` have one name: their sizes
/// must be equal.
struct SizeCheck {
  std::int8_t first = 0, first_axis = 0, second = 0, second_axis = 0;
};

struct SizeChecks {
  static constexpr int capacity = 64;
  SizeCheck items[capacity] = {};
  int count = 0;

  /// Pairs each axis of operand `number`, of those given so far, with the first axis before it that has its
  /// name, unless the types fix both sizes. `skip`: an axis that may differ, as that of a concatenation.
  constexpr void add(const AxisList* operands, int number, int skip = max_rank) {
    for (int axis = 0; axis < operands[number].rank; ++axis)
      if (axis != skip) add_axis(operands, number, axis, skip);
  }

 private:
  constexpr void add_axis(const AxisList* operands, int number, int axis, int skip) {
    const Axis& second = operands[number][axis];
    if (second.is_number() || second.is_any()) return;
    const Axis label = second.label();
    for (int before = 0; before <= number; ++before)
      for (int i = 0; i < (before == number ? axis : operands[before].rank); ++i) {
        const Axis& first = operands[before][i];
        if (i == skip || first.is_number() || first.label() != label) continue;
        if (count == capacity) an_op_on_so_many_axes_is_not_supported();
        if (!first.is_fixed() || !second.is_fixed())
          items[count++] = {static_cast<std::int8_t>(before), static_cast<std::int8_t>(i),
                            static_cast<std::int8_t>(number), static_cast<std::int8_t>(axis)};
        return;
      }
  }
};

/// The size of an axis from those of others: numerator / denominator times each size to its power.
struct SizeFormula {
  bool known = false;
  std::int64_t numerator = 1, denominator = 1;
  std::int8_t powers[max_rank] = {};
};

/// How the axis follows from axes of `given`, other than the one at `except`.
constexpr SizeFormula size_formula(const Axis& axis, const AxisList& given, int except = not_found) {
  SizeFormula formula;
  const Axis label = axis.label();
  if (!axis.is_number() && !axis.is_any() && !axis.is_fixed())
    for (int i = 0; i < given.rank; ++i)
      if (i != except && given[i].label() == label) {
        formula.powers[i] = 1;
        formula.known = true;
        return formula;
      }
  AxisProduct product(axis.view());
  product.use_sizes();
  if (product.any) return formula;
  formula.numerator = product.numerator;
  formula.denominator = product.denominator;
  for (int f = 0; f < product.count; ++f) {
    int found = not_found;
    for (int i = 0; i < given.rank && found == not_found; ++i)
      if (i != except && given[i].label().view() == product.factors[f].name) found = i;
    if (found == not_found) return formula;
    formula.powers[found] = static_cast<std::int8_t>(product.factors[f].power);
  }
  formula.known = true;
  return formula;
}

struct Plan {
  Mistake mistake;
  AxisList axes;         // of the result
  SizeChecks checks;     // of the operands
  bool has_any = false;  // an operand has an axis of which nothing is known: the result is checked too
};

constexpr bool has_any(const AxisList& axes) {
  for (int i = 0; i < axes.rank; ++i)
    if (axes[i].is_any()) return true;
  return false;
}

/// A plan for these operands, with nothing but the checks that every op makes: one name, one size.
constexpr Plan plan_for(std::initializer_list<AxisList> operands, int skip = max_rank) {
  Plan plan;
  for (int i = 0; i < static_cast<int>(operands.size()); ++i) {
    plan.checks.add(operands.begin(), i, skip);
    plan.has_any = plan.has_any || has_any(operands.begin()[i]);
  }
  return plan;
}

/// The checks that remain when an axis was `any`: an axis of the result that bears an operand's name has its size.
constexpr SizeChecks result_checks(std::initializer_list<AxisList> operands_and_result) {
  SizeChecks checks;
  checks.add(operands_and_result.begin(), static_cast<int>(operands_and_result.size()) - 1);
  return checks;
}

/// The error of a ref that does not name one axis: `at` is what `find` returned.
constexpr Mistake missing_axis(std::string_view op, const AxisList& axes, const AxisRef& ref, int at) {
  if (at == found_twice) return mistake(op, ": ", axes, " has two axes ", ref);
  return mistake(op, ": no axis ", ref, " in ", axes);
}

/// An array and the axes of its type.
struct Bound {
  const Array& array;
  const AxisList& axes;
};

/// "[batch=32, 10]"
std::string describe(const AxisList& axes, const Shape& shape);

std::string quoted(const Axis& axis);

/// Throws ShapeError for a name that stands for two sizes.
void check_sizes(std::string_view op, const SizeChecks& checks, std::initializer_list<Bound> operands,
                 const std::source_location& where);

/// The size that the formula gives for an axis of `op`. Throws ShapeError where it does not divide.
std::int64_t evaluate(std::string_view op, const Axis& axis, const SizeFormula& formula, const AxisList& axes,
                      const Shape& shape, const std::source_location& where);

}  // namespace tenon::detail
