// From nodes, which point at each other, to a Graph, whose nodes are numbered.
#include <algorithm>

#include "tenon/core/error.h"
#include "tenon/core/hash.h"
#include "tenon/graph/graph.h"

namespace tenon {

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
    if (next < (node->op == Op::custom ? 1 : node->input_count)) {
      const Node* input = node->inputs[static_cast<unsigned>(next++)];
      if (input->mark != mark_) stack_.emplace_back(input, 0);
      continue;
    }
    const Node* done = node;
    stack_.pop_back();
    if (done->mark != mark_) finish(done);
  }
}

void Tracer::finish(const Node* node) {
  if (node->op == Op::custom) {
    node->mark = mark_;
    node->index = node->inputs[0]->index;
    return;
  }
  GraphNode copy{.op = node->op,
                 .scalar = node->scalar,
                 .dtype = node->dtype,
                 .origin = static_cast<NodeId>(builder_.graph().nodes.size()),
                 .shape = node->shape,
                 .attributes = node->attributes,
                 .inputs = {}};
  for (const Node* input : node->input_nodes()) copy.inputs.push_back(input->index);
  if (node->storage)
    copy.attributes = {slot_of(node)};
  else if (node->op == Op::parameter && node->attributes[0] >= arguments_)
    throw ValueError(
        "evaluate: this array depends on an argument of a function that is being traced; it has no value until "
        "the compiled function is called");
  node->mark = mark_;
  node->index = add(copy, node->where);
  if (node->op == Op::parameter) builder_.graph().leaves[static_cast<std::size_t>(copy.attributes[0])] = node->index;
  if (node->op == Op::gather || node->op == Op::scatter_add) check_unread_indices(*node);
}

NodeId Tracer::add(const GraphNode& node, std::source_location where) {
  const NodeId id = builder_.add(node);
  if (keeps_places_ && id == trace_.places.size()) trace_.places.push_back(where);
  return id;
}

// What has no elements is not computed, and its indices are read by nobody: they are looked up in a table of all
// positions instead, [v] at [i...] -> [i...], whose greatest element is an output.
void Tracer::check_unread_indices(const Node& node) {
  const bool is_gather = node.op == Op::gather;
  const Node& indices = *node.inputs[is_gather ? 1 : 0];
  if (node.storage || node.shape.elements() > 0 || indices.shape.elements() == 0) return;
  const std::int64_t rows = is_gather ? node.inputs[0]->shape[0] : node.shape[0];
  const auto added = [&](GraphNode step) {
    step.dtype = DType::i64;
    step.origin = static_cast<NodeId>(builder_.graph().nodes.size());
    return add(step, node.where);
  };
  const NodeId positions = added({.op = Op::iota, .dtype = {}, .shape = {rows}, .attributes = {}, .inputs = {}});
  NodeId found = added(
      {.op = Op::gather, .dtype = {}, .shape = indices.shape, .attributes = {}, .inputs = {positions, indices.index}});
  if (const int rank = indices.shape.rank(); rank > 0)
    found = added({.op = Op::reduce,
                   .scalar = Scalar::maximum,
                   .dtype = {},
                   .shape = {},
                   .attributes = {(std::int64_t{1} << rank) - 1},
                   .inputs = {found}});
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
