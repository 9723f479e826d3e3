// Values of nodes by the reference interpreter, and their derivatives by central differences.
#pragma once

#include <cmath>
#include <functional>
#include <mutex>
#include <vector>

#include "tenon/autograd/vjp.h"
#include "tenon/graph/build.h"
#include "tenon/graph/graph_mutex.h"
#include "tests/support/host_values.h"

namespace tenon::testing {

/// A function from nodes to one node: what most tests are about.
using NodeFunction = std::function<NodeRef(std::span<const NodeRef>)>;

/// Argument nodes of the types and shapes of `values`.
inline std::vector<NodeRef> arguments_for(std::span<const HostTensor> values) {
  std::vector<NodeRef> arguments;
  for (const HostTensor& value : values)
    arguments.push_back(make_argument(value.dtype, value.shape, static_cast<int>(arguments.size())));
  return arguments;
}

/// Interprets outputs whose leaves are arguments for `values`.
inline std::vector<HostTensor> interpret_nodes(std::span<const NodeRef> outputs, std::span<const HostTensor> values) {
  std::vector<HostView> views;
  for (const HostTensor& value : values) views.push_back(value.view());
  const std::lock_guard lock(graph_mutex());
  return interpret(trace(outputs, static_cast<int>(values.size())).graph, views);
}

inline HostTensor interpret_function(const NodeFunction& f, std::span<const HostTensor> values) {
  const NodeRef output = f(arguments_for(values));
  return interpret_nodes(std::span(&output, 1), values).front();
}

/// Makes a floating scalar of any node: its elements weighted with different numbers, so that no two errors
/// cancel.
inline NodeRef weighted_sum(const NodeRef& x) {
  const std::int64_t elements = x->shape.elements();
  NodeRef weights = build::cast(build::reshape(build::iota(DType::i64, elements), x->shape), x->dtype);
  // sin(i + 1): of mixed sign, never repeating.
  Shape ones(x->shape.rank(), 1);
  const NodeRef one = build::expand(build::reshape(build::constant(x->dtype, 1), ones), x->shape);
  weights = build::unary(Scalar::sin, build::binary(Scalar::add, weights, one));
  return build::reduce(Scalar::add, build::binary(Scalar::mul, x, weights), (1u << x->shape.rank()) - 1);
}

/// Checks the gradient of weighted_sum(f) with respect to every float64 value against central differences
/// (f(x + h) - f(x - h)) / 2h. Error: h^2 / 6 times the third derivative, plus rounding eps / h; with h =
/// 1e-5 both are far below the tolerance, relative to the largest slope.
inline void expect_gradients(const NodeFunction& f, const std::vector<HostTensor>& values, double tolerance = 1e-6) {
  const std::vector<NodeRef> arguments = arguments_for(values);
  std::vector<NodeRef> wrt;
  std::vector<std::size_t> slots;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i].dtype == DType::f64) {
      wrt.push_back(arguments[i]);
      slots.push_back(i);
    }
  const NodeRef scalar = weighted_sum(f(arguments));
  const std::vector<NodeRef> gradients = grad(scalar, wrt);
  const std::vector<HostTensor> actual = interpret_nodes(gradients, values);
  constexpr double h = 1e-5;
  for (std::size_t w = 0; w < wrt.size(); ++w) {
    HostTensor expected(DType::f64, wrt[w]->shape);
    double largest = 1;
    std::vector<HostTensor> moved = values;
    double* x = moved[slots[w]].data<double>();
    for (std::int64_t i = 0; i < expected.elements(); ++i) {
      const double kept = x[i];
      x[i] = kept + h;
      const double above = interpret_nodes(std::span(&scalar, 1), moved)[0].data<double>()[0];
      x[i] = kept - h;
      const double below = interpret_nodes(std::span(&scalar, 1), moved)[0].data<double>()[0];
      x[i] = kept;
      expected.data<double>()[i] = (above - below) / (2 * h);
      largest = std::max(largest, std::fabs(expected.data<double>()[i]));
    }
    EXPECT_TRUE(matches(actual[w], expected, {.absolute = tolerance * largest})) << "gradient of value " << slots[w];
  }
}

/// The same for the gradient's own gradients: the function checked is the gradient with respect to each
/// float64 value.
inline void expect_second_gradients(const NodeFunction& f, const std::vector<HostTensor>& values,
                                    double tolerance = 1e-5) {
  for (std::size_t slot = 0; slot < values.size(); ++slot) {
    if (values[slot].dtype != DType::f64) continue;
    SCOPED_TRACE(fmt::format("second gradient, first with respect to value {}", slot));
    expect_gradients(
        [&](std::span<const NodeRef> arguments) {
          return grad(weighted_sum(f(arguments)), arguments.subspan(slot, 1)).front();
        },
        values, tolerance);
  }
}

}  // namespace tenon::testing
