// Linear, Embedding, norms and feed-forward layers against loops.
#include "tests/nn/helpers.h"

namespace tenon::testing {
namespace {

template <class Layer, class X>
using ResultOf = decltype(std::declval<const Layer&>()(std::declval<const X&>()));

TEST(Linear, IsTheProductWithTheTransposedWeightPlusBias) {
  Linear<4, 3, with_bias, double> layer;
  fill(layer.weight, {3, 4}, 1);
  fill(layer.bias, {3}, 5);
  const auto x = sample<double, "batch", "time", 4>({2, 3});
  expect_values(layer(x), linear_in_loops(x.to_vector(), layer.weight.to_vector(), layer.bias.to_vector(), 4, 3),
                double_tolerance);
}

TEST(Linear, WorksWithoutBias) {
  Linear<4, 3, no_bias, double> layer;
  fill(layer.weight, {3, 4}, 1);
  const auto x = sample<double, "batch", 4>({5});
  expect_values(layer(x), linear_in_loops(x.to_vector(), layer.weight.to_vector(), {}, 4, 3), double_tolerance);
}

TEST(Linear, IsOfFloatByDefault) {
  Linear<4, 3> layer;
  fill(layer.weight, {3, 4}, 1);
  fill(layer.bias, {3}, 5);
  const auto x = sample<float, "batch", 4>({5});
  const auto wide = [](const Tensor<float, 3, 4>& y) {
    const std::vector<float> values = y.to_vector();
    return Values(values.begin(), values.end());
  };
  const std::vector<float> xs = x.to_vector(), bias = layer.bias.to_vector();
  // Five roundings of numbers below 4.
  expect_values(
      layer(x),
      linear_in_loops(Values(xs.begin(), xs.end()), wide(layer.weight), Values(bias.begin(), bias.end()), 4, 3),
      20 * 0x1p-24);
}

TEST(Linear, PutsItsOutputInThePlaceOfTheLastAxis) {
  using X = Tensor<float, "batch", "time", "embd">;
  using Wide = Tensor<float, "batch", "time", Axis{"embd", 128}>;
  static_assert(std::is_same_v<ResultOf<Linear<"embd", 10>, X>, Tensor<float, "batch", "time", 10>>);
  static_assert(
      std::is_same_v<ResultOf<Linear<"embd", 4 * Axis{"embd"}>, X>, Tensor<float, "batch", "time", 4 * Axis{"embd"}>>);
  static_assert(
      std::is_same_v<ResultOf<Linear<"embd", "hidden", no_bias>, Wide>, Tensor<float, "batch", "time", "hidden">>);
  static_assert(std::is_same_v<ResultOf<Linear<784, 10>, Tensor<float, 784>>, Tensor<float, 10>>);
}

TEST(Linear, ChecksOpenSizesAtRunTime) {
  Rng rng(1);
  const auto layer = init<Linear<"embd", 10>>(rng, {{"embd", 8}});
  const auto x = sample<float, "batch", "embd">({2, 9});
  expect_error<ShapeError>([&] { layer(x); }, {"linear: axis \"embd\" is 9", "8 in", "layers_test.cpp"});
}

TEST(Embedding, LooksRowsUp) {
  Embedding<5, 3, double> layer;
  fill(layer.weight, {5, 3}, 1);
  const auto tokens = Tensor<std::int64_t, "batch", 2>::from({4, 0, 2, 2});
  const Values weight = layer.weight.to_vector();
  Values expected;
  for (const std::size_t token : {4u, 0u, 2u, 2u})
    expected.insert(expected.end(), weight.begin() + static_cast<std::ptrdiff_t>(token * 3),
                    weight.begin() + static_cast<std::ptrdiff_t>(token * 3 + 3));
  expect_values(layer(tokens), expected, 0);
  static_assert(std::is_same_v<ResultOf<Embedding<"vocab", "embd">, Tensor<std::int32_t, "batch", "time">>,
                               Tensor<float, "batch", "time", "embd">>);
}

TEST(Embedding, ItsWeightIsThatOfAnOutputLayer) {
  const Embedding<"vocab", "embd"> layer;
  using Hidden = Tensor<float, "batch", "embd">;
  static_assert(
      std::is_same_v<decltype(linear(std::declval<Hidden>(), layer.weight)), Tensor<float, "batch", "vocab">>);
  (void)layer;
}

TEST(LayerNorm, NormalisesTheLastAxis) {
  LayerNorm<6, with_bias, double> layer;
  fill(layer.weight, {6}, 2);
  fill(layer.bias, {6}, 7);
  const auto x = sample<double, "batch", "time", 6>({2, 3}, 1, 3);
  expect_values(layer(x), layer_norm_in_loops(x.to_vector(), layer.weight.to_vector(), layer.bias.to_vector(), 1e-5),
                double_tolerance);
  layer.eps = 0.5;
  expect_values(layer(x), layer_norm_in_loops(x.to_vector(), layer.weight.to_vector(), layer.bias.to_vector(), 0.5),
                double_tolerance);
}

TEST(LayerNorm, WorksWithoutBias) {
  LayerNorm<6, no_bias, double> layer;
  fill(layer.weight, {6}, 2);
  const auto x = sample<double, "batch", 6>({3});
  expect_values(layer(x), layer_norm_in_loops(x.to_vector(), layer.weight.to_vector(), {}, 1e-5), double_tolerance);
}

TEST(LayerNorm, ChecksOpenSizesAtRunTime) {
  Rng rng(1);
  const auto layer = init<LayerNorm<"embd">>(rng, {{"embd", 8}});
  expect_error<ShapeError>([&] { layer(sample<float, "batch", "embd">({2, 9})); },
                           {"layer_norm: the weight is float32 [8]", "[2, 9]", "layers_test.cpp"});
}

TEST(RmsNorm, DividesByTheRootOfTheMeanSquare) {
  RmsNorm<6, double> layer;
  fill(layer.weight, {6}, 2);
  const auto x = sample<double, "batch", 6>({3}, 1, 3);
  expect_values(layer(x), rms_norm_in_loops(x.to_vector(), layer.weight.to_vector(), 1e-5), double_tolerance);
  layer.eps = 0.5;
  expect_values(layer(x), rms_norm_in_loops(x.to_vector(), layer.weight.to_vector(), 0.5), double_tolerance);
}

TEST(Activation, IsTheFunctionOfItsName) {
  const auto x = sample<double, 20>({}, 1, 4);
  const Values values = x.to_vector();
  expect_values(activate<Activation::relu>(x), mapped(values, [](double v) { return v > 0 ? v : 0; }), 0);
  expect_values(activate<Activation::gelu>(x), mapped(values, gelu_of), double_tolerance);
  expect_values(activate<Activation::gelu_tanh>(x), mapped(values, gelu_tanh_of), double_tolerance);
  expect_values(activate<Activation::silu>(x), mapped(values, silu_of), double_tolerance);
}

TEST(FeedForward, GoesUpAndDownAgain) {
  FeedForward<4, 4 * Axis{4}, Activation::gelu, with_bias, double> layer;
  fill(layer.up.weight, {16, 4}, 1);
  fill(layer.up.bias, {16}, 2);
  fill(layer.down.weight, {4, 16}, 3);
  fill(layer.down.bias, {4}, 4);
  const auto x = sample<double, "batch", "time", 4>({2, 3});
  const Values hidden =
      mapped(linear_in_loops(x.to_vector(), layer.up.weight.to_vector(), layer.up.bias.to_vector(), 4, 16), gelu_of);
  expect_values(layer(x), linear_in_loops(hidden, layer.down.weight.to_vector(), layer.down.bias.to_vector(), 16, 4),
                double_tolerance);
}

TEST(FeedForward, IsFourTimesAsWideByDefault) {
  static_assert(std::is_same_v<decltype(FeedForward<"embd">::up), Linear<"embd", 4 * Axis{"embd"}>>);
  static_assert(std::is_same_v<decltype(FeedForward<128>::down), Linear<512, 128>>);
}

TEST(GatedFeedForward, MultipliesByTheActivatedGate) {
  GatedFeedForward<4, 6, Activation::silu, no_bias, double> layer;
  fill(layer.gate.weight, {6, 4}, 1);
  fill(layer.up.weight, {6, 4}, 2);
  fill(layer.down.weight, {4, 6}, 3);
  const auto x = sample<double, "batch", 4>({5});
  Values hidden = mapped(linear_in_loops(x.to_vector(), layer.gate.weight.to_vector(), {}, 4, 6), silu_of);
  const Values up = linear_in_loops(x.to_vector(), layer.up.weight.to_vector(), {}, 4, 6);
  for (std::size_t i = 0; i < hidden.size(); ++i) hidden[i] *= up[i];
  expect_values(layer(x), linear_in_loops(hidden, layer.down.weight.to_vector(), {}, 6, 4), double_tolerance);
}

}  // namespace
}  // namespace tenon::testing
