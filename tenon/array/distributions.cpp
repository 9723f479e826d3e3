#include "tenon/array/distributions.h"

#include "tenon/array/elementwise.h"
#include "tenon/array/lookup.h"
#include "tenon/array/movement.h"
#include "tenon/array/random.h"
#include "tenon/array/reduction.h"
#include "tenon/array/sort.h"
#include "tenon/graph/build_check.h"

namespace tenon {
namespace {

// -log(1 - u). In float32 1 - u loses what u has; there it is u + u^2 / 2 + ..., as long as u^2 / 3 is below roundoff.
Array exponential_of(const Array& u) {
  const Array direct = -log(1 - u);
  return u.dtype() == DType::f32 ? where(u < 0x1p-11, u * (1 + u * 0.5), direct) : direct;
}

}  // namespace

Array random_bernoulli(const Array& key, const Operand& p, const Sizes& shape, std::source_location where) {
  const WhereScope scope(where);
  const Shape whole = build::placed_shape("bernoulli", shape.dims());
  // The words are multiples of 2^-32, exactly so in float64.
  const Array probability(materialize("bernoulli", p, DType::f64, whole));
  return random_uniform(key, shape, 0, 1, DType::f64) < probability;
}

Array random_exponential(const Array& key, const Sizes& shape, double rate, DType dtype, std::source_location where) {
  const WhereScope scope(where);
  if (!(rate > 0)) build::fail<ValueError>("exponential: the rate {} is not positive", rate);
  const Array standard = exponential_of(random_uniform(key, shape, 0, 1, dtype));
  return rate == 1 ? standard : standard / rate;
}

Array random_gumbel(const Array& key, const Sizes& shape, DType dtype, std::source_location where) {
  const WhereScope scope(where);
  // Words of 0 stand for all numbers below the first step.
  const Array u = maximum(random_uniform(key, shape, 0, 1, dtype), 0x1p-33);
  return -log(exponential_of(u));
}

Array random_categorical(const Array& key, const Array& logits, int axis, std::source_location where) {
  const WhereScope scope(where);
  const DType dtype = logits.dtype() == DType::f64 ? DType::f64 : DType::f32;
  return argmax(astype(logits, dtype) + random_gumbel(key, logits.shape(), dtype), axis);
}

Array random_permutation(const Array& key, std::int64_t count, std::source_location where) {
  const WhereScope scope(where);
  if (count < 0) build::fail<ValueError>("permutation: of {} elements", count);
  const Array words = astype(random_bits(key, {2, count}), DType::i64);
  return argsort(select(words, 0, 0) * (std::int64_t{1} << 32) + select(words, 0, 1));
}

Array random_shuffle(const Array& key, const Array& x, int axis, std::source_location where) {
  const WhereScope scope(where);
  const int along = build::placed_axis("shuffle", x.shape(), axis);
  return take(x, random_permutation(key, x.shape()[along]), along);
}

Array Rng::bernoulli(const Operand& p, const Sizes& shape, std::source_location where) {
  return random_bernoulli(next_key(where), p, shape, where);
}
Array Rng::exponential(const Sizes& shape, double rate, DType dtype, std::source_location where) {
  return random_exponential(next_key(where), shape, rate, dtype, where);
}
Array Rng::gumbel(const Sizes& shape, DType dtype, std::source_location where) {
  return random_gumbel(next_key(where), shape, dtype, where);
}
Array Rng::categorical(const Array& logits, int axis, std::source_location where) {
  return random_categorical(next_key(where), logits, axis, where);
}
Array Rng::permutation(std::int64_t count, std::source_location where) {
  return random_permutation(next_key(where), count, where);
}
Array Rng::shuffle(const Array& x, int axis, std::source_location where) {
  return random_shuffle(next_key(where), x, axis, where);
}

}  // namespace tenon
