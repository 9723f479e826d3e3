// Fusion: which anchors are computed together.
//
// A group of rows is a loop over rows in which every anchor computes its part of the row, so that what one
// anchor leaves the next one finds in cache. Anchors fit together when each reads, in row r, only row r of
// the others. What counts is the number of rows: a tensor of shape [batch, time, embd] has batch * time rows,
// or batch, or one.
#pragma once

#include <cstdint>
#include <vector>

#include "tenon/schedule/anchors.h"
#include "tenon/schedule/values.h"

namespace tenon {

struct Group {
  enum class Kind : std::uint8_t {
    rows,         // elementwise anchors and reductions over common rows
    contraction,  // a tiled contraction, followed by elementwise anchors: its epilogue
    alone,        // one scatter, scan, sort or call
  };
  Kind kind = Kind::rows;
  std::vector<NodeId> anchors;           // operands before their readers; a contraction first
  std::vector<std::int64_t> row_counts;  // kind rows: what the number of rows may be, ascending
};

struct Fusion {
  std::vector<Group> groups;                          // producers before consumers
  std::vector<std::uint32_t> group_of;                // of each anchor
  std::vector<std::vector<std::uint32_t>> producers;  // groups whose anchors a group reads
};

/// How a reduction walks its operand.
enum class ReductionForm : std::uint8_t {
  row,     // one result after the other: the inner loop runs over what is summed
  column,  // all results of a run at once: the inner loop runs over the innermost kept axis
};
ReductionForm reduction_form(const Graph& graph, const Anchors& anchors, NodeId id);

/// `state_outputs` (numbers of outputs) replace the plan's donated inputs. What leads to them alone, the
/// update of parameters, is kept out of other groups, so that it runs last, in place, as one kernel.
Fusion fuse(const Graph& graph, const Anchors& anchors, const std::vector<std::uint32_t>& state_outputs);

/// Whether groups that were formed for a graph are right for this one, too, which has the same structure and other
/// sizes: rows that line up, epilogues that read element by element.
bool holds(const Graph& graph, const Anchors& anchors, const Fusion& fusion);

/// The index of `reader` at which it reads the element of `source` named by `index`, if the way between them
/// consists of elementwise nodes, reshapes and permutes; else empty and false.
struct ReaderIndex {
  bool exists = false;
  Index index;
};
ReaderIndex reader_index(const Graph& graph, ExprPool& pool, NodeId reader, NodeId source, const Index& index);

}  // namespace tenon
