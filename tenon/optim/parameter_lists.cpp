#include "tenon/optim/parameter_lists.h"

#include <fmt/format.h>

#include "tenon/array/create.h"

namespace tenon {

bool only_matrices(std::string_view, int rank) { return rank >= 2; }

namespace detail {

void throw_missing(const Path* path) {
  throw ValueError(fmt::format("optimiser: {} has no value in the model, its gradient, or the optimiser made for it",
                               name_of(path)));
}

void check_decays(std::string_view optimizer, const std::vector<bool>& decays, std::size_t parameters) {
  if (!decays.empty() && decays.size() != parameters)
    throw ValueError(
        fmt::format("{}: {} entries say which of {} parameters decay", optimizer, decays.size(), parameters));
}

std::vector<Array> zeros_like(std::span<const Array> arrays) {
  std::vector<Array> all;
  all.reserve(arrays.size());
  for (const Array& array : arrays) all.push_back(zeros(array.shape(), array.dtype()));
  return all;
}

}  // namespace detail
}  // namespace tenon
