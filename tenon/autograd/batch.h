// Batching, graph to graph: one rule per primitive puts an axis of examples in front of whatever depends on one.
#pragma once

#include <span>
#include <vector>

#include "tenon/graph/node.h"

namespace tenon {

/// `outputs`, which are expressions in `variables`, for `examples` values of each variable at once: values[i] is
/// [examples, shape of variables[i]...], and so are the results. What depends on no variable is computed once for all
/// of them. Functions with rules of their own keep them, for each example. Throws ShapeError where an operation would
/// have more than max_rank axes.
std::vector<NodeRef> batch(std::span<const NodeRef> outputs, std::span<const NodeRef> variables,
                           std::span<const NodeRef> values, std::int64_t examples);

}  // namespace tenon
