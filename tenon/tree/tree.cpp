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

}  // namespace

void throw_mismatch(const Path* path, std::string_view what) {
  throw StructureError(fmt::format("the trees differ at {}: {}", shown(path), what));
}

void check_count(std::string_view what, std::size_t expected, std::size_t found) {
  if (found != expected) throw ValueError(fmt::format("{}: {} wanted, {} given", what, expected, found));
}

void check_replacement(const Path* path, const Array& old, const Array& replacement) {
  if (!old || !replacement) return;
  if (replacement.dtype() != old.dtype())
    throw DTypeError(fmt::format("{} is {} and its replacement {}; convert it with astype", shown(path),
                                 name(old.dtype()), name(replacement.dtype())));
  if (replacement.shape() != old.shape())
    throw ShapeError(fmt::format("{} has shape {} and its replacement {}", shown(path), to_string(old.shape()),
                                 to_string(replacement.shape())));
}

void with_name(const Path* path, const std::function<void()>& assign) {
  try {
    assign();
  } catch (const ShapeError& error) {
    throw ShapeError(shown(path) + ": " + reason(error));
  } catch (const DTypeError& error) {
    throw DTypeError(shown(path) + ": " + reason(error));
  }
}

}  // namespace tenon::detail
