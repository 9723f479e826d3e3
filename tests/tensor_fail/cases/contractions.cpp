// Products: contract, matmul, linear, einsum, attention.

// case ContractingDimWithEmbd
// says contract: no axis "dim" in [batch, key, head, embd]
auto f(Query q, Tensor<float, "batch", "key", "head", "embd"> k) { return contract<"dim">(q, k); }

// case ContractingAMissingAxis
// says contract: no axis "embd" in [batch, time, head, dim]
auto f(Query q, Key k) { return contract<"embd">(q, k); }

// case ContractingNothing
// says contract: name the axes to sum over, contract<"dim">(a, b)
auto f(Query q, Key k) { return contract(q, k); }

// case ContractingByPosition
// says contract: axes are contracted by name; -1 is a position
auto f(Query q, Key k) { return contract<-1>(q, k); }

// case ContractingTwice
// says contract: axis "dim" is named twice
auto f(Query q, Key k) { return contract<"dim", "dim">(q, k); }

// case ContractingOtherSizes
// says contract: axis "dim=64" of [time, dim=64] does not fit axis "dim=32" of [key, dim=32]
auto f(Tensor<float, "time", Axis{"dim", 64}> a, Tensor<float, "key", Axis{"dim", 32}> b) {
  return contract<"dim">(a, b);
}

// case ContractingOverABatchOfOtherSizes
// says contract: axis "head=8" of [head=8, dim] does not fit axis "head=12" of [head=12, dim]
auto f(Tensor<float, Axis{"head", 8}, "dim"> a, Tensor<float, Axis{"head", 12}, "dim"> b) {
  return contract<"dim">(a, b);
}

// case ContractingAnAxisThatOccursTwice
// says contract: [dim, dim] has two axes "dim"
auto f(Tensor<float, "dim", "dim"> a, Tensor<float, "key", "dim"> b) { return contract<"dim">(a, b); }

// case ContractingFloatWithDouble
// says contract: elements are float32 in one operand and float64 in another; use cast<...>(x)
auto f(Query q, Tensor<double, "key", "dim"> k) { return contract<"dim">(q, k); }

// case MatmulOfOtherInnerSizes
// says matmul: axis 784 of [batch, 784] does not fit axis 10 of [10, 784]
auto f(Images x, Tensor<float, 10, 784> weight) { return matmul(x, weight); }

// case MatmulOfOtherInnerNames
// says matmul: axis "key" of [time, key] does not fit axis "time" of [time, dim]
auto f(Tensor<float, "time", "key"> weights, Tensor<float, "time", "dim"> value) { return matmul(weights, value); }

// case MatmulOfOtherBatches
// says matmul: axis 4 of [4, 2, 3] does not fit axis 5 of [5, 3, 2]
auto f(Tensor<float, 4, 2, 3> a, Tensor<float, 5, 3, 2> b) { return matmul(a, b); }

// case MatmulWithAScalar
// says matmul: [batch, 784] x []; both operands need an axis, use * for scalars
auto f(Images x, Tensor<float> y) { return matmul(x, y); }

// case MatmulOfIntegersAndFloats
// says matmul: elements are float32 in one operand and int64 in another; use cast<...>(x)
auto f(Tensor<float, 2, 3> x, Tensor<std::int64_t, 3, 2> y) { return matmul(x, y); }

// case LinearWithATransposedWeight
// says linear: axis 784 of [batch, 784] does not fit axis 10 of weight [784, 10]; a weight is [out, in]
auto f(Images x, Tensor<float, 784, 10> weight, Tensor<float, 10> bias) { return linear(x, weight, bias); }

// case LinearWithABiasOfTheInput
// says linear: weight [10, 784] with bias [784]; a bias is [out]
auto f(Images x, Tensor<float, 10, 784> weight, Tensor<float, 784> bias) { return linear(x, weight, bias); }

// case LinearWithAVectorAsWeight
// says linear: [batch, 784] with weight [784]; they must be [..., in] and [out, in]
auto f(Images x, Tensor<float, 784> weight) { return linear(x, weight); }

// case LinearOverTheWrongName
// says linear: axis "time" of [batch, embd, time] does not fit axis "embd" of weight [hidden, embd];
// a weight is [out, in]
auto f(Tensor<float, "batch", "embd", "time"> x, Tensor<float, "hidden", "embd"> weight) { return linear(x, weight); }

// case LayersThatDoNotFitEachOther
// says linear: axis 64 of [batch, 64] does not fit axis 32 of weight [10, 32]; a weight is [out, in]
auto f(Images x, Tensor<float, 64, 784> first, Tensor<float, 10, 32> second) {
  return linear(relu(linear(x, first)), second);
}

// case EinsumWithoutAnArrow
// says einsum: no -> in "ij,jk"; spell the result out
auto f(Tensor<float, 2, 3> a, Tensor<float, 3, 4> b) { return einsum<"ij,jk">(a, b); }

// case EinsumOfTooFewLetters
// says einsum: "bth" is not one letter for each axis of [batch, time, head, dim]
auto f(Query q, Key k) { return einsum<"bth,bkhd->bhtk">(q, k); }

// case EinsumOfTooFewOperands
// says einsum: "bthd,bkhd->bhtk" is for 2 operands, not 1
auto f(Query q) { return einsum<"bthd,bkhd->bhtk">(q); }

// case EinsumOfOtherNames
// says einsum: 't' is axis "time" of [batch, time, head, dim] and axis "key" of [batch, key, head, dim]
auto f(Query q, Key k) { return einsum<"bthd,bthd->bht">(q, k); }

// case EinsumOfOtherSizes
// says einsum: 'j' is axis 3 of [2, 3] and axis 4 of [4, 5]
auto f(Tensor<float, 2, 3> a, Tensor<float, 4, 5> b) { return einsum<"ij,jk->ik">(a, b); }

// case EinsumWithAnUnknownLetter
// says einsum: 'z' of the result is in no operand
auto f(Query q, Key k) { return einsum<"bthd,bkhd->bhtz">(q, k); }

// case EinsumOfADiagonalOfUnequalAxes
// says einsum: 'i' is axis 3 of [3, 4] and axis 4 of [3, 4]
auto f(Tensor<float, 3, 4> x) { return einsum<"ii->i">(x); }

// case OuterOfAMatrix
// says outer: [batch, 784] and [10] have not one axis each
auto f(Images x, Tensor<float, 10> y) { return outer(x, y); }

// case OuterOfOneName
// says outer: [time, time] has two axes "time"
auto f(Tensor<float, "time"> x) { return outer(x, x); }

// case EinsumWithALetterTwiceInTheResult
// says einsum: 'i' stands twice in the result
auto f(Tensor<float, 3> x) { return einsum<"i->ii">(x); }

// case EinsumWithADigit
// says einsum: '1' is no letter
auto f(Tensor<float, 3> x) { return einsum<"1->1">(x); }

// case AttentionOverTheWrongKey
// says attention: no axis "dim" in [batch, key, head, embd]
auto f(Query q, Tensor<float, "batch", "key", "head", "embd"> k) { return attention(q, k, k); }

// case AttentionWithoutAKeyAxis
// says attention: no axis "key" in [batch, time, head, dim]
auto f(Query q) { return attention(q, q, q); }

// case ProductsThatFit
// compiles
auto f(Query q, Key k, Key v) { return contract<"key">(softmax<"key">(contract<"dim">(q, k) * 0.125), v); }
auto g(Images x, Tensor<float, 10, 784> weight, Tensor<float, 10> bias) { return linear(x, weight, bias); }
auto h(Query q, Key k) { return einsum<"bthd,bkhd->bhtk">(q, k); }

// case BmmOfOtherBatches
// says bmm: axis "batch" of [batch, 3, 4] does not fit axis "time" of [time, 4, 5]
auto f(Tensor<float, "batch", 3, 4> a, Tensor<float, "time", 4, 5> b) { return bmm(a, b); }

// case BmmOfMatrices
// says bmm: [3, 4] x [4, 5]; they must be [batch, m, k] and [batch, k, n]
auto f(Tensor<float, 3, 4> a, Tensor<float, 4, 5> b) { return bmm(a, b); }

// case TensordotOverAxesThatDiffer
// says tensordot: axis 4 of [2, 3, 4] does not fit axis 5 of [3, 5, 6]
auto f(Tensor<float, 2, 3, 4> a, Tensor<float, 3, 5, 6> b) { return tensordot<2>(a, b); }

// case InnerOverAxesThatDiffer
// says inner: axis 784 of [batch, 784] does not fit axis 10 of [10]
auto f(Images a, Tensor<float, 10> b) { return inner(a, b); }

// case VdotOfOtherAxes
// says vdot: [batch, 784] and [784, batch] differ
auto f(Images a, Tensor<float, 784, "batch"> b) { return vdot(a, b); }

// case EinsumWhoseEllipsesDoNotFit
// says einsum: '...' is axis "batch" of [batch, 784] and axis "time" of [time, 784]
auto f(Images a, Tensor<float, "time", 784> b) { return einsum<"...i,...i->...">(a, b); }

// case EinsumWithTwoEllipses
// says einsum: '.' is no letter
auto f(Images a) { return einsum<"......->">(a); }
