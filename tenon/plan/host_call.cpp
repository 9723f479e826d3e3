#include "tenon/plan/host_call.h"

#include <atomic>

namespace tenon {

bool is_host_call(const Kernel& kernel) {
  const auto* call = std::get_if<Call>(&kernel.body);
  return call && call_description(call->number).source.empty();
}

HostCall::HostCall(Call call, std::size_t number)
    : call_(std::move(call)),
      description_(call_description(call_.number)),
      status_(-static_cast<int>(number) - 1),
      self_(static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(this))) {}

const LoadedKernel& HostCall::kernel() {
  static const LoadedKernel& kernel = *new LoadedKernel{"host_call", run};
  return kernel;
}

void HostCall::run(const tenon_arguments* arguments, long thread, long threads, void*, tenon_barrier*) {
  // The scalar holds the object's address, put in above.
  HostCall& self = *reinterpret_cast<HostCall*>(  // NOLINT(performance-no-int-to-ptr)
      static_cast<std::uintptr_t>(arguments->scalars[0]));
  call_host(self.description_, self.call_.layout, arguments->buffers, thread, threads, self.failure_);
  if (self.failure_) std::atomic_ref<int>(*arguments->status).store(self.status_, std::memory_order_relaxed);
}

void HostCall::throw_failure() const { throw_call_failure(description_, call_.layout, failure_); }

}  // namespace tenon
