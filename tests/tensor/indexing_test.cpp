// Index expressions, lookups, scatters, cutting, repeating and diagonals of tensors: axes and graphs.
#include "tests/tensor/helpers.h"

namespace tenon::testing {
namespace {

using namespace tenon::indexing;

using Hidden = Tensor<float, "batch", "time", Axis{"embd", 12}>;
using Images = Tensor<float, "batch", 4, 6>;
using Square = Tensor<float, "n", "n">;

const Hidden hidden = sample<Hidden>({2, 3});
const Images images = sample<Images>(2);

TEST(TensorAt, ComputesTheAxesOfItsItems) {
  const Array& x = images;
  expect_result<Tensor<float, 4, 6>>(images.at(1), x.at(1));
  expect_result<Tensor<float, "batch", 6>>(images.at(all, -1), x.at(all, -1));
  expect_result<Tensor<float, "batch", any, 6>>(images.at(all, range(none, none, -1)),
                                                x.at(all, range(none, none, -1)));
  expect_result<Images>(images.at(range(0, 1)), x.at(range(0, 1)));
  expect_result<Tensor<float, "batch", 4>>(images.at(ellipsis, 2), x.at(ellipsis, 2));
  expect_result<Tensor<float, "batch", 1, 4, 6, 1>>(images.at(all, new_axis, ellipsis, new_axis),
                                                    x.at(all, new_axis, ellipsis, new_axis));
  expect_result<Tensor<float, "batch", "time", "embd">>(hidden.at(ellipsis, range(0, 4)),
                                                        hidden.array().at(ellipsis, range(0, 4)));
  expect_result<Tensor<float>>(images.at(0, 1, 2), x.at(0, 1, 2));
  expect_error<IndexError>([] { images.at(all, 4); }, {"at: position 4", "axis 1", "indexing_test.cpp"});
}

TEST(TensorAt, LooksOneTensorUp) {
  const auto key = sample<Tensor<std::int64_t, "key">>(4);
  expect_result<Tensor<float, "batch", "key", 6>>(images.at(all, key), images.array().at(all, key.array()));
  expect_result<Tensor<float, "key", 1, 6>>(images.at(1, key, new_axis), images.array().at(1, key.array(), new_axis));
  const auto mesh = sample<Tensor<std::int32_t, "row", "column">>({2, 2});
  expect_result<Tensor<float, "batch", 4, "row", "column">>(images.at(ellipsis, mesh),
                                                            images.array().at(ellipsis, mesh.array()));
}

TEST(TensorAt, ByAMaskHasAnAxisOfAnySize) {
  const auto mask = sample<Tensor<bool, "batch", 4>>(2);
  expect_result<Tensor<float, any, 6>>(images.at(mask), images.array().at(mask.array()));
  const auto columns = sample<Tensor<bool, 6>>();
  expect_result<Tensor<float, "batch", 1, 4, any>>(images.at(all, new_axis, ellipsis, columns),
                                                   images.array().at(all, new_axis, ellipsis, columns.array()));
  expect_result<Tensor<float, any>>(images.at(1, sample<Tensor<bool, 4, 6>>()),
                                    images.array().at(1, sample<Tensor<bool, 4, 6>>().array()));
  EXPECT_EQ(images.at(images > 0).to_vector(), masked_select(images, images > 0).to_vector());
  const auto other = sample<Tensor<bool, "batch">>(3);
  expect_error<ShapeError>([&] { images.at(other); }, {"at", "[3]", "indexing_test.cpp"});
}

TEST(TensorIndex, TakesMasks) {
  const auto mask = sample<Tensor<bool, "batch", 4>>(2);
  expect_result<Tensor<float, any, 6>>(index(images, std::tuple{mask}), index(images.array(), {mask.array()}));
  const auto i = Tensor<std::int64_t, 1>::from({1});
  const auto rows = sample<Tensor<bool, 4>>();
  expect_result<Tensor<float, any, 6>>(index(images, std::tuple{i, rows}),
                                       index(images.array(), {i.array(), rows.array()}));
  expect_result<Images>(index_put(images, std::tuple{mask}, 7), index_put(images.array(), {mask.array()}, 7));
  const auto row = sample<Tensor<float, 6>>();
  expect_result<Images>(index_add(images, std::tuple{mask}, row),
                        index_add(images.array(), {mask.array()}, row.array()));
}

TEST(TensorMovement, HasNumPysNames) {
  expect_result<Tensor<float, Axis{"embd", 12}, "time", "batch">>(swapaxes<"batch", -1>(hidden),
                                                                  swapaxes(hidden, 0, 2));
  expect_result<Tensor<float, "batch", "head", 4, 6>>(expand_dims<1, "head">(images), expand_dims(images, 1));
  expect_result<Tensor<float, "batch", 2, 6>>(narrow<1, 1, 2>(images), narrow(images, 1, 1, 2));
  expect_result<Tensor<float, "batch", Axis{"time", 2}, Axis{"embd", 12}>>(narrow<"time", 2>(hidden, -2),
                                                                           narrow(hidden, 1, -2, 2));
  EXPECT_THROW((narrow<"time", 2>(hidden, 2)), ShapeError);
}

TEST(TensorFold, UndoesWindow) {
  const auto rows = sample<Tensor<float, "batch", Axis{"time", 12}, "embd">>({2, 3});
  const auto windows = window<"time", 4, 4>(rows);
  EXPECT_EQ((fold<"time", 12, 4>(windows).to_vector()), rows.to_vector());
  expect_result<Tensor<float, "batch", Axis{"time", 12}, "embd">>(fold<"time", 12, 4>(windows),
                                                                  fold(windows.array(), 1, 12, 4));
  const auto apart = window<1, 2, 3, "tap", 2>(images);
  expect_result<Tensor<float, "batch", 1, 6, Axis{"tap", 2}>>(apart, window(images, 1, 2, 3, 2));
  expect_result<Images>(fold<1, 4, 3, 2>(apart), fold(apart.array(), 1, 4, 3, 2));
  const auto open = window<"time", 2>(hidden);
  expect_result<Hidden>(fold<"time">(open, 3), fold(open.array(), 1, 3));
  expect_result<Tensor<float, "batch", "step", Axis{"embd", 12}>>(fold<"time", "step">(open, 3),
                                                                  fold(open.array(), 1, 3));
  expect_error<ShapeError>([&] { fold<"time">(open, 5); }, {"fold", "2 windows", "indexing_test.cpp"});
}

TEST(TensorMovement, MovesAndWindows) {
  expect_result<Tensor<float, "time", "batch", Axis{"embd", 12}>>(moveaxis<"time", 0>(hidden), moveaxis(hidden, 1, 0));
  expect_result<Tensor<float, "time", Axis{"embd", 12}, "batch">>(moveaxis<"batch", -1>(hidden),
                                                                  moveaxis(hidden, 0, -1));
  expect_result<Tensor<float, "batch", 2, 6, 3>>(window<1, 3>(images), window(images, 1, 3));
  expect_result<Tensor<float, "batch", "time", Axis{"embd", 12}, Axis{"tap", 2}>>(window<"time", 2, 1, "tap">(hidden),
                                                                                  window(hidden, 1, 2));
  expect_result<Tensor<float, "batch", "time", Axis{"embd", 4}, 6>>(window<"embd", 6, 2>(hidden),
                                                                    window(hidden, 2, 6, 2));
  expect_result<Tensor<float, "batch", 6, 6>>(pad<1, 1, 1>(images, PadMode::reflect),
                                              pad(images, {{}, {1, 1}, {}}, PadMode::reflect));
  expect_result<Tensor<float, "batch", any, 6>>(pad<1>(images, Padding{2, 1}, PadMode::circular),
                                                pad(images, {{}, {2, 1}, {}}, PadMode::circular));
  EXPECT_THROW((window<"time", 4>(hidden)), ShapeError);
}

TEST(TensorChunk, GivesEqualParts) {
  const auto [a, b, c] = chunk<"embd", 3>(hidden);
  expect_result<Tensor<float, "batch", "time", Axis{"embd", 4}>>(b, narrow(hidden, 2, 4, 4));
  EXPECT_EQ(a.shape(), c.shape());
  const auto halves = chunk<"batch", 2>(images);
  expect_result<Images>(halves[1], narrow(images, 0, 1, 1));
  EXPECT_THROW((chunk<"time", 2>(hidden)), ShapeError);
}

TEST(TensorSplitWithSizes, GivesATuple) {
  const auto [a, b] = split_with_sizes<"embd", 8, 4>(hidden);
  expect_result<Tensor<float, "batch", "time", Axis{"embd", 8}>>(a, narrow(hidden, 2, 0, 8));
  expect_result<Tensor<float, "batch", "time", Axis{"embd", 4}>>(b, narrow(hidden, 2, 8, 4));
  const auto [c, d] = split_with_sizes<1, 3, 1>(images);
  expect_result<Tensor<float, "batch", 3, 6>>(c, narrow(images, 1, 0, 3));
  expect_result<Tensor<float, "batch", 1, 6>>(d, narrow(images, 1, 3, 1));
  EXPECT_THROW((split_with_sizes<"time", 1, 1>(hidden)), ShapeError);
}

TEST(TensorRepeat, MultipliesAnAxis) {
  expect_result<Tensor<float, "batch", 3 * Axis{"time"}, Axis{"embd", 12}>>(tile<"time", 3>(hidden),
                                                                            tile(hidden, {1, 3, 1}));
  expect_result<Tensor<float, "batch", 8, 6>>(repeat_interleave<1, 2>(images), repeat_interleave(images, 2, 1));
  expect_result<Hidden>(roll<"time">(hidden, -1), roll(hidden, -1, 1));
}

TEST(TensorDiagonal, IsTheLastAxis) {
  const auto square = sample<Square>(3);
  expect_result<Tensor<float, "n">>(diagonal(square), diagonal(square.array()));
  expect_result<Tensor<float>>(trace(square), trace(square.array()));
  expect_result<Tensor<float, "batch", 3>>(diagonal<1, 2, 3>(images), diagonal(images.array(), 3, 1, 2));
  expect_result<Tensor<float, 6, any>>(diagonal<"batch", 1>(images), diagonal(images.array(), 0, 0, 1));
  expect_result<Square>(tril(square), tril(square.array()));
  expect_result<Images>(triu(images, 1), triu(images.array(), 1));
  expect_result<Tensor<float>>(trace<0, 1, -1>(square), trace(square.array(), -1));
  expect_result<Tensor<float, 2, 3>>(eye<float, 2, 3>(), eye(2, 3));
  expect_result<Tensor<double, "row", 3>>(eye<double, "row", 3>({4}, -1), eye(4, 3, -1, DType::f64));
  expect_result<Tensor<float, 2, 3>>(tri<float, 2, 3>(), tri(2, 3));
  expect_result<Tensor<bool, "time", "key">>(tri<bool, "time", "key">({3, 5}, 2), tri(3, 5, 2, DType::boolean));
}

TEST(TensorDiag, GoesBothWays) {
  const auto square = sample<Square>(3);
  expect_result<Tensor<float, "n">>(diag(square), diag(square.array()));
  const auto vector = sample<Tensor<float, 3>>();
  expect_result<Tensor<float, 5, 5>>(diag<-2>(vector), diag(vector.array(), -2));
  expect_result<Tensor<float, 3, Axis{"column", 3}>>(diag<0, "column">(vector), diag(vector.array()));
  const auto open = sample<Tensor<float, "row">>(4);
  expect_result<Tensor<float, "row", "column">>(diag<0, "column">(open), diag(open.array()));
  expect_result<Tensor<float, any, any>>(diag<1>(open), diag(open.array(), 1));
  expect_result<Tensor<float, "batch", 4, 8, 8>>(diag_embed<2>(images), diag_embed(images.array(), 2));
  expect_result<Tensor<float, "row", "column">>(diag_embed<0, "column">(open), diag_embed(open.array()));
}

TEST(TensorMeshgrid, GivesATuple) {
  const auto x = sample<Tensor<float, "x">>(2);
  const auto y = sample<Tensor<double, 3>>();
  const std::vector<Array> mesh = meshgrid({x.array(), y.array()}),
                           drawn = meshgrid({x.array(), y.array()}, Meshing::xy);
  const auto [a, b] = meshgrid(x, y);
  expect_result<Tensor<float, "x", 3>>(a, mesh[0]);
  expect_result<Tensor<double, "x", 3>>(b, mesh[1]);
  const auto [c, d] = meshgrid<Meshing::xy>(x, y);
  expect_result<Tensor<float, 3, "x">>(c, drawn[0]);
  expect_result<Tensor<double, 3, "x">>(d, drawn[1]);
}

TEST(TensorCreate, LikeAndSpaced) {
  expect_result<Images>(ones_like(images), ones_like(images.array()));
  expect_result<Images>(full_like(images, 3), full_like(images.array(), 3));
  expect_result<Tensor<float, 5>>(linspace<float, 5>(0, 1), linspace(0, 1, 5));
  expect_result<Tensor<std::int64_t, "time">>(arange<std::int64_t, "time">(2, 11, 3), arange(2, 11, 3));
  expect_result<Tensor<float, 4>>(arange<float, 4>(0, 1, 0.25), arange(0.0, 1.0, 0.25));
  expect_result<Tensor<std::int32_t, 3>>(arange<Tensor<std::int32_t, 3>>(5, 2, -1), arange(5, 2, -1, DType::i32));
  expect_error<ShapeError>([] { arange<std::int64_t, 4>(0, 3); }, {"4", "3", "indexing_test.cpp"});
  Rng rng(3), same(3);
  expect_result<Images>(truncated_normal<Images>(rng, {2}, {.low = -1}), same.truncated_normal({2, 4, 6}, {.low = -1}));
  expect_result<Tensor<double, "point">>(linspace<double, "point">(0, 1, {4}), linspace(0, 1, 4, DType::f64));
}

TEST(TensorLookup, AlongAnAxis) {
  const auto rows = sample<Tensor<std::int64_t, "query">>(4);
  expect_result<Tensor<float, "batch", "query", Axis{"embd", 12}>>(take<"time">(hidden, rows), take(hidden, rows, 1));
  expect_result<Tensor<float, "batch", Axis{"embd", 12}>>(take<"time">(hidden, Tensor<std::int32_t>(1)),
                                                          take(hidden, Array(std::int32_t{1}), 1));
  const auto labels = unsqueeze<-1>(argmax<-1>(images));
  expect_result<Tensor<float, "batch", 4, 1>>(take_along_axis<-1>(images, labels), take_along_axis(images, labels, -1));
  const auto shared = sample<Tensor<std::int64_t, 1, 1, 2>>();
  expect_result<Tensor<float, "batch", 4, 2>>(take_along_axis<2>(images, shared), take_along_axis(images, shared, 2));
}

TEST(TensorGather, IsNotBroadcast) {
  const auto at = sample<Tensor<std::int64_t, "batch", 3, 2>>(2);
  expect_result<Tensor<float, "batch", 3, 2>>(gather<-1>(images, at), gather(images.array(), -1, at.array()));
}

TEST(TensorIndex, LooksUpTogether) {
  const auto i = sample<Tensor<std::int64_t, "query">>(5, 0);
  const auto j = sample<Tensor<std::int64_t, 1>>({}, 1);
  const auto grid = sample<Tensor<float, 5, 4, "embd">>(3);
  expect_result<Tensor<float, "query", "embd">>(index(grid, std::tuple{i, j}), index(grid, {i.array(), j.array()}));
  expect_result<Tensor<float, "query", 4, "embd">>(index(grid, std::tuple{i}), index(grid, {i.array()}));
  const auto shorter = sample<Tensor<std::int64_t, "query">>(4);
  expect_error<ShapeError>([&] { index(grid, std::tuple{i, shorter}); }, {"index", "\"query\"", "5", "4"});
}

TEST(TensorIndexPut, KeepsTheType) {
  using Grid = Tensor<float, 5, 4, "embd">;
  const auto i = sample<Tensor<std::int64_t, "query">>(3, 0), j = sample<Tensor<std::int64_t, "query">>(3, 1);
  const Grid grid = sample<Grid>(3);
  const auto values = sample<Tensor<float, "query", "embd">>({3, 3});
  const Array positions[] = {i, j};
  expect_result<Grid>(index_put(grid, std::tuple{i, j}, values), index_put(grid.array(), positions, values.array()));
  expect_result<Grid>(index_add(grid, std::tuple{i, j}, values), index_add(grid.array(), positions, values.array()));
  expect_result<Grid>(index_put(grid, std::tuple{i, j}, -1), index_put(grid.array(), positions, -1));
  const auto row = sample<Tensor<float, 4, "embd">>(3);
  expect_result<Grid>(index_add(grid, std::tuple{i}, row), index_add(grid.array(), {i.array()}, row.array()));
}

TEST(TensorScatter, WritesANumber) {
  const auto at = sample<Tensor<std::int64_t, "batch", 4, 2>>(2);
  expect_result<Images>(scatter<2>(images, at, 7), scatter(images.array(), 2, at.array(), 7));
  expect_result<Images>(scatter_add<-1>(images, at, 0.5), scatter_add(images.array(), 2, at.array(), 0.5));
}

TEST(TensorScatter, KeepsTheType) {
  const auto at = sample<Tensor<std::int64_t, "batch", 4, 2>>(2, 0);
  const auto values = sample<Tensor<float, "batch", 4, 2>>(2);
  expect_result<Images>(scatter<-1>(images, at, values), scatter(images, -1, at, values.array()));
  expect_result<Images>(scatter_add<-1>(images, at, values), scatter_add(images, -1, at, values.array()));
  const auto mask = sample<Tensor<bool, 4, 1>>();
  expect_result<Images>(masked_fill(images, mask, -1), masked_fill(images, mask, full({}, -1)));
  const auto fewer = sample<Tensor<float, "batch", 4, 2>>(1);
  expect_error<ShapeError>([&] { scatter<-1>(images, at, fewer); }, {"scatter: values [batch=1, 4, 2]"});
}

TEST(TensorReduce, HasTheNewReductions) {
  expect_result<Tensor<float, "batch">>(stddev<1, 2>(images, 0), stddev(images, {1, 2}, 0));
  expect_result<Tensor<float, "batch", 4, 1>>(norm<-1, keepdims>(images, 1), norm(images, 1, -1, true));
  expect_result<Tensor<std::int64_t, "batch", 4>>(argmin(images), argmin(images));
  expect_result<Tensor<bool, 4, 6>>(any_of<"batch">(images), any_of(images, 0));
  expect_result<Tensor<bool>>(all_of(images), all_of(images));
  expect_result<Tensor<std::int64_t, "batch">>(count_nonzero<1, 2>(images), count_nonzero(images, {1, 2}));
}

TEST(TensorProducts, OuterAndDiagonals) {
  const auto a = sample<Tensor<float, "a">>(2);
  const auto b = sample<Tensor<float, 3>>();
  expect_result<Tensor<float, "a", 3>>(outer(a, b), outer(a.array(), b.array()));
  const auto square = sample<Square>(3);
  const auto right = sample<Tensor<float, "batch", 6, "out">>({2, 5});
  expect_result<Tensor<float, "batch", 4, "out">>(bmm(images, right), bmm(images.array(), right.array()));
  const auto cube = sample<Tensor<float, 4, 6, "out">>(5);
  expect_result<Tensor<float, "batch", "out">>(tensordot<2>(images, cube), tensordot(images.array(), cube.array(), 2));
  expect_result<Tensor<float, "batch", 4, "a">>(inner(images, sample<Tensor<float, "a", 6>>(2)),
                                                inner(images.array(), sample<Tensor<float, "a", 6>>(2).array()));
  expect_result<Tensor<float>>(vdot(images, images), vdot(images.array(), images.array()));
  expect_result<Tensor<float, "batch", "out", 4>>(einsum<"...ij,...jk->...ki">(images, right),
                                                  einsum("...ij,...jk->...ki", {images.array(), right.array()}));
  expect_result<Tensor<float, 4, 6, "batch">>(
      einsum<"b...,...->...b">(images, sample<Tensor<float, 1, 6>>()),
      einsum("b...,...->...b", {images.array(), sample<Tensor<float, 1, 6>>()}));
  expect_result<Tensor<float, "n">>(einsum<"ii->i">(square), einsum("ii->i", {square.array()}));
}

}  // namespace
}  // namespace tenon::testing
