// Fourier transforms along one axis: rfft<"time">(x), ifft<"time">(spectrum); see array/fft.h. Other sizes than the
// axis' own come of slice and pad.
#pragma once

#include "tenon/array/fft.h"
#include "tenon/tensor/create.h"
#include "tenon/tensor/elementwise_math.h"
#include "tenon/tensor/movement.h"

namespace tenon {

namespace detail {

template <class X>
Complex<Array> arrays_of(const Complex<X>& x) {
  return {x.real.array(), x.imag.array()};
}

template <class T, AxisList axes>
auto complex_result(const Complex<Array>& y, const std::source_location& where) {
  using Part = TensorOf<T, axes>;
  return Complex<Part>{Part(y.real, where), Part(y.imag, where)};
}

constexpr Mistake not_transformed(std::string_view op, const AxisPlan& plan) {
  if (!plan.mistake.empty() || plan.axes[plan.position].size() != 0) return plan.mistake;
  return mistake(op, ": axis 0 of ", plan.axes, " has no elements");
}

// The axis becomes one of `size` elements (run_time: not known) that the caller may have named.
constexpr void rename_result(AxisPlan& plan, std::string_view op, const Axis& given, std::int64_t size) {
  const AxisList before = plan.axes;
  Axis& axis = plan.axes[plan.position];
  if (given.is_fixed() && size != Axis::run_time && given.size() != size) {
    plan.mistake = mistake(op, ": axis ", axis, " of ", before, " becomes one of ", size, ", not ", given);
    return;
  }
  if (size == Axis::run_time)
    axis = given;
  else
    axis = given.is_any() ? Axis(size) : renamed(Axis(size), given.label());
  if (const Axis* twice = doubled_name(plan.axes))
    plan.mistake = mistake(op, ": ", plan.axes, " has two axes ", twice->label());
}

constexpr AxisPlan rfft_plan(const AxisList& axes, const AxisRef& ref, const Axis& frequency) {
  AxisPlan plan = axis_plan("rfft", axes, ref);
  plan.mistake = not_transformed("rfft", plan);
  if (!plan.mistake.empty()) return plan;
  const std::int64_t n = axes[plan.position].size();
  rename_result(plan, "rfft", frequency, n == Axis::run_time ? n : n / 2 + 1);
  return plan;
}

constexpr AxisPlan irfft_plan(const AxisList& axes, const AxisRef& ref, const Axis& n, std::string_view op = "irfft") {
  AxisPlan plan = axis_plan(op, axes, ref);
  plan.mistake = not_transformed(op, plan);
  if (!plan.mistake.empty()) return plan;
  const std::int64_t frequencies = axes[plan.position].size();
  if (n.is_fixed() && (n.size() == 0 || (frequencies != Axis::run_time && n.size() / 2 + 1 != frequencies))) {
    plan.mistake = mistake(op, ": ", n, " elements have not the ", Axis(frequencies), " frequencies of axis ",
                           axes[plan.position], " of ", axes);
    return plan;
  }
  const bool is_known = n.is_fixed() || frequencies != Axis::run_time;
  rename_result(plan, op, n, !is_known ? Axis::run_time : n.is_fixed() ? n.size() : 2 * (frequencies - 1));
  return plan;
}

constexpr AxesPlan fftn_plan(std::string_view op, const AxisList& axes, std::initializer_list<AxisRef> refs) {
  AxesPlan plan = axes_plan(op, axes, refs);
  if (!plan.mistake.empty()) return plan;
  if (plan.count == 0) plan.mistake = mistake(op, ": ", axes, " has no axis");
  for (int i = 0; i < plan.count; ++i)
    if (axes[plan.positions[i]].size() == 0) plan.mistake = mistake(op, ": axis 0 of ", axes, " has no elements");
  return plan;
}

inline FftnOptions fftn_options(const AxesPlan& plan, FftNorm norm) { return {.axes = plan.list(), .norm = norm}; }

// Along the last of the axes as rfft_plan and irfft_plan have it.
constexpr AxesPlan rfftn_plan(std::string_view op, const AxisList& axes, std::initializer_list<AxisRef> refs,
                              const Axis& frequency) {
  AxesPlan plan = fftn_plan(op, axes, refs);
  if (!plan.mistake.empty()) return plan;
  AxisPlan last{{}, axes, plan.positions[plan.count - 1]};
  const std::int64_t n = axes[last.position].size();
  rename_result(last, op, frequency, n == Axis::run_time ? n : n / 2 + 1);
  plan.mistake = last.mistake;
  plan.axes = last.axes;
  return plan;
}
constexpr AxesPlan irfftn_plan(std::string_view op, const AxisList& axes, std::initializer_list<AxisRef> refs,
                               const Axis& n) {
  AxesPlan plan = fftn_plan(op, axes, refs);
  if (!plan.mistake.empty()) return plan;
  const AxisPlan last = irfft_plan(axes, plan.positions[plan.count - 1], n, op);
  plan.mistake = last.mistake;
  plan.axes = last.axes;
  return plan;
}

constexpr AxisPlan real_view_plan(const AxisList& axes) {
  AxisPlan plan = unsqueeze_plan(axes, -1, 1);
  if (plan.mistake.empty()) plan.axes[plan.position] = Axis(2);
  return plan;
}
constexpr AxisPlan complex_view_plan(const AxisList& axes) {
  AxisPlan plan = remove_plan("view_as_complex", axes, -1);
  if (plan.mistake.empty() && axes[axes.rank - 1].size() != 2 && !axes[axes.rank - 1].is_any())
    plan.mistake = mistake("view_as_complex: the last axis of ", axes, " is not 2, real and imaginary part");
  return plan;
}

// Throws ShapeError unless n elements have so many frequencies.
inline void check_frequencies(std::int64_t frequencies, std::int64_t n, const std::source_location& where,
                              const std::string& op = "irfft") {
  if (frequencies != n / 2 + 1)
    throw ShapeError(op + ": " + std::to_string(n) + " elements have " + std::to_string(n / 2 + 1) +
                         " frequencies, not " + std::to_string(frequencies) + "; slice or pad them",
                     where);
}

}  // namespace detail

/// The axes stay.
template <AxisRef axis = -1, TensorType X>
auto fft(const Complex<X>& x, FftNorm norm = FftNorm::backward,
         std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::axis_plan("fft", X::axes, axis);
  detail::require<detail::not_transformed("fft", plan)>();
  return detail::complex_result<detail::FloatingType<typename X::Element>, X::axes>(
      fft(detail::arrays_of(x), {.axis = plan.position, .norm = norm}, where), where);
}
template <AxisRef axis = -1, TensorType X>
auto fft(const X& x, FftNorm norm = FftNorm::backward, std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::axis_plan("fft", X::axes, axis);
  detail::require<detail::not_transformed("fft", plan)>();
  return detail::complex_result<detail::FloatingType<typename X::Element>, X::axes>(
      fft(x.array(), {.axis = plan.position, .norm = norm}, where), where);
}
template <AxisRef axis = -1, TensorType X>
auto ifft(const Complex<X>& x, FftNorm norm = FftNorm::backward,
          std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::axis_plan("ifft", X::axes, axis);
  detail::require<detail::not_transformed("ifft", plan)>();
  return detail::complex_result<detail::FloatingType<typename X::Element>, X::axes>(
      ifft(detail::arrays_of(x), {.axis = plan.position, .norm = norm}, where), where);
}

/// The frequencies 0 to n / 2 of real numbers. The axis is n / 2 + 1 where n is fixed and `any` where it is not;
/// rfft<"time", "frequency">(x) names it.
template <AxisRef axis = -1, Axis frequency = any, TensorType X>
auto rfft(const X& x, FftNorm norm = FftNorm::backward, std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::rfft_plan(X::axes, axis, frequency);
  detail::require<plan.mistake>();
  return detail::complex_result<detail::FloatingType<typename X::Element>, plan.axes>(
      rfft(x.array(), {.axis = plan.position, .norm = norm}, where), where);
}
/// Its inverse: irfft<"frequency", 1024>(y), irfft<"frequency", Axis{"time", 1024}>(y). Without a size the result has
/// the even one, 2 (m - 1) for m frequencies.
template <AxisRef axis = -1, Axis n = any, TensorType X>
auto irfft(const Complex<X>& x, FftNorm norm = FftNorm::backward,
           std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::irfft_plan(X::axes, axis, n);
  detail::require<plan.mistake>();
  FftOptions options{.axis = plan.position, .norm = norm};
  if constexpr (n.is_fixed()) {
    detail::check_frequencies(x.real.shape()[plan.position], n.size(), where);
    options.n = n.size();
  }
  using Result = detail::TensorOf<detail::FloatingType<typename X::Element>, plan.axes>;
  return Result(irfft(detail::arrays_of(x), options, where), where);
}

/// Along several axes, or all where none is named: fftn<"height", "width">(x). The axes stay.
template <AxisRef... axes, TensorType X>
auto fftn(const Complex<X>& x, FftNorm norm = FftNorm::backward,
          std::source_location where = std::source_location::current()) {
  static constexpr detail::AxesPlan plan = detail::fftn_plan("fftn", X::axes, {axes...});
  detail::require<plan.mistake>();
  return detail::complex_result<detail::FloatingType<typename X::Element>, X::axes>(
      fftn(detail::arrays_of(x), detail::fftn_options(plan, norm), where), where);
}
template <AxisRef... axes, TensorType X>
auto ifftn(const Complex<X>& x, FftNorm norm = FftNorm::backward,
           std::source_location where = std::source_location::current()) {
  static constexpr detail::AxesPlan plan = detail::fftn_plan("ifftn", X::axes, {axes...});
  detail::require<plan.mistake>();
  return detail::complex_result<detail::FloatingType<typename X::Element>, X::axes>(
      ifftn(detail::arrays_of(x), detail::fftn_options(plan, norm), where), where);
}
/// Of real numbers, with the half spectrum along the last axis named: its size is n / 2 + 1 where n is fixed and `any`
/// where it is not.
template <AxisRef... axes, TensorType X>
auto rfftn(const X& x, FftNorm norm = FftNorm::backward, std::source_location where = std::source_location::current()) {
  static constexpr detail::AxesPlan plan = detail::rfftn_plan("rfftn", X::axes, {axes...}, any);
  detail::require<plan.mistake>();
  return detail::complex_result<detail::FloatingType<typename X::Element>, plan.axes>(
      rfftn(x.array(), detail::fftn_options(plan, norm), where), where);
}
/// Its inverse, with the even size 2 (m - 1) for m frequencies; irfft<"width", 9>(ifftn<"height">(y)) has an odd one.
template <AxisRef... axes, TensorType X>
auto irfftn(const Complex<X>& x, FftNorm norm = FftNorm::backward,
            std::source_location where = std::source_location::current()) {
  static constexpr detail::AxesPlan plan = detail::irfftn_plan("irfftn", X::axes, {axes...}, any);
  detail::require<plan.mistake>();
  using Result = detail::TensorOf<detail::FloatingType<typename X::Element>, plan.axes>;
  return Result(irfftn(detail::arrays_of(x), detail::fftn_options(plan, norm), where), where);
}

/// Along two axes, the last two by default. The frequencies of rfft2, and the size and name of irfft2, are those of
/// rfft and irfft along the second one: irfft2<-2, -1, Axis{"width", 9}>(y).
template <AxisRef first = -2, AxisRef second = -1, TensorType X>
auto fft2(const Complex<X>& x, FftNorm norm = FftNorm::backward,
          std::source_location where = std::source_location::current()) {
  static constexpr detail::AxesPlan plan = detail::fftn_plan("fft2", X::axes, {first, second});
  detail::require<plan.mistake>();
  return detail::complex_result<detail::FloatingType<typename X::Element>, X::axes>(
      fft2(detail::arrays_of(x), detail::fftn_options(plan, norm), where), where);
}
template <AxisRef first = -2, AxisRef second = -1, TensorType X>
auto ifft2(const Complex<X>& x, FftNorm norm = FftNorm::backward,
           std::source_location where = std::source_location::current()) {
  static constexpr detail::AxesPlan plan = detail::fftn_plan("ifft2", X::axes, {first, second});
  detail::require<plan.mistake>();
  return detail::complex_result<detail::FloatingType<typename X::Element>, X::axes>(
      ifft2(detail::arrays_of(x), detail::fftn_options(plan, norm), where), where);
}
template <AxisRef first = -2, AxisRef second = -1, Axis frequency = any, TensorType X>
auto rfft2(const X& x, FftNorm norm = FftNorm::backward, std::source_location where = std::source_location::current()) {
  static constexpr detail::AxesPlan plan = detail::rfftn_plan("rfft2", X::axes, {first, second}, frequency);
  detail::require<plan.mistake>();
  return detail::complex_result<detail::FloatingType<typename X::Element>, plan.axes>(
      rfft2(x.array(), detail::fftn_options(plan, norm), where), where);
}
template <AxisRef first = -2, AxisRef second = -1, Axis n = any, TensorType X>
auto irfft2(const Complex<X>& x, FftNorm norm = FftNorm::backward,
            std::source_location where = std::source_location::current()) {
  static constexpr detail::AxesPlan plan = detail::irfftn_plan("irfft2", X::axes, {first, second}, n);
  detail::require<plan.mistake>();
  FftnOptions options = detail::fftn_options(plan, norm);
  if constexpr (n.is_fixed()) {
    const Shape& shape = x.real.shape();
    detail::check_frequencies(shape[plan.positions[1]], n.size(), where, "irfft2");
    options.sizes = {shape[plan.positions[0]], n.size()};
  }
  using Result = detail::TensorOf<detail::FloatingType<typename X::Element>, plan.axes>;
  return Result(irfft2(detail::arrays_of(x), options, where), where);
}

/// Frequency 0 to the middle of axes, and back; of all axes where none is named, as for Arrays.
template <AxisRef... axes, TensorType X>
X fftshift(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::AxesPlan plan = detail::axes_plan("fftshift", X::axes, {axes...});
  detail::require<plan.mistake>();
  return X::unchecked(fftshift(x.array(), plan.list(), where));
}
template <AxisRef... axes, TensorType X>
X ifftshift(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::AxesPlan plan = detail::axes_plan("ifftshift", X::axes, {axes...});
  detail::require<plan.mistake>();
  return X::unchecked(ifftshift(x.array(), plan.list(), where));
}

/// The frequencies of n elements, in cycles for each unit of `spacing`: fftfreq<float, 16>(16), rfftfreq<double,
/// "frequency">(n, 0.1). Throw ShapeError when the axis has another size.
template <class X, Axis... A>
auto fftfreq(std::int64_t n, double spacing = 1, std::source_location where = std::source_location::current()) {
  using Result = detail::TensorNamed_t<X, A...>;
  detail::require<detail::not_floating("fftfreq", Result::dtype)>();
  return Result(fftfreq(n, spacing, Result::dtype, where), where);
}
template <class X, Axis... A>
auto rfftfreq(std::int64_t n, double spacing = 1, std::source_location where = std::source_location::current()) {
  using Result = detail::TensorNamed_t<X, A...>;
  detail::require<detail::not_floating("rfftfreq", Result::dtype)>();
  return Result(rfftfreq(n, spacing, Result::dtype, where), where);
}

/// [..., 2]: real parts, then imaginary ones.
template <TensorType X>
auto view_as_real(const Complex<X>& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::real_view_plan(X::axes);
  detail::require<plan.mistake>();
  return detail::TensorOf<typename X::Element, plan.axes>::unchecked(view_as_real(detail::arrays_of(x), where));
}
template <TensorType X>
auto view_as_complex(const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::complex_view_plan(X::axes);
  detail::require<plan.mistake>();
  return detail::complex_result<typename X::Element, plan.axes>(view_as_complex(x.array(), where), where);
}

}  // namespace tenon
