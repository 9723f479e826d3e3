// What is decided before kernels are written: the middle of make_schedule, which plans of other sizes take over.
#pragma once

#include <cstdint>
#include <vector>

#include "tenon/schedule/arrange.h"
#include "tenon/schedule/groups.h"
#include "tenon/schedule/schedule.h"

namespace tenon {

struct Arrangement {
  Anchors anchors;
  Fusion fusion;
  std::vector<KernelGroups> kernels;
};

/// `graph` is simplified, its long reductions are split.
Arrangement arrange_kernels(const Graph& graph, const std::vector<std::uint32_t>& state_outputs);

/// The kernels of an arrangement, written for `graph`.
Schedule lower_all(Graph graph, const Arrangement& arrangement);

}  // namespace tenon
