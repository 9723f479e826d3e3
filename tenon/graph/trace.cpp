// From nodes, which point at each other, to a Graph, whose nodes are numbered.
#include <algorithm>

#include "tenon/core/error.h"
#include "tenon/core/hash.h"
#include "tenon/graph/graph.h"

namespace tenon {
namespace {

// What has a value is a leaf, whether or not a gradient could still go through it.
bool is_leaf(const Node& node) { return node.storage || node.op == Op::parameter; }

int traced_inputs(const Node& node) {
  if (node.storage) return 0;
  return node.op == Op::custom ? 1 : node.input_count;
}

}  // namespace

const Trace& Tracer::run(std::span<const NodeRef> outputs, int arguments) {
  // The graph's memory goes back and forth between the builder and the result.
  builder_.graph() = std::move(trace_.graph);
  builder_.clear();
  const auto argument_count = static_cast<std::size_t>(arguments);
  builder_.graph().leaves.assign(argument_count, no_node);
  trace_.leaves.assign(argument_count, nullptr);
  trace_.places.clear();
  std::fill(storages_.begin(), storages_.end(), StorageSlot{});
  storage_count_ = 0;
  stack_.clear();  // of a run that threw
  unread_.clear();
  arguments_ = arguments;
  mark_ = next_mark();

  for (const NodeRef& output : outputs) {
    visit(output.get());
    builder_.graph().outputs.push_back(output->index);
  }
  builder_.graph().outputs.insert(builder_.graph().outputs.end(), unread_.begin(), unread_.end());
  trace_.hash = builder_.hash();
  for (NodeId output : builder_.graph().outputs) trace_.hash = hash_mix(trace_.hash, output);
  trace_.graph = std::move(builder_.graph());
  return trace_;
}

// Depth first, operands before their users, on an explicit stack.
void Tracer::visit(const Node* output) {
  if (output->mark == mark_) return;
  stack_.emplace_back(output, 0);
  while (!stack_.empty()) {
    auto& [node, next] = stack_.back();
    const int count = traced_inputs(*node);
    while (next < count && node->inputs[static_cast<unsigned>(next)]->mark == mark_) ++next;
    if (next == count) {
      finish(node);
      stack_.pop_back();
      continue;
    }
    const Node* input = node->inputs[static_cast<unsigned>(next++)];
    if (traced_inputs(*input) == 0)
      finish(input);
    else
      stack_.emplace_back(input, 0);
  }
}

void Tracer::finish(const Node* node) {
  const bool leaf = is_leaf(*node);
  if (node->op == Op::custom && !leaf) {
    node->mark = mark_;
    node->index = node->inputs[0]->index;
    return;
  }
  if (leaf && !node->storage && node->attributes[0] >= arguments_)
    throw ValueError(
        "evaluate: this array depends on an argument of a function that is being traced; it has no value until "
        "the compiled function is called");
  const auto origin = static_cast<NodeId>(builder_.graph().nodes.size());
  GraphNode& copy = builder_.append(leaf ? Op::parameter : node->op, leaf ? Scalar::cast : node->scalar, node->dtype,
                                    std::uint8_t{0}, origin, NodeIds(), node->shape, node->attributes);
  if (node->storage)
    copy.attributes = {slot_of(node)};
  else
    for (const Node* input : node->input_nodes()) copy.inputs.push_back(input->index);
  const std::int64_t slot = copy.attributes[0];
  node->mark = mark_;
  node->index = builder_.add_last();
  note_place(node->index, node->where);
  if (leaf)
    builder_.graph().leaves[static_cast<std::size_t>(slot)] = node->index;
  else if (node->op == Op::gather || node->op == Op::scatter_add)
    check_unread_indices(*node);
}

void Tracer::note_place(NodeId id, std::source_location where) {
  if (keeps_places_ && id == trace_.places.size()) trace_.places.push_back(where);
}

// What has no elements is not computed, and its indices are read by nobody: they are looked up in a table of all
// positions instead, [v] at [i...] -> [i...], whose greatest element is an output.
void Tracer::check_unread_indices(const Node& node) {
  const bool is_gather = node.op == Op::gather;
  const Node& indices = *node.inputs[is_gather ? 1 : 0];
  if (node.shape.elements() > 0 || indices.shape.elements() == 0) return;
  const std::int64_t rows = is_gather ? node.inputs[0]->shape[0] : node.shape[0];
  const auto added = [&](GraphNode step) {
    step.dtype = DType::i64;
    step.origin = static_cast<NodeId>(builder_.graph().nodes.size());
    const NodeId id = builder_.add(step);
    note_place(id, node.where);
    return id;
  };
  const NodeId positions = added({.op = Op::iota, .dtype = {}, .inputs = {}, .shape = {rows}, .attributes = {}});
  NodeId found = added(
      {.op = Op::gather, .dtype = {}, .inputs = {positions, indices.index}, .shape = indices.shape, .attributes = {}});
  if (const int rank = indices.shape.rank(); rank > 0)
    found = added({.op = Op::reduce,
                   .scalar = Scalar::maximum,
                   .dtype = {},
                   .inputs = {found},
                   .shape = {},
                   .attributes = {(std::int64_t{1} << rank) - 1}});
  if (std::find(unread_.begin(), unread_.end(), found) == unread_.end()) unread_.push_back(found);
}

std::int64_t Tracer::slot_of(const Node* leaf) {
  const auto find = [this](const Storage* storage) -> StorageSlot& {
    std::size_t position = hash_mix(0, reinterpret_cast<std::uintptr_t>(storage)) & (storages_.size() - 1);
    while (storages_[position].storage && storages_[position].storage != storage)
      position = (position + 1) & (storages_.size() - 1);
    return storages_[position];
  };
  if (storage_count_ * 2 >= storages_.size()) {
    std::vector<StorageSlot> old(std::max<std::size_t>(64, storages_.size() * 2));
    old.swap(storages_);
    for (const StorageSlot& entry : old)
      if (entry.storage) find(entry.storage) = entry;
  }
  StorageSlot& entry = find(leaf->storage.get());
  if (!entry.storage) {
    entry = {leaf->storage.get(), static_cast<std::int64_t>(trace_.leaves.size())};
    ++storage_count_;
    builder_.graph().leaves.push_back(no_node);
    trace_.leaves.push_back(leaf);
  }
  return entry.slot;
}

Trace trace(std::span<const NodeRef> outputs, int arguments) {
  Tracer tracer;
  tracer.keep_places();
  return tracer.run(outputs, arguments);
}

}  // namespace tenon
