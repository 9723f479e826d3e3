// Ops with a size that varies: whether one text of their kernels serves all sizes.
#pragma once

#include <cstdint>
#include <optional>

#include "tests/ops/op_table.h"

namespace tenon::testing {

/// A case of an op that takes other sizes in place of one of its own.
struct DynamicCase {
  OpCase op_case;
  std::int64_t size;  // the one that is replaced
  bool has_one_text;  // the kernels for sizes met later are those for the first ones, with other numbers
};

/// Sizes that take its place; none is a size of a case. The first is met with its fivefold, as `compile` does.
inline constexpr std::int64_t dynamic_sizes[] = {11, 23, 41};

/// The row's first case of this kind; nothing where every case has its sizes written into it, or has no inputs.
std::optional<DynamicCase> dynamic_case_of(const OpRow& row);

}  // namespace tenon::testing
