// One item of an index expression, x.at(range(1, -1), 3, new_axis). What each means: indexing.h.
#pragma once

#include <concepts>
#include <cstdint>
#include <source_location>

#include "tenon/array/arguments.h"

namespace tenon {

class Array;

/// The whole axis.
struct All {};
/// A new axis of size 1.
struct NewAxis {};
/// All axes that the other items leave.
struct Ellipsis {};

/// A position, a range, `all`, `new_axis`, `ellipsis`, or an array of positions. Converts from each, and records
/// where that was written.
class IndexItem {
 public:
  enum class Kind : std::uint8_t { position, range, new_axis, ellipsis, positions };

  template <std::integral Position>
    requires(!std::same_as<Position, bool>)
  IndexItem(Position position, std::source_location where = std::source_location::current())
      : kind_(Kind::position), position_(static_cast<std::int64_t>(position)), where_(where) {}
  IndexItem(const Range& range, std::source_location where = std::source_location::current())
      : kind_(Kind::range), range_(range), where_(where) {}
  IndexItem(All, std::source_location where = std::source_location::current()) : kind_(Kind::range), where_(where) {}
  IndexItem(NewAxis, std::source_location where = std::source_location::current())
      : kind_(Kind::new_axis), where_(where) {}
  IndexItem(Ellipsis, std::source_location where = std::source_location::current())
      : kind_(Kind::ellipsis), where_(where) {}
  /// int32, int64 or bool, a mask; the array outlives the item.
  IndexItem(const Array& positions, std::source_location where = std::source_location::current())
      : kind_(Kind::positions), positions_(&positions), where_(where) {}

  Kind kind() const { return kind_; }
  /// Whether it stands for one axis of what is indexed.
  bool takes_axis() const { return kind_ != Kind::new_axis && kind_ != Kind::ellipsis; }
  std::int64_t position() const { return position_; }
  const Range& range() const { return range_; }
  const Array& positions() const { return *positions_; }
  const std::source_location& where() const { return where_; }

 private:
  Kind kind_;
  std::int64_t position_ = 0;
  Range range_;
  const Array* positions_ = nullptr;
  std::source_location where_;
};

}  // namespace tenon
