// What every case sees, compiled once, ahead of them.
#pragma once

#include "tenon/tensor/ops.h"

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
