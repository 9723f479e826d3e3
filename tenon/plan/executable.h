// A traced function, ready to be called with other arguments.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "tenon/graph/graph.h"
#include "tenon/plan/plan.h"

namespace tenon {

/// What `outputs` compute from arguments 0 .. argument_count - 1 (nodes of make_argument) and from the leaves
/// that the function captured, which stay alive with it.
class Executable {
 public:
  /// `donations` say which arguments' memory may become which output's. `is_dynamic`: the same function will be traced
  /// for other sizes, which shall share its kernels.
  Executable(Device& device, std::span<const NodeRef> outputs, int argument_count,
             const std::vector<Donation>& donations, bool is_dynamic = false);

  /// Tells the family of such executables about sizes that may come: what `outputs` look like for them.
  static void show(Device& device, std::span<const NodeRef> outputs, int argument_count,
                   const std::vector<Donation>& donations);

  /// Runs it. `arguments[i]` is the memory of argument i. `may_overwrite[i]`: nobody else looks at it any
  /// more, so a donation of it may take place. `results[i]` receives the memory of output i: the argument's
  /// own where the donation took place or the output is that argument.
  void run(std::span<const Ref<const Storage>> arguments, const std::vector<bool>& may_overwrite,
           std::span<Ref<const Storage>> results);

  const Plan& plan() const { return plan_; }

 private:
  Executable(Device& device, Trace traced, std::size_t output_count, int argument_count,
             const std::vector<Donation>& donations, bool is_dynamic);

  std::vector<Ref<const Storage>> captured_;
  std::vector<Ref<const Storage>> unread_;  // the memory of outputs that the trace added for its checks
  Plan plan_;
  std::vector<int> donor_;  // of each output: the argument whose place it may take, or -1
  std::vector<const Buffer*> slots_, outputs_;
  std::vector<std::source_location> places_;  // of the traced nodes
};

}  // namespace tenon
