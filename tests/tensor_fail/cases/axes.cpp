// Axes, conversions between tensor types, and creation.

// case AxisNameWithASpace
// says an_axis_is_named_by_letters_digits_and_underscores
Tensor<float, "batch size"> x;

// case AxisNameThatIsEmpty
// says an_axis_is_named_by_letters_digits_and_underscores
Tensor<float, ""> x;

// case AxisOfNegativeSize
// says the_size_of_an_axis_is_not_negative
Tensor<float, -1> x;

// case QuotientThatIsNoWholeNumber
// says the_sizes_of_these_axes_do_not_divide
Tensor<float, Axis{768} / 7> x;

// case ProductOfOneNameWithTwoSizes
// says one_axis_has_two_sizes
Tensor<float, Axis{"embd", 768} * Axis{"embd", 512}> x;

// case NineAxes
// says a tensor has at most 8 axes
Tensor<float, 1, 2, 3, 4, 5, 6, 7, 8, 9> x;

// case ElementsOfAnUnknownType
// says elements are bool, int8, int16, int32, int64, uint8, uint32, Float16, BFloat16, float or double
Tensor<char, "batch"> x;

// case ReturningAnotherName
// says conversion: [batch, 784] is no [time, 784]: axis "batch" does not fit "time"
Tensor<float, "time", 784> f(Images x) { return x; }

// case ReturningAnotherSize
// says conversion: [batch, 784] is no [batch, 785]: axis 784 does not fit 785
Tensor<float, "batch", 785> f(Images x) { return x; }

// case ReturningAnotherRank
// says conversion: [batch, 784] has 2 axes, [batch] has 1
Tensor<float, "batch"> f(Images x) { return x; }

// case ReturningOtherElements
// says conversion: float32 [batch, 784] is no float64 [batch, 784]; use cast<...>(x)
Tensor<double, "batch", 784> f(Images x) { return x; }

// case NamingAnAxisByConversion
// says conversion: [batch, 784] is no [batch, pixel=784]: axis 784 does not fit "pixel=784"
Tensor<float, "batch", Axis{"pixel", 784}> f(Images x) { return x; }

// case TakingOffAnySilently
// says conversion: [any, 784] is no [batch, 784]: axis any does not fit "batch"
Images f(Tensor<float, any, 784> x) { return x; }

// case PassingATransposedTensor
// says conversion: [784, batch] is no [batch, 784]: axis 784 does not fit "batch"
void takes(Images);
void f(Images x) { takes(transpose(x)); }

// case TooFewSizes
// says sizes: [batch, time, embd=768] takes 2 of [batch, time], not 1
auto f() { return zeros<Hidden>({32}); }

// case NoSizes
// says sizes: [batch, 784] takes 1 of [batch], not 0
auto f() { return zeros<Images>(); }

// case SizesForFixedAxes
// says sizes: [10] takes 0 of [], not 1
auto f() { return ones<float, 10>({3}); }

// case DataWithoutTwoOpenSizes
// says from: [batch, time] takes the sizes of [batch, time]
auto f() { return Tensor<float, "batch", "time">::from({1, 2, 3}); }

// case NormalIntegers
// says normal: elements are int64, not float32 or float64
auto f(Rng& rng) { return normal<std::int64_t, 10>(rng); }

// case SizeOfAMissingAxis
// says size: no axis "embd" in [batch, 784]
auto f(Images x) { return x.size<"embd">(); }

// case ConversionsThatForget
// compiles
Tensor<float, any, 784> f(Images x) { return x; }
Tensor<float, "batch", "time", "embd"> g(Hidden x) { return x; }
Tensor<float, "batch", "time", 768> h(Hidden x) { return x; }
const Array& i(const Hidden& x) { return x; }

// case DynamicAxisOfAFixedSize
// says dynamic: the size of axis 784 of [batch, 784] is fixed at compile time
auto f(Images x) { return dynamic<1>(x); }

// case DynamicWithoutAnOpenSize
// says dynamic: the sizes of all axes of [784, 10] are fixed at compile time
auto f(Tensor<float, 784, 10> x) { return dynamic(x); }

// case DynamicMissingAxis
// says dynamic: no axis "time" in [batch, 784]
auto f(Images x) { return dynamic<"time">(x); }
