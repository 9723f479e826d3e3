// Functions with gradients of the user's own.
//
//   const auto clipped = custom_function(
//       [](const std::vector<Array>& x) { return x[0]; },
//       [](const std::vector<Array>& x, const std::vector<Array>& y, const std::vector<Array>& cotangents) {
//         return clip(cotangents[0], -1, 1);
//       });
//   const Array y = clipped({x});
#pragma once

#include <functional>
#include <initializer_list>

#include "tenon/array/functions.h"

namespace tenon {

namespace detail {

using Forward = std::function<std::vector<Array>(const std::vector<Array>& inputs)>;
using Backward = std::function<std::vector<Array>(const std::vector<Array>& inputs, const std::vector<Array>& outputs,
                                                  const std::vector<Array>& cotangents)>;

std::vector<Array> call_custom(std::span<const Array> inputs, const Forward& forward, Backward backward,
                               const std::source_location& where);

}  // namespace detail

/// A function of arrays, with its own gradient; see custom_function.
template <class F, class B>
class CustomFunction {
 public:
  CustomFunction(F forward, B backward) : forward_(std::move(forward)), backward_(std::move(backward)) {}

  /// What forward returns: an Array or a std::vector<Array>.
  auto operator()(std::span<const Array> inputs, std::source_location where = std::source_location::current()) const {
    return detail::from_arrays<detail::ResultOf<F>>(detail::call_custom(
        inputs, [this](const std::vector<Array>& x) { return detail::as_arrays(forward_(x)); },
        [backward = backward_](const auto& x, const auto& y, const auto& cotangents) {
          return detail::as_arrays(backward(x, y, cotangents));
        },
        where));
  }
  auto operator()(std::initializer_list<Array> inputs,
                  std::source_location where = std::source_location::current()) const {
    return (*this)(std::span(inputs.begin(), inputs.size()), where);
  }

 private:
  F forward_;
  B backward_;
};

/// A function whose values are those of `forward` and whose gradient is what `backward` says. `forward` takes a
/// std::vector<Array> and returns an Array or a std::vector<Array>. `backward` takes the inputs, the outputs and the
/// outputs' cotangents, a std::vector<Array> each (cotangents: zeros for outputs on which nothing depends, no value for
/// those that are not floating), and returns the inputs' cotangents, in their types and shapes; an Array without a
/// value lets none pass. One Array will do for one input.
///
/// Both build graph: they work inside `compile`, and what backward computes has gradients in turn, with respect to
/// inputs, outputs and cotangents alike. For `jvp` backward has to be linear in the cotangents.
///
/// No gradient goes through forward itself. Differentiating throws GradientError when forward depends on what is
/// differentiated by in another way than through its inputs, or backward returns another number of arrays than there
/// are inputs; ShapeError or DTypeError when what it returns does not fit them.
template <class F, class B>
CustomFunction<F, B> custom_function(F forward, B backward) {
  return {std::move(forward), std::move(backward)};
}

}  // namespace tenon
