// Random tensors by other laws than the uniform and the normal one; see array/distributions.h.
#pragma once

#include "tenon/array/distributions.h"
#include "tenon/tensor/create.h"
#include "tenon/tensor/cumulative.h"

namespace tenon {

/// Density rate * exp(-rate * x); float or double.
template <class X, Axis... A>
auto exponential(Rng& rng, const detail::SizesOf<X, A...>& sizes = {}, double rate = 1,
                 std::source_location where = std::source_location::current()) {
  using Result = detail::TensorNamed_t<X, A...>;
  detail::require<detail::not_floating("exponential", Result::dtype)>();
  return detail::created<Result>(rng.exponential(sizes.shape(), rate, Result::dtype, where), where);
}
/// -log(-log(u)); float or double.
template <class X, Axis... A>
auto gumbel(Rng& rng, const detail::SizesOf<X, A...>& sizes = {},
            std::source_location where = std::source_location::current()) {
  using Result = detail::TensorNamed_t<X, A...>;
  detail::require<detail::not_floating("gumbel", Result::dtype)>();
  return detail::created<Result>(rng.gumbel(sizes.shape(), Result::dtype, where), where);
}
/// True with the probability that each element of p gives; p's axes.
template <TensorType P>
auto bernoulli(Rng& rng, const P& p, std::source_location where = std::source_location::current()) {
  detail::require<detail::not_floating("bernoulli", P::dtype)>();
  using Result = detail::TensorOf<bool, P::axes>;
  return Result::unchecked(rng.bernoulli(p.array(), p.array().shape(), where));
}
/// True with the probability p: bernoulli<"batch">(rng, {32}, 0.1).
template <Axis... A>
auto bernoulli(Rng& rng, const RunTimeSizes<Tensor<bool, A...>>& sizes, double p,
               std::source_location where = std::source_location::current()) {
  return detail::created<Tensor<bool, A...>>(rng.bernoulli(p, sizes.shape(), where), where);
}
/// 0 to n - 1 in random order: permutation<"row">(rng, {n}), permutation<52>(rng).
template <Axis axis>
auto permutation(Rng& rng, const RunTimeSizes<Tensor<std::int64_t, axis>>& sizes = {},
                 std::source_location where = std::source_location::current()) {
  return detail::created<Tensor<std::int64_t, axis>>(rng.permutation(sizes.shape()[0], where), where);
}

/// The same as functions of a key, for functions that are compiled once and replayed: see Rng::next_key.
template <class X, Axis... A>
auto random_exponential(const RandomKey& key, const detail::SizesOf<X, A...>& sizes = {}, double rate = 1,
                        std::source_location where = std::source_location::current()) {
  using Result = detail::TensorNamed_t<X, A...>;
  detail::require<detail::not_floating("random_exponential", Result::dtype)>();
  return detail::created<Result>(random_exponential(key, sizes.shape(), rate, Result::dtype, where), where);
}
template <class X, Axis... A>
auto random_gumbel(const RandomKey& key, const detail::SizesOf<X, A...>& sizes = {},
                   std::source_location where = std::source_location::current()) {
  using Result = detail::TensorNamed_t<X, A...>;
  detail::require<detail::not_floating("random_gumbel", Result::dtype)>();
  return detail::created<Result>(random_gumbel(key, sizes.shape(), Result::dtype, where), where);
}
template <TensorType P>
auto random_bernoulli(const RandomKey& key, const P& p, std::source_location where = std::source_location::current()) {
  detail::require<detail::not_floating("random_bernoulli", P::dtype)>();
  using Result = detail::TensorOf<bool, P::axes>;
  return Result::unchecked(random_bernoulli(key.array(), p.array(), p.array().shape(), where));
}
template <Axis... A>
auto random_bernoulli(const RandomKey& key, const RunTimeSizes<Tensor<bool, A...>>& sizes, double p,
                      std::source_location where = std::source_location::current()) {
  return detail::created<Tensor<bool, A...>>(random_bernoulli(key.array(), p, sizes.shape(), where), where);
}
template <Axis axis>
auto random_permutation(const RandomKey& key, const RunTimeSizes<Tensor<std::int64_t, axis>>& sizes = {},
                        std::source_location where = std::source_location::current()) {
  return detail::created<Tensor<std::int64_t, axis>>(random_permutation(key.array(), sizes.shape()[0], where), where);
}
/// A class for each row of logits along the axis, which disappears: random_categorical<"vocab">(key, logits).
template <AxisRef axis = -1, TensorType X>
auto random_categorical(const RandomKey& key, const X& logits,
                        std::source_location where = std::source_location::current()) {
  using R = detail::Reduction<"categorical", X, axis>;
  detail::require<R::plan.mistake>();
  using Result = typename R::template Result<std::int64_t>;
  return Result::unchecked(random_categorical(key.array(), logits.array(), R::plan.positions[0], where));
}
/// The parts of x along the axis in random order.
template <AxisRef axis = 0, TensorType X>
X random_shuffle(const RandomKey& key, const X& x, std::source_location where = std::source_location::current()) {
  static constexpr detail::AxisPlan plan = detail::axis_plan("shuffle", X::axes, axis);
  detail::require<plan.mistake>();
  return X::unchecked(random_shuffle(key.array(), x.array(), plan.position, where));
}

/// The same with the next key of a stream.
template <AxisRef axis = -1, TensorType X>
auto categorical(Rng& rng, const X& logits, std::source_location where = std::source_location::current()) {
  return random_categorical<axis>(RandomKey::unchecked(rng.next_key(where)), logits, where);
}
template <AxisRef axis = 0, TensorType X>
X shuffle(Rng& rng, const X& x, std::source_location where = std::source_location::current()) {
  return random_shuffle<axis>(RandomKey::unchecked(rng.next_key(where)), x, where);
}

}  // namespace tenon
