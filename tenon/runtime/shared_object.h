// Compiled kernels as files: the trailer that proves them whole, and how they are loaded.
#pragma once

#include <string>
#include <string_view>

#include "tenon/runtime/kernel_abi.h"

namespace tenon {

/// A shared object with a trailer behind it, which the system's loader does not look at: a magic
/// number, the object's length and its 64-bit checksum.
std::string with_trailer(std::string_view object);

/// Whether a file's contents are complete and unchanged since with_trailer() made them.
bool has_valid_trailer(std::string_view contents);

/// Loads a shared object, for as long as the process lives, and finds a function in it. nullptr,
/// and the reason in `error`, when either fails; the object is then not kept.
KernelFunction load_function(const std::string& path, const std::string& symbol, std::string& error);

}  // namespace tenon
