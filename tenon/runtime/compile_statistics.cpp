#include "tenon/runtime/compile_statistics.h"

#include <mutex>

namespace tenon {
namespace {

std::mutex mutex;
CompileStatistics totals;

}  // namespace

CompileStatistics compile_statistics() {
  const std::lock_guard lock(mutex);
  return totals;
}

void reset_compile_statistics() {
  const std::lock_guard lock(mutex);
  totals = {};
}

void add_to_compile_statistics(const CompileStatistics& change) {
  const std::lock_guard lock(mutex);
  totals.kernels_compiled += change.kernels_compiled;
  totals.kernels_from_disk += change.kernels_from_disk;
  totals.kernels_repaired += change.kernels_repaired;
  totals.compiler_runs += change.compiler_runs;
  totals.compiler_seconds += change.compiler_seconds;
}

}  // namespace tenon
