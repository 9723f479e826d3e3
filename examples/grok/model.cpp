#include "model.h"

#include <cmath>

namespace grok {

using namespace tenon;

Transformer Transformer::init(const Sizes& sizes, double scale, Rng& rng) {
  const auto normal = [&](std::int64_t out, std::int64_t in) {
    return rng.normal({out, in}, 0, scale / std::sqrt(static_cast<double>(in)));
  };
  const std::int64_t d = sizes.d_model;
  Transformer model;
  // An embedding's row is picked, not summed over: its fan-in is the width it is read with.
  model.token_embedding = normal(sizes.modulus + 1, d);
  model.position_embedding = normal(3, d);
  model.query = normal(d, d);
  model.key = normal(d, d);
  model.value = normal(d, d);
  model.mixed = normal(d, d);
  model.up = normal(sizes.d_mlp, d);
  model.up_bias = zeros({sizes.d_mlp});
  model.down = normal(d, sizes.d_mlp);
  model.down_bias = zeros({d});
  model.unembedding = normal(sizes.modulus, d);
  return model;
}

Transformer Transformer::from_list(std::span<const Array> p) {
  return {p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9], p[10]};
}

std::vector<Array> Transformer::list() const {
  return {token_embedding, position_embedding, query, key, value, mixed, up, up_bias, down, down_bias, unembedding};
}

Array Transformer::operator()(const Array& tokens, std::int64_t heads) const {
  const std::int64_t n = tokens.size(0), d = query.size(0), head = d / heads;
  const Array x = embedding(token_embedding, tokens) + position_embedding;  // [n, 3, d]
  const Array last = select(x, 1, 2);                                       // [n, d]: only "=" is asked for an answer

  const Array q = reshape(linear(last, query), {n, heads, head});
  const Array k = reshape(linear(x, key), {n, 3, heads, head});
  const Array v = reshape(linear(x, value), {n, 3, heads, head});
  // [n, heads, 3]; "=" comes last, so causality masks nothing.
  const Array scores =
      contract(q, k, {.contracted = {{2, 3}}, .batch = {{0, 0}, {1, 2}}}) / std::sqrt(static_cast<double>(head));
  const Array attended = contract(softmax(scores), v, {.contracted = {{2, 1}}, .batch = {{0, 0}, {1, 2}}});
  const Array residual = last + linear(reshape(attended, {n, d}), mixed);

  const Array hidden = relu(linear(residual, up, up_bias));
  return linear(residual + linear(hidden, down, down_bias), unembedding);
}

}  // namespace grok
