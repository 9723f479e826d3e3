// What stands before the data of a .npy file: magic, version, and a dictionary as Python writes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "tenon/core/dtype.h"
#include "tenon/core/shape.h"

namespace tenon {

struct NpyHeader {
  DType dtype = DType::f32;       // of the Array
  std::size_t element_bytes = 0;  // in the file
  bool big_endian = false;
  bool fortran_order = false;
  Shape shape;
  std::size_t header_bytes = 0;  // where the data starts
  std::uint64_t data_bytes = 0;
};

/// As many bytes of a file as `npy_header_bytes` needs.
inline constexpr std::size_t npy_prefix_bytes = 12;

/// Where the data starts, by the first npy_prefix_bytes of a file of `file_bytes` (all of it when it is shorter).
/// Throws FormatError, in which `origin` names the file, when that is no .npy file of version 1.0, 2.0 or 3.0, or its
/// header is longer than the file or than the 10000 bytes that NumPy reads.
std::size_t npy_header_bytes(std::span<const std::byte> start, std::uint64_t file_bytes, const std::string& origin);

/// Reads the header, all of npy_header_bytes, of a file of `file_bytes`. Throws FormatError when it does not keep to
/// the format to the letter, has more axes than max_rank, or its data do not end where the file ends; DTypeError for
/// types that Arrays do not have.
NpyHeader parse_npy_header(std::span<const std::byte> header, std::uint64_t file_bytes, const std::string& origin);

/// The header that numpy.save writes: version 1.0, little-endian, row-major.
std::string render_npy_header(DType dtype, const Shape& shape);

}  // namespace tenon
