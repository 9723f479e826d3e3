// One array in a NumPy file: .npy.
#pragma once

#include <cstddef>
#include <source_location>
#include <span>
#include <string>

#include "tenon/array/array.h"
#include "tenon/core/error.h"
#include "tenon/tensor/tensor.h"

namespace tenon {

/// Reads a .npy file of version 1.0, 2.0 or 3.0, row-major or column-major ("Fortran order"), little- or big-endian:
/// bool, uint8, int8, int16, int32, uint32, int64, float16, float32 and float64. Nothing in the file is trusted, and no
/// memory is taken for data that are not there. Throws FileError when it cannot be read, FormatError, which says what
/// is wrong and where, when it is no such file, is cut short or goes on behind the array, has more than 8 axes, or
/// holds a bool that is neither 0 nor 1; DTypeError for other element types, Python objects among them.
Array load_npy(const std::string& path);

/// The same for a file in memory. `origin` is how errors call it.
Array read_npy(std::span<const std::byte> bytes, const std::string& origin);

/// Writes what numpy.save writes, byte by byte: version 1.0, row-major, little-endian. Computes the array first. The
/// file appears complete or not at all. Throws FileError when it cannot be written, ValueError for an array without a
/// value.
void save_npy(const std::string& path, const Array& array);

namespace detail {

// The checked cast, whose errors also name the file.
template <class X, Axis... A>
auto as_from(const std::string& origin, const Array& array, const std::source_location& where) {
  try {
    return as<X, A...>(array, where);
  } catch (const ShapeError& error) {
    throw ShapeError(origin + ": " + error.what());
  } catch (const DTypeError& error) {
    throw DTypeError(origin + ": " + error.what());
  }
}

}  // namespace detail

/// `load_npy<float, "batch", 784>(path)` or `load_npy<Pixels>(path)`: as a typed tensor. Also throws ShapeError and
/// DTypeError, which name the file and the axis, when the array is none of that type.
template <class X, Axis... A>
auto load_npy(const std::string& path, std::source_location where = std::source_location::current()) {
  return detail::as_from<X, A...>(path, load_npy(path), where);
}

}  // namespace tenon
