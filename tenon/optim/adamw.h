// AdamW and what is done to gradients before it.
#pragma once

#include <span>
#include <vector>

#include "tenon/array/array.h"

namespace tenon {

/// Loshchilov, Hutter: "Decoupled weight decay regularization", ICLR 2019. Defaults are PyTorch's.
struct AdamWOptions {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0.01;
};

/// Parameters and what AdamW knows of them; all lists are as long as `parameters`.
struct AdamWState {
  std::vector<Array> parameters;
  std::vector<Array> first_moments, second_moments;
  Array step;  // rank 0, f32: updates made so far

  /// Moments of zero for these parameters.
  static AdamWState start(std::vector<Array> parameters);

  /// One list, as `compile` wants its state: parameters, first moments, second moments, step.
  std::vector<Array> flat() const;
  /// The reverse. Throws ValueError when the number of arrays is not 3 n + 1.
  static AdamWState from_flat(std::span<const Array> arrays);
};

/// One update, as graph:
///   m = beta1 m + (1 - beta1) g,  v = beta2 v + (1 - beta2) g^2,
///   p = p - rate (m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon) + weight_decay p).
/// `learning_rate`: rank 0, so that a schedule may change it at every step without another plan.
/// Throws ShapeError when a gradient's shape is not its parameter's.
AdamWState adamw(const AdamWState& state, std::span<const Array> gradients, const Array& learning_rate,
                 const AdamWOptions& options = {});

/// sqrt of the sum of all squares, rank 0.
Array global_norm(std::span<const Array> gradients);

/// Gradients scaled so that their global norm is at most `largest`, as torch.nn.utils.clip_grad_norm_ does.
std::vector<Array> clip_by_global_norm(std::span<const Array> gradients, double largest);

}  // namespace tenon
