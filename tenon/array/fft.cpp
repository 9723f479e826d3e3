#include "tenon/array/fft.h"

#include <cmath>

#include "tenon/array/create.h"
#include "tenon/array/dft.h"
#include "tenon/array/join.h"
#include "tenon/array/movement.h"
#include "tenon/array/windows.h"
#include "tenon/graph/build_check.h"
#include "tenon/graph/compose.h"

namespace tenon {
namespace {

using build::describe;
using build::fail;
using dft::Direction;

void check_size(std::string_view op, std::int64_t n) {
  if (n < 1) fail<ValueError>("{}: {} elements; a transform needs at least 1", op, n);
}

double factor_of(FftNorm norm, std::int64_t n, Direction direction) {
  const double size = static_cast<double>(n);
  if (norm == FftNorm::ortho) return 1 / std::sqrt(size);
  return (norm == FftNorm::forward) == (direction == Direction::forward) ? 1 / size : 1;
}

// One axis of arrays: last, of the size asked for, and the others as one batch.
class Line {
 public:
  Line(std::string_view op, const Array& x, int axis)
      : shape_(x.shape()), axis_(build::placed_axis(op, shape_, axis)), dtype_(x.dtype()) {
    if (!is_floating(dtype_)) dtype_ = DType::f32;
    others_ = shape_;
    others_.erase(axis_);
  }

  std::int64_t size() const { return shape_[axis_]; }

  // [batch, n], in float32 or float64.
  Array rows(const Array& x, std::int64_t n) const {
    Array last = moveaxis(x, axis_, -1);
    if (n < size()) last = narrow(last, -1, 0, n);
    if (n > size()) last = Array(build::pad_axis(last.node_ref(), last.rank() - 1, 0, n - size()));
    return reshape(astype(last, dtype_ == DType::f64 ? DType::f64 : DType::f32), {others_.elements(), n});
  }
  // [batch, 2, n]
  Array rows(const Complex<Array>& x, std::int64_t n) const { return stack({rows(x.real, n), rows(x.imag, n)}, 1); }

  // From [batch, m] in float32 or float64.
  Array back(const Array& rows, double factor) const {
    const Array scaled = factor == 1 ? rows : rows * factor;
    return astype(moveaxis(reshape(scaled, shape_of(others_, rows.size(-1))), -1, axis_), dtype_);
  }
  // From [batch, 2, m].
  Complex<Array> complex(const Array& rows, double factor) const {
    return {back(select(rows, 1, 0), factor), back(select(rows, 1, 1), factor)};
  }

 private:
  Shape shape_, others_;
  int axis_;
  DType dtype_;
};

Complex<Array> promoted(std::string_view op, const Complex<Array>& x) {
  if (!(x.real.shape() == x.imag.shape()))
    fail<ShapeError>("{}: real {} and imag {} differ in shape", op, describe(x.real.node()), describe(x.imag.node()));
  const DType dtype = promote(x.real.dtype(), x.imag.dtype());
  return {astype(x.real, dtype), astype(x.imag, dtype)};
}

Complex<Array> complex_transform(std::string_view op, const Complex<Array>& given, const FftOptions& options,
                                 Direction direction) {
  const Complex<Array> x = promoted(op, given);
  const Line line(op, x.real, options.axis);
  const std::int64_t n = options.n.value_or(line.size());
  check_size(op, n);
  return line.complex(dft::transform(line.rows(x, n), direction), factor_of(options.norm, n, direction));
}

// The axes of a transform along several, and the size along each.
struct Lines {
  InlineVector<int, max_rank> axes;
  std::vector<std::optional<std::int64_t>> sizes;

  FftOptions along(int i, FftNorm norm) const {
    return {.axis = axes[i], .n = sizes[static_cast<std::size_t>(i)], .norm = norm};
  }
};

Lines lines_of(std::string_view op, const Array& x, const FftnOptions& options) {
  Lines lines{options.axes.resolve(op, x.shape()), {}};
  const auto given = static_cast<int>(options.sizes.size());
  if (given > 0 && options.axes.all() && given <= x.rank())
    while (lines.axes.size() > given) lines.axes.erase(0);
  if (given != 0 && given != lines.axes.size())
    fail<ShapeError>("{}: {} sizes for {} axes of {}", op, given, lines.axes.size(), describe(x.node()));
  lines.sizes.resize(static_cast<std::size_t>(lines.axes.size()));
  for (std::size_t i = 0; i < options.sizes.size(); ++i) lines.sizes[i] = options.sizes[i];
  return lines;
}

Complex<Array> complex_transforms(std::string_view op, const Complex<Array>& given, const FftnOptions& options,
                                  Direction direction) {
  Complex<Array> x = promoted(op, given);
  const Lines lines = lines_of(op, x.real, options);
  for (int i = lines.axes.size() - 1; i >= 0; --i)
    x = complex_transform(op, x, lines.along(i, options.norm), direction);
  return x;
}

Complex<Array> real_transforms(std::string_view op, const Array& x, const FftnOptions& options) {
  const Lines lines = lines_of(op, x, options);
  if (lines.axes.empty()) fail<ShapeError>("{}: no axes of {}; at least one is needed", op, describe(x.node()));
  Complex<Array> y = rfft(x, lines.along(lines.axes.size() - 1, options.norm));
  for (int i = lines.axes.size() - 2; i >= 0; --i)
    y = complex_transform(op, y, lines.along(i, options.norm), Direction::forward);
  return y;
}

Array real_inverses(std::string_view op, const Complex<Array>& given, const FftnOptions& options) {
  Complex<Array> x = promoted(op, given);
  const Lines lines = lines_of(op, x.real, options);
  if (lines.axes.empty()) fail<ShapeError>("{}: no axes of {}; at least one is needed", op, describe(x.real.node()));
  for (int i = 0; i + 1 < lines.axes.size(); ++i)
    x = complex_transform(op, x, lines.along(i, options.norm), Direction::inverse);
  return irfft(x, lines.along(lines.axes.size() - 1, options.norm));
}

// Moves each of the axes by its n / 2, `sign` forwards or backwards.
Array shifted(std::string_view op, const Array& x, const Axes& axes, int sign) {
  Array y = x;
  for (const int axis : axes.resolve(op, x.shape())) y = roll(y, sign * (x.shape()[axis] / 2), axis);
  return y;
}

Array frequencies(std::string_view op, const Array& cycles, std::int64_t n, double spacing, DType dtype) {
  if (!is_floating(dtype)) fail<DTypeError>("{}: {} holds no fractions; it must be floating", op, name(dtype));
  return astype(astype(cycles, DType::f64) * (1 / (static_cast<double>(n) * spacing)), dtype);
}

}  // namespace

Complex<Array> fft(const Complex<Array>& x, const FftOptions& options, std::source_location where) {
  const WhereScope scope(where);
  return complex_transform("fft", x, options, Direction::forward);
}

Complex<Array> fft(const Array& x, const FftOptions& options, std::source_location where) {
  const WhereScope scope(where);
  const Line line("fft", x, options.axis);
  const std::int64_t n = options.n.value_or(line.size());
  check_size("fft", n);
  const Array half = dft::real_transform(line.rows(x, n));
  return line.complex(dft::whole_spectrum(half, n), factor_of(options.norm, n, Direction::forward));
}

Complex<Array> ifft(const Complex<Array>& x, const FftOptions& options, std::source_location where) {
  const WhereScope scope(where);
  return complex_transform("ifft", x, options, Direction::inverse);
}

Complex<Array> rfft(const Array& x, const FftOptions& options, std::source_location where) {
  const WhereScope scope(where);
  const Line line("rfft", x, options.axis);
  const std::int64_t n = options.n.value_or(line.size());
  check_size("rfft", n);
  return line.complex(dft::real_transform(line.rows(x, n)), factor_of(options.norm, n, Direction::forward));
}

Array irfft(const Complex<Array>& given, const FftOptions& options, std::source_location where) {
  const WhereScope scope(where);
  const Complex<Array> x = promoted("irfft", given);
  const Line line("irfft", x.real, options.axis);
  const std::int64_t n = options.n.value_or(2 * (line.size() - 1));
  check_size("irfft", n);
  return line.back(dft::real_inverse(line.rows(x, n / 2 + 1), n), factor_of(options.norm, n, Direction::inverse));
}

Complex<Array> fftn(const Complex<Array>& x, const FftnOptions& options, std::source_location where) {
  const WhereScope scope(where);
  return complex_transforms("fftn", x, options, Direction::forward);
}
Complex<Array> ifftn(const Complex<Array>& x, const FftnOptions& options, std::source_location where) {
  const WhereScope scope(where);
  return complex_transforms("ifftn", x, options, Direction::inverse);
}
Complex<Array> rfftn(const Array& x, const FftnOptions& options, std::source_location where) {
  const WhereScope scope(where);
  return real_transforms("rfftn", x, options);
}
Array irfftn(const Complex<Array>& x, const FftnOptions& options, std::source_location where) {
  const WhereScope scope(where);
  return real_inverses("irfftn", x, options);
}

Complex<Array> fft2(const Complex<Array>& x, const FftnOptions& options, std::source_location where) {
  const WhereScope scope(where);
  return complex_transforms("fft2", x, options, Direction::forward);
}
Complex<Array> ifft2(const Complex<Array>& x, const FftnOptions& options, std::source_location where) {
  const WhereScope scope(where);
  return complex_transforms("ifft2", x, options, Direction::inverse);
}
Complex<Array> rfft2(const Array& x, const FftnOptions& options, std::source_location where) {
  const WhereScope scope(where);
  return real_transforms("rfft2", x, options);
}
Array irfft2(const Complex<Array>& x, const FftnOptions& options, std::source_location where) {
  const WhereScope scope(where);
  return real_inverses("irfft2", x, options);
}

Array fftfreq(std::int64_t n, double spacing, DType dtype, std::source_location where) {
  const WhereScope scope(where);
  check_size("fftfreq", n);
  // (n + 1) / 2 of them are not negative.
  return frequencies("fftfreq", roll(arange(n) - n / 2, -(n / 2), 0), n, spacing, dtype);
}

Array rfftfreq(std::int64_t n, double spacing, DType dtype, std::source_location where) {
  const WhereScope scope(where);
  check_size("rfftfreq", n);
  return frequencies("rfftfreq", arange(n / 2 + 1), n, spacing, dtype);
}

Array fftshift(const Array& x, const Axes& axes, std::source_location where) {
  const WhereScope scope(where);
  return shifted("fftshift", x, axes, 1);
}
Array ifftshift(const Array& x, const Axes& axes, std::source_location where) {
  const WhereScope scope(where);
  return shifted("ifftshift", x, axes, -1);
}

}  // namespace tenon
