// Models and safetensors files: every leaf of a tree under its name (tree/tree.h), as PyTorch's state dicts have them.
#pragma once

#include <functional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "tenon/core/error.h"
#include "tenon/io/safetensors.h"
#include "tenon/tree/tree.h"

namespace tenon {

struct LoadOptions {
  /// Whether the file must hold the model exactly. Otherwise what fits is taken, and the rest reported.
  bool strict = true;
};

/// What did not match; all empty after a strict load.
struct LoadReport {
  std::vector<std::string> missing;     // leaves that the file does not have; they keep their value
  std::vector<std::string> unexpected;  // tensors that the model does not have
  std::vector<std::string> misfits;     // of another shape or element type; the leaf keeps its value
  std::string text;                     // all of it in words: shapes, and the nearest name of what is missing

  bool complete() const { return missing.empty() && unexpected.empty() && misfits.empty(); }
};

namespace detail {

// A place for a tensor in a model.
struct LeafPlace {
  std::string name;
  Array now;  // may be empty
  const LeafKind* kind;
};

// Tensors by name, wherever they come from.
struct NamedTensors {
  std::string origin;  // for messages
  std::vector<std::string> names;
  std::function<Shape(const std::string&)> shape;
  std::function<std::string(const std::string&)> dtype;
  std::function<Array(const std::string&)> array;
};
NamedTensors tensors_of(const SafetensorsFile& file);
NamedTensors tensors_of(std::span<const NamedArray> arrays, std::string_view prefix);

// Fills `values`, one for each place: loaded, or what stood there. Throws FileError when strict and not complete.
LoadReport match_leaves(const NamedTensors& tensors, std::span<const LeafPlace> places, const LoadOptions& options,
                        std::vector<Array>& values);

std::string joined_name(std::string_view prefix, std::string_view name);

std::vector<LeafPlace> places_of(AnyTree tree);
std::vector<NamedArray> named_leaves(AnyTree tree, std::string_view prefix);

template <class Tree>
LoadReport load_leaves(Tree& tree, const NamedTensors& tensors, const LoadOptions& options) {
  std::vector<Array> values;
  LoadReport report = match_leaves(tensors, places_of(tree), options, values);
  set_leaves(tree, values);
  return report;
}

}  // namespace detail

/// The leaves of a tree that have a value, called `prefix.name`: for checkpoints of several trees.
template <class Tree>
std::vector<NamedArray> named_leaves(const Tree& tree, std::string_view prefix = "") {
  return detail::named_leaves(detail::AnyTree(tree), prefix);
}

/// The reverse: replaces the leaves of `tree` by the arrays called `prefix.name`, by the rules of `load`. Arrays whose
/// names do not start with the prefix are no concern of it.
template <class Tree>
LoadReport assign_leaves(Tree& tree, std::span<const NamedArray> arrays, std::string_view prefix = "",
                         const LoadOptions& options = {}) {
  return detail::load_leaves(tree, detail::tensors_of(arrays, prefix), options);
}

/// Writes every leaf that has a value under its name. Throws as `write_safetensors`.
template <class Model>
void save(const std::string& path, const Model& model, const SafetensorsMetadata& metadata = {}) {
  write_safetensors(path, named_leaves(model), metadata);
}

/// Replaces the leaves of `model` by the tensors of a safetensors file. Shapes and element types must be those of the
/// leaves and of their types; 16-bit floats become float32 where that is the leaf's. The file must have every leaf that
/// has a value, and every leaf when none has one yet, as in a `Model()`.
///
/// Strict, by default: when anything is missing, unexpected or does not fit, throws one FileError that lists it all,
/// and the model stays as it was. Throws FormatError when the file is no safetensors file, DTypeError for a tensor of a
/// type that Arrays do not have.
template <class Model>
LoadReport load(const std::string& path, Model& model, const LoadOptions& options = {}) {
  const SafetensorsFile file(path);
  return detail::load_leaves(model, detail::tensors_of(file), options);
}

/// A model made from a file, which must have all its leaves: `auto model = load<Mlp>("mlp.safetensors")`.
template <class Model>
Model load(const std::string& path) {
  Model model{};
  load(path, model);
  return model;
}

}  // namespace tenon
