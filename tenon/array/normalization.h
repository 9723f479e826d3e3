// Normalisation over batches, groups and rows. `layer_norm` is in neural.h. Names and conventions are PyTorch's.
#pragma once

#include "tenon/array/array.h"

namespace tenon {

struct BatchNormOptions {
  double momentum = 0.1;  ///< the share of the batch in the new running statistics
  double eps = 1e-5;
};

/// A batch normalised by its own statistics, and the running ones after it.
struct BatchNormResult {
  Array y;
  Array running_mean;
  Array running_var;
};

/// Training: x [batch, channels, ...] is normalised in each channel by the mean and variance (divided by n) of the
/// batch, then scaled by weight and shifted by bias, [channels] each or none. The running statistics [channels] move
/// towards those of the batch, the variance divided by n - 1, and carry no gradient. Throws ShapeError, and ValueError
/// for a batch of one element per channel, which has no variance. Ioffe and Szegedy, arXiv:1502.03167.
BatchNormResult batch_norm_training(const Array& x, const Array& running_mean, const Array& running_var,
                                    const Array& weight = {}, const Array& bias = {},
                                    const BatchNormOptions& options = {},
                                    std::source_location where = std::source_location::current());
/// Evaluation: by the running statistics.
Array batch_norm(const Array& x, const Array& running_mean, const Array& running_var, const Array& weight = {},
                 const Array& bias = {}, double eps = 1e-5,
                 std::source_location where = std::source_location::current());

/// x [batch, channels, ...]: the channels in `groups` groups, each normalised over its channels and all axes behind
/// them; weight and bias [channels] or none. Throws ShapeError for channels that do not divide. Wu and He,
/// arXiv:1803.08494.
Array group_norm(const Array& x, std::int64_t groups, const Array& weight = {}, const Array& bias = {},
                 double eps = 1e-5, std::source_location where = std::source_location::current());
/// x [batch, channels, spatial...]: each channel of each example is normalised by itself.
Array instance_norm(const Array& x, const Array& weight = {}, const Array& bias = {}, double eps = 1e-5,
                    std::source_location where = std::source_location::current());

/// x / sqrt(mean(x^2) + eps) * weight over the last axis; weight: [size of the last axis], or none. Zhang and Sennrich,
/// arXiv:1910.07467.
Array rms_norm(const Array& x, const Array& weight = {}, double eps = 1e-5,
               std::source_location where = std::source_location::current());

}  // namespace tenon
