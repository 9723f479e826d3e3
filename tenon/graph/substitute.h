// Parts of a graph on other inputs.
#pragma once

#include <span>
#include <vector>

#include "tenon/graph/node.h"

namespace tenon {

/// `outputs` with to[i] in place of from[i], of the same type and shape. Nodes that depend on none of `from` are
/// shared.
std::vector<NodeRef> substitute(std::span<const NodeRef> outputs, std::span<const NodeRef> from,
                                std::span<const NodeRef> to);

/// What `outputs` read besides `variables`: floating nodes that do not depend on a variable, are more than constants,
/// and are operands of nodes that do depend on one, or outputs themselves. Each once.
std::vector<NodeRef> captured_by(std::span<const NodeRef> outputs, std::span<const NodeRef> variables);

/// Whether any of `outputs` depends on any of `variables`.
bool depends(std::span<const NodeRef> outputs, std::span<const NodeRef> variables);

}  // namespace tenon
