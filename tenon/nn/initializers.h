// Initial values of weights, as PyTorch's torch.nn.init draws them. A constant is `full`.
//
// Each comes in three forms: by shape, xavier_uniform(rng, {64, 2}); by type, xavier_uniform<float, 64, 2>(rng); and
// like a tensor that is there, model.head.weight = xavier_uniform(rng, model.head.weight).
#pragma once

#include "tenon/tensor/create.h"

namespace tenon {

/// Of a weight [out, in, window...]: in * window and out * window. Throws ShapeError for fewer than two axes.
struct Fans {
  std::int64_t in = 0, out = 0;
};
Fans fans_of(const Shape& weight, std::source_location where = std::source_location::current());

/// U(-b, b) with b = gain * sqrt(6 / (in + out)) (Glorot and Bengio, "Understanding the difficulty of training deep
/// feedforward neural networks", AISTATS 2010, equation 16).
Array xavier_uniform(Rng& rng, const Sizes& shape, double gain = 1, DType dtype = DType::f32,
                     std::source_location where = std::source_location::current());
/// N(0, gain^2 * 2 / (in + out))
Array xavier_normal(Rng& rng, const Sizes& shape, double gain = 1, DType dtype = DType::f32,
                    std::source_location where = std::source_location::current());

enum class Fan : std::uint8_t { in, out };
struct KaimingOptions {
  /// Of the leaky ReLU that follows; PyTorch calls it `a`. 0: ReLU.
  double negative_slope = 0;
  Fan fan = Fan::in;
};
/// U(-b, b) with b = gain * sqrt(3 / fan), gain = sqrt(2 / (1 + negative_slope^2)) (He et al., arXiv:1502.01852,
/// equation 15).
Array kaiming_uniform(Rng& rng, const Sizes& shape, const KaimingOptions& options = {}, DType dtype = DType::f32,
                      std::source_location where = std::source_location::current());
/// N(0, gain^2 / fan)
Array kaiming_normal(Rng& rng, const Sizes& shape, const KaimingOptions& options = {}, DType dtype = DType::f32,
                     std::source_location where = std::source_location::current());

/// Bounds are values, not deviations.
using TruncNormalOptions = TruncatedNormalOptions;
/// Rng::truncated_normal under PyTorch's name among the initializers.
Array trunc_normal(Rng& rng, const Sizes& shape, const TruncNormalOptions& options = {}, DType dtype = DType::f32,
                   std::source_location where = std::source_location::current());

/// gain times a matrix [rows, columns...] with orthonormal rows, or columns where there are more rows; uniformly
/// distributed (Saxe et al., arXiv:1312.6120). Computed on the host in O(rows * columns * min(rows, columns)). Throws
/// ShapeError for fewer than two axes.
Array orthogonal(Rng& rng, const Sizes& shape, double gain = 1, DType dtype = DType::f32,
                 std::source_location where = std::source_location::current());

template <class X, Axis... A>
auto xavier_uniform(Rng& rng, const detail::SizesOf<X, A...>& sizes = {}, double gain = 1,
                    std::source_location where = std::source_location::current()) {
  using Result = detail::TensorNamed_t<X, A...>;
  return detail::created<Result>(xavier_uniform(rng, sizes.shape(), gain, Result::dtype, where), where);
}
template <class X, Axis... A>
auto xavier_normal(Rng& rng, const detail::SizesOf<X, A...>& sizes = {}, double gain = 1,
                   std::source_location where = std::source_location::current()) {
  using Result = detail::TensorNamed_t<X, A...>;
  return detail::created<Result>(xavier_normal(rng, sizes.shape(), gain, Result::dtype, where), where);
}
template <class X, Axis... A>
auto kaiming_uniform(Rng& rng, const detail::SizesOf<X, A...>& sizes = {}, const KaimingOptions& options = {},
                     std::source_location where = std::source_location::current()) {
  using Result = detail::TensorNamed_t<X, A...>;
  return detail::created<Result>(kaiming_uniform(rng, sizes.shape(), options, Result::dtype, where), where);
}
template <class X, Axis... A>
auto kaiming_normal(Rng& rng, const detail::SizesOf<X, A...>& sizes = {}, const KaimingOptions& options = {},
                    std::source_location where = std::source_location::current()) {
  using Result = detail::TensorNamed_t<X, A...>;
  return detail::created<Result>(kaiming_normal(rng, sizes.shape(), options, Result::dtype, where), where);
}
template <class X, Axis... A>
auto trunc_normal(Rng& rng, const detail::SizesOf<X, A...>& sizes = {}, const TruncNormalOptions& options = {},
                  std::source_location where = std::source_location::current()) {
  using Result = detail::TensorNamed_t<X, A...>;
  return detail::created<Result>(trunc_normal(rng, sizes.shape(), options, Result::dtype, where), where);
}
template <class X, Axis... A>
auto orthogonal(Rng& rng, const detail::SizesOf<X, A...>& sizes = {}, double gain = 1,
                std::source_location where = std::source_location::current()) {
  using Result = detail::TensorNamed_t<X, A...>;
  return detail::created<Result>(orthogonal(rng, sizes.shape(), gain, Result::dtype, where), where);
}

template <TensorType X>
X xavier_uniform(Rng& rng, const X& like, double gain = 1,
                 std::source_location where = std::source_location::current()) {
  return X::unchecked(xavier_uniform(rng, like.shape(), gain, X::dtype, where));
}
template <TensorType X>
X xavier_normal(Rng& rng, const X& like, double gain = 1,
                std::source_location where = std::source_location::current()) {
  return X::unchecked(xavier_normal(rng, like.shape(), gain, X::dtype, where));
}
template <TensorType X>
X kaiming_uniform(Rng& rng, const X& like, const KaimingOptions& options = {},
                  std::source_location where = std::source_location::current()) {
  return X::unchecked(kaiming_uniform(rng, like.shape(), options, X::dtype, where));
}
template <TensorType X>
X kaiming_normal(Rng& rng, const X& like, const KaimingOptions& options = {},
                 std::source_location where = std::source_location::current()) {
  return X::unchecked(kaiming_normal(rng, like.shape(), options, X::dtype, where));
}
template <TensorType X>
X trunc_normal(Rng& rng, const X& like, const TruncNormalOptions& options = {},
               std::source_location where = std::source_location::current()) {
  return X::unchecked(trunc_normal(rng, like.shape(), options, X::dtype, where));
}
template <TensorType X>
X orthogonal(Rng& rng, const X& like, double gain = 1, std::source_location where = std::source_location::current()) {
  return X::unchecked(orthogonal(rng, like.shape(), gain, X::dtype, where));
}
/// N(mean, deviation^2), with the sizes of a tensor that is there.
template <TensorType X>
X normal(Rng& rng, const X& like, double mean = 0, double deviation = 1,
         std::source_location where = std::source_location::current()) {
  return X::unchecked(rng.normal(like.shape(), mean, deviation, X::dtype, where));
}

}  // namespace tenon
