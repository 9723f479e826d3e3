// New tensors: filled with a number, counted up, or random.
//
// The type is named as `zeros<float, "batch", 784>({32})` or as `zeros<Pixels>({32})`; the sizes are those of
// the axes that the type leaves open (RunTimeSizes).
#pragma once

#include <array>
#include <tuple>

#include "tenon/array/create.h"
#include "tenon/array/diagonal.h"
#include "tenon/array/random.h"
#include "tenon/tensor/tensor.h"

namespace tenon {

namespace detail {
template <class X, Axis... A>
using SizesOf = RunTimeSizes<TensorNamed_t<X, A...>>;

template <class X>
X created(const Array& array, const std::source_location& where) {
  return X(array, where);  // composed axes may not fit the sizes given
}
}  // namespace detail

template <class X, Axis... A>
auto zeros(const detail::SizesOf<X, A...>& sizes = {}, std::source_location where = std::source_location::current()) {
  using Result = detail::TensorNamed_t<X, A...>;
  return detail::created<Result>(zeros(sizes.shape(), Result::dtype, where), where);
}
template <class X, Axis... A>
auto ones(const detail::SizesOf<X, A...>& sizes = {}, std::source_location where = std::source_location::current()) {
  using Result = detail::TensorNamed_t<X, A...>;
  return detail::created<Result>(ones(sizes.shape(), Result::dtype, where), where);
}
/// The value is part of the graph, not data. Throws ValueError when the type cannot hold it.
template <class X, Axis... A>
auto full(const detail::SizesOf<X, A...>& sizes, double value,
          std::source_location where = std::source_location::current()) {
  using Result = detail::TensorNamed_t<X, A...>;
  return detail::created<Result>(full(sizes.shape(), value, Result::dtype, where), where);
}

/// 0, 1, 2, ...: `arange<std::int64_t, "time">({64})`, `arange<float, 10>()`.
template <class X, Axis... A>
auto arange(const detail::SizesOf<X, A...>& sizes = {}, std::source_location where = std::source_location::current()) {
  using Result = detail::TensorNamed_t<X, A...>;
  if constexpr (Result::rank != 1) detail::require<detail::mistake("arange: ", Result::axes, " has not one axis")>();
  return detail::created<Result>(arange(sizes.shape().elements(), Result::dtype, where), where);
}

namespace detail {
template <class N>
concept Number = std::is_arithmetic_v<N> && !std::is_same_v<N, bool>;
constexpr Mistake not_floating(std::string_view op, DType dtype) {
  if (is_floating(dtype)) return {};
  return mistake(op, ": elements are ", name(dtype), ", not float32 or float64");
}
}  // namespace detail

/// start, start + step, ... as long as they are before stop: arange<std::int64_t, "time">(2, 64, 3), arange<float,
/// 4>(0, 1, 0.25). Throws ShapeError where a fixed axis has another size, ValueError for a step of 0.
template <class X, Axis... A, detail::Number Start, detail::Number Stop, detail::Number Step = int>
auto arange(Start start, Stop stop, Step step = 1, std::source_location where = std::source_location::current()) {
  using Result = detail::TensorNamed_t<X, A...>;
  if constexpr (Result::rank != 1) detail::require<detail::mistake("arange: ", Result::axes, " has not one axis")>();
  if constexpr (std::is_integral_v<Start> && std::is_integral_v<Stop> && std::is_integral_v<Step>) {
    return Result(arange(static_cast<std::int64_t>(start), static_cast<std::int64_t>(stop),
                         static_cast<std::int64_t>(step), Result::dtype, where),
                  where);
  } else {
    detail::require<detail::not_floating("arange", Result::dtype)>();
    return Result(
        arange(static_cast<double>(start), static_cast<double>(stop), static_cast<double>(step), Result::dtype, where),
        where);
  }
}

/// In the axes, sizes and element type of x.
template <TensorType X>
X zeros_like(const X& x, std::source_location where = std::source_location::current()) {
  return X::unchecked(zeros_like(x.array(), where));
}
template <TensorType X>
X ones_like(const X& x, std::source_location where = std::source_location::current()) {
  return X::unchecked(ones_like(x.array(), where));
}
template <TensorType X>
X full_like(const X& x, double value, std::source_location where = std::source_location::current()) {
  return X::unchecked(full_like(x.array(), value, where));
}

/// Numbers from start to stop at equal distances, both included: linspace<float, 11>(0, 1),
/// linspace<double, "point">(0, 1, {11}).
template <class X, Axis... A>
auto linspace(double start, double stop, const detail::SizesOf<X, A...>& sizes = {},
              std::source_location where = std::source_location::current()) {
  using Result = detail::TensorNamed_t<X, A...>;
  detail::require<detail::not_floating("linspace", Result::dtype)>();
  if constexpr (Result::rank != 1) detail::require<detail::mistake("linspace: ", Result::axes, " has not one axis")>();
  return detail::created<Result>(linspace(start, stop, sizes.shape().elements(), Result::dtype, where), where);
}

namespace detail {
struct MeshPlan {
  Mistake mistake;
  AxisList axes;
};
template <std::size_t N>
constexpr MeshPlan mesh_plan(const std::array<AxisList, N>& vectors, Meshing meshing) {
  MeshPlan plan;
  if (N > max_rank) plan.mistake = mistake("meshgrid: ", N, " vectors, at most 8 axes are supported");
  for (const AxisList& vector : vectors) {
    if (vector.rank != 1 && plan.mistake.empty()) plan.mistake = mistake("meshgrid: ", vector, " has not one axis");
    if (plan.mistake.empty()) plan.axes.push_back(vector[0]);
  }
  if (!plan.mistake.empty()) return plan;
  if (meshing == Meshing::xy && N > 1) {
    const Axis first = plan.axes[0];
    plan.axes[0] = plan.axes[1];
    plan.axes[1] = first;
  }
  if (const Axis* twice = doubled_name(plan.axes))
    plan.mistake = mistake("meshgrid: ", plan.axes, " has two axes ", twice->label());
  return plan;
}
}  // namespace detail

/// Vectors [n0], [n1], ... as coordinates [n0, n1, ...], a tuple with one tensor for each: meshgrid(x, y), or
/// meshgrid<Meshing::xy>(x, y) with the first two axes exchanged. Nothing is copied.
template <Meshing meshing = Meshing::ij, TensorType... X>
  requires(sizeof...(X) > 0)
auto meshgrid(const X&... vectors) {
  static constexpr auto plan = detail::mesh_plan(std::array{X::axes...}, meshing);
  detail::require<plan.mistake>();
  if constexpr (!plan.mistake.empty()) {
    return std::tuple<X...>{vectors...};
  } else {
    const std::vector<Array> made = meshgrid({vectors.array()...}, meshing);
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return std::tuple{detail::TensorOf<typename X::Element, plan.axes>::unchecked(made[I])...};
    }(std::index_sequence_for<X...>());
  }
}

namespace detail {
constexpr Mistake not_two_axes(std::string_view op, const AxisList& axes) {
  if (axes.rank == 2) return {};
  return mistake(op, ": ", axes, " has not two axes");
}
}  // namespace detail

/// Ones on a diagonal: eye<float, 3, 3>(), eye<Tensor<float, "row", "column">>({2, 3}, 1). See array/diagonal.h.
template <class X, Axis... A>
auto eye(const detail::SizesOf<X, A...>& sizes = {}, std::int64_t offset = 0,
         std::source_location where = std::source_location::current()) {
  using Result = detail::TensorNamed_t<X, A...>;
  detail::require<detail::not_two_axes("eye", Result::axes)>();
  if constexpr (Result::rank != 2) return Result();
  const Shape shape = sizes.shape();
  return detail::created<Result>(eye(shape[0], shape[1], offset, Result::dtype, where), where);
}
/// Ones on and below a diagonal: tri<float, 3, 3>(), tri<bool, "time", "key">({4, 6}, 2).
template <class X, Axis... A>
auto tri(const detail::SizesOf<X, A...>& sizes = {}, std::int64_t offset = 0,
         std::source_location where = std::source_location::current()) {
  using Result = detail::TensorNamed_t<X, A...>;
  detail::require<detail::not_two_axes("tri", Result::axes)>();
  if constexpr (Result::rank != 2) return Result();
  const Shape shape = sizes.shape();
  return detail::created<Result>(tri(shape[0], shape[1], offset, Result::dtype, where), where);
}

/// Normally distributed; float or double.
template <class X, Axis... A>
auto normal(Rng& rng, const detail::SizesOf<X, A...>& sizes = {}, double mean = 0, double deviation = 1,
            std::source_location where = std::source_location::current()) {
  using Result = detail::TensorNamed_t<X, A...>;
  detail::require<detail::not_floating("normal", Result::dtype)>();
  return detail::created<Result>(rng.normal(sizes.shape(), mean, deviation, Result::dtype, where), where);
}
/// Uniform in [low, high); float or double.
template <class X, Axis... A>
auto uniform(Rng& rng, const detail::SizesOf<X, A...>& sizes = {}, double low = 0, double high = 1,
             std::source_location where = std::source_location::current()) {
  using Result = detail::TensorNamed_t<X, A...>;
  detail::require<detail::not_floating("uniform", Result::dtype)>();
  return detail::created<Result>(rng.uniform(sizes.shape(), low, high, Result::dtype, where), where);
}
/// Normal without what lies outside [low, high]; float or double. See array/random.h.
template <class X, Axis... A>
auto truncated_normal(Rng& rng, const detail::SizesOf<X, A...>& sizes = {}, const TruncatedNormalOptions& options = {},
                      std::source_location where = std::source_location::current()) {
  using Result = detail::TensorNamed_t<X, A...>;
  detail::require<detail::not_floating("truncated_normal", Result::dtype)>();
  return detail::created<Result>(rng.truncated_normal(sizes.shape(), options, Result::dtype, where), where);
}
/// Integers in [low, high).
template <class X, Axis... A>
auto randint(Rng& rng, std::int64_t low, std::int64_t high, const detail::SizesOf<X, A...>& sizes = {},
             std::source_location where = std::source_location::current()) {
  using Result = detail::TensorNamed_t<X, A...>;
  return detail::created<Result>(rng.randint(low, high, sizes.shape(), Result::dtype, where), where);
}

/// The same as functions of a key, for functions that are compiled once and replayed: see Rng::next_key.
using RandomKey = Tensor<std::uint32_t, 2>;

template <class X, Axis... A>
auto random_normal(const RandomKey& key, const detail::SizesOf<X, A...>& sizes = {}, double mean = 0,
                   double deviation = 1, std::source_location where = std::source_location::current()) {
  using Result = detail::TensorNamed_t<X, A...>;
  detail::require<detail::not_floating("random_normal", Result::dtype)>();
  return detail::created<Result>(random_normal(key, sizes.shape(), mean, deviation, Result::dtype, where), where);
}
template <class X, Axis... A>
auto random_uniform(const RandomKey& key, const detail::SizesOf<X, A...>& sizes = {}, double low = 0, double high = 1,
                    std::source_location where = std::source_location::current()) {
  using Result = detail::TensorNamed_t<X, A...>;
  detail::require<detail::not_floating("random_uniform", Result::dtype)>();
  return detail::created<Result>(random_uniform(key, sizes.shape(), low, high, Result::dtype, where), where);
}
template <class X, Axis... A>
auto random_truncated_normal(const RandomKey& key, const detail::SizesOf<X, A...>& sizes = {},
                             const TruncatedNormalOptions& options = {},
                             std::source_location where = std::source_location::current()) {
  using Result = detail::TensorNamed_t<X, A...>;
  detail::require<detail::not_floating("random_truncated_normal", Result::dtype)>();
  return detail::created<Result>(random_truncated_normal(key, sizes.shape(), options, Result::dtype, where), where);
}
template <class X, Axis... A>
auto random_integers(const RandomKey& key, std::int64_t low, std::int64_t high,
                     const detail::SizesOf<X, A...>& sizes = {},
                     std::source_location where = std::source_location::current()) {
  using Result = detail::TensorNamed_t<X, A...>;
  return detail::created<Result>(random_integers(key, low, high, sizes.shape(), Result::dtype, where), where);
}
/// Random words: random_bits<"word">(key, {64}), random_bits<2, 3>(key).
template <Axis... A>
auto random_bits(const RandomKey& key, const RunTimeSizes<Tensor<std::uint32_t, A...>>& sizes = {},
                 std::source_location where = std::source_location::current()) {
  return detail::created<Tensor<std::uint32_t, A...>>(random_bits(key, sizes.shape(), where), where);
}

}  // namespace tenon
