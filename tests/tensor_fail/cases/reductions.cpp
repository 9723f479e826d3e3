// Reductions, softmax, norms and losses.

// case SoftmaxOverAMissingAxis
// says softmax: no axis "embd" in [batch, head, time, key]
auto f(Scores x) { return softmax<"embd">(x); }

// case SoftmaxOverAPositionThatIsNotThere
// says softmax: no axis 4 in [batch, head, time, key]
auto f(Scores x) { return softmax<4>(x); }

// case SoftmaxOfAScalar
// says softmax: no axis -1 in []
auto f(Tensor<float> x) { return softmax(x); }

// case LogSoftmaxOverAMissingAxis
// says log_softmax: no axis "class" in [batch, time, vocab]
auto f(Logits x) { return log_softmax<"class">(x); }

// case SumOverAMissingAxis
// says sum: no axis "time" in [batch, 784]
auto f(Images x) { return sum<"time">(x); }

// case SumOverAnAxisTwice
// says sum: axis -1 of [batch, 784] is named twice
auto f(Images x) { return sum<1, -1>(x); }

// case SumOverAnAmbiguousName
// says sum: [n, n] has two axes "n"
auto f(Tensor<float, "n", "n"> x) { return sum<"n">(x); }

// case MeanOverAPositionThatIsNotThere
// says mean: no axis -3 in [batch, 784]
auto f(Images x) { return mean<-3>(x); }

// case MaxOverAMissingAxis
// says max: no axis "key" in [batch, time, vocab]
auto f(Logits x) { return max<"key">(x); }

// case ArgmaxOverAMissingAxis
// says argmax: no axis "class" in [batch, time, vocab]
auto f(Logits x) { return argmax<"class">(x); }

// case ArgminOverAMissingAxis
// says argmin: no axis "class" in [batch, time, vocab]
auto f(Logits x) { return argmin<"class">(x); }

// case NormOverAMissingAxis
// says norm: no axis "embd" in [batch, 784]
auto f(Images x) { return norm<"embd">(x); }

// case StddevOverAnAxisTwice
// says stddev: axis "batch" of [batch, 784] is named twice
auto f(Images x) { return stddev<0, "batch">(x); }

// case AnyOfOverAMissingAxis
// says any_of: no axis "time" in [batch, 784]
auto f(Images x) { return any_of<"time">(x); }

// case AllOfOverAMissingAxis
// says all_of: no axis "time" in [batch, 784]
auto f(Images x) { return all_of<"time">(x); }

// case CountNonzeroOverAMissingAxis
// says count_nonzero: no axis 2 in [batch, 784]
auto f(Images x) { return count_nonzero<2>(x); }

// case UsingTheReducedAxis
// says sum: no axis "time" in [batch, vocab]
auto f(Logits x) { return sum<"time">(mean<"time">(x)); }

// case SubtractingAMeanWithoutItsAxis
// says sub: axis "vocab" of [batch, time, vocab] does not fit axis "time" of [batch, time]
auto f(Logits x) { return x - mean<"vocab">(x); }

// case LayerNormWithAWeightOfAnotherWidth
// says layer_norm: the weight is [512], not [embd=768], axis 2 of [batch, time, embd=768]
auto f(Hidden x, Tensor<float, 512> weight, Tensor<float, 768> bias) { return layer_norm(x, weight, bias); }

// case LayerNormWithABiasOfAnotherWidth
// says layer_norm: the bias is [512], not [embd=768], axis 2 of [batch, time, embd=768]
auto f(Hidden x, Tensor<float, 768> weight, Tensor<float, 512> bias) { return layer_norm(x, weight, bias); }

// case LayerNormOverAMissingAxis
// says layer_norm: no axis "channel" in [batch, time, embd=768]
auto f(Hidden x) { return layer_norm<"channel">(x); }

// case RmsNormOverTheWrongAxis
// says rms_norm: the weight is [embd=768], not [time], axis 1 of [batch, time, embd=768]
auto f(Hidden x, Tensor<float, Axis{"embd", 768}> weight) { return rms_norm<"time">(x, weight); }

// case CrossEntropyOverTheWrongAxis
// says cross_entropy: targets [batch, time] do not fit logits [batch, time, vocab] over axis "time";
// they must be [batch, vocab]
auto f(Logits x, Tokens targets) { return cross_entropy<"time">(x, targets); }

// case CrossEntropyOverAMissingAxis
// says cross_entropy: no axis "class" in [batch, time, vocab]
auto f(Logits x, Tokens targets) { return cross_entropy<"class">(x, targets); }

// case CrossEntropyWithOtherTargets
// says cross_entropy: targets [batch] do not fit logits [batch, time, vocab] over axis "vocab";
// they must be [batch, time]
auto f(Logits x, Tensor<std::int64_t, "batch"> targets) { return cross_entropy<"vocab">(x, targets); }

// case CrossEntropyWithFloatingTargets
// says cross_entropy: indices are float32, not int32 or int64
auto f(Logits x, Tensor<float, "batch", "time"> targets) { return cross_entropy<"vocab">(x, targets); }

// case MseLossThatWouldBroadcast
// says mse_loss: prediction [batch, 1] and target [batch] differ
auto f(Tensor<float, "batch", 1> x, Tensor<float, "batch"> y) { return mse_loss(x, y); }

// case MseLossOfOtherElements
// says mse_loss: elements are float32 in one operand and float64 in another; use cast<...>(x)
auto f(Tensor<float, "batch"> x, Tensor<double, "batch"> y) { return mse_loss(x, y); }

// case ReductionsThatFit
// compiles
auto f(Logits x, Tokens targets) { return cross_entropy<"vocab">(x - mean<"vocab", keepdims>(x), targets); }
auto g(Hidden x, Tensor<float, 768> weight) { return layer_norm(x, weight, weight); }
