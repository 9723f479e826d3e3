// Graphs of one structure: the same ops on other sizes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "tenon/graph/graph.h"

namespace tenon {

/// A hash that graphs have in common which differ only in sizes, and in the numbers that follow from sizes: amounts of
/// padding, starts of slices, constants.
std::uint64_t hash_of_structure(const Graph& graph);

/// For each node a bit mask of the axes on which two graphs of one structure disagree; nothing where they differ in
/// more than sizes.
std::optional<std::vector<std::uint8_t>> axes_that_differ(const Graph& a, const Graph& b);

/// Sets GraphNode::varying_axes of all nodes.
void set_varying_axes(Graph& graph, std::span<const std::uint8_t> axes);

}  // namespace tenon
