// Long reductions become two: which ones, and that the value stays.
#include "tenon/schedule/split_reductions.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/graph_values.h"

namespace tenon::testing {
namespace {

struct Case {
  Scalar combine;
  DType dtype;
  Shape shape;
  std::uint32_t axes;

  std::string label() const {
    return fmt::format("{} {} {} {:#x}", name(combine), name(dtype), to_string(shape), axes);
  }
  Graph graph() const {
    const NodeRef result = build::reduce(combine, make_argument(dtype, shape, 0), axes);
    const std::lock_guard lock(graph_mutex());
    return trace(std::span(&result, 1), 1).graph;
  }
};

int reductions_in(const Graph& graph) {
  int count = 0;
  for (const GraphNode& node : graph.nodes) count += node.op == Op::reduce;
  return count;
}

HostTensor value_of(const Graph& graph, const HostTensor& x) {
  const HostView view = x.view();
  return interpret(graph, std::span(&view, 1))[0];
}

TEST(SplitReductions, ValuesStayTheSame) {
  SeededRandom random(1);
  std::vector<Case> cases;
  for (const Scalar combine : {Scalar::add, Scalar::mul, Scalar::maximum, Scalar::minimum})
    for (const DType dtype : {DType::f64, DType::f32, DType::i32, DType::i64, DType::u8})
      for (const auto& [shape, axes] : std::initializer_list<std::pair<Shape, std::uint32_t>>{{{1 << 16}, 0b1},
                                                                                              {{65537}, 0b1},
                                                                                              {{3, 32771}, 0b10},
                                                                                              {{32771, 3}, 0b01},
                                                                                              {{40, 30, 50}, 0b111},
                                                                                              {{40, 30, 50}, 0b101},
                                                                                              {{2, 70001, 1}, 0b110},
                                                                                              {{9, 4099, 2}, 0b010}})
        cases.push_back({combine, dtype, shape, axes});
  for (const Case& test : cases) {
    const HostTensor x = random_tensor(random.engine, test.dtype, test.shape, {0.999, 1.001});
    const Graph graph = test.graph(), split = split_reductions(graph);
    verify(split);
    // The interpreter combines in double and rounds partial results once more. In float64 a sum or product
    // of n values near 1 is off by n roundings.
    const double n = static_cast<double>(x.elements());
    const Tolerance tolerance{.ulps = test.dtype == DType::f32 ? 64 : 2 * n};
    const bool exact = test.combine == Scalar::maximum || test.combine == Scalar::minimum;
    EXPECT_TRUE(matches(value_of(split, x), value_of(graph, x), exact ? Tolerance{} : tolerance)) << test.label();
  }
}

TEST(SplitReductions, LongOnesWithFewResultsAreSplit) {
  for (const Case& test : std::initializer_list<Case>{
           {Scalar::add, DType::f32, {1 << 16}, 0b1},
           {Scalar::add, DType::f32, {65537}, 0b1},  // a prime: padded
           {Scalar::maximum, DType::f32, {65537}, 0b1},
           {Scalar::mul, DType::i32, {65537}, 0b1},
           {Scalar::maximum, DType::i32, {1 << 16}, 0b1},
           {Scalar::add, DType::f32, {4, 1 << 15}, 0b10},
           {Scalar::add, DType::f32, {1 << 14, 8}, 0b01},
       }) {
    EXPECT_EQ(reductions_in(split_reductions(test.graph())), 2) << test.label();
  }
}

TEST(SplitReductions, OthersStayWhole) {
  for (const Case& test : std::initializer_list<Case>{
           {Scalar::add, DType::f32, {1000}, 0b1},                                 // short
           {Scalar::add, DType::f32, {1024, 1024}, 0b10},                          // enough rows
           {Scalar::maximum, DType::i32, {65537}, 0b1},                            // nothing to pad with
           {Scalar::add, DType::f32, {2, 2, 2, 2, 2, 2, 2, 1 << 12}, 0b10000000},  // no axis left
       }) {
    const Graph graph = test.graph();
    EXPECT_EQ(split_reductions(graph), graph) << test.label();
  }
}

// NaN and infinities pass, whatever the padding of a prime length holds.
TEST(SplitReductions, SpecialValuesSurvivePadding) {
  constexpr double inf = std::numeric_limits<double>::infinity();
  for (const double special : {std::nan(""), inf, -inf})
    for (const Scalar combine : {Scalar::add, Scalar::mul, Scalar::maximum, Scalar::minimum}) {
      const Case test{combine, DType::f32, {65537}, 0b1};
      HostTensor x(DType::f32, test.shape);
      for (std::int64_t i = 0; i < x.elements(); ++i) set(x, i, -1);
      set(x, 65536, special);
      const Graph graph = test.graph();
      EXPECT_TRUE(matches(value_of(split_reductions(graph), x), value_of(graph, x)))
          << test.label() << " of " << special;
    }
}

TEST(SplitReductions, ReadersAndSlotsFollow) {
  const NodeRef x = make_argument(DType::f32, {1 << 16}, 1), y = make_argument(DType::f32, {}, 2);
  const NodeRef sum = build::reduce(Scalar::add, x, 1);
  const NodeRef outputs[] = {build::binary(Scalar::mul, sum, y), sum};
  Graph graph;
  {
    const std::lock_guard lock(graph_mutex());
    graph = trace(outputs, 3).graph;
  }
  const Graph split = split_reductions(graph);
  verify(split);
  ASSERT_EQ(split.leaves.size(), 3u);
  EXPECT_EQ(split.leaves[0], no_node);
  EXPECT_EQ(split.nodes[split.leaves[1]].attributes, (Attributes{1}));
  EXPECT_EQ(split.nodes[split.outputs[0]].inputs[0], split.outputs[1]);
}

}  // namespace
}  // namespace tenon::testing
