#include "tenon/plan/executable.h"

#include "tenon/graph/graph.h"
#include "tenon/plan/plan_family.h"

namespace tenon {
namespace {

Trace locked_trace(std::span<const NodeRef> outputs, int argument_count) {
  const std::lock_guard lock(graph_mutex());
  return trace(outputs, argument_count);
}

const Buffer* buffer_of(const Ref<const Storage>& storage) { return static_cast<const Buffer*>(storage.get()); }

}  // namespace

Executable::Executable(Device& device, std::span<const NodeRef> outputs, int argument_count,
                       const std::vector<Donation>& donations, bool is_dynamic)
    : Executable(device, locked_trace(outputs, argument_count), outputs.size(), argument_count, donations, is_dynamic) {
}

void Executable::show(Device& device, std::span<const NodeRef> outputs, int argument_count,
                      const std::vector<Donation>& donations) {
  const Trace traced = locked_trace(outputs, argument_count);
  const std::shared_ptr<PlanFamily> family = family_of(device, traced.graph, donations);
  const std::lock_guard lock(family->mutex());
  family->show(traced.graph);
}

Executable::Executable(Device& device, Trace traced, std::size_t output_count, int argument_count,
                       const std::vector<Donation>& donations, bool is_dynamic)
    : plan_(device, traced.graph, donations, is_dynamic ? family_of(device, traced.graph, donations).get() : nullptr),
      donor_(plan_.output_count(), -1) {
  for (auto slot = static_cast<std::size_t>(argument_count); slot < traced.leaves.size(); ++slot)
    captured_.push_back(traced.leaves[slot]->storage);
  for (const Donation& donation : plan_.in_place()) donor_[donation.output] = static_cast<int>(donation.slot);
  slots_.resize(traced.leaves.size());
  for (std::size_t i = 0; i < captured_.size(); ++i)
    slots_[static_cast<std::size_t>(argument_count) + i] = buffer_of(captured_[i]);
  outputs_.resize(plan_.output_count());
  for (std::size_t i = output_count; i < outputs_.size(); ++i) {
    Ref<Buffer> buffer = plan_.device().allocate(plan_.output_bytes(i), Origin("checks of a compiled function"));
    outputs_[i] = buffer.get();
    unread_.emplace_back(buffer.get());
  }
  places_ = std::move(traced.places);
}

void Executable::run(std::span<const Ref<const Storage>> arguments, const std::vector<bool>& may_overwrite,
                     std::span<Ref<const Storage>> results) {
  for (std::size_t i = 0; i < arguments.size(); ++i) slots_[i] = buffer_of(arguments[i]);
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (const int slot = plan_.output_slot(i); slot >= 0) {
      const auto number = static_cast<std::size_t>(slot);
      results[i] = number < arguments.size() ? arguments[number] : captured_[number - arguments.size()];
    } else if (const std::size_t original = plan_.output_original(i); original != i) {
      results[i] = results[original];
    } else if (const int donor = donor_[i]; donor >= 0 && may_overwrite[static_cast<std::size_t>(donor)]) {
      results[i] = arguments[static_cast<std::size_t>(donor)];
    } else {
      Ref<Buffer> buffer = plan_.device().allocate(plan_.output_bytes(i), Origin("result of a compiled function"));
      results[i] = Ref<const Storage>(buffer.get());
    }
    outputs_[i] = buffer_of(results[i]);
  }
  plan_.run(slots_, outputs_, places_);
}

}  // namespace tenon
