// The schedule: which kernels compute a graph, in which order.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tenon/graph/graph.h"
#include "tenon/kernel/kernel.h"

namespace tenon {

struct Schedule {
  Graph graph;                  // as scheduled: simplified, long reductions split
  std::vector<Kernel> kernels;  // in order; a kernel's buffers name nodes of `graph`
  /// For each output of the graph the node whose memory holds it: a leaf, or one that some kernel writes.
  std::vector<NodeId> outputs;
};

/// graph -> simplify -> split long reductions -> anchors -> groups -> kernels.
/// `state_outputs`: outputs that replace donated inputs, see fuse().
Schedule make_schedule(const Graph& graph, const std::vector<std::uint32_t>& state_outputs = {});

/// Throws InternalError if a kernel reads what none before it wrote, if an output is never written, or
/// something is written twice.
void verify(const Schedule& schedule);

/// One line a kernel: name, what it reads and writes, operations and bytes.
std::string to_string(const Schedule& schedule);

}  // namespace tenon
