// Initial values: bounds, moments and distributions, and where sizes come from.
#include <algorithm>
#include <cmath>

#include "tests/nn/helpers.h"

namespace tenon::testing {
namespace {

Values sorted_values(const Array& x) {
  const std::vector<float> values = x.to_vector<float>();
  Values sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

// Kolmogorov and Smirnov: the largest distance between the distribution of the values and P(X <= x). Beyond
// 2.5 / sqrt(n) is one in 100 000 by chance (2 exp(-2 * 2.5^2)).
template <class Probability>
void expect_distribution(const Array& x, Probability probability) {
  const Values values = sorted_values(x);
  const double n = static_cast<double>(values.size());
  double distance = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double p = probability(values[i]);
    distance = std::max({distance, p - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - p});
  }
  EXPECT_LT(distance, 2.5 / std::sqrt(n));
}

void expect_uniform(const Array& x, double bound) {
  const Values values = sorted_values(x);
  EXPECT_GE(values.front(), -bound * (1 + 0x1p-23));
  EXPECT_LE(values.back(), bound * (1 + 0x1p-23));
  expect_distribution(x, [bound](double v) { return std::clamp((v + bound) / (2 * bound), 0.0, 1.0); });
}

double normal_probability(double x) { return std::erfc(-x / std::sqrt(2.0)) / 2; }
void expect_normal(const Array& x, double deviation) {
  expect_distribution(x, [deviation](double v) { return normal_probability(v / deviation); });
}

// The mean is within six of its deviations, and so is the variance; `kurtosis`: 1.8 of uniform, 3 of normal values.
void expect_moments(const Array& x, double mean, double variance, double kurtosis) {
  const Values values = sorted_values(x);
  const double n = static_cast<double>(values.size());
  double found_mean = 0, found_variance = 0;
  for (const double v : values) found_mean += v / n;
  for (const double v : values) found_variance += (v - found_mean) * (v - found_mean) / n;
  EXPECT_NEAR(found_mean, mean, 6 * std::sqrt(variance / n));
  EXPECT_NEAR(found_variance, variance, 6 * variance * std::sqrt((kurtosis - 1) / n));
}

TEST(Init, OfLinearIsUniformWithinOneOverTheRootOfIn) {
  Rng rng(1);
  const auto layer = init<Linear<200, 3000>>(rng);
  const double bound = 1 / std::sqrt(200.0);
  expect_uniform(layer.weight, bound);
  expect_moments(layer.weight, 0, bound * bound / 3, 1.8);
  expect_uniform(layer.bias, bound);
  expect_moments(layer.bias, 0, bound * bound / 3, 1.8);
}

TEST(Init, OfEmbeddingIsNormal) {
  Rng rng(1);
  const auto layer = init<Embedding<1000, 100>>(rng);
  expect_normal(layer.weight, 1);
  expect_moments(layer.weight, 0, 1, 3);
}

TEST(Init, OfNormsIsTheIdentity) {
  Rng rng(1);
  const auto layer = init<LayerNorm<3>>(rng);
  EXPECT_EQ(layer.weight.to_vector(), (std::vector<float>{1, 1, 1}));
  EXPECT_EQ(layer.bias.to_vector(), (std::vector<float>{0, 0, 0}));
  EXPECT_EQ(init<RmsNorm<2>>(rng).weight.to_vector(), (std::vector<float>{1, 1}));
}

TEST(Init, DrawsEveryParameterAnew) {
  Rng rng(1);
  const auto block = init<TransformerBlock<8, 2>>(rng);
  const std::vector<std::vector<float>> weights = {
      block.attention.query.weight.to_vector(), block.attention.key.weight.to_vector(),
      block.attention.value.weight.to_vector(), block.attention.output.weight.to_vector()};
  for (std::size_t a = 0; a < weights.size(); ++a)
    for (std::size_t b = 0; b < a; ++b) EXPECT_NE(weights[a], weights[b]) << a << ", " << b;
  EXPECT_TRUE(block.norm1.weight && block.norm2.bias && block.mlp.up.bias && block.mlp.down.weight);
}

TEST(Init, IsTheSameForTheSameSeed) {
  Rng first(1), again(1), other(2);
  const auto weight = init<Linear<3, 4>>(first).weight.to_vector();
  EXPECT_EQ(weight, (init<Linear<3, 4>>(again).weight.to_vector()));
  EXPECT_NE(weight, (init<Linear<3, 4>>(other).weight.to_vector()));
}

TEST(Init, TakesOpenSizesByName) {
  Rng rng(1);
  const auto block = init<TransformerBlock<"embd", 4, AttentionOptions{.key_value_heads = 2}>>(rng, {{"embd", 8}});
  EXPECT_EQ(block.mlp.up.weight.shape(), (Shape{32, 8}));
  EXPECT_EQ(block.mlp.down.weight.shape(), (Shape{8, 32}));
  EXPECT_EQ(block.attention.key.weight.shape(), (Shape{4, 8}));
  EXPECT_EQ(block.attention.output.bias.shape(), (Shape{8}));
  const auto table = init<Embedding<"vocab", Axis{"embd", 8}>>(rng, {{"embd", 8}, {"vocab", 65}});
  EXPECT_EQ(table.weight.shape(), (Shape{65, 8}));
}

TEST(Init, WorksComposedAxesOut) {
  Rng rng(1);
  const auto norm = init<LayerNorm<Axis{"embd"} / "head">>(rng, {{"embd", 12}, {"head", 3}});
  EXPECT_EQ(norm.weight.shape(), (Shape{4}));
  expect_error<ValueError>([&] { init<LayerNorm<Axis{"embd"} / "head">>(rng, {{"embd", 12}, {"head", 5}}); },
                           {"axis \"embd/head\" of [embd/head] is 12/5, no whole number"});
  expect_error<ValueError>([&] { init<LayerNorm<Axis{"embd"} / "head">>(rng, {{"embd", 12}, {"head", 0}}); }, {"12/0"});
}

TEST(Init, NamesTheAxisThatHasNoSize) {
  Rng rng(1);
  expect_error<ValueError>([&] { init<Linear<"embd", 4 * Axis{"embd"}>>(rng); },
                           {"init: axis \"embd\" of [4*embd, embd] has no size", "{{\"embd\", 128}}"});
  expect_error<ValueError>([&] { init<Embedding<"vocab", "embd">>(rng, {{"embd", 8}}); }, {"axis \"vocab\""});
  expect_error<ValueError>([&] { init<Linear<any, 3>>(rng); }, {"an axis of [3, any] is `any`"});
}

TEST(Init, RejectsSizesThatContradictTheType) {
  Rng rng(1);
  expect_error<ValueError>([&] { init<LayerNorm<Axis{"embd", 8}>>(rng, {{"embd", 9}}); },
                           {"axis \"embd\" is given the size 9, its type says 8"});
  expect_error<ValueError>([&] { init<LayerNorm<"embd">>(rng, {{"embd", 9}, {"embd", 9}}); }, {"two sizes"});
  expect_error<ValueError>([&] { init<LayerNorm<"embd">>(rng, {{"embd", -1}}); }, {"is given the size -1"});
  expect_error<ValueError>([&] { init<LayerNorm<Axis{"embd"} / 4>>(rng, {{"embd", 9}}); },
                           {"axis \"embd/4\" of [embd/4] is 9/4, no whole number"});
}

TEST(Fans, AreThoseOfPyTorch) {
  // torch.nn.init._calculate_fan_in_and_fan_out
  EXPECT_EQ(fans_of(Shape{30, 20}).in, 20);
  EXPECT_EQ(fans_of(Shape{30, 20}).out, 30);
  EXPECT_EQ(fans_of(Shape{30, 20, 3, 5}).in, 300);
  EXPECT_EQ(fans_of(Shape{30, 20, 3, 5}).out, 450);
  expect_error<ShapeError>([] { fans_of(Shape{30}); }, {"fans_of: [30] has no fans"});
}

TEST(Initializers, FollowTheirFormulas) {
  Rng rng(3);
  const Sizes shape{400, 100, 3};  // fans 300 and 1200
  expect_uniform(xavier_uniform(rng, shape, 2), 2 * std::sqrt(6.0 / 1500));
  expect_normal(xavier_normal(rng, shape, 2), 2 * std::sqrt(2.0 / 1500));
  expect_uniform(kaiming_uniform(rng, shape), std::sqrt(2.0) * std::sqrt(3.0 / 300));
  expect_normal(kaiming_normal(rng, shape, {.negative_slope = 0.5, .fan = Fan::out}), std::sqrt(2 / 1.25 / 1200));
  // What Linear uses, in PyTorch's own words.
  expect_uniform(kaiming_uniform(rng, shape, {.negative_slope = std::sqrt(5.0)}), 1 / std::sqrt(300.0));
}

TEST(Initializers, TruncatedNormalIsNormalWithinItsBounds) {
  Rng rng(3);
  const TruncNormalOptions options{.mean = 0.5, .deviation = 2, .low = -1, .high = 4};
  const Array x = trunc_normal(rng, {100'000}, options);
  const double low = normal_probability((options.low - 0.5) / 2), high = normal_probability((options.high - 0.5) / 2);
  expect_distribution(
      x, [&](double v) { return std::clamp((normal_probability((v - 0.5) / 2) - low) / (high - low), 0.0, 1.0); });
  const Values values = sorted_values(x);
  EXPECT_GE(values.front(), -1);
  EXPECT_LE(values.back(), 4);
}

// Each value against the uniform number that it is made from: P(X <= x) = u up to single precision of x. Below 2.9
// deviations one polynomial is at work, above another.
TEST(Initializers, TruncatedNormalInvertsTheDistribution) {
  for (const auto& [low, high] : {std::pair(-2.9, 2.9), std::pair(2.95, 5.5), std::pair(-5.5, -2.95)}) {
    Rng rng(3), same(3);
    const Values x = trunc_normal(rng, {10'000}, {.low = low, .high = high}, DType::f64).to_vector<double>();
    const auto erf_at = [](double v) { return 2 * normal_probability(v) - 1; };
    const Values u = same.uniform({10'000}, erf_at(low), erf_at(high), DType::f64).to_vector<double>();
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double density = std::sqrt(2 / std::acos(-1.0)) * std::exp(-x[i] * x[i] / 2);  // of erf_at
      EXPECT_NEAR((erf_at(x[i]) - u[i]) / density, 0, 1e-6 * std::max(1.0, std::abs(x[i]))) << x[i];
    }
  }
}

TEST(Initializers, TruncatedNormalStaysWithinNarrowBounds) {
  // Narrower than the error of the inversion.
  Rng rng(3);
  const double high = 1 + 1e-9;
  for (const double x : trunc_normal(rng, {1000}, {.low = 1, .high = high}, DType::f64).to_vector<double>()) {
    EXPECT_GE(x, 1);
    EXPECT_LE(x, high);
  }
}

TEST(Initializers, TakeWeightsWithoutElements) {
  Rng rng(3);
  EXPECT_EQ(kaiming_uniform(rng, {3, 0}).to_vector<float>(), std::vector<float>());
  EXPECT_EQ(xavier_normal(rng, {0, 0}).to_vector<float>(), std::vector<float>());
  EXPECT_EQ((init<Linear<0, 3>>(rng).bias.to_vector()), (std::vector<float>{0, 0, 0}));  // as PyTorch's
}

TEST(Initializers, TruncatedNormalRejectsEmptyRanges) {
  Rng rng(3);
  EXPECT_THROW(trunc_normal(rng, {3}, {.low = 1, .high = 1}), ValueError);
  EXPECT_THROW(trunc_normal(rng, {3}, {.deviation = 0}), ValueError);
}

TEST(Initializers, OrthogonalRowsOrColumns) {
  Rng rng(3);
  const auto expect_orthonormal = [](const Values& x, std::size_t rows, std::size_t columns, double square) {
    for (std::size_t a = 0; a < rows; ++a)
      for (std::size_t b = 0; b < rows; ++b) {
        double product = 0;
        for (std::size_t i = 0; i < columns; ++i) product += x[a * columns + i] * x[b * columns + i];
        EXPECT_NEAR(product, a == b ? square : 0, square * double_tolerance) << a << ", " << b;
      }
  };
  expect_orthonormal(orthogonal(rng, {6, 2, 5}, 2, DType::f64).to_vector<double>(), 6, 10, 4);
  expect_orthonormal(transpose(orthogonal(rng, {10, 6}, 1, DType::f64)).to_vector<double>(), 6, 10, 1);
  EXPECT_THROW(orthogonal(rng, {6}), ShapeError);
}

TEST(Initializers, ComeByTypeAndLikeATensor) {
  Rng rng(3), shapes(3);
  const auto x = xavier_uniform<double, "out", 20>(rng, {30});
  static_assert(std::is_same_v<decltype(x), const Tensor<double, "out", 20>>);
  expect_values(x, xavier_uniform(shapes, {30, 20}, 1, DType::f64).to_vector<double>(), 0);
  const auto like = kaiming_normal(rng, x, {.fan = Fan::out});
  static_assert(std::is_same_v<decltype(like), const Tensor<double, "out", 20>>);
  expect_values(like, kaiming_normal(shapes, {30, 20}, {.fan = Fan::out}, DType::f64).to_vector<double>(), 0);
  expect_values(normal(rng, x, 1, 0.02), shapes.normal({30, 20}, 1, 0.02, DType::f64).to_vector<double>(), 0);
  expect_values(trunc_normal(rng, x), trunc_normal(shapes, {30, 20}, {}, DType::f64).to_vector<double>(), 0);
  expect_values(orthogonal(rng, x), orthogonal(shapes, {30, 20}, 1, DType::f64).to_vector<double>(), 0);
}

}  // namespace
}  // namespace tenon::testing
