#include "tenon/array/compile.h"

#include <fmt/format.h>

#include <algorithm>

#include "tenon/core/error.h"
#include "tenon/plan/evaluate.h"
#include "tenon/plan/executable.h"

namespace tenon {
namespace {

struct Signature {
  DType dtype;
  Shape shape;
  bool operator==(const Signature&) const = default;
};

bool fits(const Array& array, const Signature& signature) {
  return array.dtype() == signature.dtype && array.shape() == signature.shape;
}

void evaluate_all(std::span<const Array> state, std::span<const Array> arguments) {
  std::vector<NodeRef> pending;
  for (std::span<const Array> arrays : {state, arguments})
    for (const Array& array : arrays)
      if (!array.node().storage) pending.push_back(array.node_ref());
  if (!pending.empty()) evaluate(pending);
}

}  // namespace

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

CompiledStep::Variant& CompiledStep::variant_for(std::span<const Array> state, std::span<const Array> arguments) {
  for (std::size_t v = 0; v < variants_.size(); ++v) {
    const std::vector<Signature>& signature = variants_[v]->signature;
    bool all_fit = signature.size() == state.size() + arguments.size();
    for (std::size_t i = 0; all_fit && i < signature.size(); ++i)
      all_fit = fits(i < state.size() ? state[i] : arguments[i - state.size()], signature[i]);
    if (!all_fit) continue;
    if (v > 0)
      std::rotate(variants_.begin(), variants_.begin() + static_cast<std::ptrdiff_t>(v),
                  variants_.begin() + static_cast<std::ptrdiff_t>(v) + 1);
    return *variants_[0];
  }

  // Trace with stand-ins for state and arguments.
  auto variant = std::make_unique<Variant>();
  std::vector<Array> stand_ins;
  for (std::span<const Array> arrays : {state, arguments})
    for (const Array& array : arrays) {
      variant->signature.push_back({array.dtype(), array.shape()});
      stand_ins.emplace_back(make_argument(array.dtype(), array.shape(), static_cast<int>(stand_ins.size())));
    }
  const std::span<const Array> all = stand_ins;
  const StepResult traced = function_(all.first(state.size()), all.subspan(state.size()));
  if (traced.state.size() != state.size())
    throw ValueError(
        fmt::format("compile: the function got {} state arrays and returned {}; it has to return each one's successor",
                    state.size(), traced.state.size()));
  std::vector<NodeRef> outputs;
  std::vector<Donation> donations;
  for (std::size_t i = 0; i < state.size(); ++i) {
    const Array& next = traced.state[i];
    if (next.shape() != state[i].shape())
      throw ShapeError(fmt::format("compile: state {} has shape {} and its successor {}; they have to be equal", i,
                                   to_string(state[i].shape()), to_string(next.shape())));
    if (next.dtype() != state[i].dtype())
      throw DTypeError(fmt::format("compile: state {} is {} and its successor {}; they have to be equal", i,
                                   name(state[i].dtype()), name(next.dtype())));
    donations.push_back({static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(outputs.size())});
    outputs.push_back(next.node_ref());
  }
  for (const Array& result : traced.results) {
    variant->result_signature.push_back({result.dtype(), result.shape()});
    outputs.push_back(result.node_ref());
  }
  // Plans compute what their first outputs need first. Successors of a model's last parameters go first: their
  // gradients are ready before the others', and what they are made from can go.
  std::reverse(outputs.begin(), outputs.end());
  for (Donation& donation : donations)
    donation.output = static_cast<std::uint32_t>(outputs.size()) - 1 - donation.output;
  const Array* first = !state.empty() ? &state[0] : !arguments.empty() ? &arguments[0] : nullptr;
  Device& device = first ? static_cast<const Buffer&>(*first->node().storage).device() : default_device();
  variant->executable = std::make_unique<Executable>(device, outputs, static_cast<int>(stand_ins.size()), donations);
  variant->results.resize(outputs.size());
  variant->may_overwrite.assign(stand_ins.size(), false);
  variants_.insert(variants_.begin(), std::move(variant));
  return *variants_[0];
}

std::vector<Array> CompiledStep::operator()(std::vector<Array>& state, std::span<const Array> arguments) {
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
