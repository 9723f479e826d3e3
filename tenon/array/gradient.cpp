#include "tenon/array/gradient.h"

#include "tenon/autograd/vjp.h"

namespace tenon {
namespace {

std::vector<NodeRef> nodes_of(std::span<const Array> arrays) {
  std::vector<NodeRef> nodes;
  nodes.reserve(arrays.size());
  for (const Array& array : arrays) nodes.push_back(array.node_ref());
  return nodes;
}

std::vector<Array> arrays_of(std::vector<NodeRef> nodes) {
  std::vector<Array> arrays;
  arrays.reserve(nodes.size());
  for (NodeRef& node : nodes) arrays.emplace_back(std::move(node));
  return arrays;
}

}  // namespace

std::vector<Array> grad(const Array& output, std::span<const Array> wrt, std::source_location where) {
  const WhereScope scope(where);
  return arrays_of(grad(output.node_ref(), nodes_of(wrt)));
}

std::vector<Array> grad(const Array& output, std::initializer_list<Array> wrt, std::source_location where) {
  return grad(output, std::span(wrt.begin(), wrt.size()), where);
}

std::vector<Array> vjp(std::span<const Array> outputs, std::span<const Array> cotangents, std::span<const Array> wrt,
                       std::source_location where) {
  const WhereScope scope(where);
  return arrays_of(vjp(nodes_of(outputs), nodes_of(cotangents), nodes_of(wrt)));
}

std::vector<Array> independent(std::span<const Array> arguments) {
  // Equal nodes become one again when they are traced.
  const std::lock_guard lock(graph_mutex());
  std::vector<Array> copies;
  copies.reserve(arguments.size());
  for (const Array& argument : arguments) copies.emplace_back(copy_of(argument.node()));
  return copies;
}

}  // namespace tenon
