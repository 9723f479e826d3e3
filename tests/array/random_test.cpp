#include "tenon/array/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "tenon/array/ops.h"
#include "tenon/graph/graph.h"
#include "tests/support/errors.h"

namespace tenon::testing {
namespace {

double mean_of(const std::vector<float>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

TEST(Rng, SameSeedSameNumbers) {
  Rng a(7), b(7), c(8);
  const auto first = a.uniform({100}).to_vector<float>();
  EXPECT_EQ(first, b.uniform({100}).to_vector<float>());
  EXPECT_NE(first, c.uniform({100}).to_vector<float>());
  EXPECT_NE(first, a.uniform({100}).to_vector<float>());  // the second draw
}

TEST(Rng, SplitsIntoDifferentStreams) {
  Rng a(7);
  Rng b = a.split(), c = a.split();
  std::set<std::vector<float>> draws;
  for (Rng* rng : {&a, &b, &c}) draws.insert(rng->uniform({10}).to_vector<float>());
  EXPECT_EQ(draws.size(), 3u);
}

TEST(Rng, ContinuesFromItsState) {
  Rng original(7);
  original.uniform({10});
  Rng split = original.split();
  split.normal({3});
  for (Rng* rng : {&original, &split}) {
    Rng copy = Rng::from_state(rng->state());
    EXPECT_EQ(copy.state(), rng->state());
    for (int i = 0; i < 3; ++i) EXPECT_EQ(copy.uniform({5}).to_vector<float>(), rng->uniform({5}).to_vector<float>());
  }
  EXPECT_FALSE(original.state() == split.state());
}

TEST(Rng, ItsStateCountsBeyondThirtyTwoBits) {
  const RngState late{1, 2, (std::uint64_t{1} << 32) + 5}, early{1, 2, 5};
  EXPECT_NE(Rng::from_state(late).uniform({5}).to_vector<float>(),
            Rng::from_state(early).uniform({5}).to_vector<float>());
}

// n draws of a variable with deviation s have a mean within 5 s / sqrt(n) of the true one, but for one seed
// in a million.
TEST(Rng, UniformFillsItsIntervalEvenly) {
  Rng rng(1);
  const int n = 40'000;
  const auto values = rng.uniform({n}, -1, 3).to_vector<float>();
  EXPECT_GE(*std::min_element(values.begin(), values.end()), -1);
  EXPECT_LT(*std::max_element(values.begin(), values.end()), 3);
  EXPECT_NEAR(mean_of(values), 1, 5 * 4 / std::sqrt(12.0 * n));
  const auto below = std::count_if(values.begin(), values.end(), [](float v) { return v < 0; });
  EXPECT_NEAR(static_cast<double>(below) / n, 0.25, 5 * std::sqrt(0.25 * 0.75 / n));
}

TEST(Rng, NormalHasItsMoments) {
  Rng rng(2);
  const int n = 40'000;
  const auto values = rng.normal({200, 200}, 3, 2).to_vector<float>();
  const double mean = mean_of(values);
  double square = 0, within = 0;
  for (const float v : values) {
    square += (v - mean) * (v - mean);
    within += std::fabs(v - 3) < 2;
  }
  EXPECT_NEAR(mean, 3, 5 * 2 / std::sqrt(n));
  EXPECT_NEAR(square / n, 4, 5 * 4 * std::sqrt(2.0 / n));
  EXPECT_NEAR(within / n, 0.6826894921370859, 5 * std::sqrt(0.683 * 0.317 / n));
}

TEST(Rng, IntegersCoverTheirRange) {
  Rng rng(3);
  const auto values = rng.randint(-2, 3, {1000}).to_vector<std::int64_t>();
  EXPECT_EQ(std::set<std::int64_t>(values.begin(), values.end()), (std::set<std::int64_t>{-2, -1, 0, 1, 2}));
  EXPECT_EQ(rng.randint(0, 10, {3}, DType::i32).dtype(), DType::i32);
}

// Drawing again must not compile again: two draws differ in data only.
TEST(Rng, KeysAreDataNotGraph) {
  Rng rng(4);
  const NodeRef a = rng.normal({3}).node_ref(), b = rng.normal({3}).node_ref();
  const std::lock_guard lock(graph_mutex());
  EXPECT_EQ(trace(std::span(&a, 1)).graph, trace(std::span(&b, 1)).graph);
}

TEST(Rng, RejectsWhatItCannotDraw) {
  Rng rng(5);
  expect_error<DTypeError>([&] { rng.uniform({2}, 0, 1, DType::i32); }, {"uniform", "int32"});
  expect_error<ValueError>([&] { rng.randint(3, 3, {2}); }, {"randint", "[3, 3)"});
  expect_error<ShapeError>([&] { random_bits(zeros({2}), {3}); }, {"random_bits", "float32 [2]"});
  expect_error<ShapeError>([&] { rng.uniform({std::int64_t{1} << 33}); }, {"uniform", "key"});
}

// The largest distance of n draws' distribution from the true one is below sqrt(log(2e6) / 2n), but for one seed in a
// million (Massart, "The tight constant in the Dvoretzky-Kiefer-Wolfowitz inequality", Ann. Prob. 18 (1990)).
TEST(Rng, TruncatedNormalIsNormalWithinItsBounds) {
  Rng rng(3);
  const int n = 40'000;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const auto probability = [](double x, const TruncatedNormalOptions& law) {
    return std::erfc((law.mean - x) / (law.deviation * std::sqrt(2.0))) / 2;
  };
  for (const TruncatedNormalOptions& law : {TruncatedNormalOptions{},
                                            {.mean = 0.5, .deviation = 2, .low = -1, .high = 4},
                                            {.low = 1, .high = infinity},
                                            {.low = -infinity, .high = infinity}}) {
    std::vector<float> x = rng.truncated_normal({n}, law).to_vector<float>();
    std::sort(x.begin(), x.end());
    EXPECT_GE(x.front(), law.low);
    EXPECT_LE(x.back(), law.high);
    EXPECT_LT(std::max(-x.front(), x.back()), 7);
    const double low = probability(law.low, law), all = probability(law.high, law) - low;
    double distance = 0;
    for (int i = 0; i < n; ++i)
      distance =
          std::max(distance, std::fabs((probability(x[static_cast<std::size_t>(i)], law) - low) / all - (i + 0.5) / n));
    EXPECT_LT(distance, std::sqrt(std::log(2e6) / (2 * n))) << law.low << " to " << law.high;
  }
}

TEST(Rng, TruncatedNormalRefusesWhatItCannotDraw) {
  Rng rng(3);
  expect_error<ValueError>([&] { rng.truncated_normal({3}, {.low = 1, .high = 1}); }, {"truncated_normal: [1, 1]"});
  expect_error<ValueError>([&] { rng.truncated_normal({3}, {.deviation = 0}); }, {"deviation 0"});
  // Beyond 4 deviations lie 6e-5 of all numbers.
  expect_error<ValueError>([&] { rng.truncated_normal({3}, {.low = 4, .high = 9}); }, {"too little for float32"});
  EXPECT_NO_THROW(rng.truncated_normal({3}, {.low = 4, .high = 9}, DType::f64));
  expect_error<DTypeError>([&] { rng.truncated_normal({3}, {}, DType::i32); }, {"truncated_normal: int32"});
}

}  // namespace
}  // namespace tenon::testing
