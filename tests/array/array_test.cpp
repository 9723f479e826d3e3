// The handle: data in and out, promotion, broadcasting, places of errors.
#include "tenon/array/array.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tenon/array/ops.h"
#include "tests/support/errors.h"

namespace tenon::testing {
namespace {

using Floats = std::vector<float>;

Array floats(std::initializer_list<float> values, const Sizes& shape) { return Array::from(values, shape); }

TEST(Array, GivesBackTheDataItWasMadeFrom) {
  const Array x = floats({1, 2, 3, 4, 5, 6}, {2, 3});
  EXPECT_EQ(x.dtype(), DType::f32);
  EXPECT_EQ(x.shape(), (Shape{2, 3}));
  EXPECT_EQ(x.rank(), 2);
  EXPECT_EQ(x.size(-1), 3);
  EXPECT_EQ(x.to_vector<float>(), (Floats{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(Array(2.5).item<double>(), 2.5);
  EXPECT_EQ(Array(true).item<bool>(), true);
  EXPECT_EQ(Array::from({true, false}, {2}).to_vector<bool>(), (std::vector<bool>{true, false}));
  EXPECT_TRUE(Array::from(std::vector<float>{}, {0, 3}).to_vector<float>().empty());
}

TEST(Array, IsAValue) {
  Array x = floats({1, 2}, {2});
  const Array y = x;
  x += 1;
  EXPECT_EQ(x.to_vector<float>(), (Floats{2, 3}));
  EXPECT_EQ(y.to_vector<float>(), (Floats{1, 2}));
}

TEST(Array, IsComputedWhenAsked) {
  const Array x = floats({1, 2}, {2});
  const Array y = x * 2, z = y + 1;
  EXPECT_EQ(y.node().op, Op::elementwise);
  eval(y, z);
  EXPECT_EQ(y.node().op, Op::parameter);
  EXPECT_EQ(z.node().op, Op::parameter);
  EXPECT_EQ(z.to_vector<float>(), (Floats{3, 5}));
}

TEST(Array, PromotionFollowsTheArrayApi) {
  struct Row {
    DType a, b, result;
  };
  const Row rows[] = {
      {DType::boolean, DType::u8, DType::u8},   {DType::u8, DType::i32, DType::i32},
      {DType::u8, DType::u32, DType::u32},      {DType::i32, DType::u32, DType::i64},
      {DType::u32, DType::i64, DType::i64},     {DType::i32, DType::i64, DType::i64},
      {DType::i64, DType::f32, DType::f32},     {DType::f32, DType::f64, DType::f64},
      {DType::boolean, DType::f32, DType::f32},
  };
  for (const auto& [a, b, result] : rows) {
    EXPECT_EQ(promote(a, b), result) << name(a) << " with " << name(b);
    EXPECT_EQ(promote(b, a), result) << name(b) << " with " << name(a);
  }
}

TEST(Array, ANumberTakesTheArraysType) {
  EXPECT_EQ((zeros({2}, DType::f32) + 1).dtype(), DType::f32);
  EXPECT_EQ((zeros({2}, DType::f32) + 0.5).dtype(), DType::f32);
  EXPECT_EQ((1 - zeros({2}, DType::f64)).dtype(), DType::f64);
  EXPECT_EQ((zeros({2}, DType::u8) + 1).dtype(), DType::u8);
  EXPECT_EQ((zeros({2}, DType::i32) * 0.5).dtype(), DType::f32);  // a kind above the array's
  EXPECT_EQ((zeros({2}, DType::i32) / 2).dtype(), DType::f32);
  EXPECT_EQ((zeros({2}, DType::i32) < 2).dtype(), DType::boolean);
  expect_error<ValueError>([] { zeros({2}, DType::u8) + 256; }, {"add", "uint8", "256"});
}

TEST(Array, BroadcastsAsNumPy) {
  const Array column = floats({1, 2}, {2, 1}), row = floats({10, 20, 30}, {3});
  const Array sum = column + row;
  EXPECT_EQ(sum.shape(), (Shape{2, 3}));
  EXPECT_EQ(sum.to_vector<float>(), (Floats{11, 21, 31, 12, 22, 32}));
  EXPECT_EQ((zeros({0, 1}) + row).shape(), (Shape{0, 3}));
  expect_error<ShapeError>([&] { row + zeros({2}); }, {"add", "[3]", "[2]"});
}

TEST(Array, ComparisonsGiveArrays) {
  const Array a = floats({1, 2, 3}, {3}), b = floats({3, 2, 1}, {3});
  EXPECT_EQ((a < b).to_vector<bool>(), (std::vector<bool>{true, false, false}));
  EXPECT_EQ((a <= b).to_vector<bool>(), (std::vector<bool>{true, true, false}));
  EXPECT_EQ((a > b).to_vector<bool>(), (std::vector<bool>{false, false, true}));
  EXPECT_EQ((a >= 2).to_vector<bool>(), (std::vector<bool>{false, true, true}));
  EXPECT_EQ(equal(a, b).to_vector<bool>(), (std::vector<bool>{false, true, false}));
  EXPECT_EQ(logical_or(a < 2, logical_not(a < 3)).to_vector<bool>(), (std::vector<bool>{true, false, true}));
}

TEST(Array, ErrorsNameThePlaceOfTheCall) {
  const Array a = zeros({2}), b = zeros({3});
  const auto here = [](std::source_location where = std::source_location::current()) {
    return fmt::format("array_test.cpp:{}", where.line());
  };
  expect_error<ShapeError>([&] { a + b; }, {here()});
  expect_error<ShapeError>([&] { reshape(a, {3}); }, {here()});
  // A composed op names its caller, not the ops inside it.
  expect_error<ShapeError>([&] { softmax(a, 4); }, {here(), "softmax", "axis 4"});
  expect_error<ShapeError>([&] { mse_loss(a, b); }, {here(), "mse_loss", "[2]", "[3]"});
}

TEST(Array, MisuseIsATypedError) {
  const Array x = zeros({2, 2});
  expect_error<ValueError>([] { Array() + 1; }, {"no value"});
  expect_error<ShapeError>([&] { x.item<float>(); }, {"item", "[2, 2]"});
  expect_error<DTypeError>([&] { x.to_vector<int>(); }, {"float32", "int32", "astype"});
  expect_error<ShapeError>([] { Array::from({1.0f, 2.0f}, {3}); }, {"2 elements", "[3]"});
  expect_error<ShapeError>([&] { x.size(2); }, {"axis 2", "[2, 2]"});
  expect_error<ShapeError>([] { zeros({1, 1, 1, 1, 1, 1, 1, 1, 1}); }, {"9", "8"});
  expect_error<ShapeError>([] { zeros({-1}); }, {"full", "-1"});
}

TEST(Array, OpsKeepNothingAliveThatTheirResultsDoNotNeed) {
  const std::int64_t before = live_nodes();
  {
    const Array x = floats({1, 2}, {2});
    const Array y = exp(x * 2 + 1);
    eval(y);
    EXPECT_LE(live_nodes() - before, 2);
  }
  EXPECT_EQ(live_nodes(), before);
}

}  // namespace
}  // namespace tenon::testing
