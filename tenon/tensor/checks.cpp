// What only run time can check of typed tensors, and what it says. The rest of this folder is headers.
#include <cmath>
#include <string>

#include "tenon/tensor/cast.h"
#include "tenon/tensor/contract.h"
#include "tenon/tensor/reshape.h"

namespace tenon::detail {

double inverse_root(std::int64_t size) { return 1 / std::sqrt(static_cast<double>(size)); }

std::string describe(const AxisList& axes, const Shape& shape) {
  std::string text = "[";
  for (int i = 0; i < shape.rank(); ++i) {
    if (i > 0) text += ", ";
    if (i < axes.rank && !axes[i].is_number() && !axes[i].is_any()) text.append(axes[i].label().view()).append("=");
    text += std::to_string(shape[i]);
  }
  return text + "]";
}

std::string quoted(const Axis& axis) { return std::string("\"").append(axis.label().view()) + "\""; }

void check_sizes(std::string_view op, const SizeChecks& checks, std::initializer_list<Bound> operands,
                 const std::source_location& where) {
  for (int c = 0; c < checks.count; ++c) {
    const SizeCheck& check = checks.items[c];
    const Bound& first = operands.begin()[check.first];
    const Bound& second = operands.begin()[check.second];
    const std::int64_t first_size = first.array.shape()[check.first_axis];
    const std::int64_t second_size = second.array.shape()[check.second_axis];
    if (first_size == second_size) continue;
    throw ShapeError(std::string(op) + ": axis " + quoted(second.axes[check.second_axis]) + " is " +
                         std::to_string(first_size) + " in " + describe(first.axes, first.array.shape()) + " and " +
                         std::to_string(second_size) + " in " + describe(second.axes, second.array.shape()),
                     where);
  }
}

std::int64_t evaluate(std::string_view op, const Axis& axis, const SizeFormula& formula, const AxisList& axes,
                      const Shape& shape, const std::source_location& where) {
  std::int64_t numerator = formula.numerator, denominator = formula.denominator;
  for (int i = 0; i < shape.rank(); ++i) {
    for (int p = 0; p < formula.powers[i]; ++p) numerator *= shape[i];
    for (int p = 0; p > formula.powers[i]; --p) denominator *= shape[i];
  }
  if (denominator == 0 || numerator % denominator != 0)
    throw ShapeError(std::string(op) + ": axis " + quoted(axis) + " is no whole number for " + describe(axes, shape),
                     where);
  return numerator / denominator;
}

void check_cast(const Array& array, DType dtype, const AxisList& axes, const CastPlan& plan,
                const std::source_location& where) {
  const Shape& shape = array.shape();
  const auto fail = [&](const std::string& reason) {
    TextBuffer<Mistake::capacity> wanted;
    append(wanted, axes);
    throw ShapeError(
        "Tensor: array " + describe(AxisList(), shape) + " is no " + std::string(wanted.view()) + ": " + reason, where);
  };
  if (array.dtype() != dtype)
    throw DTypeError("Tensor: elements are " + std::string(name(array.dtype())) + ", the type says " +
                         std::string(name(dtype)) + "; convert them with astype",
                     where);
  if (shape.rank() != axes.rank) fail(std::to_string(shape.rank()) + " axes, not " + std::to_string(axes.rank));
  for (int i = 0; i < axes.rank; ++i) {
    const std::int64_t size = plan.fixed.sizes[i];
    if (size == Axis::run_time || size == shape[i]) continue;
    const std::string called = axes[i].is_number() ? "axis " + std::to_string(i) : "axis " + quoted(axes[i]);
    fail(called + " is " + std::to_string(shape[i]) + ", not " + std::to_string(size));
  }
  for (int c = 0; c < plan.checks.count; ++c) {
    const SizeCheck& check = plan.checks.items[c];
    const std::int64_t first = shape[check.first_axis], second = shape[check.second_axis];
    if (first != second)
      fail("axis " + quoted(axes[check.second_axis]) + " is both " + std::to_string(first) + " and " +
           std::to_string(second));
  }
  if (!plan.has_formula) return;
  for (int i = 0; i < axes.rank; ++i) {
    if (!plan.formulas[i].known) continue;
    const std::int64_t size = evaluate("Tensor", axes[i], plan.formulas[i], axes, shape, where);
    if (size != shape[i])
      fail("axis " + quoted(axes[i]) + " is " + std::to_string(shape[i]) + ", not " + std::to_string(size));
  }
}

Shape split_shape(const Bound& x, int position, const AxisList& parts, InlineVector<std::int64_t, max_rank> sizes,
                  const std::source_location& where) {
  const std::int64_t whole = x.array.shape()[position];
  std::int64_t known = 1;
  int deduced = not_found;
  for (int i = 0; i < sizes.size(); ++i) {
    if (sizes[i] == Axis::run_time)
      deduced = i;
    else
      known *= sizes[i];
  }
  const bool fits = deduced == not_found ? known == whole : known > 0 && whole % known == 0;
  if (!fits) {
    TextBuffer<Mistake::capacity> into;
    append(into, parts);
    throw ShapeError("split: axis " + std::to_string(position) + " of " + describe(x.axes, x.array.shape()) +
                         " has size " + std::to_string(whole) + ", which " + std::string(into.view()) +
                         " does not divide into: the other sizes make " + std::to_string(known),
                     where);
  }
  if (deduced != not_found) sizes[deduced] = whole / known;
  Shape shape;
  for (int i = 0; i < x.array.rank(); ++i) {
    if (i != position)
      shape.push_back(x.array.shape()[i]);
    else
      for (const std::int64_t size : sizes) shape.push_back(size);
  }
  return shape;
}

}  // namespace tenon::detail
