#include "tenon/tree/tree.h"

#include <gtest/gtest.h>

#include "tests/support/errors.h"
#include "tests/tree/models.h"

namespace tenon::testing {
namespace {

using Names = std::vector<std::string>;

TEST(Tree, NamesLeavesByTheWayToThem) {
  EXPECT_EQ(leaf_names(mlp()), (Names{"first.weight", "first.bias", "last.weight", "last.bias"}));
  EXPECT_EQ(leaf_names(three(0)), (Names{""}));
  EXPECT_EQ(leaf_names(std::vector<Mlp>(2)).at(5), "1.first.bias");
}

TEST(Tree, NamesLeavesInEveryContainer) {
  EXPECT_EQ(
      leaf_names(containers()),
      (Names{"list.0.factor", "list.1.factor", "pair_of.0.factor", "pair_of.1.factor", "plain.0.factor",
             "plain.1.factor", "maybe.factor", "either.offset", "both.0.factor", "both.1", "counted.0",
             "by_name.a.factor", "by_name.b.factor", "by_hash.x.factor", "by_hash.y.factor", "by_hash.z.factor"}));
}

TEST(Tree, VisitsEveryContainerInTheOrderOfTheNames) {
  float expected = 0;
  for_each_leaf(containers(), [&](const Tensor<float, 3>& leaf) {
    EXPECT_EQ(leaf.to_vector()[0], expected);
    expected += 10;
  });
  EXPECT_EQ(expected, 160);
}

TEST(Tree, LeavesOutWhatIsNotThere) {
  Containers tree = containers();
  tree.maybe.reset();
  tree.list.clear();
  tree.either = Scale{three(0)};
  const Names names = leaf_names(tree);
  EXPECT_EQ(names.size(), 13u);
  EXPECT_EQ(names[0], "pair_of.0.factor");
  EXPECT_EQ(names[4], "either.factor");
}

TEST(Tree, TellsParametersFromOtherLeaves) {
  const Assorted model = assorted();
  EXPECT_EQ(leaf_names(model), (Names{"weight", "mean", "table", "tokens", "loose", "indices"}));
  Names trained;
  for_each_parameter(model, [&](const std::string& name, const Array&) { trained.push_back(name); });
  EXPECT_EQ(trained, (Names{"weight", "loose"}));
  EXPECT_EQ(parameters(model).size(), 2u);
  EXPECT_EQ(parameter_count(model), 3);
  EXPECT_EQ(byte_count(model), 3 * 2 * 4 + 2 * 8 + 4 + 4);
}

TEST(Tree, GivesLeavesTheirOwnType) {
  Assorted model = assorted();
  int states = 0;
  for_each_leaf(model, [&]<class Leaf>(Leaf& leaf) {
    static_assert(!std::is_const_v<Leaf>);
    if constexpr (role_of<Leaf> == Role::state) {
      ++states;
      leaf = leaf + 1;
    }
  });
  EXPECT_EQ(states, 1);
  EXPECT_EQ(model.mean.to_vector(), (std::vector<float>{4, 5}));
}

TEST(Leaf, StateAndFrozenGoWhereTheirTensorGoes) {
  const State<Tensor<float, 2>> mean = Tensor<float, 2>::from({3, 4});
  const Frozen<Tensor<float, 2>> table(mean);
  const Tensor<float, 2> x = Tensor<float, 2>::from({1, 1});
  const Tensor<float, 2> sum_of_both = mean + table;
  EXPECT_EQ(sum_of_both.to_vector(), (std::vector<float>{6, 8}));
  EXPECT_EQ((x + mean).to_vector(), (std::vector<float>{4, 5}));
  EXPECT_EQ((2 * mean - x).to_vector(), (std::vector<float>{5, 7}));
  EXPECT_EQ(sum(mean).item(), 7);
  EXPECT_EQ(maximum(x, table).to_vector(), (std::vector<float>{3, 4}));
  EXPECT_EQ(sqrt(square(mean)).to_vector(), (std::vector<float>{3, 4}));
  const State<Array> loose = Array::from<float>({1, 2}, {2});
  EXPECT_EQ((loose * 2).to_vector<float>(), (std::vector<float>{2, 4}));
  static_assert(sizeof(mean) == sizeof(Array));
}

TEST(TreeMap, KeepsTheTypeAndTheConfiguration) {
  Assorted model = assorted();
  model.heads = 9;
  model.name = "other";
  const Assorted doubled = tree_map([](const auto& leaf) { return leaf * 2; }, model);
  EXPECT_EQ(doubled.heads, 9);
  EXPECT_EQ(doubled.name, "other");
  EXPECT_EQ(doubled.weight.to_vector(), (std::vector<float>{2, 4}));
  EXPECT_EQ(doubled.mean.to_vector(), (std::vector<float>{6, 8}));
  EXPECT_EQ(doubled.tokens.to_vector(), (std::vector<std::int64_t>{14, 16}));
  EXPECT_EQ(doubled.indices.to_vector<std::int32_t>(), (std::vector<std::int32_t>{20}));
  EXPECT_EQ(model.weight.to_vector(), (std::vector<float>{1, 2}));
}

TEST(TreeMap, TakesFunctionsOfArraysAndOfNames) {
  const auto longest = [](const std::string& name, const Array& leaf) { return leaf + static_cast<int>(name.size()); };
  EXPECT_EQ(tree_map(longest, mlp()).last.bias.to_vector(), (std::vector<float>{9}));
  const Containers negative = tree_map([](const Array& leaf) { return -leaf; }, containers());
  EXPECT_EQ(negative.by_hash.at("y").factor.to_vector()[0], -140);
  EXPECT_EQ(std::get<Shift>(negative.either).offset.to_vector()[0], -70);
  EXPECT_EQ(negative.counted.second, 7);
}

TEST(TreeMap, PassesByLeavesWithoutAValue) {
  Assorted model = assorted();
  model.mean = {};
  const Assorted doubled = tree_map([](const auto& leaf) { return leaf * 2; }, model);
  EXPECT_FALSE(doubled.mean);
  EXPECT_TRUE(doubled.table);
}

TEST(TreeMap, NamesTheLeafThatDoesNotFit) {
  expect_error<ShapeError>([] { tree_map([](const Array& leaf) { return sum(leaf); }, mlp()); }, {"first.weight: "});
  expect_error<DTypeError>([] { tree_map([](const Array& leaf) { return astype(leaf, DType::f64); }, mlp()); },
                           {"first.weight: ", "float64"});
}

TEST(TreeZip, CombinesTreesLeafByLeaf) {
  const Containers a = containers();
  const Containers sums = tree_zip([](const auto& x, const auto& y, const auto& z) { return x + y * z; }, a, a, a);
  EXPECT_EQ(sums.list[1].factor.to_vector()[0], 110);
  EXPECT_EQ(sums.by_name.at("b").factor.to_vector()[0], 120 + 120 * 120);
  const Mlp named = tree_zip([](const std::string&, const Array& x, const Array& y) { return x - y; }, mlp(), mlp());
  EXPECT_EQ(fold([](float total, const Array& leaf) { return total + sum(leaf).item<float>(); }, 0.0f, named), 0);
}

template <class Change>
void expect_mismatch(std::string_view place, Change change) {
  const Containers a = containers();
  Containers b = containers();
  change(b);
  const auto add = [](const Array& x, const Array& y) { return x + y; };
  expect_error<StructureError>([&] { tree_zip(add, a, b); }, {place});
  expect_error<StructureError>([&] { tree_zip(add, b, a); }, {place});
}

TEST(TreeZip, NamesThePlaceWhereStructuresDiffer) {
  expect_mismatch("at list: another number of elements", [](Containers& b) { b.list.pop_back(); });
  expect_mismatch("at maybe: missing", [](Containers& b) { b.maybe.reset(); });
  expect_mismatch("at either: another alternative", [](Containers& b) { b.either = Scale{three(0)}; });
  expect_mismatch("at by_name: another number of keys", [](Containers& b) { b.by_name.erase("a"); });
  expect_mismatch("at by_hash: another number of keys", [](Containers& b) { b.by_hash["more"] = {three(0)}; });
  const Containers a = containers();
  Containers b = containers();
  b.by_hash.erase("y");
  b.by_hash["w"] = {three(0)};
  const auto add = [](const Array& x, const Array& y) { return x + y; };
  expect_error<StructureError>([&] { tree_zip(add, a, b); }, {"at by_hash.y: missing"});
}

TEST(TreeZip, NamesAPlaceDeepInside) {
  struct Deep {
    std::vector<Containers> blocks;
  };
  const Deep a{{containers(), containers()}};
  Deep b = a;
  b.blocks[1].list.resize(5);
  expect_error<StructureError>([&] { tree_zip([](const Array& x, const Array&) { return x; }, a, b); },
                               {"at blocks.1.list:"});
}

TEST(Fold, GoesOverLeavesThatHaveAValue) {
  Assorted model = assorted();
  model.table = {};
  EXPECT_EQ(fold([](std::int64_t n, const Array& leaf) { return n + leaf.elements(); }, std::int64_t{0}, model), 8);
}

TEST(WithLeaves, RebuildsTheTree) {
  const Containers tree = containers();
  std::vector<Array> arrays = leaves(tree);
  for (Array& array : arrays) array = array + 1;
  const Containers rebuilt = with_leaves(tree, arrays);
  EXPECT_EQ(rebuilt.plain[1].factor.to_vector()[0], 51);
  EXPECT_EQ(std::get<0>(rebuilt.both).factor.to_vector()[0], 81);
  EXPECT_EQ(tree.plain[1].factor.to_vector()[0], 50);
}

TEST(WithLeaves, FillsAModelWithoutValues) {
  const Mlp model = with_leaves(Mlp{}, leaves(mlp()));
  EXPECT_EQ(parameter_count(model), parameter_count(mlp()));
  EXPECT_EQ(parameter_count(Mlp{}), 0);
}

TEST(WithLeaves, NamesTheLeafThatDoesNotFit) {
  std::vector<Array> arrays = leaves(mlp());
  arrays[2] = zeros({1, 17});
  for (const Mlp& model : {mlp(), Mlp{}})
    expect_error<ShapeError>([&] { with_leaves(model, arrays); }, {"last.weight", "[1, 16]", "[1, 17]"});
  arrays[2] = zeros({1, 16}, DType::f64);
  for (const Mlp& model : {mlp(), Mlp{}})
    expect_error<DTypeError>([&] { with_leaves(model, arrays); }, {"last.weight", "float32", "float64"});
  arrays.pop_back();
  expect_error<ValueError>([&] { with_leaves(Mlp{}, arrays); }, {"4 wanted, 3 given"});
}

TEST(WithLeaves, KeepsTheShapeOfAnOpenAxis) {
  struct Open {
    Tensor<float, "rows"> x;
  };
  const Open open{Tensor<float, "rows">::from({1, 2, 3})};
  const std::vector<Array> other = {zeros({4})};
  expect_error<ShapeError>([&] { with_leaves(open, other); }, {"x has shape [3]", "[4]"});
  EXPECT_EQ(with_leaves(Open{}, other).x.elements(), 4);
}

TEST(WithParameters, ReplacesOnlyWhatIsTrained) {
  const Assorted model = assorted();
  const Assorted zeroed = with_parameters(model, std::vector<Array>{zeros({2}), zeros({1})});
  EXPECT_EQ(zeroed.weight.to_vector(), (std::vector<float>{0, 0}));
  EXPECT_EQ(zeroed.loose.to_vector<float>(), (std::vector<float>{0}));
  EXPECT_EQ(zeroed.mean.to_vector(), (std::vector<float>{3, 4}));
  expect_error<ValueError>([&] { with_parameters(model, leaves(model)); }, {"2 wanted, 6 given"});
}

TEST(Tree, MayBeATensorOrAListOfArrays) {
  const std::vector<Array> list = {zeros({2}), ones({3})};
  EXPECT_EQ(leaf_names(list), (Names{"0", "1"}));
  EXPECT_EQ(parameter_count(list), 5);
  EXPECT_EQ(tree_map([](const Array& x) { return x + 1; }, three(1)).to_vector()[0], 2);
}

}  // namespace
}  // namespace tenon::testing
