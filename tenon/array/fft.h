// Discrete Fourier transforms. Conventions and names are NumPy's: X[k] = sum over j of x[j] exp(-2 pi i j k / n).
//
// They are compositions of contractions with small matrices, so gradients, vmap and fusion are those of contractions.
// Integers and bool become float32; 16-bit floats are transformed in float32 and the result is rounded. The parts of a
// complex argument must have one shape (ShapeError) and are promoted to one type.
#pragma once

#include <optional>
#include <vector>

#include "tenon/array/complex.h"

namespace tenon {

/// Which direction is divided by n; `ortho`: each by its root.
enum class FftNorm : std::uint8_t { backward, ortho, forward };

struct FftOptions {
  int axis = -1;
  /// The size transformed: the axis is cut to it, or filled up with zeros. For irfft it is the result's size, by
  /// default 2 (m - 1) for m frequencies.
  std::optional<std::int64_t> n = {};
  FftNorm norm = FftNorm::backward;
};

/// Along one axis; n results. All throw ShapeError for an axis that is not there, ValueError unless n is positive.
Complex<Array> fft(const Complex<Array>& x, const FftOptions& options = {},
                   std::source_location where = std::source_location::current());
/// Of real numbers. Where the half spectrum will do, rfft costs half.
Complex<Array> fft(const Array& x, const FftOptions& options = {},
                   std::source_location where = std::source_location::current());
/// The inverse: with exp(2 pi i j k / n).
Complex<Array> ifft(const Complex<Array>& x, const FftOptions& options = {},
                    std::source_location where = std::source_location::current());
/// Of real numbers, the frequencies 0 to n / 2 alone; the others are their conjugates.
Complex<Array> rfft(const Array& x, const FftOptions& options = {},
                    std::source_location where = std::source_location::current());
/// The inverse of rfft: real numbers from the frequencies 0 to n / 2. Imaginary parts of frequency 0, and of n / 2 for
/// an even n, count as 0.
Array irfft(const Complex<Array>& x, const FftOptions& options = {},
            std::source_location where = std::source_location::current());

struct FftnOptions {
  /// By default all axes, or with `sizes` the last ones.
  Axes axes = {};
  /// Of each of the axes, as FftOptions::n; of irfftn's last axis that of the result.
  std::vector<std::int64_t> sizes = {};
  FftNorm norm = FftNorm::backward;
};

/// Along several axes; rfftn and irfftn have the half spectrum along the last one of them. They throw as fft, and
/// ShapeError for another number of sizes than of axes.
Complex<Array> fftn(const Complex<Array>& x, const FftnOptions& options = {},
                    std::source_location where = std::source_location::current());
Complex<Array> ifftn(const Complex<Array>& x, const FftnOptions& options = {},
                     std::source_location where = std::source_location::current());
Complex<Array> rfftn(const Array& x, const FftnOptions& options = {},
                     std::source_location where = std::source_location::current());
Array irfftn(const Complex<Array>& x, const FftnOptions& options = {},
             std::source_location where = std::source_location::current());
/// The same along the last two axes, unless others are named.
Complex<Array> fft2(const Complex<Array>& x, const FftnOptions& options = {.axes = {-2, -1}},
                    std::source_location where = std::source_location::current());
Complex<Array> ifft2(const Complex<Array>& x, const FftnOptions& options = {.axes = {-2, -1}},
                     std::source_location where = std::source_location::current());
Complex<Array> rfft2(const Array& x, const FftnOptions& options = {.axes = {-2, -1}},
                     std::source_location where = std::source_location::current());
Array irfft2(const Complex<Array>& x, const FftnOptions& options = {.axes = {-2, -1}},
             std::source_location where = std::source_location::current());

/// Frequencies of the results of fft, in cycles for each unit of `spacing`: [n], 0, 1, ..., -2, -1 times 1 / (n
/// spacing). Throws ValueError unless n is positive; float32 or float64.
Array fftfreq(std::int64_t n, double spacing = 1, DType dtype = DType::f32,
              std::source_location where = std::source_location::current());
/// Of rfft: [n / 2 + 1], 0, 1, ..., n / 2 times 1 / (n spacing).
Array rfftfreq(std::int64_t n, double spacing = 1, DType dtype = DType::f32,
               std::source_location where = std::source_location::current());

/// Moves frequency 0 to the middle, position n / 2, of each of the axes; ifftshift moves it back.
Array fftshift(const Array& x, const Axes& axes = {}, std::source_location where = std::source_location::current());
Array ifftshift(const Array& x, const Axes& axes = {}, std::source_location where = std::source_location::current());

}  // namespace tenon
