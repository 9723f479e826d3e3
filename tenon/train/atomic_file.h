// Files that appear whole or not at all.
#pragma once

#include <string>
#include <string_view>

namespace tenon {

/// Writes `bytes` to a new file beside `path` and renames it, so that no reader ever sees half a
/// file and an old one survives every failure. Throws FileError with the path and the reason.
void write_atomically(const std::string& path, std::string_view bytes);

}  // namespace tenon
