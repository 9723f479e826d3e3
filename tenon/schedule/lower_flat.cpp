// Elementwise groups: one loop over all elements, cut into chunks that the threads share.
#include "tenon/schedule/lower.h"

namespace tenon {
namespace {

constexpr std::int64_t chunk_elements = 2048;
// With fewer rows than this, long rows are cut into chunks.
constexpr std::int64_t enough_rows = 64;

bool is_flat(const KernelBuilder& builder, const Group& group) {
  const std::int64_t elements = builder.node(group.anchors[0]).shape.elements();
  if (group.row_counts.back() != elements) return false;
  for (NodeId id : group.anchors)
    if (builder.anchors().kind[id] != AnchorKind::elementwise || builder.node(id).shape.elements() != elements)
      return false;
  return true;
}

// The stores of all anchors of the group at row-major `position`.
struct FlatBody {
  KernelBuilder& builder;
  const Group& group;

  std::vector<std::pair<NodeId, Expr>> values_at(Expr position) const {
    std::unordered_map<NodeId, Expr> known;
    std::vector<std::pair<NodeId, Expr>> values;
    ExprPool& pool = builder.pool();
    for (NodeId id : group.anchors) {
      const Expr value = builder.values().compute(id, delinearise(pool, builder.node(id).shape, position));
      known[id] = replace_loads(pool, value, [&](Expr load) -> Expr {
        const auto found = known.find(builder.node_of(load));
        return found == known.end() ? nullptr : found->second;
      });
      values.emplace_back(id, known[id]);
    }
    return values;
  }

  Statements stores_at(Expr position) const {
    Statements stores;
    for (const auto& [id, value] : values_at(position))
      if (builder.is_stored(id)) stores.push_back(builder.store(id, position, value));
    return stores;
  }
};

}  // namespace

Statements lower_flat(KernelBuilder& builder, const Group& group) {
  const std::int64_t elements = builder.node(group.anchors[0]).shape.elements();
  if (!is_flat(builder, group) || elements == 0) return {};
  ExprPool& pool = builder.pool();
  const FlatBody body{builder, group};

  // Axes of size 1 say nothing; without any axis left there is one element.
  Shape shape;
  for (std::int64_t dim : builder.node(group.anchors[0]).shape)
    if (dim != 1) shape.push_back(dim);
  const AxisSplit split = split_axes(pool, shape, [&](const Index& index) {
    std::vector<Expr> values;
    for (const auto& [id, value] : body.values_at(linearise(pool, shape, index))) values.push_back(value);
    return values;
  });
  for (const auto& [id, value] : body.values_at(pool.integer(0)))
    builder.count_work(operations_of(value) * static_cast<double>(elements));

  const Expr inner = builder.variable(split.inner, 0);
  const auto simd_loop = [&](Expr row, Expr begin, Expr end) {
    const Expr position = pool.add(pool.multiply(row, split.inner), inner);
    return hoisted(builder, {Loop::Kind::simd, inner, begin, end, body.stores_at(position)});
  };
  const auto parallel_loop = [&](Expr variable, std::int64_t extent, Statements statements) {
    return Statement{
        Loop{Loop::Kind::parallel, variable, pool.integer(0), pool.integer(extent), std::move(statements)}};
  };

  const bool varies = builder.varies(elements);
  if (varies && split.outer == 1) return {parallel_loop(inner, split.inner, body.stores_at(inner))};
  if (varies || split.outer >= enough_rows || split.inner <= chunk_elements) {
    const Expr row = builder.variable(split.outer, 1);
    return {parallel_loop(row, split.outer, simd_loop(row, pool.integer(0), pool.integer(split.inner)))};
  }
  Statements result;
  const std::int64_t chunks = split.inner / chunk_elements, tail = split.inner % chunk_elements;
  const Expr number = builder.variable(split.outer * chunks, 1);
  const Expr begin = pool.multiply(pool.modulo(number, chunks), chunk_elements);
  result.push_back(parallel_loop(number, split.outer * chunks,
                                 simd_loop(pool.divide(number, chunks), begin, pool.add(begin, chunk_elements))));
  if (tail > 0) {
    const Expr row = builder.variable(split.outer, 1);
    result.push_back(parallel_loop(row, split.outer,
                                   simd_loop(row, pool.integer(chunks * chunk_elements), pool.integer(split.inner))));
  }
  return result;
}

}  // namespace tenon
