#include "tenon/runtime/cpu_info.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <string_view>

namespace tenon {
namespace {

int detect_vector_bytes() {
#if defined(__x86_64__)
  // The four subsets that every AVX-512 server and desktop core has, and the Xeon Phi has not.
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq")) {
    return 64;
  }
  if (__builtin_cpu_supports("avx2")) return 32;
#endif
  return 16;
}

/// The system's answer, or `otherwise` where it answers 0 or not at all.
std::size_t system_size(int name, std::size_t otherwise) {
  const long size = sysconf(name);
  return size > 0 ? static_cast<std::size_t>(size) : otherwise;
}

/// The lines of the first processor in /proc/cpuinfo that describe its kind, not its state: clock
/// rates change from one reading to the next.
std::string read_cpu_identity() {
  constexpr std::array<std::string_view, 11> kinds = {
      "vendor_id",       "cpu family",  "model",    "model name", "stepping", "flags",
      "CPU implementer", "CPU variant", "CPU part", "Features",   "isa"};
  std::string identity;
  utsname machine{};
  if (uname(&machine) == 0) identity = std::string(machine.machine) + '\n';
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line) && !line.empty();) {
    const std::size_t colon = line.find(':');
    std::string_view label(line.data(), colon == std::string::npos ? 0 : colon);
    while (!label.empty() && (label.back() == ' ' || label.back() == '\t')) label.remove_suffix(1);
    if (std::find(kinds.begin(), kinds.end(), label) != kinds.end()) identity += line + '\n';
  }
  return identity;
}

}  // namespace

DeviceInfo detect_cpu() {
  DeviceInfo info;
  info.vector_bytes = detect_vector_bytes();
  info.l1_bytes = system_size(_SC_LEVEL1_DCACHE_SIZE, info.l1_bytes);
  info.l2_bytes = system_size(_SC_LEVEL2_CACHE_SIZE, info.l2_bytes);
  return info;
}

const std::string& cpu_identity() {
  static const std::string identity = read_cpu_identity();
  return identity;
}

}  // namespace tenon
