// Rewrites a graph into an equal, smaller one.
#pragma once

#include "tenon/graph/graph.h"

namespace tenon {

/// Folds constants, merges chains of views, drops what changes nothing (x * 1, a cast to the same type),
/// makes constants of what has no elements or is computed from none, and removes what no output needs. Values
/// stay the same, to the bit, but for the sign of zeros. Slots and outputs keep their order.
Graph simplify(const Graph& graph);

/// Keeps only what outputs need; slots that nothing reads become no_node.
Graph remove_unused(const Graph& graph);

}  // namespace tenon
