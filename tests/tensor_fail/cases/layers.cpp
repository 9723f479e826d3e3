// Layers: what they are applied to, and whether they fit each other.

// case LinearTransposed
// says Linear<10, 784>: the last axis of [batch, 784] is 784, not 10
auto f(Images x, const Linear<10, 784>& layer) { return layer(x); }

// case LinearLayersThatDoNotFitEachOther
// says Linear<32, 10>: the last axis of [batch, 64] is 64, not 32
struct Classifier {
  Linear<784, 64> first;
  Linear<32, 10> last;
};
auto f(Images x, const Classifier& model) { return model.last(relu(model.first(x))); }

// case LinearOfAnotherName
// says Linear<time, hidden>: the last axis of [batch, time, embd=768] is "embd=768", not "time"
auto f(Hidden x, const Linear<"time", "hidden">& layer) { return layer(x); }

// case LinearOfAnotherWidth
// says Linear<embd=512, hidden>: the last axis of [batch, time, embd=768] is "embd=768", not "embd=512"
auto f(Hidden x, const Linear<Axis{"embd", 512}, "hidden">& layer) { return layer(x); }

// case LinearOfTheHiddenAxis
// says Linear<4*embd, embd>: the last axis of [batch, time, embd] is "embd", not "4*embd"
auto f(Tensor<float, "batch", "time", "embd"> x, const Linear<4 * Axis{"embd"}, "embd">& down) { return down(x); }

// case LinearOfAnArray
// says Linear<784, 10> is applied to no tensor; an Array is given axes by as<float, ...>(array)
auto f(const Array& x, const Linear<784, 10>& layer) { return layer(x); }

// case LinearOfAScalar
// says Linear<784, 10> is applied to a scalar; it needs an axis 784
auto f(Tensor<float> x, const Linear<784, 10>& layer) { return layer(x); }

// case LinearOfDoubles
// says Linear<784, 10>: its elements are float32, those of x float64; use cast<...>(x)
auto f(Tensor<double, "batch", 784> x, const Linear<784, 10>& layer) { return layer(x); }

// case ModelThatReturnsAnotherType
// says conversion: [batch, 10] is no [batch, 1]: axis 10 does not fit 1
Tensor<float, "batch", 1> f(Images x, const Linear<784, 10>& layer) { return layer(x); }

// case LossOverTheWrongAxis
// says cross_entropy: targets [batch, time] do not fit logits [batch, time, vocab] over axis "time";
// they must be [batch, vocab]
auto f(Hidden x, const Linear<"embd", "vocab">& head, Tokens targets) {
  return cross_entropy<"time">(head(x), targets);
}

// case LossOfAnAxisThatIsNotThere
// says cross_entropy: no axis "embd" in [batch, time, vocab]
auto f(Hidden x, const Linear<"embd", "vocab">& head, Tokens targets) {
  return cross_entropy<"embd">(head(x), targets);
}

// case EmbeddingLayerOfFloats
// says embedding: indices are float32, not int32 or int64
auto f(Images x, const Embedding<784, 10>& layer) { return layer(x); }

// case EmbeddingOfAnArray
// says Embedding<vocab, embd> is applied to no tensor; an Array is given axes by as<std::int64_t, ...>(array)
auto f(const Array& tokens, const Embedding<"vocab", "embd">& layer) { return layer(tokens); }

// case EmbeddingsOfOtherWidths
// says add: axis "embd=768" of [batch, time, embd=768] does not fit axis "embd=512" of [embd=512]
auto f(Tokens tokens, const Embedding<"vocab", Axis{"embd", 768}>& table, Tensor<float, Axis{"embd", 512}> position) {
  return table(tokens) + position;
}

// case LayerNormOfAnotherAxis
// says LayerNorm<time>: the last axis of [batch, time, embd=768] is "embd=768", not "time"
auto f(Hidden x, const LayerNorm<"time">& norm) { return norm(x); }

// case RmsNormOfAnotherWidth
// says RmsNorm<embd=512>: the last axis of [batch, time, embd=768] is "embd=768", not "embd=512"
auto f(Hidden x, const RmsNorm<Axis{"embd", 512}>& norm) { return norm(x); }

// case FeedForwardOfAnotherWidth
// says FeedForward<512, 2048>: the last axis of [batch, 784] is 784, not 512
auto f(Images x, const FeedForward<512>& mlp) { return mlp(x); }

// case GatedFeedForwardOfAnotherAxis
// says GatedFeedForward<hidden, embd>: the last axis of [batch, time, embd=768] is "embd=768", not "hidden"
auto f(Hidden x, const GatedFeedForward<"hidden", "embd">& mlp) { return mlp(x); }

// case SelfAttentionOfAnotherAxis
// says SelfAttention<time, 12>: the last axis of [batch, time, embd=768] is "embd=768", not "time"
auto f(Hidden x, const SelfAttention<"time", 12>& attention) { return attention(x); }

// case SelfAttentionWithoutPositions
// says SelfAttention: [784] has no axis of positions before 784
auto f(Tensor<float, 784> x, const SelfAttention<784, 8>& attention) { return attention(x); }

// case SelfAttentionOfHeadsThatDoNotDivide
// says SelfAttention: axis "embd=768" does not divide into 10 heads
auto f(Hidden x, const SelfAttention<Axis{"embd", 768}, 10>& attention) { return attention(x); }

// case SelfAttentionWithoutHeads
// says SelfAttention: 0 heads, 0 key and value heads
auto f(Hidden x, const SelfAttention<"embd", 0>& attention) { return attention(x); }

// case GroupedAttentionOfHeadsThatDoNotDivide
// says SelfAttention: 12 heads do not divide into 5 key and value heads
auto f(Hidden x, const SelfAttention<Axis{"embd", 768}, 12, AttentionOptions{.key_value_heads = 5}>& attention) {
  return attention(x);
}

// case RotaryPositionsOfOddHeads
// says SelfAttention: axis 784 in 16 heads gives an odd size, which has no rotary pairs
auto f(Tensor<float, "time", 784> x, const SelfAttention<784, 16, AttentionOptions{.rotary_base = 10000}>& attention) {
  return attention(x);
}

// case MultiHeadAttentionOfOtherBatches
// says attention: axis "batch" of query [batch, time, embd=768] does not fit axis "group" of key [group, key, embd=768]
auto f(Hidden query, Tensor<float, "group", "key", Axis{"embd", 768}> key) {
  return multi_head_attention(query, key, key, {.heads = 12});
}

// case MultiHeadAttentionOfOtherKeysAndValues
// says attention: axis "key" of key [batch, key, embd=768] does not fit axis "time" of value [batch, time, embd=768]
auto f(Hidden x, Tensor<float, "batch", "key", Axis{"embd", 768}> key) {
  return multi_head_attention(x, key, x, {.heads = 12});
}

// case RotaryAlongAnAxisThatIsNotThere
// says rotary: no axis "key" in [batch, time, head, dim]
auto f(Query query) { return rotary<"key">(query); }

// case TransformerBlockOfAnotherWidth
// says TransformerBlock<embd=512, 8>: the last axis of [batch, time, embd=768] is "embd=768", not "embd=512"
auto f(Hidden x, const TransformerBlock<Axis{"embd", 512}, 8>& block) { return block(x); }

// case TransformerBlockOfHeadsThatDoNotDivide
// says SelfAttention: axis "embd=768" does not divide into 10 heads
auto f(Hidden x, const TransformerBlock<Axis{"embd", 768}, 10>& block) { return block(x); }

// case LayersThatFit
// compiles
struct Gpt {
  using Block = TransformerBlock<"embd", 12>;
  Embedding<"vocab", "embd"> tokens;
  Block block;
  LayerNorm<"embd"> norm;
};
Tensor<float, "batch", "time", "vocab"> f(const Gpt& model, Tokens tokens) {
  return linear(model.norm(model.block(model.tokens(tokens))), model.tokens.weight);
}
Tensor<float> g(const Gpt& model, Tokens tokens, Tokens targets) {
  return cross_entropy<"vocab">(f(model, tokens), targets);
}
auto h(Images x, const Linear<784, 10>& layer, const Dropout& dropout) { return softmax(layer(dropout(x))); }
