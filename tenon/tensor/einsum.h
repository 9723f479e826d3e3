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
  Letter letters[64] = {};
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

// The axes under "..." are letters of their own: the last one is 1, the one before it 2, and so on.
constexpr bool is_under_ellipsis(char letter) { return letter > 0 && letter <= max_rank; }

constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

constexpr bool starts_ellipsis(std::string_view text, std::size_t i) {
  return i + 3 <= text.size() && text[i] == '.' && text[i + 1] == '.' && text[i + 2] == '.';
}

constexpr void add_letter(EinsumPlan& plan, char letter, const Axis& axis, int operand, const AxisList* operands) {
  const int at = plan.find(letter);
  if (at == not_found) {
    plan.letters[plan.count++] = {letter, axis, operand};
    return;
  }
  Letter& known = plan.letters[at];
  const bool is_broadcast = is_under_ellipsis(letter);
  const Unified unified = is_broadcast ? broadcast(known.axis, axis) : unify(known.axis, axis);
  const char text[] = {letter, '\0'};
  if (!unified.fits)
    return plan.fail(mistake("einsum: '", is_broadcast ? "..." : std::string_view(text, 1), "' is axis ", known.axis,
                             " of ", operands[known.operand], " and axis ", axis, " of ", operands[operand]));
  known = {letter, unified.axis, operand};
}

constexpr void add_letters(EinsumPlan& plan, std::string_view letters, int operand, const AxisList* operands) {
  const AxisList& axes = operands[operand];
  int under = axes.rank, ellipses = 0;  // how many axes "..." stands for
  for (std::size_t i = 0; i < letters.size(); ++i) {
    const std::string_view letter = letters.substr(i, 1);
    if (starts_ellipsis(letters, i) && ellipses++ == 0)
      i += 2;
    else if (!is_letter(letter[0]))
      return plan.fail(mistake("einsum: '", letter, "' is no letter"));
    else
      --under;
  }
  if (under < 0 || (under > 0 && ellipses == 0))
    return plan.fail(mistake("einsum: \"", letters, "\" is not one letter for each axis of ", axes));
  int axis = 0;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    if (is_letter(letters[i])) {
      add_letter(plan, letters[i], axes[axis++], operand, operands);
      continue;
    }
    for (int left = under; left > 0; --left) add_letter(plan, static_cast<char>(left), axes[axis++], operand, operands);
    i += 2;
  }
}

constexpr void add_output(EinsumPlan& plan, std::string_view output) {
  const auto add = [&](const Axis& axis) {
    if (plan.axes.rank == max_rank)
      plan.fail(mistake("einsum: the result has more than 8 axes"));
    else
      plan.axes.push_back(axis);
  };
  int ellipses = 0;
  for (std::size_t i = 0; i < output.size(); ++i) {
    if (starts_ellipsis(output, i) && ellipses++ == 0) {
      for (int left = max_rank; left > 0; --left)
        if (const int at = plan.find(static_cast<char>(left)); at != not_found) add(plan.letters[at].axis);
      i += 2;
      continue;
    }
    const std::string_view letter = output.substr(i, 1);
    const int at = plan.find(letter[0]);
    if (find_either(output.substr(0, i), letter[0], letter[0]) < i)
      plan.fail(mistake("einsum: '", letter, "' stands twice in the result"));
    if (at == not_found) return plan.fail(mistake("einsum: '", letter, "' of the result is in no operand"));
    add(plan.letters[at].axis);
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
  add_output(plan, specification.substr(arrow + 2));
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
/// other: equal names, or equal sizes. "..." stands for any number of axes, aligned at their end and broadcast.
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
