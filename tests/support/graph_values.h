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

/// A trace of outputs whose leaves are arguments, to be interpreted for any values of these.
class TracedFunction {
 public:
  TracedFunction(std::span<const NodeRef> outputs, std::size_t arguments) {
    const std::lock_guard lock(graph_mutex());
    graph_ = trace(outputs, static_cast<int>(arguments)).graph;
  }
  std::vector<HostTensor> operator()(std::span<const HostTensor> values) const {
    std::vector<HostView> views;
    for (const HostTensor& value : values) views.push_back(value.view());
    return interpret(graph_, views);
  }

 private:
  Graph graph_;
};

/// Interprets outputs whose leaves are arguments for `values`.
inline std::vector<HostTensor> interpret_nodes(std::span<const NodeRef> outputs, std::span<const HostTensor> values) {
  return TracedFunction(outputs, values.size())(values);
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

/// Up to so many elements are moved one by one; of more, all at once in so many random directions.
inline constexpr std::int64_t most_single_moves = 128, directions = 32;

/// Moves of the elements of float64 tensors: of one, by 1, or of all, each by a number in [-1, 1].
inline std::vector<std::vector<HostTensor>> moves_of(const std::vector<Shape>& shapes) {
  std::vector<HostTensor> still;
  std::int64_t elements = 0;
  for (const Shape& shape : shapes) elements += still.emplace_back(DType::f64, shape).elements();
  std::vector<std::vector<HostTensor>> moves;
  if (elements <= most_single_moves) {
    for (std::size_t which = 0; which < shapes.size(); ++which)
      for (std::int64_t i = 0; i < still[which].elements(); ++i) moves.emplace_back(still)[which].data<double>()[i] = 1;
    return moves;
  }
  SeededRandom random(static_cast<std::uint64_t>(elements));
  for (std::int64_t number = 0; number < directions; ++number) {
    std::vector<HostTensor>& move = moves.emplace_back();
    for (const Shape& shape : shapes) move.push_back(random_tensor(random.engine, DType::f64, shape, {-1, 1}));
  }
  return moves;
}

/// Checks the gradient of weighted_sum(f) with respect to all float64 values: its product with moves v of these against
/// central differences (f(x + h v) - f(x - h v)) / 2h. Error: h^2 / 6 times the third derivative, plus rounding eps /
/// h; with h = 1e-5 both are far below the tolerance, relative to the largest slope. A gradient that is wrong in one
/// element is wrong in almost every random direction.
inline void expect_gradients(const NodeFunction& f, const std::vector<HostTensor>& values, double tolerance = 1e-6) {
  const std::vector<NodeRef> arguments = arguments_for(values);
  std::vector<NodeRef> wrt;
  std::vector<std::size_t> slots;
  std::vector<Shape> shapes;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i].dtype == DType::f64) {
      wrt.push_back(arguments[i]);
      slots.push_back(i);
      shapes.push_back(values[i].shape);
    }
  const NodeRef scalar = weighted_sum(f(arguments));
  const std::vector<HostTensor> gradients = interpret_nodes(grad(scalar, wrt), values);
  const TracedFunction function(std::span(&scalar, 1), values.size());
  constexpr double h = 1e-5;
  const auto moved_by = [&](const std::vector<HostTensor>& move, double step) {
    std::vector<HostTensor> moved = values;
    for (std::size_t w = 0; w < slots.size(); ++w)
      for (std::int64_t i = 0; i < move[w].elements(); ++i)
        moved[slots[w]].data<double>()[i] += step * move[w].data<double>()[i];
    return function(moved)[0].data<double>()[0];
  };
  std::vector<double> actual, expected;
  for (const std::vector<HostTensor>& move : moves_of(shapes)) {
    double slope = 0;
    for (std::size_t w = 0; w < slots.size(); ++w)
      for (std::int64_t i = 0; i < move[w].elements(); ++i)
        if (const double along = move[w].data<double>()[i]; along != 0) slope += gradients[w].data<double>()[i] * along;
    actual.push_back(slope);
    expected.push_back((moved_by(move, h) - moved_by(move, -h)) / (2 * h));
  }
  double largest = 1;
  for (const double slope : expected) largest = std::max(largest, std::fabs(slope));
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const bool are_nan = std::isnan(actual[i]) && std::isnan(expected[i]);  // of what is 0 / 0 everywhere
    const bool is_close = are_nan || std::fabs(actual[i] - expected[i]) <= tolerance * largest;
    ASSERT_TRUE(is_close) << "gradient along move " << i << " of " << actual.size() << ": " << actual[i]
                          << ", and by differences " << expected[i];
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
