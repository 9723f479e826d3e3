#include "tests/tensor/helpers.h"

namespace tenon::testing {
namespace {

using Query = Tensor<float, "batch", "time", "head", "dim">;
using Key = Tensor<float, "batch", "key", "head", "dim">;

const Query query = sample<Query>({2, 3, 4, 5});
const Key key = sample<Key>({2, 6, 4, 5}, 7);

TEST(Contract, BatchesOverTheOtherCommonNames) {
  const auto scores = contract<"dim">(query, key);
  expect_result<Tensor<float, "batch", "head", "time", "key">>(
      scores, contract(query, key, {.contracted = {{3, 3}}, .batch = {{0, 0}, {2, 2}}}));
  expect_result<Tensor<float, "batch", "head", "time", "dim">>(
      contract<"key">(scores, key), contract(scores, key, {.contracted = {{3, 1}}, .batch = {{0, 0}, {1, 2}}}));
}

TEST(Contract, SumsOverSeveralAxes) {
  expect_result<Tensor<float, "batch", "time", "key">>(
      contract<"dim", "head">(query, key), contract(query, key, {.contracted = {{3, 3}, {2, 2}}, .batch = {{0, 0}}}));
}

TEST(Contract, AxesWithoutANameAreNoBatch) {
  const auto a = sample<Tensor<float, 3, "dim">>(5);
  const auto b = sample<Tensor<float, 3, "dim">>(5);
  expect_result<Tensor<float, 3, 3>>(contract<"dim">(a, b), contract(a, b, {.contracted = {{1, 1}}}));
}

TEST(Contract, TakesSizesFromEitherOperand) {
  const auto a = sample<Tensor<float, Axis{"dim", 5}, "head">>(4);
  const auto b = sample<Tensor<float, "key", "dim", Axis{"head", 4}>>({2, 5});
  expect_result<Tensor<float, Axis{"head", 4}, "key">>(contract<"dim">(a, b),
                                                       contract(a, b, {.contracted = {{0, 1}}, .batch = {{1, 2}}}));
}

TEST(Contract, ANameWithTwoSizesIsAnError) {
  expect_error<ShapeError>([] { contract<"dim">(query, sample<Key>({2, 6, 4, 7})); },
                           {"contract: axis \"dim\" is 5 in [batch=2, time=3, head=4, dim=5] and 7 in "
                            "[batch=2, key=6, head=4, dim=7]",
                            "products_test.cpp"});
  EXPECT_THROW(contract<"dim">(query, sample<Key>({1, 6, 4, 5})), ShapeError);
}

TEST(Matmul, FollowsNumpy) {
  const auto a = sample<Tensor<float, "batch", 4, 2, 3>>(5);
  const auto b = sample<Tensor<float, 4, 3, "n">>(6);
  const auto row = sample<Tensor<float, 3>>();
  const auto matrix = sample<Tensor<float, 3, 2>>();
  expect_result<Tensor<float, "batch", 4, 2, "n">>(matmul(a, b), matmul(a.array(), b.array()));
  expect_result<Tensor<float, 4, "n">>(matmul(row, b), matmul(row.array(), b.array()));
  expect_result<Tensor<float, "batch", 4, 2>>(matmul(a, row), matmul(a.array(), row.array()));
  expect_result<Tensor<float, "batch", 4, 2, 2>>(matmul(a, matrix), matmul(a.array(), matrix.array()));
  expect_result<Tensor<float>>(matmul(row, row), matmul(row.array(), row.array()));
}

TEST(Matmul, ChecksNamesAtRunTime) {
  const auto a = sample<Tensor<float, "time", "dim">>({2, 3});
  const auto b = sample<Tensor<float, "dim", "key">>({4, 2});
  expect_error<ShapeError>([&] { matmul(a, b); }, {"matmul: axis \"dim\" is 3", "4 in [dim=4, key=2]"});
}

TEST(Linear, TakesPyTorchsLayout) {
  const auto x = sample<Tensor<float, "batch", "time", Axis{"embd", 3}>>({2, 4});
  const auto weight = sample<Tensor<float, 5, 3>>();
  const auto bias = sample<Tensor<float, 5>>();
  const auto named = sample<Tensor<float, Axis{"hidden", 5}, "embd">>(3);
  expect_result<Tensor<float, "batch", "time", 5>>(linear(x, weight), linear(x.array(), weight.array()));
  expect_result<Tensor<float, "batch", "time", 5>>(linear(x, weight, bias),
                                                   linear(x.array(), weight.array(), bias.array()));
  expect_result<Tensor<float, "batch", "time", Axis{"hidden", 5}>>(linear(x, named, bias),
                                                                   linear(x.array(), named.array(), bias.array()));
}

TEST(Linear, ChecksNamesAtRunTime) {
  const auto x = sample<Tensor<float, "batch", "in">>({2, 3});
  const auto weight = sample<Tensor<float, "out", "in">>({4, 5});
  expect_error<ShapeError>([&] { linear(x, weight); }, {"linear: axis \"in\" is 3", "5 in [out=4, in=5]"});
}

TEST(Einsum, AgreesWithContract) {
  const auto scores = einsum<"bthd,bkhd->bhtk">(query, key);
  static_assert(std::is_same_v<decltype(scores), const Tensor<float, "batch", "head", "time", "key">>);
  expect_same_graph(scores, contract<"dim">(query, key));
}

TEST(Einsum, PermutesAndSumsOneOperand) {
  expect_result<Tensor<float, "head", "batch">>(einsum<"bthd->hb">(query), permute(sum(query.array(), {1, 3}), {1, 0}));
}

TEST(Einsum, MultipliesThreeOperands) {
  const auto a = sample<Tensor<float, "i", "j">>({2, 3});
  const auto b = sample<Tensor<float, "j", "k">>({3, 4});
  const auto c = sample<Tensor<float, "k", "l">>({4, 5});
  const auto product = einsum<"ij,jk,kl->li">(a, b, c);
  static_assert(std::is_same_v<decltype(product), const Tensor<float, "l", "i">>);
  // Sums of 12 products of numbers up to 1.
  expect_values_near(product, transpose(matmul(matmul(a, b), c)).array(), 12 * 12 * 6e-8);
}

TEST(Einsum, ANameWithTwoSizesIsAnError) {
  EXPECT_THROW((einsum<"bthd,bkhd->bhtk">(query, sample<Key>({2, 6, 4, 7}))), ShapeError);
}

}  // namespace
}  // namespace tenon::testing
