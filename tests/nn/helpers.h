// Sample tensors, and what layers compute as plain loops over double.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tenon/array/gradient.h"
#include "tenon/nn/nn.h"
#include "tenon/tensor/ops.h"
#include "tests/support/errors.h"

namespace tenon::testing {

using Values = std::vector<double>;

/// Different values of mixed sign: scale * sin(i + start).
template <class X, Axis... A>
auto sample(const detail::SizesOf<X, A...>& sizes = {}, int start = 1, double scale = 1) {
  using Result = detail::TensorNamed_t<X, A...>;
  using T = typename Result::Element;
  std::vector<T> values(static_cast<std::size_t>(sizes.shape().elements()));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<T>(scale * std::sin(static_cast<double>(i) + start));
  return Result(Array::from(values, sizes.shape()));
}

/// The same values as a layer's parameter of whatever axes.
template <TensorType X>
void fill(X& parameter, const Sizes& shape, int start, double scale = 0.5) {
  using T = typename X::Element;
  std::vector<T> values(static_cast<std::size_t>(Shape(shape.dims()).elements()));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<T>(scale * std::sin(static_cast<double>(i) + start));
  parameter = X(Array::from(values, shape));
}

/// Elements agree to `tolerance` times their magnitude, at least 1.
template <class X>
void expect_values(const X& actual, const Values& expected, double tolerance) {
  const auto values = actual.to_vector();
  ASSERT_EQ(values.size(), expected.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    EXPECT_NEAR(static_cast<double>(values[i]), expected[i], tolerance * std::max(1.0, std::abs(expected[i])))
        << "element " << i;
}

// What double rounding may add up to in the sums of these tests: at most 100 terms of magnitude 1, and a few
// functions after each other.
inline constexpr double double_tolerance = 1e-12;

/// x [rows, in], weight [out, in], bias [out] (or none) -> [rows, out]
inline Values linear_in_loops(const Values& x, const Values& weight, const Values& bias, std::size_t in,
                              std::size_t out) {
  Values y(x.size() / in * out);
  for (std::size_t row = 0; row < x.size() / in; ++row)
    for (std::size_t o = 0; o < out; ++o) {
      double sum = bias.empty() ? 0 : bias[o];
      for (std::size_t i = 0; i < in; ++i) sum += x[row * in + i] * weight[o * in + i];
      y[row * out + o] = sum;
    }
  return y;
}

/// x [rows, size]: (x - mean) / sqrt(variance + eps) * weight + bias (or none)
inline Values layer_norm_in_loops(const Values& x, const Values& weight, const Values& bias, double eps) {
  const std::size_t size = weight.size();
  Values y(x.size());
  for (std::size_t row = 0; row < x.size(); row += size) {
    double mean = 0, variance = 0;
    for (std::size_t i = 0; i < size; ++i) mean += x[row + i] / static_cast<double>(size);
    for (std::size_t i = 0; i < size; ++i)
      variance += (x[row + i] - mean) * (x[row + i] - mean) / static_cast<double>(size);
    for (std::size_t i = 0; i < size; ++i)
      y[row + i] = (x[row + i] - mean) / std::sqrt(variance + eps) * weight[i] + (bias.empty() ? 0 : bias[i]);
  }
  return y;
}

/// x [rows, size]: x / sqrt(mean(x^2) + eps) * weight
inline Values rms_norm_in_loops(const Values& x, const Values& weight, double eps) {
  const std::size_t size = weight.size();
  Values y(x.size());
  for (std::size_t row = 0; row < x.size(); row += size) {
    double square = 0;
    for (std::size_t i = 0; i < size; ++i) square += x[row + i] * x[row + i] / static_cast<double>(size);
    for (std::size_t i = 0; i < size; ++i) y[row + i] = x[row + i] / std::sqrt(square + eps) * weight[i];
  }
  return y;
}

inline double gelu_of(double x) { return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0))); }
inline double gelu_tanh_of(double x) {
  return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x)));
}
inline double silu_of(double x) { return x / (1 + std::exp(-x)); }

template <class F>
Values mapped(Values x, F f) {
  for (double& value : x) value = f(value);
  return x;
}
inline Values added(Values a, const Values& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] += b[i];
  return a;
}

/// Sizes of attention in loops: [batch, time, heads * dim].
struct AttentionSizes {
  std::size_t batch, time, keys, heads, groups, dim;
};

/// Rotates x [batch, time, heads * dim] by the positions first, first + 1, ...
inline Values rotary_in_loops(Values x, std::size_t time, std::size_t heads, std::size_t dim, double base,
                              std::size_t first = 0) {
  for (std::size_t row = 0; row < x.size() / (heads * dim); ++row)
    for (std::size_t h = 0; h < heads; ++h)
      for (std::size_t i = 0; i < dim / 2; ++i) {
        const double angle = static_cast<double>(row % time + first) *
                             std::pow(base, -2 * static_cast<double>(i) / static_cast<double>(dim));
        double& a = x[(row * heads + h) * dim + i];
        double& b = x[(row * heads + h) * dim + i + dim / 2];
        const double a_before = a;
        a = a * std::cos(angle) - b * std::sin(angle);
        b = b * std::cos(angle) + a_before * std::sin(angle);
      }
  return x;
}

/// query [batch, time, heads * dim], key and value [batch, keys, groups * dim]; causal from the last query on.
inline Values attention_in_loops(const Values& query, const Values& key, const Values& value, const AttentionSizes& s,
                                 bool causal) {
  Values mixed(query.size());
  for (std::size_t b = 0; b < s.batch; ++b)
    for (std::size_t h = 0; h < s.heads; ++h) {
      const std::size_t g = h / (s.heads / s.groups);
      for (std::size_t t = 0; t < s.time; ++t) {
        const std::size_t visible = causal ? t + 1 + s.keys - s.time : s.keys;
        const std::size_t q_at = ((b * s.time + t) * s.heads + h) * s.dim;
        const auto key_at = [&](std::size_t k) { return ((b * s.keys + k) * s.groups + g) * s.dim; };
        Values weights(visible);
        double total = 0;
        for (std::size_t k = 0; k < visible; ++k) {
          double score = 0;
          for (std::size_t d = 0; d < s.dim; ++d) score += query[q_at + d] * key[key_at(k) + d];
          weights[k] = std::exp(score / std::sqrt(static_cast<double>(s.dim)));
          total += weights[k];
        }
        for (std::size_t k = 0; k < visible; ++k)
          for (std::size_t d = 0; d < s.dim; ++d) mixed[q_at + d] += weights[k] / total * value[key_at(k) + d];
      }
    }
  return mixed;
}

}  // namespace tenon::testing
