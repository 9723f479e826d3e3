// From groups to kernels: independent groups side by side, small ones at the end of what they wait for.
#pragma once

#include "tenon/schedule/groups.h"

namespace tenon {

/// The groups of one kernel, stage by stage; stages wait for each other. A contraction is alone.
using KernelGroups = std::vector<std::vector<std::uint32_t>>;

/// In order of execution.
std::vector<KernelGroups> arrange(const Graph& graph, const Anchors& anchors, const Fusion& fusion);

}  // namespace tenon
