#include "tenon/plan/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <optional>

#include "tenon/core/error.h"
#include "tenon/graph/interpret.h"
#include "tenon/plan/arena.h"
#include "tenon/plan/host_call.h"
#include "tenon/plan/kernel_times.h"
#include "tenon/plan/plan_family.h"
#include "tenon/render/c_call.h"
#include "tenon/render/c_contraction.h"
#include "tenon/render/c_loops.h"
#include "tenon/render/c_prelude.h"

namespace tenon {
namespace {

// What one thread is taken to do in a nanosecond: operations as the schedule weighs them, and bytes that mostly sit in
// a cache. Zen 4 and its like; only the order of magnitude matters.
constexpr double operations_per_ns = 100, bytes_per_ns = 40;

// A kernel that one thread finishes within this time stays on one. A second thread would halve it, but must fetch what
// the first one's caches hold: next to nothing between neighbouring cores, some 10 us for 100 KB where the two sit on
// different chiplets (a round trip of 340 ns against 30 to 60). A virtual machine can change from the one to the other
// while it runs, and has no means to know.
constexpr double least_parallel_ns = 15000;

bool is_worth_threads(const Kernel& kernel) {
  if (const auto* call = std::get_if<Call>(&kernel.body); call && call->layout.batch == 1) return false;
  return kernel.operations / operations_per_ns + kernel.bytes / bytes_per_ns >= least_parallel_ns;
}

ContractionTarget target_of(const DeviceInfo& info) {
  return {
      .vector_bytes = info.vector_bytes, .l1_bytes = info.l1_bytes, .l2_bytes = info.l2_bytes, .threads = info.threads};
}

std::size_t scratch_bytes_of(const Kernel& kernel, const DeviceInfo& info) {
  if (std::holds_alternative<Call>(kernel.body)) return 0;
  if (const auto* contraction = std::get_if<Contraction>(&kernel.body))
    return plan_contraction(*contraction, target_of(info)).scratch_bytes;
  return loops_scratch_bytes(kernel);
}

void dump(std::string_view stage, const std::string& text) {
  if (is_dumped(stage)) fmt::print(stderr, "---- {}\n{}", stage, text);
}

std::string graph_text(const Graph& graph) { return is_dumped("graph") ? to_string(graph) : std::string(); }

void verify_all(const Schedule& schedule, const MemoryPlan& memory) {
#ifdef TENON_VERIFY
  const bool wanted = true;
#else
  static const bool wanted = std::getenv("TENON_VERIFY") != nullptr;
#endif
  if (!wanted) return;
  verify(schedule.graph);
  verify(schedule);
  verify(memory, schedule);
}

}  // namespace

bool is_dumped(std::string_view stage) {
  static const char* const variable = std::getenv("TENON_DUMP");
  return variable && std::string_view(variable).find(stage) != std::string_view::npos;
}

std::vector<KernelSource> render(const Schedule& schedule, const DeviceInfo& info) {
  std::vector<KernelSource> sources;
  for (const Kernel& kernel : schedule.kernels) {
    if (const auto* call = std::get_if<Call>(&kernel.body)) {
      if (is_host_call(kernel)) continue;
      CallText text = render_call_c(kernel);
      sources.push_back({.name = std::move(text.name),
                         .text = std::move(text.text),
                         .users_name = call_description(call->number).name});
      continue;
    }
    const bool is_contraction = std::holds_alternative<Contraction>(kernel.body);
    sources.push_back(
        {.name = kernel.name,
         .text = is_contraction ? render_contraction_c(kernel, target_of(info)) : render_loops_c(kernel),
         .optimization = is_contraction ? OptimizationClass::vector_types : OptimizationClass::scalar_loops});
  }
  return sources;
}

Plan::Plan(Device& device, const Graph& graph, const std::vector<Donation>& donations, PlanFamily* family)
    : device_(device), original_(graph) {
  dump("graph", graph_text(graph));
  std::vector<std::uint32_t> state_outputs;
  for (const Donation& donation : donations) state_outputs.push_back(donation.output);
  const auto lock = family ? std::unique_lock(family->mutex()) : std::unique_lock<std::mutex>();
  std::optional<Schedule> shared = family ? family->schedule(graph) : std::nullopt;
  schedule_ = shared ? std::move(*shared) : make_schedule(graph, state_outputs);
  memory_ = plan_memory(schedule_, donations);
  verify_all(schedule_, memory_);
  find_outputs();
  if (device.info().execution != Execution::interpreter) make_programs(shared ? family : nullptr);
}

Plan::~Plan() = default;

void Plan::find_outputs() {
  for (std::size_t i = 0; i < schedule_.outputs.size(); ++i) {
    const NodeId id = schedule_.outputs[i];
    const GraphNode& node = schedule_.graph.nodes[id];
    output_bytes_.push_back(static_cast<std::size_t>(node.shape.elements()) * size_of(node.dtype));
    const Place& place = memory_.places[id];
    output_slots_.push_back(place.kind == Place::Kind::slot ? static_cast<int>(place.number) : -1);
    output_originals_.push_back(place.kind == Place::Kind::output ? place.number : i);
  }
}

void Plan::make_programs(PlanFamily* family) {
  std::vector<KernelSource> sources = render(schedule_, device_.info());
  numbers_.resize(sources.size());
  if (family) family->generalise(sources, numbers_);
  if (is_dumped("schedule")) dump("schedule", to_string(schedule_));
  if (is_dumped("kernel"))
    for (const Kernel& kernel : schedule_.kernels) dump("kernel", to_string(kernel));
  for (const KernelSource& source : sources) dump("source", source.text);
  static const std::string prelude = std::string(kernel_abi_c_text) + std::string(c_prelude_text());
  programs_ = device_.load(prelude, sources);

  std::size_t pointer_count = 0;
  for (const Kernel& kernel : schedule_.kernels) pointer_count += kernel.buffers.size();
  pointers_.resize(pointer_count);
  std::uint32_t next = 0;
  std::size_t program = 0;
  for (const Kernel& kernel : schedule_.kernels) {
    const LoadedKernel* loaded = &HostCall::kernel();
    const std::int64_t* scalars = nullptr;
    if (is_host_call(kernel)) {
      host_calls_.push_back(std::make_unique<HostCall>(std::get<Call>(kernel.body), host_calls_.size()));
      scalars = host_calls_.back()->scalars();
    } else {
      if (const auto* call = std::get_if<Call>(&kernel.body)) numbers_[program] = call_scalars(call->layout);
      scalars = numbers_[program].empty() ? nullptr : numbers_[program].data();
      loaded = programs_[program++];
    }
    launches_.push_back({.kernel = loaded,
                         .buffers = pointers_.data() + next,
                         .scalars = scalars,
                         .max_threads = is_worth_threads(kernel) ? 1 << 16 : 1,
                         .scratch_bytes = scratch_bytes_of(kernel, device_.info())});
    for (const KernelBuffer& buffer : kernel.buffers) bindings_.push_back({next++, memory_.places[buffer.value]});
  }
  if (KernelTimes::wanted()) times_ = std::make_unique<KernelTimes>(schedule_);
  // Nothing needs the expressions of the kernels any more.
  for (Kernel& kernel : schedule_.kernels) {
    kernel.body = LoopProgram{};
    kernel.pool.reset();
  }
}

void Plan::run(std::span<const Buffer* const> slots, std::span<const Buffer* const> outputs,
               std::span<const std::source_location> places) {
  if (device_.info().execution == Execution::interpreter) {
    interpret_graph(slots, outputs);
    return;
  }
  Arena& arena = arena_of(device_);
  const std::lock_guard lock(arena.mutex());
  auto* const base = static_cast<std::byte*>(arena.at_least(device_, memory_.arena_bytes));
  for (const Binding& binding : bindings_) {
    switch (binding.place.kind) {
      case Place::Kind::slot: pointers_[binding.pointer] = slots[binding.place.number]->data(); break;
      case Place::Kind::output: pointers_[binding.pointer] = outputs[binding.place.number]->data(); break;
      case Place::Kind::arena: pointers_[binding.pointer] = base + binding.place.number; break;
      case Place::Kind::nowhere: break;
    }
  }
  for (const auto& call : host_calls_) call->prepare();
  const RunStatus status = times_ ? times_->run(device_, launches_) : device_.run(launches_);
  if (status.code < 0 && HostCall::number_of(status.code) < host_calls_.size())
    host_calls_[HostCall::number_of(status.code)]->throw_failure();
  if (status.code != 0) fail(status, places);
}

void Plan::fail(const RunStatus& status, std::span<const std::source_location> places) const {
  const Kernel& kernel = schedule_.kernels[status.launch];
  const GraphNode& node = schedule_.graph.nodes[kernel.checks[static_cast<std::size_t>(status.code - 1)]];
  const std::int64_t size = node.op == Op::scatter_add ? node.shape[0] : schedule_.graph.nodes[node.inputs[0]].shape[0];
  const std::string message =
      fmt::format("{}: an index is outside an axis of size {}; indices must be at least 0 and below that size",
                  name(node.op), size);
  if (node.origin < places.size()) throw IndexError(message, places[node.origin]);
  throw IndexError(message);
}

void Plan::interpret_graph(std::span<const Buffer* const> slots, std::span<const Buffer* const> outputs) {
  std::vector<HostView> leaves;
  for (std::size_t slot = 0; slot < original_.leaves.size(); ++slot) {
    const NodeId leaf = original_.leaves[slot];
    if (leaf == no_node) {
      leaves.push_back({DType::f32, Shape{0}, nullptr});
      continue;
    }
    const GraphNode& node = original_.nodes[leaf];
    leaves.push_back({node.dtype, node.shape, static_cast<const std::byte*>(slots[slot]->data())});
  }
  const std::vector<HostTensor> values = interpret(original_, leaves);
  for (std::size_t i = 0; i < values.size(); ++i)
    if (output_slots_[i] < 0 && output_originals_[i] == i && !values[i].bytes.empty())
      std::memcpy(outputs[i]->data(), values[i].bytes.data(), values[i].bytes.size());
}

}  // namespace tenon
