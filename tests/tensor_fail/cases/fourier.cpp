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
