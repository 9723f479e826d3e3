// Lists of axes, how a call names one of them, and which axes fit each other.
#pragma once

#include <climits>

#include "tenon/core/shape.h"
#include "tenon/tensor/axis.h"

namespace tenon {

namespace detail {
[[noreturn]] inline void a_tensor_has_at_most_8_axes() { throw ShapeError("a tensor has at most 8 axes"); }
}  // namespace detail

/// The axes of a tensor's type, outermost first.
struct AxisList {
  Axis axes[max_rank] = {};
  int rank = 0;

  constexpr AxisList() = default;
  constexpr AxisList(std::initializer_list<Axis> list) {
    for (const Axis& axis : list) push_back(axis);
  }
  constexpr const Axis& operator[](int i) const { return axes[i]; }
  constexpr Axis& operator[](int i) { return axes[i]; }
  constexpr void push_back(const Axis& axis) {
    if (rank == max_rank) detail::a_tensor_has_at_most_8_axes();
    axes[rank++] = axis;
  }
  constexpr void erase(int position) {
    for (--rank; position < rank; ++position) axes[position] = axes[position + 1];
    axes[rank] = Axis();
  }
  constexpr void insert(int position, const Axis& axis) {
    push_back(axis);
    for (int i = rank - 1; i > position; --i) axes[i] = axes[i - 1];
    axes[position] = axis;
  }
  friend constexpr bool operator==(const AxisList&, const AxisList&) = default;
};

/// How a call names an axis of a tensor: by name (`"time"`, or an Axis), or by position (`0`, or `-1` from the
/// last).
struct AxisRef {
  Axis label;
  int code = 0;  // 0: by name; position + 1; or a negative position. Zero is not printed in messages.

  template <std::size_t N>
  constexpr AxisRef(const char (&name)[N]) : label(Axis(name).label()) {}
  constexpr AxisRef(const Axis& axis) : label(axis.label()) {}
  constexpr AxisRef(int position) : code(position < 0 ? position : position + 1) {}
  constexpr bool is_position() const { return code != 0; }
  constexpr int position() const { return code < 0 ? code : code - 1; }
  friend constexpr bool operator==(const AxisRef&, const AxisRef&) = default;
};

/// Among the axes of a reduction: the reduced axes stay, with size 1.
inline constexpr AxisRef keepdims = AxisRef(INT_MIN);

namespace detail {

inline constexpr int not_found = -1;
inline constexpr int found_twice = -2;

/// The position of the axis in [0, rank), `not_found` or `found_twice`.
constexpr int find(const AxisList& axes, const AxisRef& ref) {
  if (ref.is_position()) {
    const int position = ref.position() < 0 ? ref.position() + axes.rank : ref.position();
    return position >= 0 && position < axes.rank ? position : not_found;
  }
  int found = not_found;
  for (int i = 0; i < axes.rank; ++i)
    if (axes[i].label() == ref.label) found = found == not_found ? i : found_twice;
  return found;
}

/// Two axes as one.
struct Unified {
  bool fits = false;
  Axis axis;
};

/// Whether two axes are the same, and what is known of them together: equal names (a size on one side is
/// checked at run time on the other), a size and a name of that size, `any` and whatever.
constexpr Unified unify(const Axis& a, const Axis& b) {
  if (a == b || b.is_any()) return {true, a};
  if (a.is_any()) return {true, b};
  const std::int64_t a_size = a.size(), b_size = b.size();
  if (a_size != Axis::run_time && b_size != Axis::run_time && a_size != b_size) return {false, a};
  if (a.label() == b.label()) return {true, a_size != Axis::run_time ? a : b};
  if (a.is_number() && a_size == b_size) return {true, b};
  if (b.is_number() && a_size == b_size) return {true, a};
  return {false, a};
}

/// The same for elementwise operations, where an axis of size 1 repeats.
constexpr Unified broadcast(const Axis& a, const Axis& b) {
  if (a == Axis(1)) return {true, b};
  if (b == Axis(1)) return {true, a};
  return unify(a, b);
}

/// A name that the list has twice, else null.
constexpr const Axis* doubled_name(const AxisList& axes) {
  for (int i = 0; i < axes.rank; ++i)
    if (!axes.axes[i].is_number() && !axes.axes[i].is_any() && find(axes, AxisRef(axes.axes[i])) == found_twice)
      return &axes.axes[i];
  return nullptr;
}

/// The elements of tensors with these axes, with the sizes that are known multiplied out.
constexpr AxisProduct elements_of(const AxisList& axes) {
  AxisProduct product;
  for (int i = 0; i < axes.rank; ++i) product.multiply(axes.axes[i].view(), 1);
  product.use_sizes();
  return product;
}

}  // namespace detail
}  // namespace tenon
