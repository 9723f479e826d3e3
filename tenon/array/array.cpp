#include "tenon/array/array.h"

#include "tenon/graph/build_check.h"
#include "tenon/graph/graph_mutex.h"
#include "tenon/plan/evaluate.h"
#include "tenon/runtime/buffer.h"
#include "tenon/runtime/device.h"

namespace tenon {

Array Array::from_memory(DType dtype, const Sizes& shape, const void* data, std::source_location where) {
  const WhereScope scope(where);
  const Shape checked = build::placed_shape("from", shape.dims());
  const std::size_t bytes = static_cast<std::size_t>(checked.elements()) * size_of(dtype);
  Device& device = default_device();
  const Ref<Buffer> buffer = device.allocate(bytes, Origin("from host", where));
  if (bytes > 0) device.copy_from_host(*buffer, data, bytes);
  return Array(make_leaf(dtype, checked, Ref<const Storage>(buffer.get())));
}

Array Array::from_counted(DType dtype, const Sizes& shape, const void* data, std::size_t count,
                          std::source_location where) {
  const WhereScope scope(where);
  const Shape checked = build::placed_shape("from", shape.dims());
  if (checked.elements() != static_cast<std::int64_t>(count))
    build::fail<ShapeError>("from: {} elements were given for shape {}, which has {}", count, to_string(checked),
                            checked.elements());
  return from_memory(dtype, shape, data, where);
}

std::int64_t Array::size(int axis) const { return shape()[build::placed_axis("size", shape(), axis)]; }

void Array::copy_to(void* target) const {
  eval(*this);
  Ref<const Storage> storage;
  {
    const std::lock_guard lock(graph_mutex());
    storage = node().storage;
  }
  const auto& buffer = static_cast<const Buffer&>(*storage);
  const std::size_t bytes = static_cast<std::size_t>(elements()) * size_of(dtype());
  if (bytes > 0) buffer.device().copy_to_host(target, buffer, bytes);
}

void Array::throw_empty() {
  throw ValueError("this Array has no value; assign one to it before it is used", WhereScope::current());
}

void Array::check_dtype(DType asked) const {
  if (asked != dtype())
    build::fail<DTypeError>("elements of {} were asked for as {}; use astype first", build::describe(node()),
                            name(asked));
}

void Array::read_item(DType asked, void* value) const {
  check_dtype(asked);
  if (elements() != 1) build::fail<ShapeError>("item: {} has not one element", build::describe(node()));
  copy_to(value);
}

void eval(std::span<const Array> arrays) {
  std::vector<NodeRef> nodes;
  nodes.reserve(arrays.size());
  for (const Array& array : arrays) nodes.push_back(array.node_ref());
  evaluate(nodes);
}

}  // namespace tenon
