#include "tenon/array/compile.h"

#include <fmt/format.h>

#include <algorithm>

#include "tenon/core/error.h"
#include "tenon/graph/recording.h"
#include "tenon/plan/evaluate.h"
#include "tenon/plan/executable.h"
#include "tenon/plan/plan_family.h"

namespace tenon {
namespace {

void evaluate_all(std::span<const Array> state, std::span<const Array> arguments) {
  std::vector<NodeRef> pending;
  for (std::span<const Array> arrays : {state, arguments})
    for (const Array& array : arrays)
      if (!array.node().storage) pending.push_back(array.node_ref());
  if (!pending.empty()) evaluate(pending);
}

// Whether the call is part of something that may be differentiated, as the body of value_and_grad.
bool is_recorded(std::span<const Array> state, std::span<const Array> arguments) {
  if (!is_recording()) return false;
  std::vector<NodeRef> nodes;
  for (std::span<const Array> arrays : {state, arguments})
    for (const Array& array : arrays) nodes.push_back(array.node_ref());
  return tenon::is_recorded(nodes);
}

void check_successors(std::span<const Array> state, std::span<const Array> successors) {
  if (successors.size() != state.size())
    throw ValueError(
        fmt::format("compile: the function got {} state arrays and returned {}; it has to return each one's successor",
                    state.size(), successors.size()));
  for (std::size_t i = 0; i < state.size(); ++i) {
    const Array &now = state[i], &next = successors[i];
    if (next.shape() != now.shape())
      throw ShapeError(fmt::format("compile: state {} has shape {} and its successor {}; they have to be equal", i,
                                   to_string(now.shape()), to_string(next.shape())));
    if (next.dtype() != now.dtype())
      throw DTypeError(fmt::format("compile: state {} is {} and its successor {}; they have to be equal", i,
                                   name(now.dtype()), name(next.dtype())));
  }
}

}  // namespace

struct CompiledStep::Signature {
  DType dtype;
  Shape shape;

  bool fits(const Array& array) const { return array.dtype() == dtype && array.shape() == shape; }
};

// The function, called with stand-ins for state and arguments.
struct CompiledStep::Traced {
  std::vector<NodeRef> outputs;
  std::vector<Donation> donations;
  std::vector<Signature> result_signature;
};

struct CompiledStep::Variant {
  std::vector<Signature> signature;  // of the state, then the arguments
  std::unique_ptr<Executable> executable;
  std::vector<Signature> result_signature;  // of the results
  // Reused by every call.
  std::vector<Ref<const Storage>> arguments, results;
  std::vector<bool> may_overwrite;
};

CompiledStep::CompiledStep(StepFunction function) : function_(std::move(function)) {}
CompiledStep::~CompiledStep() = default;
CompiledStep::CompiledStep(CompiledStep&&) noexcept = default;
CompiledStep& CompiledStep::operator=(CompiledStep&&) noexcept = default;

CompiledStep::Traced CompiledStep::trace(std::span<const Signature> signature, std::size_t states) {
  std::vector<Array> stand_ins;
  for (const Signature& one : signature)
    stand_ins.emplace_back(make_argument(one.dtype, one.shape, static_cast<int>(stand_ins.size())));
  const std::span<const Array> all = stand_ins;
  const StepResult result = function_(all.first(states), all.subspan(states));
  check_successors(all.first(states), result.state);
  Traced traced;
  for (std::size_t i = 0; i < states; ++i) {
    traced.donations.push_back({static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(traced.outputs.size())});
    traced.outputs.push_back(result.state[i].node_ref());
  }
  for (const Array& array : result.results) {
    traced.result_signature.push_back({array.dtype(), array.shape()});
    traced.outputs.push_back(array.node_ref());
  }
  // Plans compute what their first outputs need first. Successors of a model's last parameters go first: their
  // gradients are ready before the others', and what they are made from can go.
  std::reverse(traced.outputs.begin(), traced.outputs.end());
  for (Donation& donation : traced.donations)
    donation.output = static_cast<std::uint32_t>(traced.outputs.size()) - 1 - donation.output;
  return traced;
}

// Traces once more, for other sizes of the dynamic axes, so that kernels take sizes as arguments from the start. A
// function that does not like these sizes learns what varies from the second ones that it meets.
void CompiledStep::show_other_sizes(Device& device, std::span<const Array> state, std::span<const Array> arguments) {
  constexpr std::int64_t factor = 5;  // whatever divides a size divides the other one
  std::vector<Signature> signature;
  for (std::span<const Array> arrays : {state, arguments})
    for (const Array& array : arrays) {
      signature.push_back({array.dtype(), array.shape()});
      for (int axis = 0; axis < array.rank(); ++axis)
        if ((array.node().dynamic_axes >> axis & 1) != 0) signature.back().shape[axis] *= factor;
    }
  try {
    const Traced traced = trace(signature, state.size());
    Executable::show(device, traced.outputs, static_cast<int>(signature.size()), traced.donations);
  } catch (const std::exception&) {
    return;
  }
}

CompiledStep::Variant& CompiledStep::variant_for(std::span<const Array> state, std::span<const Array> arguments) {
  for (std::size_t v = 0; v < variants_.size(); ++v) {
    const std::vector<Signature>& signature = variants_[v]->signature;
    bool all_fit = signature.size() == state.size() + arguments.size();
    for (std::size_t i = 0; all_fit && i < signature.size(); ++i)
      all_fit = signature[i].fits(i < state.size() ? state[i] : arguments[i - state.size()]);
    if (!all_fit) continue;
    if (v > 0)
      std::rotate(variants_.begin(), variants_.begin() + static_cast<std::ptrdiff_t>(v),
                  variants_.begin() + static_cast<std::ptrdiff_t>(v) + 1);
    return *variants_[0];
  }

  DynamicSizes dynamic;
  for (std::span<const Array> arrays : {state, arguments})
    for (const Array& array : arrays) dynamic.add(array.node());
  const Array* first = !state.empty() ? &state[0] : !arguments.empty() ? &arguments[0] : nullptr;
  Device& device = first ? static_cast<const Buffer&>(*first->node().storage).device() : default_device();
  if (dynamic.any()) show_other_sizes(device, state, arguments);

  auto variant = std::make_unique<Variant>();
  for (std::span<const Array> arrays : {state, arguments})
    for (const Array& array : arrays) variant->signature.push_back({array.dtype(), array.shape()});
  Traced traced = trace(variant->signature, state.size());
  variant->result_signature = std::move(traced.result_signature);
  variant->executable = std::make_unique<Executable>(
      device, traced.outputs, static_cast<int>(variant->signature.size()), traced.donations, dynamic.any());
  variant->results.resize(traced.outputs.size());
  variant->may_overwrite.assign(variant->signature.size(), false);
  variants_.insert(variants_.begin(), std::move(variant));
  return *variants_[0];
}

std::vector<Array> CompiledStep::operator()(std::vector<Array>& state, std::span<const Array> arguments) {
  if (is_recorded(state, arguments)) {
    // Gradients may have to go through it: it becomes a part of the caller's expressions.
    StepResult result = function_(state, arguments);
    check_successors(state, result.state);
    std::ranges::move(result.state, state.begin());
    return std::move(result.results);
  }
  evaluate_all(state, arguments);
  Variant& variant = variant_for(state, arguments);
  variant.arguments.clear();
  for (const Array& array : state) variant.arguments.push_back(array.node().storage);
  for (const Array& array : arguments) variant.arguments.push_back(array.node().storage);
  // A state that only this vector refers to: one handle on its node; its memory is held by the node and by
  // our own list.
  for (std::size_t i = 0; i < state.size(); ++i)
    variant.may_overwrite[i] =
        state[i].node().references.load(std::memory_order_acquire) == 1 && variant.arguments[i]->owners() == 2;

  variant.executable->run(variant.arguments, variant.may_overwrite, variant.results);
  std::reverse(variant.results.begin(), variant.results.end());

  for (std::size_t i = 0; i < state.size(); ++i)
    if (variant.results[i] != variant.arguments[i])
      state[i] = Array(make_leaf(state[i].dtype(), state[i].shape(), std::move(variant.results[i])));
  std::vector<Array> results;
  results.reserve(variant.result_signature.size());
  for (std::size_t i = 0; i < variant.result_signature.size(); ++i)
    results.emplace_back(make_leaf(variant.result_signature[i].dtype, variant.result_signature[i].shape,
                                   std::move(variant.results[state.size() + i])));
  // Nothing is kept alive between calls.
  for (Ref<const Storage>& storage : variant.arguments) storage = nullptr;
  for (Ref<const Storage>& storage : variant.results) storage = nullptr;
  return results;
}

const Executable& CompiledStep::prepare(std::span<const Array> state, std::span<const Array> arguments) {
  evaluate_all(state, arguments);
  return *variant_for(state, arguments).executable;
}

}  // namespace tenon
