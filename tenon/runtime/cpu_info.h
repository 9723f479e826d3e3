// What this machine's processor is.
#pragma once

#include <string>

#include "tenon/runtime/device.h"

namespace tenon {

/// Vector width and cache sizes, with conservative values where the system does not tell.
DeviceInfo detect_cpu();

/// Model and instruction sets: code compiled with -march=native for one identity is not for another.
const std::string& cpu_identity();

}  // namespace tenon
