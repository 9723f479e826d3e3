// Lowering: from groups of graph nodes to kernels in the loop IR.
#pragma once

#include <functional>
#include <set>
#include <unordered_map>
#include <utility>

#include "tenon/kernel/kernel.h"
#include "tenon/schedule/groups.h"

namespace tenon {

/// A kernel under construction.
class KernelBuilder {
 public:
  KernelBuilder(const Graph& graph, const Anchors& anchors, const std::vector<bool>& is_stored,
                const std::set<std::int64_t>& varying_sizes = {});

  ExprPool& pool() { return *kernel_.pool; }
  const Graph& graph() const { return graph_; }
  const Anchors& anchors() const { return anchors_; }
  const Values& values() const { return values_; }
  const GraphNode& node(NodeId id) const { return graph_.nodes[id]; }
  /// Whether a node's value has to be in memory: an output, or read by another group.
  bool is_stored(NodeId id) const { return is_stored_[id]; }

  /// Whether the kernel's text is to be the same for other sizes of this loop or array.
  bool varies(std::int64_t extent) const { return kernel_.varying_sizes.contains(extent); }

  int new_local() { return kernel_.locals++; }
  /// The loop variable over [0, extent); 0 when there is only that. The same extent gives the same variable
  /// for one `role`.
  Expr variable(std::int64_t extent, int role);
  /// Where `id` is stored, as the kernel's buffer number.
  int buffer_of(NodeId id);
  Statement store(NodeId id, Expr position, Expr value);
  /// The node behind a load of this kernel.
  NodeId node_of(Expr load) const { return kernel_.buffers[static_cast<std::size_t>(load->value)].value; }
  void count_work(double operations) { kernel_.operations += operations; }

  Kernel finish(std::string name);
  Kernel& kernel() { return kernel_; }

 private:
  const Graph& graph_;
  const Anchors& anchors_;
  const std::vector<bool>& is_stored_;
  Kernel kernel_;
  Values values_;
  std::unordered_map<NodeId, int> buffers_;
  std::unordered_map<std::int64_t, Expr> variables_[4];
};

/// The group's loops, one or more of them parallel, to be run side by side.
Statements lower_rows(KernelBuilder& builder, const Group& group);
Statements lower_scatter(KernelBuilder& builder, const Group& group);
Statements lower_scan(KernelBuilder& builder, const Group& group);
Statements lower_argsort(KernelBuilder& builder, const Group& group);
Contraction lower_contraction(KernelBuilder& builder, const Group& group);

/// Extents of loops and arrays that follow from the sizes of varying axes.
std::set<std::int64_t> varying_sizes(const Graph& graph);

/// Elementwise anchors of one size: loops over as long contiguous runs as the indices allow. Empty if `group`
/// is not of that kind.
Statements lower_flat(KernelBuilder& builder, const Group& group);

// Shared by the lowerings.

/// A loop whose loads and sums that do not depend on its variable are computed before it.
Statements hoisted(KernelBuilder& builder, Loop loop);
/// `value` with loads replaced by what `replace` returns for them; nullptr keeps one.
Expr replace_loads(ExprPool& pool, Expr value, const std::function<Expr(Expr)>& replace);
/// The number of leading axes of `shape` to be walked by an outer loop, so that the positions of all loads in
/// `value_at(outer, inner)` are linear in the inner variable and the inner loop is as long as possible.
struct AxisSplit {
  std::int64_t outer = 1, inner = 1;
};
AxisSplit split_axes(ExprPool& pool, std::span<const std::int64_t> shape,
                     const std::function<std::vector<Expr>(Index)>& values_at);
/// What combining starts from.
Expr identity_of(ExprPool& pool, Scalar combine, DType dtype);
/// Weighted operations of a value.
double operations_of(Expr value);

}  // namespace tenon
