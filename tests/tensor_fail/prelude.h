// What every case sees, compiled once, ahead of them.
#pragma once

// Tensors first: the way to a header is part of a message, and its lines count.
// clang-format off
#include "tenon/tensor/ops.h"
#include "tenon/nn/nn.h"
// clang-format on

namespace cases {

using tenon::Axis;
using tenon::Tensor;

using Images = Tensor<float, "batch", 784>;
using Hidden = Tensor<float, "batch", "time", Axis{"embd", 768}>;
using Query = Tensor<float, "batch", "time", "head", "dim">;
using Key = Tensor<float, "batch", "key", "head", "dim">;
using Scores = Tensor<float, "batch", "head", "time", "key">;
using Logits = Tensor<float, "batch", "time", "vocab">;
using Tokens = Tensor<std::int64_t, "batch", "time">;

}  // namespace cases
