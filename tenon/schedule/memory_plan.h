// Where every value of a schedule lives: in a leaf's memory, in an output's, or in the arena.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tenon/schedule/schedule.h"

namespace tenon {

/// A donated leaf and the output that replaces it.
struct Donation {
  std::uint32_t slot;
  std::uint32_t output;
};

struct Place {
  enum class Kind : std::uint8_t { nowhere, slot, output, arena };
  Kind kind = Kind::nowhere;
  std::size_t number = 0;  // of the slot or output; bytes into the arena
};

struct MemoryPlan {
  std::vector<Place> places;  // of each node of the schedule's graph
  std::size_t arena_bytes = 0;
  /// Donations whose output may be written over the leaf: nothing reads the leaf afterwards, and the kernel
  /// that writes it reads, for each element, no other element of the leaf.
  std::vector<Donation> in_place;
};

/// Temporaries share one arena: two of them overlap only if one is dead before the other is written.
MemoryPlan plan_memory(const Schedule& schedule, const std::vector<Donation>& donations);

/// Throws InternalError if two values that live at the same time overlap, or a value that is used has no
/// place.
void verify(const MemoryPlan& plan, const Schedule& schedule);

}  // namespace tenon
