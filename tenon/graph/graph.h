// A Graph is a whole trace in topological order: what plans are made from, compared by and interpreted as.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tenon/graph/graph_mutex.h"
#include "tenon/graph/node.h"

namespace tenon {

/// Number of a node within its Graph.
using NodeId = std::uint32_t;
using NodeIds = InlineVector<NodeId, max_inputs>;
inline constexpr NodeId no_node = ~NodeId{0};

/// A Node whose inputs are numbers, smaller than its own. A leaf's attributes are {slot}.
struct GraphNode {
  Op op;
  Scalar scalar = Scalar::cast;
  DType dtype;
  /// Bit mask of axes whose sizes are no constants of the kernels, but arguments (schedule/general_schedule.h).
  std::uint8_t varying_axes = 0;
  NodeId origin = no_node;  // the traced node that it was at first; says nothing about what it computes
  NodeIds inputs = {};
  Shape shape;
  Attributes attributes;

  bool varies(int axis) const { return (varying_axes >> axis & 1) != 0; }
  bool operator==(const GraphNode& other) const {
    return op == other.op && scalar == other.scalar && dtype == other.dtype && varying_axes == other.varying_axes &&
           inputs == other.inputs && shape == other.shape && attributes == other.attributes;
  }
};

/// Structural hash of one node given its inputs' numbers.
std::uint64_t hash_of(const GraphNode& node);

/// Equal subexpressions are one node; every node is needed by an output.
struct Graph {
  std::vector<GraphNode> nodes;
  std::vector<NodeId> outputs;
  std::vector<NodeId> leaves;  // of slot 0, 1, ...; no_node where nothing reads the slot

  bool operator==(const Graph&) const = default;
};

/// Appends nodes, giving equal ones the same number.
class GraphBuilder {
 public:
  GraphBuilder();
  /// Starts again; memory is kept.
  void clear();
  NodeId add(const GraphNode& node) {
    append(node);
    return add_last();
  }
  /// The same in two steps, for a node that is completed in its place: `append` makes it of the first fields of a
  /// GraphNode, `add_last` takes it away again if an equal one is there.
  template <class... Fields>
  GraphNode& append(const Fields&... fields) {
    return graph_.nodes.emplace_back(fields...);
  }
  NodeId add_last();
  /// Hash of everything added so far, in order.
  std::uint64_t hash() const { return hash_; }
  const GraphNode& operator[](NodeId id) const { return graph_.nodes[id]; }
  Graph& graph() { return graph_; }

 private:
  Graph graph_;
  std::uint64_t hash_ = 0;
  void grow();
  std::vector<NodeId> table_;          // open addressing by hash; no_node where free
  std::vector<std::uint64_t> hashes_;  // of each node
};

/// What a walk from some outputs finds: the graph that computes them, and the leaves behind its slots. Outputs that
/// were not asked for come last: the largest index of each lookup that has indices and no elements, so that these
/// indices are checked as all others are.
struct Trace {
  Graph graph;
  std::uint64_t hash = 0;
  std::vector<const Node*> leaves;           // of slot 0, 1, ...; null for arguments
  std::vector<std::source_location> places;  // of each node, if they are kept: the call that made it first
};

/// Traces again and again in the same memory: a training loop that traces every step allocates nothing.
class Tracer {
 public:
  /// Slots: arguments (make_argument) keep their own and come first, `arguments` of them; then every node
  /// that has a Storage, in the order of the first visit, equal storages once. The result is valid until the
  /// next call. The caller holds graph_mutex().
  const Trace& run(std::span<const NodeRef> outputs, int arguments = 0);

  /// From now on traces say where their nodes were made, which only errors want to know.
  void keep_places() { keeps_places_ = true; }

 private:
  void visit(const Node* output);
  void finish(const Node* node);
  void note_place(NodeId id, std::source_location where);
  void check_unread_indices(const Node& node);
  std::int64_t slot_of(const Node* leaf);

  GraphBuilder builder_;
  Trace trace_;
  std::vector<NodeId> unread_;  // what is computed for its checks alone
  std::uint64_t mark_ = 0;
  int arguments_ = 0;
  bool keeps_places_ = false;
  std::vector<std::pair<const Node*, int>> stack_;
  // Slots by storage, open addressing; storage null where free.
  struct StorageSlot {
    const Storage* storage = nullptr;
    std::int64_t slot = 0;
  };
  std::vector<StorageSlot> storages_;
  std::size_t storage_count_ = 0;
};

/// One trace, to keep, with places.
Trace trace(std::span<const NodeRef> outputs, int arguments = 0);

/// Throws InternalError at the first node that breaks a rule: order of inputs, arity, shape, element type,
/// attributes.
void verify(const Graph& graph);

/// One line a node: `%7 = add f32 [128, 64] (%5, %6)`.
std::string to_string(const Graph& graph);

}  // namespace tenon
