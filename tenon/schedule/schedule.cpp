#include "tenon/schedule/schedule.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "tenon/core/call.h"
#include "tenon/core/error.h"
#include "tenon/graph/simplify.h"
#include "tenon/schedule/arrangement.h"
#include "tenon/schedule/lower.h"
#include "tenon/schedule/split_reductions.h"

namespace tenon {
namespace {

// What other groups, or the outside, read.
std::vector<bool> find_stored(const Graph& graph, const Anchors& anchors, const Fusion& fusion) {
  std::vector<bool> stored = anchors.is_output;
  for (NodeId id = 0; id < graph.nodes.size(); ++id) {
    if (!anchors.is_anchor[id]) continue;
    for (NodeId source : anchors_read_by(graph, anchors, id))
      if (fusion.group_of[source] != fusion.group_of[id]) stored[source] = true;
  }
  return stored;
}

// A name that says what the kernel does: the op of its last stored anchor, and what kind of kernel it is.
std::string kernel_name(const Graph& graph, const Fusion& fusion, const KernelGroups& stages, std::size_t number) {
  const Group& group = fusion.groups[stages[0][0]];
  std::string_view kind = "map";
  if (group.kind == Group::Kind::contraction) kind = "contract";
  if (group.kind == Group::Kind::alone)
    kind = graph.nodes[group.anchors[0]].op == Op::scatter_add ? "scatter" : name(graph.nodes[group.anchors[0]].op);
  for (NodeId id : group.anchors)
    if (group.kind == Group::Kind::rows && (graph.nodes[id].op == Op::reduce || graph.nodes[id].op == Op::contract))
      kind = "rows";
  return fmt::format("{}_{}", kind, number);
}

// Each parallel loop is a stage of its own; what comes without one is done by one thread, as one stage.
void append_stages(LoopProgram& program, Statements statements, bool waits) {
  const auto is_parallel = [](const Statement& statement) {
    const auto* loop = std::get_if<Loop>(&statement.what);
    return loop && loop->kind == Loop::Kind::parallel;
  };
  if (std::none_of(statements.begin(), statements.end(), is_parallel)) {
    program.stages.push_back({.body = std::move(statements), .waits = waits});
    return;
  }
  for (Statement& statement : statements) {
    Statements one;
    one.push_back(std::move(statement));
    program.stages.push_back({.body = std::move(one), .waits = waits});
    waits = false;
  }
}

bool computes_nothing(const Graph& graph, const Group& group) {
  return std::all_of(group.anchors.begin(), group.anchors.end(),
                     [&](NodeId id) { return graph.nodes[id].shape.elements() == 0; });
}

Statements lower_alone(KernelBuilder& builder, const Group& group) {
  switch (builder.node(group.anchors[0]).op) {
    case Op::scan: return lower_scan(builder, group);
    case Op::argsort: return lower_argsort(builder, group);
    default: return lower_scatter(builder, group);
  }
}

// What a call is taken to do for each element that it reads or writes, weighted as operations are: LAPACK's cubic
// algorithms on small matrices, and loops of a user's own.
constexpr double host_operations = 1000, c_operations = 10;

Kernel lower_call(const Graph& graph, const GraphNode& node, NodeId id, std::size_t number) {
  const CallDescription& description = call_description(node.attributes[0]);
  Kernel kernel{.name = fmt::format("{}_{}", description.name, number), .buffers = {}, .body = {}, .pool = nullptr};
  std::vector<CallOperand> operands;
  const auto add = [&](NodeId operand, DType dtype, const Shape& shape) {
    kernel.buffers.push_back({.value = operand, .dtype = dtype, .is_written = operand == id});
    operands.push_back({dtype, shape});
    kernel.bytes += static_cast<double>(shape.elements()) * static_cast<double>(size_of(dtype));
    kernel.operations +=
        static_cast<double>(shape.elements()) * (description.source.empty() ? host_operations : c_operations);
  };
  for (NodeId input : node.inputs) {
    const NodeId stored = stored_node(graph, input);
    add(stored, graph.nodes[input].dtype, graph.nodes[input].shape);
  }
  add(id, node.dtype, node.shape);
  kernel.body = Call{node.attributes[0], call_layout(operands, static_cast<int>(node.attributes[1]))};
  return kernel;
}

Kernel lower(const Graph& graph, const Anchors& anchors, const Fusion& fusion, const std::vector<bool>& stored,
             const std::set<std::int64_t>& varying, const KernelGroups& stages, std::size_t number) {
  const Group& first = fusion.groups[stages[0][0]];
  if (graph.nodes[first.anchors[0]].op == Op::call)
    return lower_call(graph, graph.nodes[first.anchors[0]], first.anchors[0], number);
  KernelBuilder builder(graph, anchors, stored, varying);
  const std::string name = kernel_name(graph, fusion, stages, number);
  if (fusion.groups[stages[0][0]].kind == Group::Kind::contraction) {
    Contraction contraction = lower_contraction(builder, fusion.groups[stages[0][0]]);
    builder.kernel().body = std::move(contraction);
    return builder.finish(name);
  }
  LoopProgram program;
  for (const std::vector<std::uint32_t>& stage : stages) {
    bool waits = !program.stages.empty();
    for (std::uint32_t g : stage) {
      const Group& group = fusion.groups[g];
      if (computes_nothing(graph, group)) continue;
      append_stages(program,
                    group.kind == Group::Kind::alone ? lower_alone(builder, group) : lower_rows(builder, group), waits);
      waits = false;
    }
  }
  builder.kernel().body = std::move(program);
  return builder.finish(name);
}

bool is_empty(const Kernel& kernel) {
  const auto* program = std::get_if<LoopProgram>(&kernel.body);
  return program && program->stages.empty();
}

}  // namespace

Schedule make_schedule(const Graph& traced, const std::vector<std::uint32_t>& state_outputs) {
  Graph graph = split_reductions(simplify(traced));
  const Arrangement arrangement = arrange_kernels(graph, state_outputs);
  return lower_all(std::move(graph), arrangement);
}

Arrangement arrange_kernels(const Graph& graph, const std::vector<std::uint32_t>& state_outputs) {
  Arrangement arrangement;
  arrangement.anchors = choose_anchors(graph);
  arrangement.fusion = fuse(graph, arrangement.anchors, state_outputs);
  arrangement.kernels = arrange(graph, arrangement.anchors, arrangement.fusion);
  return arrangement;
}

Schedule lower_all(Graph scheduled, const Arrangement& arrangement) {
  const auto& [anchors, fusion, kernels] = arrangement;
  Schedule schedule;
  schedule.graph = std::move(scheduled);
  const Graph& graph = schedule.graph;
  const std::vector<bool> stored = find_stored(graph, anchors, fusion);
  const std::set<std::int64_t> varying = varying_sizes(graph);
  for (const KernelGroups& stages : kernels) {
    if (stages.empty()) continue;
    if (stages.size() == 1 && stages[0].size() == 1 && computes_nothing(graph, fusion.groups[stages[0][0]])) continue;
    Kernel kernel = lower(graph, anchors, fusion, stored, varying, stages, schedule.kernels.size());
    if (!is_empty(kernel)) schedule.kernels.push_back(std::move(kernel));
  }
  for (NodeId output : graph.outputs) schedule.outputs.push_back(stored_node(graph, output));
  return schedule;
}

void verify(const Schedule& schedule) {
  const std::vector<GraphNode>& nodes = schedule.graph.nodes;
  std::vector<bool> written(nodes.size(), false);
  for (NodeId id = 0; id < nodes.size(); ++id) written[id] = nodes[id].op == Op::parameter;
  for (const Kernel& kernel : schedule.kernels) {
    std::vector<std::int64_t> elements;
    for (const KernelBuffer& buffer : kernel.buffers) {
      elements.push_back(nodes[buffer.value].shape.elements());
      if (buffer.is_written && written[buffer.value])
        throw InternalError(
            fmt::format("schedule: %{} is written twice, by {}\n{}", buffer.value, kernel.name, to_string(schedule)));
      if (!buffer.is_written && !written[buffer.value] && elements.back() > 0)
        throw InternalError(fmt::format("schedule: {} reads %{} before it is written\n{}", kernel.name, buffer.value,
                                        to_string(schedule)));
    }
    for (const KernelBuffer& buffer : kernel.buffers) written[buffer.value] = true;
    verify(kernel, elements);
  }
  for (NodeId output : schedule.outputs)
    if (!written[output] && nodes[output].shape.elements() > 0)
      throw InternalError(fmt::format("schedule: output %{} is never written\n{}", output, to_string(schedule)));
}

std::string to_string(const Schedule& schedule) {
  std::string text;
  for (const Kernel& kernel : schedule.kernels) {
    std::vector<NodeId> reads, writes;
    for (const KernelBuffer& buffer : kernel.buffers) (buffer.is_written ? writes : reads).push_back(buffer.value);
    text += fmt::format("{}: %{} <- %{}  ({:.0f} operations, {:.0f} bytes)\n", kernel.name, fmt::join(writes, ", %"),
                        fmt::join(reads, ", %"), kernel.operations, kernel.bytes);
  }
  return text;
}

}  // namespace tenon
