// Losses beside `cross_entropy` and `mse_loss` of neural.h. Names and formulas are PyTorch's. Shapes of prediction and
// target must be equal (ShapeError): a silent broadcast is the usual mistake here.
#pragma once

#include "tenon/array/array.h"

namespace tenon {

/// What becomes of the losses of the elements.
enum class LossReduction : std::uint8_t { mean, sum, none };

/// Negative log-likelihood: log_probabilities [n, classes], as from log_softmax, targets [n] (int32 or int64) -> the
/// mean of -log_probabilities[i, targets[i]]. A target outside [0, classes) counts as 0. Throws ShapeError and
/// DTypeError.
Array nll_loss(const Array& log_probabilities, const Array& targets, LossReduction reduction = LossReduction::mean,
               std::source_location where = std::source_location::current());

/// What PyTorch's losses over classes take.
struct ClassLossOptions {
  Array weight = {};  ///< [classes], of the loss of each class; the mean is divided by the sum of the weights used
  LossReduction reduction = LossReduction::mean;
};
/// With weights. A target outside [0, classes) has the weight 0. Throws ShapeError for another number of weights.
Array nll_loss(const Array& log_probabilities, const Array& targets, const ClassLossOptions& options,
               std::source_location where = std::source_location::current());
/// The cross_entropy of neural.h with weights and reductions: nll_loss(log_softmax(logits), targets, options).
Array cross_entropy(const Array& logits, const Array& targets, const ClassLossOptions& options,
                    std::source_location where = std::source_location::current());

/// -target * log(sigmoid(logit)) - (1 - target) * log(1 - sigmoid(logit)), without overflow for any logit.
Array binary_cross_entropy_with_logits(const Array& logits, const Array& target,
                                       LossReduction reduction = LossReduction::mean,
                                       std::source_location where = std::source_location::current());

/// |prediction - target|. Where both are equal, the gradient is 0.
Array l1_loss(const Array& prediction, const Array& target, LossReduction reduction = LossReduction::mean,
              std::source_location where = std::source_location::current());

/// With d = |prediction - target|: d^2 / (2 beta) where d < beta, d - beta / 2 elsewhere. A beta of 0 is l1_loss.
/// Throws ValueError for a negative beta.
Array smooth_l1_loss(const Array& prediction, const Array& target, double beta = 1,
                     LossReduction reduction = LossReduction::mean,
                     std::source_location where = std::source_location::current());

/// With d = |prediction - target|: d^2 / 2 where d <= delta, delta * (d - delta / 2) elsewhere. Throws ValueError
/// unless delta is positive. Huber, Robust estimation of a location parameter (1964).
Array huber_loss(const Array& prediction, const Array& target, double delta = 1,
                 LossReduction reduction = LossReduction::mean,
                 std::source_location where = std::source_location::current());

}  // namespace tenon
