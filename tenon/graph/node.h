// The tensor graph. A Node says how a tensor follows from others; a leaf refers to memory.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <source_location>
#include <span>
#include <string_view>

#include "tenon/core/dtype.h"
#include "tenon/core/reference.h"
#include "tenon/core/scalar.h"
#include "tenon/core/shape.h"
#include "tenon/core/storage.h"

namespace tenon {

/// The primitives. Everything else is composed of them.
enum class Op : std::uint8_t {
  parameter,    // a leaf: a Storage, or (while tracing) argument number attributes[0]
  constant,     // rank 0; attributes[0] = the bits of a double (floating) or an int64
  iota,         // rank 1: 0, 1, 2, ...
  elementwise,  // `scalar` of inputs of one common shape
  reduce,       // `scalar` (add, mul, maximum, minimum) over the axes in the bit mask attributes[0]; they
                // disappear
  reshape,      // same elements in row-major order
  permute,      // output axis i is input axis attributes[i]
  expand,       // axes of size 1 repeat; same rank
  pad,          // attributes = before0, after0, before1, after1, ..., bits of the fill value as in `constant`
  slice,        // attributes = start0, step0, start1, step1, ...; steps may be negative
  contract,     // [batch..., m..., k...] x [batch..., n..., k...] -> [batch..., m..., n...];
                // attributes = number of batch, m, n and k axes
  gather,       // (table [v, rest...], indices [i...]) -> [i..., rest...]
  scatter_add,  // (indices [i...], updates [i..., rest...]) -> [v, rest...], zeros where nothing is added
  scan,         // `scalar` (add, mul, maximum, minimum) of all elements so far along the axis attributes[0]
  argsort,      // the first positions, int32 or int64, in the order of rows [..., n]; attributes[0]: descending
  call,         // a function that no op expresses (core/call.h); attributes = its number, batch axes
  custom,       // its first input, with a gradient of its own (autograd/custom.h); traces pass over it
};
inline constexpr int op_count = static_cast<int>(Op::custom) + 1;

/// How scheduling treats an op.
enum class FusionClass : std::uint8_t {
  leaf,
  elementwise,
  reduction,
  movement,
  contraction,
  gather,
  alone,  // a kernel of its own, into which what it reads is fused
};

/// One row for each op. Shape rules live in build.h (one function each), gradients in autograd.
struct OpInfo {
  Op op;
  std::string_view name;
  int arity;  // -1: that of the scalar; of a call any, of `custom` those of its kind
  FusionClass fusion;
};
const OpInfo& info(Op op);
inline std::string_view name(Op op) { return info(op).name; }

/// Of a call; no other op has more than max_operands.
inline constexpr int max_inputs = 6;
inline constexpr int max_operands = 3;

/// Integers whose meaning depends on the op; see the enumerators.
using Attributes = InlineVector<std::int64_t, 2 * max_rank + 1>;

namespace autograd {
struct CustomRule;
void retain(const CustomRule* rule);
void release(const CustomRule* rule);
using CustomRuleRef = Ref<const CustomRule>;
}  // namespace autograd

struct Node;
void retain(const Node* node);
void release(const Node* node);  // destruction never recurses
using NodeRef = Ref<const Node>;

/// Immutable, but for one thing: once evaluated, a node holds its value, and is a leaf unless a gradient may still have
/// to go through it (recording.h).
/// Tracing is bound by memory: what it reads of most nodes lies in their first three cache lines.
struct alignas(64) Node {
  Op op;
  Scalar scalar;  // elementwise, reduce and scan only
  DType dtype;
  std::uint8_t input_count = 0;
  bool is_evaluated = false;      // a leaf that was computed from others
  std::uint8_t dynamic_axes = 0;  // of a value: bit mask of axes that will have other sizes (array/dynamic.h)
  mutable std::atomic<std::uint32_t> references{0};
  // Scratch of traversals, which hold graph_mutex(): valid where `mark` is the traversal's own number.
  mutable std::uint32_t index = 0;
  mutable std::uint64_t mark = 0;
  std::source_location where;                  // the call in the user's program
  Ref<const Storage> storage;                  // its value's memory, once it has one
  autograd::CustomRuleRef rule;                // `custom` only
  std::array<const Node*, max_inputs> inputs;  // owned references
  Shape shape;
  Attributes attributes;

  NodeRef input(int i) const { return NodeRef(inputs[static_cast<unsigned>(i)]); }
  std::span<const Node* const> input_nodes() const { return {inputs.data(), input_count}; }
};

/// What a new node is made of.
struct NodeFields {
  Op op;
  Scalar scalar = Scalar::cast;
  DType dtype;
  const Shape& shape;
  std::initializer_list<const Node*> inputs = {};
  Attributes attributes = {};
};

/// A node from the pool. Checks nothing: `build.h` does.
/// Its place is that of the innermost WhereScope of this thread.
NodeRef make_node(const NodeFields& fields);
/// The same with a rule, for op `custom`.
NodeRef make_node(const NodeFields& fields, autograd::CustomRuleRef rule);
/// The same with these inputs.
NodeRef make_node(const NodeFields& fields, std::span<const NodeRef> inputs);
NodeRef make_node(const NodeFields& fields, std::span<const Node* const> inputs);

/// A leaf that refers to `storage`.
NodeRef make_leaf(DType dtype, const Shape& shape, Ref<const Storage> storage, std::uint8_t dynamic_axes = 0);

/// A leaf that stands for argument `slot` while a function is traced.
NodeRef make_argument(DType dtype, const Shape& shape, int slot);

/// A leaf that never has a value, for expressions that are kept to be used on other nodes (substitute.h). Evaluating
/// what depends on it throws ValueError.
NodeRef make_stand_in(DType dtype, const Shape& shape);

/// The same operation on other inputs, as many and of the same types and shapes.
NodeRef copy_of(const Node& node, std::span<const NodeRef> inputs);

/// A node of its own with the value of `node`, so that a gradient can tell the two apart. It is a view, so that a
/// gradient taken inside a function which is itself differentiated stays connected to that function's variables.
NodeRef variable_for(const NodeRef& node);

/// Turns an evaluated node into a leaf and lets go of its inputs. The caller holds graph_mutex() (graph_mutex.h).
void become_leaf(const Node& node, Ref<const Storage> storage, std::uint8_t dynamic_axes = 0);
/// Gives an evaluated node its value and leaves it its inputs: for traces it is a leaf, for gradients it is not. The
/// caller holds graph_mutex().
void keep_value(const Node& node, Ref<const Storage> storage, std::uint8_t dynamic_axes = 0);

/// A number for a traversal's marks that no other traversal has.
std::uint64_t next_mark();

/// Nodes alive now, for tests of leaks.
std::int64_t live_nodes();

/// While it lives, nodes and errors of this thread carry this place. The outermost scope wins, so that
/// a composed op reports its caller.
class WhereScope {
 public:
  explicit WhereScope(const std::source_location& where);
  ~WhereScope();
  WhereScope(const WhereScope&) = delete;
  WhereScope& operator=(const WhereScope&) = delete;
  static const std::source_location& current();

 private:
  bool outermost_;
};

/// The bits of `value` in the form of a constant's attribute for this element type.
std::int64_t constant_bits(DType dtype, double value);
/// The value that such bits stand for.
double constant_value(DType dtype, std::int64_t bits);

}  // namespace tenon
