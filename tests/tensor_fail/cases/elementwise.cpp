// Elementwise ops: broadcasting and element types.

// case AddingBatch10ToBatch11
// says add: axis 10 of [batch, 10] does not fit axis 11 of [batch, 11]
auto f(Tensor<float, "batch", 10> x, Tensor<float, "batch", 11> y) { return x + y; }

// case MultiplyingTimeWithKey
// says mul: axis "time" of [batch, time] does not fit axis "key" of [batch, key]
auto f(Tensor<float, "batch", "time"> x, Tensor<float, "batch", "key"> y) { return x * y; }

// case AddingABiasOfAnotherWidth
// says add: axis "embd=768" of [batch, time, embd=768] does not fit axis 512 of [512]
auto f(Hidden x, Tensor<float, 512> bias) { return x + bias; }

// case AddingABiasAlongTheWrongAxis
// says add: axis 784 of [batch, 784] does not fit axis "batch" of [batch]
auto f(Images x, Tensor<float, "batch"> y) { return x + y; }

// case SubtractingATransposedTensor
// says sub: axis 784 of [batch, 784] does not fit axis "batch" of [784, batch]
auto f(Images x) { return x - transpose(x); }

// case ANameIsNoSize
// says div: axis "batch" of [batch] does not fit axis 32 of [32]
auto f(Tensor<float, "batch"> x, Tensor<float, 32> y) { return x / y; }

// case TwoNamesOfOneSize
// says add: axis "embd=768" of [embd=768] does not fit axis "channel=768" of [channel=768]
auto f(Tensor<float, Axis{"embd", 768}> x, Tensor<float, Axis{"channel", 768}> y) { return x + y; }

// case AddingFloatToDouble
// says add: elements are float32 in one operand and float64 in another; use cast<...>(x)
auto f(Tensor<float, 10> x, Tensor<double, 10> y) { return x + y; }

// case MultiplyingWithAMask
// says mul: elements are float32 in one operand and bool in another; use cast<...>(x)
auto f(Tensor<float, 10> x, Tensor<bool, 10> y) { return x * y; }

// case AddingAFractionToIntegers
// says add: a floating number with int64 elements; use cast<...>(x)
auto f(Tokens x) { return x + 0.5; }

// case AddingMasks
// says add: elements are bool; use cast<...>(x)
auto f(Tensor<bool, 10> x) { return x + x; }

// case NegatingAMask
// says neg: elements are bool; use cast<...>(x)
auto f(Tensor<bool, 10> x) { return -x; }

// case ReluOfAMask
// says relu: elements are bool; use cast<...>(x)
auto f(Tensor<bool, 10> x) { return relu(x); }

// case AddingAnArray
// says add: an operand is an Array; give it axes first, as<float, ...>(array)
auto f(Images x, Array y) { return x + y; }

// case AnArrayPlusATensor
// says add: an operand is an Array; give it axes first, as<float, ...>(array)
auto f(Images x, Array y) { return y + x; }

// case AddingText
// says add: an operand is neither a tensor nor a number
auto f(Images x) { return x + "one"; }

// case ComparingOtherAxes
// says less: axis "time" of [time] does not fit axis "key" of [key]
auto f(Tensor<float, "time"> x, Tensor<float, "key"> y) { return x < y; }

// case EqualOfOtherSizes
// says equal: axis 10 of [10] does not fit axis 11 of [11]
auto f(Tensor<float, 10> x, Tensor<float, 11> y) { return equal(x, y); }

// case MaximumOfOtherElements
// says maximum: elements are int64 in one operand and float32 in another; use cast<...>(x)
auto f(Tokens x, Tensor<float, "batch", "time"> y) { return maximum(x, y); }

// case WhereWithAFloatingCondition
// says where: the condition's elements are float32, not bool
auto f(Scores x) { return where(x, x, 0); }

// case WhereWithAMaskOfOtherAxes
// says where: axis "time" of [key, time] does not fit axis "key" of [batch, head, time, key]
auto f(Tensor<bool, "key", "time"> mask, Scores x) { return where(mask, x, -infinity); }

// case WhereOfTwoElementTypes
// says where: elements are float32 in one operand and int64 in another; use cast<...>(x)
auto f(Tensor<bool, 3> mask, Tensor<float, 3> x, Tensor<std::int64_t, 3> y) { return where(mask, x, y); }

// case AddingInPlaceWhatBroadcastsWider
// says conversion: [batch, 784] has 2 axes, [784] has 1
void f(Tensor<float, 784> x, Images y) { x += y; }

// case BitsOfFloats
// says bitwise_and: elements are float32, not integers or bool; use cast<...>(x)
auto f(Images x) { return bitwise_and(x, x); }

// case NotOfFloats
// says bitwise_not: elements are float32, not integers or bool; use cast<...>(x)
auto f(Images x) { return bitwise_not(x); }

// case ShiftingAMask
// says left_shift: elements are bool, not integers; use cast<...>(x)
auto f(Tensor<bool, 10> x) { return left_shift(x, x); }

// case ShiftingByAFraction
// says right_shift: a floating number with int64 elements; use cast<...>(x)
auto f(Tokens x) { return right_shift(x, 0.5); }

// case RoundingAMask
// says round: elements are bool; use cast<...>(x)
auto f(Tensor<bool, 10> x) { return round(x); }

// case RemaindersOfTwoElementTypes
// says remainder: elements are int64 in one operand and float32 in another; use cast<...>(x)
auto f(Tokens x, Tensor<float, "batch", "time"> y) { return remainder(x, y); }

// case MixingOtherAxes
// says lerp: axis "time" of [time] does not fit axis "key" of [key]
auto f(Tensor<float, "time"> x, Tensor<float, "key"> y) { return lerp(x, x, y); }

// case HalvingAnOddAxis
// says glu: axis 5 of [batch, 5] is odd, it cannot be halved
auto f(Tensor<float, "batch", 5> x) { return glu(x); }

// case BroadcastingThatFits
// compiles
auto f(Images x, Tensor<float, 784> bias, Tensor<float, "batch", 1> scale) { return (x + bias) * scale * 2 - 1.5; }
auto g(Hidden x, Tensor<float, 768> weight) { return x * weight; }
auto h(Tensor<float, any> x, Tensor<float, "batch"> y) { return x + y; }
