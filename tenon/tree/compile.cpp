#include "tenon/tree/compile.h"

#include <fmt/format.h>

namespace tenon::detail {

LeafSignature::LeafSignature(const Array& array) : has_value(array) {
  if (!has_value) return;
  dtype = array.dtype();
  shape = array.shape();
}

void throw_changed(const Path* path, std::string_view what) {
  throw ValueError(fmt::format(
      "compile: the function changes state {}: {}; structure and configuration are fixed while it is traced. "
      "What changes from call to call has to be a tensor",
      name_of(path), what));
}

void check_successor(const Path* path, const LeafSignature& before, const Array& after) {
  if (before.has_value != static_cast<bool>(after))
    throw_changed(path, before.has_value ? "it has no value any more" : "it had no value before");
  if (!after) return;
  if (after.shape() != before.shape)
    throw ShapeError(fmt::format("compile: state {} has shape {} and its successor {}; they have to be equal",
                                 name_of(path), to_string(before.shape), to_string(after.shape())));
  if (after.dtype() != before.dtype)
    throw DTypeError(fmt::format("compile: state {} is {} and its successor {}; they have to be equal", name_of(path),
                                 name(before.dtype), name(after.dtype())));
}

}  // namespace tenon::detail
