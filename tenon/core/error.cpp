#include "tenon/core/error.h"

#include <fmt/format.h>

namespace tenon {

Error::Error(const std::string& message, const std::source_location& where)
    : std::runtime_error(where.line() == 0 ? message  // no place is known
                                           : fmt::format("{} (at {}:{})", message, where.file_name(), where.line())) {}

}  // namespace tenon
