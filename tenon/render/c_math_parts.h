// The parts of the text of generated kernels' mathematical functions. Internal to tenon/render; c_math.h joins them.
#pragma once

#include <string_view>

namespace tenon {

/// Functions that use those of c_math.cpp: rounding, exponentials and logarithms to other bases, roots, tangent and arc
/// functions, hyperbolic functions, remainders.
std::string_view c_math_elementary_text();
/// lgamma, digamma, trigamma, polygamma, erfinv; they use both others.
std::string_view c_math_special_text();

}  // namespace tenon
