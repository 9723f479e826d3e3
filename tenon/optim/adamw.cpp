#include "tenon/optim/adamw.h"

#include <fmt/format.h>

#include "tenon/array/ops.h"
#include "tenon/core/error.h"

namespace tenon {

AdamWState AdamWState::start(std::vector<Array> parameters) {
  AdamWState state;
  for (const Array& parameter : parameters) {
    state.first_moments.push_back(zeros(parameter.shape(), parameter.dtype()));
    state.second_moments.push_back(zeros(parameter.shape(), parameter.dtype()));
  }
  state.parameters = std::move(parameters);
  state.step = Array(0.0f);
  return state;
}

std::vector<Array> AdamWState::flat() const {
  std::vector<Array> all = parameters;
  all.insert(all.end(), first_moments.begin(), first_moments.end());
  all.insert(all.end(), second_moments.begin(), second_moments.end());
  all.push_back(step);
  return all;
}

AdamWState AdamWState::from_flat(std::span<const Array> arrays) {
  if (arrays.size() % 3 != 1)
    throw ValueError(
        fmt::format("adamw: {} arrays are no state; it has three for each parameter and one more", arrays.size()));
  const std::size_t n = arrays.size() / 3;
  const auto part = [&](std::size_t i) {
    return std::vector<Array>(arrays.begin() + i * n, arrays.begin() + (i + 1) * n);
  };
  return {part(0), part(1), part(2), arrays.back()};
}

AdamWState adamw(const AdamWState& state, std::span<const Array> gradients, const Array& learning_rate,
                 const AdamWOptions& options, const std::vector<bool>& decays) {
  if (gradients.size() != state.parameters.size())
    throw ValueError(fmt::format("adamw: {} gradients for {} parameters", gradients.size(), state.parameters.size()));
  detail::check_decays("adamw", decays, state.parameters.size());
  AdamWState next;
  next.step = state.step + 1;
  const Array first_correction = 1 / (1 - pow(full({}, options.beta1), next.step));
  const Array second_correction = 1 / (1 - pow(full({}, options.beta2), next.step));
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const Array &p = state.parameters[i], &g = gradients[i];
    if (g.shape() != p.shape())
      throw ShapeError(fmt::format("adamw: parameter {} has shape {} and its gradient {}", i, to_string(p.shape()),
                                   to_string(g.shape())));
    const Array m = options.beta1 * state.first_moments[i] + (1 - options.beta1) * g;
    const Array v = options.beta2 * state.second_moments[i] + (1 - options.beta2) * square(g);
    const Array direction = m * first_correction / (sqrt(v * second_correction) + options.epsilon);
    const bool decay = decays.empty() || decays[i];
    next.parameters.push_back(p - learning_rate * (decay ? direction + options.weight_decay * p : direction));
    next.first_moments.push_back(m);
    next.second_moments.push_back(v);
  }
  return next;
}

Array global_norm(std::span<const Array> gradients) {
  Array total = zeros({});
  for (const Array& gradient : gradients) total = total + sum(square(gradient));
  return sqrt(total);
}

std::vector<Array> clip_by_global_norm(std::span<const Array> gradients, double largest) {
  // As PyTorch: a small number keeps the quotient finite, and gradients are never scaled up.
  const Array scale = minimum(largest / (global_norm(gradients) + 1e-6), ones({}));
  std::vector<Array> clipped;
  for (const Array& gradient : gradients) clipped.push_back(gradient * scale);
  return clipped;
}

}  // namespace tenon
