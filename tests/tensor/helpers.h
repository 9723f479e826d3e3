// Sample tensors, and comparison of typed ops with those on Arrays.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <mutex>
#include <type_traits>
#include <vector>

#include "tenon/graph/graph.h"
#include "tenon/tensor/ops.h"
#include "tests/support/errors.h"

namespace tenon::testing {

/// Different values of mixed sign: sin(i + start); integers 0 to 4; bools in turn.
template <TensorType X>
X sample(const RunTimeSizes<X>& sizes = {}, int start = 1) {
  using T = typename X::Element;
  const Shape shape = sizes.shape();
  const auto count = static_cast<std::size_t>(shape.elements());
  if constexpr (std::is_same_v<T, bool>) {
    std::vector<std::uint8_t> values(count);
    for (std::size_t i = 0; i < count; ++i) values[i] = (i + static_cast<std::size_t>(start)) % 2;
    return X(Array::from_memory(DType::boolean, shape, values.data()));
  } else {
    std::vector<T> values(count);
    for (std::size_t i = 0; i < count; ++i) {
      const double at = static_cast<double>(i) + start;
      values[i] = static_cast<T>(is_floating(X::dtype) ? std::sin(at) : std::fmod(at, 5));
    }
    return X(Array::from(values, shape));
  }
}

/// A typed op builds the very graph that the Array's op builds: the same values, kernels and plan.
inline void expect_same_graph(const Array& typed, const Array& untyped) {
  const std::lock_guard lock(graph_mutex());
  const NodeRef outputs[] = {typed.node_ref(), untyped.node_ref()};
  EXPECT_EQ(to_string(trace(std::span(outputs, 1)).graph), to_string(trace(std::span(outputs + 1, 1)).graph));
}

/// `y` has the axes and elements of Expected, and the graph of `untyped`.
template <class Expected, class Y>
void expect_result(const Y& y, const Array& untyped) {
  static_assert(std::is_same_v<Y, Expected>);
  EXPECT_EQ(y.array().dtype(), Expected::dtype);
  expect_same_graph(y.array(), untyped);
  EXPECT_NO_THROW(Expected(y.array())) << "the axes do not fit the result";
}

/// Both are computed and agree, each to within `tolerance`.
inline void expect_values_near(const Array& actual, const Array& expected, double tolerance) {
  ASSERT_EQ(actual.shape(), expected.shape());
  eval(actual, expected);
  const std::vector<float> a = actual.to_vector<float>(), b = expected.to_vector<float>();
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], tolerance) << "element " << i;
}

}  // namespace tenon::testing
