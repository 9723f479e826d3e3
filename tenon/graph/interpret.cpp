#include "tenon/graph/interpret.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <type_traits>

#include "tenon/core/call.h"
#include "tenon/core/error.h"

namespace tenon {
namespace {

using Inputs = std::span<const HostTensor* const>;

// Calls f with a zero of the C++ type that `dtype` stands for. A bool is its byte, 0 or 1.
template <class F>
void with_type(DType dtype, F f) {
  switch (dtype) {
    case DType::boolean:
    case DType::u8: return f(std::uint8_t{});
    case DType::i8: return f(std::int8_t{});
    case DType::i16: return f(std::int16_t{});
    case DType::i32: return f(std::int32_t{});
    case DType::u32: return f(std::uint32_t{});
    case DType::i64: return f(std::int64_t{});
    case DType::f16: return f(Float16{});
    case DType::bf16: return f(BFloat16{});
    case DType::f32: return f(float{});
    case DType::f64: return f(double{});
  }
}

// What a T is computed in before it is rounded or truncated back.
template <class T>
inline constexpr bool is_real =
    std::is_floating_point_v<T> || std::is_same_v<T, Float16> || std::is_same_v<T, BFloat16>;
template <class T>
using Wide = std::conditional_t<is_real<T>, double, std::int64_t>;

template <class T>
Wide<T> apply(const ScalarInfo& row, Wide<T> a, Wide<T> b, Wide<T> c) {
  if constexpr (is_real<T>)
    return row.reference_floating(a, b, c);
  else
    return row.reference_integer(a, b, c);
}

// Calls f(position in the output, position in memory) for every index of `shape` in row-major order, where
// the memory position is base + sum over axes of index * stride.
template <class F>
void walk(const Shape& shape, std::int64_t base, const Dims& strides, F f) {
  const std::int64_t elements = shape.elements();
  Dims index(shape.rank(), 0);
  for (std::int64_t i = 0, position = base; i < elements; ++i) {
    f(i, position);
    for (int axis = shape.rank() - 1; axis >= 0; --axis) {
      position += strides[axis];
      if (++index[axis] < shape[axis]) break;
      position -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
}

// out[i] = x[base + index * strides]: every movement but pad.
HostTensor view_of(const GraphNode& node, const HostTensor& x, std::int64_t base, const Dims& strides) {
  HostTensor out(node.dtype, node.shape);
  with_type(node.dtype, [&]<class T>(T) {
    walk(node.shape, base, strides, [&](std::int64_t i, std::int64_t from) { out.data<T>()[i] = x.data<T>()[from]; });
  });
  return out;
}

HostTensor filled(const GraphNode& node, std::int64_t bits) {
  HostTensor out(node.dtype, node.shape);
  with_type(node.dtype, [&]<class T>(T) {
    T value;
    if constexpr (is_real<T>)
      value = static_cast<T>(constant_value(node.dtype, bits));
    else
      value = static_cast<T>(bits);
    std::fill_n(out.data<T>(), out.elements(), value);
  });
  return out;
}

HostTensor interpret_iota(const GraphNode& node) {
  HostTensor out(node.dtype, node.shape);
  with_type(node.dtype, [&]<class T>(T) {
    for (std::int64_t i = 0; i < out.elements(); ++i) out.data<T>()[i] = static_cast<T>(i);
  });
  return out;
}

// Floating to integer truncates and saturates; NaN gives 0. Integers wrap; int64 to float32 rounds once.
template <class To, class From>
To converted(From value) {
  if constexpr (is_real<From> && std::is_integral_v<To>) {
    if (std::isnan(value)) return 0;
    const double truncated = std::trunc(static_cast<double>(value));
    // The maximum of int64 is no double; 2^63 is.
    if (truncated >= std::ldexp(1.0, std::numeric_limits<To>::digits)) return std::numeric_limits<To>::max();
    if (truncated < static_cast<double>(std::numeric_limits<To>::min())) return std::numeric_limits<To>::min();
    return static_cast<To>(truncated);
  } else {
    return static_cast<To>(value);
  }
}

HostTensor interpret_cast(const GraphNode& node, const HostTensor& x) {
  HostTensor out(node.dtype, node.shape);
  with_type(x.dtype, [&]<class From>(From) {
    const From* from = x.data<From>();
    if (node.dtype == DType::boolean) {
      for (std::int64_t i = 0; i < out.elements(); ++i)
        out.data<std::uint8_t>()[i] = static_cast<Wide<From>>(from[i]) != 0;
      return;
    }
    with_type(node.dtype, [&]<class To>(To) {
      for (std::int64_t i = 0; i < out.elements(); ++i) out.data<To>()[i] = converted<To>(from[i]);
    });
  });
  return out;
}

HostTensor interpret_where(const GraphNode& node, Inputs inputs) {
  HostTensor out(node.dtype, node.shape);
  const auto* condition = inputs[0]->data<std::uint8_t>();
  with_type(node.dtype, [&]<class T>(T) {
    const T *a = inputs[1]->data<T>(), *b = inputs[2]->data<T>();
    for (std::int64_t i = 0; i < out.elements(); ++i) out.data<T>()[i] = condition[i] ? a[i] : b[i];
  });
  return out;
}

HostTensor interpret_elementwise(const GraphNode& node, Inputs inputs) {
  if (node.scalar == Scalar::cast) return interpret_cast(node, *inputs[0]);
  if (node.scalar == Scalar::where) return interpret_where(node, inputs);
  const ScalarInfo& row = info(node.scalar);
  HostTensor out(node.dtype, node.shape);
  with_type(inputs[0]->dtype, [&]<class T>(T) {
    const auto operand = [&](std::size_t which, std::int64_t i) -> Wide<T> {
      return which < inputs.size() ? static_cast<Wide<T>>(inputs[which]->data<T>()[i]) : Wide<T>{};
    };
    for (std::int64_t i = 0; i < out.elements(); ++i) {
      const Wide<T> value = apply<T>(row, operand(0, i), operand(1, i), operand(2, i));
      if (row.result == ResultType::boolean)
        out.data<std::uint8_t>()[i] = value != 0;
      else
        out.data<T>()[i] = static_cast<T>(value);
    }
  });
  return out;
}

// What combining starts from: a value that changes nothing.
template <class T>
Wide<T> identity_of(Scalar combine) {
  using Limits = std::numeric_limits<Wide<T>>;
  if (combine == Scalar::add) return 0;
  if (combine == Scalar::mul) return 1;
  // For integers the ends of int64, which are beyond those of every narrower type.
  const bool maximum = combine == Scalar::maximum;
  if constexpr (is_real<T>) return maximum ? -Limits::infinity() : Limits::infinity();
  return maximum ? Limits::lowest() : Limits::max();
}

HostTensor interpret_reduce(const GraphNode& node, const HostTensor& x) {
  const ScalarInfo& row = info(node.scalar);
  // x is walked in row-major order; the accumulator's position does not move along the axes that are reduced.
  const Dims kept = strides_of(node.shape);
  Dims strides(x.shape.rank(), 0);
  for (int axis = 0, out_axis = 0; axis < x.shape.rank(); ++axis)
    if ((node.attributes[0] >> axis & 1) == 0) strides[axis] = kept[out_axis++];
  HostTensor out(node.dtype, node.shape);
  with_type(node.dtype, [&]<class T>(T) {
    std::vector<Wide<T>> sums(static_cast<std::size_t>(out.elements()), identity_of<T>(node.scalar));
    walk(x.shape, 0, strides, [&](std::int64_t i, std::int64_t to) {
      Wide<T>& sum = sums[static_cast<std::size_t>(to)];
      sum = apply<T>(row, sum, static_cast<Wide<T>>(x.data<T>()[i]), {});
    });
    for (std::int64_t i = 0; i < out.elements(); ++i)
      out.data<T>()[i] = static_cast<T>(sums[static_cast<std::size_t>(i)]);
  });
  return out;
}

HostTensor interpret_permute(const GraphNode& node, const HostTensor& x) {
  const Dims from = strides_of(x.shape);
  Dims strides;
  for (const std::int64_t axis : node.attributes) strides.push_back(from[static_cast<int>(axis)]);
  return view_of(node, x, 0, strides);
}

HostTensor interpret_expand(const GraphNode& node, const HostTensor& x) {
  Dims strides = strides_of(x.shape);
  for (int axis = 0; axis < x.shape.rank(); ++axis)
    if (x.shape[axis] == 1) strides[axis] = 0;
  return view_of(node, x, 0, strides);
}

HostTensor interpret_slice(const GraphNode& node, const HostTensor& x) {
  Dims strides = strides_of(x.shape);
  std::int64_t base = 0;
  for (int axis = 0; axis < x.shape.rank(); ++axis) {
    base += node.attributes[2 * axis] * strides[axis];
    strides[axis] *= node.attributes[2 * axis + 1];
  }
  return view_of(node, x, base, strides);
}

HostTensor interpret_pad(const GraphNode& node, const HostTensor& x) {
  HostTensor out = filled(node, node.attributes.back());
  const Dims strides = strides_of(node.shape);
  std::int64_t base = 0;
  for (int axis = 0; axis < x.shape.rank(); ++axis) base += node.attributes[2 * axis] * strides[axis];
  with_type(node.dtype, [&]<class T>(T) {
    walk(x.shape, base, strides, [&](std::int64_t i, std::int64_t to) { out.data<T>()[to] = x.data<T>()[i]; });
  });
  return out;
}

// a: [batch, m, k], b: [batch, n, k] -> [batch, m, n]
HostTensor interpret_contract(const GraphNode& node, const HostTensor& a, const HostTensor& b) {
  // Each group of axes as one axis.
  const auto product = [](const Shape& shape, std::int64_t first, std::int64_t count) {
    std::int64_t size = 1;
    for (std::int64_t i = first; i < first + count; ++i) size *= shape[static_cast<int>(i)];
    return size;
  };
  const std::int64_t batch_axes = node.attributes[0], m_axes = node.attributes[1];
  const std::int64_t n_axes = node.attributes[2], k_axes = node.attributes[3];
  const std::int64_t batch = product(a.shape, 0, batch_axes), m = product(a.shape, batch_axes, m_axes);
  const std::int64_t n = product(b.shape, batch_axes, n_axes), k = product(b.shape, batch_axes + n_axes, k_axes);
  HostTensor out(node.dtype, node.shape);
  with_type(node.dtype, [&]<class T>(T) {
    const ScalarInfo &mul = info(Scalar::mul), &add = info(Scalar::add);
    for (std::int64_t batch_row = 0; batch_row < batch * m; ++batch_row) {
      const T* row = a.data<T>() + batch_row * k;  // [k]
      for (std::int64_t column = 0; column < n; ++column) {
        const T* other = b.data<T>() + (batch_row / m * n + column) * k;  // [k]
        Wide<T> sum = 0;
        for (std::int64_t i = 0; i < k; ++i)
          sum = apply<T>(add, sum, apply<T>(mul, static_cast<Wide<T>>(row[i]), static_cast<Wide<T>>(other[i]), {}), {});
        out.data<T>()[batch_row * n + column] = static_cast<T>(sum);
      }
    }
  });
  return out;
}

// The indices as int64, all of them checked to be rows of a table with `rows` rows.
std::vector<std::int64_t> checked_indices(std::string_view op, const HostTensor& indices, std::int64_t rows) {
  std::vector<std::int64_t> checked;
  for (std::int64_t i = 0; i < indices.elements(); ++i) {
    const std::int64_t index =
        indices.dtype == DType::i32 ? indices.data<std::int32_t>()[i] : indices.data<std::int64_t>()[i];
    if (index < 0 || index >= rows)
      throw IndexError(fmt::format("{}: index {} is out of range for an axis of size {}", op, index, rows));
    checked.push_back(index);
  }
  return checked;
}

// Elements of one row of a table [v, rest...].
std::int64_t row_elements(const Shape& table) {
  std::int64_t size = 1;
  for (int axis = 1; axis < table.rank(); ++axis) size *= table[axis];
  return size;
}

HostTensor interpret_gather(const GraphNode& node, const HostTensor& table, const HostTensor& indices) {
  HostTensor out(node.dtype, node.shape);
  const std::size_t row_bytes = static_cast<std::size_t>(row_elements(table.shape)) * size_of(node.dtype);
  std::byte* to = out.bytes.data();
  if (row_bytes == 0) return out;  // what has no elements is not computed; traces check its indices
  for (const std::int64_t index : checked_indices("gather", indices, table.shape[0])) {
    std::memcpy(to, table.bytes.data() + static_cast<std::size_t>(index) * row_bytes, row_bytes);
    to += row_bytes;
  }
  return out;
}

HostTensor interpret_scatter_add(const GraphNode& node, const HostTensor& indices, const HostTensor& updates) {
  HostTensor out(node.dtype, node.shape);
  const std::int64_t width = row_elements(node.shape);
  if (width == 0) return out;
  const ScalarInfo& add = info(Scalar::add);
  with_type(node.dtype, [&]<class T>(T) {
    std::vector<Wide<T>> sums(static_cast<std::size_t>(out.elements()));
    const T* update = updates.data<T>();
    for (const std::int64_t index : checked_indices("scatter_add", indices, node.shape[0])) {
      for (std::int64_t i = 0; i < width; ++i) {
        Wide<T>& sum = sums[static_cast<std::size_t>(index * width + i)];
        sum = apply<T>(add, sum, static_cast<Wide<T>>(*update++), {});
      }
    }
    for (std::int64_t i = 0; i < out.elements(); ++i)
      out.data<T>()[i] = static_cast<T>(sums[static_cast<std::size_t>(i)]);
  });
  return out;
}

HostTensor interpret_scan(const GraphNode& node, const HostTensor& x) {
  const ScalarInfo& row = info(node.scalar);
  HostTensor out(node.dtype, node.shape);
  const auto axis = static_cast<int>(node.attributes[0]);
  const std::int64_t size = node.shape[axis], stride = strides_of(node.shape)[axis];
  with_type(node.dtype, [&]<class T>(T) {
    std::vector<Wide<T>> so_far(static_cast<std::size_t>(out.elements()));
    for (std::int64_t i = 0; i < out.elements(); ++i) {
      const auto value = static_cast<Wide<T>>(x.data<T>()[i]);
      const bool is_first = i / stride % size == 0;
      Wide<T>& result = so_far[static_cast<std::size_t>(i)];
      result = is_first ? value : apply<T>(row, so_far[static_cast<std::size_t>(i - stride)], value, {});
      out.data<T>()[i] = static_cast<T>(result);
    }
  });
  return out;
}

HostTensor interpret_argsort(const GraphNode& node, const HostTensor& x) {
  HostTensor out(node.dtype, node.shape);
  const std::int64_t size = x.shape.back(), count = node.shape.back();
  const bool descending = node.attributes[0] != 0;
  std::vector<std::int64_t> order(static_cast<std::size_t>(size));
  with_type(x.dtype, [&]<class T>(T) {
    for (std::int64_t row = 0, to = 0; to < out.elements(); row += size, to += count) {
      // NaN is the greatest of all numbers.
      const auto less = [&](std::int64_t i, std::int64_t j) {
        const auto a = static_cast<Wide<T>>(x.data<T>()[row + i]), b = static_cast<Wide<T>>(x.data<T>()[row + j]);
        return a < b || (b != b && a == a);
      };
      const auto is_before = [&](std::int64_t i, std::int64_t j) {
        const bool before = descending ? less(j, i) : less(i, j), behind = descending ? less(i, j) : less(j, i);
        return before || (!behind && i < j);
      };
      std::iota(order.begin(), order.end(), 0);
      std::sort(order.begin(), order.end(), is_before);
      with_type(node.dtype, [&]<class Position>(Position) {
        for (std::int64_t i = 0; i < count; ++i)
          out.data<Position>()[to + i] = static_cast<Position>(order[static_cast<std::size_t>(i)]);
      });
    }
  });
  return out;
}

HostTensor interpret_leaf(const GraphNode& node, std::span<const HostView> leaves) {
  const auto slot = static_cast<std::size_t>(node.attributes[0]);
  if (slot >= leaves.size())
    throw ValueError(fmt::format("interpret: leaf {} has no value, {} were given", slot, leaves.size()));
  const HostView& leaf = leaves[slot];
  // A slot's memory may be read in several shapes: what is reshaped and evaluated shares its operand's.
  if (leaf.dtype != node.dtype || leaf.shape.elements() != node.shape.elements())
    throw ValueError(fmt::format("interpret: leaf {} is {} {}, its value {} {}", slot, name(node.dtype),
                                 to_string(node.shape), name(leaf.dtype), to_string(leaf.shape)));
  return HostTensor({leaf.dtype, node.shape, leaf.data});
}

HostTensor interpret_call(const GraphNode& node, Inputs inputs) {
  const CallDescription& description = call_description(node.attributes[0]);
  if (!description.host)
    throw CallError(
        fmt::format("{}: nothing is compiled here, and it has no reference function; give it one, or compute "
                    "on a device that compiles",
                    description.name));
  HostTensor out(node.dtype, node.shape);
  std::vector<CallOperand> operands;
  std::vector<void*> buffers;
  for (const HostTensor* input : inputs) {
    operands.push_back({input->dtype, input->shape});
    buffers.push_back(const_cast<std::byte*>(input->bytes.data()));  // call_host reads inputs only
  }
  operands.push_back({node.dtype, node.shape});
  buffers.push_back(out.bytes.data());
  const CallLayout layout = call_layout(operands, static_cast<int>(node.attributes[1]));
  FirstFailure failure;
  call_host(description, layout, buffers.data(), 0, 1, failure);
  if (failure) throw_call_failure(description, layout, failure);
  return out;
}

HostTensor interpret_node(const GraphNode& node, Inputs inputs, std::span<const HostView> leaves) {
  switch (node.op) {
    case Op::parameter: return interpret_leaf(node, leaves);
    case Op::constant: return filled(node, node.attributes[0]);
    case Op::iota: return interpret_iota(node);
    case Op::elementwise: return interpret_elementwise(node, inputs);
    case Op::reduce: return interpret_reduce(node, *inputs[0]);
    case Op::reshape: return view_of(node, *inputs[0], 0, strides_of(node.shape));
    case Op::permute: return interpret_permute(node, *inputs[0]);
    case Op::expand: return interpret_expand(node, *inputs[0]);
    case Op::pad: return interpret_pad(node, *inputs[0]);
    case Op::slice: return interpret_slice(node, *inputs[0]);
    case Op::contract: return interpret_contract(node, *inputs[0], *inputs[1]);
    case Op::gather: return interpret_gather(node, *inputs[0], *inputs[1]);
    case Op::scatter_add: return interpret_scatter_add(node, *inputs[0], *inputs[1]);
    case Op::scan: return interpret_scan(node, *inputs[0]);
    case Op::argsort: return interpret_argsort(node, *inputs[0]);
    case Op::call: return interpret_call(node, inputs);
    case Op::custom: break;  // traces have none
  }
  throw InternalError("interpret: a node has no known op");
}

}  // namespace

std::vector<HostTensor> interpret(const Graph& graph, std::span<const HostView> leaves) {
  // How often each value is still needed; it is dropped after the last time.
  std::vector<int> uses(graph.nodes.size(), 0);
  for (const GraphNode& node : graph.nodes)
    for (const NodeId input : node.inputs) ++uses[input];
  for (const NodeId output : graph.outputs) ++uses[output];

  std::vector<HostTensor> values;
  values.reserve(graph.nodes.size());
  for (const GraphNode& node : graph.nodes) {
    InlineVector<const HostTensor*, max_inputs> inputs;
    for (const NodeId input : node.inputs) inputs.push_back(&values[input]);
    values.push_back(interpret_node(node, inputs, leaves));
    for (const NodeId input : node.inputs)
      if (--uses[input] == 0) std::vector<std::byte>().swap(values[input].bytes);
  }

  std::vector<HostTensor> results;
  for (const NodeId output : graph.outputs) results.push_back(values[output]);
  return results;
}

}  // namespace tenon
