// From C text to loaded kernels: through memory, disk and the compiler, in that order.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tenon/runtime/compile_statistics.h"
#include "tenon/runtime/compiler.h"
#include "tenon/runtime/device.h"
#include "tenon/runtime/kernel_store.h"

namespace tenon {

struct KernelCacheOptions {
  KernelStoreOptions store;
  CompilerOptions compiler;
};

/// Reads TENON_CACHE_DIR, XDG_CACHE_HOME, HOME, TENON_CACHE_MAX_BYTES, TENON_CC, TENON_CC_TIMEOUT.
/// Throws ValueError when a number does not parse.
KernelCacheOptions kernel_cache_options_from_environment();

/// Loads each kernel once. A kernel that is not in memory is looked up on disk; those that are not
/// there either are compiled together, a few to a file, and stored. Kernels are never unloaded.
class KernelCache {
 public:
  explicit KernelCache(KernelCacheOptions options);

  /// As Device::load.
  std::vector<const LoadedKernel*> load(std::string_view prelude, std::span<const KernelSource> sources);

 private:
  struct Wanted {
    const KernelSource* source;
    KernelKey key;
  };
  std::vector<KernelKey> keys_of(std::string_view prelude, std::span<const KernelSource> sources);
  std::vector<Wanted> find_on_disk(std::span<const KernelSource> sources, std::span<const KernelKey> keys);
  void compile(std::string_view prelude, std::span<const Wanted> wanted);
  void store_and_load(const std::string& file, std::span<const Wanted> wanted);
  void add(const Wanted& wanted, KernelFunction function);

  std::mutex mutex_;
  Compiler compiler_;
  KernelStore store_;
  std::map<KernelKey, std::unique_ptr<const LoadedKernel>> loaded_;
};

}  // namespace tenon
