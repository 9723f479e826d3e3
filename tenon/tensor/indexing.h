// Index expressions on tensors: x.at(...), at most 8 items.
//
//   using namespace tenon::indexing;
//   x [batch, time, 784]
//   x.at(0)                        [time, 784]             a position takes its axis away
//   x.at(all, range(1, none))      [batch, time, 784]      a range keeps the name of its axis, not its size:
//   x.at(ellipsis, range(0, 10))   [batch, time, any]      slice<2, 0, 10>(x) keeps that too
//   x.at(all, new_axis)            [batch, 1, time, 784]
//
//   x.at(all, i [key])             [batch, key, 784]       one tensor of positions: its axes replace the axis
//   x.at(mask [batch, time])       [any, 784]              or a mask (bool): one axis replaces all of its axes, whose
//                                                          size only run time knows; the mask is evaluated
//
// What each item means: array/indexing.h. Several tensors of positions go to `index`.
#pragma once

#include "tenon/array/indexing.h"
#include "tenon/tensor/lookup.h"
#include "tenon/tensor/movement.h"

namespace tenon {

namespace detail {

enum class Item : std::uint8_t { position, range, all, new_axis, ellipsis, absent, positions, mask, other };

template <class T>
constexpr Item item_of() {
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>)
    return Item::position;
  else if constexpr (std::is_same_v<T, Range>)
    return Item::range;
  else if constexpr (std::is_same_v<T, All>)
    return Item::all;
  else if constexpr (std::is_same_v<T, NewAxis>)
    return Item::new_axis;
  else if constexpr (std::is_same_v<T, Ellipsis>)
    return Item::ellipsis;
  else if constexpr (is_tensor<T>)
    return T::dtype == DType::boolean ? Item::mask : Item::positions;
  else
    return std::is_same_v<T, Absent> ? Item::absent : Item::other;
}

struct AtPlan {
  Mistake mistake;
  AxisList axes;
};

// `positions`: the tensor of positions, or the mask, among the items, if there is one.
constexpr AtPlan at_plan(const AxisList& axes, std::initializer_list<Item> items, const Input& positions) {
  AtPlan plan;
  int taken = 0, ellipses = 0, added = 0, dropped = 0, tensors = 0;
  for (const Item item : items) {
    taken += item == Item::position || item == Item::range || item == Item::all || item == Item::positions ? 1 : 0;
    taken += item == Item::mask ? positions.axes.rank : 0;
    tensors += item == Item::positions || item == Item::mask ? 1 : 0;
    ellipses += item == Item::ellipsis ? 1 : 0;
    added += item == Item::new_axis ? 1 : 0;
    dropped += item == Item::position ? 1 : 0;
    if (item == Item::other)
      plan.mistake = mistake("at: an item is no position, range, all, new_axis, ellipsis or tensor of positions");
  }
  const bool has_mask = tensors == 1 && positions.dtype == DType::boolean;
  if (tensors == 1) {
    added += has_mask ? 1 : positions.axes.rank;
    dropped += has_mask ? positions.axes.rank : 1;
  }
  if (taken > axes.rank)
    plan.mistake = mistake("at: ", taken, " axes are indexed, ", axes, " has ", axes.rank);
  else if (tensors > 1)
    plan.mistake = mistake("at: ", tensors, " tensors of positions; index(x, std::tuple{i, j}) looks them up together");
  else if (tensors == 1 && !has_mask && !not_indices("at", positions.dtype).empty())
    plan.mistake = not_indices("at", positions.dtype);
  else if (ellipses > 1)
    plan.mistake = mistake("at: one ellipsis stands for all the axes left of ", axes, ", there are ", ellipses);
  else if (axes.rank - dropped + added > max_rank)
    plan.mistake = mistake("at: ", axes, " with ", added, " new axes has more than 8");
  if (!plan.mistake.empty()) return plan;
  int at = 0;
  const auto keep = [&](int count) {
    for (; count > 0; --count) plan.axes.push_back(axes[at++]);
  };
  for (const Item item : items) switch (item) {
      case Item::position: ++at; break;
      case Item::positions:
        ++at;
        for (int i = 0; i < positions.axes.rank; ++i) plan.axes.push_back(positions.axes[i]);
        break;
      case Item::mask:
        plan.mistake = unfit_mask("at", axes, at, positions.axes);
        at += positions.axes.rank;
        plan.axes.push_back(any);
        break;
      case Item::range: plan.axes.push_back(resized(axes[at++])); break;
      case Item::all: keep(1); break;
      case Item::new_axis: plan.axes.push_back(Axis(1)); break;
      case Item::ellipsis: keep(axes.rank - taken); break;
      case Item::absent:
      case Item::other: break;
    }
  keep(axes.rank - at);
  if (const Axis* twice = tensors == 1 && !has_mask ? doubled_name(plan.axes) : nullptr)
    plan.mistake = mistake("at: ", plan.axes, " has two axes ", twice->label());
  return plan;
}

constexpr Input positions_among(std::initializer_list<Input> inputs) {
  for (const Input& input : inputs)
    if (input.kind == Input::Kind::tensor) return input;
  return {Input::Kind::other, DType::f32, {}};
}

template <class T>
void add_item(std::vector<IndexItem>& list, const T& item, const std::source_location& where) {
  if constexpr (is_tensor<T>)
    list.emplace_back(item.array(), where);
  else if constexpr (!std::is_same_v<T, Absent>)
    list.emplace_back(item, where);
}

template <class X, class... Items>
auto at(const X& x, const std::source_location& where, const Items&... items) {
  static constexpr AtPlan plan = at_plan(X::axes, {item_of<Items>()...}, positions_among({input_of<Items>()...}));
  require<plan.mistake>();
  using Result = TensorOf<typename X::Element, plan.axes>;
  if constexpr (!plan.mistake.empty()) {
    return Result();
  } else {
    std::vector<IndexItem> list;
    (add_item(list, items, where), ...);
    return Result::unchecked(tenon::at(x.array(), std::span<const IndexItem>(list), where));
  }
}

}  // namespace detail
}  // namespace tenon
