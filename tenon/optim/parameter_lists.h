// What optimisers of models share: the parameters of several trees as lists, and which of them decay.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "tenon/tree/gradient.h"

namespace tenon {

/// Whether the parameter of this name and rank decays.
using DecayRule = bool (*)(std::string_view name, int rank);

/// A rule: weights of matrices and filters decay; biases and the factors of normalisations, of rank 1, do not.
bool only_matrices(std::string_view name, int rank);

namespace detail {

// A tree other than a list of arrays, which has functions of its own.
template <class Tree>
concept GradientTree = holds_leaves<Tree> && !std::is_convertible_v<const Tree&, std::span<const Array>>;

[[noreturn]] void throw_missing(const Path* path);
// Throws ValueError unless `decays` is empty or has one entry for each parameter.
void check_decays(std::string_view optimizer, const std::vector<bool>& decays, std::size_t parameters);

// For each tree the leaves at the places of the model's parameters. Throws StructureError where the trees differ, and
// ValueError that names a parameter which one of them lacks.
template <class Model, class... More>
std::vector<std::vector<Array>> parameter_lists(const Model& model, const More&... more) {
  std::vector<std::vector<Array>> lists(1 + sizeof...(More));
  visit_leaves(
      [&](const Path* path, const auto& leaf, const auto&... others) {
        if (!is_parameter(leaf)) return;
        std::size_t list = 0;
        for (const Array* array : {&array_of(leaf), &array_of(others)...}) {
          if (!*array) throw_missing(path);
          lists[list++].push_back(*array);
        }
      },
      model, more...);
  return lists;
}

std::vector<Array> zeros_like(std::span<const Array> arrays);

// The model with zeros for parameters and nothing in its other leaves.
template <class Model>
Model zeros_for(const Model& model) {
  return with_variables(model, zeros_like(parameter_lists(model)[0]), Others::empty);
}

// The rule's answers for each parameter; none without a rule.
template <class Model>
std::vector<bool> decaying(const Model& model, DecayRule rule) {
  std::vector<bool> answers;
  if (!rule) return answers;
  for_each_parameter(model,
                     [&](const std::string& name, const Array& leaf) { answers.push_back(rule(name, leaf.rank())); });
  return answers;
}

}  // namespace detail
}  // namespace tenon
