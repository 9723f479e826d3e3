// For the tests of generated C: compiles kernels with the system's compiler and calls them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tenon/runtime/kernel_abi.h"

namespace tenon::testing {

/// A loaded shared object made of the ABI's declarations, the prelude and `kernels`. Throws
/// std::runtime_error with the source when it does not compile. The compiler is $TENON_CC, or cc.
class CompiledC {
 public:
  explicit CompiledC(std::string_view kernels);
  ~CompiledC();
  CompiledC(const CompiledC&) = delete;
  CompiledC& operator=(const CompiledC&) = delete;

  KernelFunction function(const std::string& name) const;

 private:
  void* library_ = nullptr;
};

/// Runs a kernel on `threads` threads and returns the status it left.
int run(KernelFunction function, std::vector<void*> buffers, int threads = 1, std::size_t scratch_bytes = 0);

}  // namespace tenon::testing
