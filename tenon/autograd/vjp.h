// Reverse-mode differentiation, graph to graph: a gradient is ordinary nodes, so gradients of gradients,
// fusion and every device come for free.
#pragma once

#include <span>
#include <vector>

#include "tenon/graph/node.h"

namespace tenon {

/// Vector-Jacobian products: for each w of `wrt` the sum over i of cotangents[i] * d outputs[i] / d w, in w's
/// type and shape; zeros where no output depends on w. A node of `wrt` may itself depend on others of `wrt`.
///
/// Gradients flow through floating values only: comparisons, casts to integers, indices and `stop_gradient`
/// end them. So does evaluation, which turns a node that is not recorded (graph/recording.h) into a leaf. Throws
/// ShapeError or DTypeError when a cotangent does not fit its output, and GradientError for a `wrt` that is not
/// floating, for an output that has been evaluated and is none of `wrt`, or naming an op that a gradient reaches and
/// that has no rule.
std::vector<NodeRef> vjp(std::span<const NodeRef> outputs, std::span<const NodeRef> cotangents,
                         std::span<const NodeRef> wrt);

/// Gradient of a floating output of one element and rank 0. Throws GradientError for any other output.
std::vector<NodeRef> grad(const NodeRef& scalar_output, std::span<const NodeRef> wrt);

}  // namespace tenon
