// What every translation unit of generated C starts with, behind the kernels' ABI declarations.
#pragma once

#include <string_view>

namespace tenon {

/// The mathematical functions of c_math.h, and the helpers that rendered expressions and loops call:
///   tn_floor_divide tn_floor_modulo     of longs, by a positive divisor
///   tn_checked_index                    the index, or 0 and a code in *status
///   tn_cast_{f32,f64}_{u8,i32,u32,i64}  truncate, saturate, NaN gives 0
///   tn_abs_{u8,i32,u32,i64,f64}         integers wrap at the smallest number
///   tn_threefry                         as tenon::threefry
///   tn_max_key_T tn_min_key_T tn_from_key_T   T of f32, f64: see the text
/// Needs no header.
std::string_view c_prelude_text();

}  // namespace tenon
