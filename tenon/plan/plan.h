// A plan: everything needed to compute one graph again and again on one device.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tenon/runtime/device.h"
#include "tenon/schedule/memory_plan.h"
#include "tenon/schedule/schedule.h"

namespace tenon {

class HostCall;
class KernelTimes;
class PlanFamily;

/// graph -> schedule -> memory plan -> source -> programs. Immutable once made; may run from any thread, one
/// at a time.
class Plan {
 public:
  /// Throws CompileError when a kernel does not compile. On a device that interprets, no kernel is made.
  /// `family`: of plans whose kernels serve other sizes, too.
  Plan(Device& device, const Graph& graph, const std::vector<Donation>& donations = {}, PlanFamily* family = nullptr);
  ~Plan();
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

  /// `slots`: the memory of each leaf. `outputs`: one buffer for each output of the graph, output_bytes()
  /// long; null where output_slot() says that the output is a leaf's memory. For donations in in_place(), the
  /// output's buffer may be the slot's. Throws IndexError when a gather or scatter met an index outside its
  /// table, and says where it was asked for: `places` are those of the graph's nodes (Trace::places); and what a
  /// call's description says when its function failed.
  void run(std::span<const Buffer* const> slots, std::span<const Buffer* const> outputs,
           std::span<const std::source_location> places = {});

  const Schedule& schedule() const { return schedule_; }
  const MemoryPlan& memory() const { return memory_; }
  Device& device() const { return device_; }
  std::size_t output_count() const { return schedule_.outputs.size(); }
  std::size_t output_bytes(std::size_t output) const { return output_bytes_[output]; }
  /// The slot whose memory already holds an output (a leaf, perhaps reshaped), or -1.
  int output_slot(std::size_t output) const { return output_slots_[output]; }
  /// An output that shares the buffer of an earlier one; otherwise the output itself.
  std::size_t output_original(std::size_t output) const { return output_originals_[output]; }
  const std::vector<Donation>& in_place() const { return memory_.in_place; }

 private:
  void find_outputs();
  void make_programs(PlanFamily* family);
  [[noreturn]] void fail(const RunStatus& status, std::span<const std::source_location> places) const;
  void interpret_graph(std::span<const Buffer* const> slots, std::span<const Buffer* const> outputs);

  // A pointer that changes with the arguments of run().
  struct Binding {
    std::uint32_t pointer;  // position in pointers_
    Place place;
  };

  Device& device_;
  Graph original_;  // for interpreters
  Schedule schedule_;
  MemoryPlan memory_;
  std::vector<std::size_t> output_bytes_;
  std::vector<int> output_slots_;
  std::vector<std::size_t> output_originals_;
  std::vector<const LoadedKernel*> programs_;
  std::vector<std::vector<std::int64_t>> numbers_;  // that each program takes: sizes that vary, a call's sizes
  std::vector<void*> pointers_;                     // of all launches, one after the other
  std::vector<Binding> bindings_;
  std::vector<Launch> launches_;
  std::vector<std::unique_ptr<HostCall>> host_calls_;
  std::unique_ptr<KernelTimes> times_;  // with TENON_PROFILE
};

/// The C text of a schedule's kernels but for calls of the host, as compiled for `device`.
std::vector<KernelSource> render(const Schedule& schedule, const DeviceInfo& info);

/// Text of the stages that the environment's TENON_DUMP names (graph, schedule, kernel, source, separated by
/// commas) goes to stderr whenever a plan is made.
bool is_dumped(std::string_view stage);

}  // namespace tenon
