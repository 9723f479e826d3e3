// The data of .npy files and what Arrays hold: row-major, of this machine's byte order.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "tenon/array/array.h"
#include "tenon/io/npy_header.h"

namespace tenon {

/// The array that a header and its data, header.data_bytes of them at any alignment, make. Throws FormatError, in which
/// `origin` names the file, when a bool is neither 0 nor 1.
Array array_of_npy(const NpyHeader& header, std::span<const std::byte> data, const std::string& origin);

}  // namespace tenon
