#include "tenon/array/indexing.h"

#include <algorithm>
#include <deque>
#include <vector>

#include "tenon/array/lookup.h"
#include "tenon/array/masks.h"
#include "tenon/array/movement.h"
#include "tenon/graph/build.h"
#include "tenon/graph/build_check.h"

namespace tenon {
namespace {

using build::describe;
using build::fail;
using Kind = IndexItem::Kind;

// The items with the ellipsis replaced by whole axes, and one for each axis.
std::vector<IndexItem> complete(const Array& x, std::span<const IndexItem> items) {
  const auto taken = std::count_if(items.begin(), items.end(), [](const IndexItem& i) { return i.takes_axis(); });
  if (taken > x.rank()) fail<ShapeError>("at: {} axes are indexed, {} has {}", taken, describe(x.node()), x.rank());
  const auto left = static_cast<std::size_t>(x.rank() - taken);
  std::vector<IndexItem> all;
  bool open = true;  // no ellipsis yet
  for (const IndexItem& item : items) {
    if (item.kind() != Kind::ellipsis) {
      all.push_back(item);
      continue;
    }
    if (!open) fail<ValueError>("at: a second ellipsis, for {}; one stands for all the axes left", describe(x.node()));
    open = false;
    all.insert(all.end(), left, IndexItem(All{}));
  }
  if (open) all.insert(all.end(), left, IndexItem(All{}));
  return all;
}

bool is_mask(const IndexItem& item) {
  return item.kind() == Kind::positions && item.positions().dtype() == DType::boolean;
}

// The items with each mask replaced by its arrays of positions, which `kept` holds.
std::vector<IndexItem> without_masks(const Array& x, std::span<const IndexItem> items, std::deque<Array>& kept) {
  const auto axes_of = [](const IndexItem& item) {
    return is_mask(item) ? item.positions().rank() : static_cast<int>(item.takes_axis());
  };
  int left = x.rank();  // for an ellipsis
  for (const IndexItem& item : items) left -= axes_of(item);
  std::vector<IndexItem> all;
  int axis = 0;
  for (const IndexItem& item : items) {
    if (is_mask(item))
      for (const Array& positions : detail::positions_of_mask("at", x, axis, item.positions()))
        all.emplace_back(kept.emplace_back(positions));
    else
      all.push_back(item);
    axis += item.kind() == Kind::ellipsis ? left : axes_of(item);
  }
  return all;
}

// The part before arrays of positions are looked up, and where those stand.
struct Part {
  Array array;
  InlineVector<int, max_rank> axes;  // that positions index
  std::vector<Array> positions;
};

std::int64_t placed_position(const Array& x, int axis, std::int64_t position) {
  const std::int64_t size = x.shape()[axis], placed = position < 0 ? position + size : position;
  if (placed < 0 || placed >= size)
    fail<IndexError>("at: position {} is outside axis {} of {}", position, axis, describe(x.node()));
  return placed;
}

// One slice of all axes, and one reshape that drops and adds some.
Part sliced(const Array& x, std::span<const IndexItem> items) {
  Dims start, count, step;
  std::vector<std::int64_t> shape;
  Part part;
  for (const IndexItem& item : items) {
    if (item.kind() == Kind::new_axis) {
      shape.push_back(1);
      continue;
    }
    const int axis = start.size();
    PlacedRange placed{0, x.shape()[axis]};
    if (item.kind() == Kind::position) placed = {placed_position(x, axis, item.position()), 1};
    if (item.kind() == Kind::range) placed = placed_range("at", x.shape(), axis, item.range());
    start.push_back(placed.start);
    count.push_back(placed.count);
    step.push_back(item.kind() == Kind::range ? item.range().step : 1);
    if (item.kind() == Kind::positions) {
      part.axes.push_back(static_cast<int>(shape.size()));
      part.positions.push_back(item.positions());
    }
    if (item.kind() != Kind::position) shape.push_back(placed.count);
  }
  const NodeRef slice = build::slice(x.node_ref(), start, count, step);
  part.array = Array(build::reshape(slice, build::placed_shape("at", shape)));
  return part;
}

// The axes of positions in front, looked up together; their result goes where the first of them was if they
// follow each other.
Array looked_up(const Part& part) {
  const int count = part.axes.size(), first = part.axes[0];
  InlineVector<int, max_rank> front;
  for (int i = 0; i < count; ++i) front.push_back(i);
  const Array table = moveaxis(part.array, Axes(std::span<const int>(part.axes)), Axes(std::span<const int>(front)));
  const Array found = index(table, part.positions);
  if (part.axes.back() - first + 1 != count) return found;
  const int found_axes = found.rank() - (table.rank() - count);
  InlineVector<int, max_rank> from, to;
  for (int i = 0; i < found_axes; ++i) {
    from.push_back(i);
    to.push_back(first + i);
  }
  return moveaxis(found, Axes(std::span<const int>(from)), Axes(std::span<const int>(to)));
}

}  // namespace

Array at(const Array& x, std::span<const IndexItem> items, std::source_location where) {
  const WhereScope scope(where);
  std::deque<Array> kept;
  const bool has_masks = std::any_of(items.begin(), items.end(), is_mask);
  const Part part = sliced(x, has_masks ? complete(x, without_masks(x, items, kept)) : complete(x, items));
  return part.positions.empty() ? part.array : looked_up(part);
}

Array Array::at_items(std::span<const IndexItem> items, const std::source_location& where) const {
  return tenon::at(*this, items, where);
}

}  // namespace tenon
