// Array: a tensor whose element type and shape are known at run time.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <source_location>
#include <span>
#include <type_traits>
#include <vector>

#include "tenon/array/arguments.h"
#include "tenon/array/index_item.h"
#include "tenon/core/dtype.h"
#include "tenon/core/shape.h"
#include "tenon/graph/node.h"

namespace tenon {

/// A C++ type that is an element type: bool, uint8, int8, int16, int32, uint32, int64, Float16, BFloat16, float or
/// double.
template <class T>
concept Element = std::is_same_v<T, bool> || std::is_same_v<T, std::uint8_t> || std::is_same_v<T, std::int8_t> ||
                  std::is_same_v<T, std::int16_t> || std::is_same_v<T, std::int32_t> ||
                  std::is_same_v<T, std::uint32_t> || std::is_same_v<T, std::int64_t> || std::is_same_v<T, Float16> ||
                  std::is_same_v<T, BFloat16> || std::is_same_v<T, float> || std::is_same_v<T, double>;

/// A handle on a node of the graph, with value semantics: copies are cheap, and no op changes its operands.
/// Ops only build the graph; values are computed when `item`, `to_vector`, `copy_to` or `eval` ask for them.
class Array {
 public:
  /// No value yet: whatever it is used in throws ValueError.
  Array() = default;
  explicit Array(NodeRef node) : node_(std::move(node)) {}

  /// One element, rank 0, as data: unlike a number written into an expression, its value is no part of a
  /// plan, so it may differ at every step.
  template <Element T>
  explicit Array(T value, std::source_location where = std::source_location::current())
      : Array(from_memory(dtype_of<T>, Shape(), &value, where)) {}

  /// Copies data, row-major, to the default device. Throws ShapeError when `data` is not as long as `shape`
  /// says.
  template <Element T>
  static Array from(std::span<const T> data, const Sizes& shape,
                    std::source_location where = std::source_location::current()) {
    return from_counted(dtype_of<T>, shape, data.data(), data.size(), where);
  }
  template <Element T>
  static Array from(std::initializer_list<T> data, const Sizes& shape,
                    std::source_location where = std::source_location::current()) {
    return from_counted(dtype_of<T>, shape, data.begin(), data.size(), where);
  }
  template <Element T>
  static Array from(const std::vector<T>& data, const Sizes& shape,
                    std::source_location where = std::source_location::current()) {
    return from(std::span<const T>(data), shape, where);
  }
  /// Copies shape.elements() elements from `data` to the default device.
  static Array from_memory(DType dtype, const Sizes& shape, const void* data,
                           std::source_location where = std::source_location::current());

  DType dtype() const { return node().dtype; }
  const Shape& shape() const { return node().shape; }
  int rank() const { return shape().rank(); }
  std::int64_t elements() const { return shape().elements(); }
  /// Size of one axis; negative axes count from the last. Throws ShapeError.
  std::int64_t size(int axis) const;

  /// A part of the array, as NumPy's x[...]; see indexing.h:
  ///   using namespace tenon::indexing;
  ///   x.at(range(1, -1), all, 3, range(none, none, -1), new_axis, ellipsis)
  template <std::convertible_to<IndexItem>... More>
  Array at(const IndexItem& first, const More&... more) const {
    const IndexItem items[] = {first, IndexItem(more)...};
    return at_items(items, first.where());
  }

  /// The value of an array of one element. Throws ShapeError when it has not one element, DTypeError when T
  /// is not its element type.
  template <Element T>
  T item() const {
    T value;
    read_item(dtype_of<T>, &value);
    return value;
  }
  /// All elements, row-major. Throws DTypeError when T is not its element type.
  template <Element T>
  std::vector<T> to_vector() const {
    check_dtype(dtype_of<T>);
    const auto count = static_cast<std::size_t>(elements());
    if constexpr (std::is_same_v<T, bool>) {
      std::vector<std::uint8_t> bytes(count);
      copy_to(bytes.data());
      return std::vector<bool>(bytes.begin(), bytes.end());
    } else {
      std::vector<T> values(count);
      copy_to(values.data());
      return values;
    }
  }
  /// Copies all elements, row-major, to host memory of elements() * size_of(dtype()) bytes.
  void copy_to(void* target) const;

  /// Whether it has a value at all.
  explicit operator bool() const { return static_cast<bool>(node_); }
  /// Throws ValueError when there is none.
  const Node& node() const {
    if (!node_) throw_empty();
    return *node_;
  }
  const NodeRef& node_ref() const {
    if (!node_) throw_empty();
    return node_;
  }

 private:
  static Array from_counted(DType dtype, const Sizes& shape, const void* data, std::size_t count,
                            std::source_location where);
  [[noreturn]] static void throw_empty();
  Array at_items(std::span<const IndexItem> items, const std::source_location& where) const;  // indexing.cpp
  void check_dtype(DType asked) const;
  void read_item(DType asked, void* value) const;

  NodeRef node_;
};

/// Computes the values of these arrays, together.
void eval(std::span<const Array> arrays);
template <class... More>
  requires(std::is_same_v<More, Array> && ...)
void eval(const Array& first, const More&... more) {
  const Array arrays[] = {first, more...};
  eval(std::span<const Array>(arrays));
}

}  // namespace tenon
