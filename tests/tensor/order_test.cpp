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
}

}  // namespace
}  // namespace tenon::testing
