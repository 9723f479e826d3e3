// Reductions, softmax, norms, attention and losses.
#include "tenon/tensor/neural.h"

#include <cmath>

#include "tenon/array/gradient.h"
#include "tests/tensor/helpers.h"

namespace tenon::testing {
namespace {

using Logits = Tensor<float, "batch", "time", Axis{"vocab", 5}>;
using Targets = Tensor<std::int64_t, "batch", "time">;

const Logits logits = sample<Logits>({2, 3});
const Targets targets = sample<Targets>({2, 3});

TEST(Reduce, RemovesTheNamedAxes) {
  const Array& x = logits;
  using Rest = Tensor<float, "batch", Axis{"vocab", 5}>;
  expect_result<Rest>(sum<"time">(logits), sum(x, 1));
  expect_result<Rest>(prod<"time">(logits), prod(x, 1));
  expect_result<Rest>(mean<1>(logits), mean(x, 1));
  expect_result<Rest>(var<"time">(logits), var(x, 1));
  expect_result<Rest>(var<"time">(logits, 0), var(x, 1, 0));
  expect_result<Rest>(max<"time">(logits), max(x, 1));
  expect_result<Rest>(min<-2>(logits), min(x, 1));
  expect_result<Rest>(logsumexp<"time">(logits), logsumexp(x, 1));
  expect_result<Tensor<std::int64_t, "batch", Axis{"vocab", 5}>>(argmax<"time">(logits), argmax(x, 1));
  expect_result<Tensor<float, "time">>(sum<"vocab", 0>(logits), sum(x, {0, 2}));
}

TEST(Reduce, GoesOverAllAxesByDefault) {
  expect_result<Tensor<float>>(sum(logits), sum(logits.array()));
  expect_result<Tensor<float>>(mean(logits), mean(logits.array()));
  expect_result<Targets>(argmax(logits), argmax(logits.array()));
}

TEST(Reduce, KeepsAxesOfSizeOneOnRequest) {
  expect_result<Tensor<float, "batch", 1, Axis{"vocab", 5}>>(sum<"time", keepdims>(logits),
                                                             sum(logits.array(), 1, true));
  expect_result<Logits>(logits - mean<"vocab", keepdims>(logits), logits.array() - mean(logits.array(), 2, true));
  expect_result<Tensor<float, 1, 1, 1>>(max<keepdims>(logits), max(logits.array(), {}, true));
}

TEST(Reduce, TakesTheElementsThatArraysTake) {
  const auto counts = sample<Tensor<std::int32_t, "n">>(4);
  const auto mask = sample<Tensor<bool, "n">>(4);
  expect_result<Tensor<std::int64_t>>(sum(counts), sum(counts.array()));
  expect_result<Tensor<std::int64_t>>(sum(mask), sum(mask.array()));
  expect_result<Tensor<float>>(mean(mask), mean(mask.array()));
  expect_result<Tensor<std::int32_t>>(max(counts), max(counts.array()));
}

TEST(Softmax, RunsAlongTheNamedAxis) {
  expect_result<Logits>(softmax<"time">(logits), softmax(logits.array(), 1));
  expect_result<Logits>(softmax(logits), softmax(logits.array()));
  expect_result<Logits>(log_softmax<"vocab">(logits), log_softmax(logits.array(), 2));
}

TEST(LayerNorm, NormalisesTheNamedAxis) {
  const auto weight = sample<Tensor<float, 5>>(), bias = sample<Tensor<float, 5>>({}, 3);
  expect_result<Logits>(layer_norm(logits, weight, bias), layer_norm(logits.array(), weight.array(), bias.array()));
  expect_result<Logits>(layer_norm<"vocab">(logits, 1e-6), layer_norm(logits.array(), {}, {}, 1e-6));
  const auto along_time = sample<Tensor<float, "time">>(3);
  expect_result<Logits>(layer_norm<"time">(logits, along_time, along_time),
                        swapaxes(layer_norm(swapaxes(logits.array(), 1, 2), along_time, along_time), 1, 2));
}

TEST(LayerNorm, ChecksTheWeightsSizeAtRunTime) {
  const auto wrong = sample<Tensor<float, "time">>(4);
  expect_error<ShapeError>([&] { layer_norm<"time">(logits, wrong, wrong); },
                           {"layer_norm: axis \"time\" is 3", "4 in [time=4]", "neural_test.cpp"});
}

TEST(RmsNorm, DividesByTheRootOfTheMeanSquare) {
  const auto x = Tensor<float, "n", 2>::from({3, 4, 6, 8});
  const auto weight = Tensor<float, 2>::from({1, 2});
  // sqrt(mean) is sqrt(12.5) and twice that.
  const float unit = std::sqrt(12.5f);
  expect_values_near(rms_norm(x, weight, 0), Array::from<float>({3 / unit, 8 / unit, 3 / unit, 8 / unit}, {2, 2}),
                     1e-6);
}

TEST(Attention, IsTwoContractionsAroundASoftmax) {
  const auto query = sample<Tensor<float, "batch", "time", "head", Axis{"dim", 4}>>({2, 3, 2});
  const auto key = sample<Tensor<float, "batch", "key", "head", Axis{"dim", 4}>>({2, 3, 2}, 7);
  const auto value = sample<Tensor<float, "batch", "key", "head", Axis{"dim", 4}>>({2, 3, 2}, 9);
  using Mixed = Tensor<float, "batch", "head", "time", Axis{"dim", 4}>;
  const auto scores = contract<"dim">(query, key) * 0.5;
  expect_result<Mixed>(attention(query, key, value), contract<"key">(softmax<"key">(scores), value).array());
  const auto causal = causal_mask<"time", "key">({3, 3});
  expect_result<Mixed>(attention(query, key, value, causal),
                       contract<"key">(softmax<"key">(where(causal, scores, -infinity)), value).array());
}

TEST(CausalMask, AllowsThePastAndThePresent) {
  const auto mask = causal_mask<"time", "key">({3, 3});
  static_assert(std::is_same_v<decltype(mask), const Tensor<bool, "time", "key">>);
  EXPECT_EQ(mask.to_vector(), (std::vector<bool>{true, false, false, true, true, false, true, true, true}));
}

TEST(CrossEntropy, IsTheMeanOverAllPositions) {
  expect_result<Tensor<float>>(cross_entropy<"vocab">(logits, targets),
                               cross_entropy(reshape(logits, {6, 5}), reshape(targets, {6})));
  const auto first = sample<Tensor<float, Axis{"vocab", 5}, "batch", "time">>({2, 3});
  expect_result<Tensor<float>>(cross_entropy<"vocab">(first, targets),
                               cross_entropy(reshape(permute(first, {1, 2, 0}), {6, 5}), reshape(targets, {6})));
}

TEST(CrossEntropy, ChecksNamesAtRunTime) {
  const auto other = sample<Targets>({2, 4});
  expect_error<ShapeError>([&] { cross_entropy(logits, other); }, {"cross_entropy: axis \"time\" is 3", "4 in"});
}

TEST(MseLoss, ComparesEqualAxes) {
  expect_result<Tensor<float>>(mse_loss(logits, logits * 2), mse_loss(logits.array(), logits.array() * 2));
  EXPECT_THROW(mse_loss(logits, sample<Logits>({2, 1})), ShapeError);
}

TEST(Tensor, GradientsFlowThroughTypedOps) {
  const auto weight = sample<Tensor<float, 1, 5>>();
  const auto loss = mean(square(linear(logits, weight)));
  const Array slope = grad(loss, {weight}).front();
  const Array untyped = grad(mean(square(linear(logits.array(), weight.array()))), {weight.array()}).front();
  expect_same_graph(slope, untyped);
}

}  // namespace
}  // namespace tenon::testing
