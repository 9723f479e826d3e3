// Operands of the elementwise ops: an Array, or a C++ number that takes on the element type of the arrays
// beside it.
#pragma once

#include <concepts>
#include <source_location>
#include <string_view>

#include "tenon/array/array.h"

namespace tenon {

/// The type of a mix: bool < integers < floating types, and within a kind the smallest type that holds both
/// (the array API standard's table; an integer with a floating type gives the floating type, as in PyTorch).
DType promote(DType a, DType b);

/// A number is weakly typed: it takes the arrays' type when its kind (bool, integer, floating) is not above
/// theirs, else int64 or float32. Numbers written into an expression become constants of the graph: a value
/// that changes from step to step belongs in an Array.
///
/// As a parameter type it also records where the call was written, which a default argument of an operator
/// could not.
class Operand {
 public:
  Operand(const Array& array, std::source_location place = std::source_location::current())
      : node_(&array.node_ref()), where(place) {}
  template <class T>
    requires(std::integral<T> || std::floating_point<T>)
  Operand(T value, std::source_location place = std::source_location::current())
      : number_(static_cast<double>(value)),
        kind_(std::is_same_v<T, bool> ? DType::boolean
              : std::integral<T>      ? DType::i64
                                      : DType::f32),
        where(place) {}

  /// Null for a number.
  const NodeRef* node() const { return node_; }
  double number() const { return number_; }
  /// The array's type; for a number the least type of its kind that it may take: bool, int64 or float32.
  DType dtype() const { return node_ ? (*node_)->dtype : kind_; }

 private:
  const NodeRef* node_ = nullptr;  // of an Array that outlives the call
  double number_ = 0;
  DType kind_ = DType::f32;

 public:
  std::source_location where;
};

/// NumPy's broadcasting of two shapes: aligned at the last axis, sizes are equal or one of them is 1 or
/// missing. Throws ShapeError in the name of `op`.
Shape broadcast_shape(std::string_view op, const Shape& a, const Shape& b);

/// The type that operands are brought to.
DType common_type(std::span<const Operand* const> operands);
/// The shape that operands broadcast to, as in NumPy. Throws ShapeError in the name of `op`.
Shape common_shape(std::string_view op, std::span<const Operand* const> operands);
/// The operand in this type and shape.
NodeRef materialize(std::string_view op, const Operand& operand, DType dtype, const Shape& shape);

}  // namespace tenon
