// AdamW, on models and on lists of arrays.
//
//   auto optimizer = adamw(model, {.learning_rate = 1e-2});
//   optimizer.update(model, gradient);
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "tenon/array/array.h"
#include "tenon/array/create.h"
#include "tenon/optim/parameter_lists.h"

namespace tenon {

/// Loshchilov, Hutter: "Decoupled weight decay regularization", ICLR 2019. Defaults are PyTorch's.
struct AdamWOptions {
  double learning_rate = 1e-3;  // for updates of models that are given none
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0.01;
  /// Which parameters of a model decay; null: all. Asked once, when the optimiser is made: see only_matrices.
  DecayRule decays = nullptr;
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
/// Throws ShapeError when a gradient's shape is not its parameter's. `decays`: which parameters decay; empty: all.
AdamWState adamw(const AdamWState& state, std::span<const Array> gradients, const Array& learning_rate,
                 const AdamWOptions& options = {}, const std::vector<bool>& decays = {});

/// sqrt of the sum of all squares, rank 0. Of a tree: of its parameters, such as those of a gradient.
Array global_norm(std::span<const Array> gradients);
template <detail::GradientTree Tree>
Array global_norm(const Tree& gradient) {
  return global_norm(parameters(gradient));
}

/// Gradients scaled so that their global norm is at most `largest`, as torch.nn.utils.clip_grad_norm_ does.
std::vector<Array> clip_by_global_norm(std::span<const Array> gradients, double largest);
template <detail::GradientTree Tree>
Tree clip_by_global_norm(const Tree& gradient, double largest) {
  return detail::with_variables(gradient, clip_by_global_norm(parameters(gradient), largest), detail::Others::keep);
}

/// AdamW of a model: a tree itself, so that it is a state of compiled functions and is saved as the model is.
template <class Model>
struct AdamW {
  AdamWOptions options;
  std::vector<bool> decays;             // of each parameter; empty: all
  Model first_moments, second_moments;  // shapes of the parameters; other leaves have no value
  State<Tensor<float>> step;            // updates made so far

  /// Replaces the parameters by the next ones, at the learning rate of the options, which a compiled function fixes.
  /// Throws StructureError that names the place where model and gradient differ in structure, ShapeError where a
  /// gradient's shape is not its parameter's.
  void update(Model& model, const Model& gradient) { update(model, gradient, full({}, options.learning_rate)); }

  /// The same at a learning rate of rank 0 that may differ at every call.
  void update(Model& model, const Model& gradient, const Array& learning_rate) {
    auto lists = detail::parameter_lists(model, gradient, first_moments, second_moments);
    const AdamWState next = adamw({std::move(lists[0]), std::move(lists[2]), std::move(lists[3]), step}, lists[1],
                                  learning_rate, options, decays);
    model = detail::with_variables(model, next.parameters, detail::Others::keep);
    first_moments = detail::with_variables(first_moments, next.first_moments, detail::Others::empty);
    second_moments = detail::with_variables(second_moments, next.second_moments, detail::Others::empty);
    step = Tensor<float>(next.step);
  }
};

/// AdamW for a model whose parameters have values.
template <class Model>
AdamW<Model> adamw(const Model& model, const AdamWOptions& options = {}) {
  return {options, detail::decaying(model, options.decays), detail::zeros_for(model), detail::zeros_for(model),
          Tensor<float>(0.0f)};
}

}  // namespace tenon
