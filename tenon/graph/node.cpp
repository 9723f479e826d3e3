#include "tenon/graph/node.h"

#include <bit>
#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include "tenon/graph/graph_mutex.h"

namespace tenon {
namespace {

constexpr OpInfo table[] = {
    {Op::parameter, "parameter", 0, FusionClass::leaf},
    {Op::constant, "constant", 0, FusionClass::leaf},
    {Op::iota, "iota", 0, FusionClass::leaf},
    {Op::elementwise, "elementwise", -1, FusionClass::elementwise},
    {Op::reduce, "reduce", 1, FusionClass::reduction},
    {Op::reshape, "reshape", 1, FusionClass::movement},
    {Op::permute, "permute", 1, FusionClass::movement},
    {Op::expand, "expand", 1, FusionClass::movement},
    {Op::pad, "pad", 1, FusionClass::movement},
    {Op::slice, "slice", 1, FusionClass::movement},
    {Op::contract, "contract", 2, FusionClass::contraction},
    {Op::gather, "gather", 2, FusionClass::gather},
    {Op::scatter_add, "scatter_add", 2, FusionClass::alone},
    {Op::scan, "scan", 1, FusionClass::alone},
    {Op::argsort, "argsort", 1, FusionClass::alone},
    {Op::call, "call", -1, FusionClass::alone},
    {Op::custom, "custom", -1, FusionClass::movement},
};
constexpr bool rows_follow_the_enumerators() {
  if (std::size(table) != op_count) return false;
  for (int i = 0; i < op_count; ++i)
    if (table[i].op != static_cast<Op>(i)) return false;
  return true;
}
static_assert(rows_follow_the_enumerators(), "every Op has its row, in order");

// Node memory. Each thread keeps a free list; blocks freed elsewhere join the list of the thread that freed
// them. Slabs are never returned: a training loop reuses them.
class NodePool {
 public:
  NodePool() {
    const std::lock_guard lock(mutex());
    pools().push_back(this);
  }
  void* take() {
    if (!free_) grow();
    Block* block = free_;
    free_ = block->next;
    count(1);
    return block;
  }
  void give(void* memory) {
    add_free(memory);
    count(-1);
  }

  // Blocks taken and not given back, by all threads.
  static std::int64_t taken() {
    const std::lock_guard lock(mutex());
    std::int64_t sum = taken_by_others();
    for (const NodePool* pool : pools()) sum += pool->taken_.load(std::memory_order_relaxed);
    return sum;
  }

  ~NodePool() {
    const std::lock_guard lock(mutex());
    std::erase(pools(), this);
    taken_by_others() += taken_.load(std::memory_order_relaxed);
    while (free_) {
      Block* block = free_;
      free_ = block->next;
      block->next = orphans();
      orphans() = block;
    }
  }

 private:
  struct Block {
    Block* next;
  };
  static constexpr std::size_t nodes_per_slab = 256;

  void grow() {
    {
      const std::lock_guard lock(mutex());
      if (orphans()) {
        free_ = std::exchange(orphans(), nullptr);
        return;
      }
    }
    auto* slab =
        static_cast<std::byte*>(::operator new(nodes_per_slab * sizeof(Node), std::align_val_t{alignof(Node)}));
    {
      const std::lock_guard lock(mutex());
      slabs().push_back(slab);
    }
    for (std::size_t i = 0; i < nodes_per_slab; ++i) add_free(slab + i * sizeof(Node));
  }
  void add_free(void* memory) { free_ = new (memory) Block{free_}; }
  // Written by this thread alone: nothing that others could wait for.
  void count(std::int64_t change) {
    taken_.store(taken_.load(std::memory_order_relaxed) + change, std::memory_order_relaxed);
  }

  // Guards what follows: the pools of running threads, what finished threads left, and every slab (so that leak
  // checkers see them as reachable).
  static std::mutex& mutex() {
    static std::mutex& instance = *new std::mutex;
    return instance;
  }
  static std::vector<NodePool*>& pools() {
    static std::vector<NodePool*>& all = *new std::vector<NodePool*>;
    return all;
  }
  static std::int64_t& taken_by_others() {
    static std::int64_t sum = 0;
    return sum;
  }
  static Block*& orphans() {
    static Block* list = nullptr;
    return list;
  }
  static std::vector<std::byte*>& slabs() {
    static std::vector<std::byte*>& all = *new std::vector<std::byte*>;
    return all;
  }

  Block* free_ = nullptr;
  std::atomic<std::int64_t> taken_{0};
};

NodePool& pool() {
  thread_local NodePool instance;
  return instance;
}

thread_local std::source_location current_where;
thread_local bool inside_where = false;

Node* new_node(Op op, Scalar scalar, DType dtype, const Shape& shape) {
  Node* node = new (pool().take()) Node;
  node->op = op;
  node->scalar = scalar;
  node->dtype = dtype;
  node->shape = shape;
  node->where = current_where;
  node->references.store(1, std::memory_order_relaxed);  // the caller's, who adopts it
  return node;
}

const Node* pointer(const Node* node) { return node; }
const Node* pointer(const NodeRef& node) { return node.get(); }

template <class Inputs>
Node* node_of(const NodeFields& fields, const Inputs& inputs) {
  Node* node = new_node(fields.op, fields.scalar, fields.dtype, fields.shape);
  node->attributes = fields.attributes;
  std::uint8_t count = 0;
  for (const auto& input : inputs) {
    retain(pointer(input));
    node->inputs[count++] = pointer(input);
  }
  node->input_count = count;
  return node;
}

// Whether it was the last. Who holds the only one shares the node with nobody, and is spared the locked subtraction.
bool drop_reference(const Node* node) {
  return node->references.load(std::memory_order_acquire) == 1 ||
         node->references.fetch_sub(1, std::memory_order_acq_rel) == 1;
}

// Frees `node` and whatever only it kept alive, without recursion: graphs are deep. Doomed nodes are chained
// through their marks, which no traversal can reach any more.
void destroy(const Node* node) {
  const Node* doomed = nullptr;
  for (;;) {
    for (const Node* input : node->input_nodes()) {
      if (!drop_reference(input)) continue;
      input->mark = reinterpret_cast<std::uintptr_t>(doomed);
      doomed = input;
    }
    node->~Node();
    pool().give(const_cast<Node*>(node));
    if (!doomed) return;
    node = doomed;
    // The mark holds a pointer here, put in above: a list that needs no memory.
    doomed =
        reinterpret_cast<const Node*>(static_cast<std::uintptr_t>(node->mark));  // NOLINT(performance-no-int-to-ptr)
  }
}

}  // namespace

const OpInfo& info(Op op) { return table[static_cast<int>(op)]; }

void retain(const Node* node) { node->references.fetch_add(1, std::memory_order_relaxed); }

void release(const Node* node) {
  if (drop_reference(node)) destroy(node);
}

NodeRef make_node(const NodeFields& fields) { return NodeRef::adopt(node_of(fields, fields.inputs)); }

NodeRef make_node(const NodeFields& fields, autograd::CustomRuleRef rule) {
  Node* node = node_of(fields, fields.inputs);
  node->rule = std::move(rule);
  return NodeRef::adopt(node);
}

NodeRef make_node(const NodeFields& fields, std::span<const NodeRef> inputs) {
  return NodeRef::adopt(node_of(fields, inputs));
}

NodeRef make_node(const NodeFields& fields, std::span<const Node* const> inputs) {
  return NodeRef::adopt(node_of(fields, inputs));
}

NodeRef make_leaf(DType dtype, const Shape& shape, Ref<const Storage> storage, std::uint8_t dynamic_axes) {
  Node* node = new_node(Op::parameter, Scalar::cast, dtype, shape);
  node->dynamic_axes = dynamic_axes;
  node->storage = std::move(storage);
  return NodeRef::adopt(node);
}

NodeRef make_argument(DType dtype, const Shape& shape, int slot) {
  Node* node = new_node(Op::parameter, Scalar::cast, dtype, shape);
  node->attributes = {slot};
  return NodeRef::adopt(node);
}

NodeRef make_stand_in(DType dtype, const Shape& shape) {
  return make_argument(dtype, shape, std::numeric_limits<int>::max());
}

NodeRef copy_of(const Node& node, std::span<const NodeRef> inputs) {
  Node* copy = new_node(node.op, node.scalar, node.dtype, node.shape);
  copy->attributes = node.attributes;
  copy->rule = node.rule;
  copy->where = node.where;
  for (const NodeRef& input : inputs) {
    retain(input.get());
    copy->inputs[copy->input_count++] = input.get();
  }
  return NodeRef::adopt(copy);
}

NodeRef variable_for(const NodeRef& node) {
  return make_node({.op = Op::reshape, .dtype = node->dtype, .shape = node->shape, .inputs = {node.get()}});
}

void become_leaf(const Node& node, Ref<const Storage> storage, std::uint8_t dynamic_axes) {
  Node& mutable_node = const_cast<Node&>(node);
  const auto inputs = node.inputs;
  const int count = node.input_count;
  mutable_node.op = Op::parameter;
  mutable_node.input_count = 0;
  mutable_node.is_evaluated = true;
  mutable_node.dynamic_axes = dynamic_axes;
  mutable_node.attributes.clear();
  mutable_node.storage = std::move(storage);
  mutable_node.rule = nullptr;
  for (int i = 0; i < count; ++i) release(inputs[static_cast<unsigned>(i)]);
}

void keep_value(const Node& node, Ref<const Storage> storage, std::uint8_t dynamic_axes) {
  Node& mutable_node = const_cast<Node&>(node);
  mutable_node.dynamic_axes = dynamic_axes;
  mutable_node.storage = std::move(storage);
}

std::recursive_mutex& graph_mutex() {
  static std::recursive_mutex& mutex = *new std::recursive_mutex;
  return mutex;
}

std::uint64_t next_mark() {
  static std::atomic<std::uint64_t> counter{0};
  return counter.fetch_add(1, std::memory_order_relaxed) + 1;
}

std::int64_t live_nodes() { return NodePool::taken(); }

WhereScope::WhereScope(const std::source_location& where) : outermost_(!inside_where) {
  if (outermost_) {
    inside_where = true;
    current_where = where;
  }
}

WhereScope::~WhereScope() {
  if (outermost_) {
    inside_where = false;
    current_where = std::source_location();
  }
}

const std::source_location& WhereScope::current() { return current_where; }

std::int64_t constant_bits(DType dtype, double value) {
  if (dtype == DType::f32) value = static_cast<double>(static_cast<float>(value));
  if (dtype == DType::f16) value = static_cast<double>(Float16(value));
  if (dtype == DType::bf16) value = static_cast<double>(BFloat16(value));
  if (is_floating(dtype)) return std::bit_cast<std::int64_t>(value);
  return dtype == DType::boolean ? value != 0 : static_cast<std::int64_t>(value);
}

double constant_value(DType dtype, std::int64_t bits) {
  return is_floating(dtype) ? std::bit_cast<double>(bits) : static_cast<double>(bits);
}

}  // namespace tenon
