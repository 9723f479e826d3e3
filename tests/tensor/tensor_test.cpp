#include "tenon/tensor/tensor.h"

#include "tests/tensor/helpers.h"

namespace tenon::testing {
namespace {

TEST(Cast, AcceptsWhatFits) {
  const Array array = zeros({32, 784});
  const Tensor<float, "batch", 784> images(array);
  const auto pixels = as<float, any, Axis{"pixel", 784}>(array);
  const auto fixed = as<Tensor<float, 32, 784>>(array);
  EXPECT_EQ(images.size<"batch">(), 32);
  EXPECT_EQ(pixels.size<"pixel">(), 784);
  EXPECT_EQ(fixed.size<-2>(), 32);
  EXPECT_EQ(&fixed.array().node(), &array.node());
}

TEST(Cast, NamesTheAxisThatDoesNotFitAndBothSizes) {
  expect_error<ShapeError>([] { as<float, "batch", 784>(zeros({32, 785})); },
                           {"[32, 785] is no [batch, 784]", "axis 1 is 785, not 784", "tensor_test.cpp"});
  expect_error<ShapeError>([] { as<float, "batch", Axis{"embd", 768}>(zeros({32, 512})); },
                           {"[batch, embd=768]", "axis \"embd\" is 512, not 768"});
  expect_error<ShapeError>([] { as<float, "batch", 784>(zeros({784})); },
                           {"[784] is no [batch, 784]", "1 axes, not 2"});
}

TEST(Cast, BindsANameToOneSize) {
  EXPECT_NO_THROW((as<float, "n", "n">(zeros({3, 3}))));
  expect_error<ShapeError>([] { as<float, "n", "n">(zeros({3, 4})); }, {"axis \"n\" is both 3 and 4"});
}

TEST(Cast, ChecksComposedAxes) {
  EXPECT_NO_THROW((as<float, "embd", 4 * Axis{"embd"}>(zeros({3, 12}))));
  expect_error<ShapeError>([] { as<float, "embd", 4 * Axis{"embd"}>(zeros({3, 13})); },
                           {"axis \"4*embd\" is 13, not 12"});
  expect_error<ShapeError>([] { as<float, "embd", Axis{"embd"} / 4>(zeros({6, 1})); },
                           {"\"embd/4\" is no whole number for [embd=6, embd/4=1]"});
  EXPECT_NO_THROW((as<float, Axis{"batch"} * "time">(zeros({7})))) << "of unknown factors anything goes";
}

TEST(Cast, ChecksElements) {
  expect_error<DTypeError>([] { as<float, "batch">(arange(3)); }, {"int64", "float32", "astype"});
}

TEST(Tensor, KnowsItsTypeAtCompileTime) {
  using X = Tensor<std::int64_t, "batch", Axis{"time", 64}>;
  static_assert(X::rank == 2 && X::dtype == DType::i64);
  static_assert(X::axes == AxisList{"batch", "time=64"});
  static_assert(sizeof(X) == sizeof(Array));
  static_assert(TensorType<X> && !TensorType<Array> && !TensorType<float>);
}

TEST(Tensor, ConvertsToTypesThatKnowLess) {
  const auto x = sample<Tensor<float, "batch", Axis{"embd", 3}>>(2);
  const Tensor<float, any, 3> less = x;
  const Tensor<float, "batch", "embd"> name_only = x;
  const Array& array = x;
  EXPECT_EQ(&less.array().node(), &array.node());
  EXPECT_EQ(&name_only.array().node(), &array.node());
}

TEST(Tensor, CopiesData) {
  const auto x = Tensor<float, "batch", 2>::from({1, 2, 3, 4, 5, 6});
  EXPECT_EQ(x.size<"batch">(), 3);
  EXPECT_EQ(x.to_vector(), (std::vector<float>{1, 2, 3, 4, 5, 6}));
  const std::vector<std::int64_t> tokens = {1, 2, 3, 4};
  EXPECT_EQ((Tensor<std::int64_t, "batch", "time">::from(tokens, {2, 2}).shape()), (Shape{2, 2}));
  EXPECT_EQ((Tensor<double, 2>::from({1, 2}).to_vector()), (std::vector<double>{1, 2}));
  EXPECT_EQ((Tensor<float, "n", "n">::from({1, 2, 3, 4}, {2}).shape()), (Shape{2, 2}));
}

TEST(Tensor, RejectsDataOfAnotherLength) {
  EXPECT_THROW((Tensor<float, "batch", 2>::from({1, 2, 3})), ShapeError);
  EXPECT_THROW((Tensor<float, 2>::from({1, 2, 3})), ShapeError);
  EXPECT_THROW((Tensor<float, "batch", "time">::from({1, 2, 3}, {2, 2})), ShapeError);
}

TEST(Tensor, OfRankZeroIsAScalar) {
  const Tensor<float> x(2.5f);
  EXPECT_EQ(x.item(), 2.5f);
  EXPECT_EQ((x * 2).item(), 5);
}

TEST(Tensor, IsEmptyUntilAssigned) {
  Tensor<float, "batch"> x;
  EXPECT_FALSE(x);
  EXPECT_THROW(x + x, ValueError);
  x = zeros<float, "batch">(3);
  EXPECT_TRUE(x);
}

TEST(Create, TakesOneSizeForEachOpenAxis) {
  EXPECT_EQ((zeros<float, "batch", 784, "time">({2, 3}).shape()), (Shape{2, 784, 3}));
  EXPECT_EQ((ones<Tensor<float, "n", 2, "n">>(4).shape()), (Shape{4, 2, 4}));
  EXPECT_EQ((full<std::int32_t, any, any>({2, 3}, 7).to_vector()), std::vector<std::int32_t>(6, 7));
  expect_same_graph(zeros<double, 3>(), zeros({3}, DType::f64));
  expect_same_graph(arange<std::int64_t, "time">(5), arange(5));
  expect_same_graph(arange<float, 5>(), arange(5, DType::f32));
}

TEST(Create, ChecksSizesOfComposedAxes) {
  EXPECT_EQ((zeros<float, "embd", 4 * Axis{"embd"}>({2, 8}).shape()), (Shape{2, 8}));
  EXPECT_THROW((zeros<float, "embd", 4 * Axis{"embd"}>({2, 9})), ShapeError);
}

TEST(Create, RandomNumbersAreThoseOfArrays) {
  Rng typed(7), untyped(7);
  expect_result<Tensor<float, "batch", 3>>(normal<float, "batch", 3>(typed, {2}, 1, 0.5),
                                           untyped.normal({2, 3}, 1, 0.5));
  expect_result<Tensor<double, 4>>(uniform<double, 4>(typed, {}, -1, 1), untyped.uniform({4}, -1, 1, DType::f64));
  expect_result<Tensor<std::int64_t, "batch">>(randint<std::int64_t, "batch">(typed, 0, 9, 5),
                                               untyped.randint(0, 9, {5}));
  const RandomKey key(typed.next_key());
  expect_result<Tensor<float, 2>>(random_normal<float, 2>(key), random_normal(key, {2}));
  expect_result<Tensor<float, 2>>(random_uniform<float, 2>(key), random_uniform(key, {2}));
  expect_result<Tensor<std::int32_t, 2>>(random_integers<std::int32_t, 2>(key, 0, 3),
                                         random_integers(key, 0, 3, {2}, DType::i32));
}

}  // namespace
}  // namespace tenon::testing
