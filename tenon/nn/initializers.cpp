#include "tenon/nn/initializers.h"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "tenon/array/create.h"
#include "tenon/array/elementwise.h"
#include "tenon/array/movement.h"
#include "tenon/core/error.h"

namespace tenon {
namespace {

double kaiming_deviation(const Sizes& shape, const KaimingOptions& options, const std::source_location& where) {
  const Fans fans = fans_of(shape.dims(), where);
  const double gain_squared = 2 / (1 + options.negative_slope * options.negative_slope);
  return std::sqrt(gain_squared / static_cast<double>(options.fan == Fan::in ? fans.in : fans.out));
}

double xavier_deviation(const Sizes& shape, double gain, const std::source_location& where) {
  const Fans fans = fans_of(shape.dims(), where);
  return gain * std::sqrt(2 / static_cast<double>(fans.in + fans.out));
}

// U(-b, b) has the variance b^2 / 3.
Array uniform_of_deviation(Rng& rng, const Sizes& shape, double deviation, DType dtype,
                           const std::source_location& where) {
  const double bound = std::numbers::sqrt3 * deviation;
  return rng.uniform(shape, -bound, bound, dtype, where);
}

// Makes the rows orthonormal, each in turn; twice, because once leaves rounding errors that grow with the condition.
void orthonormalise(std::vector<double>& matrix, std::size_t rows, std::size_t columns) {
  const auto dot = [columns](const double* a, const double* b) {
    double sum = 0;
    for (std::size_t i = 0; i < columns; ++i) sum += a[i] * b[i];
    return sum;
  };
  for (std::size_t row = 0; row < rows; ++row) {
    double* const x = matrix.data() + row * columns;
    for (int pass = 0; pass < 2; ++pass)
      for (std::size_t before = 0; before < row; ++before) {
        const double* const y = matrix.data() + before * columns;
        const double share = dot(x, y);
        for (std::size_t i = 0; i < columns; ++i) x[i] -= share * y[i];
      }
    const double length = std::sqrt(dot(x, x));
    for (std::size_t i = 0; i < columns; ++i) x[i] /= length;
  }
}

}  // namespace

Fans fans_of(const Shape& weight, std::source_location where) {
  if (weight.rank() < 2)
    throw ShapeError(fmt::format("fans_of: {} has no fans; a weight is [out, in, ...]", to_string(weight)), where);
  std::int64_t window = 1;
  for (int i = 2; i < weight.rank(); ++i) window *= weight[i];
  return {weight[1] * window, weight[0] * window};
}

Array xavier_uniform(Rng& rng, const Sizes& shape, double gain, DType dtype, std::source_location where) {
  return uniform_of_deviation(rng, shape, xavier_deviation(shape, gain, where), dtype, where);
}
Array xavier_normal(Rng& rng, const Sizes& shape, double gain, DType dtype, std::source_location where) {
  return rng.normal(shape, 0, xavier_deviation(shape, gain, where), dtype, where);
}
Array kaiming_uniform(Rng& rng, const Sizes& shape, const KaimingOptions& options, DType dtype,
                      std::source_location where) {
  return uniform_of_deviation(rng, shape, kaiming_deviation(shape, options, where), dtype, where);
}
Array kaiming_normal(Rng& rng, const Sizes& shape, const KaimingOptions& options, DType dtype,
                     std::source_location where) {
  return rng.normal(shape, 0, kaiming_deviation(shape, options, where), dtype, where);
}

Array trunc_normal(Rng& rng, const Sizes& shape, const TruncNormalOptions& options, DType dtype,
                   std::source_location where) {
  return rng.truncated_normal(shape, options, dtype, where);
}

Array orthogonal(Rng& rng, const Sizes& shape, double gain, DType dtype, std::source_location where) {
  const Shape whole = checked_shape("orthogonal", shape.dims());
  if (whole.rank() < 2)
    throw ShapeError(fmt::format("orthogonal: {}; a matrix is needed, [rows, columns...]", to_string(whole)), where);
  if (whole.elements() == 0) return zeros(shape, dtype, where);
  const std::int64_t rows = whole[0], columns = whole.elements() / rows;
  const std::int64_t fewer = rows < columns ? rows : columns, more = rows < columns ? columns : rows;
  std::vector<double> matrix = rng.normal({fewer, more}, 0, 1, DType::f64, where).to_vector<double>();
  orthonormalise(matrix, static_cast<std::size_t>(fewer), static_cast<std::size_t>(more));
  const WhereScope scope(where);
  const Array wide = Array::from(matrix, {fewer, more}, where);
  return astype(reshape((rows < columns ? wide : transpose(wide)) * gain, whole), dtype);
}

}  // namespace tenon
