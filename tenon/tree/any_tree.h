// Trees without their type, for code that needs no more than the arrays in them and what they are called.
//
// A walk (walk.h) is compiled for each model and each visitor. Visitors that treat all leaves alike go through here, so
// that a model costs two walks however many functions are called on it: one of itself, and one beside another of its
// type.
#pragma once

#include <cstring>
#include <string>
#include <vector>

#include "tenon/tree/walk.h"

namespace tenon::detail {

// What the type of a leaf says of it.
struct LeafKind {
  Role role;
  bool is_typed;  // a Tensor; otherwise an Array, of any element type and shape
  DType dtype;
  const AxisList* axes;
  const CastPlan* plan;

  bool is_parameter(const Array& leaf) const {
    return role == Role::parameter && (is_typed ? is_floating(dtype) : leaf && is_floating(leaf.dtype()));
  }
  // Throws DTypeError or ShapeError for an array that a leaf of this type cannot hold.
  void check(const Array& array, const std::source_location& where) const {
    if (is_typed) check_cast(array, dtype, *axes, *plan, where);
  }
};

template <LeafType Leaf>
constexpr LeafKind make_leaf_kind() {
  if constexpr (is_tensor<Leaf>)
    return {role_of<Leaf>, true, Leaf::dtype, &Leaf::axes, &cast_plan_of<Leaf>};
  else
    return {role_of<Leaf>, false, DType::f32, nullptr, nullptr};
}
template <LeafType Leaf>
inline constexpr LeafKind leaf_kind = make_leaf_kind<Leaf>();

// What is done at each leaf. Walks end when a function returns false.
class LeafSink {
 public:
  virtual bool leaf(const Path* path, Array& leaf, const LeafKind& kind) = 0;

 protected:
  ~LeafSink() = default;
};

// What is done at each place of two trees.
class PairSink {
 public:
  virtual bool leaf(const Path* path, Array& first, Array& second, const LeafKind& kind) = 0;
  virtual bool configuration(const Path*, [[maybe_unused]] bool is_equal) { return true; }
  // Where the trees differ in structure. By default throws StructureError that names the place.
  virtual bool mismatch(const Path* path, std::string_view what);

 protected:
  ~PairSink() = default;
};

// Whether two fields of configuration are equal. Functions and other things that cannot be compared count as equal.
template <class T>
bool same_configuration(const T& a, const T& b) {
  if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>)
    return std::memcmp(&a, &b, sizeof(T)) == 0;  // a NaN is equal to itself
  else if constexpr (requires { static_cast<bool>(a == b); })
    return a == b;
  else if constexpr (std::has_unique_object_representations_v<T>)
    return std::memcmp(&a, &b, sizeof(T)) == 0;
  else
    return true;
}

// The visitors behind the two walks. Who owns a tree that is not const may change the arrays in it.
struct SinkVisitor {
  static constexpr bool sees_configuration = false;
  LeafSink& sink;

  template <class Leaf>
  bool leaf(const Path* path, const Leaf& leaf) {
    return sink.leaf(path, const_cast<Array&>(array_of(leaf)), leaf_kind<Leaf>);
  }
  bool mismatch(const Path*, std::string_view) { return false; }
};

struct PairVisitor {
  static constexpr bool sees_configuration = true;
  PairSink& sink;

  template <class Leaf>
  bool leaf(const Path* path, const Leaf& first, const Leaf& second) {
    return sink.leaf(path, const_cast<Array&>(array_of(first)), const_cast<Array&>(array_of(second)), leaf_kind<Leaf>);
  }
  template <class T>
  bool configuration(const Path* path, const T& first, const T& second) {
    return sink.configuration(path, same_configuration(first, second));
  }
  bool mismatch(const Path* path, std::string_view what) { return sink.mismatch(path, what); }
};

template <class Tree>
bool walk_leaves(const void* tree, LeafSink& sink) {
  SinkVisitor visitor{sink};
  return walk(visitor, nullptr, *static_cast<const Tree*>(tree));
}
template <class First, class Second>
bool walk_pair(const void* first, const void* second, PairSink& sink) {
  PairVisitor visitor{sink};
  return walk(visitor, nullptr, *static_cast<const First*>(first), *static_cast<const Second*>(second));
}

// A tree of any type. Refers to it.
class AnyTree {
 public:
  template <class Tree>
    requires(!std::is_same_v<Tree, AnyTree>)
  AnyTree(const Tree& tree) : tree_(&tree) {
    if constexpr (require_tree<Tree>()) walk_ = &walk_leaves<Tree>;
  }
  bool walk(LeafSink& sink) const { return walk_(tree_, sink); }

  // f(path, leaf, kind) for each leaf.
  template <class F>
  void visit(F f) const {
    struct Sink final : LeafSink {
      F& f;
      explicit Sink(F& function) : f(function) {}
      bool leaf(const Path* path, Array& leaf, const LeafKind& kind) override {
        f(path, leaf, kind);
        return true;
      }
    } sink(f);
    walk(sink);
  }

 private:
  const void* tree_;
  bool (*walk_)(const void*, LeafSink&);
};

// Two trees of one type, or a tuple of trees and one of references to such.
class TreePair {
 public:
  template <class First, class Second>
  TreePair(const First& first, const Second& second)
      : first_(&first), second_(&second), walk_(&walk_pair<First, Second>) {}
  bool walk(PairSink& sink) const { return walk_(first_, second_, sink); }

  // f(path, first leaf, second leaf, kind) for each pair of leaves. Throws StructureError where the trees differ.
  template <class F>
  void visit(F f) const {
    struct Sink final : PairSink {
      F& f;
      explicit Sink(F& function) : f(function) {}
      bool leaf(const Path* path, Array& first, Array& second, const LeafKind& kind) override {
        f(path, first, second, kind);
        return true;
      }
    } sink(f);
    walk(sink);
  }

 private:
  const void *first_, *second_;
  bool (*walk_)(const void*, const void*, PairSink&);
};

// The functions of tree.h of the same names.
std::vector<Array> leaves(AnyTree tree);
std::vector<Array> parameters(AnyTree tree);
std::vector<std::string> leaf_names(AnyTree tree);
std::int64_t parameter_count(AnyTree tree);
std::int64_t byte_count(AnyTree tree);
// Replace leaves in place, after all of them were checked.
void set_leaves(AnyTree tree, std::span<const Array> arrays);
void set_parameters(AnyTree tree, std::span<const Array> arrays);

}  // namespace tenon::detail
