// How many kernels the layers of vision models and transformers become, forward and with gradients.
#include <gtest/gtest.h>

#include "tenon/array/ops.h"
#include "tenon/runtime/device.h"
#include "tenon/schedule/schedule.h"

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
  return schedule;
}

// `kernels` are needed for `outputs`.
void expect_kernels(std::size_t kernels, const std::vector<Array>& outputs,
                    std::source_location where = std::source_location::current()) {
  const Schedule schedule = schedule_of(outputs);
  EXPECT_EQ(schedule.kernels.size(), kernels) << "line " << where.line() << '\n' << to_string(schedule);
}

// f of the arguments, and its gradients by all of them where the result meets a cotangent.
template <class F>
std::vector<Array> with_gradients(F f, const std::vector<Array>& arguments) {
  const std::vector<Array> variables = independent(arguments);
  const Array y = f(variables), cotangent = leaf(y.shape());
  std::vector<Array> outputs = vjp(std::span(&y, 1), std::span(&cotangent, 1), std::span<const Array>(variables));
  outputs.push_back(y);
  return outputs;
}

using Arrays = std::vector<Array>;

const Contraction* contraction_of(const Schedule& schedule) {
  return schedule.kernels.size() == 1 ? std::get_if<Contraction>(&schedule.kernels[0].body) : nullptr;
}

TEST(ConvolutionSchedule, BiasAndReluAreTheEpilogueOfOneContraction) {
  const Schedule schedule =
      schedule_of({relu(conv2d(leaf({8, 64, 56, 56}), leaf({64, 64, 3, 3}), leaf({64}), {.padding = 1}))});
  const Contraction* contraction = contraction_of(schedule);
  ASSERT_NE(contraction, nullptr) << to_string(schedule);
  EXPECT_EQ(contraction->m_size, 64);
  EXPECT_EQ(contraction->n_size, 8 * 56 * 56);
  EXPECT_EQ(contraction->k_size, 64 * 9);
  // Input, weight, bias and result: no copy of the windows.
  EXPECT_EQ(schedule.kernels[0].buffers.size(), 4u);
}

TEST(ConvolutionSchedule, StridesDilationGroupsAndAxesStayOneKernel) {
  expect_kernels(1, {conv2d(leaf({8, 64, 56, 56}), leaf({64, 64, 3, 3}), {}, {.stride = 2, .padding = 1})});
  expect_kernels(1, {conv2d(leaf({8, 64, 56, 56}), leaf({64, 16, 3, 3}), {}, {.dilation = 2, .groups = 4})});
  expect_kernels(1,
                 {relu(conv2d(leaf({8, 64, 56, 56}), leaf({64, 1, 3, 3}), leaf({64}), {.padding = 1, .groups = 64}))});
  expect_kernels(1, {relu(conv1d(leaf({8, 64, 200}), leaf({64, 64, 5}), leaf({64})))});
  expect_kernels(1, {relu(conv3d(leaf({2, 8, 9, 9, 9}), leaf({16, 4, 3, 3, 3}), leaf({16}), {.groups = 2}))});
}

// With a stride the products are written, then summed along one axis after the other.
TEST(ConvolutionSchedule, ATransposedConvolutionIsOneKernelWithoutAStride) {
  const Array x = leaf({8, 64, 28, 28}), w = leaf({64, 32, 3, 3}), bias = leaf({32});
  expect_kernels(1, {relu(conv_transpose2d(x, w, bias, {.padding = 1}))});
  expect_kernels(3, {relu(conv_transpose2d(x, w, bias, {.stride = 2, .padding = 1, .output_padding = 1}))});
}

// The contraction and, of its cotangent where relu let it pass: both gradients' contractions and the bias's sum.
TEST(ConvolutionSchedule, ConvBiasReluWithGradientsIsFourKernels) {
  expect_kernels(4, with_gradients([](const Arrays& x) { return relu(conv2d(x[0], x[1], x[2], {.padding = 1})); },
                                   {leaf({8, 64, 56, 56}), leaf({64, 64, 3, 3}), leaf({64})}));
}

TEST(PoolingSchedule, PoolingIsOneKernel) {
  const Array x = leaf({8, 64, 57, 57});
  expect_kernels(1, {max_pool2d(x, 3, {.stride = 2, .padding = 1})});
  expect_kernels(1, {avg_pool2d(x, 2)});
  expect_kernels(1, {adaptive_avg_pool2d(x, 1)});
}

// One first works out how many elements each window counts.
TEST(PoolingSchedule, AveragesOfUnequalCountsAreTwoKernels) {
  const Array x = leaf({8, 64, 57, 57});
  expect_kernels(2, {avg_pool2d(x, 3, {.padding = 1, .ceil_mode = true, .count_include_pad = false})});
}

// The maxima with the choices that led to them, then the cotangents that each element was chosen for.
TEST(PoolingSchedule, MaxPoolWithItsGradientIsTwoKernels) {
  const Array x = leaf({8, 64, 57, 57});
  expect_kernels(2, with_gradients([](const Arrays& a) { return max_pool2d(a[0], 3, {.stride = 2}); }, {x}));
}

TEST(AttentionSchedule, SmallHeadsAreOneKernelLargeOnesThreeAndSevenWithGradients) {
  const auto attend = [](const Arrays& x) { return scaled_dot_product_attention(x[0], x[1], x[2], {.causal = true}); };
  const Arrays large = {leaf({4, 8, 256, 64}), leaf({4, 2, 256, 64}), leaf({4, 2, 256, 64})};
  expect_kernels(3, {attend(large)});
  expect_kernels(7, with_gradients(attend, large));
  expect_kernels(1, {attend({leaf({4, 8, 8, 16}), leaf({4, 8, 8, 16}), leaf({4, 8, 8, 16})})});
}

// The products have bias and gelu as epilogues. An expert's gradient is five more: the products for both weights, for
// the hidden layer (gelu's slope in its epilogue) and for the input, and one that sums both biases' gradients, for
// which there are two here.
TEST(MlpSchedule, GeluMlpIsTwoKernelsAndEightWithGradients) {
  const auto mlp = [](const Arrays& a) { return linear(gelu(linear(a[0], a[1], a[2])), a[3], a[4]); };
  const Arrays arguments = {leaf({512, 128}), leaf({512, 128}), leaf({512}), leaf({128, 512}), leaf({128})};
  expect_kernels(2, {mlp(arguments)});
  expect_kernels(8, with_gradients(mlp, arguments));
}

// Statistics of channels lie across the batch, so they are complete before anything is normalised by them.
TEST(NormalizationSchedule, BatchNormIsTwoKernelsAndFourWithGradients) {
  const Array x = leaf({8, 64, 28, 28}), channels = leaf({64});
  const auto train = [&](const Arrays& a) { return batch_norm_training(a[0], channels, channels, a[1], a[2]); };
  const BatchNormResult result = train({x, leaf({64}), leaf({64})});
  expect_kernels(2, {result.y, result.running_mean, result.running_var});
  expect_kernels(4, with_gradients([&](const Arrays& a) { return train(a).y; }, {x, leaf({64}), leaf({64})}));
  expect_kernels(1, {relu(batch_norm(x, channels, leaf({64}), leaf({64}), leaf({64})))});
}

// One works out 1 / sqrt(variance + eps) of the channels.
TEST(NormalizationSchedule, EvaluatedBatchNormIsAConvolutionsEpilogue) {
  const Array y = conv2d(leaf({8, 64, 56, 56}), leaf({64, 64, 3, 3}), {}, {.padding = 1});
  expect_kernels(2, {relu(batch_norm(y, leaf({64}), leaf({64}), leaf({64}), leaf({64})))});
}

TEST(NormalizationSchedule, RmsAndGroupNormAreOneKernelRmsWithGradientsTwo) {
  const auto rms = [](const Arrays& a) { return rms_norm(a[0], a[1]); };
  expect_kernels(1, {rms({leaf({512, 128}), leaf({128})})});
  expect_kernels(2, with_gradients(rms, {leaf({512, 128}), leaf({128})}));
  expect_kernels(1, {group_norm(leaf({8, 64, 28, 28}), 8, leaf({64}), leaf({64}))});
}

}  // namespace
}  // namespace tenon
