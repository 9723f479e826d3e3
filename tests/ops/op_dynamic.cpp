#include "tests/ops/op_dynamic.h"

#include <algorithm>
#include <set>
#include <string>

#include "tenon/core/error.h"
#include "tenon/plan/plan.h"
#include "tenon/plan/plan_family.h"
#include "tests/ops/op_inputs.h"

namespace tenon::testing {
namespace {

// Where one size is that of several axes, powers of it may be more than a test should compute.
bool is_moderate(const Graph& graph) {
  return std::all_of(graph.nodes.begin(), graph.nodes.end(),
                     [](const GraphNode& node) { return node.shape.elements() <= 1 << 21; });
}

// The case in float32, traced; nothing where it refuses the size, or becomes too large.
std::optional<Graph> traced(const OpCase& op_case) {
  try {
    std::vector<Array> leaves;
    for (const OpInput& input : op_case.inputs)
      leaves.emplace_back(make_argument(type_of(input.kind, {InputKind::real, DType::f32}), input.shape,
                                        static_cast<int>(leaves.size())));
    const NodeRef output = op_case.f(leaves).node_ref();
    const std::lock_guard lock(graph_mutex());
    Graph graph = trace(std::span(&output, 1), static_cast<int>(leaves.size())).graph;
    return is_moderate(graph) ? std::optional(std::move(graph)) : std::nullopt;
  } catch (const Error&) {
    return std::nullopt;
  }
}

// The texts of the kernels for a graph, as a member of the family; nothing where it is not.
std::optional<std::set<std::string>> texts_of(PlanFamily& family, const Graph& graph, const DeviceInfo& info) {
  const std::optional<Schedule> schedule = family.schedule(graph);
  if (!schedule) return std::nullopt;
  std::vector<KernelSource> sources = render(*schedule, info);
  std::vector<std::vector<std::int64_t>> numbers;
  family.generalise(sources, numbers);
  std::set<std::string> texts;
  for (const KernelSource& source : sources) texts.insert(source.text);
  return texts;
}

}  // namespace

std::optional<DynamicCase> dynamic_case_of(const OpRow& row) {
  const DeviceInfo& info = find_device("null").info();
  std::optional<DynamicCase> found;
  for (const OpCase& op_case : row.cases) {
    std::set<std::int64_t> sizes;
    for (const OpInput& input : op_case.inputs) sizes.insert(input.shape.begin(), input.shape.end());
    for (const std::int64_t size : sizes) {
      if (size < 2) continue;
      std::vector<Graph> graphs;
      for (const std::int64_t other : {5 * dynamic_sizes[0], dynamic_sizes[0], dynamic_sizes[1], dynamic_sizes[2]})
        if (std::optional<Graph> graph = traced(resized(op_case, size, other))) graphs.push_back(std::move(*graph));
      if (graphs.size() < 4) continue;
      PlanFamily family(info);
      family.show(graphs[0]);
      const auto first = texts_of(family, graphs[1], info);
      const bool has_one_text =
          first && texts_of(family, graphs[2], info) == first && texts_of(family, graphs[3], info) == first;
      if (has_one_text) return DynamicCase{op_case, size, true};
      if (!found) found = DynamicCase{op_case, size, false};
    }
  }
  return found;
}

}  // namespace tenon::testing
