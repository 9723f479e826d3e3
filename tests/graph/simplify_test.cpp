// Each rule of the simplifier, what it must leave alone, and the graphs' verifier.
#include "tenon/graph/simplify.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tenon/graph/compose.h"
#include "tests/support/errors.h"
#include "tests/support/graph_values.h"

namespace tenon::testing {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Graph graph_of(const NodeRef& output) {
  const std::lock_guard lock(graph_mutex());
  return trace(std::span(&output, 1), 4).graph;
}

Graph simplified(const NodeRef& output) {
  Graph graph = simplify(graph_of(output));
  verify(graph);
  return graph;
}

const GraphNode& output_of(const Graph& graph) { return graph.nodes[graph.outputs[0]]; }

NodeRef argument(DType dtype, const Shape& shape, int slot = 0) { return make_argument(dtype, shape, slot); }

// Whether both become the same graph.
::testing::AssertionResult becomes(const NodeRef& x, const NodeRef& simple) {
  const Graph actual = simplified(x), expected = graph_of(simple);
  if (actual.nodes == expected.nodes && actual.outputs == expected.outputs) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "found\n" << to_string(actual) << "expected\n" << to_string(expected);
}

class SimplifyMatrix : public ::testing::Test {
 protected:
  NodeRef x = argument(DType::f32, {2, 3});
  NodeRef y = argument(DType::f32, {2, 3}, 1);
  NodeRef full(double value) { return build::full_like(x, value); }
};

TEST_F(SimplifyMatrix, NeutralOperandsVanish) {
  EXPECT_TRUE(becomes(build::binary(Scalar::add, x, full(0)), x));
  EXPECT_TRUE(becomes(build::binary(Scalar::add, full(0), x), x));
  EXPECT_TRUE(becomes(build::binary(Scalar::sub, x, full(0)), x));
  EXPECT_TRUE(becomes(build::binary(Scalar::mul, x, full(1)), x));
  EXPECT_TRUE(becomes(build::binary(Scalar::mul, full(1), x), x));
  EXPECT_TRUE(becomes(build::binary(Scalar::div, x, full(1)), x));
  EXPECT_TRUE(becomes(build::unary(Scalar::neg, build::unary(Scalar::neg, x)), x));
  EXPECT_TRUE(becomes(build::unary(Scalar::stop_gradient, x), x));
}

// x * 0 is NaN for NaN and infinities, 0 - x is not x, and so on.
TEST_F(SimplifyMatrix, WhatIsNotNeutralStays) {
  for (const NodeRef& node : {build::binary(Scalar::mul, x, full(0)), build::binary(Scalar::sub, full(0), x),
                              build::binary(Scalar::div, full(1), x), build::binary(Scalar::sub, x, x),
                              build::binary(Scalar::div, x, x), build::binary(Scalar::pow, x, full(0)),
                              build::binary(Scalar::eq, x, x), build::binary(Scalar::maximum, x, full(-inf))})
    EXPECT_TRUE(becomes(node, node));
}

TEST_F(SimplifyMatrix, SelectionsWithOneOutcomeAreThatBranch) {
  const auto condition = [&](double value) { return build::full(DType::boolean, {2, 3}, value); };
  EXPECT_TRUE(becomes(build::where(condition(1), x, y), x));
  EXPECT_TRUE(becomes(build::where(condition(0), y, x), x));
  const NodeRef unknown = argument(DType::boolean, {2, 3}, 2);
  EXPECT_TRUE(becomes(build::where(unknown, x, x), x));
}

TEST_F(SimplifyMatrix, ConstantsAreFolded) {
  EXPECT_TRUE(becomes(build::binary(Scalar::add, full(2), full(3)), full(5)));
  EXPECT_TRUE(becomes(build::unary(Scalar::exp, full(0)), full(1)));
  EXPECT_TRUE(becomes(build::binary(Scalar::lt, full(2), full(3)), build::full(DType::boolean, {2, 3}, 1)));
  EXPECT_TRUE(becomes(build::cast(full(2.5), DType::f64), build::full(DType::f64, {2, 3}, 2.5)));
  EXPECT_TRUE(becomes(build::cast(full(0.5), DType::boolean), build::full(DType::boolean, {2, 3}, 1)));
  // In the element type: a tenth is no number of either type, and not the same one in both.
  EXPECT_TRUE(becomes(build::cast(build::full(DType::f64, {2, 3}, 0.1), DType::f32), full(0.1)));
}

TEST_F(SimplifyMatrix, FoldedConstantsKeepNaNAndInfinity) {
  const NodeRef infinite = build::binary(Scalar::div, full(1), full(0));
  EXPECT_EQ(constant_value(DType::f32, simplified(infinite).nodes[0].attributes[0]), inf);
  const NodeRef undefined = build::binary(Scalar::sub, infinite, infinite);
  EXPECT_TRUE(std::isnan(constant_value(DType::f32, simplified(undefined).nodes[0].attributes[0])));
  EXPECT_TRUE(becomes(build::binary(Scalar::eq, undefined, undefined), build::full(DType::boolean, {2, 3}, 0)));
}

TEST_F(SimplifyMatrix, ChainsOfViewsAreOneView) {
  EXPECT_TRUE(becomes(build::reshape(build::reshape(x, {3, 2}), {6}), build::reshape(x, {6})));
  EXPECT_TRUE(becomes(build::reshape(build::reshape(x, {3, 2}), {2, 3}), x));
  EXPECT_TRUE(becomes(build::permute(build::permute(x, std::array{1, 0}), std::array{1, 0}), x));
  const NodeRef cube = argument(DType::f32, {2, 3, 4});
  EXPECT_TRUE(becomes(build::permute(build::permute(cube, std::array{1, 2, 0}), std::array{0, 2, 1}),
                      build::permute(cube, std::array{1, 0, 2})));
  const NodeRef ones = argument(DType::f32, {1, 1, 4});
  EXPECT_TRUE(becomes(build::expand(build::expand(ones, {1, 3, 4}), {2, 3, 4}), build::expand(ones, {2, 3, 4})));
  const NodeRef row = argument(DType::f32, {20});
  EXPECT_TRUE(becomes(build::slice(build::slice(row, Dims{19}, Dims{10}, Dims{-2}), Dims{8}, Dims{3}, Dims{-3}),
                      build::slice(row, Dims{3}, Dims{3}, Dims{6})));
  EXPECT_TRUE(becomes(build::flip(build::flip(row, 1), 1), row));
}

TEST_F(SimplifyMatrix, MovingOnlyAxesOfSizeOneIsAReshape) {
  const NodeRef thin = argument(DType::f32, {2, 1, 3});
  EXPECT_TRUE(becomes(build::permute(thin, std::array{1, 0, 2}), build::reshape(thin, {1, 2, 3})));
  EXPECT_TRUE(becomes(build::reduce(Scalar::add, thin, 0b010), build::reshape(thin, {2, 3})));
  const NodeRef turned = build::permute(thin, std::array{2, 1, 0});
  EXPECT_TRUE(becomes(turned, turned));
}

TEST_F(SimplifyMatrix, WhatHasNoElementsIsAConstant) {
  const NodeRef nothing = argument(DType::f32, {0, 3});
  EXPECT_TRUE(becomes(build::unary(Scalar::exp, nothing), build::full(DType::f32, {0, 3}, 0)));
  EXPECT_TRUE(becomes(nothing, nothing));
  EXPECT_TRUE(becomes(build::pad(nothing, Dims{1, 1, 0, 0}, 7), build::full(DType::f32, {2, 3}, 7)));
  EXPECT_TRUE(becomes(build::reduce(Scalar::add, nothing, 0b01), build::full(DType::f32, {3}, 0)));
  EXPECT_TRUE(becomes(build::reduce(Scalar::mul, nothing, 0b01), build::full(DType::f32, {3}, 1)));
  const NodeRef thin = argument(DType::f32, {2, 0});
  EXPECT_TRUE(becomes(build::contract(thin, thin, 0, 1), build::full(DType::f32, {2, 2}, 0)));
  const NodeRef indices = argument(DType::i32, {0}, 1);
  EXPECT_TRUE(becomes(build::scatter_add(indices, nothing, 5), build::full(DType::f32, {5, 3}, 0)));
}

// What an empty pad is filled with is exact even where a double is not.
TEST(Simplify, AnEmptyPadKeepsItsFillToTheBit) {
  const NodeRef nothing = argument(DType::f64, {0});
  const Graph graph = simplified(build::pad(nothing, Dims{0, 4}, 0.1));
  EXPECT_EQ(graph.nodes[0].attributes[0], constant_bits(DType::f64, 0.1));
}

TEST(Simplify, IntegersFollowTheSameRules) {
  const NodeRef x = argument(DType::i32, {4});
  EXPECT_TRUE(becomes(build::binary(Scalar::add, x, build::full_like(x, 0)), x));
  EXPECT_TRUE(becomes(build::binary(Scalar::mul, build::full_like(x, 1), x), x));
  // Sums of integer constants might have to wrap.
  const NodeRef sum = build::binary(Scalar::add, build::full_like(x, 2147483647), build::full_like(x, 1));
  EXPECT_EQ(output_of(simplified(sum)).op, Op::elementwise);
}

TEST(Simplify, RoundingThatChangesValuesStays) {
  const NodeRef x = argument(DType::f64, {4});
  const NodeRef rounded = build::cast(build::cast(x, DType::f32), DType::f64);
  EXPECT_TRUE(becomes(rounded, rounded));
}

TEST(Simplify, UnusedNodesGoAndSlotsStay) {
  const NodeRef x = argument(DType::f32, {4}, 0), y = argument(DType::f32, {4}, 1);
  // y takes no part in the result.
  const NodeRef chosen = build::where(build::full(DType::boolean, {4}, 1), x, build::unary(Scalar::exp, y));
  const Graph graph = simplified(chosen);
  EXPECT_EQ(graph.nodes.size(), 1u);
  ASSERT_EQ(graph.leaves.size(), 4u);
  EXPECT_EQ(graph.leaves[0], graph.outputs[0]);
  EXPECT_EQ(graph.leaves[1], no_node);
}

TEST(Simplify, SpecialValuesGoThroughUnchanged) {
  const HostTensor x = tensor_of(DType::f32, {6}, {nan, inf, -inf, 0, 1, -1});
  const auto rules = [](std::span<const NodeRef> a) {
    const NodeRef zero = build::full_like(a[0], 0), one = build::full_like(a[0], 1);
    const NodeRef same = build::binary(Scalar::mul, build::binary(Scalar::add, a[0], zero), one);
    const NodeRef twice = build::unary(Scalar::neg, build::unary(Scalar::neg, same));
    return build::flip(build::flip(build::binary(Scalar::div, twice, one), 1), 1);
  };
  const std::vector<NodeRef> arguments = arguments_for(std::span(&x, 1));
  const Graph graph = simplify(graph_of(rules(arguments)));
  EXPECT_EQ(graph.nodes.size(), 1u);
  EXPECT_TRUE(matches(interpret_function(rules, std::span(&x, 1)), x));
}

// --- the verifier

class GraphVerifier : public ::testing::Test {
 protected:
  // A valid graph that ends in this node.
  static Graph valid(const NodeRef& node) {
    Graph graph = graph_of(node);
    EXPECT_NO_THROW(verify(graph));
    return graph;
  }
  static GraphNode& last(Graph& graph) { return graph.nodes.back(); }
  static void rejects(const Graph& graph, std::string_view reason) {
    expect_error<InternalError>([&] { verify(graph); }, {reason});
  }
  const NodeRef x = argument(DType::f32, {2, 3}), y = argument(DType::f32, {2, 3}, 1);
};

TEST_F(GraphVerifier, RejectsWrongInputs) {
  Graph graph = valid(build::binary(Scalar::add, x, y));
  last(graph).inputs.pop_back();
  rejects(graph, "number of inputs");
  graph = valid(build::binary(Scalar::add, x, y));
  last(graph).inputs[1] = 2;
  rejects(graph, "order of inputs");
}

TEST_F(GraphVerifier, RejectsWrongTypes) {
  Graph graph = valid(build::binary(Scalar::add, x, y));
  graph.nodes[1].dtype = DType::f64;
  rejects(graph, "types of the inputs");
  graph = valid(build::binary(Scalar::lt, x, y));
  last(graph).dtype = DType::f32;
  rejects(graph, "type");
  graph = valid(build::unary(Scalar::exp, x));
  graph.nodes[0].dtype = last(graph).dtype = DType::i32;
  rejects(graph, "type of an input");
  graph = valid(build::where(argument(DType::boolean, {2, 3}, 2), x, y));
  graph.nodes[0].dtype = DType::u8;
  rejects(graph, "type of the condition");
}

TEST_F(GraphVerifier, RejectsWrongScansAndSorts) {
  Graph graph = valid(build::scan(Scalar::add, x, 1));
  last(graph).attributes[0] = 2;
  rejects(graph, "axis");
  graph = valid(build::argsort(x, false, DType::i32));
  last(graph).dtype = DType::f32;
  rejects(graph, "type");
}

TEST_F(GraphVerifier, RejectsWrongShapes) {
  const NodeRef index = argument(DType::i32, {4}, 2);
  const NodeRef nodes[] = {
      build::unary(Scalar::exp, x),
      build::reduce(Scalar::add, x, 0b01),
      build::reshape(x, {6}),
      build::permute(x, std::array{1, 0}),
      build::expand(argument(DType::f32, {1, 3}), {2, 3}),
      build::pad(x, Dims{1, 0, 0, 1}),
      build::contract(x, y, 0, 1),
      build::gather(x, index),
      build::scatter_add(index, argument(DType::f32, {4, 3}, 3), 2),
      build::scan(Scalar::add, x, 0),
      build::argsort(x, false, DType::i32),
  };
  for (const NodeRef& node : nodes) {
    Graph graph = valid(node);
    last(graph).shape.back() += 1;
    rejects(graph, "has a wrong");
  }
}

TEST_F(GraphVerifier, RejectsWrongAttributes) {
  Graph graph = valid(build::permute(x, std::array{1, 0}));
  last(graph).attributes[0] = 0;
  rejects(graph, "axes");
  graph = valid(build::slice(x, Dims{0, 0}, Dims{2, 2}, Dims{1, 1}));
  last(graph).attributes[0] = 1;
  rejects(graph, "positions");
  graph = valid(build::contract(x, y, 0, 1));
  last(graph).attributes.pop_back();
  rejects(graph, "attributes");
}

TEST_F(GraphVerifier, RejectsOutputsAndSlotsThatPointNowhere) {
  Graph graph = valid(build::unary(Scalar::exp, x));
  graph.outputs[0] = 7;
  rejects(graph, "output %7 does not exist");
  graph = valid(build::unary(Scalar::exp, x));
  graph.leaves[0] = 1;
  rejects(graph, "slot 0 refers to %1, which is no leaf");
}

}  // namespace
}  // namespace tenon::testing
