// Sums of products, by letters that are checked at compile time.
#pragma once

#include "tenon/array/einsum.h"
#include "tenon/tensor/contract.h"

namespace tenon {

namespace detail {

// A letter of an einsum and the axis that it stands for.
struct Letter {
  char letter = 0;
  Axis axis;
  int operand = 0;
};

struct EinsumPlan : Plan {
  Letter letters[32] = {};
  int count = 0;

  constexpr void fail(const Mistake& made) {
    if (mistake.empty()) mistake = made;
  }
  constexpr int find(char letter) const {
    for (int i = 0; i < count; ++i)
      if (letters[i].letter == letter) return i;
    return not_found;
  }
};

constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

constexpr void add_letters(EinsumPlan& plan, std::string_view letters, int operand, const AxisList* operands) {
  const AxisList& axes = operands[operand];
  if (letters.size() != static_cast<std::size_t>(axes.rank))
    return plan.fail(mistake("einsum: \"", letters, "\" is not one letter for each axis of ", axes));
  for (int i = 0; i < axes.rank; ++i) {
    const std::string_view letter = letters.substr(static_cast<std::size_t>(i), 1);
    if (!is_letter(letter[0])) return plan.fail(mistake("einsum: '", letter, "' is no letter"));
    const int at = plan.find(letter[0]);
    if (at == not_found) {
      plan.letters[plan.count++] = {letter[0], axes[i], operand};
      continue;
    }
    Letter& known = plan.letters[at];
    const Unified unified = unify(known.axis, axes[i]);
    if (!unified.fits)
      return plan.fail(mistake("einsum: '", letter, "' is axis ", known.axis, " of ", operands[known.operand],
                               " and axis ", axes[i], " of ", axes));
    known = {letter[0], unified.axis, operand};
  }
}

template <std::size_t N>
constexpr EinsumPlan einsum_plan(std::string_view specification, const std::array<AxisList, N>& operands) {
  EinsumPlan plan;
  for (std::size_t i = 0; i < N; ++i) {
    plan.checks.add(operands.data(), static_cast<int>(i));
    plan.has_any = plan.has_any || has_any(operands[i]);
  }
  const std::size_t arrow = find_either(specification, '-', '-');
  if (arrow + 1 >= specification.size() || specification[arrow + 1] != '>') {
    plan.fail(mistake("einsum: no -> in \"", specification, "\"; spell the result out"));
    return plan;
  }
  std::string_view rest = specification.substr(0, arrow);
  std::size_t operand = 0;
  while (true) {
    const std::size_t comma = find_either(rest, ',', ',');
    if (operand < N) add_letters(plan, rest.substr(0, comma), static_cast<int>(operand), operands.data());
    ++operand;
    if (comma == rest.size()) break;
    rest.remove_prefix(comma + 1);
  }
  if (operand != N) plan.fail(mistake("einsum: \"", specification, "\" is for ", operand, " operands, not ", N));
  const std::string_view output = specification.substr(arrow + 2);
  for (std::size_t i = 0; i < output.size(); ++i) {
    const std::string_view letter = output.substr(i, 1);
    const int at = plan.find(letter[0]);
    for (std::size_t j = 0; j < i; ++j)
      if (output[j] == letter[0]) plan.fail(mistake("einsum: '", letter, "' stands twice in the result"));
    if (at == not_found || i >= static_cast<std::size_t>(max_rank)) {
      plan.fail(mistake("einsum: '", letter, "' of the result is in no operand"));
      return plan;
    }
    plan.axes.push_back(plan.letters[at].axis);
  }
  return plan;
}

constexpr Mistake unequal_types(std::string_view op, std::initializer_list<DType> types) {
  for (const DType dtype : types)
    if (dtype != *types.begin()) return unequal_types(op, *types.begin(), dtype);
  return {};
}

}  // namespace detail

/// einsum<"bthd,bkhd->bhtk">(query, key): one letter for each axis of each operand; letters that the result
/// lacks are summed over, and one that stands twice in an operand means its diagonal. Axes of one letter must fit each
/// other: equal names, or equal sizes.
template <detail::Text specification, TensorType First, TensorType... Rest>
auto einsum(const First& first, const Rest&... rest) {
  static constexpr std::array operands{First::axes, Rest::axes...};
  static constexpr detail::EinsumPlan plan = detail::einsum_plan(specification.view(), operands);
  detail::require<detail::unequal_types("einsum", {First::dtype, Rest::dtype...})>();
  detail::require<plan.mistake>();
  using Result = detail::TensorOf<typename First::Element, plan.axes>;
  const std::source_location where;  // a pack is followed by no default argument
  if constexpr (plan.checks.count > 0)
    detail::check_sizes("einsum", plan.checks, {detail::bound(first), detail::bound(rest)...}, where);
  return detail::result<Result, plan.has_any>(einsum(specification.view(), {first.array(), rest.array()...}, where),
                                              where);
}

}  // namespace tenon
