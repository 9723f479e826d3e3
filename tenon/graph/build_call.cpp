// Nodes that call a function.
#include "tenon/core/call.h"
#include "tenon/graph/build.h"
#include "tenon/graph/build_check.h"

namespace tenon::build {
namespace {

void check_batch_axes(std::string_view op, std::string_view operand, const Shape& shape, const Shape& output,
                      int batch_axes) {
  bool fits = shape.rank() >= batch_axes;
  for (int axis = 0; fits && axis < batch_axes; ++axis) fits = shape[axis] == output[axis];
  if (!fits)
    fail<ShapeError>("{}: {} is {}, the output {}; the first {} axes of both are the batch and must be equal", op,
                     operand, to_string(shape), to_string(output), batch_axes);
}

}  // namespace

NodeRef call(std::int64_t number, std::span<const NodeRef> inputs, DType dtype, const Shape& shape, int batch_axes) {
  const std::string_view op = call_description(number).name;
  if (inputs.size() > max_inputs)
    fail<ValueError>("{}: {} inputs were given, a call takes {} at most; join some of them", op, inputs.size(),
                     max_inputs);
  if (batch_axes < 0 || batch_axes > shape.rank())
    fail<ShapeError>("{}: {} batch axes of the output {}", op, batch_axes, to_string(shape));
  for (std::size_t i = 0; i < inputs.size(); ++i)
    check_batch_axes(op, fmt::format("input {}", i), inputs[i]->shape, shape, batch_axes);
  return make_node({.op = Op::call, .dtype = dtype, .shape = shape, .attributes = {number, batch_axes}}, inputs);
}

}  // namespace tenon::build
