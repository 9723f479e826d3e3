// Decides which nodes get a place of their own (anchors) and which are recomputed by whoever reads them.
#pragma once

#include <cstdint>
#include <vector>

#include "tenon/graph/graph.h"

namespace tenon {

/// What an anchor is computed by.
enum class AnchorKind : std::uint8_t {
  none,         // not an anchor
  elementwise,  // also gathers, and views that have to be copied
  reduction,    // a reduction, or a contraction so small that it runs as one
  contraction,
  alone,  // a scatter, a scan or a sort
};

struct Anchors {
  std::vector<AnchorKind> kind;  // of each node
  std::vector<bool> is_anchor;   // kind != none
  std::vector<bool> is_output;   // read from outside
};

/// Reductions, contractions, scatters, scans, sorts and outputs are anchors. An elementwise node is inlined when that
/// costs no more than storing and loading it: when one reader reads each element once, or when it is cheap and what it
/// reads has to be stored anyway.
Anchors choose_anchors(const Graph& graph);

/// The anchors that an anchor reads, through views and inlined nodes.
std::vector<NodeId> anchors_read_by(const Graph& graph, const Anchors& anchors, NodeId id);

/// The node whose memory holds an output: reshapes do not move anything.
NodeId stored_node(const Graph& graph, NodeId output);

}  // namespace tenon
