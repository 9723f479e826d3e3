// Values of graph nodes as expressions: views fold into indices, inlined nodes into their readers.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "tenon/graph/graph.h"
#include "tenon/kernel/expr.h"

namespace tenon {

/// One index expression for each axis.
using Index = std::vector<Expr>;

/// Row-major position of `index` in `shape`.
Expr linearise(ExprPool& pool, std::span<const std::int64_t> shape, std::span<const Expr> index);
/// The index at row-major `position`.
Index delinearise(ExprPool& pool, std::span<const std::int64_t> shape, Expr position);
/// The index into `from` of the element that `index` names in `to`, where both hold the same elements in
/// row-major order. Axes that line up are mapped on their own, so that indices stay simple.
Index reshape_index(ExprPool& pool, const Shape& to, const Shape& from, std::span<const Expr> index);

/// Lowers values of one graph into one pool.
class Values {
 public:
  /// `is_anchor[id]`: the node's value is stored somewhere and loaded, not recomputed. `buffer_of` numbers
  /// what is loaded. `checks` collects the nodes whose indices are checked (Kernel::checks).
  Values(const Graph& graph, const std::vector<bool>& is_anchor, ExprPool& pool, std::function<int(NodeId)> buffer_of,
         std::vector<NodeId>* checks = nullptr)
      : graph_(graph), is_anchor_(is_anchor), pool_(pool), buffer_of_(std::move(buffer_of)), checks_(checks) {}

  /// The value of a node as its readers see it: a load where it is an anchor or a leaf.
  Expr read(NodeId id, const Index& index) const;

  /// How an anchor computes its element at `index`; for a reduction or contraction: the term at `index` and
  /// `reduced` (an index over the reduced axes, in order).
  Expr compute(NodeId id, const Index& index, const Index& reduced = {}) const;

  /// `position`, a value of node `id`'s, as an index into an axis of `size`; outside of it the kernel reports the node.
  Expr checked(NodeId id, Expr position, std::int64_t size) const;

 private:
  // Elements that one call has lowered already: a chain of nodes that each read the one before twice would
  // otherwise take time exponential in its length.
  using Known = std::map<std::pair<NodeId, Index>, Expr>;

  Expr read(NodeId id, const Index& index, Known& known) const;
  Expr expand_node(NodeId id, const Index& index, Known& known) const;
  Expr pad_value(const GraphNode& node, const Index& index, Known& known) const;

  const Graph& graph_;
  const std::vector<bool>& is_anchor_;
  ExprPool& pool_;
  std::function<int(NodeId)> buffer_of_;
  std::vector<NodeId>* checks_;
  mutable std::map<std::pair<Expr, std::int64_t>, Expr> checked_;  // by position and size: who checks first reports
};

/// Sizes of the axes that a reduction or contraction sums over.
Shape reduced_shape(const Graph& graph, NodeId id);

}  // namespace tenon
