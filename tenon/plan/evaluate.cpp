#include "tenon/plan/evaluate.h"

#include <fmt/format.h>

#include <algorithm>

#include "tenon/core/error.h"
#include "tenon/graph/graph.h"
#include "tenon/graph/recording.h"
#include "tenon/plan/plan_cache.h"
#include "tenon/plan/plan_family.h"

namespace tenon {
namespace {

const Buffer& buffer_of(const Node& leaf) { return static_cast<const Buffer&>(*leaf.storage); }

Device& device_of(const Trace& trace) {
  if (trace.leaves.empty()) return default_device();
  Device& device = buffer_of(*trace.leaves[0]).device();
  for (const Node* leaf : trace.leaves)
    if (&buffer_of(*leaf).device() != &device)
      throw DeviceError(fmt::format("evaluate: operands are on {} and on {}; copy one of them to the other device",
                                    device.name(), buffer_of(*leaf).device().name()));
  return device;
}

}  // namespace

void evaluate(std::span<const NodeRef> nodes) {
  const std::lock_guard lock(graph_mutex());
  std::vector<NodeRef> wanted;
  for (const NodeRef& node : nodes) {
    if (node->op == Op::parameter && !node->storage)
      throw ValueError(
          "evaluate: this array is an argument of a function that is being traced; it has no value until the "
          "compiled function is called");
    if (!node->storage) wanted.push_back(node);
  }
  if (wanted.empty()) return;
  drop_unused_history();
  static Tracer& tracer = *new Tracer;  // used under graph_mutex()
  const Trace& traced = tracer.run(wanted);
  Device& device = device_of(traced);
  DynamicSizes dynamic;
  for (const Node* leaf : traced.leaves) dynamic.add(*leaf);
  const std::shared_ptr<Plan> plan =
      PlanCache::instance().find_or_make(device, traced.graph, traced.hash, dynamic.any());

  std::vector<const Buffer*> slots;
  for (const Node* leaf : traced.leaves) slots.push_back(&buffer_of(*leaf));
  // What the trace added for its checks is computed and dropped.
  const std::size_t count = plan->output_count();
  std::vector<Ref<const Storage>> storages(count);
  std::vector<const Buffer*> outputs(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (const int slot = plan->output_slot(i); slot >= 0) {
      storages[i] = traced.leaves[static_cast<std::size_t>(slot)]->storage;
    } else if (const std::size_t original = plan->output_original(i); original != i) {
      storages[i] = storages[original];
      outputs[i] = outputs[original];
    } else {
      Ref<Buffer> buffer =
          device.allocate(plan->output_bytes(i), Origin("value", wanted[std::min(i, wanted.size() - 1)]->where));
      outputs[i] = buffer.get();
      storages[i] = Ref<const Storage>(buffer.get());
    }
  }
  try {
    plan->run(slots, outputs);
  } catch (const IndexError&) {
    plan->run(slots, outputs, trace(wanted).places);  // once more, to say where
    throw;
  }
  std::vector<NodeValue> values;
  for (std::size_t i = 0; i < wanted.size(); ++i)
    values.push_back({wanted[i], std::move(storages[i]), dynamic.axes_of(wanted[i]->shape)});
  set_values(values);
}

}  // namespace tenon
