// Linear algebra: axes of the results, and the graphs of the ops on Arrays.
#include "tenon/tensor/linalg.h"

#include "tests/tensor/helpers.h"

namespace tenon::testing {
namespace {

using Square = Tensor<float, "batch", "n", "n">;
using Fixed = Tensor<double, Axis{"row", 3}, Axis{"column", 3}>;
using Tall = Tensor<double, "batch", 5, 3>;
using Open = Tensor<float, "m", "n">;

class TensorLinalg : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!has_lapack()) GTEST_SKIP() << "built without LAPACK";
  }
  const Square square = sample<Square>({2, 3});
  const Fixed fixed = sample<Fixed>();
  const Tall tall = sample<Tall>(2);
  const Open open = sample<Open>({4, 3});
};

TEST_F(TensorLinalg, KeepsTheAxesOfSquareMatrices) {
  expect_result<Square>(cholesky(square), cholesky(square.array()));
  expect_result<Fixed>(cholesky(fixed), cholesky(fixed.array()));
  expect_result<Square>(eigh(square).vectors, eigh(square.array()).vectors);
  expect_result<Tensor<float, "batch", "n">>(eigh(square).values, eigh(square.array()).values);
  expect_result<Tensor<double, Axis{"column", 3}>>(eigvalsh(fixed), eigvalsh(fixed.array()));
  expect_result<Tensor<double, Axis{"column", 3}, Axis{"row", 3}>>(inv(fixed), inv(fixed.array()));
  expect_result<Tensor<float, "batch">>(det(square), det(square.array()));
  expect_result<Tensor<double>>(slogdet(fixed).sign, slogdet(fixed.array()).sign);
  expect_result<Tensor<double>>(slogdet(fixed).log, slogdet(fixed.array()).log);
}

TEST_F(TensorLinalg, DecompositionsShareTheLesserAxis) {
  expect_result<Tensor<double, "batch", 5, 3>>(qr(tall).q, qr(tall.array()).q);
  expect_result<Tensor<double, "batch", 3, 3>>(qr(tall).r, qr(tall.array()).r);
  expect_result<Tensor<double, "batch", 5, 3>>(svd(tall).u, svd(tall.array()).u);
  expect_result<Tensor<double, "batch", 3>>(svd(tall).s, svd(tall.array()).s);
  expect_result<Tensor<double, "batch", 3, 3>>(svd(tall).vh, svd(tall.array()).vh);
  expect_result<Tensor<float, "batch", "n">>(svdvals(square), svdvals(square.array()));
  expect_result<Tensor<float, "m", any>>(qr(open).q, qr(open.array()).q);
  expect_result<Tensor<float, any, "n">>(svd(open).vh, svd(open.array()).vh);
  expect_result<Tensor<float, 2>>(svdvals(sample<Tensor<std::int32_t, 2, 4>>()),
                                  svdvals(sample<Tensor<std::int32_t, 2, 4>>().array()));
}

TEST_F(TensorLinalg, SolutionsHaveTheColumnsOfTheMatrix) {
  const auto many = sample<Tensor<float, "n", "k">>({3, 2});
  const auto one = sample<Tensor<double, Axis{"row", 3}>>();
  expect_result<Tensor<float, "batch", "n", "k">>(solve(square, many), solve(square.array(), many.array()));
  expect_result<Tensor<double, Axis{"column", 3}>>(solve(fixed, one), solve(fixed.array(), one.array()));
  expect_result<Tensor<float, "batch", "n", "k">>(solve_triangular(square, many, true),
                                                  solve_triangular(square.array(), many.array(), true));
  const auto right = sample<Tensor<double, "batch", 5, "k">>({2, 4});
  expect_result<Tensor<double, "batch", 3, "k">>(lstsq(tall, right), lstsq(tall.array(), right.array()));
  const auto vector = sample<Tensor<float, "m">>(4);
  expect_result<Tensor<float, "n">>(lstsq(open, vector), lstsq(open.array(), vector.array()));
}

TEST_F(TensorLinalg, WhatTypesLeaveOpenIsCheckedAtRunTime) {
  const auto unknown = sample<Tensor<float, "n", any>>({3, 2});
  expect_error<ShapeError>([&] { det(unknown); }, {"det", "[3, 2]", "not square"});
  const auto other = sample<Tensor<float, "n">>(4);
  expect_error<ShapeError>([&] { solve(square, other); }, {"solve", "\"n\""});
}

}  // namespace
}  // namespace tenon::testing
