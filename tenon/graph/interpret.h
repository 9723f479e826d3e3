// The reference interpreter: a Graph evaluated one node at a time in plain loops. It is the oracle of the
// tests and the device of a machine without a compiler; it is written to be trusted, not to be fast.
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <vector>

#include "tenon/core/dtype.h"
#include "tenon/core/shape.h"
#include "tenon/graph/graph.h"

namespace tenon {

/// A tensor's elements in host memory, row-major, owned by someone else.
struct HostView {
  DType dtype;
  Shape shape;
  const std::byte* data;
};

/// A tensor in host memory.
struct HostTensor {
  DType dtype;
  Shape shape;
  std::vector<std::byte> bytes;

  /// Zeros.
  HostTensor(DType element_type, const Shape& sizes)
      : dtype(element_type), shape(sizes), bytes(static_cast<std::size_t>(sizes.elements()) * size_of(element_type)) {}
  explicit HostTensor(const HostView& view) : HostTensor(view.dtype, view.shape) {
    if (!bytes.empty()) std::memcpy(bytes.data(), view.data, bytes.size());
  }

  HostView view() const { return {dtype, shape, bytes.data()}; }
  std::int64_t elements() const { return shape.elements(); }
  /// T is the type that `dtype` stands for; bool is stored as one byte.
  template <class T>
  T* data() {
    return reinterpret_cast<T*>(bytes.data());
  }
  template <class T>
  const T* data() const {
    return reinterpret_cast<const T*>(bytes.data());
  }
};

/// Values of the graph's outputs; `leaves[slot]` is the value of the leaf of that slot.
/// Reductions, contractions and scalar functions of float32 compute in double and round once.
/// Throws ValueError when a leaf does not fit its node, IndexError when a gather or scatter_add leaves its
/// table, and for a call what its description says, or CallError when it is in C and has no reference function.
std::vector<HostTensor> interpret(const Graph& graph, std::span<const HostView> leaves);

}  // namespace tenon
