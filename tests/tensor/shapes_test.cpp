// Reshaping, naming, cutting, joining and looking up.
#include "tests/tensor/helpers.h"

namespace tenon::testing {
namespace {

using Hidden = Tensor<float, "batch", "time", Axis{"embd", 12}>;
using Images = Tensor<float, "batch", 4, 6>;

const Hidden hidden = sample<Hidden>({2, 3});
const Images images = sample<Images>(2);

TEST(Reshape, KeepsTheProductOfTheAxes) {
  expect_result<Tensor<float, "batch", 24>>(reshape<"batch", 24>(images), reshape(images, {2, 24}));
  expect_result<Tensor<float, Axis{"batch"} * "time", 12>>(reshape<Axis{"batch"} * "time", 12>(hidden),
                                                           reshape(hidden, {6, 12}));
  expect_result<Tensor<float, 4 * Axis{"batch"}, 6>>(reshape<4 * Axis{"batch"}, 6>(images), reshape(images, {8, 6}));
}

TEST(Reshape, WorksOneSizeOut) {
  const auto flat = reshape<Axis{"batch"} * "time", 12>(hidden);
  expect_result<Tensor<float, 2, Axis{"batch"} * "time" / 2, 12>>(reshape<2, Axis{"batch"} * "time" / 2, 12>(flat),
                                                                  reshape(flat.array(), {2, 3, 12}));
  expect_result<Tensor<float, any, 8>>(reshape<any, 8>(images), reshape(images, {6, 8}));
  EXPECT_THROW((reshape<any, 7>(images)), ShapeError);
  const auto odd = sample<Tensor<float, "n">>(3);
  EXPECT_THROW((reshape<Axis{"n"} / 2, 2>(odd)), ShapeError);
}

TEST(Merge, NamesTheProduct) {
  expect_result<Tensor<float, Axis{"batch"} * "time", Axis{"embd", 12}>>(merge<"batch", "time">(hidden),
                                                                         reshape(hidden, {6, 12}));
  expect_result<Tensor<float, "batch", 24>>(merge<1, 2>(images), reshape(images, {2, 24}));
}

TEST(Flatten, MergesByPositions) {
  expect_result<Tensor<float, "batch", 24>>(flatten<1>(images), flatten(images.array(), 1));
  expect_result<Tensor<float, Axis{"batch"} * "time", Axis{"embd", 12}>>(flatten<0, "time">(hidden),
                                                                         flatten(hidden.array(), 0, 1));
  expect_result<Tensor<float, 24 * Axis{"batch"}>>(flatten(images), flatten(images.array()));
  expect_result<Tensor<float, 1>>(flatten(sum(images)), flatten(sum(images.array())));
}

TEST(BroadcastTo, TakesTheSizesThatAreNew) {
  const auto row = sample<Tensor<float, 3>>();
  expect_result<Tensor<float, "batch", "time", 3>>(broadcast_to<"batch", "time", 3>(row, {2, 5}),
                                                   broadcast_to(row.array(), {2, 5, 3}));
  const auto column = sample<Tensor<float, "time", 1>>(4);
  expect_result<Tensor<float, "batch", "time", "embd">>(broadcast_to<"batch", "time", "embd">(column, {2, 7}),
                                                        broadcast_to(column.array(), {2, 4, 7}));
  expect_result<Tensor<float, 2, "time", 6>>(broadcast_to<2, "time", 6>(column),
                                             broadcast_to(column.array(), {2, 4, 6}));
  const auto embd = sample<Tensor<float, Axis{"embd", 3}>>();
  expect_result<Tensor<float, "n", "embd">>(broadcast_to<"n", "embd">(embd, {2}), broadcast_to(embd.array(), {2, 3}));
  expect_result<Tensor<float, "n", "n", 3>>(broadcast_to<"n", "n", 3>(row, {2}), broadcast_to(row.array(), {2, 2, 3}));
  const auto open = sample<Tensor<float, any>>(3);
  expect_error<ShapeError>([&] { broadcast_to<2, 4>(open); }, {"broadcast_to", "[3]", "[2, 4]", "shapes_test.cpp"});
}

TEST(Split, TakesOpenSizesButTheLast) {
  expect_result<Tensor<float, "batch", "time", 3, 4>>(split<"embd", 3, 4>(hidden), reshape(hidden, {2, 3, 3, 4}));
  expect_result<Tensor<float, "batch", "time", "head", "dim">>(split<"embd", "head", "dim">(hidden, {3}),
                                                               reshape(hidden, {2, 3, 3, 4}));
  expect_result<Tensor<float, "batch", "time", "head", 4>>(split<"embd", "head", 4>(hidden),
                                                           reshape(hidden, {2, 3, 3, 4}));
  EXPECT_EQ((split<"batch", 2, Axis{"batch"} / 2>(images).shape()), (Shape{2, 1, 4, 6}));
}

TEST(Split, IsUndoneByMerge) {
  const auto x = sample<Tensor<float, "batch", "embd">>({2, 12});
  const auto heads = split<"embd", "head", Axis{"embd"} / "head">(x, {3});
  expect_result<Tensor<float, "batch", "embd">>(merge<1, 2>(heads), reshape(heads, {2, 12}));
}

TEST(Split, NamesTheAxisThatDoesNotDivide) {
  expect_error<ShapeError>([] { split<"embd", "head", "dim">(hidden, {5}); },
                           {"split: axis 2 of [batch=2, time=3, embd=12]", "[head, dim]", "5", "shapes_test.cpp"});
  EXPECT_THROW((split<"batch", 3, "rest">(images)), ShapeError);
  EXPECT_THROW((split<"batch", 1, 3>(images)), ShapeError);
}

TEST(Rename, KeepsSizesAndData) {
  const auto renamed = rename<"time", "key", "embd", "channel">(hidden);
  expect_result<Tensor<float, "batch", "key", Axis{"channel", 12}>>(renamed, hidden.array());
  expect_result<Tensor<float, "batch", Axis{"row", 4}, 6>>(rename<1, "row">(images), images.array());
  const auto merged = merge<-2, -1>(split<"embd", Axis{"head", 3}, Axis{"dim", 4}>(hidden));
  expect_result<Hidden>(rename<Axis{"head"} * "dim", "embd">(merged), merged.array());
}

TEST(Permute, OrdersAxesByNameAndPosition) {
  expect_result<Tensor<float, Axis{"embd", 12}, "batch", "time">>(permute<-1, "batch", "time">(hidden),
                                                                  permute(hidden, {2, 0, 1}));
  expect_result<Tensor<float, "batch", 6, 4>>(transpose(images), permute(images, {0, 2, 1}));
  expect_result<Tensor<float, "time", "batch", Axis{"embd", 12}>>(transpose<"batch", "time">(hidden),
                                                                  permute(hidden, {1, 0, 2}));
}

TEST(Slice, WithPositionsInTheTypeFixesTheSize) {
  expect_result<Tensor<float, "batch", 4, 2>>(slice<-1, 1, 3>(images), slice(images, 2, {1, 3}));
  expect_result<Tensor<float, "batch", "time", Axis{"embd", 5}>>(slice<"embd", 0, 5>(hidden), slice(hidden, 2, {0, 5}));
  expect_result<Tensor<float, "batch", Axis{"time", 2}, Axis{"embd", 12}>>(slice<"time", 1, 3>(hidden),
                                                                           slice(hidden, 1, {1, 3}));
  EXPECT_THROW((slice<"time", 1, 9>(hidden)), Error);
}

TEST(Slice, WithARangeKeepsTheNameOnly) {
  expect_result<Hidden>(slice<"time">(hidden, {.start = 1}), slice(hidden, 1, {.start = 1}));
  expect_result<Tensor<float, "batch", "time", "embd">>(slice<"embd">(hidden, {.stop = -1}),
                                                        slice(hidden, 2, {.stop = -1}));
  expect_result<Tensor<float, "batch", any, 6>>(slice<1>(images, {.step = 2}), slice(images, 1, {.step = 2}));
  expect_result<Tensor<float, "batch", "row", 6>>(slice<1, "row">(images, {.step = 2}), slice(images, 1, {.step = 2}));
  EXPECT_THROW((slice<1, 3>(images, {.step = 2})), ShapeError);
}

TEST(Select, RemovesTheAxis) {
  expect_result<Tensor<float, "batch", Axis{"embd", 12}>>(select<"time">(hidden, -1), select(hidden, 1, -1));
}

TEST(Flip, KeepsTheType) {
  expect_result<Hidden>(flip<"time">(hidden), flip(hidden, 1));
  expect_result<Hidden>(flip<"embd", "batch">(hidden), flip(hidden, {2, 0}));
  expect_result<Hidden>(flip(hidden), flip(hidden.array()));
}

TEST(Pad, GrowsAFixedAxis) {
  expect_result<Tensor<float, "batch", 7, 6>>(pad<1, 1, 2>(images), pad(images, {{}, {1, 2}, {}}));
  expect_result<Hidden>(pad<"time", 1, 0>(hidden, 3), pad(hidden, {{}, {1, 0}, {}}, 3));
  expect_result<Tensor<float, "batch", any, 6>>(pad<1>(images, {1, 1}), pad(images, {{}, {1, 1}, {}}));
}

TEST(Unsqueeze, AddsAnAxisThatSqueezeRemoves) {
  const auto wide = unsqueeze<1, "group">(images);
  expect_result<Tensor<float, "batch", "group", 4, 6>>(wide, unsqueeze(images, 1));
  const auto last = unsqueeze<-1>(images);
  expect_result<Tensor<float, "batch", 4, 6, 1>>(last, unsqueeze(images, -1));
  expect_result<Images>(squeeze<-1>(last), squeeze(last.array(), -1));
  const auto both = unsqueeze<0>(last);
  expect_result<Images>(squeeze(both), squeeze(both.array(), {0, 4}));
  expect_result<Images>(squeeze<4, 0>(both), squeeze(both.array(), {4, 0}));
  expect_result<Images>(squeeze(images), images.array());
  const auto open = sample<Tensor<float, any, "n">>({1, 3});
  expect_result<Tensor<float, "n">>(squeeze<0>(open), squeeze(open.array(), 0));
  EXPECT_THROW(squeeze<0>(sample<Tensor<float, any, "n">>({2, 3})), ShapeError);
}

TEST(Concatenate, AddsSizesUp) {
  const auto narrow = sample<Tensor<float, "batch", 4, 1>>(2);
  expect_result<Tensor<float, "batch", 4, 13>>(concatenate<-1>(images, narrow, images),
                                               concatenate({images, narrow, images}, 2));
  expect_result<Tensor<float, "batch", "time", Axis{"embd", 24}>>(concatenate<"embd">(hidden, hidden),
                                                                  concatenate({hidden, hidden}, 2));
  const auto past = sample<Hidden>({2, 7});
  expect_result<Hidden>(concatenate<"time">(past, hidden), concatenate({past, hidden}, 1));
  expect_result<Tensor<float, any>>(concatenate<0>(sample<Tensor<float, "a">>(2), sample<Tensor<float, "b">>(3)),
                                    concatenate({sample<Tensor<float, "a">>(2), sample<Tensor<float, "b">>(3)}, 0));
}

TEST(Concatenate, OtherNamesHaveOneSize) {
  const auto past = sample<Hidden>({3, 7});
  expect_error<ShapeError>([&] { concatenate<"time">(past, hidden); }, {"concatenate: axis \"batch\" is 3", "2 in"});
}

TEST(Stack, CountsTheNewAxis) {
  expect_result<Tensor<float, Axis{"step", 2}, "batch", 4, 6>>(stack<"step">(images, images),
                                                               stack({images, images}, 0));
  expect_result<Tensor<float, "batch", 4, 6, 3>>(stack<3, -1>(images, images, images),
                                                 stack({images, images, images}, -1));
}

TEST(Embedding, ReplacesIndicesByRows) {
  const auto table = sample<Tensor<float, 65, Axis{"embd", 12}>>();
  const auto tokens = sample<Tensor<std::int64_t, "batch", "time">>({2, 3});
  expect_result<Hidden>(embedding(table, tokens), embedding(table.array(), tokens.array()));
  expect_result<Hidden>(gather(table, tokens), gather(table.array(), tokens.array()));
}

TEST(OneHot, TakesItsClassesAtRunTime) {
  const auto labels = sample<Tensor<std::int64_t, "batch">>(4);
  expect_result<Tensor<double, "batch", "class">>(one_hot<"class", double>(labels, 7),
                                                  one_hot(labels.array(), 7, DType::f64));
}

TEST(OneHot, AddsAnAxisOfClasses) {
  const auto labels = sample<Tensor<std::int32_t, "batch">>(4);
  expect_result<Tensor<float, "batch", 10>>(one_hot<10>(labels), one_hot(labels, 10));
  expect_result<Tensor<double, "batch", Axis{"class", 5}>>(one_hot<Axis{"class", 5}, double>(labels),
                                                           one_hot(labels, 5, DType::f64));
}

}  // namespace
}  // namespace tenon::testing
