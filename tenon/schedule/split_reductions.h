// Makes long reductions with few results parallel.
#pragma once

#include "tenon/graph/graph.h"

namespace tenon {

/// Splits every reduction that has many elements and few results into two: partial results over chunks of one
/// axis, then the combination of these. How it is split depends on shapes alone, so results do not depend on
/// the number of threads.
Graph split_reductions(const Graph& graph);

}  // namespace tenon
