// Schedules for graphs that differ in sizes only: the same kernels, with other numbers in them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "tenon/schedule/arrangement.h"

namespace tenon {

/// What is decided once for graphs of one structure. Which axes vary is found by comparing examples. Kernels are
/// lowered anew for the sizes of each graph, by rules that do not look at sizes that vary, so that their texts differ
/// in numbers only (render/general_text.h); where they do not, because a size is 1 or equals another one, nothing goes
/// wrong: the texts are compared, and another kernel is compiled.
class GeneralSchedule {
 public:
  /// `examples`: traced graphs, two at least. Nothing where they differ in more than sizes, before or after
  /// simplification, or in no size.
  static std::optional<GeneralSchedule> of(std::span<const Graph> examples,
                                           const std::vector<std::uint32_t>& state_outputs);

  /// The schedule for `traced`; nothing if its structure is another, an axis varies that did not among the examples, or
  /// its sizes do not allow what was decided.
  std::optional<Schedule> apply(const Graph& traced) const;

 private:
  Graph simplified_, split_;  // of an example, with varying axes
  Arrangement arrangement_;
  std::vector<int> row_axes_;  // of each group: how many axes of its first anchor make up the rows
};

}  // namespace tenon
