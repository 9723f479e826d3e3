// Index expressions against loops over positions.
#include "tenon/array/indexing.h"

#include "tenon/array/masks.h"
#include "tests/support/array_values.h"

namespace tenon::testing {
namespace {

using namespace tenon::indexing;
using Arrays = std::span<const Array>;

// [2, 3, 4]: element [i, j, k] is 100 i + 10 j + k.
Array numbered() { return unsqueeze(counted({2, 1}) * 100 + counted({3}) * 10, -1) + counted({4}); }
double number(std::int64_t i, std::int64_t j, std::int64_t k) { return static_cast<double>(100 * i + 10 * j + k); }

TEST(At, TakesPositionsRangesAndWholeAxes) {
  Together expect;
  const Array x = numbered();
  expect.each(x.at(1), {3, 4}, [](const Position& p) { return number(1, p[0], p[1]); });
  expect.each(x.at(-1, 2), {4}, [](const Position& p) { return number(1, 2, p[0]); });
  expect.elements(x.at(0, -1, -4), {}, {20});
  expect.each(x.at(all, range(1, none)), {2, 2, 4}, [](const Position& p) { return number(p[0], p[1] + 1, p[2]); });
  expect.each(x.at(all, all, range(1, -1)), {2, 3, 2}, [](const Position& p) { return number(p[0], p[1], p[2] + 1); });
  expect.each(x.at(0, range(none, none, -1), 3), {3}, [](const Position& p) { return number(0, 2 - p[0], 3); });
  expect.each(x.at(ellipsis, range(3, none, -2)), {2, 3, 2},
              [](const Position& p) { return number(p[0], p[1], 3 - 2 * p[2]); });
  expect.each(x.at(Range{.step = 2}), {1, 3, 4}, [](const Position& p) { return number(0, p[1], p[2]); });
}

TEST(At, ClipsRangesAsPython) {
  const Array x = arange(5);
  struct Row {
    Range range;
    std::vector<std::int64_t> values;
  };
  const Row rows[] = {
      {range(-100, 100), {0, 1, 2, 3, 4}},
      {range(4, 100, 3), {4}},
      {range(5, none), {}},
      {range(3, 1), {}},
      {range(1, 3, -1), {}},
      {range(100, -100, -2), {4, 2, 0}},
      {range(-2, none), {3, 4}},
      {range(none, -4), {0}},
      {range(2, 0, -1), {2, 1}},
      {range(none, none, 100), {0}},
      {range(0, none, -1), {0}},
  };
  for (const Row& row : rows) EXPECT_EQ(x.at(row.range).to_vector<std::int64_t>(), row.values);
}

TEST(At, AddsAxesAndFillsUpAtAnEllipsis) {
  const Array x = numbered();
  EXPECT_EQ(x.at(new_axis).shape(), (Shape{1, 2, 3, 4}));
  EXPECT_EQ(x.at(all, new_axis, ellipsis, new_axis).shape(), (Shape{2, 1, 3, 4, 1}));
  EXPECT_EQ(x.at(ellipsis, new_axis).shape(), (Shape{2, 3, 4, 1}));
  EXPECT_EQ(x.at(range(1, -1), all, 3, new_axis, ellipsis).shape(), (Shape{0, 3, 1}));
  EXPECT_EQ(x.at(0, 1, 2, ellipsis, new_axis).shape(), (Shape{1}));
  EXPECT_EQ(Array(1.0).at(ellipsis).shape(), Shape());
  EXPECT_EQ(Array(1.0).at(new_axis).shape(), (Shape{1}));
}

TEST(At, LooksUpArraysOfPositions) {
  Together expect;
  const Array x = numbered(), i = indices({1, -2}, {2}), j = indices({2, 0, -1, 1}, {2, 2});
  expect.each(x.at(i), {2, 3, 4}, [](const Position& p) { return number(1 - p[0], p[1], p[2]); });
  const std::int64_t js[] = {2, 0, 2, 1};
  expect.each(x.at(all, j), {2, 2, 2, 4}, [&](const Position& p) { return number(p[0], js[p[1] * 2 + p[2]], p[3]); });
  // Axes that follow each other are replaced in their place, others come first.
  expect.each(x.at(all, j, i), {2, 2, 2},
              [&](const Position& p) { return number(p[0], js[p[1] * 2 + p[2]], p[2] == 0 ? 1 : 2); });
  expect.each(x.at(i, range(none, none, -1), i), {2, 3},
              [](const Position& p) { return number(1 - p[0], 2 - p[1], p[0] == 0 ? 1 : 2); });
  // A position as a number is taken first.
  expect.each(x.at(0, all, i), {3, 2}, [](const Position& p) { return number(0, p[0], p[1] == 0 ? 1 : 2); });
  EXPECT_EQ(x.at(new_axis, i, new_axis, j).shape(), (Shape{2, 2, 1, 1, 4}));
  EXPECT_EQ(x.at(indices({}, {0})).shape(), (Shape{0, 3, 4}));
}

TEST(At, SaysWhatIsWrong) {
  const Array x = numbered();
  expect_error<IndexError>([&] { x.at(0, 3); }, {"at:", "position 3", "axis 1", "[2, 3, 4]", "indexing_test.cpp"});
  expect_error<IndexError>([&] { x.at(-3); }, {"at:", "position -3", "axis 0"});
  expect_error<ShapeError>([&] { x.at(0, 0, 0, 0); }, {"at:", "4 axes", "[2, 3, 4]", "has 3", "indexing_test.cpp"});
  expect_error<ValueError>([&] { x.at(range(0, 1, 0)); }, {"at:", "step 0", "axis 0"});
  expect_error<ValueError>([&] { x.at(ellipsis, 0, ellipsis); }, {"at:", "second ellipsis"});
  expect_error<DTypeError>([&] { x.at(x); }, {"float64", "int32 or int64"});
  expect_error<ShapeError>([&] { x.at(numbered().at(0) > 5); }, {"at:", "mask", "[3, 4]", "[2, 3, 4]", "from 0"});
  expect_error<ShapeError>([&] { x.at(all, all, all, x > 5); }, {"at:"});
  expect_error<ShapeError>([&] { x.at(indices({0}, {1}), indices({0, 1}, {2}), indices({0, 1, 2}, {3})); },
                           {"[2]", "[3]"});
  expect_error<IndexError>([&] { x.at(all, indices({3}, {1})).to_vector<double>(); }, {"3"});
  expect_error<ShapeError>([] { zeros({1, 1, 1, 1, 1, 1, 1, 1}).at(new_axis); }, {"at", "8"});
}

TEST(At, TakesMasksForAllOfTheirAxes) {
  Together expect;
  const Array x = numbered();
  expect.elements(x.at(x > 120), {3}, {121, 122, 123});
  expect.elements(x.at(all, x.at(0) > 21), {2, 2}, {22, 23, 122, 123});
  expect.elements(x.at(ellipsis, x.at(0, all, 0) < 15, 0), {2, 2}, {0, 10, 100, 110});
  const Array rows = x.at(all, 0, 0) > 50;  // [2]
  expect.elements(x.at(rows, 1, range(0, 2)), {1, 2}, {110, 111});
  expect.elements(x.at(rows, indices({2, 0}, {2}), 3), {2}, {123, 103});
  expect.elements(x.at(x < 0), {0}, {});
}

TEST(Masks, SelectAndWriteWhereTheyHold) {
  Together expect;
  const Array x = numbered().at(0);  // [3, 4]
  const std::vector<Array> positions = nonzero(x > 20);
  ASSERT_EQ(positions.size(), 2u);
  expect.elements(positions[0], {3}, {2, 2, 2});
  expect.elements(positions[1], {3}, {1, 2, 3});
  expect.elements(masked_select(x, x.at(0) > 1), {6}, {2, 3, 12, 13, 22, 23});
  expect.elements(index(x, {x > 21}), {2}, {22, 23});
  expect.elements(index_put(x, {x > 1}, 0), {3, 4}, {0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  expect.elements(index_add(x, {equal(x.at(all, 0), 10)}, 100), {3, 4},
                  {0, 1, 2, 3, 110, 111, 112, 113, 20, 21, 22, 23});
}

TEST(Masks, LetGradientsThroughWhereTheyHold) {
  Together expect;
  const Array x = counted({5});
  expect.elements(grad(sum(square(masked_select(x, x > 2))), {x})[0], {5}, {0, 0, 0, 6, 8});
}

TEST(Masks, ThatDoNotFitAreErrors) {
  const Array x = numbered();
  expect_error<DTypeError>([&] { masked_select(x, x); }, {"masked_select", "bool"});
  expect_error<ShapeError>([&] { masked_select(x, zeros({5}, DType::boolean)); }, {"masked_select", "[5]"});
  expect_error<ShapeError>([&] { index_put(x, {zeros({2, 4}, DType::boolean)}, 0); }, {"index_put", "mask", "[2, 4]"});
  expect_error<ShapeError>([] { nonzero(zeros({})); }, {"nonzero", "reshape"});
}

TEST(At, IsOneSliceAndOneReshape) {
  const Array y = numbered().at(range(0, 1), 2, range(none, none, 2), new_axis);
  EXPECT_EQ(y.node().op, Op::reshape);
  EXPECT_EQ(y.node().inputs[0]->op, Op::slice);
}

TEST(At, HasTheGradientOfItsParts) {
  const GradientCase cases[] = {
      {"ranges", [](Arrays x) { return x[0].at(range(none, none, -2), 1, new_axis); }, {{3, 2, 2}}},
      {"positions", [](Arrays x) { return x[0].at(all, x[1]); }, {{2, 2}}, {index_values({3}, {1, 1, 0})}},
      {"two arrays",
       [](Arrays x) { return x[0].at(x[1], x[2]); },
       {{2, 2, 2}},
       {index_values({3}, {1, 0, 1}), index_values({3}, {0, -1, 0})}},
  };
  expect_array_gradients(cases, 33);
}

}  // namespace
}  // namespace tenon::testing
