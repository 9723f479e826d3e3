// Products of every rank against sums written out.
#include "tests/support/array_values.h"

namespace tenon::testing {
namespace {

using Arrays = std::span<const Array>;

HostTensor random_values(std::mt19937_64& random, const Shape& shape) {
  return random_tensor(random, DType::i64, shape);  // small whole numbers: sums are exact
}

// NumPy's rule for one operand of a product: the element [batch..., row, column] with broadcasting.
double matrix_element(const HostTensor& x, const Position& batch, std::int64_t row, std::int64_t column) {
  Position at;
  const int batch_axes = x.shape.rank() - 2;
  for (int i = 0; i < batch_axes; ++i) {
    const std::size_t from_last = batch.size() - static_cast<std::size_t>(batch_axes - i);
    at.push_back(x.shape[i] == 1 ? 0 : batch[from_last]);
  }
  at.push_back(row);
  at.push_back(column);
  return element_at(x, at);
}

TEST(Matmul, OfEveryRank) {
  Together expect;
  SeededRandom random(41);
  const std::pair<Shape, Shape> cases[] = {
      {{3}, {3}},
      {{2, 3}, {3}},
      {{3}, {3, 4}},
      {{2, 3}, {3, 4}},
      {{5, 2, 3}, {3, 4}},
      {{2, 3}, {5, 3, 4}},
      {{5, 2, 3}, {5, 3, 4}},
      {{3}, {5, 3, 4}},
      {{5, 2, 3}, {3}},
      {{2, 1, 2, 3}, {5, 3, 4}},
      {{1, 1}, {1, 1}},
      {{0, 3}, {3, 4}},
      {{2, 0}, {0, 4}},
      {{0}, {0}},
      {{3, 1, 2, 3}, {1, 2, 3, 1}},
      {{0, 2, 3}, {3, 1}},
      {{1, 2, 3}, {0, 3, 2}},
      {{2, 2, 2, 2, 3}, {3, 2}},
  };
  for (const auto& [left, right] : cases) {
    const HostTensor a = random_values(random.engine, left), b = random_values(random.engine, right);
    const Array product = matmul(array_of(a), array_of(b));
    HostTensor rows = a, columns = b;
    if (left.rank() == 1) rows.shape = {1, left[0]};
    if (right.rank() == 1) columns.shape = {right[0], 1};
    const std::int64_t inner = rows.shape.back();
    Shape expected = broadcast_shape(
        "",
        [&] {
          Shape s = rows.shape;
          s.pop_back();
          s.pop_back();
          return s;
        }(),
        [&] {
          Shape s = columns.shape;
          s.pop_back();
          s.pop_back();
          return s;
        }());
    const int batch_axes = expected.rank();
    if (left.rank() > 1) expected.push_back(left[left.rank() - 2]);
    if (right.rank() > 1) expected.push_back(right.back());
    expect.each(product, expected, [&](const Position& p) {
      const Position batch(p.begin(), p.begin() + batch_axes);
      const std::int64_t i = left.rank() > 1 ? p[static_cast<std::size_t>(batch_axes)] : 0;
      const std::int64_t j = right.rank() > 1 ? p.back() : 0;
      double sum = 0;
      for (std::int64_t k = 0; k < inner; ++k)
        sum += matrix_element(rows, batch, i, k) * matrix_element(columns, batch, k, j);
      return sum;
    });
  }
}

TEST(Bmm, TakesBatchesOnly) {
  const Array a = counted({2, 3, 4}), b = counted({2, 4, 2});
  EXPECT_EQ(bmm(a, b).to_vector<double>(), matmul(a, b).to_vector<double>());
  expect_error<ShapeError>([&] { bmm(a, counted({4, 2})); }, {"bmm", "[2, 3, 4]", "[4, 2]"});
  expect_error<ShapeError>([&] { bmm(a, counted({1, 4, 2})); }, {"bmm", "[1, 4, 2]"});
}

TEST(Tensordot, SumsOverPairsOfAxes) {
  Together expect;
  SeededRandom random(42);
  const HostTensor a = random_values(random.engine, {2, 3, 4}), b = random_values(random.engine, {3, 4, 5});
  const auto product = [&](const Position& p) {
    double sum = 0;
    for (std::int64_t i = 0; i < 3; ++i)
      for (std::int64_t j = 0; j < 4; ++j) sum += element_at(a, {p[0], i, j}) * element_at(b, {i, j, p[1]});
    return sum;
  };
  expect.each(tensordot(array_of(a), array_of(b)), {2, 5}, product);
  expect.each(tensordot(array_of(a), array_of(b), {2, 1}, {1, 0}), {2, 5}, product);
  EXPECT_EQ(tensordot(zeros({2}), zeros({3, 4}), 0).shape(), (Shape{2, 3, 4}));
  EXPECT_EQ(tensordot(zeros({2, 3}), zeros({2, 3}), {0, 1}, {0, 1}).shape(), Shape());
  expect_error<ShapeError>([] { tensordot(zeros({2}), zeros({2}), 2); }, {"tensordot", "2 axes"});
  expect_error<ShapeError>([] { tensordot(zeros({2, 3}), zeros({2, 3}), {0, 1}, 0); }, {"tensordot", "in pairs"});
  expect_error<ShapeError>([] { tensordot(zeros({2, 3}), zeros({2, 3}), 1, 0); }, {"tensordot", "axis 1", "axis 0"});
}

TEST(Products, OfVectors) {
  Together expect;
  const Array a = counted({3}) + 1, b = counted({3}) * 2;
  expect.elements(outer(a, counted({2})), {3, 2}, {0, 1, 0, 2, 0, 3});
  EXPECT_EQ(outer(zeros({2, 2}), zeros({3})).shape(), (Shape{4, 3}));
  expect.elements(inner(a, b), {}, {16});
  expect.elements(inner(counted({2, 2}), counted({3, 2})), {2, 3}, {1, 3, 5, 3, 13, 23});
  expect.elements(inner(a, 2 * Array(1.0)), {3}, {2, 4, 6});
  expect.elements(vdot(counted({2, 2}), counted({4})), {}, {14});
  expect_error<ShapeError>([&] { inner(a, zeros({2})); }, {"inner", "[3]", "[2]"});
  expect_error<ShapeError>([&] { vdot(a, zeros({2})); }, {"vdot", "[3]", "[2]"});
  EXPECT_EQ(inner(counted({2}, DType::i32), zeros({2})).dtype(), DType::f32);
}

TEST(ProductGradient, EqualsCentralDifferences) {
  const GradientCase cases[] = {
      {"bmm", [](Arrays x) { return bmm(x[0], x[1]); }, {{2, 2, 3}, {2, 3, 2}}},
      {"tensordot", [](Arrays x) { return tensordot(x[0], x[1], {0, 2}, {1, 0}); }, {{2, 2, 3}, {3, 2, 2}}},
      {"outer", [](Arrays x) { return outer(x[0], x[1]); }, {{2}, {3}}},
      {"inner", [](Arrays x) { return inner(x[0], x[1]); }, {{2, 3}, {2, 3}}},
      {"vdot", [](Arrays x) { return vdot(x[0], x[1]); }, {{2, 2}, {4}}},
  };
  expect_array_gradients(cases, 35);
}

}  // namespace
}  // namespace tenon::testing
