// Scans and sorts: what walks an axis in order. Rows are independent and shared out among the threads; a row has one.
#include <cmath>

#include "tenon/schedule/lower.h"

namespace tenon {
namespace {

// Terms that cost more than this are computed ahead of the scan along a row, in a loop that is vectorised.
constexpr double cheap_term = 3;

// A shape around one of its axes: [outer..., size, inner...].
struct AroundAxis {
  std::span<const std::int64_t> outer_axes, inner_axes;
  std::int64_t outer = 1, size = 1, inner = 1;
};

AroundAxis around_axis(const Shape& shape, std::size_t axis) {
  const std::span<const std::int64_t> axes = shape;
  AroundAxis around{.outer_axes = axes.first(axis), .inner_axes = axes.subspan(axis + 1), .size = axes[axis]};
  for (const std::int64_t size : around.outer_axes) around.outer *= size;
  for (const std::int64_t size : around.inner_axes) around.inner *= size;
  return around;
}

// Index of an element, from its positions in the three parts.
Index index_of(ExprPool& pool, const AroundAxis& around, Expr outer, Expr along, Expr inner) {
  Index index = delinearise(pool, around.outer_axes, outer);
  index.push_back(along);
  const Index tail = delinearise(pool, around.inner_axes, inner);
  index.insert(index.end(), tail.begin(), tail.end());
  return index;
}

Statement loop_over(ExprPool& pool, Loop::Kind kind, Expr variable, std::int64_t extent, Statements body) {
  return {Loop{kind, variable, pool.integer(0), pool.integer(extent), std::move(body)}};
}

Statements simd_over(KernelBuilder& builder, Expr variable, std::int64_t extent, Statements body) {
  ExprPool& pool = builder.pool();
  return hoisted(builder, Loop{Loop::Kind::simd, variable, pool.integer(0), pool.integer(extent), std::move(body)});
}

// The scanned axis is the innermost. for row (parallel): sum = identity; for i: sum = combine(sum, term); store sum
Statements scan_rows(KernelBuilder& builder, NodeId id, const AroundAxis& around) {
  ExprPool& pool = builder.pool();
  const GraphNode& node = builder.node(id);
  const Expr row = builder.variable(around.outer, 0), i = builder.variable(around.size, 1);
  const Expr position = pool.add(pool.multiply(row, around.size), i);
  Expr term = builder.values().read(node.inputs[0], index_of(pool, around, row, i, pool.integer(0)));
  builder.count_work(operations_of(term) * static_cast<double>(node.shape.elements()));
  Statements body;
  if (operations_of(term) > cheap_term) {
    body = simd_over(builder, i, around.size, {builder.store(id, position, term)});
    term = pool.load(node.dtype, builder.buffer_of(id), position);
  }
  const int sum = builder.new_local();
  body.push_back({Declare{.local = sum, .dtype = node.dtype, .initial = identity_of(pool, node.scalar, node.dtype)}});
  Statements step = {{Assign{.local = sum, .value = term, .combines = true, .combine = node.scalar}},
                     builder.store(id, position, pool.local(node.dtype, sum))};
  body.push_back(loop_over(pool, Loop::Kind::serial, i, around.size, std::move(step)));
  return {loop_over(pool, Loop::Kind::parallel, row, around.outer, std::move(body))};
}

// Other axes lie inside the scanned one. Columns are scanned side by side, so that memory is read contiguously, and
// cut into blocks until there are enough for the threads.
// for block (parallel): for column: out[0] = term; for i: for column: out[i + 1] = combine(out[i], term)
Statements scan_columns(KernelBuilder& builder, NodeId id, const AroundAxis& around) {
  ExprPool& pool = builder.pool();
  const GraphNode& node = builder.node(id);
  std::int64_t width = around.inner;  // of a block
  const bool varies = builder.varies(around.inner) || builder.varies(around.outer);
  while (!varies && width % 2 == 0 && width > 32 && around.outer * (around.inner / width) < 16) width /= 2;
  const std::int64_t blocks = around.inner / width;
  const Expr block = builder.variable(around.outer * blocks, 0), column = builder.variable(width, 1),
             i = builder.variable(around.size - 1, 2);
  const Expr outer = pool.divide(block, blocks),
             inner = pool.add(pool.multiply(pool.modulo(block, blocks), width), column);
  const auto position_at = [&](Expr along) {
    return pool.add(pool.multiply(pool.add(pool.multiply(outer, around.size), along), around.inner), inner);
  };
  const auto term_at = [&](Expr along) {
    return builder.values().read(node.inputs[0], index_of(pool, around, outer, along, inner));
  };
  const Expr first = pool.integer(0), next = pool.add(i, 1);
  const Expr so_far = pool.load(node.dtype, builder.buffer_of(id), position_at(i)), term = term_at(next);
  builder.count_work(operations_of(term) * static_cast<double>(node.shape.elements()));
  Statements body = simd_over(builder, column, width, {builder.store(id, position_at(first), term_at(first))});
  Statements step =
      simd_over(builder, column, width,
                {builder.store(id, position_at(next), pool.scalar(node.scalar, node.dtype, {so_far, term}))});
  body.push_back(loop_over(pool, Loop::Kind::serial, i, around.size - 1, std::move(step)));
  return {loop_over(pool, Loop::Kind::parallel, block, around.outer * blocks, std::move(body))};
}

}  // namespace

Statements lower_scan(KernelBuilder& builder, const Group& group) {
  const NodeId id = group.anchors[0];
  const GraphNode& node = builder.node(id);
  const AroundAxis around = around_axis(node.shape, static_cast<std::size_t>(node.attributes[0]));
  return around.inner == 1 ? scan_rows(builder, id, around) : scan_columns(builder, id, around);
}

// for row (parallel): keys and positions into local arrays; sort them; store the positions that are wanted
Statements lower_argsort(KernelBuilder& builder, const Group& group) {
  ExprPool& pool = builder.pool();
  const NodeId id = group.anchors[0];
  const GraphNode& node = builder.node(id);
  const DType key_type = builder.node(node.inputs[0]).dtype;
  const AroundAxis around =
      around_axis(builder.node(node.inputs[0]).shape, static_cast<std::size_t>(node.shape.rank() - 1));
  const std::int64_t kept = node.shape.back();
  const Expr row = builder.variable(around.outer, 0), i = builder.variable(around.size, 1),
             first = builder.variable(kept, 1);
  const Sort sort{.keys = builder.new_local(),
                  .positions = builder.new_local(),
                  .spare_keys = builder.new_local(),
                  .spare_positions = builder.new_local(),
                  .dtype = key_type,
                  .size = around.size,
                  .kept = kept,
                  .descending = node.attributes[0] != 0};
  Statements body;
  for (const int local : {sort.keys, sort.spare_keys})
    body.push_back({Declare{.local = local, .dtype = key_type, .size = sort.size}});
  for (const int local : {sort.positions, sort.spare_positions})
    body.push_back({Declare{.local = local, .dtype = DType::i32, .size = sort.size}});
  const auto append = [&](Statements more) { body.insert(body.end(), more.begin(), more.end()); };

  const Expr key = builder.values().read(node.inputs[0], index_of(pool, around, row, i, pool.integer(0)));
  append(
      simd_over(builder, i, sort.size,
                {{Assign{.local = sort.keys, .index = i, .value = key}},
                 {Assign{.local = sort.positions, .index = i, .value = pool.scalar(Scalar::cast, DType::i32, {i})}}}));
  body.push_back({sort});
  const Expr position = pool.local(DType::i32, sort.positions, first);
  const Expr result = node.dtype == DType::i32 ? position : pool.scalar(Scalar::cast, node.dtype, {position});
  append(simd_over(builder, first, kept, {builder.store(id, pool.add(pool.multiply(row, kept), first), result)}));

  const double comparisons = std::log2(static_cast<double>(sort.size));
  builder.count_work((operations_of(key) + 4 * comparisons) * static_cast<double>(around.outer * around.size));
  return {loop_over(pool, Loop::Kind::parallel, row, around.outer, std::move(body))};
}

}  // namespace tenon
