// The sizes that a model's types leave open, by name: init<Gpt>(rng, {{"embd", 128}, {"vocab", 65}}).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <source_location>
#include <string_view>

#include "tenon/core/inline_vector.h"
#include "tenon/tensor/axis_list.h"

namespace tenon {

struct AxisSize {
  std::string_view name;
  std::int64_t size;
};

/// Sizes of named axes. Names are views: an AxisSizes lives as long as the call that it is written in.
class AxisSizes {
 public:
  static constexpr int capacity = 16;

  AxisSizes() = default;
  /// Throws ValueError for a name that stands twice, a negative size, and beyond `capacity` names.
  AxisSizes(std::initializer_list<AxisSize> sizes, std::source_location where = std::source_location::current());

  /// The sizes of these axes: as fixed by the type, or worked out from the names ("4*embd" from "embd"). Throws
  /// ValueError that names the axis which has no size, whose given size is not that of its type, or which does not
  /// divide.
  Shape shape_of(const AxisList& axes, std::source_location where = std::source_location::current()) const;

 private:
  std::int64_t size_of(const Axis& axis, const AxisList& axes, const std::source_location& where) const;
  const AxisSize* find(std::string_view name) const;

  InlineVector<AxisSize, capacity> sizes_;
};

}  // namespace tenon
