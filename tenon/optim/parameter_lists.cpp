#include "tenon/optim/parameter_lists.h"

#include <fmt/format.h>

#include "tenon/array/create.h"

namespace tenon {

bool only_matrices(std::string_view, int rank) { return rank >= 2; }

namespace detail {

namespace {

void add(std::vector<Array>& list, const Path* path, const Array& leaf) {
  if (!leaf)
    throw ValueError(fmt::format("optimiser: {} has no value in the model, its gradient, or the optimiser made for it",
                                 name_of(path)));
  list.push_back(leaf);
}

}  // namespace

std::vector<std::vector<Array>> parameter_lists(AnyTree model, std::initializer_list<TreePair> pairs) {
  std::vector<std::vector<Array>> lists(1);
  model.visit([&](const Path* path, const Array& leaf, const LeafKind& kind) {
    if (kind.is_parameter(leaf)) add(lists[0], path, leaf);
  });
  for (const TreePair& pair : pairs) {
    std::vector<Array>& list = lists.emplace_back();
    pair.visit([&](const Path* path, const Array& leaf, const Array& other, const LeafKind& kind) {
      if (kind.is_parameter(leaf)) add(list, path, other);
    });
  }
  return lists;
}

std::vector<bool> decaying(AnyTree model, DecayRule rule) {
  std::vector<bool> answers;
  if (!rule) return answers;
  model.visit([&](const Path* path, const Array& leaf, const LeafKind& kind) {
    if (kind.is_parameter(leaf)) answers.push_back(rule(name_of(path), leaf.rank()));
  });
  return answers;
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
