// What the layers share: options, and what is checked of the tensor that a layer is applied to.
#pragma once

#include "tenon/nn/axis_sizes.h"
#include "tenon/tensor/elementwise.h"

namespace tenon {

/// Whether a layer adds a learned bias: Linear<784, 10, no_bias>.
enum class BiasTerm : bool { absent, learned };
inline constexpr BiasTerm no_bias = BiasTerm::absent;
inline constexpr BiasTerm with_bias = BiasTerm::learned;

/// The bias of a layer that has none.
struct NoBias {};

namespace detail {

template <BiasTerm term, class Bias>
struct BiasField {
  using type = Bias;
};
template <class Bias>
struct BiasField<BiasTerm::absent, Bias> {
  using type = NoBias;
};

struct LayerPlan {
  Mistake mistake;
  AxisList axes;  // of the result
};

/// Of a layer that works on the last axis: it must fit `in`, and becomes `out`. `layer` is its name in messages.
template <class X>
constexpr LayerPlan layer_plan(const Mistake& layer, DType dtype, const Axis& in, const Axis& out) {
  const std::string_view name(layer.text, layer.length);
  LayerPlan plan;
  if constexpr (!is_tensor<X>) {
    plan.mistake = mistake(name, " is applied to no tensor; an Array is given axes by as<float, ...>(array)");
    plan.axes.push_back(out);
  } else if constexpr (X::rank == 0) {
    plan.mistake = mistake(name, " is applied to a scalar; it needs an axis ", in);
    plan.axes.push_back(out);
  } else {
    plan.axes = X::axes;
    Axis& last = plan.axes[X::rank - 1];
    if (!unify(last, in).fits)
      plan.mistake = mistake(name, ": the last axis of ", X::axes, " is ", last, ", not ", in);
    else if (X::dtype != dtype)
      plan.mistake = mistake(name, ": its elements are ", tenon::name(dtype), ", those of x ", tenon::name(X::dtype),
                             "; use cast<...>(x)");
    last = out;
  }
  return plan;
}

/// "Linear<784, 10>"
constexpr Mistake layer_name(std::string_view layer, const Axis& first, const Axis& second) {
  return mistake(layer, "<", first.view(), ", ", second.view(), ">");
}
constexpr Mistake layer_name(std::string_view layer, const Axis& axis) { return mistake(layer, "<", axis.view(), ">"); }

/// The array of a bias, or none.
template <class Bias>
Array bias_array(const Bias& bias) {
  if constexpr (is_tensor<Bias>)
    return bias.array();
  else
    return {};
}

}  // namespace detail
}  // namespace tenon
