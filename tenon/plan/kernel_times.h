// How long each kernel of a plan takes: TENON_PROFILE=1 prints a table when the plan goes.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "tenon/runtime/device.h"
#include "tenon/schedule/schedule.h"

namespace tenon {

/// Runs a plan's launches one by one, with a clock between them. The sum is more than a plain run takes:
/// every launch wakes the threads anew.
class KernelTimes {
 public:
  /// Whether the environment's TENON_PROFILE asks for it.
  static bool wanted();

  explicit KernelTimes(const Schedule& schedule);
  ~KernelTimes();  // prints to stderr
  KernelTimes(const KernelTimes&) = delete;
  KernelTimes& operator=(const KernelTimes&) = delete;

  /// As Device::run.
  RunStatus run(Device& device, std::span<const Launch> launches);

  /// One line a kernel: median microseconds, share, rates of operations and bytes, name and what it computes.
  std::string table() const;

 private:
  struct Line {
    std::string name;
    double operations, bytes;
    std::vector<float> microseconds;
  };
  std::vector<Line> lines_;
};

}  // namespace tenon
