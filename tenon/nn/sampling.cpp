#include "tenon/nn/sampling.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "tenon/core/error.h"
#include "tenon/core/hash.h"

namespace tenon {

std::int32_t Sampler::operator()(std::span<const float> logits) {
  if (logits.empty()) throw ValueError("Sampler: there are no logits to choose from");
  std::vector<std::int32_t> order(logits.size());
  std::iota(order.begin(), order.end(), 0);
  const auto logit = [&](std::int32_t token) { return static_cast<double>(logits[static_cast<std::size_t>(token)]); };
  std::sort(order.begin(), order.end(),
            [&](auto a, auto b) { return logit(a) != logit(b) ? logit(a) > logit(b) : a < b; });
  if (options_.temperature == 0) return order[0];
  if (options_.top_k > 0) order.resize(std::min(order.size(), static_cast<std::size_t>(options_.top_k)));
  std::vector<double> weights;
  for (const std::int32_t token : order)
    weights.push_back(std::exp((logit(token) - logit(order[0])) / options_.temperature));
  const double all = std::accumulate(weights.begin(), weights.end(), 0.0);
  double kept = 0;
  std::size_t count = 0;
  while (count < weights.size() && (count == 0 || kept < options_.top_p * all)) kept += weights[count++];
  state_ = splitmix(state_);
  double place = static_cast<double>(state_ >> 11) * 0x1p-53 * kept;
  for (std::size_t i = 0; i < count; ++i)
    if ((place -= weights[i]) < 0) return order[i];
  return order[count - 1];
}

}  // namespace tenon
