#include "tenon/array/custom_function.h"

#include "tenon/autograd/custom.h"
#include "tenon/graph/build.h"

namespace tenon::detail {
namespace {

// Nodes that may be null, as arrays that may have no value.
std::vector<Array> optional_arrays(std::span<const NodeRef> nodes) {
  std::vector<Array> arrays;
  for (const NodeRef& node : nodes) arrays.push_back(node ? Array(node) : Array());
  return arrays;
}

std::vector<NodeRef> optional_nodes(std::span<const Array> arrays) {
  std::vector<NodeRef> nodes;
  for (const Array& array : arrays) nodes.push_back(array ? array.node_ref() : nullptr);
  return nodes;
}

}  // namespace

std::vector<Array> call_custom(std::span<const Array> inputs, const Forward& forward, Backward backward,
                               const std::source_location& where) {
  std::vector<Array> stopped;
  for (const Array& input : inputs) stopped.emplace_back(build::unary(Scalar::stop_gradient, input.node_ref()));
  const std::vector<NodeRef> values = nodes_of(forward(stopped));
  const WhereScope scope(where);  // the ops of forward keep their own places
  return arrays_of(autograd::with_rule(
      "custom_function", nodes_of(inputs), values, [backward = std::move(backward)](const autograd::CustomCall& call) {
        return optional_nodes(
            backward(optional_arrays(call.inputs), optional_arrays(call.outputs), optional_arrays(call.cotangents)));
      }));
}

}  // namespace tenon::detail
