// Functions of one example, applied to many, along a named axis; see array/vmap.h.
#pragma once

#include "tenon/array/vmap.h"
#include "tenon/tensor/functions.h"
#include "tenon/tensor/movement.h"

namespace tenon {

namespace detail {

// One example of a tensor: its axes without the mapped one.
template <TensorType X, AxisRef axis>
struct ExampleOf {
  static constexpr AxisPlan plan = remove_plan("vmap", X::axes, axis);
  using type = TensorOf<typename X::Element, plan.axes>;

  static constexpr Axis mapped() { return plan.mistake.empty() ? X::axes[plan.position] : Axis(); }
};

template <std::size_t N>
constexpr AxisPlan mapped_axis(const std::array<Axis, N>& axes) {
  AxisPlan plan;
  plan.axes.push_back(axes[0]);
  for (const Axis& axis : axes) {
    const Unified unified = unify(plan.axes[0], axis);
    if (!unified.fits && plan.mistake.empty())
      plan.mistake = mistake("vmap: axis ", plan.axes[0], " of one argument does not fit axis ", axis, " of another");
    plan.axes[0] = unified.axis;
  }
  return plan;
}

constexpr AxisPlan stacked_plan(const Axis& mapped, const AxisList& one) {
  AxisPlan plan;
  plan.axes = one;
  if (one.rank == max_rank) {
    plan.mistake = mistake("vmap: results ", one, " have 8 axes already");
    return plan;
  }
  plan.axes.insert(0, mapped);
  if (const Axis* twice = doubled_name(plan.axes))
    plan.mistake = mistake("vmap: ", plan.axes, " has two axes ", twice->label());
  return plan;
}

// Results for all examples, from those of one.
template <Axis mapped, class R>
struct Stacked {
  static constexpr AxisPlan plan = stacked_plan(mapped, R::axes);
  using type = TensorOf<typename R::Element, plan.axes>;
  static constexpr void check() { require<plan.mistake>(); }
};
template <Axis mapped, class... R>
struct Stacked<mapped, std::tuple<R...>> {
  using type = std::tuple<typename Stacked<mapped, R>::type...>;
  static constexpr void check() { (Stacked<mapped, R>::check(), ...); }
};

}  // namespace detail

/// A function of tensors that applies f to each example along the axis, which all of its arguments have, and stacks the
/// results along a first axis: vmap<"batch">(f)(x [batch, a...], y [b..., batch]) is [batch, c...], where f(x [a...], y
/// [b...]) is [c...]. f returns a Tensor or a std::tuple of them.
template <AxisRef axis, class F>
auto vmap(F f, std::source_location where = std::source_location::current()) {
  return [f = std::move(f), where](const TensorType auto&... x) {
    static_assert(sizeof...(x) > 0, "vmap: there is no argument to take examples from");
    static constexpr detail::AxisPlan mapped =
        detail::mapped_axis(std::array{detail::ExampleOf<std::remove_cvref_t<decltype(x)>, axis>::mapped()...});
    (detail::require<detail::ExampleOf<std::remove_cvref_t<decltype(x)>, axis>::plan.mistake>(), ...);
    detail::require<mapped.mistake>();
    using Function = detail::OnArrays<F, typename detail::ExampleOf<std::remove_cvref_t<decltype(x)>, axis>::type...>;
    using Stacked = detail::Stacked<mapped.axes[0], typename Function::Result>;
    Stacked::check();
    const Array given[] = {
        moveaxis(x.array(), detail::ExampleOf<std::remove_cvref_t<decltype(x)>, axis>::plan.position, 0, where)...};
    return detail::TensorsFrom<typename Stacked::type>::of(detail::vmap(Function{f}, given, where));
  };
}

}  // namespace tenon
