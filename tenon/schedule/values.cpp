#include "tenon/schedule/values.h"

#include <fmt/format.h>

#include "tenon/core/error.h"

namespace tenon {

Expr linearise(ExprPool& pool, std::span<const std::int64_t> shape, std::span<const Expr> index) {
  Expr position = pool.integer(0);
  std::int64_t stride = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    position = pool.add(position, pool.multiply(index[i], stride));
    stride *= shape[i];
  }
  return position;
}

Index delinearise(ExprPool& pool, std::span<const std::int64_t> shape, Expr position) {
  Index index(shape.size());
  std::int64_t stride = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    // The outermost axis needs no remainder: the position lies within the shape.
    const Expr quotient = pool.divide(position, stride);
    index[i] = shape[i] == 1 ? pool.integer(0) : i == 0 ? quotient : pool.modulo(quotient, shape[i]);
    stride *= std::max<std::int64_t>(shape[i], 1);
  }
  return index;
}

Index reshape_index(ExprPool& pool, const Shape& to, const Shape& from, std::span<const Expr> index) {
  Index result;
  int i = 0, j = 0;  // axes of `to` and of `from` already mapped
  while (j < from.rank()) {
    // The shortest runs of axes, from here on, that hold equally many elements.
    int end_i = i, end_j = j + 1;
    std::int64_t in_to = 1, in_from = from[j];
    while (in_to != in_from) {
      if (in_to < in_from && end_i < to.rank())
        in_to *= to[end_i++];
      else if (end_j < from.rank())
        in_from *= from[end_j++];
      else
        break;  // a zero size: no element is ever read
    }
    const auto run = static_cast<std::size_t>(end_i - i);
    const Expr position = linearise(pool, std::span<const std::int64_t>(to.begin() + i, run),
                                    index.subspan(static_cast<std::size_t>(i), run));
    const Index part = delinearise(
        pool, std::span<const std::int64_t>(from.begin() + j, static_cast<std::size_t>(end_j - j)), position);
    result.insert(result.end(), part.begin(), part.end());
    i = end_i;
    j = end_j;
  }
  return result;
}

Expr Values::read(NodeId id, const Index& index) const {
  Known known;
  return read(id, index, known);
}

Expr Values::read(NodeId id, const Index& index, Known& known) const {
  const GraphNode& node = graph_.nodes[id];
  if (is_anchor_[id] || node.op == Op::parameter)
    return pool_.load(node.dtype, buffer_of_(id), linearise(pool_, node.shape, index));
  if (const auto found = known.find({id, index}); found != known.end()) return found->second;
  const Expr value = expand_node(id, index, known);
  known.emplace(std::pair(id, index), value);
  return value;
}

Expr Values::compute(NodeId id, const Index& index, const Index& reduced) const {
  Known known;
  const GraphNode& node = graph_.nodes[id];
  if (node.op == Op::reduce) {
    Index full;
    std::size_t kept = 0, gone = 0;
    for (int i = 0; i < graph_.nodes[node.inputs[0]].shape.rank(); ++i)
      full.push_back((node.attributes[0] >> i & 1) != 0 ? reduced[gone++] : index[kept++]);
    return read(node.inputs[0], full, known);
  }
  if (node.op == Op::contract) {
    const auto batch = static_cast<std::ptrdiff_t>(node.attributes[0]),
               m = static_cast<std::ptrdiff_t>(node.attributes[1]);
    Index a(index.begin(), index.begin() + batch + m), b(index.begin(), index.begin() + batch);
    b.insert(b.end(), index.begin() + batch + m, index.end());
    a.insert(a.end(), reduced.begin(), reduced.end());
    b.insert(b.end(), reduced.begin(), reduced.end());
    return pool_.scalar(Scalar::mul, node.dtype, {read(node.inputs[0], a, known), read(node.inputs[1], b, known)});
  }
  return expand_node(id, index, known);
}

Expr Values::expand_node(NodeId id, const Index& index, Known& known) const {
  const GraphNode& node = graph_.nodes[id];
  switch (node.op) {
    case Op::constant: return pool_.number(node.dtype, node.attributes[0]);
    case Op::iota: return pool_.scalar(Scalar::cast, node.dtype, {index[0]});
    case Op::elementwise: {
      if (node.scalar == Scalar::barrier) return read(node.inputs[0], index, known);
      std::vector<Expr> operands;
      for (NodeId input : node.inputs) operands.push_back(read(input, index, known));
      return pool_.scalar(node.scalar, node.dtype, std::move(operands));
    }
    case Op::reshape: {
      const Shape& from = graph_.nodes[node.inputs[0]].shape;
      return read(node.inputs[0], reshape_index(pool_, node.shape, from, index), known);
    }
    case Op::permute: {
      Index source(index.size());
      for (std::size_t i = 0; i < index.size(); ++i)
        source[static_cast<std::size_t>(node.attributes[static_cast<int>(i)])] = index[i];
      return read(node.inputs[0], source, known);
    }
    case Op::expand: {
      const Shape& from = graph_.nodes[node.inputs[0]].shape;
      Index source = index;
      for (int i = 0; i < from.rank(); ++i)
        if (from[i] == 1) source[static_cast<std::size_t>(i)] = pool_.integer(0);
      return read(node.inputs[0], source, known);
    }
    case Op::slice: {
      Index source;
      for (int i = 0; i < node.shape.rank(); ++i)
        source.push_back(pool_.add(pool_.multiply(index[static_cast<std::size_t>(i)], node.attributes[2 * i + 1]),
                                   node.attributes[2 * i]));
      return read(node.inputs[0], source, known);
    }
    case Op::pad: return pad_value(node, index, known);
    case Op::gather: {
      const GraphNode& table = graph_.nodes[node.inputs[0]];
      const auto axes = static_cast<std::ptrdiff_t>(graph_.nodes[node.inputs[1]].shape.rank());
      const Expr row = read(node.inputs[1], Index(index.begin(), index.begin() + axes), known);
      const Expr position = checked(id, row, table.shape[0]);
      Index source = {position};
      source.insert(source.end(), index.begin() + axes, index.end());
      const Expr value = read(node.inputs[0], source, known);
      if (depends_on(value, position)) return value;
      // A table of equal elements is not looked up; its index is checked all the same. It is never negative.
      const Expr is_negative = pool_.scalar(Scalar::lt, DType::boolean, {position, pool_.integer(0)});
      const Expr zero = pool_.number(node.dtype, 0), other = value == zero ? pool_.number(node.dtype, 1) : zero;
      return pool_.scalar(Scalar::where, node.dtype, {is_negative, other, value});
    }
    case Op::parameter:
    case Op::reduce:
    case Op::contract:
    case Op::scatter_add:
    case Op::custom:
    case Op::scan:
    case Op::argsort:
    case Op::call: break;
  }
  throw InternalError(fmt::format("schedule: {} %{} cannot be inlined", name(node.op), id));
}

Expr Values::checked(NodeId id, Expr position, std::int64_t size) const {
  Expr& known = checked_[{position, size}];
  if (known) return known;
  std::int64_t status = 1;
  if (checks_) {
    checks_->push_back(id);
    status = static_cast<std::int64_t>(checks_->size());
  }
  known = pool_.checked(pool_.scalar(Scalar::cast, DType::i64, {position}), size, status);
  return known;
}

Expr Values::pad_value(const GraphNode& node, const Index& index, Known& known) const {
  const Shape& from = graph_.nodes[node.inputs[0]].shape;
  Expr inside = pool_.number(DType::boolean, 1);
  Index source;
  for (int i = 0; i < from.rank(); ++i) {
    const Expr shifted = pool_.add(index[static_cast<std::size_t>(i)], -node.attributes[2 * i]);
    inside = pool_.scalar(Scalar::logical_and, DType::boolean, {inside, pool_.within(shifted, 0, from[i])});
    source.push_back(shifted);
  }
  const Expr fill = pool_.number(node.dtype, node.attributes.back());
  return pool_.scalar(Scalar::where, node.dtype, {inside, read(node.inputs[0], source, known), fill});
}

Shape reduced_shape(const Graph& graph, NodeId id) {
  const GraphNode& node = graph.nodes[id];
  const Shape& input = graph.nodes[node.inputs[0]].shape;
  Shape reduced;
  if (node.op == Op::reduce) {
    for (int i = 0; i < input.rank(); ++i)
      if ((node.attributes[0] >> i & 1) != 0) reduced.push_back(input[i]);
  } else {
    for (int i = input.rank() - static_cast<int>(node.attributes[3]); i < input.rank(); ++i)
      reduced.push_back(input[i]);
  }
  return reduced;
}

}  // namespace tenon
