#include "tests/ops/op_inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "tenon/array/movement.h"
#include "tenon/core/error.h"
#include "tests/support/device_values.h"
#include "tests/support/interval.h"

namespace tenon::testing {
namespace {

double get(const HostTensor& x, std::int64_t i) {
  return is_floating(x.dtype) ? get_floating(x, i) : static_cast<double>(get_integer(x, i));
}

// Copies each element of `from` to the position that `place` gives for its index.
template <class Place>
HostTensor scattered(const HostTensor& from, const Shape& shape, Place place) {
  HostTensor result(from.dtype, shape);
  const Dims strides = strides_of(shape);
  const int rank = from.shape.rank();
  Dims index(rank, 0);
  for (std::int64_t i = 0; i < from.elements(); ++i) {
    std::int64_t flat = 0;
    for (int axis = 0; axis < rank; ++axis) {
      const auto [to_axis, position] = place(axis, index[axis]);
      flat += position * strides[to_axis];
    }
    set(result, flat, get(from, i));
    for (int axis = rank - 1; axis >= 0 && ++index[axis] == from.shape[axis]; --axis) index[axis] = 0;
  }
  return result;
}

Shape reversed(Shape shape) {
  std::reverse(shape.begin(), shape.end());
  return shape;
}

}  // namespace

std::string_view name(InputView view) {
  constexpr std::string_view names[] = {"whole", "strided", "flipped", "expanded", "transposed"};
  return names[static_cast<int>(view)];
}

HostTensor stored_for(const HostTensor& value, InputView view) {
  struct Place {
    int axis;
    std::int64_t position;
  };
  Shape shape = value.shape;
  switch (view) {
    case InputView::strided:
      for (std::int64_t& size : shape) size *= 2;
      return scattered(value, shape, [](int axis, std::int64_t i) { return Place{axis, 2 * i + 1}; });
    case InputView::flipped:
      return scattered(value, shape, [&](int axis, std::int64_t i) { return Place{axis, shape[axis] - 1 - i}; });
    case InputView::expanded: {
      const auto several = std::find_if(shape.begin(), shape.end(), [](std::int64_t size) { return size > 1; });
      if (several != shape.end()) *several = 1;
      return scattered(value, shape,
                       [&](int axis, std::int64_t i) { return Place{axis, std::min(i, shape[axis] - 1)}; });
    }
    case InputView::transposed:
      return scattered(value, reversed(shape),
                       [&](int axis, std::int64_t i) { return Place{shape.rank() - 1 - axis, i}; });
    default: return value;
  }
}

Array viewed(const Array& stored, const Shape& shape, InputView view) {
  Array x = stored;
  switch (view) {
    case InputView::strided:
      for (int axis = 0; axis < shape.rank(); ++axis) x = slice(x, axis, {.start = 1, .step = 2});
      return x;
    case InputView::flipped:
      for (int axis = 0; axis < shape.rank(); ++axis) x = flip(x, axis);
      return x;
    case InputView::expanded: return broadcast_to(x, shape);
    case InputView::transposed: {
      std::vector<int> order;
      for (int axis = shape.rank() - 1; axis >= 0; --axis) order.push_back(axis);
      return Array(build::permute(x.node_ref(), order));
    }
    default: return x;
  }
}

DType type_of(InputKind kind, const TypedCase& typed) {
  if (kind == typed.varied) return typed.dtype;
  return kind == InputKind::real ? DType::f32 : kind == InputKind::integer ? DType::i64 : DType::boolean;
}

bool takes(const OpCase& op_case, const TypedCase& typed) {
  std::vector<Array> leaves;
  int slot = 0;
  for (const OpInput& input : op_case.inputs)
    leaves.emplace_back(make_argument(type_of(input.kind, typed), input.shape, slot++));
  try {
    op_case.f(leaves);
    return true;
  } catch (const DTypeError&) {
    return false;
  } catch (const ValueError&) {
    return false;  // a number in the call that this type cannot hold
  } catch (const ShapeError&) {
    return false;  // positions of type bool are a mask, of other axes
  }
}

std::vector<HostTensor> typed_inputs(const OpRow& row, const OpCase& op_case, const TypedCase& typed) {
  std::vector<HostTensor> inputs = inputs_of(row, op_case);
  for (std::size_t number = 0; number < inputs.size(); ++number) {
    HostTensor& input = inputs[number];
    const DType dtype = type_of(op_case.inputs[number].kind, typed);
    if (dtype == input.dtype) continue;
    HostTensor converted(dtype, input.shape);
    for (std::int64_t i = 0; i < input.elements(); ++i) {
      double value = get(input, i);
      if (!is_floating(dtype)) {
        const IntegerInterval range = range_of(dtype);
        value = std::clamp(std::nearbyint(value), static_cast<double>(range.low), static_cast<double>(range.high));
      }
      set(converted, i, value);
    }
    input = std::move(converted);
  }
  return inputs;
}

OpCase resized(const OpCase& op_case, std::int64_t from, std::int64_t to) {
  OpCase result = op_case;
  result.what += fmt::format(", {} for {}", to, from);
  for (OpInput& input : result.inputs)
    for (std::int64_t& size : input.shape)
      if (size == from) size = to;
  return result;
}

}  // namespace tenon::testing
