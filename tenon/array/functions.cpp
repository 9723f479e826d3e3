#include "tenon/array/functions.h"

namespace tenon::detail {

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

}  // namespace tenon::detail
