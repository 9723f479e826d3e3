// Arrays with known values, compared element by element, and gradients of functions of Arrays.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "tenon/array/ops.h"
#include "tests/support/device_values.h"
#include "tests/support/errors.h"

namespace tenon::testing {

/// 0, 1, 2, ... in this shape.
inline Array counted(const Sizes& shape, DType dtype = DType::f64) {
  return reshape(arange(Shape(shape.dims()).elements(), dtype), shape);
}

inline Array indices(std::initializer_list<std::int64_t> values, const Sizes& shape) {
  return Array::from(values, shape);
}

/// A position in an array, one number for each axis.
using Position = std::vector<std::int64_t>;

/// What a test expects of several arrays, which are evaluated together when it ends: one plan compiles much faster
/// than many.
class Together {
 public:
  Together() = default;
  Together(const Together&) = delete;
  Together& operator=(const Together&) = delete;
  ~Together() {
    try {
      check();
    } catch (const Error& error) {
      ADD_FAILURE() << error.what();
    }
  }

  /// x has this shape and these elements.
  void elements(const Array& x, const Shape& shape, std::initializer_list<double> values, double tolerance = 0,
                std::source_location where = std::source_location::current()) {
    add(x, tensor_of(x.dtype(), shape, values), tolerance, where);
  }

  /// x has this shape, and at each position the number that `element` gives.
  void each(const Array& x, const Shape& shape, const std::function<double(const Position&)>& element,
            std::source_location where = std::source_location::current()) {
    HostTensor expected(x.dtype(), shape);
    Position at(static_cast<std::size_t>(shape.rank()), 0);
    for (std::int64_t i = 0; i < expected.elements(); ++i) {
      set(expected, i, element(at));
      for (int axis = shape.rank() - 1; axis >= 0; --axis) {
        std::int64_t& position = at[static_cast<std::size_t>(axis)];
        if (++position < shape[axis]) break;
        position = 0;
      }
    }
    add(x, std::move(expected), 0, where);
  }

 private:
  struct Expectation {
    Array actual;
    HostTensor expected;
    double tolerance;
    std::source_location where;
  };

  void add(const Array& x, HostTensor expected, double tolerance, const std::source_location& where) {
    expectations_.push_back({x, std::move(expected), tolerance, where});
  }
  void check() const {
    std::vector<Array> arrays;
    for (const Expectation& each : expectations_) arrays.push_back(each.actual);
    eval(std::span<const Array>(arrays));
    for (std::size_t i = 0; i < expectations_.size(); ++i) {
      const auto& [actual, expected, tolerance, where] = expectations_[i];
      EXPECT_TRUE(matches(host_value(actual), expected, {.absolute = tolerance}))
          << "expectation " << i << " of the test, line " << where.line();
    }
  }

  std::vector<Expectation> expectations_;
};

/// The element of a host tensor at a position.
inline double element_at(const HostTensor& tensor, const Position& at) {
  std::int64_t flat = 0;
  for (int axis = 0; axis < tensor.shape.rank(); ++axis)
    flat = flat * tensor.shape[axis] + at[static_cast<std::size_t>(axis)];
  return is_floating(tensor.dtype) ? get_floating(tensor, flat) : static_cast<double>(get_integer(tensor, flat));
}

struct GradientCase {
  std::string_view name;
  std::function<Array(std::span<const Array>)> function;
  std::vector<Shape> shapes;             // of random float64 arguments
  std::vector<HostTensor> indices = {};  // int64 arguments behind them
};

inline HostTensor index_values(const Shape& shape, std::initializer_list<double> values) {
  return tensor_of(DType::i64, shape, values);
}

/// Gradients of each function, and of its square the second ones too, against central differences in float64.
inline void expect_array_gradients(std::span<const GradientCase> cases, std::uint64_t seed) {
  SeededRandom random(seed);
  for (const GradientCase& test : cases) {
    SCOPED_TRACE(test.name);
    std::vector<HostTensor> values;
    for (const Shape& shape : test.shapes) values.push_back(random_tensor(random.engine, DType::f64, shape));
    values.insert(values.end(), test.indices.begin(), test.indices.end());
    const NodeFunction f = [&](std::span<const NodeRef> nodes) {
      std::vector<Array> arrays;
      for (const NodeRef& node : nodes) arrays.emplace_back(node);
      return test.function(arrays).node_ref();
    };
    const NodeFunction squared = [&](std::span<const NodeRef> nodes) {
      const NodeRef y = f(nodes);
      return build::binary(Scalar::mul, y, y);
    };
    expect_gradients(f, values);
    expect_second_gradients(squared, values);
  }
}

}  // namespace tenon::testing
