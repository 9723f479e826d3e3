// Small conversions between numbers, errors and text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tenon {

/// "512 B", "12.0 KiB", "3.5 GiB"
std::string bytes_as_text(std::uint64_t bytes);

/// The system's words for `error_number`, as in errno.
std::string system_error_text(int error_number);

/// The value of an environment variable; nothing when it is unset or empty.
std::optional<std::string> environment_variable(const char* name);

/// A variable that holds a whole number in [minimum, maximum]; `otherwise` when it is unset. Throws
/// ValueError that names the variable.
std::uint64_t environment_number(const char* name, std::uint64_t minimum, std::uint64_t maximum,
                                 std::uint64_t otherwise);

}  // namespace tenon
