#include "tenon/io/npy_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <vector>

#include "tenon/core/error.h"

namespace tenon {
namespace {

static_assert(std::endian::native == std::endian::little, "other files are what gets swapped");

std::uint8_t swapped(std::uint8_t bits) { return bits; }
std::uint16_t swapped(std::uint16_t bits) { return __builtin_bswap16(bits); }
std::uint32_t swapped(std::uint32_t bits) { return __builtin_bswap32(bits); }
std::uint64_t swapped(std::uint64_t bits) { return __builtin_bswap64(bits); }

// Element i of data at any alignment.
template <class Bits>
Bits element(const std::byte* data, std::int64_t i, bool swap) {
  Bits bits;
  std::memcpy(&bits, data + i * static_cast<std::int64_t>(sizeof(Bits)), sizeof(Bits));
  return swap ? swapped(bits) : bits;
}

// Calls visit(place in the file, row-major place) for each element of a column-major array. Along the first axis the
// file is contiguous, along the last the result: both are walked in small tiles, so that neither skips through memory.
template <class Visit>
void for_each_of_fortran(const Shape& shape, Visit visit) {
  constexpr std::int64_t tile = 32;
  const std::int64_t rows = shape[0], columns = shape.back();
  std::int64_t middle = 1;
  for (int axis = 1; axis < shape.rank() - 1; ++axis) middle *= shape[axis];
  // Of one column of the last axis in the file, of one row of the first in the result.
  const std::int64_t file_stride = rows * middle, result_stride = middle * columns;
  for (std::int64_t m = 0; m < middle; ++m) {
    // m counts the middle axes row-major; their place in the file is column-major.
    std::int64_t place = 0, rest = m, left = middle;
    for (int axis = shape.rank() - 2; axis >= 1; --axis) {
      left /= shape[axis];
      place += rest % shape[axis] * left;
      rest /= shape[axis];
    }
    for (std::int64_t row0 = 0; row0 < rows; row0 += tile)
      for (std::int64_t column0 = 0; column0 < columns; column0 += tile)
        for (std::int64_t row = row0; row < std::min(row0 + tile, rows); ++row)
          for (std::int64_t column = column0; column < std::min(column0 + tile, columns); ++column)
            visit(row + rows * place + column * file_stride, row * result_stride + m * columns + column);
  }
}

// The elements in row-major order, of this machine's byte order.
template <class Bits>
std::vector<Bits> rearranged(const NpyHeader& header, std::span<const std::byte> data) {
  std::vector<Bits> values(static_cast<std::size_t>(header.shape.elements()));
  if (values.empty()) return values;
  if (header.fortran_order && header.shape.rank() > 1)
    for_each_of_fortran(header.shape, [&](std::int64_t from, std::int64_t to) {
      values[static_cast<std::size_t>(to)] = element<Bits>(data.data(), from, header.big_endian);
    });
  else
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = element<Bits>(data.data(), static_cast<std::int64_t>(i), header.big_endian);
  return values;
}

template <class Bits>
Array array_of_bits(const NpyHeader& header, std::span<const std::byte> data) {
  return Array::from_memory(header.dtype, header.shape, rearranged<Bits>(header, data).data());
}

}  // namespace

Array array_of_npy(const NpyHeader& header, std::span<const std::byte> data, const std::string& origin) {
  if (header.dtype == DType::boolean) {
    const auto bad = std::find_if(data.begin(), data.end(), [](std::byte b) { return b > std::byte{1}; });
    if (bad != data.end())
      throw FormatError(fmt::format("{}: element {} of its bools is {}, neither 0 nor 1", origin, bad - data.begin(),
                                    std::to_integer<int>(*bad)));
  }
  const bool as_it_is = !(header.fortran_order && header.shape.rank() > 1) && !header.big_endian;
  if (as_it_is) return Array::from_memory(header.dtype, header.shape, data.data());
  switch (header.element_bytes) {
    case 1: return array_of_bits<std::uint8_t>(header, data);
    case 2: return array_of_bits<std::uint16_t>(header, data);
    case 4: return array_of_bits<std::uint32_t>(header, data);
    default: return array_of_bits<std::uint64_t>(header, data);
  }
}

}  // namespace tenon
