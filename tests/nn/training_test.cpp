// Training mode, dropout and random streams.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <thread>

#include "tenon/array/compile.h"
#include "tenon/core/scalar.h"
#include "tests/nn/helpers.h"

namespace tenon::testing {
namespace {

using Ones = Tensor<float, "element">;
using Words = std::vector<std::uint32_t>;

constexpr std::int64_t many = 100'000;

RandomKey key_of(std::uint32_t first, std::uint32_t second) { return RandomKey::from({first, second}); }

// Standard deviations that a number of kept elements may be off; beyond six, one in a thousand million is by chance.
double deviations(double count, double probability) {
  const double n = static_cast<double>(many);
  return std::abs(count - n * probability) / std::sqrt(n * probability * (1 - probability));
}

std::vector<bool> mask_of(const Array& dropped) {
  const std::vector<float> values = dropped.to_vector<float>();
  std::vector<bool> mask;
  for (const float value : values) mask.push_back(value != 0);
  return mask;
}

// How often both or neither is kept.
double agreement(const std::vector<bool>& a, const std::vector<bool>& b) {
  double count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) count += a[i] == b[i] ? 1 : 0;
  return count;
}

TEST(FoldIn, GivesTheWordsOfThreefry) {
  const auto expected = [](std::uint32_t index) {
    return Words{threefry(7, 9, index), threefry(7, 9 + 0x9E3779B9u, index)};
  };
  const RandomKey key = key_of(7, 9);
  for (const std::uint32_t index : {0u, 1u, 4'000'000'000u}) {
    EXPECT_EQ(fold_in(key, index).to_vector(), expected(index));
    EXPECT_EQ(fold_in(key, Tensor<std::uint32_t>(index)).to_vector(), expected(index));
  }
}

TEST(FoldIn, WrapsTheSecondWordOfTheKey) {
  EXPECT_EQ(fold_in(key_of(1, 0xFFFFFFFF), 3).to_vector(),
            (Words{threefry(1, 0xFFFFFFFF, 3), threefry(1, 0x9E3779B8, 3)}));
}

TEST(FoldIn, RejectsOtherKeys) {
  expect_error<ShapeError>([] { fold_in(arange(2), Array(1u)); }, {"fold_in: the key is int64 [2]"});
  expect_error<ShapeError>([] { fold_in(key_of(1, 2).array(), arange(1)); }, {"fold_in: the index is int64 [1]"});
}

TEST(Dropout, OutsideOfAScopeIsTheVeryTensor) {
  const auto x = sample<float, 10>();
  EXPECT_EQ(Dropout{.rate = 0.5}(x).array().node_ref().get(), x.array().node_ref().get());
}

TEST(Dropout, KeepsWhereTheRandomWordIsHighEnough) {
  const TrainingScope scope(key_of(3, 4));
  const double rate = 0.3;
  const std::vector<float> dropped = Dropout{rate}(ones<float, 3, 50>()).array().to_vector<float>();
  const Words key = fold_in(key_of(3, 4), 0).to_vector();
  for (std::uint32_t i = 0; i < dropped.size(); ++i)
    EXPECT_EQ(dropped[i], threefry(key[0], key[1], i) >= rate * 0x1p32 ? static_cast<float>(1 / (1 - rate)) : 0.0f)
        << i;
}

TEST(Dropout, KeepsAShareOfTheElementsAndTheMean) {
  for (const double rate : {0.1, 0.5, 0.9}) {
    const TrainingScope scope(key_of(1, 2));
    const auto mask = mask_of(Dropout{rate}(ones<float, "element">({many})));
    EXPECT_LT(deviations(static_cast<double>(std::count(mask.begin(), mask.end(), true)), 1 - rate), 6) << rate;
    EXPECT_NEAR(Dropout{rate}(full<float, 8>({}, 3.0)).to_vector()[0] * (1 - rate), 1.5, 1.5 + 1e-6);
  }
}

TEST(Dropout, EveryCallInAScopeDrawsAnother) {
  const TrainingScope scope(key_of(1, 2));
  const auto x = ones<float, "element">({many});
  const auto first = mask_of(Dropout{0.5}(x)), second = mask_of(Dropout{0.5}(x));
  EXPECT_LT(deviations(agreement(first, second), 0.5), 6);
}

TEST(Dropout, TheSameScopeDrawsTheSame) {
  const auto draw = [](std::uint32_t seed) {
    const TrainingScope scope(key_of(seed, 2));
    const auto x = ones<float, "element">({1000});
    return std::pair(mask_of(Dropout{0.5}(x)), mask_of(Dropout{0.5}(x)));
  };
  EXPECT_EQ(draw(1), draw(1));
  EXPECT_NE(draw(1), draw(2));
}

TEST(Dropout, TakesTheEndsOfItsRange) {
  const TrainingScope scope(key_of(1, 2));
  const auto x = Tensor<float, 3>::from({1, INFINITY, 3});
  EXPECT_EQ(Dropout{0}(x).to_vector(), x.to_vector());
  EXPECT_EQ(Dropout{1}(x).to_vector(), (std::vector<float>{0, 0, 0}));
}

TEST(Dropout, RejectsOtherRates) {
  const TrainingScope scope(key_of(1, 2));
  const auto x = sample<float, 3>();
  for (const double rate : {-0.1, 1.1, std::nan("")})
    expect_error<ValueError>([&] { Dropout{rate}(x); }, {"dropout: rate", "is not in [0, 1]", "training_test.cpp"});
  expect_error<DTypeError>([] { dropout(arange(3), 0.5, key_of(1, 2)); }, {"dropout: int64 [3] is not floating"});
}

TEST(Dropout, TheGradientPassesWhereTheValueDid) {
  const auto x = sample<float, 200>();
  const auto weight = sample<float, 200>({}, 5);
  const TrainingScope scope(key_of(1, 2));
  const auto dropped = Dropout{0.25}(x);
  const Array slope = grad(sum(dropped * weight), {x.array()}).front();
  eval(dropped.array(), slope);
  const std::vector<float> y = dropped.to_vector(), dx = slope.to_vector<float>(), w = weight.to_vector();
  for (std::size_t i = 0; i < y.size(); ++i)
    EXPECT_FLOAT_EQ(dx[i], y[i] == 0 ? 0 : w[i] * static_cast<float>(1 / 0.75)) << i;
}

TEST(TrainingScope, NestsAndEnds) {
  EXPECT_EQ(TrainingScope::current(), nullptr);
  {
    const TrainingScope outer(key_of(1, 2));
    EXPECT_EQ(TrainingScope::current(), &outer);
    {
      const TrainingScope inner(key_of(3, 4));
      EXPECT_EQ(TrainingScope::current(), &inner);
    }
    EXPECT_EQ(TrainingScope::current(), &outer);
    try {
      const TrainingScope inner(key_of(3, 4));
      throw std::runtime_error("out of the scope");
    } catch (const std::runtime_error&) {
      EXPECT_EQ(TrainingScope::current(), &outer);
    }
  }
  EXPECT_EQ(TrainingScope::current(), nullptr);
}

TEST(TrainingScope, AnInnerOneLeavesTheOuterStreamAlone) {
  TrainingScope outer(key_of(1, 2));
  EXPECT_EQ(outer.next_key().to_vector(), fold_in(key_of(1, 2), 0).to_vector());
  {
    TrainingScope inner(key_of(1, 2));
    EXPECT_EQ(inner.next_key().to_vector(), fold_in(key_of(1, 2), 0).to_vector());
  }
  EXPECT_EQ(outer.next_key().to_vector(), fold_in(key_of(1, 2), 1).to_vector());
}

TEST(TrainingScope, IsOfItsThread) {
  const TrainingScope scope(key_of(1, 2));
  const TrainingScope* elsewhere = &scope;
  std::thread([&] { elsewhere = TrainingScope::current(); }).join();
  EXPECT_EQ(elsewhere, nullptr);
}

TEST(RandomState, GivesAnotherKeyAtEveryCall) {
  Rng rng(5);
  RandomState state = init<RandomState>(rng);
  const RandomKey key = state.key;
  EXPECT_EQ(state.next().to_vector(), fold_in(key, 0).to_vector());
  EXPECT_EQ(state.next().to_vector(), fold_in(key, 1).to_vector());
  EXPECT_EQ(state.step.item(), 2u);
  EXPECT_EQ(state.key.to_vector(), key.to_vector());
}

// A step that drops from ones, its state a RandomState.
struct DropoutStep {
  int traces = 0;
  std::vector<Array> state;
  CompiledStep step = compile([this](std::span<const Array> now, std::span<const Array>) -> StepResult {
    ++traces;
    RandomState random{RandomKey(now[0]), Tensor<std::uint32_t>(now[1])};
    const TrainingScope scope(random.next());
    const auto x = ones<float, "element">({many});
    const Dropout dropout{.rate = 0.2};
    return {{random.key, random.step}, {dropout(x), dropout(x)}};
  });

  explicit DropoutStep(std::uint64_t seed) {
    Rng rng(seed);
    const RandomState start = init<RandomState>(rng);
    state = {start.key, start.step};
  }
  std::vector<std::vector<bool>> masks(int steps) {
    std::vector<std::vector<bool>> drawn;
    for (int i = 0; i < steps; ++i)
      for (const Array& dropped : step(state)) drawn.push_back(mask_of(dropped));
    return drawn;
  }
};

TEST(CompiledDropout, DrawsANewMaskAtEveryReplay) {
  DropoutStep step(1);
  const auto masks = step.masks(4);
  EXPECT_EQ(step.traces, 1);
  EXPECT_EQ(step.state[1].item<std::uint32_t>(), 4u);
  ASSERT_EQ(masks.size(), 8u);
  for (std::size_t a = 0; a < masks.size(); ++a) {
    EXPECT_LT(deviations(static_cast<double>(std::count(masks[a].begin(), masks[a].end(), true)), 0.8), 6) << a;
    // Independent masks agree where both keep (0.64) or both drop (0.04).
    for (std::size_t b = 0; b < a; ++b) EXPECT_LT(deviations(agreement(masks[a], masks[b]), 0.68), 6) << a << ", " << b;
  }
}

TEST(CompiledDropout, IsTheSameForTheSameSeed) {
  const auto first = DropoutStep(1).masks(3), again = DropoutStep(1).masks(3), other = DropoutStep(2).masks(3);
  EXPECT_EQ(first, again);
  EXPECT_NE(first[0], other[0]);
}

TEST(CompiledDropout, DrawsWhatAnUncompiledStepDraws) {
  const auto compiled = DropoutStep(1).masks(2);
  Rng rng(1);
  RandomState random = init<RandomState>(rng);
  for (std::size_t i = 0; i < compiled.size(); i += 2) {
    const TrainingScope scope(random.next());
    const auto x = ones<float, "element">({many});
    EXPECT_EQ(mask_of(Dropout{0.2}(x)), compiled[i]);
    EXPECT_EQ(mask_of(Dropout{0.2}(x)), compiled[i + 1]);
  }
}

TEST(SelfAttention, DropsItsWeightsWhileTraining) {
  Rng rng(1);
  auto layer = init<SelfAttention<8, 2>>(rng);
  layer.dropout.rate = 0.5;
  const auto x = sample<float, "batch", "time", 8>({2, 4});
  const auto calm = layer(x).to_vector();
  const TrainingScope scope(key_of(1, 2));
  const auto first = layer(x).to_vector(), second = layer(x).to_vector();
  EXPECT_NE(first, calm);
  EXPECT_NE(first, second);
}

TEST(TransformerBlock, DropsBothPartsWhileTraining) {
  Rng rng(1);
  auto block = init<TransformerBlock<8, 2>>(rng);
  block.dropout.rate = 1;
  const auto x = sample<float, "batch", "time", 8>({2, 4});
  EXPECT_NE(block(x).to_vector(), x.to_vector());
  const TrainingScope scope(key_of(1, 2));
  EXPECT_EQ(block(x).to_vector(), x.to_vector());  // only the residual path is left
}

}  // namespace
}  // namespace tenon::testing
