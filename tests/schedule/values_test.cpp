// Values as expressions: views become indices that read what the interpreter reads.
#include "tenon/schedule/values.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tenon/graph/compose.h"
#include "tests/support/graph_values.h"

namespace tenon::testing {
namespace {

std::int64_t floor_divide(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0); }

// The value of an expression over int64 data; variables and leaves are looked up.
struct Evaluator {
  std::span<const std::int64_t> variables;  // by number
  const HostTensor& leaf;

  std::int64_t operator()(Expr e) const {
    switch (e->kind) {
      case ExprKind::integer:
      case ExprKind::number: return e->value;
      case ExprKind::variable: return variables[static_cast<std::size_t>(e->value)];
      case ExprKind::affine: {
        std::int64_t sum = e->value;
        for (std::size_t i = 0; i < e->terms.size(); ++i) sum += e->coefficients[i] * (*this)(e->terms[i]);
        return sum;
      }
      case ExprKind::divide: return floor_divide((*this)(e->terms[0]), e->value);
      case ExprKind::modulo: {
        const std::int64_t x = (*this)(e->terms[0]);
        return x - e->value * floor_divide(x, e->value);
      }
      case ExprKind::within: {
        const std::int64_t x = (*this)(e->terms[0]);
        return e->value <= x && x < e->upper;
      }
      case ExprKind::load: {
        const std::int64_t position = (*this)(e->terms[0]);
        EXPECT_GE(position, 0);
        EXPECT_LT(position, leaf.elements());
        return leaf.data<std::int64_t>()[position];
      }
      case ExprKind::scalar:
        if (e->scalar == Scalar::where) return (*this)(e->terms[(*this)(e->terms[0]) != 0 ? 1 : 2]);
        if (e->scalar == Scalar::logical_and) return (*this)(e->terms[0]) & (*this)(e->terms[1]);
        break;
      default: break;
    }
    ADD_FAILURE() << "unexpected " << to_string(e);
    return 0;
  }
};

// A random chain of movement ops from a leaf.
NodeRef random_view(std::mt19937_64& random, NodeRef x, int depth) {
  const auto below = [&](std::int64_t limit) {
    return std::uniform_int_distribution<std::int64_t>(0, limit - 1)(random);
  };
  for (int step = 0; step < depth; ++step) {
    const Shape shape = x->shape;
    const int axis = static_cast<int>(below(shape.rank()));
    switch (below(6)) {
      case 0: {
        std::vector<int> order(static_cast<std::size_t>(shape.rank()));
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int>(i);
        std::shuffle(order.begin(), order.end(), random);
        x = build::permute(x, order);
        break;
      }
      case 1: x = build::flip(x, 1u << axis); break;
      case 2: x = build::pad_axis(x, axis, below(3), below(3), 77); break;
      case 3: x = build::narrow(x, axis, below(shape[axis]), 1 + below(1)); break;
      case 4: {  // merge all axes, then split off a factor
        const std::int64_t elements = shape.elements();
        std::int64_t factor = 1 + below(6);
        while (elements % factor != 0) --factor;
        x = build::reshape(x, below(2) == 0 ? Shape{factor, elements / factor} : Shape{elements / factor, 1, factor});
        break;
      }
      default: {
        if (shape.rank() > 4 || shape.elements() > 200) break;
        Shape one = shape;
        one.insert(axis, 1);
        Shape target = one;
        target[axis] = 3;
        x = build::expand(build::reshape(x, one), target);
      }
    }
  }
  return x;
}

TEST(Values, ViewsReadTheElementThatTheInterpreterReads) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SeededRandom random(seed);
    HostTensor leaf(DType::i64, {4, 3, 5});
    for (std::int64_t i = 0; i < leaf.elements(); ++i) leaf.data<std::int64_t>()[i] = 100 + i;
    const NodeRef view = random_view(random.engine, make_argument(DType::i64, leaf.shape, 0), 6);
    Graph graph;
    {
      const std::lock_guard lock(graph_mutex());
      graph = trace(std::span(&view, 1), 1).graph;
    }
    const HostView given = leaf.view();
    const HostTensor expected = interpret(graph, std::span(&given, 1))[0];

    ExprPool pool;
    const std::vector<bool> no_anchors(graph.nodes.size(), false);
    const Values values(graph, no_anchors, pool, [](NodeId) { return 0; });
    Index index;
    for (const std::int64_t dim : view->shape) index.push_back(pool.variable(dim));
    const Expr value = values.read(graph.outputs[0], index);
    for (std::int64_t i = 0; i < expected.elements(); ++i) {
      std::vector<std::int64_t> at(static_cast<std::size_t>(view->shape.rank()));
      std::int64_t rest = i;
      for (int axis = view->shape.rank(); axis-- > 0; rest /= view->shape[axis])
        at[static_cast<std::size_t>(axis)] = rest % view->shape[axis];
      ASSERT_EQ((Evaluator{at, leaf}(value)), expected.data<std::int64_t>()[i])
          << "element " << i << " of " << to_string(graph) << to_string(value);
    }
  }
}

class IndexOfShape : public ::testing::Test {
 protected:
  ExprPool pool;
  Index variables(const Shape& shape) {
    Index index;
    for (const std::int64_t dim : shape) index.push_back(dim == 1 ? pool.integer(0) : pool.variable(dim));
    return index;
  }
};

TEST_F(IndexOfShape, DelineariseInvertsLinearise) {
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{7}, Shape{3, 1, 5}, Shape{2, 3, 4, 5}}) {
    const Index index = variables(shape);
    EXPECT_EQ(delinearise(pool, shape, linearise(pool, shape, index)), index) << to_string(shape);
  }
}

TEST_F(IndexOfShape, ReshapesThatLineUpKeepIndicesSimple) {
  const Index index = variables({6, 4, 10});
  const Index merged = reshape_index(pool, {6, 4, 10}, {24, 10}, index);
  ASSERT_EQ(merged.size(), 2u);
  EXPECT_EQ(merged[0], pool.add(pool.multiply(index[0], 4), index[1]));
  EXPECT_EQ(merged[1], index[2]);
  const Index split = reshape_index(pool, {6, 4, 10}, {6, 4, 2, 5}, index);
  ASSERT_EQ(split.size(), 4u);
  EXPECT_EQ(split[0], index[0]);
  EXPECT_EQ(split[1], index[1]);
  EXPECT_EQ(split[2], pool.divide(index[2], 5));
  EXPECT_EQ(split[3], pool.modulo(index[2], 5));
}

TEST_F(IndexOfShape, ReshapeThereAndBackIsTheSameIndex) {
  const std::pair<Shape, Shape> pairs[] = {{{6, 4}, {4, 6}}, {{2, 3, 5}, {30}},      {{30}, {5, 6}}, {{1, 7, 1}, {7}},
                                           {{7}, {1, 1, 7}}, {{4, 6}, {2, 2, 3, 2}}, {{1, 1}, {1}},  {{1}, {}}};
  for (const auto& [to, from] : pairs) {
    const Index index = variables(to);
    const Index there = reshape_index(pool, to, from, index);
    ASSERT_EQ(there.size(), static_cast<std::size_t>(from.rank()));
    EXPECT_EQ(reshape_index(pool, from, to, there), index) << to_string(to) << " to " << to_string(from);
  }
}

// y = x * x + x, again and again: 2^300 paths, but few nodes.
TEST(Values, SharedNodesAreLoweredOnce) {
  NodeRef x = make_argument(DType::f32, {8}, 0);
  for (int i = 0; i < 300; ++i) x = build::binary(Scalar::add, build::binary(Scalar::mul, x, x), x);
  Graph graph;
  {
    const std::lock_guard lock(graph_mutex());
    graph = trace(std::span(&x, 1), 1).graph;
  }
  ExprPool pool;
  const std::vector<bool> no_anchors(graph.nodes.size(), false);
  const Values values(graph, no_anchors, pool, [](NodeId) { return 0; });
  const Expr value = values.read(graph.outputs[0], {pool.variable(8)});
  int nodes = 0;
  for_each_node(std::span(&value, 1), [&](Expr) { ++nodes; });
  EXPECT_EQ(nodes, 602);
}

TEST(Values, AnchorsAreLoadedAndInlinedNodesAreNot) {
  const NodeRef x = make_argument(DType::f32, {8}, 0);
  const NodeRef y = build::unary(Scalar::exp, x), z = build::unary(Scalar::neg, y);
  Graph graph;
  {
    const std::lock_guard lock(graph_mutex());
    graph = trace(std::span(&z, 1), 1).graph;
  }
  ExprPool pool;
  const Expr i = pool.variable(8);
  std::vector<bool> anchors(3, false);
  const Values inlined(graph, anchors, pool, [](NodeId id) { return static_cast<int>(id); });
  EXPECT_EQ(to_string(inlined.read(2, {i})), "neg(exp(b0[i0]))");
  anchors = {false, true, true};
  const Values stored(graph, anchors, pool, [](NodeId id) { return static_cast<int>(id); });
  EXPECT_EQ(to_string(stored.read(2, {i})), "b2[i0]");
  EXPECT_EQ(to_string(stored.compute(2, {i})), "neg(b1[i0])");
}

}  // namespace
}  // namespace tenon::testing
