// Models as values: every leaf of a struct, with its name, and structs made from structs.
//
// A tree is a leaf (leaf.h) or a plain struct, std::vector, std::array, C array, std::optional, std::variant,
// std::tuple, std::pair, or a map from std::string, of trees and of configuration. Leaves are met in the order of the
// fields, and those of a map in the order of its keys. A leaf's name is the way to it, as PyTorch names it:
// `blocks.3.attention.query.weight`. Optionals and variants add nothing to it; the parts of tuples and pairs are
// called 0, 1, ...
//
// A leaf without a value is a place that is not filled: a model that is not initialised yet, or, in a gradient, the
// place of a State or Frozen. for_each_leaf visits it; tree_map, tree_zip and fold pass it by and leave it empty.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tenon/tree/any_tree.h"

namespace tenon {

namespace detail {

// Errors in the name of the leaf at `path`.
[[noreturn]] void throw_mismatch(const Path* path, std::string_view what);
// Calls `assign`, a checked cast of a tensor type, and adds the leaf's name to what it throws.
void with_name(const Path* path, const std::function<void()>& assign);

// f(leaves...) or f(name, leaves...), whichever f takes.
template <class F, class... Leaf>
decltype(auto) call_on_leaf(F& f, const Path* path, Leaf&... leaf) {
  if constexpr (std::is_invocable_v<F&, Leaf&...>)
    return f(leaf...);
  else
    return f(name_of(path), leaf...);
}

// Puts a value into a leaf; the value is of its type, or an Array or tensor that the leaf's type takes at run time.
template <LeafType Leaf, class Value>
void assign_leaf(const Path* path, Leaf& leaf, Value&& value) {
  if constexpr (is_tensor<Leaf>) {
    if constexpr (std::is_same_v<Leaf, std::remove_cvref_t<Value>>)
      leaf = std::forward<Value>(value);
    else
      with_name(path, [&] { leaf = Leaf(static_cast<const Array&>(value)); });
  } else {
    array_of(leaf) = static_cast<const Array&>(value);
  }
}

// A visitor that calls f(path, leaves...) and never stops.
template <class F>
struct LeafVisitor {
  static constexpr bool sees_configuration = false;
  F f;

  template <class... Leaf>
  bool leaf(const Path* path, Leaf&... leaves) {
    f(path, leaves...);
    return true;
  }
  bool mismatch(const Path* path, std::string_view what) { throw_mismatch(path, what); }
};
template <class F>
LeafVisitor(F) -> LeafVisitor<F>;

template <class F, class Tree, class... More>
void visit_leaves(F f, Tree& tree, More&... more) {
  if constexpr (require_reflectable<typename ContentsOf<Tree>::Culprit, ContentsOf<Tree>::trouble>()) {
    LeafVisitor<F&> visitor{f};
    walk(visitor, nullptr, tree, more...);
  }
}

template <class Leaf>
struct IsParameterPlace : std::bool_constant<may_be_parameter<std::remove_const_t<Leaf>>()> {};

}  // namespace detail

/// Calls f(leaf) or f(name, leaf) for every leaf, whether it has a value or not. The leaf has its own type, such as
/// `const Tensor<float, 64, 2>&`, not const when the tree is not; f may take `const Array&` for all.
template <class Tree, class F>
void for_each_leaf(Tree&& tree, F&& f) {
  detail::visit_leaves([&](const detail::Path* path, auto& leaf) { detail::call_on_leaf(f, path, leaf); }, tree);
}

/// The same for leaves that are trained: see is_parameter.
template <class Tree, class F>
void for_each_parameter(Tree&& tree, F&& f) {
  detail::visit_leaves(
      [&](const detail::Path* path, auto& leaf) {
        if constexpr (detail::IsParameterPlace<std::remove_reference_t<decltype(leaf)>>::value)
          if (is_parameter(leaf)) detail::call_on_leaf(f, path, leaf);
      },
      tree);
}

/// A tree of the same type whose leaves are f(leaf) or f(name, leaf) of those of `tree`; configuration is copied.
/// f returns the leaf's type, or an Array or tensor that fits it: otherwise DTypeError or ShapeError with its name.
template <class F, class Tree>
Tree tree_map(F&& f, const Tree& tree) {
  Tree result = tree;
  detail::visit_leaves(
      [&](const detail::Path* path, auto& leaf) {
        if (leaf) detail::assign_leaf(path, leaf, detail::call_on_leaf(f, path, std::as_const(leaf)));
      },
      result);
  return result;
}

/// A tree of the same type whose leaves are f(leaf of first, leaf of each of more...), or f(name, ...) of them, where
/// the first has a value. Throws StructureError, with the name of the place, when the trees differ in structure.
template <class F, class Tree, class... More>
Tree tree_zip(F&& f, const Tree& first, const More&... more) {
  static_assert((std::is_same_v<Tree, More> && ...), "tree_zip: the trees are of one type");
  Tree result = first;
  detail::visit_leaves(
      [&](const detail::Path* path, auto& leaf, auto&... others) {
        if (leaf) detail::assign_leaf(path, leaf, detail::call_on_leaf(f, path, std::as_const(leaf), others...));
      },
      result, more...);
  return result;
}

/// f(... f(f(start, first leaf), second leaf) ..., last leaf), over leaves that have a value.
template <class F, class Value, class Tree>
Value fold(F&& f, Value start, const Tree& tree) {
  detail::visit_leaves(
      [&](const detail::Path*, auto& leaf) {
        if (leaf) start = f(std::move(start), leaf);
      },
      tree);
  return start;
}

/// All leaves, those without a value as empty Arrays.
template <class Tree>
std::vector<Array> leaves(const Tree& tree) {
  return detail::leaves(detail::AnyTree(tree));
}

/// The leaves that are trained.
template <class Tree>
std::vector<Array> parameters(const Tree& tree) {
  return detail::parameters(detail::AnyTree(tree));
}

/// The names of all leaves, in the order of leaves(tree).
template <class Tree>
std::vector<std::string> leaf_names(const Tree& tree) {
  return detail::leaf_names(detail::AnyTree(tree));
}

/// The tree with these leaves instead of its own, in the order of leaves(tree). Throws ValueError when their number
/// differs; ShapeError or DTypeError, with the leaf's name, when one does not fit: its shape and element type are to be
/// those of the leaf it replaces, and always those of the leaf's type. An empty Array empties a leaf.
template <class Tree>
Tree with_leaves(const Tree& tree, std::span<const Array> arrays) {
  Tree result = tree;
  detail::set_leaves(detail::AnyTree(result), arrays);
  return result;
}

/// The same for the leaves that are trained, in the order of parameters(tree).
template <class Tree>
Tree with_parameters(const Tree& tree, std::span<const Array> arrays) {
  Tree result = tree;
  detail::set_parameters(detail::AnyTree(result), arrays);
  return result;
}

/// The number of elements of all leaves that are trained and have a value.
template <class Tree>
std::int64_t parameter_count(const Tree& tree) {
  return detail::parameter_count(detail::AnyTree(tree));
}

/// The bytes of all leaves that have a value.
template <class Tree>
std::int64_t byte_count(const Tree& tree) {
  return detail::byte_count(detail::AnyTree(tree));
}

}  // namespace tenon
