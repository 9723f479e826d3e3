// The same elements under other axes: reshape, merge and split.
#pragma once

#include "tenon/array/movement.h"
#include "tenon/tensor/tensor.h"

namespace tenon {

namespace detail {

constexpr bool equal_products(const AxisProduct& a, const AxisProduct& b) {
  if (a.numerator != b.numerator || a.denominator != b.denominator || a.count != b.count) return false;
  for (int i = 0; i < a.count; ++i)
    if (a.factors[i].name != b.factors[i].name || a.factors[i].power != b.factors[i].power) return false;
  return true;
}

/// Whether every name in `a` is in `b`.
constexpr bool names_within(const AxisProduct& a, const AxisProduct& b) {
  for (int i = 0; i < a.count; ++i) {
    bool found = false;
    for (int j = 0; j < b.count; ++j) found = found || a.factors[i].name == b.factors[j].name;
    if (!found) return false;
  }
  return true;
}

struct ReshapePlan {
  Mistake mistake;
  AxisList axes;
  SizeFormula formulas[max_rank] = {};
  int deduced = not_found;  // the axis whose size is what remains
};

constexpr ReshapePlan reshape_plan(const AxisList& from, const AxisList& to) {
  ReshapePlan plan;
  plan.axes = to;
  for (int i = 0; i < to.rank; ++i) {
    plan.formulas[i] = size_formula(to[i], from);
    if (plan.formulas[i].known) continue;
    if (plan.deduced != not_found && plan.mistake.empty())
      plan.mistake = mistake("reshape: the sizes of axes ", to[plan.deduced], " and ", to[i], " do not follow from ",
                             from, "; split takes sizes");
    plan.deduced = i;
  }
  if (has_any(from) || has_any(to)) return plan;
  if (!equal_products(elements_of(from), elements_of(to)) && plan.mistake.empty())
    plan.mistake = mistake("reshape: ", from, " and ", to, " have not equally many elements");
  return plan;
}

struct MergePlan {
  Mistake mistake;
  AxisList axes;
  int first = 0, count = 0;
};

constexpr MergePlan merge_plan(const AxisList& axes, std::initializer_list<AxisRef> refs) {
  MergePlan plan;
  plan.axes = axes;
  int next = not_found;
  AxisProduct product;
  for (const AxisRef& ref : refs) {
    const int at = find(axes, ref);
    if (at < 0) {
      plan.mistake = missing_axis("merge", axes, ref, at);
      return plan;
    }
    if (next != not_found && at != next) {
      plan.mistake =
          mistake("merge: axis ", ref, " of ", axes, " does not follow axis ", axes[next - 1], "; use permute");
      return plan;
    }
    if (next == not_found) plan.first = at;
    next = at + 1;
    product.multiply(axes.axes[at].view(), 1);
    ++plan.count;
  }
  if (plan.count == 0) {
    plan.mistake = mistake(R"(merge: name the axes to merge, merge<"head", "dim">(x))");
    return plan;
  }
  plan.axes[plan.first] = product.axis();
  for (int i = 1; i < plan.count; ++i) plan.axes.erase(plan.first + 1);
  return plan;
}

constexpr bool has_composed(const AxisList& axes) {
  for (int i = 0; i < axes.rank; ++i)
    if (!axes[i].is_fixed() && !is_name(axes[i].view())) return true;
  return false;
}

struct SplitPlan {
  Mistake mistake;
  AxisList axes;
  int position = 0;
  int deduced = not_found;  // among the parts: the last whose size is open
  int open = 0;             // sizes to give
};

constexpr SplitPlan split_plan(const AxisList& axes, const AxisRef& ref, const AxisList& parts) {
  SplitPlan plan;
  plan.axes = axes;
  plan.position = find(axes, ref);
  if (plan.position < 0) {
    plan.mistake = missing_axis("split", axes, ref, plan.position);
    plan.position = 0;
    return plan;
  }
  for (int i = 0; i < parts.rank; ++i) {
    if (parts[i].is_fixed()) continue;
    if (plan.deduced != not_found) ++plan.open;
    plan.deduced = i;
  }
  const Axis whole = axes[plan.position];
  const AxisProduct product = elements_of(parts);
  AxisList single;
  single.push_back(whole);
  const AxisProduct size = elements_of(single);
  if (parts.rank == 0)
    plan.mistake = mistake(R"(split: name the parts, split<"embd", "head", "dim">(x, {12}))");
  else if (!product.any && !size.any && names_within(product, size) && names_within(size, product) &&
           !equal_products(product, size))
    plan.mistake = mistake("split: axis ", whole, " of ", axes, " is not the product of ", parts);
  if (axes.rank - 1 + parts.rank > max_rank) {
    plan.mistake = mistake("split: ", axes, " into ", parts, " gives more than 8 axes");
    return plan;
  }
  plan.axes.erase(plan.position);
  for (int i = 0; i < parts.rank; ++i) plan.axes.insert(plan.position + i, parts[i]);
  if (const Axis* twice = doubled_name(plan.axes); twice != nullptr && plan.mistake.empty())
    plan.mistake = mistake("split: ", plan.axes, " has two axes ", twice->label());
  return plan;
}

/// Sizes of the parts that an axis is split into: one for each open one but the last.
template <Axis... parts>
class PartSizes {
 public:
  static constexpr AxisList list{parts...};
  static constexpr int count = [] {
    int open = 0;
    for (int i = 0; i < list.rank; ++i) open += list[i].is_fixed() ? 0 : 1;
    return open > 0 ? open - 1 : 0;
  }();

  template <std::integral... Size>
  constexpr PartSizes(Size... sizes) : sizes_{static_cast<std::int64_t>(sizes)...} {
    require<check(static_cast<int>(sizeof...(Size)))>();
  }
  constexpr std::int64_t operator[](int i) const { return sizes_[i]; }

 private:
  static constexpr Mistake check(int given) {
    if (given == count) return {};
    return mistake("split: into ", list, " takes ", count, " sizes, of all open axes but the last, not ", given);
  }
  std::int64_t sizes_[max_rank] = {};
};

/// Shape of `axes` with the axis at `position` in parts. `sizes`: those of the fixed and given parts, -1 for
/// the one to work out.
Shape split_shape(const Bound& x, int position, const AxisList& parts, InlineVector<std::int64_t, max_rank> sizes,
                  const std::source_location& where);

// x broadcast to other axes: where the size of each comes from.
struct BroadcastPlan {
  Mistake mistake;
  FixedSizes fixed;            // what the type says, else
  int sources[max_rank] = {};  // the axis of x, or -1:
  int given[max_rank] = {};    // the number among the sizes that the caller gives
  SizeSlots slots;             // these
};

constexpr BroadcastPlan broadcast_to_plan(const AxisList& from, const AxisList& to) {
  BroadcastPlan plan;
  const int offset = to.rank - from.rank;
  if (offset < 0) {
    plan.mistake = mistake("broadcast_to: ", from, " has more axes than ", to);
    return plan;
  }
  plan.fixed = fixed_sizes(to);
  AxisList open;
  for (int i = 0; i < to.rank; ++i) {
    plan.sources[i] = -1;
    const Axis before = i < offset ? Axis(1) : from[i - offset];
    if (!(before == Axis(1)) && !unify(before, to[i]).fits && plan.mistake.empty())
      plan.mistake = mistake("broadcast_to: axis ", before, " of ", from, " does not fit axis ", to[i], " of ", to);
    if (to[i].is_fixed()) continue;
    if (!(before == Axis(1)) && !before.is_any()) {
      plan.sources[i] = i - offset;
      continue;
    }
    plan.given[i] = open.rank;
    open.push_back(to[i]);
  }
  plan.slots = size_slots(open);
  for (int i = 0; i < to.rank; ++i) plan.given[i] = plan.slots.slot[plan.given[i]];
  return plan;
}

/// The sizes that broadcast_to<to...> of an X takes.
template <class X, Axis... to>
class BroadcastSizes {
 public:
  static constexpr AxisList list{to...};
  static constexpr BroadcastPlan plan = broadcast_to_plan(X::axes, list);

  template <std::integral... Size>
  constexpr BroadcastSizes(Size... sizes) : sizes_{static_cast<std::int64_t>(sizes)...} {
    require<check(static_cast<int>(sizeof...(Size)))>();
  }
  // The result's shape, of x's.
  Shape applied_to(const Shape& x) const {
    Shape shape;
    for (int i = 0; i < list.rank; ++i) {
      const std::int64_t open = plan.sources[i] >= 0 ? x[plan.sources[i]] : sizes_[plan.given[i]];
      shape.push_back(plan.fixed.sizes[i] == Axis::run_time ? open : plan.fixed.sizes[i]);
    }
    return shape;
  }

 private:
  static constexpr Mistake check(int given) {
    if (!plan.mistake.empty() || given == plan.slots.count) return plan.mistake;
    return mistake("broadcast_to: ", X::axes, " to ", list, " takes ", plan.slots.count, " sizes, of ",
                   plan.slots.names, ", not ", given);
  }
  std::int64_t sizes_[max_rank] = {};
};

}  // namespace detail

/// Repeated to these axes, aligned at the last, as elementwise operations do: broadcast_to<"batch", "time", 3>(x [3],
/// {32, 10}). Sizes are given for open axes that x has not, or has with size 1. Throws ShapeError where sizes differ.
template <Axis... to, TensorType X>
auto broadcast_to(const X& x, const std::type_identity_t<detail::BroadcastSizes<X, to...>>& sizes = {},
                  std::source_location where = std::source_location::current()) {
  return Tensor<typename X::Element, to...>(broadcast_to(x.array(), sizes.applied_to(x.shape()), where), where);
}

/// The same elements, row-major, under these axes: reshape<"batch", 784>(x [batch, 28, 28]). The product of the
/// axes must be the same; the size of at most one axis may be open (a name that x has not, or `any`), and is
/// worked out.
template <Axis... to, TensorType X>
auto reshape(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::ReshapePlan plan = detail::reshape_plan(X::axes, AxisList{to...});
  detail::require<plan.mistake>();
  using Result = Tensor<typename X::Element, to...>;
  Dims sizes;
  for (int i = 0; i < plan.axes.rank; ++i)
    sizes.push_back(plan.formulas[i].known
                        ? detail::evaluate("reshape", plan.axes[i], plan.formulas[i], X::axes, x.shape(), where)
                        : -1);
  return Result::unchecked(reshape(x.array(), Sizes(std::span<const std::int64_t>(sizes)), where));
}

/// One axis of several that follow each other, named by their product: merge<"head", "dim">(x) has an axis
/// "dim*head". Other names come from rename.
template <AxisRef... axes, TensorType X>
auto merge(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::MergePlan plan = detail::merge_plan(X::axes, {axes...});
  detail::require<plan.mistake>();
  using Result = detail::TensorOf<typename X::Element, plan.axes>;
  Shape shape;
  for (int i = 0; i < X::rank; ++i) {
    if (i > plan.first && i < plan.first + plan.count)
      shape[plan.first] *= x.shape()[i];
    else
      shape.push_back(x.shape()[i]);
  }
  return Result::unchecked(reshape(x.array(), shape, where));
}

namespace detail {
constexpr MergePlan flatten_plan(const AxisList& axes, const AxisRef& from, const AxisRef& to) {
  MergePlan plan;
  plan.axes = axes;
  if (axes.rank == 0) {
    plan.axes.push_back(Axis(1));
    return plan;
  }
  const int first = find(axes, from), last = find(axes, to);
  if (first < 0 || last < 0) {
    plan.mistake = first < 0 ? missing_axis("flatten", axes, from, first) : missing_axis("flatten", axes, to, last);
    return plan;
  }
  if (first > last) {
    plan.mistake = mistake("flatten: axis ", from, " comes behind axis ", to, " in ", axes);
    return plan;
  }
  plan.first = first;
  plan.count = last - first + 1;
  for (int i = first; i < last; ++i) {
    plan.axes[first] = plan.axes[first] * plan.axes[first + 1];
    plan.axes.erase(first + 1);
  }
  return plan;
}
}  // namespace detail

/// The axes from one to another as one, all of them by default, named by their product as `merge` does: flatten<1>(x
/// [batch, 3, 8, 8]) is [batch, 192]. A scalar becomes [1].
template <AxisRef from = 0, AxisRef to = -1, TensorType X>
auto flatten(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::MergePlan plan = detail::flatten_plan(X::axes, from, to);
  detail::require<plan.mistake>();
  return detail::TensorOf<typename X::Element, plan.axes>::unchecked(
      flatten(x.array(), plan.first, plan.first + (plan.count > 0 ? plan.count - 1 : 0), where));
}

/// An axis as several, outermost first: split<"embd", 12, 64>(x), split<"embd", "head", "dim">(x, {12}). All
/// open sizes but the last are given. A product that the names show to be another is a compile error; throws
/// ShapeError where the sizes do.
template <AxisRef axis, Axis... parts, TensorType X>
auto split(const X& x, const std::type_identity_t<detail::PartSizes<parts...>>& sizes = {},
           std::source_location where = std::source_location::current()) {
  static constexpr AxisList list{parts...};
  static constexpr detail::SplitPlan plan = detail::split_plan(X::axes, axis, list);
  detail::require<plan.mistake>();
  using Result = detail::TensorOf<typename X::Element, plan.axes>;
  static constexpr detail::FixedSizes fixed = detail::fixed_sizes(list);
  InlineVector<std::int64_t, max_rank> part_sizes;
  int given = 0;
  for (int i = 0; i < list.rank; ++i) {
    const bool is_given = fixed.sizes[i] == Axis::run_time && i != plan.deduced;
    part_sizes.push_back(is_given ? sizes[given++] : fixed.sizes[i]);
  }
  const Shape shape = detail::split_shape(detail::bound(x), plan.position, list, part_sizes, where);
  // Sizes were given for composed parts, and may not be those of their factors.
  return detail::result<Result, detail::has_composed(list)>(reshape(x.array(), shape, where), where);
}

}  // namespace tenon
