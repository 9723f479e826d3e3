// Cumulative ops, sorting and counting: known values, properties over random ones, and gradients.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/support/array_values.h"
#include "tests/support/scalar_cases.h"

namespace tenon::testing {
namespace {

using Arrays = std::span<const Array>;

constexpr double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();

Array doubles(std::initializer_list<double> values, const Sizes& shape) { return Array::from(values, shape); }

TEST(Cumulative, SumsAndProductsSoFar) {
  Together expect;
  const Array x = counted({2, 3}) + 1;
  expect.elements(cumsum(x), {2, 3}, {1, 3, 6, 4, 9, 15});
  expect.elements(cumsum(x, 0), {2, 3}, {1, 2, 3, 5, 7, 9});
  expect.elements(cumsum(x, 1, true), {2, 3}, {6, 5, 3, 15, 11, 6});
  expect.elements(cumprod(x), {2, 3}, {1, 2, 6, 4, 20, 120});
  expect.elements(cumprod(x, -2, true), {2, 3}, {4, 10, 18, 4, 5, 6});
  expect.elements(cumsum(Array::from({true, false, true}, {3})), {3}, {1, 1, 2});
  EXPECT_EQ(cumsum(zeros({3}, DType::u8)).dtype(), DType::i64);
  EXPECT_EQ(cumsum(zeros({3, 0})).shape(), (Shape{3, 0}));
  expect_error<ShapeError>([&] { cumsum(x, 2); }, {"cumsum", "axis 2", "[2, 3]"});
  expect_error<ShapeError>([&] { cumprod(Array(1.0)); }, {"cumprod", "axis -1", "[]"});
}

TEST(Cumulative, ExtremesSoFarAndWhereTheyAre) {
  Together expect;
  const Array x = doubles({1, 3, 3, 2, nan, 5, nan, 7}, {8});
  const ValuesAndIndices most = cummax(x), least = cummin(x), back = cummax(x, 0, true);
  expect.elements(most.values, {8}, {1, 3, 3, 3, nan, nan, nan, nan});
  expect.elements(most.indices, {8}, {0, 1, 2, 2, 4, 4, 6, 6});
  expect.elements(least.values, {8}, {1, 1, 1, 1, nan, nan, nan, nan});
  expect.elements(least.indices, {8}, {0, 0, 0, 0, 4, 4, 6, 6});
  expect.elements(back.values, {8}, {nan, nan, nan, nan, nan, nan, nan, 7});
  expect.elements(back.indices, {8}, {4, 4, 4, 4, 4, 6, 6, 7});
  expect.elements(cummin(Array::from<std::uint8_t>({4, 2, 2, 9, 1, 3}, {3, 2}), 0).indices, {3, 2}, {0, 0, 1, 0, 2, 0});
}

TEST(Cumulative, LogcumsumexpKeepsWhatIsSmallAndWhatIsLarge) {
  Together expect;
  const Array x = doubles({-1000, -1000, 1000, 1000, -inf}, {5});
  const double ln2 = std::log(2.0);
  expect.elements(logcumsumexp(x), {5}, {-1000, -1000 + ln2, 1000, 1000 + ln2, 1000 + ln2}, 1e-9);
  expect.elements(logcumsumexp(x, 0, true), {5}, {1000 + ln2, 1000 + ln2, 1000 + ln2, 1000, -inf}, 1e-9);
  expect.elements(logcumsumexp(doubles({-inf, -inf, 0, inf, nan}, {5})), {5}, {-inf, -inf, 0, inf, nan});
  const Array small = log(counted({3, 7}) + 1);
  EXPECT_TRUE(matches(host_value(exp(logcumsumexp(small))), host_value(cumsum(counted({3, 7}) + 1)), {.ulps = 40}));
}

TEST(Sort, IsStableWithNanAtTheEnd) {
  Together expect;
  const Array x = doubles({2, nan, -inf, 2, 0, inf, 0, nan}, {8});
  expect.elements(sort(x), {8}, {-inf, 0, 0, 2, 2, inf, nan, nan});
  expect.elements(argsort(x), {8}, {2, 4, 6, 0, 3, 5, 1, 7});
  expect.elements(sort(x, 0, true), {8}, {nan, nan, inf, 2, 2, 0, 0, -inf});
  expect.elements(argsort(x, 0, true), {8}, {1, 7, 5, 0, 3, 4, 6, 2});
  EXPECT_EQ(argsort(x).dtype(), DType::i64);
}

TEST(Sort, SortsAlongAnyAxisOfAnyView) {
  Together expect;
  const Array x = Array::from<std::int32_t>({5, 1, 4, 3, 3, 0, 2, 9, 2}, {3, 3});
  expect.elements(sort(x, 0), {3, 3}, {2, 1, 0, 3, 3, 2, 5, 9, 4});
  expect.elements(sort(transpose(x), 1), {3, 3}, {2, 3, 5, 1, 3, 9, 0, 2, 4});
  expect.elements(argsort(flip(x, 1), 1), {3, 3}, {1, 0, 2, 0, 1, 2, 0, 2, 1});
  expect.elements(sort(slice(x, 1, {.step = 2}), -1, true), {3, 2}, {5, 4, 3, 0, 2, 2});
  EXPECT_EQ(sort(zeros({2, 0, 3}), 1).shape(), (Shape{2, 0, 3}));
  EXPECT_EQ(sort(zeros({0, 3})).shape(), (Shape{0, 3}));
  expect_error<ShapeError>([&] { sort(x, 2); }, {"sort", "axis 2", "[3, 3]"});
  expect_error<ShapeError>([&] { argsort(Array(1.0)); }, {"argsort", "[]"});
}

// All axes of random arrays of all types: sorted, a permutation, and of equal elements the first comes first.
TEST(Sort, OfRandomArraysIsAnOrderedPermutation) {
  SeededRandom random(41);
  for (const DType dtype : all_dtypes)
    for (const Shape& shape : {Shape{130}, Shape{6, 40}, Shape{3, 17, 5}, Shape{2, 3, 4, 5}}) {
      const Array x = array_of(random_tensor(random.engine, dtype, shape));
      for (int axis = 0; axis < shape.rank(); ++axis) {
        SCOPED_TRACE(fmt::format("{} {} along {}", name(dtype), to_string(shape), axis));
        const Array order = moveaxis(argsort(x, axis), axis, -1), values = moveaxis(sort(x, axis), axis, -1);
        const Array source = moveaxis(take_along_axis(x, argsort(x, axis), axis), axis, -1);
        eval(order, values, source);
        const HostTensor positions = host_value(order), sorted = host_value(values);
        EXPECT_TRUE(matches(sorted, host_value(source)));
        const std::int64_t size = shape[axis];
        for (std::int64_t row = 0; row < sorted.elements(); row += size) {
          std::vector<bool> seen(static_cast<std::size_t>(size), false);
          for (std::int64_t i = row; i < row + size; ++i) {
            const auto position = static_cast<std::size_t>(get_integer(positions, i));
            ASSERT_FALSE(seen.at(position));
            seen[position] = true;
            if (i == row) continue;
            const auto value = [&](std::int64_t at) {
              return is_floating(dtype) ? get_floating(sorted, at) : static_cast<double>(get_integer(sorted, at));
            };
            ASSERT_LE(value(i - 1), value(i));
            if (value(i - 1) == value(i)) {
              ASSERT_LT(get_integer(positions, i - 1), get_integer(positions, i));
            }
          }
        }
      }
    }
}

TEST(Topk, TakesTheGreatestOrTheLeastInOrder) {
  Together expect;
  const Array x = doubles({3, 1, 3, 2, 0, 5, nan, 4}, {2, 4});
  expect.elements(topk(x, 2).values, {2, 2}, {3, 3, nan, 5});
  expect.elements(topk(x, 2).indices, {2, 2}, {0, 2, 2, 1});
  expect.elements(topk(x, 3, 1, false).values, {2, 3}, {1, 2, 3, 0, 4, 5});
  expect.elements(topk(x, 1, 0).indices, {1, 4}, {0, 1, 1, 1});
  EXPECT_EQ(topk(x, 0).values.shape(), (Shape{2, 0}));
  expect_error<ValueError>([&] { topk(x, 5); }, {"topk", "5 elements", "0 to 4"});
  expect_error<ValueError>([&] { topk(x, -1); }, {"topk", "-1"});
}

// Few of many are selected; they are the first of the sorted ones all the same, and beside them gradients are.
TEST(Topk, OfLongRowsIsTheBeginningOfTheSort) {
  Together expect;
  SeededRandom random(45);
  const Array x = array_of(random_tensor(random.engine, DType::f64, {3, 5000}));
  for (const bool largest : {true, false})
    for (const std::int64_t k : {1, 5, 100, 1249, 1251, 5000}) {
      const ValuesAndIndices found = topk(x, k, 1, largest);
      const Array order = narrow(argsort(x, 1, largest), 1, 0, k);
      expect.elements(count_nonzero(not_equal(found.indices, order)), {}, {0});
      expect.elements(count_nonzero(not_equal(found.values, take_along_axis(x, order, 1))), {}, {0});
    }
  const Array chosen = grad(sum(topk(x, 7).values), {x})[0];
  expect.elements(sum(chosen, 1), {3}, {7, 7, 7});
}

// Rows are sorted by 32-bit positions. Nothing is computed here, and nothing of that size is in memory.
TEST(Sort, RowsBeyond31BitsAreAnError) {
  const std::int64_t size = std::int64_t{1} << 31;
  const Array x = broadcast_to(zeros({1}, DType::u8), {size});
  const std::initializer_list<std::string_view> parts{"rows of uint8 [2147483648] are too long", "2^31 - 1",
                                                      "sort_test.cpp"};
  expect_error<ShapeError>([&] { sort(x); }, parts);
  expect_error<ShapeError>([&] { argsort(x, 0, true); }, parts);
  expect_error<ShapeError>([&] { topk(x, 3); }, parts);
  expect_error<ShapeError>([&] { quantile(broadcast_to(zeros({1}), {size}), 0.5); }, {"too long"});
  EXPECT_EQ(argsort(narrow(x, 0, 0, size - 1)).shape(), (Shape{size - 1}));
}

TEST(Quantile, InterpolatesBetweenNeighbours) {
  Together expect;
  const Array x = doubles({4, 1, 3, 2, 7, nan, 5, 6}, {2, 4});
  expect.elements(quantile(x, 0.25), {2}, {1.75, nan});
  expect.elements(quantile(x, 1, 1, true), {2, 1}, {4, nan});
  expect.elements(median(x), {2}, {2.5, nan});
  expect.elements(median(Array::from<std::int32_t>({5, 1, 2, 9, 9, 9}, {3, 2}), 0), {2}, {5, 9});
  expect.elements(median(doubles({1, inf, inf}, {3})), {}, {inf});
  expect_error<ValueError>([&] { quantile(x, 1.5); }, {"quantile", "1.5"});
  expect_error<ShapeError>([&] { median(zeros({2, 0})); }, {"quantile", "[2, 0]"});
}

TEST(Searchsorted, CountsWhatComesBefore) {
  Together expect;
  const Array table = doubles({1, 2, 2, 5, nan}, {5}), values = doubles({0, 2, 3, 5, inf, nan}, {2, 3});
  expect.elements(searchsorted(table, values), {2, 3}, {0, 1, 3, 3, 4, 4});
  expect.elements(searchsorted(table, values, true), {2, 3}, {0, 3, 3, 4, 4, 5});
  expect.elements(searchsorted(counted({4}, DType::i32), 2.5), {}, {3});
  expect.elements(searchsorted(zeros({0}), values), {2, 3}, {0, 0, 0, 0, 0, 0});
  expect_error<ShapeError>([&] { searchsorted(values, 1); }, {"searchsorted", "[2, 3]"});
}

// Lengths on both sides of where comparing with everything ends, and of powers of two.
TEST(Searchsorted, AgreesWithLowerAndUpperBound) {
  SeededRandom random(42);
  Together expect;
  for (const std::int64_t length : {1, 2, 64, 127, 128, 129, 255, 256, 257, 1000}) {
    std::vector<std::int64_t> table(static_cast<std::size_t>(length));
    for (std::int64_t& each : table) each = std::uniform_int_distribution<std::int64_t>(0, length)(random.engine);
    std::sort(table.begin(), table.end());
    const Array values = arange(-2, length + 3), sorted = Array::from(table, {length});
    expect.each(searchsorted(sorted, values), {length + 5}, [&](const Position& p) {
      return static_cast<double>(std::lower_bound(table.begin(), table.end(), p[0] - 2) - table.begin());
    });
    expect.each(searchsorted(sorted, values, true), {length + 5}, [&](const Position& p) {
      return static_cast<double>(std::upper_bound(table.begin(), table.end(), p[0] - 2) - table.begin());
    });
  }
}

TEST(Bincount, CountsOrAddsUpWeights) {
  Together expect;
  const Array x = indices({1, 3, 1, 0, 3, 3}, {2, 3});
  expect.elements(bincount(x), {4}, {1, 2, 0, 3});
  expect.elements(bincount(x, {.minlength = 6}), {6}, {1, 2, 0, 3, 0, 0});
  expect.elements(bincount(x, {.length = 5}), {5}, {1, 2, 0, 3, 0});
  expect.elements(bincount(x, {.length = 4, .weights = counted({2, 3})}), {4}, {3, 2, 0, 10});
  expect.elements(bincount(zeros({0}, DType::i32)), {0}, {});
  expect_error<IndexError>([&] { bincount(x, {.length = 3}).to_vector<std::int64_t>(); }, {"size 3"});
  expect_error<IndexError>([&] { bincount(indices({-1}, {1})); }, {"bincount", "-1"});
  expect_error<DTypeError>([&] { bincount(counted({3})); }, {"bincount", "float64"});
  expect_error<ShapeError>([&] { bincount(x, {.weights = counted({3})}); }, {"bincount", "[3]", "[2, 3]"});
  expect_error<ValueError>([&] { bincount(x, {.length = -1}); }, {"bincount", "-1"});
}

TEST(Histogram, CountsTheUpperEdgeInTheLastBin) {
  Together expect;
  const Array x = doubles({0, 0.5, 1, 1.5, 2, -0.1, 2.1, nan, inf}, {3, 3});
  expect.elements(histogram(x, 2, 0, 2), {2}, {2, 3});
  expect.each(histogram(arange(100), 100, 0, 100), {100}, [](const Position&) { return 1.0; });
  expect.elements(histogram(Array(0.5), 1, 0, 1), {1}, {1});
  expect_error<ValueError>([&] { histogram(x, 0, 0, 1); }, {"histogram", "0 bins"});
  expect_error<ValueError>([&] { histogram(x, 2, 1, 1); }, {"histogram", "[1, 1]"});
}

TEST(Unique, GivesValuesInverseAndCounts) {
  Together expect;
  const Unique found = unique(doubles({3, nan, 1, 3, nan, 0, -0.0, 1}, {2, 4}));
  expect.elements(found.values, {4}, {0, 1, 3, nan});
  expect.elements(found.inverse, {2, 4}, {2, 3, 1, 2, 3, 0, 0, 1});
  expect.elements(found.counts, {4}, {2, 2, 2, 2});
  const Unique flags = unique(Array::from({true, true}, {2})), nothing = unique(zeros({0, 2}));
  expect.elements(flags.values, {1}, {1});
  expect.elements(flags.inverse, {2}, {0, 0});
  EXPECT_EQ(nothing.values.shape(), (Shape{0}));
  EXPECT_EQ(nothing.inverse.shape(), (Shape{0, 2}));
}

TEST(OrderedGradient, EqualsCentralDifferences) {
  const GradientCase cases[] = {
      {"cumsum", [](Arrays x) { return cumsum(x[0], 0, true); }, {{3, 2}}},
      {"cumprod", [](Arrays x) { return cumprod(x[0], 1); }, {{2, 5}}},
      {"cumprod reversed", [](Arrays x) { return cumprod(x[0], 0, true); }, {{3, 2}}},
      {"cummax", [](Arrays x) { return cummax(x[0], 0).values; }, {{7}}},
      {"cummin", [](Arrays x) { return cummin(x[0], 1, true).values; }, {{2, 5}}},
      {"logcumsumexp", [](Arrays x) { return logcumsumexp(x[0]); }, {{2, 6}}},
      {"sort", [](Arrays x) { return sort(x[0], 0); }, {{6, 2}}},
      {"topk", [](Arrays x) { return topk(x[0], 2).values; }, {{2, 5}}},
      {"median", [](Arrays x) { return median(x[0]); }, {{2, 4}}},
      {"quantile", [](Arrays x) { return quantile(x[0], 0.3, 0, true); }, {{5, 2}}},
      {"bincount",
       [](Arrays x) { return bincount(x[1], {.length = 3, .weights = x[0]}); },
       {{4}},
       {index_values({4}, {2, 0, 2, 1})}},
  };
  expect_array_gradients(cases, 43);
}

}  // namespace
}  // namespace tenon::testing
