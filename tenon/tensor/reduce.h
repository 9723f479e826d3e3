// Reductions over axes that are named: sum<"time">(x), mean<"time", "embd">(x), max<-1>(x); over all axes
// when none is. With `keepdims` among the axes, they stay with size 1: sum<"time", keepdims>(x).
#pragma once

#include "tenon/array/reduction.h"
#include "tenon/tensor/elementwise.h"

namespace tenon {

namespace detail {

struct ReducePlan {
  Mistake mistake;
  AxisList axes;
  int positions[max_rank] = {};
  int count = 0;
  bool keep = false;
};

constexpr ReducePlan reduce_plan(std::string_view op, const AxisList& axes, std::initializer_list<AxisRef> refs) {
  ReducePlan plan;
  bool reduced[max_rank] = {};
  bool named = false;
  for (const AxisRef& ref : refs) {
    if (ref == keepdims) {
      plan.keep = true;
      continue;
    }
    named = true;
    const int at = find(axes, ref);
    if (at < 0) {
      plan.mistake = missing_axis(op, axes, ref, at);
    } else if (reduced[at]) {
      plan.mistake = mistake(op, ": axis ", ref, " of ", axes, " is named twice");
    } else {
      reduced[at] = true;
    }
  }
  for (int i = 0; i < axes.rank; ++i) {
    if (named && !reduced[i]) {
      plan.axes.push_back(axes[i]);
      continue;
    }
    plan.positions[plan.count++] = i;
    if (plan.keep) plan.axes.push_back(Axis(1));
  }
  return plan;
}

template <Text op, class X, AxisRef... refs>
struct Reduction {
  static constexpr ReducePlan plan = reduce_plan(op.view(), X::axes, {refs...});

  template <class T>
  using Result = TensorOf<T, plan.axes>;

  static Axes axes() { return Axes(std::span<const int>(plan.positions, static_cast<std::size_t>(plan.count))); }
};

template <class T>
using SumType = std::conditional_t<is_floating(dtype_of<T>), T, std::int64_t>;
template <class T>
using FloatingType = std::conditional_t<is_floating(dtype_of<T>), T, float>;

}  // namespace detail

/// Integers and bool are summed in int64.
template <AxisRef... axes, TensorType X>
auto sum(const X& x, std::source_location where = std::source_location::current()) {
  using R = detail::Reduction<"sum", X, axes...>;
  detail::require<R::plan.mistake>();
  using Result = typename R::template Result<detail::SumType<typename X::Element>>;
  return Result::unchecked(sum(x.array(), R::axes(), R::plan.keep, where));
}
template <AxisRef... axes, TensorType X>
auto prod(const X& x, std::source_location where = std::source_location::current()) {
  using R = detail::Reduction<"prod", X, axes...>;
  detail::require<R::plan.mistake>();
  using Result = typename R::template Result<detail::SumType<typename X::Element>>;
  return Result::unchecked(prod(x.array(), R::axes(), R::plan.keep, where));
}
/// Integers and bool give float. The mean of no elements is NaN.
template <AxisRef... axes, TensorType X>
auto mean(const X& x, std::source_location where = std::source_location::current()) {
  using R = detail::Reduction<"mean", X, axes...>;
  detail::require<R::plan.mistake>();
  using Result = typename R::template Result<detail::FloatingType<typename X::Element>>;
  return Result::unchecked(mean(x.array(), R::axes(), R::plan.keep, where));
}
/// The sum of squared deviations is divided by n - correction, as in PyTorch.
template <AxisRef... axes, TensorType X>
auto var(const X& x, double correction = 1, std::source_location where = std::source_location::current()) {
  using R = detail::Reduction<"var", X, axes...>;
  detail::require<R::plan.mistake>();
  using Result = typename R::template Result<detail::FloatingType<typename X::Element>>;
  return Result::unchecked(var(x.array(), R::axes(), correction, R::plan.keep, where));
}
/// Standard deviation, the root of `var`.
template <AxisRef... axes, TensorType X>
auto stddev(const X& x, double correction = 1, std::source_location where = std::source_location::current()) {
  using R = detail::Reduction<"stddev", X, axes...>;
  detail::require<R::plan.mistake>();
  using Result = typename R::template Result<detail::FloatingType<typename X::Element>>;
  return Result::unchecked(stddev(x.array(), R::axes(), correction, R::plan.keep, where));
}
/// NaN wins over every number. Throw ShapeError for no elements.
template <AxisRef... axes, TensorType X>
auto max(const X& x, std::source_location where = std::source_location::current()) {
  using R = detail::Reduction<"max", X, axes...>;
  detail::require<R::plan.mistake>();
  using Result = typename R::template Result<typename X::Element>;
  return Result::unchecked(max(x.array(), R::axes(), R::plan.keep, where));
}
template <AxisRef... axes, TensorType X>
auto min(const X& x, std::source_location where = std::source_location::current()) {
  using R = detail::Reduction<"min", X, axes...>;
  detail::require<R::plan.mistake>();
  using Result = typename R::template Result<typename X::Element>;
  return Result::unchecked(min(x.array(), R::axes(), R::plan.keep, where));
}
/// log(sum(exp(x))), without overflow.
template <AxisRef... axes, TensorType X>
auto logsumexp(const X& x, std::source_location where = std::source_location::current()) {
  using R = detail::Reduction<"logsumexp", X, axes...>;
  detail::require<R::plan.mistake>();
  using Result = typename R::template Result<detail::FloatingType<typename X::Element>>;
  return Result::unchecked(logsumexp(x.array(), R::axes(), R::plan.keep, where));
}
/// Position of the first maximum along one axis, int64; the first NaN wins.
template <AxisRef axis = -1, TensorType X>
auto argmax(const X& x, std::source_location where = std::source_location::current()) {
  using R = detail::Reduction<"argmax", X, axis>;
  detail::require<R::plan.mistake>();
  using Result = typename R::template Result<std::int64_t>;
  return Result::unchecked(argmax(x.array(), R::plan.positions[0], false, where));
}

/// Position of the first minimum along one axis, int64; the first NaN wins.
template <AxisRef axis = -1, TensorType X>
auto argmin(const X& x, std::source_location where = std::source_location::current()) {
  using R = detail::Reduction<"argmin", X, axis>;
  detail::require<R::plan.mistake>();
  using Result = typename R::template Result<std::int64_t>;
  return Result::unchecked(argmin(x.array(), R::plan.positions[0], false, where));
}
/// How many elements are not 0, int64.
template <AxisRef... axes, TensorType X>
auto count_nonzero(const X& x, std::source_location where = std::source_location::current()) {
  using R = detail::Reduction<"count_nonzero", X, axes...>;
  detail::require<R::plan.mistake>();
  using Result = typename R::template Result<std::int64_t>;
  return Result::unchecked(count_nonzero(x.array(), R::axes(), R::plan.keep, where));
}
/// Whether any element, or each, is not 0: bool.
template <AxisRef... axes, TensorType X>
auto any_of(const X& x, std::source_location where = std::source_location::current()) {
  using R = detail::Reduction<"any_of", X, axes...>;
  detail::require<R::plan.mistake>();
  using Result = typename R::template Result<bool>;
  return Result::unchecked(any_of(x.array(), R::axes(), R::plan.keep, where));
}
template <AxisRef... axes, TensorType X>
auto all_of(const X& x, std::source_location where = std::source_location::current()) {
  using R = detail::Reduction<"all_of", X, axes...>;
  detail::require<R::plan.mistake>();
  using Result = typename R::template Result<bool>;
  return Result::unchecked(all_of(x.array(), R::axes(), R::plan.keep, where));
}
/// The p-norm of the elements; see array/reduction.h. Integers and bool give float.
template <AxisRef... axes, TensorType X>
auto norm(const X& x, double p = 2, std::source_location where = std::source_location::current()) {
  using R = detail::Reduction<"norm", X, axes...>;
  detail::require<R::plan.mistake>();
  using Result = typename R::template Result<detail::FloatingType<typename X::Element>>;
  return Result::unchecked(norm(x.array(), p, R::axes(), R::plan.keep, where));
}

}  // namespace tenon
