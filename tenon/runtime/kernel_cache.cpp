#include "tenon/runtime/kernel_cache.h"

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <limits>
#include <optional>
#include <utility>

#include "tenon/core/error.h"
#include "tenon/core/hash.h"
#include "tenon/runtime/cpu_info.h"
#include "tenon/runtime/files.h"
#include "tenon/runtime/kernel_units.h"
#include "tenon/runtime/shared_object.h"
#include "tenon/runtime/text.h"

namespace tenon {
namespace {

KernelKey extend(const KernelKey& key, std::string_view bytes) {
  return {hash_bytes(bytes, key.high), hash_bytes(bytes, key.low)};
}

/// The name of a kernel's function in its shared object. No two kernels of a process share one.
std::string symbol_of(const std::string& name, const KernelKey& key) {
  return fmt::format("{}_{}", name, to_string(key));
}

bool is_identifier(std::string_view name) {
  if (name.empty() || (name.front() >= '0' && name.front() <= '9')) return false;
  for (const char c : name) {
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_')) {
      return false;
    }
  }
  return true;
}

/// Names are what keeps the kernels of one file apart: one name for two texts cannot be compiled.
void check_names(std::span<const KernelSource> sources) {
  std::map<std::string_view, const KernelSource*> by_name;
  for (const KernelSource& source : sources) {
    if (!is_identifier(source.name)) {
      throw ValueError(fmt::format("load: the kernel name '{}' is no C identifier", source.name));
    }
    const auto [earlier, is_new] = by_name.emplace(source.name, &source);
    if (!is_new && (earlier->second->text != source.text || earlier->second->optimization != source.optimization)) {
      throw ValueError(fmt::format("load: two different kernels are named '{}'", source.name));
    }
  }
}

std::string default_directory() {
  if (const auto folder = environment_variable("TENON_CACHE_DIR")) return *folder;
  if (const auto folder = environment_variable("XDG_CACHE_HOME")) return *folder + "/tenon";
  if (const auto folder = environment_variable("HOME")) return *folder + "/.cache/tenon";
  return {};
}

}  // namespace

KernelCacheOptions kernel_cache_options_from_environment() {
  KernelCacheOptions options;
  const std::string directory = default_directory();
  if (!directory.empty()) {
    // Absolute, since programs change their working directory.
    options.store.directory = std::filesystem::absolute(directory).string() + "/kernels";
  }
  options.store.max_bytes = environment_number("TENON_CACHE_MAX_BYTES", 0, std::numeric_limits<std::uint64_t>::max(),
                                               options.store.max_bytes);
  options.compiler = compiler_options_from_environment();
  return options;
}

KernelCache::KernelCache(KernelCacheOptions options)
    : compiler_(std::move(options.compiler)), store_(std::move(options.store)) {}

std::vector<const LoadedKernel*> KernelCache::load(std::string_view prelude, std::span<const KernelSource> sources) {
  if (sources.empty()) return {};
  check_names(sources);
  const std::lock_guard lock(mutex_);
  const std::vector<KernelKey> keys = keys_of(prelude, sources);
  const std::vector<Wanted> wanted = find_on_disk(sources, keys);
  if (!wanted.empty()) compile(prelude, wanted);
  std::vector<const LoadedKernel*> kernels;
  for (const KernelKey& key : keys) kernels.push_back(loaded_.at(key).get());
  return kernels;
}

std::vector<KernelKey> KernelCache::keys_of(std::string_view prelude, std::span<const KernelSource> sources) {
  // Two hashes that start from the first digits of pi and of e.
  KernelKey common = {0x3243F6A8885A308Du, 0x2B7E151628AED2A6u};
  for (const std::string_view part :
       {std::string_view(compiler_.identity()), std::string_view(cpu_identity()), prelude}) {
    common = extend(common, part);
  }
  const auto of_class = [&](OptimizationClass optimization) {
    return extend(common, to_string(compiler_.flags(optimization)));
  };
  const KernelKey scalar_loops = of_class(OptimizationClass::scalar_loops);
  const KernelKey vector_types = of_class(OptimizationClass::vector_types);
  std::vector<KernelKey> keys;
  for (const KernelSource& source : sources) {
    const bool is_scalar = source.optimization == OptimizationClass::scalar_loops;
    keys.push_back(extend(extend(is_scalar ? scalar_loops : vector_types, source.name), source.text));
  }
  return keys;
}

std::vector<KernelCache::Wanted> KernelCache::find_on_disk(std::span<const KernelSource> sources,
                                                           std::span<const KernelKey> keys) {
  std::vector<Wanted> missing;
  std::map<KernelKey, bool> seen;
  CompileStatistics change;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (loaded_.contains(keys[i]) || !seen.emplace(keys[i], true).second) continue;
    const Wanted wanted{&sources[i], keys[i]};
    const KernelStore::Found found = store_.find(wanted.key, symbol_of(wanted.source->name, wanted.key));
    if (found.function) {
      add(wanted, found.function);
      ++change.kernels_from_disk;
    } else {
      if (found.lookup == KernelStore::Lookup::damaged) ++change.kernels_repaired;
      missing.push_back(wanted);
    }
  }
  add_to_compile_statistics(change);
  return missing;
}

void KernelCache::compile(std::string_view prelude, std::span<const Wanted> wanted) {
  std::vector<const KernelSource*> sources;
  for (const Wanted& kernel : wanted) sources.push_back(kernel.source);
  const std::vector<KernelUnit> units = split_into_units(sources, compiler_.parallel());
  // The compiler works in a folder of its own, so that the store's state is no concern of it.
  TemporaryDirectory folder;
  std::vector<CompileJob> jobs;
  for (const KernelUnit& unit : units) {
    const std::string base = fmt::format("{}/unit{}", folder.path(), jobs.size());
    std::string text(prelude);
    text += '\n';
    for (const std::size_t i : unit.kernels) {
      const std::string& name = sources[i]->name;
      text += fmt::format("#define {0} {1}\n{2}\n#undef {0}\n", name, symbol_of(name, wanted[i].key), sources[i]->text);
    }
    if (!write_file(base + ".c", text)) {
      throw FileError(
          fmt::format("cannot write {}.c: {}; TMPDIR may name a better place", base, system_error_text(errno)));
    }
    jobs.push_back({base + ".c", base + ".so", unit.optimization, sources[unit.kernels[0]]->users_name});
  }
  try {
    compiler_.compile(jobs);
  } catch (const CompileError&) {
    folder.keep();
    throw;
  }
  for (std::size_t u = 0; u < units.size(); ++u) {
    std::vector<Wanted> kernels;
    for (const std::size_t i : units[u].kernels) kernels.push_back(wanted[i]);
    store_and_load(jobs[u].output, kernels);
  }
}

void KernelCache::store_and_load(const std::string& file, std::span<const Wanted> wanted) {
  std::vector<KernelKey> keys;
  for (const Wanted& kernel : wanted) keys.push_back(kernel.key);
  const std::optional<std::string> object = read_file(file);
  bool stored = object && store_.insert(*object, keys);
  for (const Wanted& kernel : wanted) {
    const std::string symbol = symbol_of(kernel.source->name, kernel.key);
    std::string error;
    std::string store_error;
    // From the store where possible: there the file stays for profilers and debuggers to read.
    KernelFunction function = stored ? load_function(store_.path_of(kernel.key), symbol, store_error) : nullptr;
    if (!function) {
      function = load_function(file, symbol, error);
      // The same object loads from elsewhere: the store's file system forbids execution.
      if (function && stored) {
        store_.give_up(store_error);
        stored = false;
      }
    }
    if (!function && !kernel.source->users_name.empty()) {
      throw CompileError(fmt::format("{}: this kernel does not load: {}; its text has to define all that it calls",
                                     kernel.source->users_name, error));
    }
    if (!function) {
      throw DeviceError(fmt::format("load: the compiled kernel '{}' does not load: {}", kernel.source->name, error));
    }
    add(kernel, function);
  }
  add_to_compile_statistics({.kernels_compiled = static_cast<std::int64_t>(wanted.size())});
}

void KernelCache::add(const Wanted& wanted, KernelFunction function) {
  loaded_.emplace(wanted.key, std::make_unique<const LoadedKernel>(LoadedKernel{wanted.source->name, function}));
}

}  // namespace tenon
