// compile: a function of arrays, traced once and then replayed.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "tenon/array/array.h"

namespace tenon {

/// What a traced function returns: the state's successors, in the state's order, and whatever else it
/// computes.
struct StepResult {
  std::vector<Array> state;
  std::vector<Array> results;
};

/// A function of a state, which each call replaces, and of arguments.
using StepFunction = std::function<StepResult(std::span<const Array> state, std::span<const Array> arguments)>;

class Device;
class Executable;

/// Calls `function` once for each combination of dtypes and shapes that it meets, records what it computes,
/// and from then on only runs the kernels. Numbers and arrays that the function captures are fixed at that
/// time; what changes from call to call has to be state or an argument. Random numbers come from a key in the
/// state.
///
/// The state is updated in place where nothing else refers to it. Inside a function that is being differentiated, what
/// depends on its variables is not run but becomes a part of that function, so that gradients go through.
class CompiledStep {
 public:
  explicit CompiledStep(StepFunction function);
  ~CompiledStep();
  CompiledStep(CompiledStep&&) noexcept;
  CompiledStep& operator=(CompiledStep&&) noexcept;

  /// Replaces `state` and returns the results. Throws ValueError when the function returns another number of
  /// states than it got, ShapeError or DTypeError when a state changes its shape or type.
  std::vector<Array> operator()(std::vector<Array>& state, std::span<const Array> arguments = {});

  /// Traces and compiles for arguments like these, and runs nothing: for looking at kernel counts and memory.
  const Executable& prepare(std::span<const Array> state, std::span<const Array> arguments = {});

 private:
  struct Signature;
  struct Traced;
  struct Variant;
  Traced trace(std::span<const Signature> signature, std::size_t states);
  void show_other_sizes(Device& device, std::span<const Array> state, std::span<const Array> arguments);
  Variant& variant_for(std::span<const Array> state, std::span<const Array> arguments);

  StepFunction function_;
  std::vector<std::unique_ptr<Variant>> variants_;  // most recently used first
};

inline CompiledStep compile(StepFunction function) { return CompiledStep(std::move(function)); }

}  // namespace tenon
