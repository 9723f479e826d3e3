// Pooling against nested loops, and where its gradients go.
#include "tenon/array/pooling.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/support/array_values.h"

namespace tenon::testing {
namespace {

using Arrays = std::span<const Array>;

constexpr double inf = std::numeric_limits<double>::infinity();

// Two-dimensional pooling of one image [rows, columns], element by element.
struct ReferencePool {
  std::int64_t kernel[2], stride[2], padding[2], dilation[2];
  bool ceil_mode, include_pad;
};

std::int64_t reference_count(const ReferencePool& pool, int axis, std::int64_t n) {
  const std::int64_t extent = (pool.kernel[axis] - 1) * pool.dilation[axis] + 1;
  std::int64_t count = 0;
  for (std::int64_t begin = -pool.padding[axis];; begin += pool.stride[axis], ++count) {
    const bool fits = begin + extent <= n + pool.padding[axis];
    // A last window that does not fit must begin in the input or before it, and have something in it.
    const bool reaches = pool.ceil_mode && begin < n && begin + extent - pool.stride[axis] < n + pool.padding[axis];
    if (!fits && !reaches) return count;
  }
}

// The maximum, or the mean, of each window.
template <class Combine>
std::vector<double> reference(const ReferencePool& pool, const HostTensor& x, Combine combine) {
  const std::int64_t n[2] = {x.shape[0], x.shape[1]};
  std::vector<double> result;
  for (std::int64_t i = 0; i < reference_count(pool, 0, n[0]); ++i)
    for (std::int64_t j = 0; j < reference_count(pool, 1, n[1]); ++j) {
      std::vector<double> inside;
      std::int64_t in_padding = 0;
      for (std::int64_t p = 0; p < pool.kernel[0]; ++p)
        for (std::int64_t q = 0; q < pool.kernel[1]; ++q) {
          const std::int64_t at[2] = {i * pool.stride[0] + p * pool.dilation[0] - pool.padding[0],
                                      j * pool.stride[1] + q * pool.dilation[1] - pool.padding[1]};
          if (at[0] >= 0 && at[0] < n[0] && at[1] >= 0 && at[1] < n[1])
            inside.push_back(element_at(x, {at[0], at[1]}));
          else if (at[0] < n[0] + pool.padding[0] && at[1] < n[1] + pool.padding[1])
            ++in_padding;
        }
      result.push_back(combine(inside, in_padding));
    }
  return result;
}

void expect_near(const Array& actual, const std::vector<double>& expected) {
  const std::vector<double> values = actual.to_vector<double>();
  ASSERT_EQ(values.size(), expected.size()) << to_string(actual.shape());
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(values[i], expected[i], 1e-13) << "element " << i;
}

TEST(MaxPool, AgreesWithNestedLoops) {
  SeededRandom random(21);
  const ReferencePool pools[] = {
      {{2, 2}, {2, 2}, {0, 0}, {1, 1}, false, false},
      {{3, 2}, {2, 1}, {1, 1}, {1, 1}, false, false},
      {{3, 3}, {2, 2}, {1, 1}, {2, 1}, false, false},
      {{2, 3}, {2, 2}, {0, 1}, {1, 1}, true, false},
      {{2, 2}, {3, 3}, {1, 1}, {1, 1}, true, false},
      {{5, 4}, {1, 2}, {2, 1}, {1, 1}, false, false},  // more elements than are chosen from one by one
  };
  for (const ReferencePool& pool : pools) {
    const HostTensor x = random_tensor(random.engine, DType::f64, {7, 6});
    const MaxPoolOptions options{.stride = {pool.stride[0], pool.stride[1]},
                                 .padding = {pool.padding[0], pool.padding[1]},
                                 .dilation = {pool.dilation[0], pool.dilation[1]},
                                 .ceil_mode = pool.ceil_mode};
    const Array y = max_pool2d(array_of(x), {pool.kernel[0], pool.kernel[1]}, options);
    expect_near(y, reference(pool, x, [](const std::vector<double>& inside, std::int64_t) {
                  return *std::max_element(inside.begin(), inside.end());
                }));
  }
}

TEST(AvgPool, AgreesWithNestedLoops) {
  SeededRandom random(22);
  const ReferencePool pools[] = {
      {{2, 2}, {2, 2}, {0, 0}, {1, 1}, false, true},  {{3, 2}, {2, 1}, {1, 1}, {1, 1}, false, true},
      {{3, 2}, {2, 1}, {1, 1}, {1, 1}, false, false}, {{2, 3}, {2, 2}, {0, 1}, {1, 1}, true, true},
      {{3, 4}, {2, 3}, {1, 2}, {1, 1}, true, true},   {{2, 4}, {3, 3}, {1, 2}, {1, 1}, true, false},
  };
  for (const ReferencePool& pool : pools) {
    const HostTensor x = random_tensor(random.engine, DType::f64, {7, 6});
    const AvgPoolOptions options{.stride = {pool.stride[0], pool.stride[1]},
                                 .padding = {pool.padding[0], pool.padding[1]},
                                 .ceil_mode = pool.ceil_mode,
                                 .count_include_pad = pool.include_pad};
    const Array y = avg_pool2d(array_of(x), {pool.kernel[0], pool.kernel[1]}, options);
    expect_near(
        y, reference(pool, x, [&](const std::vector<double>& inside, std::int64_t in_padding) {
          double sum = 0;
          for (const double value : inside) sum += value;
          return sum / (static_cast<double>(inside.size()) + (pool.include_pad ? static_cast<double>(in_padding) : 0));
        }));
  }
}

TEST(Pool, WorksAlongOneAndThreeAxesAndKeepsTheOthers) {
  Together expect;
  expect.elements(max_pool1d(counted({2, 5}), 2), {2, 2}, {1, 3, 6, 8});
  expect.elements(avg_pool1d(counted({1, 2, 5}), 3, {.stride = 1}), {1, 2, 3}, {1, 2, 3, 6, 7, 8});
  expect.elements(max_pool3d(counted({1, 2, 2, 2, 2}), 2), {1, 2, 1, 1, 1}, {7, 15});
  expect.elements(avg_pool3d(counted({2, 2, 2, 2}), {2, 1, 2}), {2, 1, 2, 1}, {2.5, 4.5, 10.5, 12.5});
  expect.elements(max_pool2d(counted({4, 4}, DType::i32), 2), {2, 2}, {5, 7, 13, 15});
  expect.elements(avg_pool2d(counted({2, 2}, DType::i32), 2), {1, 1}, {1.5});
}

TEST(MaxPool, PaddingIsNeverTheMaximum) {
  Together expect;
  expect.elements(max_pool1d(Array::from({-3.0, -2.0, -1.0}, {3}), 2, {.padding = 1}), {2}, {-3, -1});
  expect.elements(max_pool1d(Array::from<std::int32_t>({-3, -2}, {2}), 2, {.stride = 1, .padding = 1}), {3},
                  {-3, -2, -2});
  expect.elements(max_pool1d(Array::from({-inf, 1.0, std::nan(""), 2.0}, {4}), 2), {2}, {1, std::nan("")});
  expect.elements(max_pool1d(Array::from({-inf, -inf, inf, inf}, {4}), 2), {2}, {-inf, inf});
}

TEST(MaxPool, GradientGoesToTheFirstMaximumOfAWindow) {
  Together expect;
  const Array x = Array::from({5.0, 5.0, 1.0, 1.0, 3.0, 7.0}, {6});
  const auto gradient_of = [&](const auto& pool) {
    return value_and_grad([&](const std::vector<Array>& a) { return sum(pool(a[0])); }, {x}).second[0];
  };
  expect.elements(gradient_of([](const Array& a) { return max_pool1d(a, 2); }), {6}, {1, 0, 1, 0, 0, 1});
  // Windows that overlap add up.
  expect.elements(gradient_of([](const Array& a) { return max_pool1d(a, 3, {.stride = 1}); }), {6}, {1, 1, 0, 0, 1, 1});
  expect.elements(gradient_of([](const Array& a) { return adaptive_max_pool1d(a, 1); }), {6}, {0, 0, 0, 0, 0, 1});
}

TEST(AdaptivePool, CutsTheAxesAsPyTorch) {
  SeededRandom random(23);
  for (const std::int64_t n : {1, 5, 6, 7})
    for (const std::int64_t size : {1, 2, 3, 4, 9}) {
      const HostTensor x = random_tensor(random.engine, DType::f64, {2, n});
      std::vector<double> means, maxima;
      for (std::int64_t row = 0; row < 2; ++row)
        for (std::int64_t i = 0; i < size; ++i) {
          const auto begin =
              static_cast<std::int64_t>(std::floor(static_cast<double>(i * n) / static_cast<double>(size)));
          const auto end =
              static_cast<std::int64_t>(std::ceil(static_cast<double>((i + 1) * n) / static_cast<double>(size)));
          double sum = 0, most = -inf;
          for (std::int64_t j = begin; j < end; ++j) {
            sum += element_at(x, {row, j});
            most = std::max(most, element_at(x, {row, j}));
          }
          means.push_back(sum / static_cast<double>(end - begin));
          maxima.push_back(most);
        }
      const Array average = adaptive_avg_pool1d(array_of(x), size), maximum = adaptive_max_pool1d(array_of(x), size);
      eval(average, maximum);
      expect_near(average, means);
      expect_near(maximum, maxima);
    }
}

TEST(AdaptivePool, WorksAlongSeveralAxes) {
  Together expect;
  const Array x = counted({1, 3, 4});
  expect.elements(adaptive_avg_pool2d(x, 1), {1, 1, 1}, {5.5});
  expect.elements(adaptive_avg_pool2d(x, {2, 2}), {1, 2, 2}, {2.5, 4.5, 6.5, 8.5});
  expect.elements(adaptive_max_pool2d(x, {2, 3}), {1, 2, 3}, {5, 6, 7, 9, 10, 11});
  expect.elements(adaptive_max_pool3d(counted({2, 2, 3}), {1, 2, 2}), {1, 2, 2}, {7, 8, 10, 11});
  expect.elements(adaptive_avg_pool3d(counted({2, 2, 3}), {2, 1, 2}), {2, 1, 2}, {2, 3, 8, 9});
  // What a part does not hold has no influence on it.
  expect.elements(adaptive_avg_pool1d(Array::from({inf, 1.0, 2.0}, {3}), 2), {2}, {inf, 1.5});
}

TEST(Pool, GradientsAreThoseOfCentralDifferences) {
  const GradientCase cases[] = {
      {"max", [](Arrays x) { return max_pool2d(x[0], {3, 2}, {.stride = {2, 1}, .padding = 1}); }, {{2, 5, 4}}},
      {"avg",
       [](Arrays x) { return avg_pool2d(x[0], 3, {.stride = 2, .padding = 1, .count_include_pad = false}); },
       {{2, 5, 4}}},
      {"avg in three", [](Arrays x) { return avg_pool3d(x[0], 2, {.stride = 1}); }, {{3, 2, 3}}},
      {"adaptive avg", [](Arrays x) { return adaptive_avg_pool2d(x[0], {2, 3}); }, {{5, 4}}},
      {"adaptive max", [](Arrays x) { return adaptive_max_pool2d(x[0], {2, 3}); }, {{5, 4}}},
  };
  expect_array_gradients(cases, 24);
}

TEST(Pool, SaysWhatDoesNotFit) {
  const Array x = zeros({2, 3, 5});
  expect_error<ShapeError>([&] { max_pool2d(zeros({5}), 2); }, {"max_pool2d", "[5]", "2 axes"});
  expect_error<ShapeError>([&] { avg_pool2d(x, 4); }, {"avg_pool2d", "window of 4", "spatial axis 0", "3"});
  expect_error<ShapeError>([&] { max_pool2d(x, {2, 3}, {.dilation = {1, 3}}); }, {"window of 3", "3 apart", "axis 1"});
  expect_error<ValueError>([&] { max_pool2d(x, 2, {.padding = 2}); }, {"padding of 2", "kernel of 2"});
  expect_error<ValueError>([&] { avg_pool2d(x, {1, 2, 3}); }, {"3 numbers", "kernel", "2 spatial"});
  expect_error<ValueError>([&] { avg_pool2d(x, 0); }, {"kernel of 0"});
  expect_error<ValueError>([&] { avg_pool2d(x, 2, {.stride = {1, 0}}); }, {"stride of 0"});
  expect_error<DTypeError>([&] { max_pool1d(zeros({4}, DType::u8), 2); }, {"max_pool1d", "uint8"});
  expect_error<ValueError>([&] { adaptive_avg_pool1d(x, 0); }, {"adaptive_avg_pool1d", "size of 0"});
  expect_error<ShapeError>([&] { adaptive_max_pool2d(zeros({2, 0}), 1); }, {"adaptive_max_pool2d", "axis 1", "empty"});
}

}  // namespace
}  // namespace tenon::testing
