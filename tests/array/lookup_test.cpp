// Lookups and scatters against loops over positions.
#include <cmath>

#include "tenon/array/compile.h"
#include "tests/support/array_values.h"

namespace tenon::testing {
namespace {

using Arrays = std::span<const Array>;

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

TEST(Take, ReplacesAnAxis) {
  Together expect;
  const Array x = counted({2, 3, 4});
  for (const DType dtype : {DType::i32, DType::i64}) {
    const Array i = astype(indices({2, -3, 1, -1}, {2, 2}), dtype);
    const std::int64_t rows[] = {2, 0, 1, 2};
    expect.each(take(x, i, 1), {2, 2, 2, 4},
                [&](const Position& p) { return static_cast<double>((p[0] * 3 + rows[p[1] * 2 + p[2]]) * 4 + p[3]); });
  }
  expect.each(take(x, Array(std::int64_t{-1}), -1), {2, 3},
              [](const Position& p) { return static_cast<double>((p[0] * 3 + p[1]) * 4 + 3); });
  EXPECT_EQ(take(x, indices({}, {0}), 0).shape(), (Shape{0, 3, 4}));
  EXPECT_EQ(take(zeros({2, 0}), indices({1, 1}, {2}), 0).shape(), (Shape{2, 0}));
  expect_error<IndexError>([&] { take(x, indices({3}, {1}), 1).to_vector<double>(); }, {"size 3"});
  expect_error<IndexError>([&] { take(x, indices({-4}, {1}), 1).to_vector<double>(); }, {"size 3"});
  expect_error<DTypeError>([&] { take(x, zeros({1}), 0); }, {"take", "float32"});
  expect_error<ShapeError>([&] { take(x, indices({0}, {1}), 3); }, {"take", "axis 3"});
}

// What has no elements reads nothing; its indices are checked all the same, as NumPy has it.
TEST(Lookups, OfNothingCheckTheirIndices) {
  const Array thin = zeros({5, 0});
  for (const std::int64_t i : {5, -6}) {
    expect_error<IndexError>([&] { eval(take(thin, indices({i}, {1}), 0)); }, {"size 5", "lookup_test.cpp"});
    expect_error<IndexError>([&] { eval(index(thin, {indices({i}, {1})})); }, {"size 5"});
    expect_error<IndexError>([&] { eval(index_put(thin, {indices({i}, {1})}, 1)); }, {"size 5"});
    expect_error<IndexError>([&] { eval(index_add(thin, {indices({i}, {1})}, zeros({1, 0}))); }, {"size 5"});
    expect_error<IndexError>([&] { eval(index(zeros({5, 3, 0}), {indices({1}, {1}), indices({i}, {1})})); },
                             {"size 3"});
  }
  eval(take(thin, indices({4, -5}, {2}), 0), index(thin, {indices({4, -5}, {2})}));
  expect_error<IndexError>([&] { eval(take(thin, indices({0}, {1}), 1)); }, {"size 0"});
  expect_error<IndexError>([&] { eval(gather(thin, 1, indices({0}, {1, 1}))); }, {"size 0"});
  EXPECT_EQ(take(thin, indices({}, {0}), 1).shape(), (Shape{5, 0}));
  EXPECT_EQ(gather(zeros({0, 3}), 1, indices({}, {0, 2})).shape(), (Shape{0, 2}));
  CompiledStep step = compile([&](std::span<const Array>, std::span<const Array> given) {
    return StepResult{.state = {}, .results = {take(zeros({5, 0}), given[0], 0)}};
  });
  const Array inside = indices({4}, {1}), outside = indices({5}, {1});
  std::vector<Array> none;
  EXPECT_EQ(step(none, std::span(&inside, 1))[0].shape(), (Shape{1, 0}));
  expect_error<IndexError>([&] { step(none, std::span(&outside, 1)); }, {"size 5", "lookup_test.cpp"});
}

TEST(TakeAlongAxis, FollowsArgmax) {
  Together expect;
  const Array x = Array::from({3.f, 9.f, 1.f, 7.f, 2.f, 8.f}, {2, 3});
  expect.elements(take_along_axis(x, unsqueeze(argmax(x, 1), 1), 1), {2, 1}, {9, 8});
  expect.elements(take_along_axis(x, unsqueeze(argmin(x, 0), 0), 0), {1, 3}, {3, 2, 1});
}

TEST(TakeAlongAxis, BroadcastsTheOtherAxes) {
  Together expect;
  const Array x = counted({2, 3, 4});
  const Array i = indices({2, -1, 0, 1, -3}, {1, 5, 1});
  const std::int64_t rows[] = {2, 2, 0, 1, 0};
  expect.each(take_along_axis(x, i, 1), {2, 5, 4},
              [&](const Position& p) { return static_cast<double>((p[0] * 3 + rows[p[1]]) * 4 + p[2]); });
  expect.each(take_along_axis(counted({1, 3}), indices({0, 2, 1, 1}, {2, 2}), 1), {2, 2},
              [](const Position& p) { return p[0] == 1 ? 1.0 : 2.0 * static_cast<double>(p[1]); });
  expect_error<ShapeError>([&] { take_along_axis(x, indices({0, 1}, {2}), 0); }, {"take_along_axis", "[2]"});
  expect_error<ShapeError>([&] { take_along_axis(x, indices({0, 1, 2}, {3, 1, 1}), 1); }, {"take_along_axis", "3"});
  // An index outside its axis is an error although the element after the row's last is there.
  expect_error<IndexError>([&] { take_along_axis(x, indices({3}, {1, 1, 1}), 1).to_vector<double>(); }, {"size 3"});
}

TEST(Gather, AlongAnAxisIsPyTorchs) {
  Together expect;
  const Array x = counted({3, 4});
  const Array i = indices({1, 0, 3, 2}, {2, 2});
  const std::int64_t columns[] = {1, 0, 3, 2};
  expect.each(gather(x, 1, i), {2, 2},
              [&](const Position& p) { return static_cast<double>(p[0] * 4 + columns[p[0] * 2 + p[1]]); });
  expect_error<ShapeError>([&] { gather(x, 1, indices({0, 0, 0, 0}, {4, 1})); }, {"gather", "[4, 1]", "[3, 4]"});
  expect_error<ShapeError>([&] { gather(x, 2, i); }, {"gather", "axis 2"});
}

TEST(Index, BroadcastsItsArrays) {
  Together expect;
  const Array x = counted({3, 4, 2});
  const Array i = indices({2, -3}, {2, 1}), j = indices({0, -1, 1}, {3});
  const std::int64_t rows[] = {2, 0}, columns[] = {0, 3, 1};
  expect.each(index(x, {i, j}), {2, 3, 2},
              [&](const Position& p) { return static_cast<double>((rows[p[0]] * 4 + columns[p[1]]) * 2 + p[2]); });
  expect.each(index(x, {astype(i, DType::i32)}), {2, 1, 4, 2},
              [&](const Position& p) { return static_cast<double>((rows[p[0]] * 4 + p[2]) * 2 + p[3]); });
  EXPECT_EQ(index(zeros({0, 3}), {indices({}, {0}), indices({}, {0})}).shape(), (Shape{0}));
  expect_error<ShapeError>([&] { index(x, {i, i, i, i}); }, {"index", "4 arrays", "[3, 4, 2]"});
  expect_error<ShapeError>([&] { index(x, std::span<const Array>()); }, {"index", "0 arrays"});
  expect_error<IndexError>([&] { index(x, {i, indices({4}, {1})}).to_vector<double>(); }, {"size 4"});
}

TEST(MaskedFill, KeepsTheElementType) {
  Together expect;
  const Array x = counted({2, 3}, DType::i32);
  expect.elements(masked_fill(x, Array::from({true, false, true}, {3}), -1), {2, 3}, {-1, 1, -1, -1, 4, -1});
  EXPECT_EQ(masked_fill(x, x > 2, 0).dtype(), DType::i32);
  expect.elements(masked_fill(zeros({2}), Array::from({true, false}, {2}), -std::numeric_limits<double>::infinity()),
                  {2}, {-std::numeric_limits<double>::infinity(), 0});
  expect_error<ValueError>([&] { masked_fill(x, x > 2, 0.5); }, {"masked_fill", "int32", "0.5"});
  expect_error<DTypeError>([&] { masked_fill(x, x, 0); }, {"bool"});
  expect_error<DTypeError>([&] { masked_fill(x, x > 2, zeros({3})); }, {"masked_fill", "float32", "int32"});
  expect_error<ShapeError>([&] { masked_fill(x, ones({2, 2, 3}, DType::boolean), 0); }, {"masked_fill", "[2, 2, 3]"});
}

TEST(ScatterAdd, AddsUpWhatMeets) {
  Together expect;
  const Array x = ones({2, 4}, DType::f64);
  const Array i = indices({0, 0, -1, 1, 1, 1}, {2, 3}), v = counted({2, 3}) + 1;
  expect.elements(scatter_add(x, 1, i, v), {2, 4}, {4, 1, 1, 4, 1, 16, 1, 1});
  expect.elements(scatter_add(x, 0, indices({1, 0, 1, 1}, {1, 4}), 2), {2, 4}, {1, 3, 1, 1, 3, 1, 3, 3});
  expect.elements(scatter_add(zeros({3}, DType::i64), 0, indices({2, 2}, {2}), indices({3, 4, 5}, {3})), {3},
                  {0, 0, 7});
  expect_error<DTypeError>([&] { scatter_add(x, 1, i, zeros({2, 3})); }, {"scatter_add", "float32", "float64"});
  expect_error<ShapeError>([&] { scatter_add(x, 1, i, zeros({2, 2}, DType::f64)); }, {"scatter_add", "[2, 2]"});
  expect_error<ShapeError>([&] { scatter_add(x, 1, indices({0}, {1}), 1); }, {"scatter_add", "[1]", "[2, 4]"});
  expect_error<IndexError>([&] { scatter_add(x, 1, indices({4}, {1, 1}), 1).to_vector<double>(); }, {"size 4"});
}

TEST(Scatter, TheLastWriteStays) {
  Together expect;
  const Array x = zeros({2, 3}, DType::f64) - 1;
  const Array i = indices({0, 2, 0, 1, -2, 1}, {2, 3});
  expect.elements(scatter(x, 1, i, counted({2, 3})), {2, 3}, {2, -1, 1, -1, 5, -1});
  expect.elements(scatter(x, 0, indices({1}, {1, 1}), 7), {2, 3}, {-1, -1, -1, 7, -1, -1});
  expect.elements(scatter(x, 1, indices({}, {2, 0}), counted({2, 3})), {2, 3}, {-1, -1, -1, -1, -1, -1});
  expect.elements(scatter(zeros({3}, DType::boolean), 0, indices({1, 1}, {2}), Array::from({false, true}, {2})), {3},
                  {0, 1, 0});
  expect_error<IndexError>([&] { scatter(x, 1, indices({-4}, {1, 1}), 7).to_vector<double>(); }, {"size 3"});
}

// Numbers of writes on both sides of where one, two and three digits tell them apart, to few rows and to many.
TEST(Scatter, TheLastWriteStaysAmongAnyNumber) {
  SeededRandom random(5);
  Together expect;
  for (const std::int64_t writes : {1, 2, 511, 512, 3000, 47012, 47013, 60000})
    for (const std::int64_t rows : {1, 7, 4000}) {
      std::uniform_int_distribution<std::int64_t> row(0, rows - 1);
      std::vector<std::int64_t> chosen(at(writes));
      std::vector<double> last(at(rows), -1);
      for (std::int64_t i = 0; i < writes; ++i) {
        chosen[at(i)] = row(random.engine);
        last[at(chosen[at(i)])] = static_cast<double>(i);
      }
      expect.each(scatter(full({rows}, -1), 0, Array::from(chosen, {writes}), arange(writes, DType::f32)), {rows},
                  [&](const Position& p) { return last[at(p[0])]; });
    }
}

TEST(Scatter, OfANumberWritesItEverywhere) {
  Together expect;
  const Array x = counted({2, 3}), i = indices({2, 2, 0, -2}, {2, 2});
  expect.elements(scatter(x, 1, i, -1), {2, 3}, {0, 1, -1, -1, -1, 5});
  expect.elements(index_put(x, {indices({1, 1}, {2})}, 9), {2, 3}, {0, 1, 2, 9, 9, 9});
}

TEST(Scatter, KeepsEveryValue) {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const Array x = Array::from({nan, inf, 1.f, 2.f}, {4});
  const std::vector<float> y =
      scatter(x, 0, indices({3, 2, 2}, {3}), Array::from({nan, nan, -0.f}, {3})).to_vector<float>();
  EXPECT_TRUE(std::isnan(y[0]));
  EXPECT_EQ(y[1], inf);
  EXPECT_TRUE(y[2] == 0 && std::signbit(y[2]));
  EXPECT_TRUE(std::isnan(y[3]));
}

TEST(IndexPut, AssignsAndAddsRows) {
  Together expect;
  const Array x = zeros({2, 3, 2}, DType::i64);
  const Array i = indices({1, 0, 1}, {3}), j = indices({2, 0, -1}, {3});
  expect.elements(index_put(x, {i, j}, counted({3, 2}, DType::i64) + 1), {2, 3, 2},
                  {3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 5, 6});
  expect.elements(index_add(x, {i, j}, counted({3, 2}, DType::i64) + 1), {2, 3, 2},
                  {3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 6, 8});
  expect.elements(index_put(x, {indices({1}, {1})}, indices({8, 9}, {2})), {2, 3, 2},
                  {0, 0, 0, 0, 0, 0, 8, 9, 8, 9, 8, 9});
  expect.elements(index_add(x, {indices({0, 0}, {2})}, 1), {2, 3, 2}, {2, 2, 2, 2, 2, 2, 0, 0, 0, 0, 0, 0});
  expect.elements(index_put(x, {indices({}, {0})}, 1), {2, 3, 2}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  expect_error<ShapeError>([&] { index_put(x, {i, j}, counted({2, 2}, DType::i64)); }, {"index_put", "[2, 2]"});
  expect_error<DTypeError>([&] { index_put(x, {i}, 1.5 * x); }, {"index_put", "float32"});
  expect_error<IndexError>([&] { index_put(x, {i, indices({3}, {1})}, 1).to_vector<std::int64_t>(); }, {"size 3"});
}

TEST(LookupGradient, EqualsCentralDifferences) {
  const GradientCase cases[] = {
      {"take", [](Arrays x) { return take(x[0], x[1], 1); }, {{2, 3, 2}}, {index_values({3}, {1, -1, 1})}},
      {"take_along_axis",
       [](Arrays x) { return take_along_axis(x[0], x[1], 0); },
       {{3, 3}},
       {index_values({1, 3}, {2, 0, 0})}},
      {"gather", [](Arrays x) { return gather(x[0], 1, x[1]); }, {{2, 3}}, {index_values({2, 2}, {2, 2, 0, 1})}},
      {"index",
       [](Arrays x) { return index(x[0], {x[1], x[2]}); },
       {{2, 2, 2}},
       {index_values({3}, {1, 0, 1}), index_values({3}, {0, 0, 0})}},
      {"masked_fill", [](Arrays x) { return masked_fill(x[0], arange(3) < 2, 5); }, {{2, 3}}},
      {"scatter_add",
       [](Arrays x) { return scatter_add(x[0], 1, x[2], x[1]); },
       {{2, 3}, {1, 3}},
       {index_values({1, 3}, {0, 0, 2})}},
      {"scatter",
       [](Arrays x) { return scatter(x[0], 1, x[2], x[1]); },
       {{2, 3}, {1, 4}},
       {index_values({1, 3}, {0, 0, 2})}},
      {"index_put",
       [](Arrays x) { return index_put(x[0], {x[2]}, x[1]); },
       {{3, 2}, {2, 2}},
       {index_values({2}, {1, 1})}},
      {"index_add",
       [](Arrays x) { return index_add(x[0], {x[2]}, x[1]); },
       {{3, 2}, {2, 1}},
       {index_values({2}, {1, 1})}},
  };
  expect_array_gradients(cases, 32);
}

}  // namespace
}  // namespace tenon::testing
