#include "tenon/array/attention.h"

#include <cmath>
#include <limits>

#include "tenon/array/create.h"
#include "tenon/array/elementwise.h"
#include "tenon/array/movement.h"
#include "tenon/array/reduction.h"
#include "tenon/array/windows.h"
#include "tenon/graph/build.h"
#include "tenon/graph/build_check.h"
#include "tenon/graph/compose.h"

namespace tenon {
namespace {

using build::describe;
using build::fail;

constexpr std::string_view op = "scaled_dot_product_attention";
constexpr double infinity = std::numeric_limits<double>::infinity();

void check_operands(const Array& query, const Array& key, const Array& value) {
  const int rank = query.rank();
  bool fits = rank >= 2 && key.rank() == rank && value.rank() == rank;
  for (int axis = 0; fits && axis < rank - 3; ++axis)
    fits = query.size(axis) == key.size(axis) && key.size(axis) == value.size(axis);
  fits = fits && query.size(-1) == key.size(-1) && key.size(-2) == value.size(-2);
  if (fits && rank >= 3)
    fits = key.size(-3) == value.size(-3) && key.size(-3) > 0 && query.size(-3) % key.size(-3) == 0;
  if (!fits)
    fail<ShapeError>(
        "{}: query {}, key {} and value {}; they must be [..., heads, time, dim], [..., kv_heads, keys, dim] and [..., "
        "kv_heads, keys, out] with heads a multiple of kv_heads",
        op, describe(query.node()), describe(key.node()), describe(value.node()));
  for (const Array* x : {&query, &key, &value})
    if (!is_floating(x->dtype())) fail<DTypeError>("{}: {} is not floating; use astype", op, describe(x->node()));
  if (rank == max_rank)
    fail<ShapeError>("{}: query {} has {} axes; flatten some, at most {} are supported", op, describe(query.node()),
                     rank, max_rank - 1);
}

// exp(scores) / their sum over the last axis; zeros for a row of -infinity.
Array softmax_or_zeros(const Array& scores) {
  if (scores.size(-1) == 0) return scores;
  const Array largest = max(stop_gradient(scores), -1, true);
  const Array powers = exp(scores - where(equal(largest, -infinity), 0, largest));
  const Array total = sum(powers, -1, true);
  return powers / where(equal(total, 0), 1, total);
}

}  // namespace

Array scaled_dot_product_attention(const Array& query, const Array& key, const Array& value,
                                   const DotProductAttentionOptions& options, std::source_location where) {
  const WhereScope scope(where);
  check_operands(query, key, value);
  const DType dtype = promote(promote(query.dtype(), key.dtype()), value.dtype());
  const std::int64_t time = query.size(-2), dim = query.size(-1), keys = key.size(-2);
  const int rank = query.rank();
  const Shape batch = part_of(query.shape(), 0, std::max(rank - 3, 0));
  const std::int64_t heads = rank >= 3 ? query.size(-3) : 1, kv_heads = rank >= 3 ? key.size(-3) : 1;

  // Query heads that share a key head are more rows of one product: [batch..., kv_heads, heads / kv_heads, time, dim].
  const Array q = reshape(astype(query, dtype), shape_of(batch, kv_heads, heads / kv_heads, time, dim));
  const Array k = reshape(astype(key, dtype), shape_of(batch, kv_heads, keys, dim));
  const Array v = swapaxes(reshape(astype(value, dtype), shape_of(batch, kv_heads, keys, value.size(-1))), -1, -2);
  const int batch_axes = batch.rank() + 1;
  Array scores = Array(build::contract(q.node_ref(), k.node_ref(), batch_axes, 1)) *
                 options.scale.value_or(1 / std::sqrt(static_cast<double>(dim)));  // [..., group, time, keys]

  if (options.mask) {
    const DType kind = options.mask.dtype();
    if (kind != DType::boolean && !is_floating(kind))
      fail<DTypeError>("{}: the mask is {}, it must be bool or floating", op, describe(options.mask.node()));
    Shape full = part_of(query.shape(), 0, rank - 1);
    full.push_back(keys);
    const Array mask = reshape(Array(build::broadcast_to(op, options.mask.node_ref(), full)), scores.shape());
    scores = kind == DType::boolean ? tenon::where(mask, scores, -infinity) : scores + astype(mask, dtype);
  }
  if (options.causal) scores = tenon::where(arange(keys) <= unsqueeze(arange(time), 1), scores, -infinity);
  const Array mixed(build::contract(softmax_or_zeros(scores).node_ref(), v.node_ref(), batch_axes, 1));
  Shape shape = part_of(query.shape(), 0, rank - 1);
  shape.push_back(value.size(-1));
  return reshape(mixed, shape);
}

}  // namespace tenon
