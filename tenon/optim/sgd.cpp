#include "tenon/optim/sgd.h"

#include <fmt/format.h>

#include "tenon/array/elementwise.h"

namespace tenon::detail {

void check(const SgdOptions& options) {
  if (options.nesterov && options.momentum == 0) throw ValueError("sgd: Nesterov's momentum needs a momentum");
}

SgdStep sgd_step(std::span<const Array> parameters, std::span<const Array> gradients, std::span<const Array> velocity,
                 const Array& learning_rate, const SgdOptions& options, const std::vector<bool>& decays) {
  check_decays("sgd", decays, parameters.size());
  SgdStep next;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Array& p = parameters[i];
    if (gradients[i].shape() != p.shape())
      throw ShapeError(fmt::format("sgd: parameter {} has shape {} and its gradient {}", i, to_string(p.shape()),
                                   to_string(gradients[i].shape())));
    const bool decay = options.weight_decay != 0 && (decays.empty() || decays[i]);
    const Array g = decay ? gradients[i] + options.weight_decay * p : gradients[i];
    Array direction = g;
    if (options.momentum != 0) {
      const Array v = options.momentum * velocity[i] + g;
      direction = options.nesterov ? g + options.momentum * v : v;
      next.velocity.push_back(v);
    }
    next.parameters.push_back(p - learning_rate * direction);
  }
  return next;
}

}  // namespace tenon::detail
