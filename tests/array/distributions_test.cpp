// Moments and frequencies of what is drawn. n draws of a variable with deviation s have a mean within 5 s / sqrt(n) of
// the true one, but for one seed in a million.
#include "tenon/array/distributions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "tenon/array/ops.h"
#include "tenon/runtime/device.h"
#include "tests/support/errors.h"

namespace tenon::testing {
namespace {

constexpr int draws = 40'000;

template <class T>
double mean_of(const std::vector<T>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

TEST(Distributions, BernoulliIsTrueAsOftenAsAsked) {
  Rng rng(11);
  EXPECT_NEAR(mean_of(rng.bernoulli(0.3, {draws}).to_vector<bool>()), 0.3, 5 * std::sqrt(0.3 * 0.7 / draws));
  EXPECT_EQ(mean_of(rng.bernoulli(1, {draws}).to_vector<bool>()), 1);
  EXPECT_EQ(mean_of(rng.bernoulli(0.0, {draws}).to_vector<bool>()), 0);
  const auto rows = rng.bernoulli(Array::from({0.f, 1.f}, {2, 1}), {2, 3}).to_vector<bool>();
  EXPECT_EQ(rows, (std::vector<bool>{false, false, false, true, true, true}));
}

TEST(Distributions, ExponentialHasItsMeanAndTail) {
  Rng rng(12);
  const auto values = rng.exponential({draws}, 4).to_vector<float>();
  EXPECT_GE(*std::min_element(values.begin(), values.end()), 0);
  EXPECT_NEAR(mean_of(values), 0.25, 5 * 0.25 / std::sqrt(draws));
  const auto beyond = std::count_if(values.begin(), values.end(), [](float v) { return v > 0.5f; });
  EXPECT_NEAR(static_cast<double>(beyond) / draws, std::exp(-2), 5 * std::sqrt(0.135 * 0.865 / draws));
  expect_error<ValueError>([&] { rng.exponential({2}, 0); }, {"exponential", "0"});
}

// Mean: Euler's constant; variance: pi^2 / 6.
TEST(Distributions, GumbelHasItsMomentsInBothTypes) {
  Rng rng(13);
  const double deviation = std::acos(-1) / std::sqrt(6);
  const auto single = rng.gumbel({draws}).to_vector<float>();
  const auto wide = rng.gumbel({draws}, DType::f64).to_vector<double>();
  EXPECT_NEAR(mean_of(single), 0.5772156649, 5 * deviation / std::sqrt(draws));
  EXPECT_NEAR(mean_of(wide), 0.5772156649, 5 * deviation / std::sqrt(draws));
  EXPECT_TRUE(std::all_of(single.begin(), single.end(), [](float v) { return std::isfinite(v); }));
}

TEST(Distributions, CategoricalFollowsTheSoftmax) {
  Rng rng(14);
  const double infinity = std::numeric_limits<double>::infinity();
  const Array logits = Array::from({std::log(0.5), std::log(0.2), std::log(0.3), -infinity}, {4, 1});
  const auto chosen = rng.categorical(broadcast_to(logits, {4, draws}), 0).to_vector<std::int64_t>();
  ASSERT_EQ(chosen.size(), static_cast<std::size_t>(draws));
  const double expected[] = {0.5, 0.2, 0.3, 0};
  for (std::int64_t k = 0; k < 4; ++k) {
    const double share = static_cast<double>(std::count(chosen.begin(), chosen.end(), k)) / draws;
    EXPECT_NEAR(share, expected[k], 5 * std::sqrt(0.25 / draws)) << k;
  }
  EXPECT_EQ(std::count(chosen.begin(), chosen.end(), 3), 0);
}

TEST(Distributions, PermutationsAreAllAlike) {
  Rng rng(15);
  const Array order = rng.permutation(1000);
  auto sorted = order.to_vector<std::int64_t>();
  EXPECT_FALSE(std::is_sorted(sorted.begin(), sorted.end()));
  std::sort(sorted.begin(), sorted.end());
  for (std::int64_t i = 0; i < 1000; ++i) ASSERT_EQ(sorted[static_cast<std::size_t>(i)], i);
  std::map<std::vector<std::int64_t>, int> seen;
  for (int i = 0; i < 1200; ++i) ++seen[rng.permutation(3).to_vector<std::int64_t>()];
  EXPECT_EQ(seen.size(), 6u);
  for (const auto& [permutation, count] : seen) EXPECT_NEAR(count, 200, 5 * std::sqrt(1200 * 5 / 36.0));
  EXPECT_EQ(rng.permutation(0).shape(), (Shape{0}));
  expect_error<ValueError>([&] { rng.permutation(-1); }, {"permutation", "-1"});
}

TEST(Distributions, ShuffleMovesWholeParts) {
  Rng rng(16);
  const Array x = reshape(arange(60), {3, 20});
  const Array shuffled = rng.shuffle(x, 1);
  const auto values = shuffled.to_vector<std::int64_t>(), back = sort(shuffled, 1).to_vector<std::int64_t>();
  EXPECT_NE(values, x.to_vector<std::int64_t>());
  EXPECT_EQ(back, x.to_vector<std::int64_t>());
  for (std::size_t i = 0; i < 20; ++i) {
    EXPECT_EQ(values[20 + i], values[i] + 20);
    EXPECT_EQ(values[40 + i], values[i] + 40);
  }
}

// Numbers, scans and sorts alike.
TEST(Distributions, GiveTheSameBitsWithOneAndTwoThreads) {
  Device& device = find_device("cpu");
  const auto drawn = [&](int threads) {
    device.set_threads(threads);
    Rng rng(17);
    const Array x = rng.gumbel({40, 999}), sums = cumsum(x), columns = cumsum(exp(x), 0), sorted = sort(x, 0);
    const Array all = concatenate({x, sums, columns, sorted, rng.exponential({40, 999})}, 0);
    const Array order = concatenate({rng.permutation(5000), rng.categorical(x), flatten(argsort(x))}, 0);
    eval(all, order);
    device.set_threads(0);
    return std::pair(all.to_vector<float>(), order.to_vector<std::int64_t>());
  };
  EXPECT_TRUE(drawn(1) == drawn(2));
}

}  // namespace
}  // namespace tenon::testing
