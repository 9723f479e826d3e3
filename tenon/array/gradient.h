// Gradients of Arrays.
#pragma once

#include <utility>
#include <vector>

#include "tenon/array/array.h"
#include "tenon/graph/recording.h"

namespace tenon {

/// Gradient of a floating scalar with respect to each of `wrt`; zeros where it does not depend on one.
/// Evaluation turns an array into a leaf, so that gradients come before values: the gradient of an output whose value
/// has been asked for is an error, and gradients end at arrays on the way that were evaluated. Only what depends on a
/// Variable (variable.h), or is computed inside a function that is being differentiated, as by value_and_grad, may be
/// looked at freely. Throws GradientError for an output of another kind or that was evaluated, and for a `wrt` that is
/// not floating.
std::vector<Array> grad(const Array& output, std::span<const Array> wrt,
                        std::source_location where = std::source_location::current());
std::vector<Array> grad(const Array& output, std::initializer_list<Array> wrt,
                        std::source_location where = std::source_location::current());

/// For each of `wrt` the sum over i of cotangents[i] * d outputs[i] / d wrt.
std::vector<Array> vjp(std::span<const Array> outputs, std::span<const Array> cotangents, std::span<const Array> wrt,
                       std::source_location where = std::source_location::current());

/// Arrays with the same values, each a node of its own: differentiating by them tells apart arguments that
/// were one array, and arguments from what the function caught from around it. They depend on the originals, so that a
/// gradient taken inside a function which is itself differentiated counts there.
std::vector<Array> independent(std::span<const Array> arguments);

/// Lets a function of these arrays evaluate what it likes before it is differentiated.
Recording record(std::span<const Array> variables);

/// f(arguments), a floating scalar, and its gradient with respect to each argument. f takes a
/// std::vector<Array>. It may ask for values on the way, and of compiled functions; gradients go through them.
template <class F>
std::pair<Array, std::vector<Array>> value_and_grad(F&& f, std::span<const Array> arguments,
                                                    std::source_location where = std::source_location::current()) {
  const std::vector<Array> variables = independent(arguments);
  const Recording recording = record(variables);
  Array value = f(variables);
  std::vector<Array> gradients = grad(value, std::span<const Array>(variables), where);
  return {std::move(value), std::move(gradients)};
}
template <class F>
std::pair<Array, std::vector<Array>> value_and_grad(F&& f, std::initializer_list<Array> arguments,
                                                    std::source_location where = std::source_location::current()) {
  return value_and_grad(f, std::span(arguments.begin(), arguments.size()), where);
}

}  // namespace tenon
