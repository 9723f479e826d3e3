// What the process has spent on kernels so far.
#pragma once

#include <cstdint>

namespace tenon {

struct CompileStatistics {
  std::int64_t kernels_compiled = 0;
  std::int64_t kernels_from_disk = 0;
  /// Entries on disk that were damaged, removed and compiled again.
  std::int64_t kernels_repaired = 0;
  /// One for each file given to a compiler.
  std::int64_t compiler_runs = 0;
  /// Wall time spent waiting for compilers.
  double compiler_seconds = 0;
};

/// Of all devices together.
CompileStatistics compile_statistics();
void reset_compile_statistics();

/// Adds `change` to the totals.
void add_to_compile_statistics(const CompileStatistics& change);

}  // namespace tenon
