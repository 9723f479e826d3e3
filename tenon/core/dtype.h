// Element types.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tenon/core/half.h"

namespace tenon {

/// The type of a tensor's elements.
enum class DType : std::uint8_t { boolean, u8, i8, i16, i32, u32, i64, f16, bf16, f32, f64 };

inline constexpr int dtype_count = 11;

/// What is known of each element type, one row each, in the order of the enumerators.
struct DTypeInfo {
  std::string_view name;    // as PyTorch and NumPy print it
  std::string_view c_name;  // in generated C
  std::uint8_t size;        // bytes
  bool is_floating;
  bool is_signed;
};

inline constexpr DTypeInfo dtype_table[] = {
    {"bool", "unsigned char", 1, false, false},  // 0 or 1
    {"uint8", "unsigned char", 1, false, false},
    {"int8", "signed char", 1, false, true},
    {"int16", "short", 2, false, true},
    {"int32", "int", 4, false, true},
    {"uint32", "unsigned int", 4, false, false},
    {"int64", "long", 8, false, true},
    {"float16", "unsigned short", 2, true, true},   // IEEE 754 binary16, its bits
    {"bfloat16", "unsigned short", 2, true, true},  // the upper half of a float32
    {"float32", "float", 4, true, true},
    {"float64", "double", 8, true, true},
};
static_assert(sizeof(dtype_table) / sizeof(dtype_table[0]) == dtype_count, "every DType has a row");

constexpr const DTypeInfo& info(DType dtype) { return dtype_table[static_cast<int>(dtype)]; }
constexpr std::string_view name(DType dtype) { return info(dtype).name; }
constexpr std::size_t size_of(DType dtype) { return info(dtype).size; }
constexpr bool is_floating(DType dtype) { return info(dtype).is_floating; }
/// Stored in 16 bits and computed in float32: every op rounds its result.
constexpr bool is_half(DType dtype) { return dtype == DType::f16 || dtype == DType::bf16; }
constexpr bool is_integer(DType dtype) { return !is_floating(dtype) && dtype != DType::boolean; }

/// The DType of a C++ element type; `bool` is stored as one byte, 0 or 1.
template <class T>
inline constexpr DType dtype_of = [] {
  static_assert(sizeof(T) == 0, "this C++ type is no element type of Tenon");
  return DType::f32;
}();
template <> inline constexpr DType dtype_of<bool> = DType::boolean;
template <> inline constexpr DType dtype_of<std::uint8_t> = DType::u8;
template <> inline constexpr DType dtype_of<std::int8_t> = DType::i8;
template <> inline constexpr DType dtype_of<std::int16_t> = DType::i16;
template <> inline constexpr DType dtype_of<std::int32_t> = DType::i32;
template <> inline constexpr DType dtype_of<std::uint32_t> = DType::u32;
template <> inline constexpr DType dtype_of<std::int64_t> = DType::i64;
template <> inline constexpr DType dtype_of<Float16> = DType::f16;
template <> inline constexpr DType dtype_of<BFloat16> = DType::bf16;
template <> inline constexpr DType dtype_of<float> = DType::f32;
template <> inline constexpr DType dtype_of<double> = DType::f64;

}  // namespace tenon
