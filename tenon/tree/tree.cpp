#include "tenon/tree/tree.h"

#include <fmt/format.h>

#include "tenon/core/error.h"

namespace tenon::detail {
namespace {

std::string shown(const Path* path) {
  const std::string name = name_of(path);
  return name.empty() ? "the tree" : name;
}

// An error's message without the place of the call, which is in here.
std::string reason(const Error& error) {
  const std::string text = error.what();
  return text.substr(0, text.rfind(" (at "));
}

// Calls f and adds a name to what it throws.
void named(const std::string& name, const std::function<void()>& f) {
  try {
    f();
  } catch (const ShapeError& error) {
    throw ShapeError(name + ": " + reason(error));
  } catch (const DTypeError& error) {
    throw DTypeError(name + ": " + reason(error));
  }
}

// A leaf that is to be replaced.
struct Place {
  std::string name;
  Array* leaf;
  const LeafKind* kind;
};

void check_replacement(const Place& place, const Array& replacement) {
  if (!replacement) return;
  const std::string shown = place.name.empty() ? "the tree" : place.name;
  if (const Array& old = *place.leaf) {
    if (replacement.dtype() != old.dtype())
      throw DTypeError(fmt::format("{} is {} and its replacement {}; convert it with astype", shown, name(old.dtype()),
                                   name(replacement.dtype())));
    if (replacement.shape() != old.shape())
      throw ShapeError(fmt::format("{} has shape {} and its replacement {}", shown, to_string(old.shape()),
                                   to_string(replacement.shape())));
  }
  named(shown, [&] { place.kind->check(replacement, std::source_location()); });
}

// All or nothing.
void replace(std::string_view what, std::span<const Place> places, std::span<const Array> arrays) {
  if (places.size() != arrays.size())
    throw ValueError(fmt::format("{}: {} wanted, {} given", what, places.size(), arrays.size()));
  for (std::size_t i = 0; i < places.size(); ++i) check_replacement(places[i], arrays[i]);
  for (std::size_t i = 0; i < places.size(); ++i) *places[i].leaf = arrays[i];
}

}  // namespace

void throw_mismatch(const Path* path, std::string_view what) {
  throw StructureError(fmt::format("the trees differ at {}: {}", shown(path), what));
}

void with_name(const Path* path, const std::function<void()>& assign) { named(shown(path), assign); }

bool PairSink::mismatch(const Path* path, std::string_view what) { throw_mismatch(path, what); }

std::vector<Array> leaves(AnyTree tree) {
  std::vector<Array> arrays;
  tree.visit([&](const Path*, const Array& leaf, const LeafKind&) { arrays.push_back(leaf); });
  return arrays;
}

std::vector<Array> parameters(AnyTree tree) {
  std::vector<Array> arrays;
  tree.visit([&](const Path*, const Array& leaf, const LeafKind& kind) {
    if (kind.is_parameter(leaf)) arrays.push_back(leaf);
  });
  return arrays;
}

std::vector<std::string> leaf_names(AnyTree tree) {
  std::vector<std::string> names;
  tree.visit([&](const Path* path, const Array&, const LeafKind&) { names.push_back(name_of(path)); });
  return names;
}

std::int64_t parameter_count(AnyTree tree) {
  std::int64_t count = 0;
  tree.visit([&](const Path*, const Array& leaf, const LeafKind& kind) {
    if (kind.is_parameter(leaf) && leaf) count += leaf.elements();
  });
  return count;
}

std::int64_t byte_count(AnyTree tree) {
  std::int64_t count = 0;
  tree.visit([&](const Path*, const Array& leaf, const LeafKind&) {
    if (leaf) count += leaf.elements() * static_cast<std::int64_t>(size_of(leaf.dtype()));
  });
  return count;
}

void set_leaves(AnyTree tree, std::span<const Array> arrays) {
  std::vector<Place> places;
  tree.visit(
      [&](const Path* path, Array& leaf, const LeafKind& kind) { places.push_back({name_of(path), &leaf, &kind}); });
  replace("with_leaves: leaves", places, arrays);
}

void set_parameters(AnyTree tree, std::span<const Array> arrays) {
  std::vector<Place> places;
  tree.visit([&](const Path* path, Array& leaf, const LeafKind& kind) {
    if (kind.is_parameter(leaf)) places.push_back({name_of(path), &leaf, &kind});
  });
  replace("with_parameters: parameters", places, arrays);
}

}  // namespace tenon::detail
