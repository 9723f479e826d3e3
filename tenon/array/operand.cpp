#include "tenon/array/operand.h"

#include <algorithm>
#include <array>

#include "tenon/graph/build_check.h"
#include "tenon/graph/compose.h"

namespace tenon {
namespace {

// bool 0, integers 1, floating 2.
int kind_of(DType dtype) { return dtype == DType::boolean ? 0 : is_floating(dtype) ? 2 : 1; }

// A number beside arrays of type `dtype`.
DType with_number(DType dtype, DType number) { return kind_of(number) > kind_of(dtype) ? number : dtype; }

}  // namespace

DType promote(DType a, DType b) {
  if (a == b) return a;
  const int kind_a = kind_of(a), kind_b = kind_of(b);
  if (kind_a != kind_b) return kind_a > kind_b ? a : b;
  if (kind_a == 2) return size_of(a) == size_of(b) ? DType::f32 : size_of(a) > size_of(b) ? a : b;
  // The wider one holds both, unless it is signed and the other is unsigned and as wide, or the other way round.
  const DType wide = size_of(a) >= size_of(b) ? a : b, narrow = wide == a ? b : a;
  if (info(wide).is_signed ? size_of(wide) > size_of(narrow) || info(narrow).is_signed : !info(narrow).is_signed)
    return wide;
  return size_of(wide) == 1 ? DType::i16 : DType::i64;
}

DType common_type(std::span<const Operand* const> operands) {
  bool any_array = false;
  DType dtype = DType::boolean;
  for (const Operand* operand : operands) {
    if (!operand->node()) continue;
    dtype = any_array ? promote(dtype, operand->dtype()) : operand->dtype();
    any_array = true;
  }
  for (const Operand* operand : operands)
    if (!operand->node()) dtype = with_number(dtype, operand->dtype());
  return dtype;
}

Shape broadcast_shape(std::string_view op, const Shape& a, const Shape& b) {
  Shape merged(std::max(a.rank(), b.rank()), 1);
  for (int i = 1; i <= merged.rank(); ++i) {
    const std::int64_t left = i <= a.rank() ? a[a.rank() - i] : 1, right = i <= b.rank() ? b[b.rank() - i] : 1;
    if (left != right && left != 1 && right != 1)
      build::fail<ShapeError>("{}: shapes {} and {} do not broadcast, {} and {} at axis {} (from the end)", op,
                              to_string(a), to_string(b), left, right, -i);
    merged[merged.rank() - i] = left == 1 ? right : left;
  }
  return merged;
}

Shape common_shape(std::string_view op, std::span<const Operand* const> operands) {
  const Operand* first = nullptr;
  Shape shape;
  for (const Operand* operand : operands) {
    if (!operand->node()) continue;
    const Shape& other = (*operand->node())->shape;
    if (!first)
      shape = other;
    else if (!(other == shape))
      shape = broadcast_shape(op, shape, other);
    first = operand;
  }
  return shape;
}

NodeRef materialize(std::string_view op, const Operand& operand, DType dtype, const Shape& shape) {
  if (!operand.node()) {
    build::check_value(op, dtype, operand.number());
    return build::full(dtype, shape, operand.number());
  }
  if (operand.dtype() == dtype) return build::broadcast_to(op, *operand.node(), shape);
  return build::broadcast_to(op, build::cast(*operand.node(), dtype), shape);
}

}  // namespace tenon
