// Contractions with their epilogues, and scatters.
#include <algorithm>

#include "tenon/schedule/lower.h"

namespace tenon {
namespace {

std::int64_t product(std::span<const std::int64_t> dims) {
  std::int64_t result = 1;
  for (std::int64_t dim : dims) result *= dim;
  return result;
}

Index joined(Index a, const Index& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace

Contraction lower_contraction(KernelBuilder& builder, const Group& group) {
  ExprPool& pool = builder.pool();
  const NodeId id = group.anchors[0];
  const GraphNode& node = builder.node(id);
  const auto batch_axes = static_cast<std::size_t>(node.attributes[0]),
             m_axes = static_cast<std::size_t>(node.attributes[1]);
  const std::span<const std::int64_t> shape = node.shape;
  const auto batch_shape = shape.first(batch_axes), m_shape = shape.subspan(batch_axes, m_axes),
             n_shape = shape.subspan(batch_axes + m_axes);
  const Shape k_shape = reduced_shape(builder.graph(), id);

  Contraction contraction{.batch_size = product(batch_shape),
                          .m_size = product(m_shape),
                          .n_size = product(n_shape),
                          .k_size = k_shape.elements(),
                          .dtype = node.dtype,
                          .batch = nullptr,
                          .m = nullptr,
                          .n = nullptr,
                          .k = nullptr,
                          .a = nullptr,
                          .b = nullptr,
                          .sum = nullptr,
                          .epilogue = {}};
  contraction.batch = builder.variable(contraction.batch_size, 0);
  contraction.m = builder.variable(contraction.m_size, 1);
  contraction.n = builder.variable(contraction.n_size, 2);
  contraction.k = builder.variable(contraction.k_size, 3);
  contraction.sum = pool.local(node.dtype, builder.new_local());
  const Index batch = delinearise(pool, batch_shape, contraction.batch), m = delinearise(pool, m_shape, contraction.m),
              n = delinearise(pool, n_shape, contraction.n), k = delinearise(pool, k_shape, contraction.k);
  contraction.a = builder.values().read(node.inputs[0], joined(joined(batch, m), k));
  contraction.b = builder.values().read(node.inputs[1], joined(joined(batch, n), k));

  const auto any_varies = [](const GraphNode& of, std::size_t first, std::size_t count) {
    return (of.varying_axes >> first & ((1u << count) - 1)) != 0;
  };
  const GraphNode& left = builder.node(node.inputs[0]);
  const std::size_t n_axes = shape.size() - batch_axes - m_axes, k_axes = static_cast<std::size_t>(k_shape.rank());
  contraction.batch_varies = any_varies(node, 0, batch_axes);
  contraction.m_varies = any_varies(node, batch_axes, m_axes);
  contraction.n_varies = any_varies(node, batch_axes + m_axes, n_axes);
  contraction.k_varies = any_varies(left, batch_axes + m_axes, k_axes);

  // The epilogue walks the contraction's own index; each anchor's index follows from it.
  const Index own = joined(joined(batch, m), n);
  std::unordered_map<NodeId, Expr> known = {{id, contraction.sum}};
  if (builder.is_stored(id))
    contraction.epilogue.push_back(
        std::get<Store>(builder.store(id, linearise(pool, node.shape, own), contraction.sum).what));
  for (std::size_t i = 1; i < group.anchors.size(); ++i) {
    const NodeId anchor = group.anchors[i];
    const ReaderIndex index = reader_index(builder.graph(), pool, anchor, id, own);
    known[anchor] = replace_loads(pool, builder.values().compute(anchor, index.index), [&](Expr load) -> Expr {
      const auto found = known.find(builder.node_of(load));
      return found == known.end() ? nullptr : found->second;
    });
    builder.count_work(operations_of(known[anchor]) * static_cast<double>(node.shape.elements()));
    if (builder.is_stored(anchor))
      contraction.epilogue.push_back(std::get<Store>(
          builder.store(anchor, linearise(pool, builder.node(anchor).shape, index.index), known[anchor]).what));
  }
  builder.count_work(2.0 * static_cast<double>(node.shape.elements()) * static_cast<double>(contraction.k_size));
  return contraction;
}

// for block of columns (parallel): zero the block's columns; for each index in order: add its update's
// columns. Threads own columns, so the order of additions is that of the indices, whatever the number of
// threads.
Statements lower_scatter(KernelBuilder& builder, const Group& group) {
  ExprPool& pool = builder.pool();
  const NodeId id = group.anchors[0];
  const GraphNode& node = builder.node(id);
  const Shape& index_shape = builder.node(node.inputs[0]).shape;
  const std::span<const std::int64_t> rest = std::span<const std::int64_t>(node.shape).subspan(1);
  const std::int64_t rows = node.shape[0], columns = product(rest), updates = index_shape.elements();

  std::int64_t width = columns;  // of a block
  while (!builder.varies(columns) && width % 2 == 0 && width > 32 && columns / width < 16) width /= 2;
  const Expr block = builder.variable(columns / width, 0), inner = builder.variable(width, 1);
  const Expr row = builder.variable(rows, 2), update = builder.variable(updates, 3);
  const Expr column = pool.add(pool.multiply(block, width), inner);
  const auto loop = [&](Loop::Kind kind, Expr variable, std::int64_t extent, Statements body) {
    return Statement{Loop{kind, variable, pool.integer(0), pool.integer(extent), std::move(body)}};
  };
  const auto simd_loop = [&](Statements body) {
    return hoisted(builder, Loop{Loop::Kind::simd, inner, pool.integer(0), pool.integer(width), std::move(body)});
  };

  const Expr zero = pool.number(node.dtype, constant_bits(node.dtype, 0));
  Statements clear = simd_loop({builder.store(id, pool.add(pool.multiply(row, columns), column), zero)});

  const Index at = delinearise(pool, index_shape, update);
  const Expr target = builder.values().checked(id, builder.values().read(node.inputs[0], at), rows);
  const Expr value = builder.values().read(node.inputs[1], joined(at, delinearise(pool, rest, column)));
  Statement addition = builder.store(id, pool.add(pool.multiply(target, columns), column), value);
  std::get<Store>(addition.what).combines = true;
  Statements accumulate = simd_loop({std::move(addition)});

  builder.count_work(operations_of(value) * static_cast<double>(updates * columns) +
                     static_cast<double>(rows * columns));
  Statements body = {loop(Loop::Kind::serial, row, rows, std::move(clear)),
                     loop(Loop::Kind::serial, update, updates, std::move(accumulate))};
  return {loop(Loop::Kind::parallel, block, columns / width, std::move(body))};
}

}  // namespace tenon
