#include "tenon/nn/axis_sizes.h"

#include <fmt/format.h>

#include "tenon/core/error.h"
#include "tenon/tensor/message.h"

namespace tenon {
namespace {

std::string text_of(const AxisList& axes) {
  detail::TextBuffer<detail::Mistake::capacity> text;
  detail::append(text, axes);
  return std::string(text.view());
}

}  // namespace

AxisSizes::AxisSizes(std::initializer_list<AxisSize> sizes, std::source_location where) {
  if (static_cast<int>(sizes.size()) > capacity)
    throw ValueError(fmt::format("init: sizes of {} axes; at most {} are taken", sizes.size(), capacity), where);
  for (const AxisSize& given : sizes) {
    if (find(given.name) != nullptr)
      throw ValueError(fmt::format("init: axis \"{}\" is given two sizes", given.name), where);
    if (given.size < 0)
      throw ValueError(fmt::format("init: axis \"{}\" is given the size {}", given.name, given.size), where);
    sizes_.push_back(given);
  }
}

const AxisSize* AxisSizes::find(std::string_view name) const {
  for (const AxisSize& given : sizes_)
    if (given.name == name) return &given;
  return nullptr;
}

std::int64_t AxisSizes::size_of(const Axis& axis, const AxisList& axes, const std::source_location& where) const {
  if (axis.is_any())
    throw ValueError(fmt::format("init: an axis of {} is `any` and has no name to give it a size by", text_of(axes)),
                     where);
  const detail::AxisProduct product(axis.view());
  std::int64_t numerator = product.numerator, denominator = product.denominator;
  for (int i = 0; i < product.count; ++i) {
    const detail::AxisFactor& factor = product.factors[i];
    const AxisSize* given = find(factor.name);
    if (given == nullptr && factor.size == Axis::run_time)
      throw ValueError(fmt::format("init: axis \"{0}\" of {1} has no size; give it one, init<Model>(rng, {{{{\"{0}\", "
                                   "128}}}}), or write Axis{{\"{0}\", 128}} in the type",
                                   factor.name, text_of(axes)),
                       where);
    if (given != nullptr && factor.size != Axis::run_time && given->size != factor.size)
      throw ValueError(fmt::format("init: axis \"{}\" is given the size {}, its type says {}", factor.name, given->size,
                                   factor.size),
                       where);
    const std::int64_t size = given != nullptr ? given->size : factor.size;
    for (int p = 0; p < factor.power; ++p) numerator *= size;
    for (int p = 0; p > factor.power; --p) denominator *= size;
  }
  if (denominator == 0 || numerator % denominator != 0)
    throw ValueError(fmt::format("init: axis \"{}\" of {} is {}/{}, no whole number", axis.view(), text_of(axes),
                                 numerator, denominator),
                     where);
  return numerator / denominator;
}

Shape AxisSizes::shape_of(const AxisList& axes, std::source_location where) const {
  Dims sizes;
  for (int i = 0; i < axes.rank; ++i) sizes.push_back(size_of(axes[i], axes, where));
  return checked_shape("init", sizes);
}

}  // namespace tenon
