// A kernel that calls a function of the host program, as a launch.
#pragma once

#include "tenon/kernel/kernel.h"
#include "tenon/runtime/device.h"

namespace tenon {

/// Whether a kernel is compiled by nobody.
bool is_host_call(const Kernel& kernel);

/// What such a launch leads to, by its scalar. One run at a time.
class HostCall {
 public:
  /// `number`: among the plan's.
  HostCall(Call call, std::size_t number);
  HostCall(const HostCall&) = delete;
  HostCall& operator=(const HostCall&) = delete;

  /// The kernel of all of them.
  static const LoadedKernel& kernel();
  const std::int64_t* scalars() const { return &self_; }
  /// Before a run.
  void prepare() { failure_.clear(); }
  /// The call behind a launch's status, which is negative.
  static std::size_t number_of(int status) { return static_cast<std::size_t>(-status - 1); }
  /// Throws what the failure of this run was.
  [[noreturn]] void throw_failure() const;

 private:
  static void run(const tenon_arguments* arguments, long thread, long threads, void* scratch, tenon_barrier* barrier);

  Call call_;
  const CallDescription& description_;
  int status_;
  FirstFailure failure_;
  std::int64_t self_;
};

}  // namespace tenon
