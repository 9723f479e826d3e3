#include "tenon/array/pad.h"

#include "tenon/array/join.h"
#include "tenon/graph/build_check.h"
#include "tenon/graph/compose.h"

namespace tenon {
namespace {

using build::describe;
using build::fail;

struct ModeRow {
  PadMode mode;
  std::string_view name;
};
constexpr ModeRow modes[] = {{PadMode::constant, "constant"},
                             {PadMode::reflect, "reflect"},
                             {PadMode::replicate, "replicate"},
                             {PadMode::circular, "circular"}};
std::string_view name(PadMode mode) { return modes[static_cast<int>(mode)].name; }

// The most elements that a mode can put on one side of an axis of `size`.
std::int64_t most(PadMode mode, std::int64_t size) {
  switch (mode) {
    case PadMode::reflect: return std::max<std::int64_t>(size - 1, 0);
    case PadMode::circular: return size;
    default: return size > 0 ? INT64_MAX : 0;
  }
}

// `count` elements before the axis' first.
NodeRef front(const NodeRef& x, int axis, std::int64_t count, PadMode mode) {
  if (mode == PadMode::reflect) return build::flip(build::narrow(x, axis, 1, count), 1u << axis);
  if (mode == PadMode::circular) return build::narrow(x, axis, x->shape[axis] - count, count);
  Shape repeated = x->shape;
  repeated[axis] = count;
  return build::expand(build::narrow(x, axis, 0, 1), repeated);
}

// `count` elements after the axis' last.
NodeRef back(const NodeRef& x, int axis, std::int64_t count, PadMode mode) {
  const std::int64_t size = x->shape[axis];
  if (mode == PadMode::reflect) return build::flip(build::narrow(x, axis, size - 1 - count, count), 1u << axis);
  if (mode == PadMode::circular) return build::narrow(x, axis, 0, count);
  Shape repeated = x->shape;
  repeated[axis] = count;
  return build::expand(build::narrow(x, axis, size - 1, 1), repeated);
}

Array padded_axis(const Array& x, int axis, const Padding& padding, PadMode mode) {
  std::vector<Array> parts;
  if (padding.before > 0) parts.emplace_back(front(x.node_ref(), axis, padding.before, mode));
  parts.push_back(x);
  if (padding.after > 0) parts.emplace_back(back(x.node_ref(), axis, padding.after, mode));
  return concatenate(parts, axis);
}

void check_count(const Array& x, std::size_t paddings) {
  if (paddings != static_cast<std::size_t>(x.rank()))
    fail<ShapeError>("pad: {} paddings were given for {}, it needs one for each axis", paddings, describe(x.node()));
}

}  // namespace

Array pad(const Array& x, std::span<const Padding> padding, double value, std::source_location where) {
  const WhereScope scope(where);
  check_count(x, padding.size());
  InlineVector<std::int64_t, 2 * max_rank> flat;
  for (const Padding& each : padding) {
    flat.push_back(each.before);
    flat.push_back(each.after);
  }
  return Array(build::pad(x.node_ref(), flat, value));
}

Array pad(const Array& x, std::initializer_list<Padding> padding, double value, std::source_location where) {
  return pad(x, std::span(padding.begin(), padding.size()), value, where);
}

Array pad(const Array& x, std::span<const Padding> padding, PadMode mode, std::source_location where) {
  const WhereScope scope(where);
  if (mode == PadMode::constant) return pad(x, padding);
  check_count(x, padding.size());
  Array padded = x;
  for (int axis = 0; axis < x.rank(); ++axis) {
    const Padding& each = padding[static_cast<std::size_t>(axis)];
    const std::int64_t allowed = most(mode, x.shape()[axis]);
    if (each.before < 0 || each.after < 0)
      fail<ValueError>("pad: {{{}, {}}} along axis {} of {} is negative; use slice to cut", each.before, each.after,
                       axis, describe(x.node()));
    if (each.before > allowed || each.after > allowed)
      fail<ShapeError>("pad: {{{}, {}}} along axis {} of {}; {} takes at most {} on each side there", each.before,
                       each.after, axis, describe(x.node()), name(mode), allowed);
    padded = padded_axis(padded, axis, each, mode);
  }
  return padded;
}

Array pad(const Array& x, std::initializer_list<Padding> padding, PadMode mode, std::source_location where) {
  return pad(x, std::span(padding.begin(), padding.size()), mode, where);
}

}  // namespace tenon
