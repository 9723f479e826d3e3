// Constants and elementwise nodes.
#include "tenon/graph/build.h"

#include <cmath>
#include <limits>

#include "tenon/graph/build_check.h"

namespace tenon::build {
namespace {

// The range of an integer type as doubles: [low, high).
struct IntegerRange {
  double low, high;
};

IntegerRange range_of(DType dtype) {
  switch (dtype) {
    case DType::boolean: return {0, 2};
    case DType::u8: return {0, 256};
    case DType::i8: return {-0x1p7, 0x1p7};
    case DType::i16: return {-0x1p15, 0x1p15};
    case DType::i32: return {-0x1p31, 0x1p31};
    case DType::u32: return {0, 0x1p32};
    default: return {-0x1p63, 0x1p63};
  }
}

// Operands without their counts: copying references would cost more than the checks.
using Operands = std::span<const Node* const>;

std::string describe_all(Operands operands) {
  std::string text;
  for (const Node* operand : operands) text += (text.empty() ? "" : " and ") + describe(*operand);
  return text;
}

std::string_view class_names(std::uint8_t takes) {
  switch (takes) {
    case takes_floating: return "floating";
    case takes_integer: return "integer";
    case takes_boolean: return "bool";
    case takes_number: return "floating and integer";
    case takes_integer | takes_boolean: return "integer and bool";
    default: return "all";
  }
}

// Checks the operands' element types and gives the result's.
DType result_type(const ScalarInfo& row, Operands operands) {
  // `selection` is (bool, T, T) -> T: the first operand stands apart.
  const bool selects = row.result == ResultType::selection;
  if (selects && operands[0]->dtype != DType::boolean)
    fail<DTypeError>("{}: the condition is {}, it must be bool", row.name, describe(*operands[0]));
  const Operands alike = selects ? operands.subspan(1) : operands;
  const DType dtype = alike[0]->dtype;
  for (const Node* operand : alike)
    if (operand->dtype != dtype)
      fail<DTypeError>("{}: element types differ, {}; cast one of them", row.name, describe_all(operands));
  if (!takes(row, dtype)) {
    if (row.scalar == Scalar::random_bits)
      fail<DTypeError>("{}: operands are {}, they must be uint32", row.name, name(dtype));
    fail<DTypeError>("{}: {} is not taken; it takes {} element types, cast first", row.name, describe(*alike[0]),
                     class_names(row.takes));
  }
  return row.result == ResultType::boolean ? DType::boolean : dtype;
}

NodeRef make_elementwise(Scalar scalar, Operands operands);

// Whether elements are only moved: then 16-bit ones stay what they are.
bool only_moves(Scalar scalar) {
  return scalar == Scalar::where || scalar == Scalar::stop_gradient || scalar == Scalar::barrier;
}

// An op on 16-bit floating operands is one on float32, whose result is rounded.
NodeRef make_in_float(Scalar scalar, Operands operands, DType dtype) {
  std::array<NodeRef, max_operands> wide;
  InlineVector<const Node*, max_inputs> nodes;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    wide[i] = cast(NodeRef(operands[i]), DType::f32);
    nodes.push_back(wide[i].get());
  }
  const NodeRef result = make_elementwise(scalar, nodes);
  return result->dtype == DType::boolean ? result : cast(result, dtype);
}

NodeRef make_elementwise(Scalar scalar, Operands operands) {
  const ScalarInfo& row = info(scalar);
  if (row.result == ResultType::given) fail<ValueError>("{}: has a function of its own, build::cast", row.name);
  if (operands.size() != row.arity)
    fail<ValueError>("{}: takes {} operands, {} were given", row.name, row.arity, operands.size());
  const DType dtype = result_type(row, operands);
  const Shape& shape = operands[0]->shape;
  for (const Node* operand : operands.subspan(1))
    if (!(operand->shape == shape))
      fail<ShapeError>("{}: shapes differ, {}; broadcast them to one shape first", row.name, describe_all(operands));
  if (is_half(operands.back()->dtype) && !only_moves(scalar))
    return make_in_float(scalar, operands, operands.back()->dtype);
  return make_node({.op = Op::elementwise, .scalar = scalar, .dtype = dtype, .shape = shape}, operands);
}

}  // namespace

Shape placed_shape(std::string_view op, std::span<const std::int64_t> dims) {
  try {
    return checked_shape(op, dims);
  } catch (const ShapeError& error) {
    throw ShapeError(error.what(), WhereScope::current());
  }
}

int placed_axis(std::string_view op, const Shape& shape, int axis) {
  try {
    return checked_axis(op, shape, axis);
  } catch (const ShapeError& error) {
    throw ShapeError(error.what(), WhereScope::current());
  }
}

std::string describe(const Node& node) { return fmt::format("{} {}", name(node.dtype), to_string(node.shape)); }

void check_value(std::string_view op, DType dtype, double value) {
  if (is_floating(dtype)) return;
  const auto [low, high] = range_of(dtype);
  // Written so that NaN fails too.
  if (!(value >= low && value < high && std::trunc(value) == value))
    fail<ValueError>("{}: {} cannot hold {}", op, name(dtype), value);
}

NodeRef constant(DType dtype, double value) {
  check_value("constant", dtype, value);
  return make_node({.op = Op::constant, .dtype = dtype, .shape = Shape(), .attributes = {constant_bits(dtype, value)}});
}

NodeRef iota(DType dtype, std::int64_t length) {
  if (dtype != DType::i64 && dtype != DType::i32 && dtype != DType::u32)
    fail<DTypeError>("iota: {} is not taken; it must be int64, int32 or uint32", name(dtype));
  if (length < 0) fail<ValueError>("iota: length {} is negative", length);
  const Shape shape = placed_shape("iota", std::span(&length, 1));
  if (length > 0 && static_cast<double>(length - 1) >= range_of(dtype).high)
    fail<ValueError>("iota: {} cannot count to {}", name(dtype), length - 1);
  return make_node({.op = Op::iota, .dtype = dtype, .shape = shape});
}

NodeRef elementwise(Scalar scalar, std::span<const NodeRef> operands) {
  InlineVector<const Node*, max_inputs> nodes;
  if (operands.size() > max_operands) fail<ValueError>("{}: {} operands were given", name(scalar), operands.size());
  for (const NodeRef& operand : operands) nodes.push_back(operand.get());
  return make_elementwise(scalar, nodes);
}

NodeRef unary(Scalar scalar, const NodeRef& x) {
  const Node* const operands[] = {x.get()};
  return make_elementwise(scalar, operands);
}

NodeRef binary(Scalar scalar, const NodeRef& a, const NodeRef& b) {
  const Node* const operands[] = {a.get(), b.get()};
  return make_elementwise(scalar, operands);
}

NodeRef where(const NodeRef& condition, const NodeRef& a, const NodeRef& b) {
  const Node* const operands[] = {condition.get(), a.get(), b.get()};
  return make_elementwise(Scalar::where, operands);
}

NodeRef cast(const NodeRef& x, DType dtype) {
  if (x->dtype == dtype) return x;
  return make_node(
      {.op = Op::elementwise, .scalar = Scalar::cast, .dtype = dtype, .shape = x->shape, .inputs = {x.get()}});
}

}  // namespace tenon::build
