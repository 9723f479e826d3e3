// Typed tensors as text: as their arrays (array/print.h).
#pragma once

#include "tenon/array/print.h"
#include "tenon/tensor/tensor.h"

/// `fmt::print("{}", tensor)`; `to_string` and `<<` take tensors as the arrays that they are.
template <tenon::TensorType X>
struct fmt::formatter<X> : fmt::formatter<tenon::Array> {};
