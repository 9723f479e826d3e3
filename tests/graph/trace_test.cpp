// From nodes to a Graph: equal subexpressions, slots, and leaves that share memory.
#include <gtest/gtest.h>

#include "tenon/graph/compose.h"
#include "tenon/graph/graph.h"
#include "tests/support/host_values.h"

namespace tenon::testing {
namespace {

class FakeStorage final : public Storage {};
Ref<const Storage> fresh_storage() { return Ref<const Storage>(new FakeStorage); }

NodeRef leaf(const Shape& shape = {4}, Ref<const Storage> storage = fresh_storage()) {
  return make_leaf(DType::f32, shape, std::move(storage));
}
NodeRef argument(int slot) { return make_argument(DType::f32, {4}, slot); }

Trace traced(std::initializer_list<NodeRef> outputs, int arguments = 0) {
  const std::lock_guard lock(graph_mutex());
  Trace result = trace(std::span(outputs.begin(), outputs.size()), arguments);
  verify(result.graph);
  return result;
}

NodeRef add(const NodeRef& a, const NodeRef& b) { return build::binary(Scalar::add, a, b); }
NodeRef exp(const NodeRef& a) { return build::unary(Scalar::exp, a); }

TEST(Tracing, EqualSubexpressionsAreOneNode) {
  const NodeRef x = leaf(), y = leaf();
  const Trace t = traced({add(exp(add(x, y)), exp(add(x, y)))});
  EXPECT_EQ(t.graph.nodes.size(), 5u);  // x, y, x + y, its exp, the sum
  EXPECT_EQ(t.graph.nodes.back().inputs[0], t.graph.nodes.back().inputs[1]);
}

TEST(Tracing, NodesThatDifferInOneFieldStayApart) {
  const NodeRef x = leaf({2, 2});
  const Trace t =
      traced({build::reduce(Scalar::add, x, 0b01), build::reduce(Scalar::add, x, 0b10),
              build::reduce(Scalar::maximum, x, 0b01), build::constant(DType::f32, 1), build::constant(DType::f32, 2),
              build::constant(DType::f64, 1), build::reshape(x, {4}), build::reshape(x, {1, 4})});
  EXPECT_EQ(t.graph.nodes.size(), 9u);
}

TEST(Tracing, OperandsComeBeforeTheirReadersAndOutputsKeepTheirOrder) {
  const NodeRef x = leaf(), late = exp(exp(x)), early = exp(x);
  const Trace t = traced({late, early, x, late});
  ASSERT_EQ(t.graph.outputs.size(), 4u);
  EXPECT_EQ(t.graph.outputs[0], 2u);
  EXPECT_EQ(t.graph.outputs[1], 1u);
  EXPECT_EQ(t.graph.outputs[2], 0u);
  EXPECT_EQ(t.graph.outputs[3], 2u);
}

TEST(Tracing, LeavesGetSlotsInTheOrderOfTheFirstVisit) {
  const NodeRef a = leaf(), b = leaf(), c = leaf();
  const Trace t = traced({add(add(c, a), add(b, c))});
  ASSERT_EQ(t.leaves.size(), 3u);
  EXPECT_EQ(t.leaves[0], c.get());
  EXPECT_EQ(t.leaves[1], a.get());
  EXPECT_EQ(t.leaves[2], b.get());
  for (std::size_t slot = 0; slot < 3; ++slot)
    EXPECT_EQ(t.graph.nodes[t.graph.leaves[slot]].attributes, (Attributes{static_cast<std::int64_t>(slot)}));
}

TEST(Tracing, ArgumentsKeepTheirSlotsBeforeAllLeaves) {
  const NodeRef captured = leaf();
  const Trace t = traced({add(captured, argument(2))}, 3);
  ASSERT_EQ(t.leaves.size(), 4u);
  EXPECT_EQ(t.leaves[3], captured.get());
  EXPECT_EQ(t.graph.leaves[0], no_node);
  EXPECT_EQ(t.graph.leaves[1], no_node);
  EXPECT_EQ(t.graph.nodes[t.graph.leaves[2]].attributes, (Attributes{2}));
  EXPECT_EQ(t.graph.nodes[t.graph.leaves[3]].attributes, (Attributes{3}));
}

TEST(Tracing, LeavesOfOneStorageShareASlot) {
  const Ref<const Storage> storage = fresh_storage();
  const NodeRef a = leaf({4}, storage), b = leaf({4}, storage);
  const Trace same = traced({add(a, b)});
  EXPECT_EQ(same.leaves.size(), 1u);
  EXPECT_EQ(same.graph.nodes.size(), 2u);
  // Seen in another shape it is another node of the same slot.
  const NodeRef square = leaf({2, 2}, storage);
  const Trace two = traced({add(build::reshape(square, {4}), a)});
  EXPECT_EQ(two.leaves.size(), 1u);
  EXPECT_EQ(two.graph.nodes.size(), 4u);
}

// Whether two operands alias is part of the structure: kernels may rely on it.
TEST(Tracing, AliasingChangesTheGraph) {
  const NodeRef x = leaf(), y = leaf();
  EXPECT_FALSE(traced({add(x, x)}).graph == traced({add(x, y)}).graph);
}

TEST(Tracing, DataIsNoPartOfTheStructure) {
  const Trace a = traced({add(exp(leaf()), leaf())}), b = traced({add(exp(leaf()), leaf())});
  EXPECT_EQ(a.hash, b.hash);
  EXPECT_EQ(a.graph, b.graph);
}

TEST(Tracing, TheHashTellsGraphsApart) {
  const NodeRef x = leaf(), y = leaf();
  const std::uint64_t hash = traced({add(x, y)}).hash;
  EXPECT_NE(hash, traced({build::binary(Scalar::sub, x, y)}).hash);
  EXPECT_NE(hash, traced({add(x, x)}).hash);
  EXPECT_NE(hash, traced({add(x, y), x}).hash);
  EXPECT_NE(traced({x, exp(x)}).hash, traced({exp(x), x}).hash);
}

TEST(Tracing, DeepGraphsNeedNoDeepStack) {
  NodeRef x = leaf();
  for (int depth = 0; depth < 200000; ++depth) x = exp(x);
  EXPECT_EQ(traced({x}).graph.nodes.size(), 200001u);
}

TEST(Tracing, ManyNodesAndLeavesAreStillTold) {
  std::vector<NodeRef> leaves;
  NodeRef sum = leaf();
  for (int i = 0; i < 5000; ++i) {
    leaves.push_back(leaf());
    sum = add(sum, exp(leaves.back()));
  }
  // Once more, so that everything is found again.
  for (const NodeRef& x : leaves) sum = add(sum, exp(x));
  const Trace t = traced({sum});
  EXPECT_EQ(t.leaves.size(), 5001u);
  EXPECT_EQ(t.graph.nodes.size(), 5001u + 5000u + 10000u);
}

TEST(Tracing, EvaluatedNodesAreLeaves) {
  const NodeRef x = leaf(), y = exp(x);
  {
    const std::lock_guard lock(graph_mutex());
    become_leaf(*y, fresh_storage());
  }
  const Trace t = traced({exp(y)});
  EXPECT_EQ(t.graph.nodes.size(), 2u);
  EXPECT_EQ(t.leaves, std::vector<const Node*>{y.get()});
}

TEST(Tracing, GraphsArePrintedOneLineANode) {
  const NodeRef x = leaf({2, 3});
  EXPECT_EQ(to_string(traced({build::reduce(Scalar::maximum, exp(x), 0b10)}).graph),
            "%0 = parameter float32 [2, 3] {0}\n"
            "%1 = exp float32 [2, 3] (%0)\n"
            "%2 = reduce_maximum float32 [2] (%1) {2}\n"
            "outputs %2\n");
}

}  // namespace
}  // namespace tenon::testing
