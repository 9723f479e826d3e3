// Index expressions, lookups, scatters, cutting, repeating and diagonals.

// case AtOfTooManyAxes
// says at: 3 axes are indexed, [batch, 784] has 2
auto f(Images x) { return x.at(0, 1, 2); }

// case AtWithTwoEllipses
// says at: one ellipsis stands for all the axes left of [batch, 784], there are 2
auto f(Images x) { return x.at(indexing::ellipsis, 0, indexing::ellipsis); }

// case AtWithAFloatingNumber
// says at: an item is no position, range, all, new_axis, ellipsis or tensor of positions
auto f(Images x) { return x.at(1.5); }

// case UsingAnAxisThatAtTookAway
// says sum: no axis "time" in [batch, vocab]
auto f(Logits x) { return sum<"time">(x.at(indexing::all, 0)); }

// case MoveaxisOfAMissingAxis
// says moveaxis: no axis "key" in [batch, time, head, dim]
auto f(Query x) { return moveaxis<"key", 0>(x); }

// case MoveaxisToNowhere
// says moveaxis: no position 4 in [batch, time, head, dim]
auto f(Query x) { return moveaxis<"time", 4>(x); }

// case WindowLongerThanTheAxis
// says window: axis 784 of [batch, 784] is shorter than a window of 800
auto f(Images x) { return window<1, 800>(x); }

// case WindowOfNothing
// says window: size 0 and step 1 are not both at least 1
auto f(Images x) { return window<1, 0>(x); }

// case WindowUnderANameThatIsThere
// says window: [batch, 782, batch=3] has two axes "batch"
auto f(Images x) { return window<1, 3, 1, "batch">(x); }

// case PaddingAMissingAxisByReflection
// says pad: no axis "time" in [batch, 784]
auto f(Images x) { return pad<"time", 1, 1>(x, PadMode::reflect); }

// case ChunkThatDoesNotDivide
// says chunk: axis 784 of [batch, 784] is not the product of 3 and a size
auto f(Images x) { return chunk<1, 3>(x); }

// case SplitWithSizesThatDoNotAddUp
// says split_with_sizes: the sizes add up to 783, not to axis 784 of [batch, 784]
auto f(Images x) { return split_with_sizes<1, 700, 83>(x); }

// case TileOfAMissingAxis
// says tile: no axis "time" in [batch, 784]
auto f(Images x) { return tile<"time", 2>(x); }

// case RepeatingLessThanOnce
// says repeat_interleave: 0 times; it must be at least 1
auto f(Images x) { return repeat_interleave<1, 0>(x); }

// case RollOfAMissingAxis
// says roll: no axis "time" in [batch, 784]
auto f(Images x) { return roll<"time">(x, 1); }

// case DiagonalOfOneAxis
// says diagonal: axis -1 of [batch, 784] is named twice
auto f(Images x) { return diagonal<1, -1>(x); }

// case TraceOverAMissingAxis
// says trace: no axis "column" in [batch, 784]
auto f(Images x) { return trace<"batch", "column">(x); }

// case TrilOfAVector
// says tril: [10] is no matrix
auto f(Tensor<float, 10> x) { return tril(x); }

// case EyeOfOneAxis
// says eye: [3] has not two axes
auto f() { return eye<float, 3>(); }

// case LinspaceOfIntegers
// says linspace: elements are int64, not float32 or float64
auto f() { return linspace<std::int64_t, 3>(0, 1); }

// case TakeAlongAMissingAxis
// says take: no axis "time" in [batch, 784]
auto f(Images x, Tensor<std::int64_t, "k"> i) { return take<"time">(x, i); }

// case TakeByFloats
// says take: indices are float32, not int32 or int64
auto f(Images x, Tensor<float, "k"> i) { return take<1>(x, i); }

// case TakeUnderANameThatIsThere
// says take: [batch, batch] has two axes "batch"
auto f(Images x, Tensor<std::int64_t, "batch"> i) { return take<1>(x, i); }

// case TakeAlongAxisOfOtherAxes
// says take_along_axis: axis "batch" of [batch, 784] does not fit axis "time" of [time, 1]
auto f(Images x, Tensor<std::int64_t, "time", 1> i) { return take_along_axis<1>(x, i); }

// case TakeAlongAxisOfFewerAxes
// says take_along_axis: indices [batch] have not as many axes as [batch, 784]
auto f(Images x, Tensor<std::int64_t, "batch"> i) { return take_along_axis<1>(x, i); }

// case ScatterOfOtherElements
// says scatter: elements are float32 in one operand and float64 in another; use cast<...>(x)
auto f(Images x, Tensor<std::int64_t, "batch", 2> i, Tensor<double, "batch", 2> v) { return scatter<1>(x, i, v); }

// case ScatterOfOtherAxes
// says scatter_add: axis 2 of [batch, 2] does not fit axis 3 of [batch, 3]
auto f(Images x, Tensor<std::int64_t, "batch", 2> i, Tensor<float, "batch", 3> v) { return scatter_add<1>(x, i, v); }

// case MaskedFillWithNumbers
// says masked_fill: the mask is float32, not bool
auto f(Images x) { return masked_fill(x, x, 0); }

// case MaskedFillThatWouldBroadcast
// says masked_fill: the mask [time, batch, 784] has more axes than [batch, 784]
auto f(Images x, Tensor<bool, "time", "batch", 784> mask) { return masked_fill(x, mask, 0); }

// case IndexingThatFits
// compiles
auto f(Images x) { return x.at(indexing::range(1, indexing::none), 3); }
auto g(Hidden x) { return std::get<1>(split_with_sizes<"embd", 512, 256>(x)); }
auto h(Logits x) { return take_along_axis<"vocab">(x, unsqueeze<-1>(argmax<"vocab">(x))); }

// case AtWithTwoTensors
// says at: 2 tensors of positions; index(x, std::tuple{i, j}) looks them up together
auto f(Images x, Tensor<std::int64_t, "k"> i) { return x.at(i, i); }

// case AtUnderANameThatIsThere
// says at: [batch, batch] has two axes "batch"
auto f(Images x, Tensor<std::int64_t, "batch"> i) { return x.at(indexing::all, i); }

// case AtByFloats
// says at: indices are float32, not int32 or int64
auto f(Images x, Tensor<float, "k"> i) { return x.at(i); }

// case GatherOfOtherAxes
// says gather: axis "batch" of [batch, 784] does not fit axis "time" of [time, 2]
auto f(Images x, Tensor<std::int64_t, "time", 2> i) { return gather<1>(x, i); }

// case IndexByMoreThanThereAreAxes
// says index: 3 tensors of indices, [batch, 784] has 2 axes
auto f(Images x, Tensor<std::int64_t, "k"> i) { return index(x, std::tuple{i, i, i}); }

// case IndexByTensorsThatDoNotBroadcast
// says index: axis "k" of [k] does not fit axis "l" of [l]
auto f(Images x, Tensor<std::int64_t, "k"> i, Tensor<std::int64_t, "l"> j) { return index(x, std::tuple{i, j}); }

// case IndexPutOfOtherAxes
// says index_put: axis 784 of [k, 784] does not fit axis 10 of [k, 10]
auto f(Images x, Tensor<std::int64_t, "k"> i, Tensor<float, "k", 10> v) { return index_put(x, std::tuple{i}, v); }

// case IndexAddThatWouldBroadcast
// says index_add: values [time, k, 784] do not broadcast to [k, 784], what the indices name
auto f(Images x, Tensor<std::int64_t, "k"> i, Tensor<float, "time", "k", 784> v) {
  return index_add(x, std::tuple{i}, v);
}

// case DiagOfACube
// says diag: [batch, time, vocab] is neither a vector nor a matrix
auto f(Logits x) { return diag(x); }

// case DiagUnderANameThatIsThere
// says diag: [row, row] has two axes "row"
auto f(Tensor<float, "row"> x) { return diag<0, "row">(x); }

// case MeshgridOfOneName
// says meshgrid: [x, x] has two axes "x"
auto f(Tensor<float, "x"> x) { return meshgrid(x, x); }

// case BincountOfFloats
// says bincount: indices are float32, not int32 or int64
auto f(Images x) { return bincount<10>(x); }

// case HistogramOfUnknownSize
// says histogram: axis "bin" has no size; write a number, or Axis{"bin", 10}
auto f(Images x) { return histogram<"bin">(x, 0, 1); }

// case UniqueUnderNoName
// says unique: the result's axis "2*word" is no size and no name
auto f(Tokens x) { return unique<"2*word">(x); }

// case MaskOfIntegers
// says masked_select: the mask [batch, time] is no bool
auto f(Tokens x) { return masked_select<"kept">(x, x); }

// case MaskOfOtherAxes
// says masked_select: axis 784 of [batch, 784] does not fit axis 10 of [batch, 10]
auto f(Images x, Tensor<bool, "batch", 10> mask) { return masked_select<"kept">(x, mask); }

// case AtByAMaskOfOtherAxes
// says at: axis "time" of mask [time] does not fit axis "batch" of [batch, 784]
auto f(Images x, Tensor<bool, "time"> mask) { return x.at(mask); }

// case AtByAMaskOfMoreAxes
// says at: 3 axes are indexed, [batch, 784] has 2
auto f(Images x, Tensor<bool, "batch", 784> mask) { return x.at(0, mask); }

// case AtByAMaskWithoutAxes
// says at: a mask has at least one axis
auto f(Images x, Tensor<bool> mask) { return x.at(mask); }

// case UsingTheNameThatAMaskTookAway
// says sum: no axis "time" in [any, vocab]
auto f(Logits x, Tensor<bool, "batch", "time"> mask) { return sum<"time">(x.at(mask)); }

// case IndexByAMaskOfOtherAxes
// says index: axis 10 of mask [10] does not fit axis 784 of [batch, 784]
auto f(Images x, Tensor<std::int64_t, "k"> i, Tensor<bool, 10> mask) { return index(x, std::tuple{i, mask}); }

// case IndexByMasksOfMoreAxes
// says index: 2 tensors of indices and masks, [batch, 784] has 2 axes
auto f(Images x, Tensor<std::int64_t, "k"> i, Tensor<bool, 784, 2> mask) { return index(x, std::tuple{i, mask}); }

// case IndexPutByAMaskOfValuesThatDoNotFit
// says index_put: axis 784 of [any, 784] does not fit axis 10 of [10]
auto f(Images x, Tensor<bool, "batch"> mask, Tensor<float, 10> v) { return index_put(x, std::tuple{mask}, v); }

// case NonzeroOfAScalar
// says nonzero: [] has no axes
auto f(Tensor<float> x) { return nonzero(x); }

// case NonzeroUnderAProduct
// says nonzero: the result's axis "2*n" is no size and no name
auto f(Images x) { return nonzero<"2*n">(x); }

// case WindowsThatAreNoneApart
// says window: dilation 0 is not at least 1
auto f(Images x) { return window<1, 3, 1, 3, 0>(x); }

// case WindowLongerThanTheAxisByItsDilation
// says window: axis 784 of [batch, 784] is shorter than a window of 300, so far apart
auto f(Images x) { return window<1, 300, 1, 300, 3>(x); }

// case FoldToASizeWithOtherWindows
// says fold: 800 elements have 798 windows of 3, not axis 782 of [batch, 782, 3]
auto f(Images x) { return fold<1, 800>(window<1, 3>(x)); }

// case FoldToLessThanAWindow
// says fold: 2 elements have 0 windows of 3, not axis "time" of [time, 3]
auto f(Tensor<float, "time", 3> x) { return fold<"time", 2>(x); }

// case FoldOfTheElements
// says fold: axis -1 of [batch, 782, 3] holds the elements of windows, not the windows
auto f(Images x) { return fold<-1, 784>(window<1, 3>(x)); }

// case FoldOfAMissingAxis
// says fold: no axis "time" in [batch, 784]
auto f(Images x) { return fold<"time", 10>(x); }

// case FoldToAnUnknownSize
// says fold: axis "time" has no size; write Axis{"time", 10}, or give the size
auto f(Images x) { return fold<"batch", "time">(x); }

// case FoldOfBools
// says fold: elements are bool, which have no sums; use cast<...>(x)
auto f(Tensor<bool, "time", 3> x) { return fold<"time">(x, 5); }

// case FoldByNoSteps
// says fold: step 0 and dilation 1 are not both at least 1
auto f(Tensor<float, "time", 3> x) { return fold<"time", 5, 0>(x); }

// case FoldUnderANameThatIsThere
// says fold: [batch, batch=784] has two axes "batch"
auto f(Images x) { return fold<1, Axis{"batch", 784}>(window<1, 3>(x)); }

// case TriOfOneAxis
// says tri: [3] has not two axes
auto f() { return tri<float, 3>(); }

// case DiagEmbedOfAScalar
// says diag_embed: [] has no axis
auto f(Tensor<float> x) { return diag_embed(x); }

// case DiagEmbedOfTwoEqualNames
// says diag_embed: [batch, row, row] has two axes "row"
auto f(Tensor<float, "batch", "row"> x) { return diag_embed<0, "row">(x); }

// case ArangeOfTwoAxes
// says arange: [3, 4] has not one axis
auto f() { return arange<float, 3, 4>(0, 12); }

// case ArangeOfIntegersByFractions
// says arange: elements are int64, not float32 or float64
auto f() { return arange<std::int64_t, 4>(0, 1, 0.25); }

// case NarrowBeyondTheAxis
// says narrow: positions 780 to 790 are outside axis 784 of [batch, 784]
auto f(Images x) { return narrow<1, 780, 10>(x); }

// case NarrowToMoreThanThereAre
// says narrow: positions 0 to 800 are outside axis 784 of [batch, 784]
auto f(Images x) { return narrow<1, 800>(x, 0); }

// case SwapaxesOfAMissingAxis
// says swapaxes: no axis "key" in [batch, time, head, dim]
auto f(Query x) { return swapaxes<"time", "key">(x); }

// case ExpandDimsOutOfReach
// says expand_dims: no room for an axis at position 4 of [batch, 784]
auto f(Images x) { return expand_dims<4>(x); }

// case MasksAndWindowsThatFit
// compiles
Tensor<float, any, "vocab"> f(Logits x, Tensor<bool, "batch", "time"> mask) { return x.at(mask); }
Images g(Images x) { return fold<1, 784>(window<1, 3>(x)); }

// case ScatterOfANumberByOtherAxes
// says scatter: axis "batch" of [batch, 784] does not fit axis "time" of [time, 2]
auto f(Images x, Tensor<std::int64_t, "time", 2> i) { return scatter<1>(x, i, 0); }

// case OneHotOfFloats
// says one_hot: indices are float32, not int32 or int64
auto f(Images x) { return one_hot<"class">(x, 10); }
