#include "tenon/array/dynamic.h"

#include "tenon/graph/graph_mutex.h"
#include "tenon/graph/recording.h"
#include "tenon/plan/evaluate.h"

namespace tenon {

Array dynamic(const Array& x, const Axes& axes, std::source_location where) {
  const WhereScope scope(where);
  const auto mask = static_cast<std::uint8_t>(axes.mask("dynamic", x.shape()));
  const NodeRef node = x.node_ref();
  if (!node->storage) evaluate(std::span(&node, 1));
  NodeValue view{variable_for(node), node->storage, static_cast<std::uint8_t>(node->dynamic_axes | mask)};
  const std::lock_guard lock(graph_mutex());
  set_values(std::span(&view, 1));
  return Array(view.node);
}

}  // namespace tenon
