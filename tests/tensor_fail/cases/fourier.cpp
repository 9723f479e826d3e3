// Fourier transforms and complex tensors.

// case RfftOfAMissingAxis
// says rfft: no axis "time" in [batch, 784]
auto f(Images x) { return rfft<"time">(x); }

// case RfftToAnotherNumberOfFrequencies
// says rfft: axis 784 of [batch, 784] becomes one of 393, not 400
auto f(Images x) { return rfft<1, 400>(x); }

// case RfftUnderANameThatIsThere
// says rfft: [batch, batch=393] has two axes "batch"
auto f(Images x) { return rfft<1, "batch">(x); }

// case RfftOfNothing
// says rfft: axis 0 of [batch, 0] has no elements
auto f(Tensor<float, "batch", 0> x) { return rfft(x); }

// case IrfftToASizeWithOtherFrequencies
// says irfft: 100 elements have not the 393 frequencies of axis 393 of [batch, 393]
auto f(Images x) { return irfft<1, 100>(rfft(x)); }

// case IfftOfAMissingAxis
// says ifft: no axis "frequency" in [batch, 784]
auto f(Images x) { return ifft<"frequency">(fft(x)); }

// case AddingSpectraOfOtherAxes
// says add: axis 393 of [batch, 393] does not fit axis 784 of [batch, 784]
auto f(Images x) { return rfft(x) + fft(x); }

// case ViewAsComplexOfThree
// says view_as_complex: the last axis of [batch, 3] is not 2, real and imaginary part
auto f(Tensor<float, "batch", 3> x) { return view_as_complex(x); }

// case TransformsThatFit
// compiles
Tensor<float, "batch", Axis{"time", 784}> f(Images x) { return irfft<-1, Axis{"time", 784}>(rfft(x)); }
Complex<Tensor<float, "batch", "time", "frequency">> g(Tensor<float, "batch", "time", "window"> x) {
  return rfft<"window", "frequency">(x);
}

// case FftnOfAMissingAxis
// says fftn: no axis "time" in [batch, 784]
auto f(Images x) { return fftn<"batch", "time">(fft(x)); }

// case IfftnOfOneAxisTwice
// says ifftn: axis -1 of [batch, 784] is named twice
auto f(Images x) { return ifftn<1, -1>(fft(x)); }

// case RfftnOfAScalar
// says rfftn: [] has no axis
auto f(Tensor<float> x) { return rfftn(x); }

// case RfftnOfNothing
// says rfftn: axis 0 of [batch, 0] has no elements
auto f(Tensor<float, "batch", 0> x) { return rfftn<1>(x); }

// case IrfftnOfAMissingAxis
// says irfftn: no axis "frequency" in [batch, 784]
auto f(Images x) { return irfftn<"frequency">(fft(x)); }

// case Fft2OfOneAxis
// says fft2: no axis -2 in [n]
auto f(Complex<Tensor<float, "n">> x) { return fft2(x); }

// case Ifft2OfOneAxis
// says ifft2: no axis -2 in [n]
auto f(Complex<Tensor<float, "n">> x) { return ifft2(x); }

// case Rfft2ToAnotherNumberOfFrequencies
// says rfft2: axis 784 of [batch, 784] becomes one of 393, not 400
auto f(Images x) { return rfft2<0, 1, 400>(x); }

// case Irfft2ToASizeWithOtherFrequencies
// says irfft2: 100 elements have not the 393 frequencies of axis 393 of [batch, 393]
auto f(Images x) { return irfft2<0, 1, 100>(rfft2(x)); }

// case FftshiftOfAMissingAxis
// says fftshift: no axis "time" in [batch, 784]
auto f(Images x) { return fftshift<"batch", "time">(x); }
