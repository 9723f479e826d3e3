// What becomes one kernel: the counts that an expert would reach by hand. Nothing is compiled here.
#include "tenon/schedule/schedule.h"

#include <gtest/gtest.h>

#include "examples/grok/training.h"
#include "tenon/array/ops.h"
#include "tenon/optim/adamw.h"
#include "tenon/plan/executable.h"
#include "tenon/runtime/device.h"

namespace tenon {
namespace {

// A leaf without contents, on the device that launches nothing.
Array leaf(const Shape& shape, DType dtype = DType::f32) {
  Device& device = find_device("null");
  const Ref<Buffer> buffer = device.allocate(static_cast<std::size_t>(shape.elements()) * size_of(dtype), "test");
  return Array(make_leaf(dtype, shape, Ref<const Storage>(buffer.get())));
}

Schedule schedule_of(const std::vector<Array>& outputs) {
  std::vector<NodeRef> nodes;
  for (const Array& output : outputs) nodes.push_back(output.node_ref());
  const std::lock_guard lock(graph_mutex());
  Schedule schedule = make_schedule(trace(nodes).graph);
  verify(schedule.graph);
  verify(schedule);
  verify(plan_memory(schedule, {}), schedule);
  return schedule;
}

std::size_t kernels_of(const std::vector<Array>& outputs) {
  const Schedule schedule = schedule_of(outputs);
  if (schedule.kernels.size() != 1) SCOPED_TRACE(to_string(schedule));
  return schedule.kernels.size();
}

TEST(Schedule, ElementwiseChainsAreOneKernel) {
  const Array x = leaf({300, 70}), y = leaf({70});
  EXPECT_EQ(kernels_of({exp(x * 2 + y) / (1 + exp(-x))}), 1u);
}

TEST(Schedule, ViewsNeverBecomeKernels) {
  const Array x = leaf({30, 40, 50});
  EXPECT_EQ(kernels_of({flip(transpose(slice(x, 1, {.start = 3, .stop = 33, .step = 2}))) + 1}), 1u);
}

// What is scanned or sorted is computed on the way, and scans do not wait for each other.
TEST(Schedule, ScansAndSortsTakeTheirOperandsIn) {
  const Array x = leaf({300, 70}), y = leaf({70});
  EXPECT_EQ(kernels_of({cumsum(exp(x * 2 + y))}), 1u);
  EXPECT_EQ(kernels_of({cumsum(transpose(x) * 2, 0)}), 1u);
  EXPECT_EQ(kernels_of({sum(cumsum(x, 1, true), 1)}), 2u);  // turned round on the way in and out
  EXPECT_EQ(kernels_of({argsort(abs(x - y), 0)}), 2u);      // one moves the positions back to their axis
  EXPECT_EQ(kernels_of({sort(x)}), 2u);                     // the order, and the values in it
  EXPECT_EQ(kernels_of({sort(x), argsort(x)}), 2u);
  EXPECT_EQ(kernels_of({cummax(x).values, cummax(x).indices}), 2u);  // the second scans positions
}

TEST(Schedule, SoftmaxIsOneKernel) { EXPECT_EQ(kernels_of({softmax(leaf({512, 1000}))}), 1u); }

TEST(Schedule, LogSoftmaxIsOneKernel) { EXPECT_EQ(kernels_of({log_softmax(leaf({512, 1000}))}), 1u); }

TEST(Schedule, LayerNormIsOneKernel) {
  EXPECT_EQ(kernels_of({layer_norm(leaf({768, 128}), leaf({128}), leaf({128}))}), 1u);
}

TEST(Schedule, LayerNormAfterAResidualIsOneKernel) {
  const Array sum = leaf({768, 128}) + leaf({768, 128});
  EXPECT_EQ(kernels_of({sum, layer_norm(sum, leaf({128}), leaf({128}))}), 1u);
}

TEST(Schedule, CrossEntropyIsOneKernelWithItsGradientToo) {
  const Array logits = leaf({3830, 113}), targets = leaf({3830}, DType::i32);
  EXPECT_EQ(kernels_of({cross_entropy(logits, targets)}), 1u);
  const auto [loss, gradients] =
      value_and_grad([&](const std::vector<Array>& x) { return cross_entropy(x[0], targets); }, {logits});
  EXPECT_EQ(kernels_of({loss, gradients[0]}), 1u);
}

TEST(Schedule, AdamWOverAllParametersIsOneKernel) {
  std::vector<Array> parameters, gradients;
  for (const Shape& shape : {Shape{512, 128}, Shape{512}, Shape{128, 512}, Shape{113, 128}, Shape{3, 128}}) {
    parameters.push_back(leaf(shape));
    gradients.push_back(leaf(shape));
  }
  AdamWState state{parameters, {}, {}, leaf({})};
  for (const Array& parameter : parameters) {
    state.first_moments.push_back(leaf(parameter.shape()));
    state.second_moments.push_back(leaf(parameter.shape()));
  }
  const AdamWState next = adamw(state, gradients, leaf({}));
  EXPECT_EQ(kernels_of(next.flat()), 1u);
}

TEST(Schedule, BiasAndActivationAreTheContractionsEpilogue) {
  EXPECT_EQ(kernels_of({relu(linear(leaf({1000, 128}), leaf({512, 128}), leaf({512})))}), 1u);
}

TEST(Schedule, AResidualAndItsPermutationStayInTheEpilogue) {
  const Array product = linear(leaf({1000, 128}), leaf({64, 128}));
  EXPECT_EQ(kernels_of({transpose(product) + leaf({64, 1000})}), 1u);
}

TEST(Schedule, TinyAttentionIsOneRowProgram) {
  const Array q = leaf({3830, 4, 32}), k = leaf({3830, 3, 4, 32}), v = leaf({3830, 3, 4, 32});
  const Array scores = contract(q, k, {.contracted = {{2, 3}}, .batch = {{0, 0}, {1, 2}}});
  EXPECT_EQ(kernels_of({contract(softmax(scores), v, {.contracted = {{2, 1}}, .batch = {{0, 0}, {1, 2}}})}), 1u);
}

TEST(Schedule, ALongSumIsOneKernelOfTwoStages) {
  const Schedule schedule = schedule_of({sum(leaf({3830, 512}))});
  ASSERT_EQ(schedule.kernels.size(), 1u);
  EXPECT_EQ(std::get<LoopProgram>(schedule.kernels[0].body).stages.size(), 2u);
}

TEST(Schedule, ReadersOfOneValueRunTogether) {
  const Array x = leaf({3830, 512});
  EXPECT_EQ(kernels_of({max(x, {1}), sum(square(x), {1})}), 1u);
}

// The whole training step of ./dev demo.
class GrokStep : public ::testing::Test {
 protected:
  GrokStep() {
    set_default_device(find_device("null"));
    Rng rng(1);
    model_ = grok::make_transformer({}, 1, rng);
    optimizer_ = grok::make_optimizer(model_, {});
    const grok::Examples examples{grok::Tokens(leaf({3830, 3}, DType::i32)), grok::Sums(leaf({3830}, DType::i32))};
    executable_ = &step_.prepare(examples);
  }
  ~GrokStep() override { set_default_device(find_device("cpu")); }

  grok::Transformer model_;
  AdamW<grok::Transformer> optimizer_;
  grok::CompiledTrainingStep step_{std::tie(model_, optimizer_), {}};
  const Executable* executable_ = nullptr;
};

TEST_F(GrokStep, HasThirtyKernels) {
  EXPECT_EQ(executable_->plan().schedule().kernels.size(), 30u) << to_string(executable_->plan().schedule());
}

TEST_F(GrokStep, UpdatesAllStateInPlace) { EXPECT_EQ(executable_->plan().in_place().size(), 34u); }

// Every byte on purpose: a fusion lost or a lifetime grown shows here first.
TEST_F(GrokStep, NeedsAnArenaOfFiftyNineMegabytes) { EXPECT_EQ(executable_->plan().memory().arena_bytes, 59'179'200u); }

}  // namespace
}  // namespace tenon
