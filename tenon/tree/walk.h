// How a model is walked: which types have parts, what the parts are called, and several trees side by side.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <variant>
#include <vector>

#include "tenon/core/error.h"
#include "tenon/tree/leaf.h"
#include "tenon/tree/reflect.h"

namespace tenon {

/// Two trees of one type differ in what only the run time knows: the length of a vector, the keys of a map, whether an
/// optional holds something, the alternative of a variant.
class StructureError : public ValueError {
 public:
  using ValueError::ValueError;
};

namespace detail {
// A class that is copied byte by byte can hold no tensor but by pointer, or by a reference, which makes it no model.
template <class T>
inline constexpr bool is_opaque = std::is_trivially_copyable_v<T> && reflection<T> != Reflection::works &&
                                  reflection<T> != Reflection::unmade_field && reflection<T> != Reflection::fixed_field;
}  // namespace detail

/// Whether a field of type T is configuration, no part of which is a leaf. Numbers, enums, pointers, strings, functions
/// and classes that are copied byte by byte are; a specialisation says it of another class.
template <class T>
inline constexpr bool is_configuration = !std::is_class_v<T> || detail::is_opaque<T>;
template <class Char, class Traits, class Allocator>
inline constexpr bool is_configuration<std::basic_string<Char, Traits, Allocator>> = true;
template <class Signature>
inline constexpr bool is_configuration<std::function<Signature>> = true;
template <class Allocator>
inline constexpr bool is_configuration<std::vector<bool, Allocator>> = true;

namespace detail {

// Where in a tree: a chain of names and positions, on the stack. It becomes text only when somebody asks.
struct Path {
  const Path* parent = nullptr;
  std::string_view name;
  std::size_t position = 0;  // in a sequence, whose parts have no names
  bool has_name = true;
};

// "blocks.3.attention.query.weight"; empty for the root.
std::string name_of(const Path* path);

// What a type is to a walk.
enum class TreeKind { leaf, sequence, optional, variant, tuple, map, configuration, structure };

template <class T>
inline constexpr TreeKind class_kind = is_configuration<T> ? TreeKind::configuration : TreeKind::structure;
template <class T, class Allocator>
inline constexpr TreeKind class_kind<std::vector<T, Allocator>> = TreeKind::sequence;
template <class Allocator>
inline constexpr TreeKind class_kind<std::vector<bool, Allocator>> = TreeKind::configuration;
template <class T, std::size_t n>
inline constexpr TreeKind class_kind<std::array<T, n>> = TreeKind::sequence;
template <class T, std::size_t n>
inline constexpr TreeKind class_kind<T[n]> = TreeKind::sequence;
template <class T>
inline constexpr TreeKind class_kind<std::optional<T>> = TreeKind::optional;
template <class... T>
inline constexpr TreeKind class_kind<std::variant<T...>> = TreeKind::variant;
template <class... T>
inline constexpr TreeKind class_kind<std::tuple<T...>> = TreeKind::tuple;
template <class A, class B>
inline constexpr TreeKind class_kind<std::pair<A, B>> = TreeKind::tuple;

template <class T>
concept MapType = requires(const T& map, const typename T::key_type& key, typename T::mapped_type* mapped) {
  map.find(key);
  map.end();
  mapped;
};

template <class T>
constexpr TreeKind kind_of() {
  if constexpr (is_leaf<T>)
    return TreeKind::leaf;
  else if constexpr (MapType<T>)
    return std::is_same_v<typename T::key_type, std::string> ? TreeKind::map : TreeKind::configuration;
  else
    return class_kind<T>;
}

// What was found in a type: whether it can have leaves, and what stands in the way of looking into it, and where.
template <bool leaves_, Reflection trouble_ = Reflection::works, class Culprit_ = void>
struct Found {
  static constexpr bool leaves = leaves_;
  static constexpr Reflection trouble = trouble_;
  using Culprit = Culprit_;
};
template <bool a, Reflection first, class A, bool b, Reflection second, class B>
constexpr auto operator+(Found<a, first, A>, Found<b, second, B>) {
  if constexpr (first != Reflection::works)
    return Found<true, first, A>();
  else
    return Found<a || b, second, B>();
}

template <class T>
constexpr auto contents_of();

template <template <class...> class List, class... T>
constexpr auto contents_of_all(const List<T...>*) {
  return (Found<false>() + ... + contents_of<std::remove_cvref_t<T>>());
}

template <class Places, class... T>
constexpr auto contents_of_all(const Fields<Places, T...>*) {
  return (Found<false>() + ... + contents_of<std::remove_const_t<T>>());
}

template <class T>
constexpr auto contents_of() {
  constexpr TreeKind kind = kind_of<T>();
  if constexpr (kind == TreeKind::leaf)
    return Found<true>();
  else if constexpr (kind == TreeKind::sequence)
    return contents_of<std::remove_cvref_t<decltype(std::declval<T&>()[0])>>();
  else if constexpr (kind == TreeKind::optional)
    return contents_of<typename T::value_type>();
  else if constexpr (kind == TreeKind::variant || kind == TreeKind::tuple)
    return contents_of_all(static_cast<const T*>(nullptr));
  else if constexpr (kind == TreeKind::map)
    return contents_of<typename T::mapped_type>();
  else if constexpr (kind == TreeKind::structure && is_reflectable<T>)
    return contents_of_all(static_cast<const decltype(fields_of(std::declval<T&>()))*>(nullptr));
  else if constexpr (kind == TreeKind::structure)
    return Found<true, reflection<T>, T>();
  else if constexpr (MapType<T>) {
    if constexpr (decltype(contents_of<typename T::mapped_type>())::leaves)
      return Found<true, Reflection::numbered_keys, T>();
    else
      return Found<false>();
  } else
    return Found<false>();
}

template <class T>
using ContentsOf = decltype(contents_of<std::remove_cvref_t<T>>());

// Whether a T can have leaves.
template <class T>
inline constexpr bool holds_leaves = ContentsOf<T>::leaves;

// A compile error that names the type which cannot be looked into.
template <class Tree>
constexpr bool require_tree() {
  return require_reflectable<typename ContentsOf<Tree>::Culprit, ContentsOf<Tree>::trouble>();
}

// The keys of a map, in their order.
template <class Map>
std::vector<std::string_view> sorted_keys(const Map& map) {
  std::vector<std::string_view> keys;
  keys.reserve(map.size());
  for (const auto& [key, value] : map) keys.push_back(key);
  return keys;
}
void sort_keys(std::vector<std::string_view>& keys);

// Walks trees of one type side by side. The visitor has
//   bool leaf(const Path*, leaves...)
//   bool configuration(const Path*, values...)                   where sees_configuration
//   bool mismatch(const Path*, std::string_view what)            called where the trees differ
// and the walk ends when one of them returns false. Parts without leaves are left out unless the visitor
// sees_configuration.
template <class Visitor, class First, class... More>
bool walk(Visitor& visitor, const Path* path, First& first, More&... more);

template <std::size_t part, class Visitor, class... Tuples>
bool walk_part(Visitor& visitor, const Path& path, Tuples&... tuples) {
  return walk(visitor, &path, std::get<part>(tuples)...);
}

template <std::size_t part, class Visitor, class... Structs>
bool walk_field(Visitor& visitor, const Path& path, const Structs&... fields) {
  return walk(visitor, &path, field_at<part>(fields)...);
}

template <class T, std::size_t... part, class Visitor, class... Structs>
bool walk_fields(std::index_sequence<part...>, [[maybe_unused]] Visitor& visitor, [[maybe_unused]] const Path* path,
                 const Structs&... fields) {
  return (walk_field<part>(visitor, Path{path, field_names<T>[part]}, fields...) && ...);
}

template <std::size_t... part, class Visitor, class... Tuples>
bool walk_tuple(std::index_sequence<part...>, [[maybe_unused]] Visitor& visitor, [[maybe_unused]] const Path* path,
                Tuples&... tuples) {
  return (walk_part<part>(visitor, Path{path, {}, part, false}, tuples...) && ...);
}

template <std::size_t part, class Visitor, class First, class... More>
bool walk_variant(Visitor& visitor, const Path* path, First& first, More&... more) {
  if constexpr (part < std::variant_size_v<std::remove_const_t<First>>) {
    if (first.index() == part) return walk(visitor, path, std::get<part>(first), std::get<part>(more)...);
    return walk_variant<part + 1>(visitor, path, first, more...);
  } else {
    return true;  // valueless by an exception
  }
}

template <class Visitor, class First, class... More>
bool walk_sequence(Visitor& visitor, const Path* path, First& first, More&... more) {
  if (!((std::size(more) == std::size(first)) && ...)) return visitor.mismatch(path, "another number of elements");
  for (std::size_t i = 0; i < std::size(first); ++i) {
    const Path here{path, {}, i, false};
    if (!walk(visitor, &here, first[i], more[i]...)) return false;
  }
  return true;
}

template <class Visitor, class First, class... More>
bool walk_map(Visitor& visitor, const Path* path, First& first, More&... more) {
  if (!((more.size() == first.size()) && ...)) return visitor.mismatch(path, "another number of keys");
  const auto walk_key = [&](const std::string& key, auto& value) {
    const Path here{path, key};
    if (!((more.find(key) != more.end()) && ...)) return visitor.mismatch(&here, "missing in one of them");
    return walk(visitor, &here, value, more.find(key)->second...);
  };
  if constexpr (requires { typename First::key_compare; }) {
    for (auto& [key, value] : first)
      if (!walk_key(key, value)) return false;
  } else {
    std::vector<std::string_view> keys = sorted_keys(first);
    sort_keys(keys);
    for (const std::string_view key : keys) {
      auto found = first.find(std::string(key));
      if (!walk_key(found->first, found->second)) return false;
    }
  }
  return true;
}

template <class Visitor, class First, class... More>
bool walk(Visitor& visitor, const Path* path, First& first, More&... more) {
  using T = std::remove_const_t<First>;
  constexpr TreeKind kind = kind_of<T>();
  if constexpr (!Visitor::sees_configuration && !holds_leaves<T>) {
    return true;
  } else if constexpr (kind == TreeKind::leaf) {
    return visitor.leaf(path, first, more...);
  } else if constexpr (kind == TreeKind::configuration) {
    return visitor.configuration(path, first, more...);
  } else if constexpr (kind == TreeKind::sequence) {
    return walk_sequence(visitor, path, first, more...);
  } else if constexpr (kind == TreeKind::map) {
    return walk_map(visitor, path, first, more...);
  } else if constexpr (kind == TreeKind::tuple) {
    return walk_tuple(std::make_index_sequence<std::tuple_size_v<T>>(), visitor, path, first, more...);
  } else if constexpr (kind == TreeKind::optional) {
    if (!((more.has_value() == first.has_value()) && ...)) return visitor.mismatch(path, "missing in one of them");
    return !first || walk(visitor, path, *first, *more...);
  } else if constexpr (kind == TreeKind::variant) {
    if (!((more.index() == first.index()) && ...)) return visitor.mismatch(path, "another alternative of the variant");
    return walk_variant<0>(visitor, path, first, more...);
  } else {
    return walk_fields<T>(std::make_index_sequence<static_cast<std::size_t>(field_count<T>())>(), visitor, path,
                          fields_of(first), fields_of(more)...);
  }
}

}  // namespace detail

}  // namespace tenon
