// Calls of functions of the user's own on tensors, whose result the caller declares; see array/call.h.
//
//   const UserKernel scaled = c_kernel("scaled", ...);
//   const auto y = call_kernel<Tensor<float, "row">>(scaled, x, scale);      // x and scale: Tensor<float, "row">
//
// The sizes of the result are those of the inputs' axes that bear its axes' names.
#pragma once

#include <array>

#include "tenon/array/call.h"
#include "tenon/graph/node.h"
#include "tenon/tensor/tensor.h"

namespace tenon {

namespace detail {

struct CallPlan {
  Mistake mistake;
  SizeChecks checks;                    // of the inputs
  SizeFormula formulas[max_rank] = {};  // of each axis of the result, from the axes of an input,
  int sources[max_rank] = {};           // this one
};

// The first axes are a batch that all operands have.
template <std::size_t N>
constexpr Mistake unequal_batch(const AxisList& result, const std::array<AxisList, N>& inputs, int batch) {
  if (batch < 0 || batch > result.rank) return mistake("call_kernel: the result ", result, " has no ", batch, " axes");
  for (const AxisList& input : inputs) {
    if (input.rank < batch)
      return mistake("call_kernel: ", input, " has not the ", batch, " batch axes of the result ", result);
    for (int i = 0; i < batch; ++i)
      if (!unify(input[i], result[i]).fits)
        return mistake("call_kernel: batch axis ", input[i], " of ", input, " does not fit axis ", result[i], " of ",
                       result);
  }
  return {};
}

template <std::size_t N>
constexpr CallPlan call_plan(const AxisList& result, const std::array<AxisList, N>& inputs, int batch, bool has_sizes) {
  CallPlan plan;
  for (std::size_t i = 0; i < N; ++i) plan.checks.add(inputs.data(), static_cast<int>(i));
  if (static_cast<int>(N) > max_inputs)
    plan.mistake = mistake("call_kernel: ", N, " inputs, at most ", max_inputs, " are supported");
  else
    plan.mistake = unequal_batch(result, inputs, batch);
  for (int axis = 0; axis < result.rank && !has_sizes && plan.mistake.empty(); ++axis) {
    plan.formulas[axis] = size_formula(result[axis], AxisList());
    for (std::size_t i = 0; i < N && !plan.formulas[axis].known; ++i) {
      plan.formulas[axis] = size_formula(result[axis], inputs[i]);
      plan.sources[axis] = static_cast<int>(i);
    }
    if (!plan.formulas[axis].known)
      plan.mistake = mistake("call_kernel: the size of axis ", result[axis], " of ", result,
                             " does not follow from the inputs; give the sizes");
  }
  return plan;
}

}  // namespace detail

/// The kernel's function of these inputs, a Result: call_kernel<Tensor<float, "batch", "row">, 1>(kernel, x, y). The
/// first `batch_axes` axes are a batch, as in UserKernel's own call. Throws ShapeError where a name stands for two
/// sizes.
template <TensorType Result, int batch_axes = 0, TensorType... X>
Result call_kernel(const detail::Located<UserKernel>& kernel, const X&... inputs) {
  static constexpr std::array<AxisList, sizeof...(X)> axes{X::axes...};
  static constexpr detail::CallPlan plan = detail::call_plan(Result::axes, axes, batch_axes, false);
  detail::require<plan.mistake>();
  if constexpr (plan.checks.count > 0)
    detail::check_sizes("call_kernel", plan.checks, {detail::bound(inputs)...}, kernel.where);
  const std::array<Array, sizeof...(X)> arrays{inputs.array()...};
  Shape shape;
  for (int axis = 0; axis < Result::rank; ++axis) {
    const auto source = static_cast<std::size_t>(plan.sources[axis]);
    const bool is_open = source < arrays.size();
    shape.push_back(detail::evaluate("call_kernel", Result::axes[axis], plan.formulas[axis],
                                     is_open ? axes[source] : Result::axes, is_open ? arrays[source].shape() : shape,
                                     kernel.where));
  }
  return Result(kernel.value(arrays, Result::dtype, shape, batch_axes, kernel.where), kernel.where);
}
/// With the sizes of the axes that the result's type leaves open: call_kernel<Tensor<float, "found">>(kernel, {10}, x).
template <TensorType Result, int batch_axes = 0, TensorType... X>
Result call_kernel(const detail::Located<UserKernel>& kernel, const RunTimeSizes<Result>& sizes, const X&... inputs) {
  static constexpr std::array<AxisList, sizeof...(X)> axes{X::axes...};
  static constexpr detail::CallPlan plan = detail::call_plan(Result::axes, axes, batch_axes, true);
  detail::require<plan.mistake>();
  if constexpr (plan.checks.count > 0)
    detail::check_sizes("call_kernel", plan.checks, {detail::bound(inputs)...}, kernel.where);
  const std::array<Array, sizeof...(X)> arrays{inputs.array()...};
  const Array result = kernel.value(arrays, Result::dtype, sizes.shape(), batch_axes, kernel.where);
  static constexpr detail::SizeChecks checks = detail::result_checks({X::axes..., Result::axes});
  if constexpr (checks.count > 0)
    detail::check_sizes("call_kernel", checks, {detail::bound(inputs)..., detail::Bound{result, Result::axes}},
                        kernel.where);
  return Result(result, kernel.where);
}

}  // namespace tenon
