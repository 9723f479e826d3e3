#include "tenon/schedule/general_schedule.h"

#include <algorithm>

#include "tenon/graph/simplify.h"
#include "tenon/graph/varying_sizes.h"
#include "tenon/schedule/split_reductions.h"

namespace tenon {
namespace {

using Axes = std::vector<std::uint8_t>;

// The axes on which any two of them disagree, for each node.
std::optional<Axes> varying_axes_of(std::span<const Graph> graphs) {
  Axes all(graphs[0].nodes.size(), 0);
  for (const Graph& graph : graphs.subspan(1)) {
    const std::optional<Axes> axes = axes_that_differ(graphs[0], graph);
    if (!axes) return std::nullopt;
    std::transform(all.begin(), all.end(), axes->begin(), all.begin(),
                   [](std::uint8_t a, std::uint8_t b) { return static_cast<std::uint8_t>(a | b); });
  }
  return all;
}

// Marks the axes of `graph` that vary in `like`; false where the two differ in more than these.
bool take_axes(Graph& graph, const Graph& like) {
  const std::optional<Axes> differing = axes_that_differ(graph, like);
  if (!differing) return false;
  for (NodeId id = 0; id < graph.nodes.size(); ++id) {
    const std::uint8_t varying = like.nodes[id].varying_axes;
    if (((*differing)[id] & ~varying) != 0) return false;
    graph.nodes[id].varying_axes = varying;
  }
  return true;
}

int row_axes_of(const Graph& graph, const Group& group) {
  if (group.row_counts.empty()) return 0;
  const Shape& shape = graph.nodes[group.anchors[0]].shape;
  int axes = 0;
  for (std::int64_t product = 1; product < group.row_counts.back(); ++axes) product *= shape[axes];
  return axes;
}

}  // namespace

std::optional<GeneralSchedule> GeneralSchedule::of(std::span<const Graph> examples,
                                                   const std::vector<std::uint32_t>& state_outputs) {
  std::vector<Graph> graphs;
  for (const Graph& example : examples) graphs.push_back(simplify(example));
  GeneralSchedule general;
  const auto mark = [&] {
    const std::optional<Axes> axes = varying_axes_of(graphs);
    if (!axes || std::all_of(axes->begin(), axes->end(), [](std::uint8_t mask) { return mask == 0; })) return false;
    for (Graph& graph : graphs) set_varying_axes(graph, *axes);
    return true;
  };
  if (!mark()) return std::nullopt;
  general.simplified_ = graphs.back();
  for (Graph& graph : graphs) graph = split_reductions(graph);
  if (!mark()) return std::nullopt;
  general.split_ = graphs.back();
  general.arrangement_ = arrange_kernels(general.split_, state_outputs);
  for (const Group& group : general.arrangement_.fusion.groups)
    general.row_axes_.push_back(row_axes_of(general.split_, group));
  return general;
}

std::optional<Schedule> GeneralSchedule::apply(const Graph& traced) const {
  Graph graph = simplify(traced);
  if (!take_axes(graph, simplified_)) return std::nullopt;
  graph = split_reductions(graph);
  if (!take_axes(graph, split_)) return std::nullopt;
  Arrangement arrangement = arrangement_;
  for (std::size_t g = 0; g < row_axes_.size(); ++g) {
    Group& group = arrangement.fusion.groups[g];
    if (group.row_counts.empty()) continue;
    std::int64_t rows = 1;
    for (int axis = 0; axis < row_axes_[g]; ++axis) rows *= graph.nodes[group.anchors[0]].shape[axis];
    group.row_counts = {rows};
  }
  if (!holds(graph, arrangement.anchors, arrangement.fusion)) return std::nullopt;
  return lower_all(std::move(graph), arrangement);
}

}  // namespace tenon
