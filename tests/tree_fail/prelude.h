// What every case sees, compiled once, ahead of them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tenon/tensor/ops.h"
#include "tenon/tree/compile.h"
#include "tenon/tree/gradient.h"

namespace cases {

using tenon::Array;
using tenon::Axis;
using tenon::Tensor;

using Weight = Tensor<float, 64, 2>;

struct Layer {
  Weight weight;
};
struct Model {
  Layer first, second;
};

}  // namespace cases
