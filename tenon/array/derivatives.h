// Derivatives beyond the gradient: forward mode, Jacobians, Hessians.
#pragma once

#include <functional>
#include <initializer_list>

#include "tenon/array/functions.h"

namespace tenon {

namespace detail {
struct Tangents {
  std::vector<Array> values, tangents;
};
Tangents jvp(const std::function<std::vector<Array>(const std::vector<Array>&)>& f, std::span<const Array> primals,
             std::span<const Array> tangents, const std::source_location& where);
Array jacobian(const std::function<Array(const Array&)>& f, const Array& x, const std::source_location& where);
Array hessian(const std::function<Array(const Array&)>& f, const Array& x, const std::source_location& where);
std::vector<Array> hessian_vector_product(const std::function<Array(const std::vector<Array>&)>& f,
                                          std::span<const Array> x, std::span<const Array> v,
                                          const std::source_location& where);
}  // namespace detail

/// Forward mode: f(primals) and its directional derivative, for each output the sum over i of
/// d output / d primals[i] * tangents[i], in the output's type and shape. f takes a std::vector<Array> and returns an
/// Array or a std::vector<Array>; a pair of the same is the result.
///
/// It is the gradient, with respect to u, of the gradient of f with cotangents u, which is linear in u: exact, at about
/// twice the operations of f, and f may hold whatever has a gradient. Throws ShapeError or DTypeError when a tangent
/// does not fit its primal, ValueError for another number of tangents, GradientError for an output or primal that is
/// not floating and for a custom function whose backward is not linear in its cotangents.
template <class F>
auto jvp(const F& f, std::span<const Array> primals, std::span<const Array> tangents,
         std::source_location where = std::source_location::current()) {
  using Result = detail::ResultOf<F>;
  auto [values, derivatives] =
      detail::jvp([&](const std::vector<Array>& x) { return detail::as_arrays(f(x)); }, primals, tangents, where);
  return std::pair<Result, Result>(detail::from_arrays<Result>(std::move(values)),
                                   detail::from_arrays<Result>(std::move(derivatives)));
}
template <class F>
auto jvp(const F& f, std::initializer_list<Array> primals, std::initializer_list<Array> tangents,
         std::source_location where = std::source_location::current()) {
  return jvp(f, std::span(primals.begin(), primals.size()), std::span(tangents.begin(), tangents.size()), where);
}

// In what follows f is a function of one Array. It is a template parameter so that functions of tensors, which have
// overloads of their own (tensor/derivatives.h), are not tried on Arrays.

/// d f(x) / d x: [out..., in...], where f(x) is [out...] and x is [in...], both floating; in the type of x. Reverse
/// mode for all elements of f(x) at once. Throws GradientError when one of the two is not floating, ShapeError when
/// they have more than 8 axes together.
template <class F>
Array jacobian(const F& f, const Array& x, std::source_location where = std::source_location::current()) {
  return detail::jacobian(f, x, where);
}

/// Second derivatives of a floating scalar f(x): [in..., in...], where x is [in...]. Throws GradientError when f(x) is
/// no floating scalar.
template <class F>
Array hessian(const F& f, const Array& x, std::source_location where = std::source_location::current()) {
  return detail::hessian(f, x, where);
}

/// hessian(f, x) times v, summed over the last axes, without the Hessian: for about the cost of two gradients. v and
/// the result are of the type and shape of x. Throws as `hessian`, and ShapeError or DTypeError when v does not fit x.
template <class F>
Array hessian_vector_product(const F& f, const Array& x, const Array& v,
                             std::source_location where = std::source_location::current()) {
  return detail::hessian_vector_product([&](const std::vector<Array>& arrays) { return f(arrays[0]); },
                                        std::span(&x, 1), std::span(&v, 1), where)[0];
}
/// The same for a function of a std::vector<Array>, with one v and one result for each of them. Throws ValueError for
/// another number of v.
template <class F>
std::vector<Array> hessian_vector_product(const F& f, std::span<const Array> x, std::span<const Array> v,
                                          std::source_location where = std::source_location::current()) {
  return detail::hessian_vector_product(f, x, v, where);
}

}  // namespace tenon
