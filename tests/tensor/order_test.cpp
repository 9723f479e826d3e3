// Cumulative ops, sorting and random choices: axes of the results, and the graphs of the ops on Arrays.
#include "tests/tensor/helpers.h"

namespace tenon::testing {
namespace {

using Rows = Tensor<float, "batch", "time", 7>;
using Counts = Tensor<std::int32_t, "batch", 4>;

const Rows rows = sample<Rows>({2, 3});
const Counts counts = sample<Counts>(3);

TEST(TensorCumulative, KeepsTheAxes) {
  expect_result<Rows>(cumsum<"time">(rows), cumsum(rows, 1));
  expect_result<Rows>(cumprod(rows, true), cumprod(rows, 2, true));
  expect_result<Tensor<std::int64_t, "batch", 4>>(cumsum<-1>(counts), cumsum(counts, 1));
  expect_result<Rows>(logcumsumexp<"batch">(rows), logcumsumexp(rows, 0));
  const auto most = cummax<"time">(rows);
  expect_result<Rows>(most.values, cummax(rows, 1).values);
  expect_result<Tensor<std::int64_t, "batch", "time", 7>>(most.indices, cummax(rows, 1).indices);
  expect_result<Counts>(cummin(counts).values, cummin(counts).values);
}

TEST(TensorSort, KeepsTheAxes) {
  expect_result<Rows>(sort<"time">(rows, true), sort(rows, 1, true));
  expect_result<Tensor<std::int64_t, "batch", 4>>(argsort(counts), argsort(counts));
  expect_result<Tensor<float, "batch", "time">>(median(rows), median(rows));
  expect_result<Tensor<float, 4>>(quantile<"batch">(counts, 0.25), quantile(counts, 0.25, 0));
  const auto table = sample<Tensor<float, "n">>(5);
  expect_result<Tensor<std::int64_t, "batch", "time", 7>>(searchsorted(table, rows), searchsorted(table, rows.array()));
}

TEST(TensorTopk, TakesTheAxisThatItIsGiven) {
  const auto best = topk<-1, 3>(rows);
  expect_result<Tensor<float, "batch", "time", 3>>(best.values, topk(rows, 3).values);
  expect_result<Tensor<std::int64_t, "batch", "time", 3>>(best.indices, topk(rows, 3).indices);
  const auto named = topk<"time", Axis{"best", 2}>(rows, false);
  expect_result<Tensor<float, "batch", Axis{"best", 2}, 7>>(named.values, topk(rows, 2, 1, false).values);
  expect_error<ValueError>([] { topk<"time", 4>(rows); }, {"topk", "4 elements of axis 1"});
}

TEST(TensorDistributions, HaveTheAxesAskedFor) {
  Rng rng(1), same(1);
  expect_result<Tensor<float, "batch", 3>>(exponential<float, "batch", 3>(rng, {2}, 2), same.exponential({2, 3}, 2));
  expect_result<Tensor<double, 3>>(gumbel<double, 3>(rng), same.gumbel({3}, DType::f64));
  expect_result<Tensor<bool, "batch", "time", 7>>(bernoulli(rng, rows), same.bernoulli(rows.array(), {2, 3, 7}));
  expect_result<Tensor<std::int64_t, "batch", 7>>(categorical<"time">(rng, rows), same.categorical(rows, 1));
  expect_result<Rows>(shuffle<"time">(rng, rows), same.shuffle(rows, 1));
  expect_result<Tensor<bool, "batch", 3>>(bernoulli<"batch", 3>(rng, {2}, 0.25), same.bernoulli(0.25, {2, 3}));
  expect_result<Tensor<std::int64_t, "row">>(permutation<"row">(rng, {5}), same.permutation(5));
  expect_result<Tensor<std::int64_t, 52>>(permutation<52>(rng), same.permutation(52));
}

TEST(TensorDistributions, AreFunctionsOfAKey) {
  const RandomKey key = RandomKey::from({3, 4});
  const Array& k = key;
  expect_result<Tensor<double, "batch", 3>>(random_exponential<double, "batch", 3>(key, {2}, 2),
                                            random_exponential(k, {2, 3}, 2, DType::f64));
  expect_result<Tensor<float, 3>>(random_gumbel<float, 3>(key), random_gumbel(k, {3}));
  expect_result<Tensor<bool, "batch", "time", 7>>(random_bernoulli(key, rows),
                                                  random_bernoulli(k, rows.array(), rows.shape()));
  expect_result<Tensor<bool, 4>>(random_bernoulli<4>(key, {}, 0.5), random_bernoulli(k, 0.5, {4}));
  expect_result<Tensor<std::int64_t, "row">>(random_permutation<"row">(key, {5}), random_permutation(k, 5));
  expect_result<Tensor<std::uint32_t, "word">>(random_bits<"word">(key, {6}), random_bits(k, {6}));
}

}  // namespace
}  // namespace tenon::testing
