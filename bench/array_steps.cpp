#include "bench/array_steps.h"

#include <cmath>
#include <utility>

#include "tenon/array/ops.h"
#include "tenon/optim/adamw.h"

namespace tenon::bench {
namespace {

using Parameters = std::vector<Array>;

struct Transformer {
  Array token_embedding;           // [modulus + 1, d]; the last row is "="
  Array position_embedding;        // [3, d]
  Array query, key, value, mixed;  // [d, d], as PyTorch's Linear: [out, in]
  Array up, up_bias;               // [d_mlp, d], [d_mlp]
  Array down, down_bias;           // [d, d_mlp], [d]
  Array unembedding;               // [modulus, d]
};

Transformer transformer(const Parameters& p) {
  return {p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8], p[9], p[10]};
}

Parameters initial_transformer(const grok::Sizes& sizes, double scale, Rng& rng) {
  const std::int64_t d = sizes.d_model;
  const auto normal = [&](std::int64_t out, std::int64_t in) {
    return rng.normal({out, in}, 0, scale / std::sqrt(static_cast<double>(in)));
  };
  Parameters p{normal(sizes.modulus + 1, d), normal(3, d)};
  for (int i = 0; i < 4; ++i) p.push_back(normal(d, d));
  p.push_back(normal(sizes.d_mlp, d));
  p.push_back(zeros({sizes.d_mlp}));
  p.push_back(normal(d, sizes.d_mlp));
  p.push_back(zeros({d}));
  p.push_back(normal(sizes.modulus, d));
  return p;
}

// tokens [n, 3] -> logits at "=", [n, modulus]
Array logits(const Transformer& model, const Array& tokens, std::int64_t heads) {
  const std::int64_t n = tokens.size(0), d = model.query.size(0), head = d / heads;
  const Array x = embedding(model.token_embedding, tokens) + model.position_embedding;  // [n, 3, d]
  const Array last = select(x, 1, 2);                                                   // [n, d]
  const Array q = reshape(linear(last, model.query), {n, heads, head});
  const Array k = reshape(linear(x, model.key), {n, 3, heads, head});
  const Array v = reshape(linear(x, model.value), {n, 3, heads, head});
  const Array scores = contract(q, k, {.contracted = {{2, 3}}, .batch = {{0, 0}, {1, 2}}}) /
                       std::sqrt(static_cast<double>(head));  // [n, heads, 3]
  const Array attended = contract(softmax(scores), v, {.contracted = {{2, 1}}, .batch = {{0, 0}, {1, 2}}});
  const Array residual = last + linear(reshape(attended, {n, d}), model.mixed);
  const Array hidden = relu(linear(residual, model.up, model.up_bias));
  return linear(residual + linear(hidden, model.down, model.down_bias), model.unembedding);
}

}  // namespace

ArrayStep array_grok(const grok::Sizes& sizes, const grok::Recipe& recipe, const grok::Examples& examples, Rng& rng) {
  const auto function = [heads = sizes.heads, recipe](std::span<const Array> flat,
                                                      std::span<const Array> batch) -> StepResult {
    const AdamWState state = AdamWState::from_flat(flat);
    const auto loss_of = [&](const Parameters& p) {
      return cross_entropy(logits(transformer(p), batch[0], heads), batch[1]);
    };
    const auto [loss, gradients] = value_and_grad(loss_of, std::span<const Array>(state.parameters));
    const Array rate = recipe.learning_rate * minimum((state.step + 1) / recipe.warm_up, ones({}));
    const AdamWState next = adamw(state, clip_by_global_norm(gradients, recipe.clip), rate,
                                  {.beta2 = recipe.beta2, .weight_decay = recipe.weight_decay});
    return {next.flat(), {loss}};
  };
  return {function,
          AdamWState::start(initial_transformer(sizes, recipe.init_scale, rng)).flat(),
          {examples.tokens, examples.sums}};
}

ArrayStep array_mlp(Rng& rng) {
  Parameters initial;
  for (const auto& [in, out] : {std::pair{2, 64}, {64, 64}, {64, 1}}) {
    initial.push_back(rng.normal({out, in}));
    initial.push_back(zeros({out}));
  }
  const auto function = [](std::span<const Array> flat, std::span<const Array> batch) -> StepResult {
    const AdamWState state = AdamWState::from_flat(flat);
    const auto loss_of = [&](const Parameters& p) {
      return mse_loss(linear(relu(linear(relu(linear(batch[0], p[0], p[1])), p[2], p[3])), p[4], p[5]), batch[1]);
    };
    const auto [loss, gradients] = value_and_grad(loss_of, std::span<const Array>(state.parameters));
    return {adamw(state, gradients, full({}, 0.01)).flat(), {loss}};
  };
  const Array x = rng.uniform({128, 2}, -1, 1);
  return {function, AdamWState::start(initial).flat(), {x, sum(x, {1}, true)}};
}

}  // namespace tenon::bench
