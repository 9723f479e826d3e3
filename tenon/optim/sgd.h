// Stochastic gradient descent, with momentum.
#pragma once

#include "tenon/array/create.h"
#include "tenon/optim/parameter_lists.h"

namespace tenon {

/// As torch.optim.SGD, without dampening.
struct SgdOptions {
  double learning_rate = 1e-3;  // for updates that are given none
  double momentum = 0;
  double weight_decay = 0;  // added to the gradient: weight_decay * parameter
  bool nesterov = false;
  /// Which parameters decay; null: all. Asked once, when the optimiser is made: see only_matrices.
  DecayRule decays = nullptr;
};

namespace detail {
struct SgdStep {
  std::vector<Array> parameters, velocity;
};
// One update; `velocity` is as long as `parameters`, or empty without momentum.
SgdStep sgd_step(std::span<const Array> parameters, std::span<const Array> gradients, std::span<const Array> velocity,
                 const Array& learning_rate, const SgdOptions& options, const std::vector<bool>& decays);
void check(const SgdOptions& options);
}  // namespace detail

/// Descent for a model: a tree itself, so that it is a state of compiled functions and is saved as the model is.
///   g = g + weight_decay p,  v = momentum v + g,  p = p - rate (nesterov ? g + momentum v : v)
template <class Model>
struct Sgd {
  SgdOptions options;
  std::vector<bool> decays;  // of each parameter; empty: all
  Model velocity;            // shapes of the parameters; no values without momentum, nor in other leaves

  /// Replaces the parameters by the next ones, at the learning rate of the options, which a compiled function fixes.
  /// Throws StructureError that names the place where model and gradient differ in structure, ShapeError where a
  /// gradient's shape is not its parameter's.
  void update(Model& model, const Model& gradient) { update(model, gradient, full({}, options.learning_rate)); }

  /// The same at a learning rate of rank 0 that may differ at every call.
  void update(Model& model, const Model& gradient, const Array& learning_rate) {
    const bool moves = options.momentum != 0;
    const auto lists =
        moves ? detail::parameter_lists(model, gradient, velocity) : detail::parameter_lists(model, gradient);
    const std::vector<Array> none;
    const detail::SgdStep next =
        detail::sgd_step(lists[0], lists[1], moves ? lists[2] : none, learning_rate, options, decays);
    model = detail::with_variables(model, next.parameters, detail::Others::keep);
    if (moves) velocity = detail::with_variables(velocity, next.velocity, detail::Others::empty);
  }
};

/// For a model whose parameters have values: `auto optimizer = sgd(model, {.learning_rate = 0.1, .momentum = 0.9})`.
/// Throws ValueError for Nesterov's momentum without momentum.
template <class Model>
Sgd<Model> sgd(const Model& model, const SgdOptions& options = {}) {
  detail::check(options);
  Model velocity = detail::zeros_for(model);
  if (options.momentum == 0) for_each_leaf(velocity, [](auto& leaf) { leaf = {}; });
  return {options, detail::decaying(model, options.decays), std::move(velocity)};
}

}  // namespace tenon
