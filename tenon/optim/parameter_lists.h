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

// Throws ValueError unless `decays` is empty or has one entry for each parameter.
void check_decays(std::string_view optimizer, const std::vector<bool>& decays, std::size_t parameters);

// The parameters of a model, and of each tree that is paired with it the leaves at their places. Throws StructureError
// where trees differ, and ValueError that names a parameter which one of them lacks.
std::vector<std::vector<Array>> parameter_lists(AnyTree model, std::initializer_list<TreePair> pairs);

template <class Model, class... More>
std::vector<std::vector<Array>> parameter_lists(const Model& model, const More&... more) {
  return parameter_lists(AnyTree(model), {TreePair(model, more)...});
}

std::vector<Array> zeros_like(std::span<const Array> arrays);

// The model with zeros for parameters and nothing in its other leaves.
template <class Model>
Model zeros_for(const Model& model) {
  return with_variables(model, zeros_like(parameter_lists(model)[0]), Others::empty);
}

// The rule's answers for each parameter; none without a rule.
std::vector<bool> decaying(AnyTree model, DecayRule rule);

}  // namespace detail
}  // namespace tenon
