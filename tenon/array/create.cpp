#include "tenon/array/create.h"

#include <cmath>
#include <utility>

#include "tenon/array/elementwise.h"
#include "tenon/graph/build_check.h"
#include "tenon/graph/compose.h"

namespace tenon {

using build::describe;
using build::fail;

namespace {

void check_floating(std::string_view op, DType dtype) {
  if (!is_floating(dtype))
    fail<DTypeError>("{}: {} holds no fractions; it must be float32 or float64", op, name(dtype));
}

// 0, 1, 2, ... in float64.
Array positions(std::int64_t count) { return Array(build::cast(build::iota(DType::i64, count), DType::f64)); }

}  // namespace

Array zeros(const Sizes& shape, DType dtype, std::source_location where) { return full(shape, 0, dtype, where); }
Array ones(const Sizes& shape, DType dtype, std::source_location where) { return full(shape, 1, dtype, where); }
Array full(const Sizes& shape, double value, DType dtype, std::source_location where) {
  const WhereScope scope(where);
  return Array(build::full(dtype, build::placed_shape("full", shape.dims()), value));
}

Array zeros_like(const Array& x, std::source_location where) { return full_like(x, 0, where); }
Array ones_like(const Array& x, std::source_location where) { return full_like(x, 1, where); }
Array full_like(const Array& x, double value, std::source_location where) {
  const WhereScope scope(where);
  return Array(build::full_like(x.node_ref(), value));
}

Array arange(std::int64_t stop, DType dtype, std::source_location where) { return arange(0, stop, 1, dtype, where); }
Array arange(std::int64_t start, std::int64_t stop, std::int64_t step, DType dtype, std::source_location where) {
  const WhereScope scope(where);
  if (step == 0) fail<ValueError>("arange: step 0; it must not be 0");
  if (dtype == DType::boolean) fail<DTypeError>("arange: bool cannot count; choose a number type");
  // In 128 bits no difference overflows.
  __extension__ using Long = __int128;
  const Long distance = step > 0 ? Long{stop} - start : Long{start} - stop;
  const Long stride = step > 0 ? Long{step} : -Long{step};
  const Long count = distance <= 0 ? Long{0} : (distance - 1) / stride + 1;
  if (count > INT64_MAX) fail<ShapeError>("arange: from {} to {} by {} has too many elements", start, stop, step);
  // Both ends must fit, then everything between does.
  build::check_value("arange", dtype, static_cast<double>(start));
  if (count > 0) build::check_value("arange", dtype, static_cast<double>(start + (count - 1) * step));
  const DType counter = dtype == DType::i32 ? DType::i32 : DType::i64;
  Array positions(build::iota(counter, static_cast<std::int64_t>(count)));
  if (step != 1) positions *= step;
  if (start != 0) positions += start;
  return astype(positions, dtype);
}

Array detail::arange_of_fractions(double start, double stop, double step, DType dtype,
                                  const std::source_location& where) {
  const WhereScope scope(where);
  check_floating("arange", dtype);
  const double count = std::ceil((stop - start) / step);
  // Written so that NaN fails too.
  if (!(std::isfinite(start) && std::isfinite(step) && step != 0 && count < 0x1p62))
    fail<ValueError>("arange: from {} to {} by {} is no finite number of steps", start, stop, step);
  const auto length = static_cast<std::int64_t>(std::max(count, 0.0));
  return astype(positions(length) * step + start, dtype);
}

Array linspace(double start, double stop, std::int64_t count, DType dtype, std::source_location where) {
  const WhereScope scope(where);
  check_floating("linspace", dtype);
  if (count < 0) fail<ValueError>("linspace: {} numbers; there must be at least 0", count);
  const std::int64_t last = std::max<std::int64_t>(count - 1, 1);
  const double step = (stop - start) / static_cast<double>(last);
  // Counted from the nearer end, so that both ends are exact.
  const Array i = positions(count), from_start = i * step + start, from_stop = stop - (last - i) * step;
  return astype(tenon::where(i * 2 < static_cast<double>(count), from_start, from_stop), dtype);
}

std::vector<Array> meshgrid(std::span<const Array> vectors, Meshing meshing, std::source_location where) {
  const WhereScope scope(where);
  const auto rank = static_cast<int>(vectors.size());
  if (rank > max_rank) fail<ShapeError>("meshgrid: {} vectors, at most {} axes are supported", rank, max_rank);
  // The axis that vector i lies along.
  const auto axis_of = [&](int i) { return meshing == Meshing::xy && rank > 1 && i < 2 ? 1 - i : i; };
  Shape mesh(rank, 1);
  for (int i = 0; i < rank; ++i) {
    const Array& vector = vectors[static_cast<std::size_t>(i)];
    if (vector.rank() != 1)
      fail<ShapeError>("meshgrid: {} is no vector, it must have one axis; flatten it", describe(vector.node()));
    mesh[axis_of(i)] = vector.size(0);
  }
  mesh = build::placed_shape("meshgrid", mesh);
  std::vector<Array> coordinates;
  coordinates.reserve(vectors.size());
  for (int i = 0; i < rank; ++i) {
    const NodeRef& vector = vectors[static_cast<std::size_t>(i)].node_ref();
    Shape along(rank, 1);
    along[axis_of(i)] = vector->shape[0];
    coordinates.emplace_back(build::expand(build::reshape(vector, along), mesh));
  }
  return coordinates;
}

std::vector<Array> meshgrid(std::initializer_list<Array> vectors, Meshing meshing, std::source_location where) {
  return meshgrid(std::span(vectors.begin(), vectors.size()), meshing, where);
}

}  // namespace tenon
