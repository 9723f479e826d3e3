// Convolutions, pooling, interpolation, attention by position and normalisation of channels.
#include "tests/tensor/helpers.h"

namespace tenon::testing {
namespace {

using Images = Tensor<float, "batch", "channel", 8, 9>;
using Named = Tensor<float, "batch", 3, "height", "width">;
using Weight = Tensor<float, "out", "channel", 3, 3>;

const Images images = sample<Images>({2, 4});
const Named named = sample<Named>({2, 6, 7});
const Weight weight = sample<Weight>({5, 4});

TEST(TypedConv, ComputesSpatialSizes) {
  const auto bias = sample<Tensor<float, "out">>(5);
  expect_result<Tensor<float, "batch", "out", 6, 7>>(conv2d(images, weight), conv2d(images.array(), weight.array()));
  expect_result<Tensor<float, "batch", "out", 8, 9>>(
      conv2d<ConvOptions{.padding = 1}>(images, weight, bias),
      conv2d(images.array(), weight.array(), bias.array(), {.padding = 1}));
  constexpr ConvOptions options{.stride = {2, 1}, .padding = {1, 0}, .dilation = {1, 2}};
  expect_result<Tensor<float, "batch", "out", 4, 5>>(conv2d<options>(images, weight),
                                                     conv2d(images.array(), weight.array(), {}, options));
  const auto rows = sample<Tensor<float, 2, 3, 10>>();
  const auto taps = sample<Tensor<float, 4, 3, 3>>();
  expect_result<Tensor<float, 2, 4, 8>>(conv1d(rows, taps), conv1d(rows.array(), taps.array()));
  const auto volume = sample<Tensor<float, 1, 2, 4, 5, 6>>();
  const auto cube = sample<Tensor<float, 3, 2, 2, 2, 2>>();
  expect_result<Tensor<float, 1, 3, 3, 4, 5>>(conv3d(volume, cube), conv3d(volume.array(), cube.array()));
}

TEST(TypedConv, HasTheSpatialAxesOfItsInput) {
  const auto square = sample<Tensor<float, 4, 3, 3, 3>>();
  expect_result<Tensor<float, "batch", 4, any, any>>(conv(named, square), conv(named.array(), square.array()));
  const auto rows = sample<Tensor<float, "batch", 3, 8>>(2);
  const auto kernel = sample<Tensor<float, 3, 2, 3>>();
  const auto bias = sample<Tensor<float, 2>>();
  expect_result<Tensor<float, "batch", 2, 17>>(
      conv_transpose<ConvTransposeOptions{.stride = 2}>(rows, kernel, bias),
      conv_transpose(rows.array(), kernel.array(), bias.array(), {.stride = 2}));
  expect_result<Tensor<float, "batch", 2, 10>>(conv_transpose(rows, kernel),
                                               conv_transpose(rows.array(), kernel.array()));
}

TEST(TypedConv, NamedSpatialAxesStayWhereTheirSizeDoes) {
  const auto odd = sample<Tensor<float, 4, 3, 3, 5>>();
  expect_result<Tensor<float, "batch", 4, "height", "width">>(
      conv2d<ConvOptions{.padding = AutoPadding::same}>(named, odd),
      conv2d(named.array(), odd.array(), {}, {.padding = AutoPadding::same}));
  expect_result<Tensor<float, "batch", 4, "height", any>>(conv2d<ConvOptions{.padding = {1, 1}}>(named, odd),
                                                          conv2d(named.array(), odd.array(), {}, {.padding = 1}));
}

TEST(TypedConv, GroupsDivideTheChannels) {
  const auto x = sample<Tensor<float, "batch", 6, 8, 8>>(2);
  const auto depthwise = sample<Tensor<float, 12, 1, 3, 3>>();
  expect_result<Tensor<float, "batch", 12, 6, 6>>(conv2d<ConvOptions{.groups = 6}>(x, depthwise),
                                                  conv2d(x.array(), depthwise.array(), {}, {.groups = 6}));
  // A named channel is checked when it runs.
  const auto other = sample<Tensor<float, "batch", "channel", 8, 8>>({2, 5});
  expect_error<ShapeError>([&] { conv2d<ConvOptions{.groups = 6}>(other, depthwise); }, {"conv", "5 channels"});
}

TEST(TypedConv, OneNameHasOneSize) {
  expect_error<ShapeError>([&] { conv2d(sample<Images>({2, 3}), weight); }, {"conv2d", "\"channel\"", "3", "4"});
}

TEST(TypedConvTranspose, ComputesSpatialSizes) {
  const auto up = sample<Tensor<float, "channel", 5, 3, 3>>(4);
  constexpr ConvTransposeOptions options{.stride = 2, .padding = 1, .output_padding = 1};
  expect_result<Tensor<float, "batch", 5, 16, 18>>(conv_transpose2d<options>(images, up),
                                                   conv_transpose2d(images.array(), up.array(), {}, options));
  const auto grouped = sample<Tensor<float, 3, 2, 3, 3>>();
  const auto bias = sample<Tensor<float, 6>>();
  expect_result<Tensor<float, "batch", 6, "height", "width">>(
      conv_transpose2d<ConvTransposeOptions{.padding = 1, .groups = 3}>(named, grouped, bias),
      conv_transpose2d(named.array(), grouped.array(), bias.array(), {.padding = 1, .groups = 3}));
}

TEST(TypedPool, ComputesSpatialSizes) {
  expect_result<Tensor<float, "batch", "channel", 4, 4>>(max_pool2d<2>(images), max_pool2d(images.array(), 2));
  constexpr MaxPoolOptions options{.stride = 2, .padding = 1, .ceil_mode = true};
  expect_result<Tensor<float, "batch", "channel", 5, 5>>(max_pool2d<3, options>(images),
                                                         max_pool2d(images.array(), 3, options));
  expect_result<Tensor<float, "batch", 3, any, any>>(avg_pool2d<PerAxis{2, 3}>(named),
                                                     avg_pool2d(named.array(), {2, 3}));
  expect_result<Named>(avg_pool2d<3, AvgPoolOptions{.stride = 1, .padding = 1}>(named),
                       avg_pool2d(named.array(), 3, {.stride = 1, .padding = 1}));
  expect_result<Tensor<float, "batch", 3, "height", 2>>(
      max_pool1d<3>(sample<Tensor<float, "batch", 3, "height", 7>>({2, 6})),
      max_pool1d(sample<Tensor<float, "batch", 3, "height", 7>>({2, 6}).array(), 3));
}

TEST(TypedPool, AdaptsToAnySize) {
  expect_result<Tensor<float, "batch", "channel", 1, 1>>(adaptive_avg_pool2d<1>(images),
                                                         adaptive_avg_pool2d(images.array(), 1));
  expect_result<Tensor<float, "batch", 3, 2, 4>>(adaptive_max_pool2d<PerAxis{2, 4}>(named),
                                                 adaptive_max_pool2d(named.array(), {2, 4}));
  const auto counts = sample<Tensor<std::int32_t, "n", 6>>(2);
  expect_result<Tensor<float, "n", 3>>(adaptive_avg_pool1d<3>(counts), adaptive_avg_pool1d(counts.array(), 3));
}

TEST(TypedInterpolate, HasTheSizesAskedFor) {
  expect_result<Tensor<float, "batch", "channel", 16, 18>>(interpolate<PerAxis{16, 18}>(images),
                                                           interpolate(images.array(), {.size = PerAxis{16, 18}}));
  expect_result<Tensor<float, "batch", 3, 5, 5>>(
      interpolate<5, Interpolation::linear, true>(named),
      interpolate(named.array(), {.size = 5, .mode = Interpolation::linear, .align_corners = true}));
}

TEST(TypedInterpolate, ByRunTimeScalesAndSizes) {
  expect_result<Tensor<float, "batch", "channel", any, any>>(
      interpolate(images, {.scale = {2, 2}, .mode = Interpolation::linear}),
      interpolate(images.array(), {.scale = {2, 2}, .mode = Interpolation::linear}));
}

TEST(TypedAttention, ByPosition) {
  using Query = Tensor<float, "batch", 4, "time", "dim">;
  using Key = Tensor<float, "batch", 2, "key", "dim">;
  using Value = Tensor<float, "batch", 2, "key", "out">;
  const auto query = sample<Query>({2, 3, 5});
  const auto key = sample<Key>({2, 6, 5});
  const auto value = sample<Value>({2, 6, 7});
  expect_result<Tensor<float, "batch", 4, "time", "out">>(
      scaled_dot_product_attention(query, key, value, {.causal = true}),
      scaled_dot_product_attention(query.array(), key.array(), value.array(), {.causal = true}));
}

TEST(TypedNormalization, KeepsTheAxes) {
  const auto channels = sample<Tensor<float, "channel">>(4);
  const Array& c = channels.array();
  const auto trained = batch_norm_training(images, channels, channels, channels, channels);
  const BatchNormResult expected = batch_norm_training(images.array(), c, c, c, c);
  expect_result<Images>(trained.y, expected.y);
  expect_result<Tensor<float, "channel">>(trained.running_mean, expected.running_mean);
  expect_result<Tensor<float, "channel">>(trained.running_var, expected.running_var);
  expect_result<Images>(batch_norm(images, channels, channels, channels, channels),
                        batch_norm(images.array(), c, c, c, c));
  expect_result<Images>(group_norm<2>(images, channels, channels), group_norm(images.array(), 2, c, c));
  expect_result<Images>(instance_norm(images, channels, channels), instance_norm(images.array(), c, c));
}

TEST(TypedNormalization, NeedsNoParameters) {
  const auto channels = sample<Tensor<float, "channel">>(4);
  const Array& c = channels.array();
  const BatchNormResult expected = batch_norm_training(images.array(), c, c, {}, {}, {.momentum = 0.5});
  const auto trained = batch_norm_training(images, channels, channels, {.momentum = 0.5});
  expect_result<Images>(trained.y, expected.y);
  expect_result<Tensor<float, "channel">>(trained.running_var, expected.running_var);
  expect_result<Images>(batch_norm(images, channels, channels, 1e-3), batch_norm(images.array(), c, c, {}, {}, 1e-3));
  expect_result<Images>(group_norm<2>(images, 1e-3), group_norm(images.array(), 2, {}, {}, 1e-3));
  expect_result<Images>(instance_norm(images), instance_norm(images.array()));
  expect_result<Images>(rms_norm<"channel">(images), swapaxes(rms_norm(swapaxes(images.array(), 1, -1)), 1, -1));
  expect_result<Images>(layer_norm<"channel">(images, channels),
                        swapaxes(layer_norm(swapaxes(images.array(), 1, -1), c), 1, -1));
}

TEST(TypedLoss, HasTheAxesThatItsReductionLeaves) {
  using enum LossReduction;
  const auto other = sample<Images>({2, 4}, 7);
  const Array &x = images.array(), &y = other.array();
  expect_result<Images>(l1_loss<none>(images, other), l1_loss(x, y, none));
  expect_result<Tensor<float>>(l1_loss<LossReduction::sum>(images, other), l1_loss(x, y, LossReduction::sum));
  expect_result<Images>(smooth_l1_loss<none>(images, other, 0.5), smooth_l1_loss(x, y, 0.5, none));
  expect_result<Images>(huber_loss<none>(images, other, 2), huber_loss(x, y, 2, none));
  expect_result<Images>(binary_cross_entropy_with_logits<none>(images, other),
                        binary_cross_entropy_with_logits(x, y, none));
  const auto open = sample<Tensor<float, any, "class">>({2, 5});
  const auto same = sample<Tensor<float, "batch", "class">>({2, 5}, 3);
  expect_result<Tensor<float, "batch", "class">>(l1_loss<none>(open, same), l1_loss(open.array(), same.array(), none));

  const auto logits = sample<Tensor<float, "batch", "class", "time">>({2, 5, 3});
  const auto targets = sample<Tensor<std::int64_t, "batch", "time">>({2, 3});
  const auto weights = sample<Tensor<float, "class">>(5);
  const Array rows = reshape(permute(logits.array(), {0, 2, 1}), {6, 5}), each = reshape(targets.array(), {6});
  using Losses = Tensor<float, "batch", "time">;
  expect_result<Losses>(nll_loss<"class", none>(logits, targets), reshape(nll_loss(rows, each, none), {2, 3}));
  expect_result<Tensor<float>>(nll_loss<"class", LossReduction::sum>(logits, targets),
                               nll_loss(rows, each, LossReduction::sum));
  expect_result<Losses>(nll_loss<"class", none>(logits, targets, weights),
                        reshape(nll_loss(rows, each, {.weight = weights.array(), .reduction = none}), {2, 3}));
  expect_result<Losses>(cross_entropy<"class", none>(logits, targets),
                        reshape(cross_entropy(rows, each, {.reduction = none}), {2, 3}));
  expect_result<Tensor<float>>(cross_entropy<"class", LossReduction::sum>(logits, targets, weights),
                               cross_entropy(rows, each, {.weight = weights.array(), .reduction = LossReduction::sum}));
  const auto longer = sample<Tensor<std::int64_t, "batch", "time">>({2, 4});
  expect_error<ShapeError>([&] { cross_entropy<"class", none>(logits, longer); }, {"cross_entropy", "\"time\""});
}

TEST(TypedLoss, TakesTheMeanOverEqualAxes) {
  const auto other = sample<Images>({2, 4}, 7);
  const Array &x = images.array(), &y = other.array();
  expect_result<Tensor<float>>(l1_loss(images, other), l1_loss(x, y));
  expect_result<Tensor<float>>(smooth_l1_loss(images, other, 0.5), smooth_l1_loss(x, y, 0.5));
  expect_result<Tensor<float>>(huber_loss(images, other, 0.5), huber_loss(x, y, 0.5));
  expect_result<Tensor<float>>(binary_cross_entropy_with_logits(images, other), binary_cross_entropy_with_logits(x, y));
  const auto logits = sample<Tensor<float, "batch", "class">>({2, 5});
  const auto targets = sample<Tensor<std::int64_t, "batch">>(2);
  expect_result<Tensor<float>>(nll_loss<"class">(logits, targets), nll_loss(logits.array(), targets.array()));
  const auto weights = sample<Tensor<float, "class">>(5);
  expect_result<Tensor<float>>(nll_loss<"class">(logits, targets, weights),
                               nll_loss(logits.array(), targets.array(), {.weight = weights.array()}));
  expect_result<Tensor<float>>(cross_entropy<"class">(logits, targets, weights),
                               cross_entropy(logits.array(), targets.array(), {.weight = weights.array()}));
  const auto fewer = sample<Tensor<float, "class">>(4);
  expect_error<ShapeError>([&] { cross_entropy<"class">(logits, targets, fewer); }, {"\"class\"", "5", "4"});
}

}  // namespace
}  // namespace tenon::testing
