// Reshaping, naming, cutting, joining and looking up.

// case ReshapeToAnotherNumberOfElements
// says reshape: [batch, 784] and [batch, 28, 27] have not equally many elements
auto f(Images x) { return reshape<"batch", 28, 27>(x); }

// case ReshapeThatLosesAName
// says reshape: [batch, time, embd=768] and [batch, embd=768] have not equally many elements
auto f(Hidden x) { return reshape<"batch", Axis{"embd", 768}>(x); }

// case ReshapeToAnUnrelatedName
// says reshape: [batch, 784] and [rows, 784] have not equally many elements
auto f(Images x) { return reshape<"rows", 784>(x); }

// case ReshapeToTwoUnknownSizes
// says reshape: the sizes of axes "batch" and "time" do not follow from [batch*time, 768]; split takes sizes
auto f(Tensor<float, Axis{"batch"} * "time", 768> x) { return reshape<"batch", "time", 768>(x); }

// case MergeOfAxesApart
// says merge: axis "head" of [batch, time, head, dim] does not follow axis "batch"; use permute
auto f(Query x) { return merge<"batch", "head">(x); }

// case MergeInTheWrongOrder
// says merge: axis "head" of [batch, time, head, dim] does not follow axis "dim"; use permute
auto f(Query x) { return merge<"dim", "head">(x); }

// case MergeOfAMissingAxis
// says merge: no axis "embd" in [batch, time, head, dim]
auto f(Query x) { return merge<"head", "embd">(x); }

// case SplitIntoAnotherProduct
// says split: axis "embd=768" of [batch, time, embd=768] is not the product of [12, 63]
auto f(Hidden x) { return split<"embd", 12, 63>(x); }

// case SplitOfAMissingAxis
// says split: no axis "channel" in [batch, time, embd=768]
auto f(Hidden x) { return split<"channel", 12, 64>(x); }

// case SplitWithoutASize
// says split: into [head, dim] takes 1 sizes, of all open axes but the last, not 0
auto f(Hidden x) { return split<"embd", "head", "dim">(x); }

// case SplitIntoANameThatIsThere
// says split: [batch, time, time, 64] has two axes "time"
auto f(Hidden x) { return split<"embd", "time", 64>(x); }

// case RenameOfAMissingAxis
// says rename: no axis "key" in [batch, time, head, dim]
auto f(Query x) { return rename<"key", "time">(x); }

// case RenameToANameThatIsThere
// says rename: [batch, batch, head, dim] has two axes "batch"
auto f(Query x) { return rename<"time", "batch">(x); }

// case RenameOfOddlyManyNames
// says rename: takes pairs of names, old and new
auto f(Query x) { return rename<"time", "key", "head">(x); }

// case PermuteOfTooFewAxes
// says permute: 2 axes are named, [batch, time, head, dim] has 4
auto f(Query x) { return permute<"time", "batch">(x); }

// case PermuteWithAnAxisTwice
// says permute: axis "time" of [batch, time, head, dim] is named twice
auto f(Query x) { return permute<"time", "batch", "time", "dim">(x); }

// case PermuteOfAMissingAxis
// says permute: no axis "key" in [batch, time, head, dim]
auto f(Query x) { return permute<"key", "batch", "time", "dim">(x); }

// case TransposeOfAVector
// says transpose: no axis -2 in [10]
auto f(Tensor<float, 10> x) { return transpose(x); }

// case SlicePastTheEnd
// says slice: positions 700 to 800 are outside axis 784 of [batch, 784]
auto f(Images x) { return slice<1, 700, 800>(x); }

// case SliceOfAMissingAxis
// says slice: no axis "time" in [batch, 784]
auto f(Images x) { return slice<"time">(x, {.start = 1}); }

// case SelectOfAMissingAxis
// says select: no axis "time" in [batch, 784]
auto f(Images x) { return select<"time">(x, 0); }

// case PaddingByLessThanNothing
// says pad: -1 and 0 are not both at least 0
auto f(Images x) { return pad<1, -1, 0>(x); }

// case SqueezeOfAWideAxis
// says squeeze: axis 784 of [batch, 784] has not size 1
auto f(Images x) { return squeeze<1>(x); }

// case UnsqueezeOutsideTheTensor
// says unsqueeze: no room for an axis at position 4 of [batch, 784]
auto f(Images x) { return unsqueeze<4>(x); }

// case ConcatenateWithUnequalOtherAxes
// says concatenate: axis 784 of [batch, 784] does not fit axis 10 of [batch, 10]
auto f(Images x, Tensor<float, "batch", 10> y) { return concatenate<"batch">(x, y); }

// case ConcatenateAlongAMissingAxis
// says concatenate: no axis "time" in [batch, 784]
auto f(Images x) { return concatenate<"time">(x, x); }

// case ConcatenateOfOtherRanks
// says concatenate: [batch, 784] and [784] have not the same order of axes
auto f(Images x, Tensor<float, 784> y) { return concatenate<"batch">(x, y); }

// case ConcatenateOfOtherElements
// says concatenate: elements are float32 in one operand and float64 in another; use cast<...>(x)
auto f(Images x) { return concatenate<"batch">(x, cast<double>(x)); }

// case UsingAConcatenationAsItsPart
// says conversion: [batch, 1568] is no [batch, 784]: axis 1568 does not fit 784
Images f(Images x) { return concatenate<1>(x, x); }

// case StackOfOtherAxes
// says stack: axis 784 of [batch, 784] does not fit axis 10 of [batch, 10]
auto f(Images x, Tensor<float, "batch", 10> y) { return stack<"step">(x, y); }

// case StackAlongANameThatIsThere
// says stack: [batch=2, batch, 784] has two axes "batch"
auto f(Images x) { return stack<"batch">(x, x); }

// case StackOfAnotherNumber
// says stack: 2 tensors do not make an axis 3
auto f(Images x) { return stack<3>(x, x); }

// case EmbeddingOfFloats
// says embedding: indices are float32, not int32 or int64
auto f(Tensor<float, 65, 768> table, Tensor<float, "batch", "time"> tokens) { return embedding(table, tokens); }

// case EmbeddingWithItsArgumentsExchanged
// says embedding: indices are float32, not int32 or int64
auto f(Tensor<float, 65, 768> table, Tokens tokens) { return embedding(tokens, table); }

// case OneHotWithoutASize
// says one_hot: axis "class" has no size; write Axis{"class", 10}
auto f(Tokens x) { return one_hot<"class">(x); }

// case ShapesThatFit
// compiles
auto f(Images x) { return reshape<"batch", 28, 28>(x); }
auto g(Hidden x) { return merge<"head", "dim">(split<"embd", "head", "dim">(x, {12})); }
auto h(Hidden x) { return reshape<Axis{"batch"} * "time", 768>(x); }

// case FlattenOfAMissingAxis
// says flatten: no axis "key" in [batch, time, head, dim]
auto f(Query x) { return flatten<"key">(x); }

// case FlattenBackwards
// says flatten: axis "head" comes behind axis "time" in [batch, time, head, dim]
auto f(Query x) { return flatten<"head", "time">(x); }

// case BroadcastToFewerAxes
// says broadcast_to: [batch, 784] has more axes than [784]
auto f(Images x) { return broadcast_to<784>(x); }

// case BroadcastToAnotherSize
// says broadcast_to: axis 784 of [batch, 784] does not fit axis 10 of [batch, 10]
auto f(Images x) { return broadcast_to<"batch", 10>(x); }

// case BroadcastToAxesWithoutTheirSizes
// says broadcast_to: [batch, 784] to [time, batch, 784] takes 1 sizes, of [time], not 0
auto f(Images x) { return broadcast_to<"time", "batch", 784>(x); }

// case FlipOfOneAxisTwice
// says flip: axis -1 of [batch, 784] is named twice
auto f(Images x) { return flip<1, -1>(x); }

// case SqueezeOfSeveralAxesOfWhichOneIsLong
// says squeeze: axis "batch" of [batch, 1] has not size 1
auto f(Tensor<float, "batch", 1> x) { return squeeze<1, 0>(x); }
