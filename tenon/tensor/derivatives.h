// Derivatives of functions of tensors beyond the gradient (which is tree/gradient.h): forward mode, Jacobians,
// Hessians. What they cost and throw, array/derivatives.h says.
#pragma once

#include "tenon/array/derivatives.h"
#include "tenon/array/gradient.h"
#include "tenon/tensor/functions.h"

namespace tenon {

namespace detail {

constexpr Mistake not_differentiable(std::string_view op, DType dtype, std::string_view what) {
  if (is_floating(dtype)) return {};
  return mistake(op, ": ", what, " is ", name(dtype), ", not floating");
}
constexpr Mistake no_scalar(std::string_view op, DType dtype, const AxisList& axes) {
  if (is_floating(dtype) && axes.rank == 0) return {};
  return mistake(op, ": the function returns ", name(dtype), " ", axes, ", not a floating scalar");
}

struct JoinedAxes {
  Mistake mistake;
  AxisList axes;
};
constexpr JoinedAxes joined_axes(std::string_view op, const AxisList& outer, const AxisList& inner) {
  if (outer.rank + inner.rank > max_rank)
    return {mistake(op, ": ", outer, " by ", inner, " gives more than 8 axes"), {}};
  JoinedAxes joined{{}, outer};
  for (int i = 0; i < inner.rank; ++i) joined.axes.push_back(inner[i]);
  return joined;
}

}  // namespace detail

/// For each of `wrt` the sum over i of cotangents[i] * d outputs[i] / d wrt, in its type: vjp(y, c, x), or
/// vjp(std::tuple{y, z}, std::tuple{c, d}, std::tuple{w, x}), which returns a std::tuple. See array/gradient.h.
template <TensorType... Y, TensorType... C, TensorType... X>
std::tuple<X...> vjp(const std::tuple<Y...>& outputs, const std::tuple<C...>& cotangents, const std::tuple<X...>& wrt,
                     std::source_location where = std::source_location::current()) {
  static_assert(std::is_same_v<std::tuple<Y...>, std::tuple<C...>>,
                "vjp: a cotangent has not the type of the output that it is one of");
  (detail::require<detail::not_differentiable("vjp", Y::dtype, "an output")>(), ...);
  (detail::require<detail::not_differentiable("vjp", X::dtype, "what it is taken by")>(), ...);
  const std::vector<Array> y = detail::arrays_in(outputs), c = detail::arrays_in(cotangents),
                           x = detail::arrays_in(wrt);
  return detail::TensorsFrom<std::tuple<X...>>::of(
      vjp(std::span<const Array>(y), std::span<const Array>(c), std::span<const Array>(x), where));
}
template <TensorType Y, TensorType C, TensorType X>
X vjp(const Y& output, const C& cotangent, const X& wrt, std::source_location where = std::source_location::current()) {
  return std::get<0>(vjp(std::tuple<Y>(output), std::tuple<C>(cotangent), std::tuple<X>(wrt), where));
}

/// f(x...) and its directional derivative along the tangents: jvp(f, x, v), or jvp(f, std::tuple{x, y}, std::tuple{u,
/// v}) for a function of several. f returns a Tensor or a std::tuple of them; the result is a pair of the same.
template <class F, TensorType... X, TensorType... V>
auto jvp(const F& f, const std::tuple<X...>& primals, const std::tuple<V...>& tangents,
         std::source_location where = std::source_location::current()) {
  static_assert(std::is_same_v<std::tuple<X...>, std::tuple<V...>>,
                "jvp: a tangent has not the type of what it is a tangent of");
  const detail::OnArrays<F, X...> on_arrays{f};
  using Result = typename detail::OnArrays<F, X...>::Result;
  const std::vector<Array> x = detail::arrays_in(primals), v = detail::arrays_in(tangents);
  const detail::Tangents found = detail::jvp(on_arrays, x, v, where);
  using From = detail::TensorsFrom<Result>;
  return std::pair<Result, Result>(From::of(found.values), From::of(found.tangents));
}
template <class F, TensorType X, TensorType V>
auto jvp(const F& f, const X& primal, const V& tangent, std::source_location where = std::source_location::current()) {
  return jvp(f, std::tuple<X>(primal), std::tuple<V>(tangent), where);
}

/// d f(x) / d x: [out..., in...], where f(x) is [out...] and x is [in...].
template <class F, TensorType X>
auto jacobian(const F& f, const X& x, std::source_location where = std::source_location::current()) {
  using Y = std::remove_cvref_t<std::invoke_result_t<const F&, const X&>>;
  static_assert(is_tensor<Y>, "jacobian: the function returns no Tensor");
  static constexpr detail::JoinedAxes joined = detail::joined_axes("jacobian", Y::axes, X::axes);
  detail::require<detail::not_differentiable("jacobian", X::dtype, "the argument")>();
  detail::require<detail::not_differentiable("jacobian", Y::dtype, "the result")>();
  detail::require<joined.mistake>();
  using Result = detail::TensorOf<typename X::Element, joined.axes>;
  return Result::unchecked(
      jacobian([&](const Array& array) { return f(X::unchecked(array)).array(); }, x.array(), where));
}

/// Second derivatives of a scalar f(x): [in..., in...], where x is [in...].
template <class F, TensorType X>
auto hessian(const F& f, const X& x, std::source_location where = std::source_location::current()) {
  using Y = std::remove_cvref_t<std::invoke_result_t<const F&, const X&>>;
  static_assert(is_tensor<Y>, "hessian: the function returns no Tensor");
  static constexpr detail::JoinedAxes joined = detail::joined_axes("hessian", X::axes, X::axes);
  detail::require<detail::not_differentiable("hessian", X::dtype, "the argument")>();
  detail::require<detail::no_scalar("hessian", Y::dtype, Y::axes)>();
  detail::require<joined.mistake>();
  using Result = detail::TensorOf<typename X::Element, joined.axes>;
  return Result::unchecked(
      hessian([&](const Array& array) { return f(X::unchecked(array)).array(); }, x.array(), where));
}

/// hessian(f, x) times v, a tensor like x, without the Hessian.
template <class F, TensorType X, TensorType V>
X hessian_vector_product(const F& f, const X& x, const V& v,
                         std::source_location where = std::source_location::current()) {
  using Y = std::remove_cvref_t<std::invoke_result_t<const F&, const X&>>;
  static_assert(is_tensor<Y>, "hessian_vector_product: the function returns no Tensor");
  static_assert(std::is_same_v<X, V>, "hessian_vector_product: the vector has not the type of the argument");
  detail::require<detail::not_differentiable("hessian_vector_product", X::dtype, "the argument")>();
  detail::require<detail::no_scalar("hessian_vector_product", Y::dtype, Y::axes)>();
  return X::unchecked(hessian_vector_product([&](const Array& array) { return f(X::unchecked(array)).array(); },
                                             x.array(), v.array(), where));
}

}  // namespace tenon
