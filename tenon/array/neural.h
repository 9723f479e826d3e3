// Compositions that networks are made of: softmax, normalisation, losses. Names and conventions are
// PyTorch's.
#pragma once

#include "tenon/array/array.h"

namespace tenon {

/// exp(x) / sum(exp(x)) along an axis; the axis's maximum is subtracted first. A row of -inf gives NaN.
Array softmax(const Array& x, int axis = -1, std::source_location where = std::source_location::current());
Array log_softmax(const Array& x, int axis = -1, std::source_location where = std::source_location::current());

/// Normalises over the last axis: (x - mean) / sqrt(variance + eps) * weight + bias, the variance divided by
/// n. weight and bias: [size of the last axis], or none.
Array layer_norm(const Array& x, const Array& weight = {}, const Array& bias = {}, double eps = 1e-5,
                 std::source_location where = std::source_location::current());

/// logits [n, classes], targets [n] (int32 or int64) -> rank 0: the mean of -log softmax(logits)[i,
/// targets[i]]. A target outside [0, classes) counts as a class whose logit is 0.
Array cross_entropy(const Array& logits, const Array& targets,
                    std::source_location where = std::source_location::current());

/// Mean of the squared differences. The shapes must be equal: a silent broadcast is the usual mistake here.
Array mse_loss(const Array& prediction, const Array& target,
               std::source_location where = std::source_location::current());

}  // namespace tenon
