// Tensor: an Array whose element type and axes are in the C++ type.
//
// Tensor<float, "batch", 784> holds one Array and nothing else. The ops on tensors (ops.h) check axes and
// element types at compile time and compute the result's type; they call the op of the same name on Arrays.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

#include "tenon/tensor/cast.h"
#include "tenon/tensor/elementwise_table.h"

namespace tenon {

template <class T, Axis... A>
class Tensor;

template <class X>
inline constexpr bool is_tensor = false;
template <class T, Axis... A>
inline constexpr bool is_tensor<Tensor<T, A...>> = true;

template <class X>
concept TensorType = is_tensor<X>;

namespace detail {

/// The place of an operator's call, caught while an operand is converted: operators have no default
/// arguments.
template <class X>
struct Located {
  const X& value;
  std::source_location where;
  Located(const X& x, std::source_location place = std::source_location::current()) : value(x), where(place) {}
};

template <class X>
concept OperatorOperand = std::is_arithmetic_v<X> || std::is_same_v<X, Array>;

// In elementwise.h.
template <Binary op, class A, class B>
auto binary(const A& a, const B& b, const std::source_location& where);
template <Unary op, class X>
auto unary(const X& x, const std::source_location& where);

// In indexing.h.
struct Absent {};
template <class X, class... Items>
auto at(const X& x, const std::source_location& where, const Items&... items);

// Compilers explain a concept at length.
template <class T>
inline constexpr bool is_element = Element<T>;

// How sizes given by a user are spread over a type's axes: one for each name, and one for each `any`.
struct SizeSlots {
  int slot[max_rank] = {};  // of each axis; -1: fixed
  int count = 0;
  AxisList names;
};

constexpr SizeSlots size_slots(const AxisList& axes) {
  SizeSlots slots;
  for (int i = 0; i < axes.rank; ++i) {
    slots.slot[i] = -1;
    if (axes[i].is_fixed()) continue;
    for (int j = 0; j < i && !axes[i].is_any(); ++j)
      if (axes[j] == axes[i]) slots.slot[i] = slots.slot[j];
    if (slots.slot[i] >= 0) continue;
    slots.slot[i] = slots.count++;
    slots.names.push_back(axes[i]);
  }
  return slots;
}

}  // namespace detail

/// The sizes of the axes of X that its type leaves open: one for each name, in the order of their first
/// appearance, and one for each `any`.
template <TensorType X>
class RunTimeSizes {
 public:
  static constexpr detail::SizeSlots slots = detail::size_slots(X::axes);

  template <std::integral... Size>
  constexpr RunTimeSizes(Size... sizes) : sizes_{static_cast<std::int64_t>(sizes)...} {
    if constexpr (static_cast<int>(sizeof...(Size)) != slots.count)
      detail::require<detail::mistake("sizes: ", X::axes, " takes ", slots.count, " of ", slots.names, ", not ",
                                      sizeof...(Size))>();
  }
  Shape shape() const {
    Shape shape;
    for (int i = 0; i < X::rank; ++i) {
      const int slot = slots.slot[i];
      shape.push_back(slot < 0 ? fixed.sizes[i] : sizes_[slot]);
    }
    return shape;
  }

 private:
  friend X;
  static constexpr detail::FixedSizes fixed = detail::fixed_sizes(X::axes);

  std::int64_t sizes_[max_rank] = {};
};

/// A tensor of elements T (float, double, Float16, BFloat16, std::int8_t, std::int16_t, std::int32_t, std::int64_t,
/// std::uint8_t, std::uint32_t or bool) with these axes, outermost first. Value semantics, as Array; Tensor<T> is a
/// scalar.
///
/// Converts to Array, and to tensor types that know less: a named axis to `any`, Axis{"embd", 768} to "embd"
/// or 768. Any other conversion between tensor types is a compile error.
template <class T, Axis... A>
class Tensor {
  static_assert(detail::is_element<T>,
                "elements are bool, int8, int16, int32, int64, uint8, uint32, Float16, BFloat16, float or double");
  static_assert(sizeof...(A) <= max_rank, "a tensor has at most 8 axes");

 public:
  using Element = T;
  static constexpr DType dtype = dtype_of<T>;
  static constexpr int rank = sizeof...(A);
  static constexpr AxisList axes{A...};

  /// No value yet, as Array().
  Tensor() = default;

  /// Checks element type, rank and sizes. Throws DTypeError, and ShapeError that names the axis that does not
  /// fit. A name that occurs twice must have one size, and composed axes ("4*embd") the size that the others
  /// give them.
  explicit Tensor(const Array& array, std::source_location where = std::source_location::current()) : array_(array) {
    detail::check_cast(array, dtype, axes, detail::cast_plan_of<Tensor>, where);
  }

  /// A scalar, as data: see Array(T).
  explicit Tensor(T value, std::source_location where = std::source_location::current())
    requires(rank == 0)
      : array_(value, where) {}

  /// From a type that knows more.
  template <class U, Axis... B>
  Tensor(const Tensor<U, B...>& other) : array_(other.array()) {
    detail::require<detail::conversion_mistake(dtype_of<U>, Tensor<U, B...>::axes, dtype, axes)>();
  }

  /// Copies data, row-major, to the default device. Without sizes, the one size that the type leaves open is
  /// worked out. Throws ShapeError when the data has another length.
  static Tensor from(std::span<const T> data, const RunTimeSizes<Tensor>& sizes,
                     std::source_location where = std::source_location::current()) {
    return Tensor(Array::from(data, sizes.shape(), where), where);
  }
  static Tensor from(std::initializer_list<T> data, const RunTimeSizes<Tensor>& sizes,
                     std::source_location where = std::source_location::current()) {
    return from(std::span<const T>(data.begin(), data.size()), sizes, where);
  }
  static Tensor from(std::span<const T> data, std::source_location where = std::source_location::current()) {
    return from(data, deduced_sizes(data.size()), where);
  }
  static Tensor from(std::initializer_list<T> data, std::source_location where = std::source_location::current()) {
    return from(std::span<const T>(data.begin(), data.size()), where);
  }

  /// Takes an array that is known to fit.
  static Tensor unchecked(Array array) {
    Tensor tensor;
    tensor.array_ = std::move(array);
    return tensor;
  }

  const Array& array() const { return array_; }
  operator const Array&() const { return array_; }

  const Shape& shape() const { return array_.shape(); }
  std::int64_t elements() const { return array_.elements(); }
  /// The size of one axis: `x.size<"batch">()`, `x.size<-1>()`.
  template <AxisRef ref>
  std::int64_t size() const {
    constexpr int axis = detail::find(axes, ref);
    if constexpr (axis < 0) {
      detail::require<detail::missing_axis("size", axes, ref, axis)>();
      return 0;
    } else if constexpr (axes[axis].is_fixed()) {
      return axes[axis].size();
    } else {
      return array_.shape()[axis];
    }
  }

  /// A part of the tensor, as NumPy's x[...]: x.at(0, range(1, none), new_axis); see indexing.h.
  template <class A0, class A1 = detail::Absent, class A2 = detail::Absent, class A3 = detail::Absent,
            class A4 = detail::Absent, class A5 = detail::Absent, class A6 = detail::Absent, class A7 = detail::Absent>
  auto at(const A0& i0, const A1& i1 = {}, const A2& i2 = {}, const A3& i3 = {}, const A4& i4 = {}, const A5& i5 = {},
          const A6& i6 = {}, const A7& i7 = {}, std::source_location where = std::source_location::current()) const {
    return detail::at(*this, where, i0, i1, i2, i3, i4, i5, i6, i7);
  }

  /// The value of a tensor of one element; throws ShapeError when there are more.
  T item() const { return array_.template item<T>(); }
  /// All elements, row-major.
  std::vector<T> to_vector() const { return array_.template to_vector<T>(); }
  /// Whether it has a value at all.
  explicit operator bool() const { return static_cast<bool>(array_); }

  /// Elementwise, with broadcasting: see elementwise.h. The other operand is a tensor of the same element
  /// type or a number. Friends, one set for each type, so that errors know the place of the call.
  friend auto operator-(const detail::Located<Tensor>& x) {
    return detail::unary<detail::Unary::neg>(x.value, x.where);
  }
  template <class B>
  friend auto operator+(const detail::Located<Tensor>& a, const B& b) {
    return detail::binary<detail::Binary::add>(a.value, b, a.where);
  }
  template <detail::OperatorOperand B>
  friend auto operator+(const B& a, const detail::Located<Tensor>& b) {
    return detail::binary<detail::Binary::add>(a, b.value, b.where);
  }
  template <class B>
  friend auto operator-(const detail::Located<Tensor>& a, const B& b) {
    return detail::binary<detail::Binary::sub>(a.value, b, a.where);
  }
  template <detail::OperatorOperand B>
  friend auto operator-(const B& a, const detail::Located<Tensor>& b) {
    return detail::binary<detail::Binary::sub>(a, b.value, b.where);
  }
  template <class B>
  friend auto operator*(const detail::Located<Tensor>& a, const B& b) {
    return detail::binary<detail::Binary::mul>(a.value, b, a.where);
  }
  template <detail::OperatorOperand B>
  friend auto operator*(const B& a, const detail::Located<Tensor>& b) {
    return detail::binary<detail::Binary::mul>(a, b.value, b.where);
  }
  template <class B>
  friend auto operator/(const detail::Located<Tensor>& a, const B& b) {
    return detail::binary<detail::Binary::div>(a.value, b, a.where);
  }
  template <detail::OperatorOperand B>
  friend auto operator/(const B& a, const detail::Located<Tensor>& b) {
    return detail::binary<detail::Binary::div>(a, b.value, b.where);
  }
  template <class B>
  friend auto operator<(const detail::Located<Tensor>& a, const B& b) {
    return detail::binary<detail::Binary::less>(a.value, b, a.where);
  }
  template <detail::OperatorOperand B>
  friend auto operator<(const B& a, const detail::Located<Tensor>& b) {
    return detail::binary<detail::Binary::less>(a, b.value, b.where);
  }
  template <class B>
  friend auto operator<=(const detail::Located<Tensor>& a, const B& b) {
    return detail::binary<detail::Binary::less_equal>(a.value, b, a.where);
  }
  template <detail::OperatorOperand B>
  friend auto operator<=(const B& a, const detail::Located<Tensor>& b) {
    return detail::binary<detail::Binary::less_equal>(a, b.value, b.where);
  }
  template <class B>
  friend auto operator>(const detail::Located<Tensor>& a, const B& b) {
    return detail::binary<detail::Binary::greater>(a.value, b, a.where);
  }
  template <detail::OperatorOperand B>
  friend auto operator>(const B& a, const detail::Located<Tensor>& b) {
    return detail::binary<detail::Binary::greater>(a, b.value, b.where);
  }
  template <class B>
  friend auto operator>=(const detail::Located<Tensor>& a, const B& b) {
    return detail::binary<detail::Binary::greater_equal>(a.value, b, a.where);
  }
  template <detail::OperatorOperand B>
  friend auto operator>=(const B& a, const detail::Located<Tensor>& b) {
    return detail::binary<detail::Binary::greater_equal>(a, b.value, b.where);
  }
  template <class B>
  Tensor& operator+=(const B& b) {
    return *this = *this + b;
  }
  template <class B>
  Tensor& operator-=(const B& b) {
    return *this = *this - b;
  }
  template <class B>
  Tensor& operator*=(const B& b) {
    return *this = *this * b;
  }
  template <class B>
  Tensor& operator/=(const B& b) {
    return *this = *this / b;
  }

 private:
  static RunTimeSizes<Tensor> deduced_sizes(std::size_t count) {
    using Open = RunTimeSizes<Tensor>;
    Open sizes = no_sizes<Open>(std::make_index_sequence<static_cast<std::size_t>(Open::slots.count)>());
    if constexpr (Open::slots.count == 1) {
      std::int64_t known = 1;
      int open_axes = 0;
      for (int i = 0; i < rank; ++i) {
        if (Open::slots.slot[i] < 0)
          known *= Open::fixed.sizes[i];
        else
          ++open_axes;
      }
      if (open_axes == 1 && known > 0) sizes.sizes_[0] = static_cast<std::int64_t>(count) / known;
    } else if constexpr (Open::slots.count > 1) {
      detail::require<detail::mistake("from: ", axes, " takes the sizes of ", Open::slots.names)>();
    }
    return sizes;
  }
  template <class Open, std::size_t... I>
  static Open no_sizes(std::index_sequence<I...>) {
    return Open(static_cast<std::int64_t>(I * 0)...);
  }

  Array array_;
};

namespace detail {

template <class T, AxisList list, class Indices>
struct TensorOfList;
template <class T, AxisList list, int... i>
struct TensorOfList<T, list, std::integer_sequence<int, i...>> {
  using type = Tensor<T, list.axes[i]...>;
};

template <class T, AxisList list>
struct TensorOfAxes : TensorOfList<T, list, std::make_integer_sequence<int, list.rank>> {};

/// Tensor<T, axes of the list...>
template <class T, AxisList list>
using TensorOf = typename TensorOfAxes<T, list>::type;

/// The result of an op: the array fits by construction, unless an axis was `any`.
template <class Result, bool has_any>
Result result(Array&& array, const std::source_location& where) {
  if constexpr (has_any)
    return Result(array, where);
  else
    return Result::unchecked(std::move(array));
}

template <class X>
Bound bound(const X& x) {
  return {x.array(), X::axes};
}

template <class X, Axis... A>
struct TensorNamed {
  using type = Tensor<X, A...>;
};
template <TensorType X>
struct TensorNamed<X> {
  using type = X;
};
/// Tensor<float, "batch", 784>, from itself or from `float, "batch", 784`.
template <class X, Axis... A>
using TensorNamed_t = typename TensorNamed<X, A...>::type;

}  // namespace detail

/// `as<float, "batch", 784>(array)` or `as<Pixels>(array)`: the checked cast, as the constructor.
template <class X, Axis... A>
auto as(const Array& array, std::source_location where = std::source_location::current()) {
  return detail::TensorNamed_t<X, A...>(array, where);
}

/// Computes the values of these tensors, together.
template <TensorType... X>
void eval(const X&... tensors) {
  const Array arrays[] = {tensors.array()...};
  eval(std::span<const Array>(arrays));
}

}  // namespace tenon
