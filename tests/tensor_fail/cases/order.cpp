// Cumulative ops, sorting and random choices.

// case CumsumOverAMissingAxis
// says cumsum: no axis "embd" in [batch, 784]
auto f(Images x) { return cumsum<"embd">(x); }

// case CumprodOverAPositionThatIsNotThere
// says cumprod: no axis 2 in [batch, 784]
auto f(Images x) { return cumprod<2>(x); }

// case CummaxOverAMissingAxis
// says cummax: no axis "key" in [batch, time, vocab]
auto f(Logits x) { return cummax<"key">(x); }

// case CumminOfAScalar
// says cummin: no axis -1 in []
auto f(Tensor<float> x) { return cummin(x); }

// case LogcumsumexpOverAnAmbiguousName
// says logcumsumexp: [n, n] has two axes "n"
auto f(Tensor<float, "n", "n"> x) { return logcumsumexp<"n">(x); }

// case SortOverAMissingAxis
// says sort: no axis "embd" in [batch, time, vocab]
auto f(Logits x) { return sort<"embd">(x); }

// case ArgsortOfAScalar
// says argsort: no axis -1 in []
auto f(Tensor<float> x) { return argsort(x); }

// case TopkOverAMissingAxis
// says topk: no axis "class" in [batch, time, vocab]
auto f(Logits x) { return topk<"class", 5>(x); }

// case TopkOfMoreThanThereAre
// says topk: 785 elements of axis 784 of [batch, 784]
auto f(Images x) { return topk<-1, 785>(x); }

// case TopkOfMoreThanANamedAxisHas
// says topk: 1000 elements of axis "embd=768" of [batch, time, embd=768]
auto f(Hidden x) { return topk<"embd", Axis{"best", 1000}>(x); }

// case TopkOfAnUnknownNumber
// says topk: axis "best" has no size
auto f(Logits x) { return topk<"vocab", "best">(x); }

// case TopkIntoANameThatIsThere
// says topk: [batch, time, time=5] has two axes "time"
auto f(Logits x) { return topk<"vocab", Axis{"time", 5}>(x); }

// case MedianOverAMissingAxis
// says median: no axis "embd" in [batch, 784]
auto f(Images x) { return median<"embd">(x); }

// case QuantileOverAMissingAxis
// says quantile: no axis "embd" in [batch, 784]
auto f(Images x) { return quantile<"embd">(x, 0.5); }

// case SearchsortedInAMatrix
// says searchsorted: [batch, 784] has not one axis
auto f(Images x) { return searchsorted(x, x); }

// case SearchsortedOfOtherElements
// says searchsorted: elements are int64 in one operand and float32 in another
auto f(Tensor<std::int64_t, "n"> sorted, Images x) { return searchsorted(sorted, x); }

// case CategoricalOverAMissingAxis
// says categorical: no axis "class" in [batch, time, vocab]
auto f(Logits x, tenon::RandomKey key) { return random_categorical<"class">(key, x); }

// case ShuffleOverAMissingAxis
// says shuffle: no axis "time" in [batch, 784]
auto f(Images x, tenon::RandomKey key) { return random_shuffle<"time">(key, x); }

// case ExponentialIntegers
// says exponential: elements are int64, not float32 or float64
auto f(tenon::Rng& rng) { return tenon::exponential<std::int64_t, 3>(rng); }

// case OrdersThatFit
// compiles
auto f(Logits x) { return topk<"vocab", 5>(cumsum<"time">(sort<"batch">(x))).values; }

// case RandomGumbelOfIntegers
// says random_gumbel: elements are int32, not float32 or float64
auto f(const RandomKey& key) { return random_gumbel<std::int32_t, 3>(key); }

// case RandomExponentialOfIntegers
// says random_exponential: elements are int32, not float32 or float64
auto f(const RandomKey& key) { return random_exponential<std::int32_t, 3>(key); }

// case RandomBernoulliOfIntegers
// says random_bernoulli: elements are int64, not float32 or float64
auto f(const RandomKey& key, Tokens p) { return random_bernoulli(key, p); }

// case PermutationOfAnUnknownNumber
// says sizes: [row] takes 1 of [row], not 0
auto f(Rng& rng) { return permutation<"row">(rng); }

// case RandomBitsWithTooManySizes
// says sizes: [word] takes 1 of [word], not 2
auto f(const RandomKey& key) { return random_bits<"word">(key, {1, 2}); }
