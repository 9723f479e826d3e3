#include "tenon/io/model_file.h"

#include <optional>

#include "tenon/tensor/ops.h"
#include "tests/io/files.h"
#include "tests/support/errors.h"

namespace tenon::testing {
namespace {

class ModelFiles : public FolderTest {};

struct Layer {
  Tensor<float, 3, 2> weight;
  Tensor<float, 3> bias;
};
struct Small {
  Layer first;
  std::vector<Layer> blocks;
  State<Tensor<std::int64_t>> steps;
  Array loose;
  int heads = 4;
};

Small small(float scale) {
  const auto layer = [&](float offset) {
    return Layer{Tensor<float, 3, 2>(full({3, 2}, scale + offset)), Tensor<float, 3>(full({3}, scale - offset))};
  };
  Small model{layer(1), {layer(2), layer(3)}, {}, full({5}, scale), 8};
  model.steps = Tensor<std::int64_t>(Array(std::int64_t{7}));
  return model;
}

std::vector<std::vector<float>> floats_of(const Small& model) {
  std::vector<std::vector<float>> values;
  for_each_leaf(model, [&](const Array& leaf) {
    if (leaf && leaf.dtype() == DType::f32) values.push_back(leaf.to_vector<float>());
  });
  return values;
}

TEST_F(ModelFiles, HoldEveryLeafUnderItsName) {
  save(path("a"), small(1), {{"note", "x"}});
  const SafetensorsFile file(path("a"));
  for (const char* name : {"first.weight", "first.bias", "blocks.0.weight", "blocks.1.bias", "steps", "loose"})
    EXPECT_TRUE(file.contains(name)) << name;
  EXPECT_EQ(file.names().size(), 8u);
  EXPECT_EQ(file.metadata(), (SafetensorsMetadata{{"note", "x"}}));
}

TEST_F(ModelFiles, LoadIntoAModel) {
  save(path("a"), small(1));
  Small model = small(100);
  model.steps = Tensor<std::int64_t>(Array(std::int64_t{0}));
  const LoadReport report = load(path("a"), model);
  EXPECT_TRUE(report.complete());
  EXPECT_EQ(report.text, "");
  EXPECT_EQ(floats_of(model), floats_of(small(1)));
  EXPECT_EQ(model.steps.item(), 7);
}

TEST_F(ModelFiles, MakeAModel) {
  const Layer layer = small(3).first;
  save(path("a"), layer);
  const auto loaded = load<Layer>(path("a"));
  EXPECT_EQ(loaded.weight.array().to_vector<float>(), layer.weight.array().to_vector<float>());
  EXPECT_EQ(loaded.bias.array().to_vector<float>(), layer.bias.array().to_vector<float>());
}

TEST_F(ModelFiles, ATensorAloneIsAModelToo) {
  save(path("a"), Tensor<float, 3>(full({3}, 2)));
  EXPECT_EQ((load<Tensor<float, 3>>(path("a"))).array().to_vector<float>(), (std::vector<float>{2, 2, 2}));
}

TEST_F(ModelFiles, OneErrorListsAllThatDoesNotMatch) {
  const std::vector<NamedArray> arrays = {
      {"first.wieght", full({3, 2}, 1)},                                                          // misspelt
      {"first.bias", full({4}, 1)},                                                               // another shape
      {"blocks.0.weight", full({3, 2}, 1)}, {"blocks.0.bias", astype(full({3}, 1), DType::f64)},  // another type
      {"blocks.1.weight", full({3, 2}, 1)}, {"blocks.1.bias", full({3}, 1)},
      {"blocks.2.bias", full({3}, 1)},  // one block too many
      {"steps", Array(std::int64_t{1})}};
  write_safetensors(path("a"), arrays);
  Small model = small(100);
  expect_error<FileError>(
      [&] { load(path("a"), model); },
      {path("a"), "missing: 'first.weight' float32 [3, 2]; the nearest name there is 'first.wieght'",
       "missing: 'loose' float32 [5]", "unexpected: 'first.wieght' F32 [3, 2]", "unexpected: 'blocks.2.bias' F32 [3]",
       "misfit: 'first.bias' is F32 [4], and the model's float32 [3]",
       "misfit: 'blocks.0.bias' is F64 [3], and the model's float32 [3]", ".strict = false"});
  EXPECT_EQ(floats_of(model), floats_of(small(100))) << "the model is as it was";

  const LoadReport report = load(path("a"), model, {.strict = false});
  EXPECT_EQ(report.missing, (std::vector<std::string>{"first.weight", "loose"}));
  EXPECT_EQ(report.misfits, (std::vector<std::string>{"first.bias", "blocks.0.bias"}));
  EXPECT_EQ(report.unexpected.size(), 2u);
  EXPECT_FALSE(report.complete());
  EXPECT_EQ(model.blocks[1].weight.array().to_vector<float>(), std::vector<float>(6, 1)) << "what fits is taken";
  EXPECT_EQ(model.first.bias.array().to_vector<float>(), std::vector<float>(3, 99)) << "the rest stays";
  EXPECT_EQ(model.steps.item(), 1);
}

TEST_F(ModelFiles, TypesOfLeavesWithoutAValueAreChecked) {
  const std::vector<NamedArray> arrays = {{"weight", full({2, 3}, 1)}, {"bias", full({3}, 1)}};
  write_safetensors(path("a"), arrays);
  expect_error<FileError>([&] { load<Layer>(path("a")); }, {"misfit: 'weight' is F32 [2, 3]", "[3, 2]"});
}

TEST_F(ModelFiles, ANewModelMustBeThereEntirely) {
  const std::vector<NamedArray> arrays = {{"weight", full({3, 2}, 1)}};
  write_safetensors(path("a"), arrays);
  expect_error<FileError>([&] { load<Layer>(path("a")); }, {"missing: 'bias'"});
}

TEST_F(ModelFiles, PlacesThatAreEmptyMayStayEmpty) {
  Small model = small(1);
  model.loose = Array();
  save(path("a"), model);
  Small other = small(2);
  expect_error<FileError>([&] { load(path("a"), other); }, {"missing: 'loose'"});
  other.loose = Array();
  load(path("a"), other);
  EXPECT_FALSE(other.loose);
  EXPECT_EQ(floats_of(other), floats_of(model));
}

TEST_F(ModelFiles, LongListsAreCut) {
  std::vector<NamedArray> arrays;
  for (int i = 0; i < 50; ++i) arrays.push_back({"extra." + std::to_string(i), Array(1.0f)});
  write_safetensors(path("a"), arrays);
  expect_error<FileError>([&] { load<Layer>(path("a")); }, {"missing: 'weight'", "unexpected: and 30 more"});
}

TEST_F(ModelFiles, SeveralTreesShareAListOfArraysByPrefix) {
  std::vector<NamedArray> arrays = named_leaves(small(1), "model");
  for (const NamedArray& named : named_leaves(small(2), "moments")) arrays.push_back(named);
  arrays.push_back({"modelling", Array(1.0f)});
  EXPECT_EQ(arrays.front().name, "model.first.weight");
  Small model = small(0), moments = small(0);
  assign_leaves(model, arrays, "model");
  assign_leaves(moments, arrays, "moments");
  EXPECT_EQ(floats_of(model), floats_of(small(1)));
  EXPECT_EQ(floats_of(moments), floats_of(small(2)));
  expect_error<FileError>([&] { assign_leaves(model, arrays, "momenta"); }, {"'momenta'", "missing: 'first.weight'"});
}

}  // namespace
}  // namespace tenon::testing
