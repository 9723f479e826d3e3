// Random calls of functions on arrays: convolutions, windows, order, assignment; and of calls that must be refused.
#include <algorithm>

#include "tenon/array/ops.h"
#include "tenon/core/error.h"
#include "tenon/graph/compose.h"
#include "tests/plan/random_graph.h"

namespace tenon::testing {
namespace {

constexpr double most_magnitude = 64;

Array array(const RandomValue& x) { return Array(x.device); }

// How many elements the rows along an axis have together.
std::int64_t length(const RandomValue& x, int axis) { return x.shape()[axis]; }

}  // namespace

RandomValue RandomGraph::random_convolution() {
  const DType dtype = random_floating();
  const int spatial = static_cast<int>(1 + below(3));
  const std::int64_t groups = chance(0.3) ? 1 + below(3) : 1, inputs = groups * (1 + below(4)),
                     outputs = groups * (1 + below(5));
  Shape image{1 + below(3), inputs}, kernel{chance(0.5) ? outputs : groups, inputs / groups};
  const bool is_transposed = chance(0.25);
  if (is_transposed) kernel = Shape{inputs, outputs / groups};
  double products = static_cast<double>(inputs);
  for (int axis = 0; axis < spatial; ++axis) {
    kernel.push_back(1 + below(3));
    image.push_back(kernel.back() * 2 + below(spatial == 1 ? 60 : 8));
    products *= static_cast<double>(kernel.back());
  }
  const RandomValue x = operand(dtype, image), weight = operand(dtype, kernel);
  const std::int64_t channels = is_transposed ? kernel[1] * groups : kernel[0];
  const RandomValue bias = operand(dtype, Shape{channels});
  const std::int64_t stride = 1 + below(2), padding = is_transposed ? 0 : below(2), dilation = 1 + below(2);
  const Array added = chance(0.5) ? array(bias) : Array();
  const Array y = is_transposed ? conv_transpose(array(x), array(weight), added,
                                                 {.stride = stride, .dilation = dilation, .groups = groups})
                                : conv(array(x), array(weight), added,
                                       {.stride = stride, .padding = padding, .dilation = dilation, .groups = groups});
  return tame({y.node_ref(), false, products * x.largest * weight.largest + bias.largest}, most_magnitude);
}

RandomValue RandomGraph::random_pooling() {
  const RandomValue x = operand(random_floating(), Shape{1 + below(3), 1 + below(3), 4 + below(12), 4 + below(12)});
  const std::int64_t kernel = 1 + below(4), stride = 1 + below(3), padding = below(kernel / 2 + 1);
  const bool ceil_mode = chance(0.3);
  switch (below(3)) {
    case 0:
      return {max_pool2d(array(x), kernel, {.stride = stride, .padding = padding, .ceil_mode = ceil_mode}).node_ref(),
              x.is_exact, x.largest};
    case 1: {
      const bool counts = chance(0.5);
      const AvgPoolOptions options{
          .stride = stride, .padding = padding, .ceil_mode = ceil_mode, .count_include_pad = counts};
      return {avg_pool2d(array(x), kernel, options).node_ref(), false, x.largest};
    }
    default: return {adaptive_avg_pool2d(array(x), 1 + below(4)).node_ref(), false, x.largest};
  }
}

RandomValue RandomGraph::random_padding() {
  const RandomValue x = any();
  constexpr PadMode modes[] = {PadMode::reflect, PadMode::replicate, PadMode::circular};
  const PadMode mode = one_of(modes);
  std::vector<Padding> padding;
  for (const std::int64_t size : x.shape()) {
    const std::int64_t most = size == 0 ? 0 : mode == PadMode::reflect ? size - 1 : size;
    const std::int64_t before = below(std::min<std::int64_t>(most, 3) + 1);
    padding.push_back({before, below(std::min<std::int64_t>(most, 3) + 1)});
  }
  return {pad(array(x), padding, mode).node_ref(), x.is_exact, x.largest};
}

RandomValue RandomGraph::random_cumulative() {
  RandomValue x = widened(any());
  if (x.shape().rank() == 0) return x;
  const int axis = static_cast<int>(below(x.shape().rank()));
  const bool reverse = chance(0.3);
  const double count = std::max<double>(1, static_cast<double>(length(x, axis)));
  switch (below(3)) {
    case 0:
      return tame(
          {cumsum(array(x), axis, reverse).node_ref(), x.is_exact && !is_floating(x.dtype()), count * x.largest},
          most_magnitude);
    case 1: {
      if (length(x, axis) == 0 || !x.is_exact) return x;
      const ValuesAndIndices found = chance(0.5) ? cummax(array(x), axis, reverse) : cummin(array(x), axis, reverse);
      return {chance(0.5) ? found.values.node_ref() : found.indices.node_ref(), true, x.largest};
    }
    default:
      if (!is_floating(x.dtype()) || length(x, axis) > 100) return x;
      return tame({logcumsumexp(array(x), axis, reverse).node_ref(), false, x.largest + 10}, most_magnitude);
  }
}

RandomValue RandomGraph::random_normalization() {
  const RandomValue x = of_type(random_floating());
  if (x.shape().rank() == 0 || x.shape().elements() == 0) return x;
  const int axis = static_cast<int>(below(x.shape().rank()));
  switch (below(4)) {
    case 0: return {softmax(array(x), axis).node_ref(), false, 1};
    case 1: return tame({log_softmax(array(x), axis).node_ref(), false, 2 * x.largest + 10}, most_magnitude);
    case 2: return tame({rms_norm(array(x), {}, 0.1).node_ref(), false, 4 * x.largest}, most_magnitude);
    default: return tame({layer_norm(array(x), {}, {}, 0.1).node_ref(), false, 7 * x.largest}, most_magnitude);
  }
}

RandomValue RandomGraph::random_ordering() {
  Shape shape = any().shape();
  if (shape.rank() == 0) shape = Shape{1 + below(40)};
  const DType dtype = any().dtype();
  const RandomValue x = decisive(dtype, shape);
  const int axis = static_cast<int>(below(shape.rank()));
  const bool descending = chance(0.5);
  const Array positions = argsort(array(x), axis, descending);
  switch (below(4)) {
    case 0: return {sort(array(x), axis, descending).node_ref(), x.is_exact, x.largest};
    case 1: return {positions.node_ref(), x.is_exact, 0};
    // Another value in that order.
    case 2: {
      const RandomValue other = operand(any().dtype(), shape);
      return {take_along_axis(array(other), positions, axis).node_ref(), x.is_exact && other.is_exact, other.largest};
    }
    default: {
      const ValuesAndIndices found = topk(array(x), below(shape[axis] + 1), axis, descending);
      return {chance(0.5) ? found.values.node_ref() : found.indices.node_ref(), x.is_exact, x.largest};
    }
  }
}

RandomValue RandomGraph::random_assignment() {
  const RandomValue x = any();
  if (x.shape().rank() == 0 || x.shape().elements() == 0 || x.shape().elements() > 2000) return x;
  const int axis = static_cast<int>(below(x.shape().rank()));
  Shape written = x.shape();
  for (std::int64_t& size : written) size = 1 + below(size);
  const RandomValue indices = index_leaf(written, length(x, axis)), values = operand(x.dtype(), written);
  if (chance(0.6) || x.dtype() == DType::boolean || is_half(x.dtype()))
    return {scatter(array(x), axis, array(indices), array(values)).node_ref(), x.is_exact && values.is_exact,
            std::max(x.largest, values.largest)};
  const double most = x.largest + static_cast<double>(written.elements()) * values.largest;
  return tame({scatter_add(array(x), axis, array(indices), array(values)).node_ref(),
               !is_floating(x.dtype()) && x.is_exact && values.is_exact, most},
              most_magnitude);
}

RandomValue RandomGraph::random_joining() {
  const RandomValue x = any();
  const int rank = x.shape().rank();
  if (rank == 0) return x;
  const int axis = static_cast<int>(below(rank));
  switch (below(3)) {
    case 0: return {roll(array(x), below(20) - 10, axis).node_ref(), x.is_exact, x.largest};
    case 1: return {flip(array(x), axis).node_ref(), x.is_exact, x.largest};
    default: {
      Shape shape = x.shape();
      shape[axis] = below(6);
      const RandomValue y = operand(x.dtype(), shape);
      return {concatenate({array(x), array(y), array(x)}, axis).node_ref(), x.is_exact && y.is_exact,
              std::max(x.largest, y.largest)};
    }
  }
}

void RandomGraph::try_invalid_call() {
  const RandomValue x = any();
  const Shape& shape = x.shape();
  const int rank = shape.rank();
  if (rank == 0 || rank + 2 > max_rank) return;
  Shape longer = shape;
  longer.push_back(2);
  longer.insert(0, 3);
  const std::int64_t many = shape.elements() + 1 + below(5);
  const Array a = array(x), empty = Array(build::full(DType::f32, Shape{0, 2}, 0)),
              odd = Array(build::full(x.dtype(), longer, 0));
  const std::function<Array()> calls[] = {
      [&] { return Array(build::binary(Scalar::maximum, x.device, odd.node_ref())); },
      [&] { return Array(build::reshape(x.device, Shape{many})); },
      [&] { return Array(build::expand(x.device, longer)); },
      [&] { return Array(build::reduce(Scalar::add, x.device, 1u << rank)); },
      [&] { return Array(build::slice(x.device, Dims(rank, 0), Dims(rank, many), Dims(rank, 1))) + odd; },
      [&] { return Array(build::gather(x.device, Array(build::full(DType::f32, Shape{2}, 0)).node_ref())); },
      [&] { return Array(build::scan(Scalar::sub, x.device, rank)); },
      [&] { return sum(a, {rank}); },
      [&] { return softmax(a, -rank - 1); },
      [&] { return max(empty, {0}); },
      [&] { return argmax(empty, 0); },
      [&] { return matmul(a, Array(build::full(x.dtype(), Shape{many, many}, 0))) + odd; },
      [&] { return concatenate({a, odd}, 0); },
      [&] { return reshape(a, {-1, -1}); },
      [&] { return conv2d(a, odd, {}, {.stride = -1}); },
      [&] { return max_pool2d(odd, 0); },
      [&] { return topk(odd, 4, 0).values; },
      [&] { return take_along_axis(odd, a, 0) + logcumsumexp(a, rank); },
      [&] { return pad(odd, {Padding{-1, 0}}); },
      [&] { return left_shift(Array(build::full(DType::f32, shape, 0)), a); },
      [&] { return quantile(odd, 1.5); },
      [&] { return sum(a) + Array(); },
  };
  const auto number = static_cast<std::size_t>(below(std::size(calls)));
  try {
    const Array y = calls[number]();
    ADD_FAILURE() << "invalid call " << number << " on " << to_string(shape) << " gave " << to_string(y.shape());
  } catch (const InternalError& error) {
    ADD_FAILURE() << "invalid call " << number << " on " << to_string(shape) << ": " << error.what();
  } catch (const Error& error) {
    EXPECT_GT(std::string_view(error.what()).size(), 20u) << error.what();
  }
}

}  // namespace tenon::testing
