// Convolutions, pooling, interpolation and normalisation of channels.

// case ConvOfOtherChannels
// says conv2d: channels 3 of [batch, 3, 8, 8] do not fit axis 4 of weight [16, 4, 3, 3] in 1 group
auto f(Tensor<float, "batch", 3, 8, 8> x, Tensor<float, 16, 4, 3, 3> w) { return conv2d(x, w); }

// case ConvInGroupsThatDoNotFit
// says conv2d: channels 6 of [batch, 6, 8, 8] do not fit axis 2 of weight [16, 2, 3, 3] in 4 groups
auto f(Tensor<float, "batch", 6, 8, 8> x, Tensor<float, 16, 2, 3, 3> w) {
  return conv2d<ConvOptions{.groups = 4}>(x, w);
}

// case ConvWhoseOutputsDoNotDivideIntoGroups
// says conv2d: axis 10 of weight [10, 2, 3, 3] does not divide into 4 groups
auto f(Tensor<float, "batch", 8, 8, 8> x, Tensor<float, 10, 2, 3, 3> w) {
  return conv2d<ConvOptions{.groups = 4}>(x, w);
}

// case ConvWithAWindowTooLarge
// says conv2d: a window of 5 elements, 2 apart, is longer than axis 8 of [batch, 3, 9, 8] with a padding of 0
auto f(Tensor<float, "batch", 3, 9, 8> x, Tensor<float, 4, 3, 5, 5> w) {
  return conv2d<ConvOptions{.dilation = 2}>(x, w);
}

// case ConvOfAnotherRank
// says conv1d: [batch, 3, 8, 8] with weight [4, 3, 3, 3]; both have 3 axes
auto f(Tensor<float, "batch", 3, 8, 8> x, Tensor<float, 4, 3, 3, 3> w) { return conv1d(x, w); }

// case ConvWithABiasOfAnotherSize
// says conv2d: weight [4, 3, 3, 3] with bias [3]; a bias is [4]
auto f(Tensor<float, "batch", 3, 8, 8> x, Tensor<float, 4, 3, 3, 3> w, Tensor<float, 3> b) { return conv2d(x, w, b); }

// case ConvSameWithAStride
// says conv2d: padding `same` needs a stride of 1, not 2
auto f(Tensor<float, "batch", 3, 8, 8> x, Tensor<float, 4, 3, 3, 3> w) {
  return conv2d<ConvOptions{.stride = 2, .padding = AutoPadding::same}>(x, w);
}

// case ConvOfOtherElements
// says conv2d: elements are float32 in one operand and float64 in another; use cast<...>(x)
auto f(Tensor<float, "batch", 3, 8, 8> x, Tensor<double, 4, 3, 3, 3> w) { return conv2d(x, w); }

// case ConvTransposeOfOtherChannels
// says conv_transpose2d: channels 3 of [batch, 3, 8, 8] do not fit axis 4 of weight [4, 3, 3, 3] in 1 group
auto f(Tensor<float, "batch", 3, 8, 8> x, Tensor<float, 4, 3, 3, 3> w) { return conv_transpose2d(x, w); }

// case ConvTransposeToNothing
// says conv_transpose2d: axis 1 of [batch, 3, 1, 8] would get a size of -1
auto f(Tensor<float, "batch", 3, 1, 8> x, Tensor<float, 3, 4, 3, 3> w) {
  return conv_transpose2d<ConvTransposeOptions{.padding = 2}>(x, w);
}

// case PoolWithAWindowTooLarge
// says max_pool2d: a window of 4 elements, 1 apart, is longer than axis 3 of [batch, 8, 3] with a padding of 0
auto f(Tensor<float, "batch", 8, 3> x) { return max_pool2d<4>(x); }

// case PoolWithTooMuchPadding
// says avg_pool2d: a padding of 2 with a kernel of 3; it may be half of it at most
auto f(Tensor<float, "batch", 8, 8> x) { return avg_pool2d<3, AvgPoolOptions{.padding = 2}>(x); }

// case InterpolateOfAMatrix
// says interpolate: [8, 8] is not [batch, channels, spatial...]
auto f(Tensor<float, 8, 8> x) { return interpolate<16>(x); }

// case AttentionOfHeadsThatAreNoMultiple
// says scaled_dot_product_attention: heads 6 of [batch, 6, time, dim] are no multiple of 4 of [batch, 4, key, dim]
auto f(Tensor<float, "batch", 6, "time", "dim"> q, Tensor<float, "batch", 4, "key", "dim"> k) {
  return scaled_dot_product_attention(q, k, k);
}

// case GroupNormOfChannelsThatDoNotDivide
// says group_norm: channels 6 of [batch, 6, 8] do not divide into 4 groups
auto f(Tensor<float, "batch", 6, 8> x, Tensor<float, 6> w) { return group_norm<4>(x, w, w); }

// case BatchNormByOtherChannels
// says batch_norm: a parameter is [5], not [6], the channels of [batch, 6, 8]
auto f(Tensor<float, "batch", 6, 8> x, Tensor<float, 6> m, Tensor<float, 5> w) { return batch_norm(x, m, m, w, m); }

// case HuberLossOfOtherAxes
// says huber_loss: prediction [batch, 6] and target [batch, 5] differ
auto f(Tensor<float, "batch", 6> x, Tensor<float, "batch", 5> y) { return huber_loss(x, y); }

// case ConvKeepsNamesWherePaddingKeepsSizes
// compiles
Tensor<float, "batch", "out", "height", "width"> f(Tensor<float, "batch", 3, "height", "width"> x,
                                                   Tensor<float, "out", 3, 3, 3> w) {
  return conv2d<ConvOptions{.padding = 1}>(x, w);
}

// case InterpolateOfIntegersByScale
// says interpolate: elements are int32, not float32 or float64
auto f(Tensor<std::int32_t, "batch", 3, 8, 8> x) { return interpolate(x, {.scale = {2, 2}}); }

// case CrossEntropyWithOtherWeights
// says cross_entropy: weight [11] does not fit axis 10 of [batch, 10]
auto f(Tensor<float, "batch", 10> x, Tensor<std::int64_t, "batch"> y, Tensor<float, 11> w) {
  return cross_entropy(x, y, w);
}

// case LossWithoutAReductionOfOtherAxes
// says l1_loss: prediction [batch, 6] and target [batch] differ
auto f(Tensor<float, "batch", 6> x, Tensor<float, "batch"> y) { return l1_loss<LossReduction::none>(x, y); }

// case TheSumOfALossHasNoAxes
// says sum: no axis "batch" in []
auto f(Images x) { return sum<"batch">(l1_loss<LossReduction::sum>(x, x)); }

// case LossesOfTokensHaveTheirAxes
// says sum: no axis "vocab" in [batch, time]
auto f(Logits x, Tokens y) { return sum<"vocab">(cross_entropy<"vocab", LossReduction::none>(x, y)); }

// case CrossEntropyWithoutAReductionOfOtherTargets
// says cross_entropy: targets [batch] do not fit logits [batch, time, vocab] over axis "vocab"; they must be
// [batch, time]
auto f(Logits x, Tensor<std::int64_t, "batch"> y) { return cross_entropy<"vocab", LossReduction::none>(x, y); }

// case NllLossWithWeightsOfOtherClasses
// says nll_loss: weight [time] does not fit axis "vocab" of [batch, time, vocab]
auto f(Logits x, Tokens y, Tensor<float, "time"> w) { return nll_loss<"vocab", LossReduction::sum>(x, y, w); }

// case ConvOfAMatrix
// says conv1d: [batch, 784] with weight [4, 784, 3]; both have 3 axes
auto f(Images x, Tensor<float, 4, 784, 3> w) { return conv(x, w); }

// case ConvTransposeOfOtherRanks
// says conv_transpose2d: [batch, 3, 8, 8] with weight [3, 4, 3]; both have 4 axes
auto f(Tensor<float, "batch", 3, 8, 8> x, Tensor<float, 3, 4, 3> w) { return conv_transpose(x, w); }

// case BatchNormByStatisticsOfOtherChannels
// says batch_norm: a parameter is [8], not [784], the channels of [batch, 784]
auto f(Images x, Tensor<float, 8> mean) { return batch_norm(x, mean, mean); }

// case GroupNormWithoutParametersOfChannelsThatDoNotDivide
// says group_norm: channels 784 of [batch, 784] do not divide into 5 groups
auto f(Images x) { return group_norm<5>(x); }

// case InstanceNormOfAVector
// says instance_norm: [batch] is not [batch, channels, ...]
auto f(Tensor<float, "batch"> x) { return instance_norm(x); }

// case RmsNormOfIntegers
// says rms_norm: elements are int64, not float32 or float64
auto f(Tokens x) { return rms_norm(x); }

// case LayerNormByAWeightOfAnotherAxis
// says layer_norm: the weight is [batch], not [784], axis 1 of [batch, 784]
auto f(Images x, Tensor<float, "batch"> w) { return layer_norm(x, w); }
