#include "tenon/schedule/split_reductions.h"

#include <algorithm>
#include <limits>
#include <optional>

namespace tenon {
namespace {

// A reduction is worth splitting when it is long ...
constexpr std::int64_t least_elements = 1 << 15;
// ... and has too few independent results for the threads to share.
constexpr std::int64_t enough_rows = 32;
constexpr std::int64_t most_chunks = 64;
constexpr std::int64_t elements_per_chunk = 1 << 13;

std::int64_t identity_bits(Scalar combine, DType dtype) {
  switch (combine) {
    case Scalar::mul: return constant_bits(dtype, 1);
    case Scalar::maximum: return constant_bits(dtype, -std::numeric_limits<double>::infinity());
    case Scalar::minimum: return constant_bits(dtype, std::numeric_limits<double>::infinity());
    default: return constant_bits(dtype, 0);
  }
}

// Of an axis that may have any size: so many chunks, each long enough to be a loop at any size, the last ones padded.
constexpr std::int64_t varying_chunks = 16;

struct Split {
  int axis;
  std::int64_t chunks, length;  // chunks * length >= the axis
};

// Rows that can run in parallel as it is: results, if each is a sum over contiguous elements; else results of
// which the innermost kept axis, walked by the inner loop, does not count.
std::int64_t rows_of(const Graph& graph, const GraphNode& node) {
  const Shape& input = graph.nodes[node.inputs[0]].shape;
  const bool inner_is_reduced = (node.attributes[0] >> (input.rank() - 1) & 1) != 0;
  std::int64_t rows = node.shape.elements();
  if (!inner_is_reduced && node.shape.rank() > 0) rows /= std::max<std::int64_t>(node.shape[node.shape.rank() - 1], 1);
  return rows;
}

bool has_no_identity(const GraphNode& node) {
  return !is_floating(node.dtype) && (node.scalar == Scalar::maximum || node.scalar == Scalar::minimum);
}

// The same for all sizes: a sum over an axis that varies, with a known and small number of results.
std::optional<Split> split_of_varying(const GraphNode& node, const GraphNode& input) {
  int axis = -1;
  std::int64_t results = 1, inner_results = 1;
  for (int i = 0; i < input.shape.rank(); ++i) {
    const bool is_reduced = (node.attributes[0] >> i & 1) != 0;
    if (is_reduced && input.varies(i) && axis < 0) axis = i;
    if (is_reduced) continue;
    if (input.varies(i)) return std::nullopt;
    results *= input.shape[i];
    inner_results = i + 1 == input.shape.rank() ? input.shape[i] : 1;
  }
  if (axis < 0 || results / std::max<std::int64_t>(inner_results, 1) >= enough_rows || has_no_identity(node) ||
      input.shape.rank() == max_rank)
    return std::nullopt;
  return Split{axis, varying_chunks, input.shape[axis] / varying_chunks + 2};
}

std::optional<Split> split_of(const Graph& graph, const GraphNode& node) {
  if (node.op != Op::reduce) return std::nullopt;
  if (graph.nodes[node.inputs[0]].varying_axes != 0) return split_of_varying(node, graph.nodes[node.inputs[0]]);
  const Shape& input = graph.nodes[node.inputs[0]].shape;
  if (input.elements() < least_elements || rows_of(graph, node) >= enough_rows) return std::nullopt;
  // The longest reduced axis.
  int axis = -1;
  for (int i = 0; i < input.rank(); ++i)
    if ((node.attributes[0] >> i & 1) != 0 && (axis < 0 || input[i] > input[axis])) axis = i;
  const std::int64_t size = input[axis];
  const std::int64_t wanted = std::min({most_chunks, input.elements() / elements_per_chunk, size / 4});
  if (wanted < 2 || input.rank() == max_rank) return std::nullopt;
  // A number of chunks near the wanted one that divides the axis spares the tests for its end.
  for (std::int64_t chunks = wanted; chunks >= std::max<std::int64_t>(2, wanted / 4); --chunks)
    if (size % chunks == 0) return Split{axis, chunks, size / chunks};
  if (has_no_identity(node)) return std::nullopt;  // to pad with
  return Split{axis, wanted, (size + wanted - 1) / wanted};
}

// x[.., axis, ..] -> pad -> [.., chunks, length, ..] -> chunks first -> partial results [chunks, kept..] ->
// result.
NodeId add_split(GraphBuilder& builder, const GraphNode& node, const Split& split) {
  NodeId source = node.inputs[0];
  const DType dtype = node.dtype;
  Shape shape = builder[source].shape;
  const std::int64_t missing = split.chunks * split.length - shape[split.axis];
  if (missing > 0) {
    Attributes padding(2 * shape.rank(), 0);
    padding[2 * split.axis + 1] = missing;
    padding.push_back(identity_bits(node.scalar, dtype));
    shape[split.axis] += missing;
    source = builder.add({.op = Op::pad, .dtype = dtype, .inputs = {source}, .shape = shape, .attributes = padding});
  }
  shape[split.axis] = split.length;
  shape.insert(split.axis, split.chunks);
  source = builder.add({.op = Op::reshape, .dtype = dtype, .inputs = {source}, .shape = shape, .attributes = {}});
  Shape permuted = {split.chunks};
  Attributes order = {split.axis};
  for (int i = 0; i < shape.rank(); ++i) {
    if (i == split.axis) continue;
    permuted.push_back(shape[i]);
    order.push_back(i);
  }
  if (split.axis != 0)
    source =
        builder.add({.op = Op::permute, .dtype = dtype, .inputs = {source}, .shape = permuted, .attributes = order});
  Shape partial = {split.chunks};
  for (std::int64_t dim : node.shape) partial.push_back(dim);
  const NodeId partials = builder.add({.op = Op::reduce,
                                       .scalar = node.scalar,
                                       .dtype = dtype,
                                       .inputs = {source},
                                       .shape = partial,
                                       .attributes = {node.attributes[0] << 1}});
  return builder.add({.op = Op::reduce,
                      .scalar = node.scalar,
                      .dtype = dtype,
                      .inputs = {partials},
                      .shape = node.shape,
                      .attributes = {1}});
}

}  // namespace

Graph split_reductions(const Graph& graph) {
  GraphBuilder builder;
  std::vector<NodeId> renamed;
  renamed.reserve(graph.nodes.size());
  for (const GraphNode& original : graph.nodes) {
    GraphNode node = original;
    for (NodeId& input : node.inputs) input = renamed[input];
    const std::optional<Split> split = split_of(graph, original);
    renamed.push_back(split ? add_split(builder, node, *split) : builder.add(node));
  }
  Graph result = std::move(builder.graph());
  for (NodeId output : graph.outputs) result.outputs.push_back(renamed[output]);
  for (NodeId leaf : graph.leaves) result.leaves.push_back(leaf == no_node ? no_node : renamed[leaf]);
  return result;
}

}  // namespace tenon
