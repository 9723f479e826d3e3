// init of a user's own structs.
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <tuple>

#include "tenon/tree/tree.h"
#include "tests/nn/helpers.h"

namespace tenon::testing {
namespace {

struct Mlp {
  Linear<2, 64> first;
  Linear<64, 1, no_bias> last;

  Tensor<float, "batch", 1> operator()(const Tensor<float, "batch", 2>& x) const { return last(relu(first(x))); }
};

struct Gpt {
  using Block = TransformerBlock<"embd", 4>;

  Embedding<"vocab", "embd"> tokens;
  Embedding<"time", "embd"> positions;
  Dropout dropout{.rate = 0.1};
  std::vector<Block> blocks = std::vector<Block>(2);
  LayerNorm<"embd"> norm;
  Linear<"embd", "vocab", no_bias> head;
};

template <class Model>
std::vector<std::string> names_of(const Model& model) {
  std::vector<std::string> names;
  for_each_leaf(model, [&](const std::string& name, const Array&) { names.push_back(name); });
  return names;
}

TEST(InitOfStructs, WalksTheFieldsInTheirOrder) {
  Rng rng(1), same(1);
  const auto model = init<Mlp>(rng);
  const auto first = init<Linear<2, 64>>(same);
  EXPECT_EQ(model.first.weight.to_vector(), first.weight.to_vector());
  EXPECT_EQ(model.first.bias.to_vector(), first.bias.to_vector());
  EXPECT_EQ(model.last.weight.to_vector(), (init<Linear<64, 1, no_bias>>(same).weight.to_vector()));
  EXPECT_EQ(model(sample<float, "batch", 2>({3})).shape(), (Shape{3, 1}));
}

TEST(InitOfStructs, GivesOpenSizesToAllParts) {
  Rng rng(1);
  const auto model = init<Gpt>(rng, {{"embd", 8}, {"vocab", 65}, {"time", 16}});
  EXPECT_EQ(model.blocks[1].mlp.up.weight.shape(), (Shape{32, 8}));
  EXPECT_EQ(model.positions.weight.shape(), (Shape{16, 8}));
  EXPECT_EQ(model.head.weight.shape(), (Shape{65, 8}));
  EXPECT_NE(model.blocks[0].mlp.up.weight.to_vector(), model.blocks[1].mlp.up.weight.to_vector());
  EXPECT_EQ(model.dropout.rate, 0.1);
  for_each_leaf(model, [](const std::string& name, const Array& leaf) { EXPECT_TRUE(leaf) << name; });
}

TEST(InitOfStructs, FillsAsManyBlocksAsThereAre) {
  Rng rng(1);
  Gpt model;
  model.blocks.resize(3);
  model.blocks[2].dropout.rate = 0.3;
  initialize(model, rng, {{"embd", 8}, {"vocab", 65}, {"time", 16}});
  EXPECT_TRUE(model.blocks[2].attention.output.bias);
  EXPECT_EQ(model.blocks[2].dropout.rate, 0.3);
}

TEST(InitOfStructs, TheNamesAreThoseOfAPyTorchModule) {
  Rng rng(1);
  EXPECT_EQ(names_of(init<Gpt>(rng, {{"embd", 8}, {"vocab", 65}, {"time", 16}})),
            (std::vector<std::string>{"tokens.weight",
                                      "positions.weight",
                                      "blocks.0.norm1.weight",
                                      "blocks.0.norm1.bias",
                                      "blocks.0.attention.query.weight",
                                      "blocks.0.attention.query.bias",
                                      "blocks.0.attention.key.weight",
                                      "blocks.0.attention.key.bias",
                                      "blocks.0.attention.value.weight",
                                      "blocks.0.attention.value.bias",
                                      "blocks.0.attention.output.weight",
                                      "blocks.0.attention.output.bias",
                                      "blocks.0.norm2.weight",
                                      "blocks.0.norm2.bias",
                                      "blocks.0.mlp.up.weight",
                                      "blocks.0.mlp.up.bias",
                                      "blocks.0.mlp.down.weight",
                                      "blocks.0.mlp.down.bias",
                                      "blocks.1.norm1.weight",
                                      "blocks.1.norm1.bias",
                                      "blocks.1.attention.query.weight",
                                      "blocks.1.attention.query.bias",
                                      "blocks.1.attention.key.weight",
                                      "blocks.1.attention.key.bias",
                                      "blocks.1.attention.value.weight",
                                      "blocks.1.attention.value.bias",
                                      "blocks.1.attention.output.weight",
                                      "blocks.1.attention.output.bias",
                                      "blocks.1.norm2.weight",
                                      "blocks.1.norm2.bias",
                                      "blocks.1.mlp.up.weight",
                                      "blocks.1.mlp.up.bias",
                                      "blocks.1.mlp.down.weight",
                                      "blocks.1.mlp.down.bias",
                                      "norm.weight",
                                      "norm.bias",
                                      "head.weight"}));
}

TEST(InitOfStructs, NamesTheAxisThatHasNoSize) {
  Rng rng(1);
  expect_error<ValueError>([&] { init<Gpt>(rng, {{"embd", 8}, {"vocab", 65}}); },
                           {"init: axis \"time\" of [time, embd] has no size"});
}

TEST(InitOfStructs, KeepsTensorsThatHaveValuesAndNamesThoseThatHaveNone) {
  struct Scaled {
    Linear<2, 3> linear;
    std::array<Tensor<float, 3>, 2> scales = {ones<float, 3>(), ones<float, 3>()};
  };
  Rng rng(1);
  EXPECT_EQ(init<Scaled>(rng).scales[1].to_vector(), (std::vector<float>{1, 1, 1}));
  Scaled empty;
  empty.scales[1] = {};
  expect_error<ValueError>([&] { initialize(empty, rng); }, {"init: tensor scales.1 has no value", "init_test.cpp"});
}

TEST(InitOfStructs, WalksContainers) {
  struct Model {
    std::map<std::string, Linear<2, 3>> heads = {{"policy", {}}, {"value", {}}};
    std::optional<Linear<2, 3>> there = Linear<2, 3>(), missing;
    std::tuple<Linear<2, 3>, LayerNorm<3>> pair;
    std::variant<Linear<2, 3>, LayerNorm<3>> either = LayerNorm<3>();
    int layers = 3;
  };
  Rng rng(1);
  const auto model = init<Model>(rng);
  EXPECT_TRUE(model.heads.at("policy").weight && model.heads.at("value").weight);
  EXPECT_TRUE(model.there->weight);
  EXPECT_FALSE(model.missing.has_value());
  EXPECT_TRUE(std::get<0>(model.pair).weight && std::get<1>(model.pair).bias);
  EXPECT_TRUE(std::get<1>(model.either).weight);
  EXPECT_EQ(model.layers, 3);
}

// A struct that knows better.
struct SmallMlp {
  Linear<2, 64> first;
  Linear<64, 1> last;

  void initialize(Rng& rng, const AxisSizes& sizes) {
    first.initialize(rng, sizes);
    last.initialize(rng, sizes);
    last.weight = normal(rng, last.weight, 0, 1e-3);
  }
};

TEST(InitOfStructs, LeavesStructsTheirOwnInitialValues) {
  struct Model {
    std::vector<SmallMlp> parts = std::vector<SmallMlp>(2);
  };
  Rng rng(1);
  const auto model = init<Model>(rng);
  for (const float w : model.parts[1].last.weight.to_vector()) EXPECT_LT(std::abs(w), 0.01f);
}

}  // namespace
}  // namespace tenon::testing
