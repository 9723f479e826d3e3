// Decompositions, solutions, inverses and determinants: what they must satisfy, gradients, and errors.
#include "tenon/array/linalg.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tenon/array/compile.h"
#include "tenon/runtime/device.h"
#include "tests/support/array_values.h"

namespace tenon::testing {
namespace {

using Arrays = std::vector<Array>;

class Linalg : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!has_lapack()) GTEST_SKIP() << "built without LAPACK";
  }
};

Array doubles(std::initializer_list<double> values, const Sizes& shape) { return Array::from(values, shape); }

// Random, the same in every run.
Array matrices(const Sizes& shape, DType dtype = DType::f64, std::uint64_t seed = 1) {
  SeededRandom random(seed);
  return astype(array_of(random_tensor(random.engine, DType::f64, Shape(shape.dims()))), dtype);
}
Array mt(const Array& x) { return swapaxes(x, -1, -2); }
// Well-conditioned: positive definite, and with independent rows.
Array positive(const Array& x) {
  return matmul(x, mt(x)) + static_cast<double>(x.size(-1)) * eye(x.size(-2), -1, 0, x.dtype());
}

// Products of numbers of some 10, of length n: n roundings, each of half an ulp of a partial sum.
double tolerance_of(DType dtype, std::int64_t n) {
  return (dtype == DType::f64 ? 0x1p-53 : 0x1p-24) * 100 * static_cast<double>(n * n + 10);
}

void expect_equal(const Array& actual, const Array& expected, std::int64_t n,
                  std::source_location where = std::source_location::current()) {
  const Array wide = astype(actual, DType::f64), wanted = astype(expected, DType::f64);
  eval(wide, wanted);
  EXPECT_TRUE(matches(host_value(wide), host_value(wanted), {.absolute = tolerance_of(actual.dtype(), n)}))
      << "line " << where.line();
}

void expect_triangle(const Array& x, bool upper, std::source_location where = std::source_location::current()) {
  EXPECT_EQ(x.to_vector<double>(), (upper ? triu(x) : tril(x)).to_vector<double>()) << "line " << where.line();
}

TEST_F(Linalg, DecompositionsMultiplyToTheMatrix) {
  for (const DType dtype : {DType::f64, DType::f32})
    for (const Shape& shape : {Shape{1, 1}, Shape{3, 3}, Shape{5, 3}, Shape{3, 5}, Shape{2, 3, 4, 4}, Shape{2, 7, 2},
                               Shape{70, 40}, Shape{3, 33, 65}}) {
      SCOPED_TRACE(fmt::format("{} {}", name(dtype), to_string(shape)));
      const Array a = matrices(shape, dtype);
      const std::int64_t m = a.size(-2), n = a.size(-1), k = std::min(m, n), most = std::max(m, n);
      const Array unit = eye(k, -1, 0, dtype);
      const auto unit_like = [&](const Array& x) { return broadcast_to(unit, x.shape()); };

      const QrFactors f = qr(a);
      expect_equal(matmul(f.q, f.r), a, most);
      expect_equal(matmul(mt(f.q), f.q), unit_like(matmul(mt(f.q), f.q)), most);
      expect_triangle(astype(f.r, DType::f64), true);

      const SingularValues p = svd(a);
      expect_equal(matmul(p.u * unsqueeze(p.s, -2), p.vh), a, most);
      expect_equal(matmul(mt(p.u), p.u), unit_like(matmul(mt(p.u), p.u)), most);
      expect_equal(matmul(p.vh, mt(p.vh)), unit_like(matmul(p.vh, mt(p.vh))), most);
      expect_equal(sort(p.s, -1, true), p.s, 0);
      EXPECT_GE(min(p.s).dtype() == DType::f64 ? min(p.s).item<double>() : min(p.s).item<float>(), 0);
      expect_equal(svdvals(a), p.s, most);

      const Array symmetric = positive(a);
      const Array l = cholesky(symmetric);
      expect_equal(matmul(l, mt(l)), symmetric, m + n);
      expect_triangle(astype(l, DType::f64), false);
      const EigenValues e = eigh(symmetric);
      expect_equal(matmul(e.vectors * unsqueeze(e.values, -2), mt(e.vectors)), symmetric, m + n);
      expect_equal(sort(e.values), e.values, 0);
      expect_equal(eigvalsh(symmetric), e.values, m + n);
    }
}

TEST_F(Linalg, SolutionsSolve) {
  for (const DType dtype : {DType::f64, DType::f32}) {
    const Array a = positive(matrices({2, 1, 5, 5}, dtype)), b = matrices({3, 5, 4}, dtype, 2),
                v = matrices({5}, dtype, 3);
    const Array x = solve(a, b);
    EXPECT_EQ(x.shape(), (Shape{2, 3, 5, 4})) << "batches are broadcast";
    expect_equal(matmul(a, x), broadcast_to(b, {2, 3, 5, 4}), 5);
    EXPECT_EQ(solve(a, v).shape(), (Shape{2, 1, 5}));
    expect_equal(matmul(a, unsqueeze(solve(a, v), -1)), broadcast_to(unsqueeze(v, -1), {2, 1, 5, 1}), 5);
    expect_equal(matmul(a, inv(a)), broadcast_to(eye(5, -1, 0, dtype), a.shape()), 5);
    for (const bool upper : {false, true})
      for (const bool unit : {false, true}) {
        Array triangle = upper ? triu(a) : tril(a);
        if (unit) triangle = triangle * (1 - eye(5, -1, 0, dtype)) / 8 + eye(5, -1, 0, dtype);
        // What is not read may be anything.
        const Array rest = where(equal(upper ? triu(ones({5, 5})) : tril(ones({5, 5})), 1), triangle, 1e30);
        const Array given = unit ? where(equal(eye(5), 1), 0.0, rest) : rest;
        expect_equal(matmul(triangle, solve_triangular(given, b, upper, unit)), broadcast_to(b, {2, 3, 5, 4}), 5);
      }
  }
}

TEST_F(Linalg, LeastSquaresHaveTheLeastResidualOrNorm) {
  const Array tall = matrices({6, 3}), b = matrices({6, 2}, DType::f64, 2), wide = mt(tall),
              c = matrices({3}, DType::f64, 3);
  const Array x = lstsq(tall, b);
  // The residual is orthogonal to the columns.
  expect_equal(matmul(mt(tall), matmul(tall, x) - b), zeros({3, 2}, DType::f64), 6);
  const Array y = lstsq(wide, c);
  EXPECT_EQ(y.shape(), (Shape{6}));
  expect_equal(matmul(wide, y), c, 6);
  // No part of it is mapped to 0: it is a combination of the rows.
  expect_equal(matmul(tall, lstsq(tall, y)), y, 6);
}

TEST_F(Linalg, DeterminantsAreThoseOfTheFormula) {
  Together expect;
  expect.elements(det(doubles({1, 2, 3, 4, 0, 1, 1, 0}, {2, 2, 2})), {2}, {-2, -1}, 1e-15);
  expect.elements(det(doubles({2, 0, 0, 0, 3, 0, 0, 0, -4}, {3, 3})), {}, {-24});
  expect.elements(slogdet(doubles({1, 2, 3, 4}, {2, 2})).sign, {}, {-1});
  expect.elements(slogdet(doubles({1, 2, 3, 4}, {2, 2})).log, {}, {std::log(2)}, 1e-15);
  expect.elements(det(doubles({1, 2, 2, 4}, {2, 2})), {}, {0});
  expect.elements(slogdet(doubles({1, 2, 2, 4}, {2, 2})).sign, {}, {0});
  expect.elements(slogdet(doubles({1, 2, 2, 4}, {2, 2})).log, {}, {-INFINITY});
  // Beyond the range of float64.
  expect.elements(slogdet(1e10 * eye(50, -1, 0, DType::f64)).log, {}, {500 * std::log(10)}, 1e-10);
}

TEST_F(Linalg, IntegersAndNarrowTypesAreComputedInFloat32) {
  const Array whole = Array::from({4, 2, 2, 3}, {2, 2});
  EXPECT_EQ(cholesky(whole).dtype(), DType::f32);
  EXPECT_EQ(cholesky(whole).to_vector<float>(), (std::vector<float>{2, 0, 1, std::sqrt(2.0f)}));
  for (const DType dtype : {DType::f16, DType::bf16}) {
    const Array half = astype(whole, dtype);
    EXPECT_EQ(svd(half).s.dtype(), dtype);
    expect_equal(astype(inv(half), DType::f32), astype(astype(inv(whole), dtype), DType::f32), 2);
    EXPECT_EQ(solve(half, whole).dtype(), dtype);
  }
  EXPECT_EQ(solve(whole, doubles({1, 2}, {2})).dtype(), DType::f64);
}

TEST_F(Linalg, EmptyMatricesAreTaken) {
  const Array none = zeros({0, 0}, DType::f64), batch = zeros({0, 3, 3}, DType::f64),
              flat = zeros({2, 0, 3}, DType::f64);
  EXPECT_EQ(cholesky(none).shape(), (Shape{0, 0}));
  EXPECT_TRUE(inv(batch).to_vector<double>().empty());
  EXPECT_TRUE(eigh(batch).values.to_vector<double>().empty());
  EXPECT_EQ(det(none).item<double>(), 1);
  EXPECT_EQ(slogdet(none).log.item<double>(), 0);
  EXPECT_TRUE(det(batch).to_vector<double>().empty());
  EXPECT_EQ(svd(flat).u.shape(), (Shape{2, 0, 0}));
  EXPECT_EQ(svd(flat).vh.shape(), (Shape{2, 0, 3}));
  EXPECT_TRUE(svd(flat).vh.to_vector<double>().empty());
  EXPECT_EQ(qr(flat).r.shape(), (Shape{2, 0, 3}));
  EXPECT_TRUE(qr(mt(flat)).q.to_vector<double>().empty());
  EXPECT_TRUE(solve(none, zeros({0}, DType::f64)).to_vector<double>().empty());
  EXPECT_EQ(lstsq(flat, zeros({2, 0, 1}, DType::f64)).to_vector<double>(), std::vector<double>(6, 0));
  EXPECT_TRUE(grad(sum(det(batch)), {batch})[0].to_vector<double>().empty());
}

// Functions of x that are smooth, whatever the signs of singular and eigenvectors.
TEST_F(Linalg, GradientsAreThoseOfCentralDifferences) {
  const auto weights = [](const Array& x) { return sin(counted(x.shape()) + 1); };
  const GradientCase cases[] = {
      {"cholesky", [](auto x) { return cholesky(positive(x[0])); }, {{2, 3, 3}}},
      {"qr, q", [](auto x) { return qr(positive(x[0])).q; }, {{3, 3}}},
      {"qr, r of a tall one", [](auto x) { return qr(concatenate({positive(x[0]), x[0]}, -2)).r; }, {{2, 2, 2}}},
      {"qr, both of a wide one",
       [](auto x) {
         const QrFactors f = qr(concatenate({positive(x[0]), x[0]}, -1));
         return matmul(f.q * 2 + 1, sin(f.r));
       },
       {{3, 3}}},
      {"svd, projections on singular vectors",
       [&](auto x) {
         const SingularValues p = svd(x[0]);
         return matmul(square(p.u) * unsqueeze(p.s, -2), square(p.vh));
       },
       {{3, 3}}},
      {"svd of a tall one", [&](auto x) { return square(svd(x[0]).u); }, {{4, 2}}},
      {"svd of a wide one", [&](auto x) { return square(svd(x[0]).vh) * 3; }, {{2, 4}}},
      {"svd, signs cancel", [&](auto x) { return matmul(svd(x[0]).u, svd(x[0]).vh); }, {{3, 2}}},
      {"svd, values", [&](auto x) { return svd(x[0]).s; }, {{3, 2}}},
      {"svdvals", [&](auto x) { return svdvals(x[0]); }, {{2, 3}}},
      {"eigh",
       [&](auto x) {
         const EigenValues e = eigh(x[0] + mt(x[0]));
         return square(e.vectors) * unsqueeze(sin(e.values), -2);
       },
       {{3, 3}}},
      {"eigvalsh", [&](auto x) { return eigvalsh(x[0] + mt(x[0])); }, {{2, 3, 3}}},
      {"solve", [](auto x) { return solve(positive(x[0]) + x[0], x[1]); }, {{3, 3}, {2, 3, 2}}},
      {"solve of a vector", [](auto x) { return solve(positive(x[0]), x[1]); }, {{2, 2}, {2}}},
      {"solve_triangular, lower",
       [](auto x) { return solve_triangular(positive(x[0]), x[1], false); },
       {{3, 3}, {3, 2}}},
      {"solve_triangular, upper with ones",
       [](auto x) { return solve_triangular(x[0], x[1], true, true); },
       {{3, 3}, {3, 2}}},
      {"inv", [](auto x) { return inv(positive(x[0]) + x[0]); }, {{2, 3, 3}}},
      {"det", [](auto x) { return det(x[0]); }, {{2, 3, 3}}},
      {"slogdet", [](auto x) { return slogdet(positive(x[0])).log * slogdet(x[0]).sign; }, {{3, 3}}},
      {"lstsq, tall", [](auto x) { return lstsq(x[0], x[1]); }, {{4, 2}, {4, 2}}},
      {"lstsq, wide", [](auto x) { return lstsq(x[0], x[1]); }, {{2, 4}, {2}}},
      {"several together",
       [&](auto x) {
         const Array a = positive(x[0]);
         return slogdet(a).log + sum(square(solve_triangular(cholesky(a), weights(x[0]), false)));
       },
       {{3, 3}}},
  };
  expect_array_gradients(cases, 51);
}

// Of n columns, the last `lost` ones combinations of the others: rank n - lost.
Array of_lower_rank(std::int64_t n, std::int64_t lost, std::uint64_t seed) {
  const Array basis = matrices({n, n - lost}, DType::f64, seed);
  return concatenate({basis, matmul(basis, matrices({n - lost, lost}, DType::f64, seed + 1))}, -1);
}

// The cofactors of a matrix of rank n - 1 are of rank 1, those of rank n - 2 are 0, and their slopes are not.
TEST_F(Linalg, DeterminantsOfSingularMatricesHaveGradients) {
  const NodeFunction f = [](std::span<const NodeRef> x) { return det(Array(x[0])).node_ref(); };
  for (const std::int64_t n : {1, 2, 3, 4, 5})
    for (const std::int64_t lost : {1, 2, 3}) {
      if (lost > n) continue;
      SCOPED_TRACE(fmt::format("{} x {} of rank {}", n, n, n - lost));
      const Array a =
          lost < n ? of_lower_rank(n, lost, static_cast<std::uint64_t>(10 * n + lost)) : zeros({n, n}, DType::f64);
      const std::vector<HostTensor> values{host_value(a)};
      expect_gradients(f, values);
      expect_second_gradients(f, values);
      const Array slope = grad(det(a), {a})[0];
      if (lost > 1) expect_equal(slope, zeros_like(a), n);
      if (lost == 1 && n > 1) expect_equal(matmul(a, mt(slope)), zeros_like(a), n);  // det(a) times the identity
    }
  // Two columns are equal to the bit: a pivot that is exactly 0.
  const std::vector<HostTensor> equal{tensor_of(DType::f64, {3, 3}, {1, 1, 2, 3, 3, 5, 4, 4, 7})};
  expect_gradients(f, equal);
  expect_second_gradients(f, equal);
}

// Cofactors by hand: of [[1, 2], [2, 4]] they are [[4, -2], [-2, 1]], in all three types that are computed in.
TEST_F(Linalg, CofactorsAreExactEnoughInEveryType) {
  for (const DType dtype : {DType::f64, DType::f32, DType::f16}) {
    const Array a = astype(doubles({1, 2, 2, 4, 3, 1, 2, 2}, {2, 2, 2}), dtype);
    const Array slope = grad(sum(astype(det(a), DType::f64)), {a})[0];
    EXPECT_EQ(slope.dtype(), dtype);
    const Array difference = astype(slope, DType::f64) - doubles({4, -2, -2, 1, 2, -2, -1, 3}, {2, 2, 2});
    EXPECT_LE(max(abs(difference)).item<double>(), dtype == DType::f64 ? 1e-14 : 1e-5);
  }
}

// Between singular and regular, and however large the elements: both ways of computing cofactors agree with the
// product of all other diagonal elements.
TEST_F(Linalg, CofactorsNearSingularMatricesKeepTheirDigits) {
  const Array q = qr(matrices({4, 4})).q, p = qr(matrices({4, 4}, DType::f64, 2)).q;
  const double turn = det(matmul(q, p)).item<double>();
  for (const double least : {1.0, 1e-3, 1e-7, 1e-9, 1e-12, 1e-17, 1e-100, 0.0})
    for (const double scale : {1.0, 1e60, 1e-60}) {
      const Array s = doubles({1, 0.5, 0.25, least}, {4}), others = doubles({least, 2 * least, 4 * least, 1}, {4}) / 8;
      const Array a = scale * matmul(q * unsqueeze(s, 0), p);
      const Array slope = grad(det(a), {a})[0] / (scale * scale * scale);
      const Array difference = slope - turn * matmul(q * unsqueeze(others, 0), p);
      EXPECT_LE(max(abs(difference)).item<double>(), 1e-14) << least << " times " << scale;
    }
  const Array bad = doubles({1, 2, NAN, 4}, {2, 2});
  for (const double slope : grad(det(bad), {bad})[0].to_vector<double>()) EXPECT_TRUE(std::isnan(slope));
}

// Third derivatives of regular matrices, by differences of second ones.
TEST_F(Linalg, DeterminantsHaveThirdDerivatives) {
  const NodeFunction second = [](std::span<const NodeRef> x) {
    const Array a(x[0]);
    const Array first = grad(det(a), {a})[0];
    return grad(sum(first * sin(first)), {a})[0].node_ref();
  };
  const std::vector<HostTensor> values{host_value(positive(matrices({3, 3})) / 3)};
  expect_gradients(second, values);
  const Array a = ones({3, 3}, DType::f64);
  const Array third = grad(sum(grad(sum(square(grad(det(a), {a})[0])), {a})[0]), {a})[0];
  expect_error<LinalgError>([&] { third.to_vector<double>(); }, {"det: the matrix is singular"});
}

TEST_F(Linalg, TheGradientOfALogarithmNeedsNoDeterminant) {
  const Array large = 1e10 * eye(50, -1, 0, DType::f64);
  const Array slope = grad(slogdet(large).log, {large})[0];
  expect_equal(slope * 1e10, eye(50, -1, 0, DType::f64), 1);
}

TEST_F(Linalg, HasTangentsAndJacobians) {
  const Array a = positive(matrices({3, 3})), direction = matrices({3, 3}, DType::f64, 2);
  // Giles 2.2.4: the tangent of det is det trace(a^-1 da)
  const auto tangent = jvp([](const Arrays& x) { return det(x[0]); }, {a}, {direction}).second;
  expect_equal(tangent / 100, det(a) * trace(solve(a, direction)) / 100, 3);
  const Array slopes = jacobian([](const Array& x) { return eigvalsh(x); }, a);
  const Array v = eigh(a).vectors;
  // Of each eigenvalue, the square of its vector.
  expect_equal(slopes, einsum("ik,jk->kij", {v, v}), 3);
}

// The log-density of a normal distribution by its covariance, as a Gaussian process is trained.
TEST_F(Linalg, TrainsInsideACompiledStep) {
  const Array points = reshape(linspace(0, 1, 12, DType::f64), {12, 1});
  const Array targets = sin(6 * points);
  const auto loss = [&](const Arrays& w) {
    const Array distance = square(points - mt(points));
    const Array k = exp(-distance * exp(w[0])) + (exp(w[1]) + 1e-6) * eye(12, -1, 0, DType::f64);
    const Array l = cholesky(k);
    return 0.5 * sum(square(solve_triangular(l, targets, false))) + sum(log(diagonal(l)));
  };
  CompiledStep step = compile([&](std::span<const Array> state, std::span<const Array>) {
    const auto [value, slopes] = value_and_grad(loss, state);
    return StepResult{.state = {state[0] - 0.05 * slopes[0], state[1] - 0.05 * slopes[1]}, .results = {value}};
  });
  Arrays state{Array(0.0), Array(-1.0)};
  const double first = step(state)[0].item<double>();
  double last = first;
  for (int i = 0; i < 50; ++i) last = step(state)[0].item<double>();
  EXPECT_LT(last, first - 5);
  const double expected = loss(state).item<double>();
  EXPECT_NEAR(step(state)[0].item<double>(), expected, 1e-12);
}

TEST_F(Linalg, GivesTheSameBitsForAnyNumberOfThreads) {
  const Array a = matrices({64, 20, 20});
  const int threads = default_device().info().threads;
  std::vector<std::vector<double>> results;
  for (const int count : {1, 2, 3}) {
    default_device().set_threads(count);
    results.push_back(
        concatenate({flatten(svd(a).u), flatten(inv(a)), flatten(cholesky(positive(a)))}).to_vector<double>());
  }
  default_device().set_threads(threads);
  EXPECT_EQ(results[0], results[1]);
  EXPECT_EQ(results[0], results[2]);
}

TEST_F(Linalg, IsBatchedByVmap) {
  const Array a = positive(matrices({3, 4, 4})), b = matrices({3, 4}, DType::f64, 2);
  const Array x = vmap([](const Array& one, const Array& right) { return solve(one, right); })(a, b);
  expect_equal(x, squeeze(solve(a, unsqueeze(b, -1)), -1), 4);
  const Array slopes = vmap([](const Array& one) { return grad(det(one), {one})[0]; })(a);
  expect_equal(slopes / 1000, grad(sum(det(a)), {a})[0] / 1000, 4);
}

TEST_F(Linalg, ErrorsNameTheMatrixAndWhatIsWrong) {
  const Array good = eye(2, -1, 0, DType::f64), ones_ = ones({2, 2}, DType::f64), minus = -good;
  const Array third = stack({good, good, minus, ones_}), last = stack({good, good, good, ones_});
  const auto run = [](const Array& x) { x.to_vector<double>(); };
  expect_error<LinalgError>([&] { run(cholesky(third)); },
                            {"cholesky: matrix 2 of a batch of 4 is not positive definite", "leading 1 rows"});
  expect_error<LinalgError>([&] { run(cholesky(ones_)); }, {"cholesky: the matrix is not positive", "leading 2"});
  expect_error<LinalgError>([&] { run(inv(last)); }, {"inv: matrix 3 of a batch of 4 is singular", "pivot 1"});
  expect_error<LinalgError>([&] { run(solve(ones_, good)); }, {"solve: the matrix is singular"});
  expect_error<LinalgError>([&] { run(solve_triangular(zeros({2, 2}, DType::f64), good, true)); },
                            {"solve_triangular: the matrix is singular", "element 0 of the diagonal"});
  expect_error<LinalgError>([&] { run(lstsq(zeros({3, 2}, DType::f64), zeros({3}, DType::f64))); },
                            {"lstsq: the matrix is singular"});
  expect_error<LinalgError>([&] { run(grad(slogdet(ones_).log, {ones_})[0]); }, {"slogdet: the matrix is singular"});
  for (const double wrong : {NAN, INFINITY}) {
    const Array bad = full({2, 2}, wrong, DType::f64);
    expect_error<LinalgError>([&] { run(svd(bad).s); }, {"svd: the matrix holds NaN or infinity"});
    expect_error<LinalgError>([&] { run(eigvalsh(stack({good, bad}))); }, {"eigvalsh: matrix 1 of a batch of 2"});
  }
  expect_error<LinalgError>([&] { run(cholesky(full({2, 2}, NAN, DType::f64))); }, {"cholesky"});

  const Array wide = zeros({2, 3}, DType::f64), vector = zeros({3}, DType::f64);
  expect_error<ShapeError>([&] { cholesky(wide); }, {"cholesky", "float64 [2, 3] are not square", "linalg_test.cpp"});
  expect_error<ShapeError>([&] { det(vector); }, {"det: float64 [3] is no matrix"});
  expect_error<ShapeError>([&] { solve(good, vector); }, {"solve", "[2, 2] with float64 [3]", "2 rows"});
  expect_error<ShapeError>([&] { solve(zeros({2, 2, 2}), zeros({3, 2, 1})); }, {"solve", "do not broadcast"});
  expect_error<ShapeError>([&] { svd(zeros({1, 20001})); }, {"svd", "20000 rows and columns"});
}

TEST(LinalgAnywhere, WithoutLapackSaysWhatToInstall) {
  if (has_lapack()) GTEST_SKIP() << "built with LAPACK";
  expect_error<DeviceError>([] { cholesky(eye(2)); }, {"cholesky", "liblapack-dev"});
}

}  // namespace
}  // namespace tenon::testing
