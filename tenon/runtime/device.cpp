#include "tenon/runtime/device.h"

#include <fmt/format.h>

#include <atomic>

#include "tenon/core/error.h"
#include "tenon/runtime/cpu_device.h"
#include "tenon/runtime/text.h"
#include "tenon/runtime/uncompiled_devices.h"

namespace tenon {
namespace {

// Devices are made when they are first asked for, and never destroyed: buffers in static variables
// may outlive any order of destruction, and workers may still spin when the process ends.
Device& cpu() {
  static Device& device = *new CpuDevice({.threads = {}, .cache = kernel_cache_options_from_environment()});
  return device;
}

Device& null() {
  static Device& device = *new NullDevice;
  return device;
}

Device& reference() {
  static Device& device = *new ReferenceDevice;
  return device;
}

struct KnownDevice {
  std::string_view name;
  Device& (*find)();
};
constexpr KnownDevice known_devices[] = {{"cpu", cpu}, {"null", null}, {"reference", reference}};

std::atomic<Device*> chosen_default{nullptr};

}  // namespace

Device& find_device(std::string_view name) {
  for (const KnownDevice& device : known_devices) {
    if (device.name == name) return device.find();
  }
  std::string known;
  for (const KnownDevice& device : known_devices) {
    known += fmt::format("{}{}", known.empty() ? "" : ", ", device.name);
  }
  throw DeviceError(fmt::format("there is no device '{}'; known devices: {}", name, known));
}

Device& default_device() {
  if (Device* device = chosen_default.load(std::memory_order_acquire)) return *device;
  Device* from_environment = &find_device(environment_variable("TENON_DEVICE").value_or("cpu"));
  // Another thread may have set one meanwhile; then that is the default.
  Device* expected = nullptr;
  return chosen_default.compare_exchange_strong(expected, from_environment) ? *from_environment : *expected;
}

void set_default_device(Device& device) { chosen_default.store(&device, std::memory_order_release); }

}  // namespace tenon
