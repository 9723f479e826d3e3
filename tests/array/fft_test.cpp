// Fourier transforms: how exact they are, and what they refuse. Values, norms, axes and gradients: the op table.
#include "tenon/array/fft.h"

#include <cmath>
#include <complex>
#include <random>

#include "tenon/array/vmap.h"
#include "tests/support/array_values.h"

namespace tenon::testing {
namespace {

using Exact = std::complex<long double>;

// Some outputs of the transform of n numbers, by definition.
struct Reference {
  std::int64_t n;
  std::vector<double> real, imag;
  std::vector<std::int64_t> frequencies;
  std::vector<Exact> roots;

  Reference(std::int64_t size, std::mt19937_64& random) : n(size) {
    std::normal_distribution<float> normal;  // float32 holds what both types are given
    for (std::int64_t i = 0; i < n; ++i) {
      real.push_back(normal(random));
      imag.push_back(normal(random));
      roots.push_back(std::polar(1.0L, -2 * std::acos(-1.0L) * static_cast<long double>(i) / n));
    }
    for (std::int64_t k = 0; k < std::min<std::int64_t>(n, 300); ++k)
      frequencies.push_back(n <= 300 ? k : static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n)));
  }

  Exact at(std::int64_t k, bool is_real) const {
    Exact sum = 0;
    for (std::int64_t j = 0; j < n; ++j) {
      const auto i = static_cast<std::size_t>(j);
      sum += Exact(real[i], is_real ? 0 : imag[i]) * roots[static_cast<std::size_t>(j * k % n)];
    }
    return sum;
  }
};

struct Transformed {
  Complex<Array> all, half;
  Array there_and_back, half_there_and_back;

  Transformed(const Reference& reference, DType dtype) {
    const Complex<Array> x{astype(Array::from(reference.real, {reference.n}), dtype),
                           astype(Array::from(reference.imag, {reference.n}), dtype)};
    all = fft(x);
    half = rfft(x.real);
    there_and_back = ifft(all).imag;
    half_there_and_back = irfft(half, {.n = reference.n});
  }
  std::vector<Array> arrays() const {
    return {all.real, all.imag, half.real, half.imag, there_and_back, half_there_and_back};
  }
};

// ||x - y|| / ||y|| of the frequencies that the reference has.
double relative_error(const Reference& reference, const Complex<Array>& y, bool is_half) {
  const HostTensor real = host_value(y.real), imag = host_value(y.imag);
  long double error = 0, size = 0;
  for (std::int64_t k : reference.frequencies) {
    if (is_half && 2 * k > reference.n) k = reference.n - k;
    const Exact exact = reference.at(k, is_half);
    error += std::norm(Exact(get_floating(real, k), get_floating(imag, k)) - exact);
    size += std::norm(exact);
  }
  return static_cast<double>(std::sqrt(error / size));
}

double relative_error(const Array& x, const std::vector<double>& expected) {
  const HostTensor values = host_value(x);
  double error = 0, size = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    error += std::pow(get_floating(values, static_cast<std::int64_t>(i)) - expected[i], 2);
    size += expected[i] * expected[i];
  }
  return std::sqrt(error / size);
}

// Each of the log2(n) levels of a transform by halves adds a rounding error of about eps / 2, relative in the root mean
// square (Gentleman and Sande, "Fast Fourier transforms - for fun and profit", AFIPS 1966); fewer levels of longer sums
// add no more. eps log2(n) leaves a factor of two; there and back is twice as far. No level: the numbers themselves.
TEST(Fft, IsAsExactAsItsTypeAllows) {
  SeededRandom random(3);
  std::vector<Reference> references;
  for (const std::int64_t n : {1, 2, 3, 5, 7, 8, 12, 16, 30, 97, 100, 127, 128, 134, 1000, 1024, 1031, 4096, 65536})
    references.emplace_back(n, random.engine);
  for (const DType dtype : {DType::f32, DType::f64}) {
    std::vector<Transformed> transformed;
    std::vector<Array> outputs;
    for (const Reference& reference : references) {
      transformed.emplace_back(reference, dtype);
      for (const Array& array : transformed.back().arrays()) outputs.push_back(array);
    }
    eval(std::span<const Array>(outputs));
    const double eps = dtype == DType::f32 ? 0x1p-23 : 0x1p-52;
    for (std::size_t i = 0; i < references.size(); ++i) {
      SCOPED_TRACE(fmt::format("{} of {}", name(dtype), references[i].n));
      const double bound = eps * std::log2(static_cast<double>(references[i].n));
      EXPECT_LE(relative_error(references[i], transformed[i].all, false), bound);
      EXPECT_LE(relative_error(references[i], transformed[i].half, true), bound);
      EXPECT_LE(relative_error(transformed[i].there_and_back, references[i].imag), 2 * bound);
      EXPECT_LE(relative_error(transformed[i].half_there_and_back, references[i].real), 2 * bound);
    }
  }
}

// Sums of numbers that all types hold, times 0, 1 and -1.
TEST(Fft, OfFourIsExact) {
  Together expect;
  const Complex<Array> y = fft(Array::from({1.0f, 2.0f, 4.0f, 8.0f}, {4}));
  expect.elements(y.real, {4}, {15, -3, -5, -3});
  expect.elements(y.imag, {4}, {0, 6, 0, -6});
  const Complex<Array> half = rfft(astype(Array::from({1.0f, 2.0f, 4.0f, 8.0f}, {4}), DType::f16));
  expect.elements(half.imag, {3}, {0, 6, 0});
  EXPECT_EQ(half.imag.dtype(), DType::f16);
}

TEST(Fft, OfIntegersIsFloat32) {
  const Complex<Array> y = fft(arange(3));
  EXPECT_EQ(y.real.dtype(), DType::f32);
  EXPECT_EQ(irfft({arange(3), arange(3)}).dtype(), DType::f32);
}

TEST(Fft, OfNoRowsHasNoRows) {
  EXPECT_EQ(fft(zeros({0, 70})).real.shape(), (Shape{0, 70}));
  EXPECT_EQ(rfft(zeros({3, 0, 8})).real.to_vector<float>(), std::vector<float>());
}

TEST(Irfft, TakesImaginaryPartsOfTheEndsAsZero) {
  for (const std::int64_t n : {8, 160, 524}) {  // one matrix, factors, a convolution below them (131)
    const Array real = arange(n / 2 + 1, DType::f64), imag = where(equal(real * (n / 2 - real), 0), 0.0, real);
    const Array with = irfft({real, real}, {.n = n}), without = irfft({real, imag}, {.n = n});
    eval(with, without);
    const std::vector<double> a = with.to_vector<double>(), b = without.to_vector<double>();
    for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-12 * static_cast<double>(n)) << n;
  }
}

TEST(Fft, IsMappedAndDifferentiated) {
  const Array x = reshape(arange(3 * 100, DType::f64), {3, 100}) * 0.01;
  const Complex<Array> rows = rfft(x);
  const Array mapped = vmap([](const Array& row) { return abs(rfft(row)); })(x);
  // Parseval: the sum of |X|^2 over all frequencies is n times that of x^2.
  const Array gradient = grad(sum(square(fft(x).real)) + sum(square(fft(x).imag)), {x})[0];
  eval(mapped, rows.real, rows.imag, gradient);
  const HostTensor a = host_value(mapped), real = host_value(rows.real), imag = host_value(rows.imag),
                   slopes = host_value(gradient);
  for (std::int64_t i = 0; i < a.elements(); ++i)
    EXPECT_NEAR(get_floating(a, i), std::hypot(get_floating(real, i), get_floating(imag, i)), 1e-11);
  for (std::int64_t i = 0; i < 300; ++i)
    EXPECT_NEAR(get_floating(slopes, i), 2 * 100 * 0.01 * static_cast<double>(i), 1e-10);
}

TEST(Fft, RefusesWhatItCannotTransform) {
  const Array x = zeros({2, 6}), y = zeros({2, 5});
  expect_error<ShapeError>([&] { rfft(x, {.axis = 2}); }, {"rfft", "axis 2", "fft_test.cpp"});
  expect_error<ShapeError>([&] { fft({x, y}); }, {"fft: real float32 [2, 6] and imag float32 [2, 5]"});
  expect_error<ValueError>([&] { fft(x, {.n = 0}); }, {"fft: 0 elements"});
  expect_error<ValueError>([&] { fft(zeros({2, 0})); }, {"fft: 0 elements"});
  expect_error<ValueError>([&] { irfft({zeros({1}), zeros({1})}); }, {"irfft: 0 elements"});
  expect_error<ShapeError>([&] { fft2({x, x}, {.axes = {0, 0}}); }, {"fft2", "twice"});
  expect_error<ShapeError>([&] { rfftn(x, {.axes = {0, 1}, .sizes = {3}}); }, {"rfftn: 1 sizes for 2 axes"});
  expect_error<ShapeError>([&] { rfftn(x, {.sizes = {3, 3, 3}}); }, {"rfftn: 3 sizes for 2 axes"});
  expect_error<ValueError>([&] { fftfreq(0); }, {"fftfreq: 0 elements"});
  expect_error<DTypeError>([&] { rfftfreq(4, 1, DType::i64); }, {"rfftfreq: int64 holds no fractions"});
  expect_error<ShapeError>([&] { view_as_complex(x); }, {"view_as_complex: float32 [2, 6]"});
  expect_error<ShapeError>([&] { view_as_real({x, y}); }, {"view_as_real", "[2, 6]", "[2, 5]"});
}

}  // namespace
}  // namespace tenon::testing
