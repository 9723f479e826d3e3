// Functions of one example applied to many; tests/autograd/batch_test.cpp has every op.
#include "tenon/array/vmap.h"

#include <gtest/gtest.h>

#include "tests/support/array_values.h"

namespace tenon::testing {
namespace {

using Arrays = std::vector<Array>;

TEST(Vmap, StacksTheResultsOfEachExample) {
  const Array x = counted({3, 2}), y = counted({3}), shared = counted({2});
  const auto f = [&](const Array& row, const Array& number) { return sum(row * shared) * number + number; };
  Together expect;
  // (2 i * 0 + (2 i + 1) * 1) * i + i
  expect.each(vmap(f)(x, y), {3}, [](const Position& p) {
    const auto i = static_cast<double>(p[0]);
    return (2 * i + 1) * i + i;
  });
  const Arrays both = vmap([&](const Array& row) { return Arrays{shared, row * 2}; })(x);
  expect.each(both[0], {3, 2}, [](const Position& p) { return static_cast<double>(p[1]); });
  expect.each(both[1], {3, 2}, [](const Position& p) { return static_cast<double>(4 * p[0] + 2 * p[1]); });
}

TEST(Vmap, NestsAndTakesGradientsOfEachExample) {
  const Array x = counted({2, 3}), w = counted({3}) + 1;
  // Each example's own gradient by the weights they share: 2 (x w) x.
  const Array slopes = vmap([&](const Array& row) { return grad(square(sum(row * w)), {w})[0]; })(x);
  // outer(a, b)[i, j] as a map of a map
  const Array products =
      vmap([&](const Array& a) { return vmap([&](const Array& b) { return a * b; })(w); })(counted({2}));
  Together expect;
  expect.elements(slopes, {2, 3}, {0, 16, 32, 156, 208, 260});  // x w: 8 and 26
  expect.each(products, {2, 3}, [](const Position& p) { return static_cast<double>(p[0] * (p[1] + 1)); });
}

TEST(Vmap, HasGradients) {
  const GradientCase cases[] = {{"of examples and what they share",
                                 [](auto x) {
                                   return vmap([&](const Array& row, const Array& other) {
                                     return softmax(matmul(x[2], row), 0) * max(other) +
                                            checkpoint([&](const Arrays& a) { return sin(a[0]); }, {other});
                                   })(x[0], x[1]);
                                 },
                                 {{2, 3}, {2, 4}, {4, 3}}}};
  expect_array_gradients(cases, 51);
}

TEST(Vmap, OfASharedProductIsOneProduct) {
  const Array x = zeros({5, 3}), w = zeros({4, 3});
  const Array y = vmap([&](const Array& row) { return matmul(w, row); })(x);
  int products = 0;
  const std::lock_guard lock(graph_mutex());
  const Graph graph = trace(std::span(&y.node_ref(), 1)).graph;
  for (const GraphNode& node : graph.nodes)
    if (node.op == Op::contract) {
      ++products;
      EXPECT_EQ(node.attributes[0], 0) << "no batch axis";
    }
  EXPECT_EQ(products, 1);
}

TEST(Vmap, ErrorsSayWhatDidNotFit) {
  const auto f = vmap([](const Array& a, const Array& b) { return a + b; });
  expect_error<ShapeError>([&] { f(zeros({2}), zeros({})); }, {"vmap", "argument 1 is float32 []"});
  expect_error<ShapeError>([&] { f(zeros({2}), zeros({3})); }, {"[2]", "argument 1 is float32 [3]"});
  expect_error<ShapeError>(
      [] { vmap([](const Array& a) { return reshape(a, {1, 1, 1, 1, 1, 1, 1, 1}); })(zeros({2})); }, {"vmap", "axes"});
  expect_error<ValueError>([] { vmap([](const Array& a) { return a * a.item<float>(); })(zeros({2})); }, {"traced"});
}

}  // namespace
}  // namespace tenon::testing
