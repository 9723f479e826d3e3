#include "tenon/array/counting.h"

#include <algorithm>

#include "tenon/array/create.h"
#include "tenon/array/elementwise.h"
#include "tenon/array/join.h"
#include "tenon/array/lookup.h"
#include "tenon/array/movement.h"
#include "tenon/array/reduction.h"
#include "tenon/array/sort.h"
#include "tenon/graph/build_check.h"
#include "tenon/graph/compose.h"

namespace tenon {
namespace {

using build::describe;
using build::fail;

Array counts_of(const Array& indices, std::int64_t length) {
  const NodeRef ones = build::full(DType::i64, indices.shape(), 1);
  return Array(build::scatter_add(indices.node_ref(), ones, length));
}

// Evaluates x; -1 when it has no elements.
std::int64_t greatest_of(const Array& x) {
  if (x.elements() == 0) return -1;
  const Array least = astype(min(x), DType::i64), greatest = astype(max(x), DType::i64);
  eval(least, greatest);
  if (least.item<std::int64_t>() < 0)
    fail<IndexError>("bincount: {} is counted; elements must not be negative", least.item<std::int64_t>());
  return greatest.item<std::int64_t>();
}

}  // namespace

Array bincount(const Array& x, const BincountOptions& options, std::source_location where) {
  const WhereScope scope(where);
  if (x.dtype() != DType::i32 && x.dtype() != DType::i64)
    fail<DTypeError>("bincount: elements are {}, they must be int32 or int64", describe(x.node()));
  if (options.length.value_or(0) < 0 || options.minlength < 0)
    fail<ValueError>("bincount: a length of {}, at least {}, is negative", options.length.value_or(0),
                     options.minlength);
  const std::int64_t length = std::max(options.length ? *options.length : greatest_of(x) + 1, options.minlength);
  if (!options.weights) return counts_of(x, length);
  if (!(options.weights.shape() == x.shape()))
    fail<ShapeError>("bincount: weights {} for {}; the shapes must be equal", describe(options.weights.node()),
                     describe(x.node()));
  return Array(build::scatter_add(x.node_ref(), options.weights.node_ref(), length));
}

Array histogram(const Array& x, std::int64_t bins, double low, double high, std::source_location where) {
  const WhereScope scope(where);
  if (bins < 1 || !(low < high))
    fail<ValueError>("histogram: {} bins of [{}, {}]; bins > 0 and low < high are needed", bins, low, high);
  const Array values = is_floating(x.dtype()) ? x : astype(x, DType::f64);
  const DType edge_type = values.dtype() == DType::f64 ? DType::f64 : DType::f32;
  const Array edges = astype(linspace(low, high, bins + 1, edge_type), values.dtype());
  const Array part = minimum(searchsorted(edges, values, true) - 1, bins - 1);
  // What lies outside is counted in a part of its own.
  const Array is_inside = logical_and(values >= narrow(edges, 0, 0, 1), values <= narrow(edges, 0, bins, 1));
  return narrow(counts_of(tenon::where(is_inside, part, bins), bins + 1), 0, 0, bins);
}

Unique unique(const Array& x, std::source_location where) {
  const WhereScope scope(where);
  const std::int64_t elements = x.elements();
  const Array flat = reshape(x, {elements});
  if (elements == 0) return {flat, zeros(x.shape(), DType::i64), zeros({0}, DType::i64)};
  const Array order = argsort(flat), sorted = gather(flat, order);
  // Which elements are the first of their kind, and so the number of each one's kind.
  const Array later = narrow(sorted, 0, 1, elements - 1), earlier = narrow(sorted, 0, 0, elements - 1);
  Array differs = not_equal(later, earlier);
  if (is_floating(x.dtype())) differs = logical_and(differs, logical_or(equal(later, later), equal(earlier, earlier)));
  const Array kind = concatenate({zeros({1}, DType::i64), cumsum(differs)}, 0);
  // Each position is in the order once.
  const Array inverse(build::scatter_add(order.node_ref(), kind.node_ref(), elements));
  const Array kinds = narrow(kind, 0, elements - 1, 1);
  eval(kinds, sorted, kind, inverse);
  const Array counts = counts_of(kind, kinds.item<std::int64_t>() + 1);
  return {gather(sorted, cumsum(counts) - counts), reshape(inverse, x.shape()), counts};
}

}  // namespace tenon
