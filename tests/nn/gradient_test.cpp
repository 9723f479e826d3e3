// Gradients of the layers against central differences.
#include <cmath>

#include "tests/nn/helpers.h"

namespace tenon::testing {
namespace {

// Every derivative of weighted sums of f's result, by each element of each argument.
// The step h leaves an error of h^2/6 times the third derivative and of 2^-52 |f| / h: below 1e-8 for values and
// derivatives of up to 100.
template <class F, TensorType... X>
void expect_gradients(F f, const X&... arguments) {
  const auto loss = [&](const std::vector<Array>& arrays) -> Array {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      const Array y = f(X(arrays[I])...);
      std::vector<double> weights(static_cast<std::size_t>(y.elements()));
      for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = std::sin(static_cast<double>(i) + 1);
      return sum(y * Array::from(weights, y.shape()));
    }(std::index_sequence_for<X...>());
  };
  const std::vector<Array> at{arguments.array()...};
  const std::vector<Array> slopes = value_and_grad(loss, at).second;
  constexpr double h = 1e-5, tolerance = 1e-7;
  for (std::size_t a = 0; a < at.size(); ++a) {
    const Values values = at[a].to_vector<double>(), slope = slopes[a].to_vector<double>();
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto moved = [&](double by) {
        Values there = values;
        there[i] += by;
        std::vector<Array> arrays = at;
        arrays[a] = Array::from(there, at[a].shape());
        return Tensor<double>(loss(arrays)).item();
      };
      EXPECT_NEAR(slope[i], (moved(h) - moved(-h)) / (2 * h), tolerance * std::max(1.0, std::abs(slope[i])))
          << "argument " << a << ", element " << i;
    }
  }
}

TEST(NnGradients, OfLinear) {
  expect_gradients([](const auto& x, const auto& weight,
                      const auto& bias) { return Linear<3, 2, with_bias, double>{weight, bias}(x).array(); },
                   sample<double, "batch", 3>({4}), sample<double, 2, 3>({}, 5), sample<double, 2>({}, 9));
}

TEST(NnGradients, OfEmbedding) {
  // Row 1 is not used, row 2 twice.
  const auto tokens = Tensor<std::int64_t, "time">::from({2, 0, 2, 3});
  expect_gradients([&](const auto& weight) { return square(Embedding<4, 3, double>{weight}(tokens)).array(); },
                   sample<double, 4, 3>());
}

TEST(NnGradients, OfNorms) {
  expect_gradients([](const auto& x, const auto& weight,
                      const auto& bias) { return LayerNorm<5, with_bias, double>{weight, bias}(x).array(); },
                   sample<double, "batch", 5>({3}), sample<double, 5>({}, 5), sample<double, 5>({}, 9));
  expect_gradients([](const auto& x, const auto& weight) { return RmsNorm<5, double>{weight}(x).array(); },
                   sample<double, "batch", 5>({3}), sample<double, 5>({}, 5));
}

TEST(NnGradients, OfFeedForward) {
  expect_gradients(
      [](const auto& x, const auto& gate, const auto& up, const auto& down) {
        return GatedFeedForward<3, 4, Activation::silu, no_bias, double>{{gate}, {up}, {down}}(x).array();
      },
      sample<double, "batch", 3>({2}), sample<double, 4, 3>({}, 2), sample<double, 4, 3>({}, 3),
      sample<double, 3, 4>({}, 4));
}

TEST(NnGradients, OfRotary) {
  expect_gradients([](const auto& x) { return rotary<"time">(x, 100).array(); }, sample<double, "time", 2, 4>({3}));
}

TEST(NnGradients, OfGroupedCausalAttentionWithPositions) {
  using Attention =
      SelfAttention<8, 4, AttentionOptions{.key_value_heads = 2, .rotary_base = 100, .bias = no_bias}, double>;
  expect_gradients([](const auto& x, const auto& query, const auto& key, const auto& value,
                      const auto& output) { return Attention{{query}, {key}, {value}, {output}}(x).array(); },
                   sample<double, 2, "time", 8>({3}), sample<double, 8, 8>({}, 2), sample<double, 4, 8>({}, 3),
                   sample<double, 4, 8>({}, 4), sample<double, 8, 8>({}, 5));
}

TEST(NnGradients, OfATransformerBlock) {
  using Block = TransformerBlock<4, 2, AttentionOptions{.bias = no_bias}, double,
                                 FeedForward<4, 6, Activation::gelu, no_bias, double>, LayerNorm<4, no_bias, double>>;
  expect_gradients(
      [](const auto& x, const auto& norm1, const auto& query, const auto& key, const auto& value, const auto& output,
         const auto& norm2, const auto& up, const auto& down) {
        return Block{{norm1}, {{query}, {key}, {value}, {output}}, {norm2}, {{up}, {down}}}(x).array();
      },
      sample<double, "batch", "time", 4>({2, 3}), sample<double, 4>({}, 1), sample<double, 4, 4>({}, 2),
      sample<double, 4, 4>({}, 3), sample<double, 4, 4>({}, 4), sample<double, 4, 4>({}, 5), sample<double, 4>({}, 6),
      sample<double, 6, 4>({}, 7), sample<double, 4, 6>({}, 8));
}

}  // namespace
}  // namespace tenon::testing
