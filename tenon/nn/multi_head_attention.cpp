#include "tenon/nn/multi_head_attention.h"

#include <cmath>

#include "tenon/array/contraction.h"
#include "tenon/array/create.h"
#include "tenon/array/elementwise.h"
#include "tenon/array/movement.h"
#include "tenon/array/neural.h"
#include "tenon/graph/build_check.h"
#include "tenon/nn/rotary.h"

namespace tenon {
namespace {

using build::fail;

// [..., time, heads * dim] -> [batch, time, heads, dim]
Array in_heads(const Array& x, std::int64_t heads) {
  if (x.rank() < 2 || x.size(-1) % heads != 0)
    fail<ShapeError>("attention: {} does not divide into [..., time, {} heads * dim]", build::describe(x.node()),
                     heads);
  std::int64_t batch = 1;
  for (int i = 0; i < x.rank() - 2; ++i) batch *= x.shape()[i];
  return reshape(x, {batch, x.size(-2), heads, x.size(-1) / heads});
}

// [time, keys]: what a position may look at.
Array causal(std::int64_t time, std::int64_t keys) { return arange(keys) <= unsqueeze(arange(keys - time, keys), 1); }

}  // namespace

Array multi_head_attention(const Array& query, const Array& key, const Array& value, const MultiHeadOptions& options,
                           std::source_location where) {
  const WhereScope scope(where);
  const std::int64_t heads = options.heads, groups = options.key_value_heads == 0 ? heads : options.key_value_heads;
  if (heads <= 0 || groups <= 0 || heads % groups != 0)
    fail<ValueError>("attention: {} heads with {} key and value heads; the second must divide the first", heads,
                     groups);
  Array q = in_heads(query, heads), k = in_heads(key, groups);
  const Array v = in_heads(value, groups);
  if (!(k.shape() == v.shape()) || q.size(0) != k.size(0) || q.size(-1) != k.size(-1))
    fail<ShapeError>("attention: query {}, key {} and value {} do not fit each other in {} and {} heads",
                     build::describe(query.node()), build::describe(key.node()), build::describe(value.node()), heads,
                     groups);
  if (options.causal && q.size(1) > k.size(1))
    fail<ShapeError>("attention: {} positions look causally at {} keys", q.size(1), k.size(1));
  const std::int64_t batch = q.size(0), time = q.size(1), keys = k.size(1), dim = q.size(3);
  if (options.rotary_base != 0) {
    q = rotary(q, 1, options.rotary_base, keys - time);
    k = rotary(k, 1, options.rotary_base);
  }
  // Heads that share keys are one more axis of the queries: [batch, time, group, head of it, dim].
  const bool shared = groups != heads;
  if (shared) q = reshape(q, {batch, time, groups, heads / groups, dim});

  const double scale = dim == 0 ? 0 : 1 / std::sqrt(static_cast<double>(dim));
  // [batch, group, time, keys], or [batch, group, time, head of it, keys]
  Array scores = contract(q, k, {.contracted = {{-1, -1}}, .batch = {{0, 0}, {2, 2}}}) * scale;
  if (options.causal) {
    const Array mask = causal(time, keys);
    scores = tenon::where(shared ? unsqueeze(mask, 1) : mask, scores, -INFINITY);
  }
  const Array weights = options.dropout(softmax(scores), where);
  // [batch, group, time, (head of it,) dim] -> [batch, time, group, ...]
  const Array mixed = contract(weights, v, {.contracted = {{-1, 1}}, .batch = {{0, 0}, {1, 2}}});
  return reshape(swapaxes(mixed, 1, 2), query.shape());
}

}  // namespace tenon
