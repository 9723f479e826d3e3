#include "tenon/runtime/text.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <system_error>

#include "tenon/core/error.h"

namespace tenon {

std::string bytes_as_text(std::uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  constexpr std::string_view units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(bytes) / 1024;
  int unit = 0;
  while (value >= 1024 && unit < 5) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, units[unit]);
}

std::string system_error_text(int error_number) { return std::generic_category().message(error_number); }

std::optional<std::string> environment_variable(const char* name) {
  const char* value = std::getenv(name);
  if (!value || !*value) return std::nullopt;
  return std::string(value);
}

std::uint64_t environment_number(const char* name, std::uint64_t minimum, std::uint64_t maximum,
                                 std::uint64_t otherwise) {
  const std::optional<std::string> text = environment_variable(name);
  if (!text) return otherwise;
  std::uint64_t value = 0;
  const char* end = text->data() + text->size();
  const auto [rest, error] = std::from_chars(text->data(), end, value);
  if (error != std::errc() || rest != end || value < minimum || value > maximum) {
    throw ValueError(
        fmt::format("{}={} in the environment: expected a whole number from {} to {}", name, *text, minimum, maximum));
  }
  return value;
}

}  // namespace tenon
