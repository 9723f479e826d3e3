// Counting elements of tensors.
#include "tests/tensor/helpers.h"

namespace tenon::testing {
namespace {

using Words = Tensor<std::int64_t, "batch", 4>;

const Words words = sample<Words>(3);  // 1 2 3 4, 0 1 2 3, 4 0 1 2

TEST(TypedBincount, HasAFixedOrANamedLength) {
  const auto x = merge<"batch", 1>(words);
  expect_result<Tensor<std::int64_t, 6>>(bincount<6>(words), bincount(words.array(), {.length = 6}));
  expect_result<Tensor<std::int64_t, Axis{"word", 6}>>(bincount<Axis{"word", 6}>(x),
                                                       bincount(x.array(), {.length = 6}));
  const auto weights = sample<Tensor<float, "batch", 4>>(3);
  expect_result<Tensor<float, 6>>(bincount<6>(words, weights),
                                  bincount(words.array(), {.length = 6, .weights = weights.array()}));
  const auto counted = bincount<"word">(words);
  static_assert(std::is_same_v<decltype(counted), const Tensor<std::int64_t, "word">>);
  EXPECT_EQ(counted.to_vector(), (std::vector<std::int64_t>{2, 3, 3, 2, 2}));
}

TEST(TypedHistogram, HasItsBins) {
  const auto x = sample<Tensor<float, "n">>(20);
  expect_result<Tensor<std::int64_t, 5>>(histogram<5>(x, -1, 1), histogram(x.array(), 5, -1, 1));
}

TEST(TypedMaskedSelect, IsNamedByTheCaller) {
  const auto kept = masked_select<"kept">(words, words > 2);
  static_assert(std::is_same_v<decltype(kept), const Tensor<std::int64_t, "kept">>);
  EXPECT_EQ(kept.to_vector(), (std::vector<std::int64_t>{3, 4, 3, 4}));
}

TEST(TypedMaskedSelect, BroadcastsTheMask) {
  const auto columns = Tensor<bool, 4>::from({true, false, false, true});
  const auto kept = masked_select(words, columns);
  static_assert(std::is_same_v<decltype(kept), const Tensor<std::int64_t, any>>);
  EXPECT_EQ(kept.to_vector(), (std::vector<std::int64_t>{1, 4, 0, 3, 4, 2}));
  const auto rows = sample<Tensor<bool, "batch", 1>>(2);
  expect_error<ShapeError>([&] { masked_select(words, rows); }, {"masked_select", "\"batch\"", "3", "2"});
}

TEST(TypedNonzero, GivesPositionsAlongEachAxis) {
  const auto [row, column] = nonzero<"found">(words > 3);
  static_assert(std::is_same_v<decltype(row), const Tensor<std::int64_t, "found">>);
  EXPECT_EQ(row.to_vector(), (std::vector<std::int64_t>{0, 2}));
  EXPECT_EQ(column.to_vector(), (std::vector<std::int64_t>{3, 0}));
  EXPECT_EQ(index(words, std::tuple{row, column}).to_vector(), (std::vector<std::int64_t>{4, 4}));
  const auto [at] = nonzero(Tensor<float, "n">::from({0, 2, 0}));
  static_assert(std::is_same_v<decltype(at), const Tensor<std::int64_t, any>>);
  EXPECT_EQ(at.to_vector(), std::vector<std::int64_t>{1});
}

TEST(TypedUnique, IsNamedByTheCaller) {
  const auto found = unique<"word">(words);
  static_assert(std::is_same_v<decltype(found.values), Tensor<std::int64_t, "word">>);
  static_assert(std::is_same_v<decltype(found.inverse), Words>);
  EXPECT_EQ(found.values.to_vector(), (std::vector<std::int64_t>{0, 1, 2, 3, 4}));
  EXPECT_EQ(found.counts.to_vector(), (std::vector<std::int64_t>{2, 3, 3, 2, 2}));
  EXPECT_EQ(take<"word">(found.values, found.inverse).to_vector(), words.to_vector());
}

}  // namespace
}  // namespace tenon::testing
