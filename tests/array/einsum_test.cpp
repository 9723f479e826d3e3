#include "tenon/array/einsum.h"

#include "tenon/array/ops.h"
#include "tests/support/errors.h"

namespace tenon::testing {
namespace {

Array counted(const Sizes& shape) { return reshape(arange(Shape(shape.dims()).elements(), DType::f64), shape); }

void expect_equal(const Array& actual, const Array& expected) {
  ASSERT_EQ(actual.shape(), expected.shape());
  eval(actual, expected);
  EXPECT_EQ(actual.to_vector<double>(), expected.to_vector<double>());  // small whole numbers: no rounding
}

TEST(Einsum, IsAMatrixProduct) {
  const Array a = counted({2, 3}), b = counted({3, 4});
  expect_equal(einsum("ij,jk->ik", {a, b}), matmul(a, b));
  expect_equal(einsum("ij,jk->ki", {a, b}), transpose(matmul(a, b)));
}

TEST(Einsum, KeepsBatches) {
  const Array a = counted({5, 2, 3}), b = counted({5, 4, 3});
  expect_equal(einsum("bij,bkj->bik", {a, b}), matmul(a, swapaxes(b, 1, 2)));
}

TEST(Einsum, SumsLettersOfOneOperandFirst) {
  const Array a = counted({2, 3}), b = counted({3, 4});
  expect_equal(einsum("ij,jk->i", {a, b}), sum(matmul(a, b), 1));
  expect_equal(einsum("ij->", {a}), sum(a));
  expect_equal(einsum("ij->ji", {a}), transpose(a));
}

TEST(Einsum, MultipliesElementwiseAndOuter) {
  const Array a = counted({3}), b = counted({3}) + 1, c = counted({2});
  expect_equal(einsum("i,i->i", {a, b}), a * b);
  expect_equal(einsum("i,j->ij", {a, c}), unsqueeze(a, 1) * c);
  expect_equal(einsum("i,i->", {a, b}), sum(a * b));
}

TEST(Einsum, MultipliesManyOperands) {
  const Array a = counted({2, 3}), b = counted({3, 4}), c = counted({4, 2});
  expect_equal(einsum("ij,jk,kl->il", {a, b, c}), matmul(matmul(a, b), c));
  // 'i' is in all three.
  expect_equal(einsum("ij,jk,ki->", {a, b, c}), sum(matmul(a, b) * transpose(c)));
}

TEST(Einsum, TakesDiagonalsOfRepeatedLetters) {
  const Array a = counted({3, 3}), b = counted({2, 3, 2, 3}), v = counted({3});
  expect_equal(einsum("ii->i", {a}), diagonal(a));
  expect_equal(einsum("ii->", {a}), trace(a));
  expect_equal(einsum("ii,i->i", {a, v}), diagonal(a) * v);
  expect_equal(einsum("aiai->ia", {b}), transpose(diagonal(diagonal(b, 0, 0, 2), 0, 0, 1)));
  expect_equal(einsum("iii->i", {counted({3, 3, 3})}), counted({3}) * 13);
  expect_equal(einsum("ii,jj->ij", {a, counted({2, 2})}), outer(diagonal(a), diagonal(counted({2, 2}))));
}

TEST(Einsum, BroadcastsTheAxesUnderAnEllipsis) {
  const Array a = counted({4, 2, 3}), b = counted({5, 1, 3, 2});
  expect_equal(einsum("...ij,...jk->...ik", {a, b}), matmul(a, b));
  expect_equal(einsum("...ij,jk->...ik", {a, counted({3, 2})}), matmul(a, counted({3, 2})));
  expect_equal(einsum("i...->...i", {a}), moveaxis(a, 0, -1));
  expect_equal(einsum("...i->i", {a}), sum(a, {0, 1}));
  expect_equal(einsum("...,...->...", {a, counted({1, 3})}), a * counted({1, 3}));
  expect_equal(einsum("...i,...i->...", {counted({3}), counted({3})}), einsum("i,i->", {counted({3}), counted({3})}));
  expect_equal(einsum("b...b->b...", {counted({2, 3, 2})}), moveaxis(diagonal(counted({2, 3, 2}), 0, 0, 2), -1, 0));
  expect_equal(einsum("...i,...j->...", {counted({1, 2}), counted({1, 3})}),
               sum(counted({1, 2}), 1) * sum(counted({1, 3}), 1));
}

TEST(Einsum, PromotesElements) { EXPECT_EQ(einsum("i,i->", {zeros({2}), zeros({2}, DType::f64)}).dtype(), DType::f64); }

TEST(Einsum, RejectsOtherSpecifications) {
  const Array a = counted({2, 3});
  expect_error<ValueError>([&] { einsum("ij", {a}); }, {"no ->", "einsum_test.cpp"});
  expect_error<ValueError>([&] { einsum("i1->i", {a}); }, {"'1'"});
  expect_error<ValueError>([&] { einsum("i.j->i", {a}); }, {"'.'"});
  expect_error<ValueError>([&] { einsum("......->", {a}); }, {"'.'"});
  expect_error<ValueError>([&] { einsum("ij->ii", {a}); }, {"'i' stands twice in the result"});
  expect_error<ValueError>([&] { einsum("ij->...ij", {a}); }, {"'.' of the result"});
  expect_error<ShapeError>([&] { einsum("ii->i", {a}); }, {"'i'", "2 and 3"});
  expect_error<ShapeError>([&] { einsum("...ijk->", {a}); }, {"not one letter for each axis", "[2, 3]"});
  expect_error<ShapeError>([&] { einsum("...i,...i->...", {a, counted({3, 3})}); }, {"'...'", "2", "3"});
  expect_error<ValueError>([&] { einsum("ij->k", {a}); }, {"'k' of the result"});
  expect_error<ValueError>([&] { einsum("ij,jk->ik", {a}); }, {"2 operands, not 1"});
  expect_error<ShapeError>([&] { einsum("i->i", {a}); }, {"not one letter for each axis", "[2, 3]"});
  expect_error<ShapeError>([&] { einsum("ij,jk->ik", {a, a}); }, {"'j'", "2", "3"});
}

}  // namespace
}  // namespace tenon::testing
