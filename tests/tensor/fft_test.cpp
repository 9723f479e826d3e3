// Fourier transforms of tensors: axes and graphs.
#include "tests/tensor/helpers.h"

namespace tenon::testing {
namespace {

using Signal = Tensor<float, "batch", 12>;
using Named = Tensor<double, "time", "channel">;

const Signal signal = sample<Signal>(2);
const Named named = sample<Named>({7, 3});

template <class Expected, class X>
void expect_complex(const Complex<X>& y, const Complex<Array>& untyped) {
  expect_result<Expected>(y.real, untyped.real);
  expect_result<Expected>(y.imag, untyped.imag);
}

Complex<Array> arrays(const auto& x) { return {x.real.array(), x.imag.array()}; }

TEST(TypedFft, KeepsTheAxes) {
  const auto y = fft(signal);
  expect_complex<Signal>(y, fft(signal.array()));
  expect_complex<Signal>(fft<"batch">(y, FftNorm::ortho), fft(arrays(y), {.axis = 0, .norm = FftNorm::ortho}));
  expect_complex<Signal>(ifft(y), ifft(arrays(y)));
  expect_complex<Named>(fft<"time">(named), fft(named.array(), {.axis = 0}));
  expect_complex<Tensor<float, "n">>(fft(sample<Tensor<std::int32_t, "n">>(5)),
                                     fft(sample<Tensor<std::int32_t, "n">>(5).array()));
}

TEST(TypedRfft, ComputesTheHalfAxis) {
  expect_complex<Tensor<float, "batch", 7>>(rfft(signal), rfft(signal.array()));
  expect_complex<Tensor<float, "batch", Axis{"frequency", 7}>>(rfft<-1, "frequency">(signal), rfft(signal.array()));
  expect_complex<Tensor<double, any, "channel">>(rfft<"time">(named), rfft(named.array(), {.axis = 0}));
  expect_complex<Tensor<double, "frequency", "channel">>(rfft<"time", "frequency">(named),
                                                         rfft(named.array(), {.axis = 0}));
}

TEST(TypedIrfft, HasTheSizeAskedFor) {
  const auto half = rfft<1, "frequency">(signal);
  expect_result<Signal>(irfft(half), irfft(arrays(half)));
  expect_result<Tensor<float, "batch", Axis{"time", 12}>>(irfft<"frequency", Axis{"time", 12}>(half),
                                                          irfft(arrays(half), {.n = 12}));
  expect_result<Tensor<float, "batch", 13>>(irfft<1, 13>(half), irfft(arrays(half), {.n = 13}));
  const auto open = rfft<"time", "frequency">(named);
  expect_result<Tensor<double, "time", "channel">>(irfft<"frequency", "time">(open), irfft(arrays(open), {.axis = 0}));
  expect_result<Tensor<double, 7, "channel">>(irfft<"frequency", 7>(open), irfft(arrays(open), {.axis = 0, .n = 7}));
  expect_error<ShapeError>([&] { irfft<"frequency", 9>(open); }, {"irfft", "5 frequencies, not 4", "fft_test.cpp"});
}

TEST(TypedFftn, KeepsTheAxes) {
  const auto x = fft(named);
  expect_complex<Named>(fftn(x), fftn(arrays(x)));
  expect_complex<Named>(fftn<"channel">(x, FftNorm::ortho), fftn(arrays(x), {.axes = 1, .norm = FftNorm::ortho}));
  expect_complex<Named>(ifftn<"channel", "time">(x), ifftn(arrays(x), {.axes = {1, 0}}));
  expect_complex<Named>(fft2(x), fft2(arrays(x)));
  expect_complex<Named>(ifft2<1, 0>(x), ifft2(arrays(x), {.axes = {1, 0}}));
}

TEST(TypedRfftn, HalvesTheLastAxis) {
  using Image = Tensor<float, "batch", 6, 9>;
  const Image image = sample<Image>(2);
  const auto half = rfftn<1, 2>(image);
  expect_complex<Tensor<float, "batch", 6, 5>>(half, rfftn(image.array(), {.axes = {1, 2}}));
  expect_complex<Tensor<float, "batch", 4, 9>>(rfftn<2, 1>(image), rfftn(image.array(), {.axes = {2, 1}}));
  expect_complex<Tensor<float, "batch", 6, 5>>(rfftn(image), rfftn(image.array()));
  expect_complex<Tensor<double, any, "channel">>(rfftn<"channel", "time">(named),
                                                 rfftn(named.array(), {.axes = {1, 0}}));
  expect_complex<Tensor<float, "batch", 6, Axis{"frequency", 5}>>(rfft2<-2, -1, "frequency">(image),
                                                                  rfft2(image.array()));
  expect_result<Tensor<float, "batch", 6, 8>>(irfftn<1, 2>(half), irfftn(arrays(half), {.axes = {1, 2}}));
  expect_result<Tensor<float, "batch", 6, 8>>(irfft2(half), irfft2(arrays(half)));
  expect_result<Image>(irfft2<1, 2, 9>(half), irfft2(arrays(half), {.axes = {1, 2}, .sizes = {6, 9}}));
  expect_values_near((irfft2<1, 2, 9>(half)).array(), image.array(), 1e-6);
  const auto open = rfft2<"channel", "time", "frequency">(named);
  expect_result<Tensor<double, "time", "channel">>(irfft2<"channel", "frequency", "time">(open),
                                                   irfft2(arrays(open), {.axes = {1, 0}}));
  expect_error<ShapeError>([&] { irfft2<"channel", "frequency", 9>(open); },
                           {"irfft2", "5 frequencies, not 4", "fft_test.cpp"});
}

TEST(TypedFft, HasItsFrequencies) {
  expect_result<Tensor<float, 6>>(fftfreq<float, 6>(6, 0.5), fftfreq(6, 0.5));
  expect_result<Tensor<double, "frequency">>(rfftfreq<double, "frequency">(6), rfftfreq(6, 1, DType::f64));
  EXPECT_THROW((rfftfreq<float, 6>(6)), ShapeError);
}

TEST(TypedFft, ShiftsAndViews) {
  expect_result<Signal>(fftshift<-1>(signal), fftshift(signal.array(), 1));
  expect_result<Signal>(fftshift(signal), fftshift(signal.array()));
  expect_result<Named>(ifftshift<"channel", "time">(named), ifftshift(named.array(), {1, 0}));
  expect_result<Signal>(ifftshift<"batch">(signal), ifftshift(signal.array(), 0));
  const auto y = fft(signal);
  const auto view = view_as_real(y);
  expect_result<Tensor<float, "batch", 12, 2>>(view, view_as_real(arrays(y)));
  expect_complex<Signal>(view_as_complex(view), view_as_complex(view.array()));
}

TEST(ComplexTensor, ComputesAsArrays) {
  const auto x = fft(signal), y = ifft(x);
  const Complex<Array> a = arrays(x), b = arrays(y);
  expect_complex<Signal>(x * y, a * b);
  expect_complex<Signal>(x + conj(y), a + conj(b));
  expect_complex<Signal>(x * 2 - y, a * 2 - b);
  expect_result<Signal>(abs(x), abs(a));
  expect_result<Signal>(angle(x), angle(a));
  expect_complex<Signal>(polar(signal, signal), polar(signal.array(), signal.array()));
}

}  // namespace
}  // namespace tenon::testing
