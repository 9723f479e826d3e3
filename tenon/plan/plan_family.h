// Plans of one structure, for sizes that vary: compiled once, with the sizes as arguments of the kernels.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tenon/render/general_text.h"
#include "tenon/runtime/device.h"
#include "tenon/schedule/general_schedule.h"
#include "tenon/schedule/memory_plan.h"

namespace tenon {

/// The first graph of a family is planned for its own sizes. The second one tells which sizes vary; from then on
/// kernels take them as arguments, and further graphs compile nothing, whatever their sizes. (Sizes of 1, and such as
/// equal another size by chance, may make other kernels; these are compiled when they are first met.)
class PlanFamily {
 public:
  explicit PlanFamily(const DeviceInfo& info, std::vector<Donation> donations = {});

  /// An example of the sizes that may come, without a plan for it.
  void show(const Graph& graph);

  /// The schedule of `graph` as a member of the family; nothing if it has to be planned on its own.
  std::optional<Schedule> schedule(const Graph& graph);

  /// The kernels of such a schedule. Where `sources[k]`, the text for its sizes, is that of a general kernel with
  /// certain numbers, it becomes this kernel, and `numbers[k]` what this wants in `arguments->scalars`.
  void generalise(std::vector<KernelSource>& sources, std::vector<std::vector<std::int64_t>>& numbers);

  /// Held by who uses the family.
  std::mutex& mutex() { return mutex_; }

 private:
  // One kernel of the schedule.
  struct KernelTexts {
    std::vector<std::string> examples;  // for single sizes
    std::vector<GeneralText> general;
  };
  void learn(const Graph& graph);

  std::mutex mutex_;
  const DeviceInfo& info_;
  std::vector<std::uint32_t> state_outputs_;
  std::vector<Graph> examples_;
  std::optional<GeneralSchedule> general_;
  std::vector<KernelTexts> kernels_;
};

/// The process's family for graphs of this structure, with these donations. Some hundred are remembered.
std::shared_ptr<PlanFamily> family_of(const Device& device, const Graph& graph,
                                      const std::vector<Donation>& donations = {});

/// Sizes of axes that were declared dynamic.
class DynamicSizes {
 public:
  void add(const Node& leaf) {
    if (leaf.dynamic_axes != 0) add_sizes(leaf);
  }
  bool any() const { return !sizes_.empty(); }
  /// The axes of a shape that have one of these sizes: what is computed from dynamic arrays is dynamic, too.
  std::uint8_t axes_of(const Shape& shape) const;

 private:
  void add_sizes(const Node& leaf);

  std::vector<std::int64_t> sizes_;
};

}  // namespace tenon
