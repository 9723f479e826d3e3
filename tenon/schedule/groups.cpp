#include "tenon/schedule/groups.h"

#include <algorithm>
#include <functional>
#include <map>
#include <unordered_map>
#include <unordered_set>

namespace tenon {
namespace {

// Groups below this many elements run on one thread anyway: they may have a single row.
constexpr std::int64_t small_work = 2048;
// Rows that keep the threads evenly busy.
constexpr std::int64_t enough_rows = 8;
// What the temporaries of one row may occupy; half of a usual second-level cache at most.
constexpr std::int64_t most_row_bytes = 128 << 10;

std::int64_t domain_elements(const Graph& graph, const Anchors& anchors, NodeId id) {
  std::int64_t elements = graph.nodes[id].shape.elements();
  if (anchors.kind[id] == AnchorKind::reduction) elements *= reduced_shape(graph, id).elements();
  return elements;
}

// Products of the leading axes: the numbers of rows that a shape can be cut into.
std::vector<std::int64_t> row_counts_of(const Shape& shape, int axes) {
  std::vector<std::int64_t> counts = {1};
  for (int i = 0; i < axes; ++i)
    if (shape[i] != 1) counts.push_back(counts.back() * shape[i]);
  return counts;
}

class Fuser {
 public:
  Fuser(const Graph& graph, const Anchors& anchors, const std::vector<std::uint32_t>& state_outputs)
      : graph_(graph),
        anchors_(anchors),
        values_(graph, anchors.is_anchor, pool_, [](NodeId id) { return static_cast<int>(id); }),
        group_of_(graph.nodes.size(), none) {
    find_late_nodes(state_outputs);
  }

  Fusion run() {
    for (NodeId id = 0; id < graph_.nodes.size(); ++id)
      if (anchors_.is_anchor[id]) place(id);
    return ordered();
  }

  bool holds(const Fusion& fusion) {
    group_of_ = fusion.group_of;
    return std::all_of(fusion.groups.begin(), fusion.groups.end(), [&](const Group& group) {
      switch (group.kind) {
        case Group::Kind::rows: return has_rows(group);
        case Group::Kind::contraction: return has_epilogue(group);
        case Group::Kind::alone: return true;
      }
      return false;
    });
  }

 private:
  static constexpr std::uint32_t none = ~0u;

  struct Candidate {
    Group group;
    std::vector<NodeId> sources;  // anchors read, in any group
    std::int64_t work = 0;
    bool is_late = false;
    bool is_merged = false;  // into another group
    // Epilogue anchors' positions as functions of the contraction's position.
    std::map<NodeId, Expr> positions;
  };

  void place(NodeId id) {
    const std::vector<NodeId> sources = sources_of(id);
    std::vector<std::uint32_t> nearby;
    for (NodeId source : sources)
      if (std::find(nearby.begin(), nearby.end(), group_of_[source]) == nearby.end())
        nearby.push_back(group_of_[source]);
    std::sort(nearby.rbegin(), nearby.rend());
    bool placed = false;
    if (may_fuse(id)) {
      for (std::uint32_t group : nearby) {
        if (!placed)
          placed = join(id, sources, group);
        else
          merge(group_of_[id], group);
      }
    }
    if (!placed) start(id, sources);
    if (may_fuse(id)) merge_siblings(id);
  }

  // Groups that read the same large value, row by row, read it once when they run together.
  void merge_siblings(NodeId id) {
    for (NodeId value : large_operands(id)) {
      std::vector<NodeId>& readers = readers_[value];
      for (NodeId other : readers)
        if (group_of_[other] != group_of_[id]) merge(group_of_[id], group_of_[other]);
      readers.push_back(id);
    }
  }

  // Leaves and anchors, seen through views and inlined nodes, that make up most of what `id` reads.
  std::vector<NodeId> large_operands(NodeId id) const {
    const std::int64_t elements = domain_elements(graph_, anchors_, id);
    std::vector<NodeId> found, stack(graph_.nodes[id].inputs.begin(), graph_.nodes[id].inputs.end());
    std::unordered_set<NodeId> seen;
    while (!stack.empty()) {
      const NodeId input = stack.back();
      stack.pop_back();
      if (!seen.insert(input).second) continue;
      const GraphNode& node = graph_.nodes[input];
      if (!anchors_.is_anchor[input] && node.op != Op::parameter)
        stack.insert(stack.end(), node.inputs.begin(), node.inputs.end());
      else if (node.shape.elements() * 2 >= elements && node.shape.elements() > small_work)
        found.push_back(input);
    }
    return found;
  }

  bool may_fuse(NodeId id) const {
    const AnchorKind kind = anchors_.kind[id];
    return (kind == AnchorKind::elementwise || kind == AnchorKind::reduction) &&
           domain_elements(graph_, anchors_, id) > 0;
  }

  void start(NodeId id, const std::vector<NodeId>& sources) {
    Candidate candidate;
    const AnchorKind kind = anchors_.kind[id];
    candidate.group.kind = kind == AnchorKind::contraction ? Group::Kind::contraction
                           : kind == AnchorKind::alone     ? Group::Kind::alone
                                                           : Group::Kind::rows;
    candidate.group.anchors = {id};
    candidate.group.row_counts = own_row_counts(id);
    candidate.sources = sources;
    candidate.work = domain_elements(graph_, anchors_, id);
    candidate.is_late = late_[id];
    if (kind == AnchorKind::contraction && candidate.work > 0)
      candidate.positions[id] = row(graph_.nodes[id].shape.elements());
    group_of_[id] = static_cast<std::uint32_t>(groups_.size());
    groups_.push_back(std::move(candidate));
  }

  bool join(NodeId id, const std::vector<NodeId>& sources, std::uint32_t target) {
    Candidate& candidate = groups_[target];
    if (candidate.is_late != late_[id] || candidate.group.kind == Group::Kind::alone || candidate.work == 0)
      return false;
    for (NodeId source : sources)
      if (group_of_[source] != target && depends(group_of_[source], target)) return false;
    if (candidate.group.kind == Group::Kind::contraction) {
      if (!join_epilogue(id, candidate)) return false;
    } else if (!join_rows(id, sources, target)) {
      return false;
    }
    group_of_[id] = target;
    candidate.group.anchors.push_back(id);
    candidate.sources.insert(candidate.sources.end(), sources.begin(), sources.end());
    candidate.work += domain_elements(graph_, anchors_, id);
    return true;
  }

  bool join_rows(NodeId id, const std::vector<NodeId>& sources, std::uint32_t target) {
    Candidate& candidate = groups_[target];
    std::vector<std::int64_t> counts;
    for (std::int64_t count : own_row_counts(id)) {
      const auto& theirs = candidate.group.row_counts;
      if (std::find(theirs.begin(), theirs.end(), count) == theirs.end()) continue;
      const bool fits = std::all_of(sources.begin(), sources.end(), [&](NodeId source) {
        return group_of_[source] != target || is_aligned(id, source, count);
      });
      if (fits) counts.push_back(count);
    }
    std::vector<NodeId> members = candidate.group.anchors;
    members.push_back(id);
    const std::int64_t most = std::max(candidate.group.row_counts.back(), own_row_counts(id).back());
    if (!is_worthwhile(counts, most, members, candidate.work + domain_elements(graph_, anchors_, id))) return false;
    candidate.group.row_counts = counts;
    return true;
  }

  // Two groups that would share what they read.
  void merge(std::uint32_t into, std::uint32_t from) {
    Candidate &a = groups_[into], &b = groups_[from];
    if (into == from || a.group.kind != Group::Kind::rows || b.group.kind != Group::Kind::rows ||
        a.is_late != b.is_late)
      return;
    if (depends_around(into, from) || depends_around(from, into)) return;
    std::vector<std::int64_t> counts;
    for (std::int64_t count : a.group.row_counts) {
      const auto& theirs = b.group.row_counts;
      if (std::find(theirs.begin(), theirs.end(), count) == theirs.end()) continue;
      if (reads_are_aligned(a, from, count) && reads_are_aligned(b, into, count)) counts.push_back(count);
    }
    std::vector<NodeId> members = a.group.anchors;
    members.insert(members.end(), b.group.anchors.begin(), b.group.anchors.end());
    const std::int64_t most = std::max(a.group.row_counts.back(), b.group.row_counts.back());
    if (!is_worthwhile(counts, most, members, a.work + b.work)) return;
    std::sort(members.begin(), members.end());
    for (NodeId id : b.group.anchors) group_of_[id] = into;
    a.group.anchors = members;
    a.group.row_counts = counts;
    a.sources.insert(a.sources.end(), b.sources.begin(), b.sources.end());
    a.work += b.work;
    b = Candidate{};
    b.is_merged = true;
  }

  bool reads_are_aligned(const Candidate& reader, std::uint32_t group, std::int64_t count) {
    for (NodeId id : reader.group.anchors)
      for (NodeId source : sources_of(id))
        if (group_of_[source] == group && !is_aligned(id, source, count)) return false;
    return true;
  }

  // `most`: the rows that one of the two has on its own. Sharing a number, such as a learning rate, is no
  // reason to give all rows but one up.
  bool is_worthwhile(const std::vector<std::int64_t>& counts, std::int64_t most, const std::vector<NodeId>& members,
                     std::int64_t work) const {
    if (counts.empty() || (counts.back() == 1 && most > 1)) return false;
    const std::int64_t rows = counts.back();
    if (rows < enough_rows && work > small_work) return false;
    std::int64_t row_bytes = 0;
    for (NodeId id : members)
      row_bytes +=
          graph_.nodes[id].shape.elements() / rows * static_cast<std::int64_t>(size_of(graph_.nodes[id].dtype));
    return row_bytes <= most_row_bytes;
  }

  bool join_epilogue(NodeId id, Candidate& candidate) {
    if (anchors_.kind[id] != AnchorKind::elementwise) return false;
    const NodeId contraction = candidate.group.anchors[0];
    const Shape& shape = graph_.nodes[contraction].shape;
    const Expr position = candidate.positions.at(contraction);
    const ReaderIndex index = reader_index(graph_, pool_, id, contraction, delinearise(pool_, shape, position));
    if (!index.exists) return false;
    const Expr value = values_.compute(id, index.index);
    bool fits = true;
    for_each_node(std::span(&value, 1), [&](Expr e) {
      if (e->kind != ExprKind::load) return;
      const auto found = candidate.positions.find(static_cast<NodeId>(e->value));
      if (found != candidate.positions.end()) fits &= e->terms[0] == found->second;
    });
    if (fits) candidate.positions[id] = linearise(pool_, graph_.nodes[id].shape, index.index);
    return fits;
  }

  bool has_rows(const Group& group) {
    const std::int64_t count = group.row_counts.back();
    return std::all_of(group.anchors.begin(), group.anchors.end(), [&](NodeId id) {
      const std::vector<std::int64_t> counts = own_row_counts(id);
      const std::vector<NodeId> sources = sources_of(id);
      return std::find(counts.begin(), counts.end(), count) != counts.end() &&
             std::all_of(sources.begin(), sources.end(), [&](NodeId source) {
               return group_of_[source] != group_of_[id] || is_aligned(id, source, count);
             });
    });
  }

  bool has_epilogue(const Group& group) {
    Candidate candidate{.group = group, .sources = {}, .positions = {}};
    const NodeId contraction = group.anchors[0];
    candidate.positions[contraction] = row(graph_.nodes[contraction].shape.elements());
    return std::all_of(group.anchors.begin() + 1, group.anchors.end(),
                       [&](NodeId id) { return join_epilogue(id, candidate); });
  }

  std::vector<std::int64_t> own_row_counts(NodeId id) const {
    const Shape& shape = graph_.nodes[id].shape;
    int axes = shape.rank();
    // The inner loop of a reduction by columns runs along the innermost kept axis, which therefore stays in
    // the row.
    if (anchors_.kind[id] == AnchorKind::reduction && reduction_form(graph_, anchors_, id) == ReductionForm::column) {
      while (axes > 0 && shape[axes - 1] == 1) --axes;
      axes = std::max(axes - 1, 0);
    }
    return row_counts_of(shape, axes);
  }

  Expr row(std::int64_t count) {
    if (count == 1) return pool_.integer(0);
    const auto found = rows_.find(count);
    return found != rows_.end() ? found->second : rows_[count] = pool_.variable(count);
  }

  // What `id` computes in a given row.
  Expr body(NodeId id, std::int64_t count) {
    const auto key = std::pair(id, count);
    if (const auto found = bodies_.find(key); found != bodies_.end()) return found->second;
    const Shape& shape = graph_.nodes[id].shape;
    int axes = 0;
    for (std::int64_t product = 1; product < count; ++axes) product *= shape[axes];
    Index index =
        delinearise(pool_, std::span<const std::int64_t>(shape.begin(), static_cast<std::size_t>(axes)), row(count));
    for (int i = axes; i < shape.rank(); ++i) index.push_back(axis_variable(shape[i]));
    Index reduced;
    if (anchors_.kind[id] == AnchorKind::reduction || anchors_.kind[id] == AnchorKind::contraction)
      for (std::int64_t dim : reduced_shape(graph_, id)) reduced.push_back(axis_variable(dim));
    return bodies_[key] = values_.compute(id, index, reduced);
  }

  Expr axis_variable(std::int64_t size) { return size == 1 ? pool_.integer(0) : pool_.variable(size); }

  bool is_aligned(NodeId reader, NodeId source, std::int64_t count) {
    const std::int64_t elements = graph_.nodes[source].shape.elements();
    if (count == 1) return true;
    if (elements % count != 0) return false;
    const Expr value = body(reader, count);
    bool aligned = true;
    for_each_node(std::span(&value, 1), [&](Expr e) {
      if (e->kind == ExprKind::load && e->value == static_cast<std::int64_t>(source))
        aligned &= pool_.divide(e->terms[0], elements / count) == row(count);
    });
    return aligned;
  }

  std::vector<NodeId> sources_of(NodeId id) const { return anchors_read_by(graph_, anchors_, id); }

  bool depends(std::uint32_t group, std::uint32_t on) const { return group == on || depends_by(group, on, none); }
  // Through at least one other group.
  bool depends_around(std::uint32_t group, std::uint32_t on) const { return depends_by(group, on, on); }

  // Whether a path leads from `group` down to `on`; direct steps from `group` to `skip` do not count.
  bool depends_by(std::uint32_t group, std::uint32_t on, std::uint32_t skip) const {
    std::vector<bool> seen(groups_.size(), false);
    std::vector<std::uint32_t> stack = {group};
    bool first = true;
    while (!stack.empty()) {
      const std::uint32_t current = stack.back();
      stack.pop_back();
      for (NodeId source : groups_[current].sources) {
        const std::uint32_t next = group_of_[source];
        if (next == current || (first && next == skip) || seen[next]) continue;
        if (next == on) return true;
        seen[next] = true;
        stack.push_back(next);
      }
      first = false;
    }
    return false;
  }

  // Elementwise nodes from which every path ends in a state output.
  void find_late_nodes(const std::vector<std::uint32_t>& state_outputs) {
    const std::size_t count = graph_.nodes.size();
    late_.assign(count, false);
    std::vector<bool> is_state(count, false), is_other(count, false), leads_elsewhere(count, false),
        has_reader(count, false);
    for (std::uint32_t i = 0; i < graph_.outputs.size(); ++i) {
      const bool state = std::find(state_outputs.begin(), state_outputs.end(), i) != state_outputs.end();
      (state ? is_state : is_other)[stored_node(graph_, graph_.outputs[i])] = true;
    }
    for (NodeId id = static_cast<NodeId>(count); id-- > 0;) {
      const FusionClass fusion = info(graph_.nodes[id].op).fusion;
      const bool passes = fusion == FusionClass::elementwise || fusion == FusionClass::movement;
      late_[id] = passes && !is_other[id] && !leads_elsewhere[id] && (is_state[id] || has_reader[id]);
      for (NodeId input : graph_.nodes[id].inputs) {
        has_reader[input] = true;
        if (!late_[id]) leads_elsewhere[input] = true;
      }
    }
  }

  // Drops merged groups and sorts the rest so that producers come first, otherwise in the graph's order.
  Fusion ordered() {
    const std::size_t count = groups_.size();
    std::vector<std::vector<std::uint32_t>> producers(count);
    std::vector<int> state(count, 0);
    for (std::uint32_t g = 0; g < count; ++g)
      for (NodeId source : groups_[g].sources) {
        const std::uint32_t from = group_of_[source];
        if (from != g && std::find(producers[g].begin(), producers[g].end(), from) == producers[g].end())
          producers[g].push_back(from);
      }
    std::vector<std::uint32_t> order, new_number(count, none);
    const std::function<void(std::uint32_t)> visit = [&](std::uint32_t g) {
      if (state[g] != 0) return;
      state[g] = 1;
      for (std::uint32_t from : producers[g]) visit(from);
      new_number[g] = static_cast<std::uint32_t>(order.size());
      order.push_back(g);
    };
    for (std::uint32_t g = 0; g < count; ++g)
      if (!groups_[g].is_merged) visit(g);
    Fusion fusion;
    fusion.group_of.assign(graph_.nodes.size(), none);
    for (std::uint32_t g : order) {
      fusion.groups.push_back(groups_[g].group);
      std::vector<std::uint32_t> renamed;
      for (std::uint32_t from : producers[g]) renamed.push_back(new_number[from]);
      fusion.producers.push_back(std::move(renamed));
    }
    for (NodeId id = 0; id < graph_.nodes.size(); ++id)
      if (group_of_[id] != none) fusion.group_of[id] = new_number[group_of_[id]];
    return fusion;
  }

  const Graph& graph_;
  const Anchors& anchors_;
  ExprPool pool_;
  Values values_;
  std::vector<std::uint32_t> group_of_;
  std::vector<Candidate> groups_;
  std::vector<bool> late_;
  std::map<NodeId, std::vector<NodeId>> readers_;  // anchors, placed so far, that read a large value
  std::map<std::int64_t, Expr> rows_;
  std::map<std::pair<NodeId, std::int64_t>, Expr> bodies_;
};

}  // namespace

ReductionForm reduction_form(const Graph& graph, const Anchors& anchors, NodeId id) {
  ExprPool pool;
  const Values values(graph, anchors.is_anchor, pool, [](NodeId node) { return static_cast<int>(node); });
  const Shape& shape = graph.nodes[id].shape;
  const auto variables_of = [&](const Shape& sizes) {
    Index index;
    for (std::int64_t dim : sizes) index.push_back(dim == 1 ? pool.integer(0) : pool.variable(dim));
    return index;
  };
  const bool is_long = [&] {
    for (int i = shape.rank(); i-- > 0;)
      if (shape[i] != 1) return shape[i] >= 8 || graph.nodes[id].varies(i);
    return false;
  }();
  const Index kept = variables_of(shape), reduced = variables_of(reduced_shape(graph, id));
  const auto innermost = [](const Index& index) -> Expr {
    for (std::size_t i = index.size(); i-- > 0;)
      if (index[i]->kind == ExprKind::variable) return index[i];
    return nullptr;
  };
  const Expr inner_kept = innermost(kept), inner_reduced = innermost(reduced);
  if (!inner_kept || !is_long) return ReductionForm::row;
  if (!inner_reduced) return ReductionForm::column;
  // How badly the loads go when the inner loop runs along one variable or the other: strides other than 0 and
  // 1 hurt.
  int by_row = 0, by_column = 0;
  const Expr term = values.compute(id, kept, reduced);
  for_each_node(std::span(&term, 1), [&](Expr e) {
    if (e->kind != ExprKind::load) return;
    const auto badness = [&](Expr variable) {
      const LinearForm linear = linear_in(e->terms[0], variable);
      return !linear.is_linear ? 8 : linear.coefficient == 0 ? 0 : linear.coefficient == 1 ? 1 : 8;
    };
    by_row += badness(inner_reduced);
    by_column += badness(inner_kept);
  });
  return by_column < by_row ? ReductionForm::column : ReductionForm::row;
}

Fusion fuse(const Graph& graph, const Anchors& anchors, const std::vector<std::uint32_t>& state_outputs) {
  return Fuser(graph, anchors, state_outputs).run();
}

bool holds(const Graph& graph, const Anchors& anchors, const Fusion& fusion) {
  return Fuser(graph, anchors, {}).holds(fusion);
}

namespace {

// `known`: of readers that were looked at before, since graphs share nodes.
ReaderIndex find_reader_index(const Graph& graph, ExprPool& pool, NodeId reader, NodeId source, const Index& index,
                              std::unordered_map<NodeId, ReaderIndex>& known) {
  if (reader == source) return {true, index};
  const GraphNode& node = graph.nodes[reader];
  if (node.op != Op::elementwise && node.op != Op::reshape && node.op != Op::permute) return {};
  if (const auto found = known.find(reader); found != known.end()) return found->second;
  ReaderIndex result;
  for (NodeId input : node.inputs) {
    if (input < source) continue;
    const ReaderIndex below = find_reader_index(graph, pool, input, source, index, known);
    if (!below.exists) continue;
    result.exists = true;
    if (node.op == Op::elementwise) {
      result.index = below.index;
    } else if (node.op == Op::reshape) {
      result.index = reshape_index(pool, graph.nodes[input].shape, node.shape, below.index);
    } else {
      for (int i = 0; i < node.attributes.size(); ++i)
        result.index.push_back(below.index[static_cast<std::size_t>(node.attributes[i])]);
    }
    break;
  }
  known.emplace(reader, result);
  return result;
}

}  // namespace

ReaderIndex reader_index(const Graph& graph, ExprPool& pool, NodeId reader, NodeId source, const Index& index) {
  std::unordered_map<NodeId, ReaderIndex> known;
  return find_reader_index(graph, pool, reader, source, index, known);
}

}  // namespace tenon
