// What the primitives reject, what they say then, and which of them cost nothing.
#include "tenon/graph/build.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/errors.h"
#include "tests/support/host_values.h"

namespace tenon::testing {
namespace {

NodeRef argument(DType dtype, const Shape& shape) { return make_argument(dtype, shape, 0); }

const NodeRef& matrix() {
  static const NodeRef x = argument(DType::f32, {2, 3});
  return x;
}

TEST(Build, WhatChangesNothingIsTheOperandItself) {
  const NodeRef x = matrix();
  EXPECT_EQ(build::reshape(x, {2, 3}), x);
  EXPECT_EQ(build::permute(x, std::array{0, 1}), x);
  EXPECT_EQ(build::expand(x, {2, 3}), x);
  EXPECT_EQ(build::pad(x, Dims{0, 0, 0, 0}), x);
  EXPECT_EQ(build::slice(x, Dims{0, 0}, Dims{2, 3}, Dims{1, 1}), x);
  EXPECT_EQ(build::cast(x, DType::f32), x);
  EXPECT_EQ(build::reduce(Scalar::add, x, 0), x);
}

TEST(Build, ElementwiseErrorsNameOpAndBothOperands) {
  expect_error<ShapeError>([] { build::binary(Scalar::add, matrix(), argument(DType::f32, {3, 2})); },
                           {"add", "[2, 3]", "[3, 2]"});
  expect_error<DTypeError>([] { build::binary(Scalar::mul, matrix(), argument(DType::i32, {2, 3})); },
                           {"mul", "float32 [2, 3]", "int32 [2, 3]"});
  expect_error<DTypeError>([] { build::unary(Scalar::exp, argument(DType::i32, {2})); },
                           {"exp", "int32 [2]", "floating"});
  expect_error<DTypeError>([] { build::where(matrix(), matrix(), matrix()); }, {"where", "condition", "bool"});
  expect_error<ValueError>([] { build::unary(Scalar::add, matrix()); }, {"add", "2 operands"});
}

TEST(Build, MovementErrorsNameOpAndShapes) {
  expect_error<ShapeError>([] { build::reshape(matrix(), {4, 2}); }, {"reshape", "[2, 3]", "[4, 2]"});
  expect_error<ShapeError>([] { build::permute(matrix(), std::array{0, 0}); }, {"permute", "[0, 0]", "[2, 3]"});
  expect_error<ShapeError>([] { build::permute(matrix(), std::array{0}); }, {"permute", "[2, 3]"});
  expect_error<ShapeError>([] { build::expand(matrix(), {4, 3}); }, {"expand", "[2, 3]", "[4, 3]"});
  expect_error<ValueError>([] { build::pad(matrix(), Dims{-1, 0, 0, 0}); }, {"pad", "[2, 3]", "negative"});
  expect_error<ValueError>([] { build::slice(matrix(), Dims{0, 0}, Dims{1, 1}, Dims{0, 1}); }, {"slice", "step 0"});
  expect_error<ShapeError>([] { build::slice(matrix(), Dims{1, 0}, Dims{2, 1}, Dims{1, 1}); },
                           {"slice", "axis 0", "[2, 3]"});
  expect_error<ShapeError>([] { build::slice(matrix(), Dims{0, 0}, Dims{2, 2}, Dims{INT64_MAX, 1}); },
                           {"slice", "axis 0"});
}

TEST(Build, CombiningErrorsNameOpAndShapes) {
  const NodeRef table = argument(DType::f32, {5, 2}), indices = argument(DType::i64, {4});
  expect_error<ShapeError>([] { build::contract(matrix(), argument(DType::f32, {4, 2}), 0, 1); },
                           {"contract", "[2, 3]", "[4, 2]"});
  expect_error<ShapeError>([] { build::contract(matrix(), argument(DType::f32, {3, 3}), 1, 1); },
                           {"contract", "batch", "[3, 3]"});
  expect_error<DTypeError>([] { build::contract(matrix(), argument(DType::f64, {4, 3}), 0, 1); },
                           {"contract", "float32", "float64"});
  expect_error<ShapeError>([] { build::reduce(Scalar::add, matrix(), 0b100); }, {"reduce", "[2, 3]"});
  expect_error<ShapeError>([] { build::reduce(Scalar::maximum, argument(DType::f32, {2, 0}), 0b10); },
                           {"maximum", "[2, 0]"});
  expect_error<ValueError>([] { build::reduce(Scalar::sub, matrix(), 1); }, {"sub", "no reduction"});
  expect_error<DTypeError>([&] { build::gather(table, matrix()); }, {"gather", "float32 [2, 3]"});
  expect_error<ShapeError>([&] { build::gather(argument(DType::f32, {}), indices); }, {"gather", "[]"});
  expect_error<ShapeError>([&] { build::scatter_add(indices, table, 3); }, {"scatter_add", "[5, 2]", "[4]"});
  expect_error<ValueError>([&] { build::scatter_add(indices, argument(DType::f32, {4}), -1); }, {"scatter_add", "-1"});
  expect_error<ValueError>([&] { build::scan(Scalar::div, table, 0); }, {"scan", "div", "add, mul, maximum"});
  expect_error<DTypeError>([&] { build::scan(Scalar::add, argument(DType::boolean, {4}), 0); }, {"scan", "bool"});
  expect_error<ShapeError>([&] { build::scan(Scalar::add, table, 2); }, {"scan", "axis 2", "[5, 2]"});
  expect_error<ShapeError>([&] { build::argsort(argument(DType::f32, {}), false, DType::i64); }, {"argsort", "[]"});
  for (const std::int64_t count : {-1, 4})
    expect_error<ValueError>([&] { build::argsort(argument(DType::f32, {2, 3}), false, DType::i64, count); },
                             {"argsort", fmt::format("{} positions", count), "[2, 3]", "0 to 3"});
  expect_error<DTypeError>([&] { build::argsort(table, false, DType::u32); }, {"argsort", "uint32", "int64"});
}

TEST(Build, ConstantsMustFitTheirType) {
  expect_error<ValueError>([] { build::constant(DType::i32, 1.5); }, {"int32", "1.5"});
  expect_error<ValueError>([] { build::constant(DType::u8, 256); }, {"uint8", "256"});
  expect_error<ValueError>([] { build::constant(DType::i64, std::nan("")); }, {"int64", "nan"});
  expect_error<ValueError>([] { build::constant(DType::boolean, 2); }, {"bool", "2"});
  EXPECT_EQ(build::constant(DType::i64, -0x1p63)->attributes[0], INT64_MIN);
  expect_error<DTypeError>([] { build::iota(DType::f32, 3); }, {"iota", "float32"});
  expect_error<ValueError>([] { build::iota(DType::i32, std::int64_t{1} << 32); }, {"iota", "int32"});
}

TEST(Build, SizesThatOverflowAreErrors) {
  const std::int64_t huge = std::int64_t{1} << 40;
  const NodeRef x = argument(DType::f32, {1, 1});
  expect_error<ShapeError>([&] { build::expand(x, {huge, huge}); }, {"expand", "elements"});
  expect_error<ShapeError>([&] { build::pad(x, Dims{INT64_MAX, 0, 0, 0}); }, {"pad"});
  const NodeRef column = argument(DType::f32, {huge, 1});
  expect_error<ShapeError>([&] { build::contract(column, column, 0, 1); }, {"contract"});
}

TEST(Build, ErrorsCarryThePlaceOfTheOutermostScope) {
  const std::source_location here = std::source_location::current();
  const WhereScope outer(here);
  const WhereScope inner(std::source_location{});
  expect_error<ShapeError>([] { build::reshape(matrix(), {7}); }, {fmt::format("build_test.cpp:{}", here.line())});
}

}  // namespace
}  // namespace tenon::testing
