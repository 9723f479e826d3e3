#include "tenon/array/call.h"

#include <algorithm>

#include "tenon/array/functions.h"
#include "tenon/graph/build.h"
#include "tenon/graph/build_check.h"

namespace tenon {
namespace {

bool is_identifier(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !name.empty() && is_letter(name[0]) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

}  // namespace

UserKernel::UserKernel(const CallDescription& description) : number_(call_number(description)) {}

Array UserKernel::operator()(std::span<const Array> inputs, DType dtype, const Sizes& shape, int batch_axes,
                             std::source_location where) const {
  const WhereScope scope(where);
  const Shape checked = build::placed_shape(call_description(number_).name, shape.dims());
  return Array(build::call(number_, detail::nodes_of(inputs), dtype, checked, batch_axes));
}

UserKernel c_kernel(std::string_view name, std::string_view source, HostFunction reference,
                    std::source_location where) {
  const WhereScope scope(where);
  if (!is_identifier(name))
    build::fail<ValueError>("c_kernel: '{}' is no name of a C function; use letters, digits and underscores", name);
  if (source.empty()) build::fail<ValueError>("c_kernel: the source of {} is empty", name);
  return UserKernel({.name = std::string(name), .source = std::string(source), .host = reference});
}

UserKernel host_kernel(std::string_view name, HostFunction function, std::vector<std::int64_t> parameters,
                       void (*raise)(const CallFailure& failure), std::source_location where) {
  const WhereScope scope(where);
  if (!function) build::fail<ValueError>("host_kernel: {} has no function", name);
  return UserKernel(
      {.name = std::string(name), .source = {}, .host = function, .parameters = std::move(parameters), .raise = raise});
}

}  // namespace tenon
