// Complex numbers as two real arrays or tensors: a struct like any other, so that compile, gradients and trees take it.
#pragma once

#include "tenon/array/elementwise.h"

namespace tenon {

/// real + i imag, two of one shape and element type. `A` is an Array or a Tensor.
template <class A>
struct Complex {
  A real, imag;
};
template <class A>
Complex(A, A) -> Complex<A>;

namespace detail {
template <class X>
inline constexpr bool is_complex = false;
template <class A>
inline constexpr bool is_complex<Complex<A>> = true;
}  // namespace detail

// Shapes are broadcast as those of real operands are.
template <class A, class B>
auto operator+(const Complex<A>& a, const Complex<B>& b) {
  return Complex{a.real + b.real, a.imag + b.imag};
}
template <class A, class B>
auto operator-(const Complex<A>& a, const Complex<B>& b) {
  return Complex{a.real - b.real, a.imag - b.imag};
}
template <class A>
auto operator-(const Complex<A>& x) {
  return Complex{-x.real, -x.imag};
}
template <class A, class B>
auto operator*(const Complex<A>& a, const Complex<B>& b) {
  return Complex{a.real * b.real - a.imag * b.imag, a.real * b.imag + a.imag * b.real};
}
/// Times a real number, Array or Tensor.
template <class A, class B>
  requires(!detail::is_complex<B>)
auto operator*(const Complex<A>& a, const B& scale) {
  return Complex{a.real * scale, a.imag * scale};
}

/// real - i imag
template <class A>
auto conj(const Complex<A>& x) {
  return Complex{x.real, -x.imag};
}
/// The modulus, without overflow. Its gradient at 0 is NaN.
template <class A>
auto abs(const Complex<A>& x) {
  return hypot(x.real, x.imag);
}
/// The argument in [-pi, pi], in radians. Its gradient at 0 is NaN.
template <class A>
auto angle(const Complex<A>& x) {
  return atan2(x.imag, x.real);
}
/// The number of this modulus and argument (radians).
template <class A>
auto polar(const A& modulus, const A& argument) {
  return Complex{modulus * cos(argument), modulus * sin(argument)};
}

/// [...] complex -> [..., 2]: the real parts, then the imaginary ones. Throws ShapeError when the two differ in shape.
Array view_as_real(const Complex<Array>& x, std::source_location where = std::source_location::current());
/// [..., 2] -> [...] complex. Throws ShapeError when the last axis has not size 2.
Complex<Array> view_as_complex(const Array& x, std::source_location where = std::source_location::current());

}  // namespace tenon
