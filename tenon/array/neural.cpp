#include "tenon/array/neural.h"

#include "tenon/array/create.h"
#include "tenon/array/elementwise.h"
#include "tenon/array/movement.h"
#include "tenon/array/reduction.h"
#include "tenon/graph/build_check.h"

namespace tenon {
namespace {

using build::describe;
using build::fail;

Array as_floating(const Array& x) { return is_floating(x.dtype()) ? x : astype(x, DType::f32); }

// The maximum is subtracted, so that exp never overflows; its gradient cancels, so it is not recorded.
Array below_maximum(const Array& x, int axis) {
  // An empty axis has no maximum and needs none.
  return x.size(axis) == 0 ? x : x - max(stop_gradient(x), axis, true);
}

void check_last_axis(std::string_view what, const Array& x, const Array& parameter) {
  if (parameter && !(parameter.shape() == Shape{x.size(-1)}))
    fail<ShapeError>("layer_norm: the {} is {}, it must have the size of the last axis of {}", what,
                     describe(parameter.node()), describe(x.node()));
}

}  // namespace

Array softmax(const Array& x, int axis, std::source_location where) {
  const WhereScope scope(where);
  const int position = build::placed_axis("softmax", x.shape(), axis);
  const Array powers = exp(below_maximum(as_floating(x), position));
  return powers / sum(powers, position, true);
}

Array log_softmax(const Array& x, int axis, std::source_location where) {
  const WhereScope scope(where);
  const int position = build::placed_axis("log_softmax", x.shape(), axis);
  const Array shifted = below_maximum(as_floating(x), position);
  return shifted - log(sum(exp(shifted), position, true));
}

Array layer_norm(const Array& x, const Array& weight, const Array& bias, double eps, std::source_location where) {
  const WhereScope scope(where);
  if (x.rank() == 0) fail<ShapeError>("layer_norm: {} has no axis to normalise over", describe(x.node()));
  check_last_axis("weight", x, weight);
  check_last_axis("bias", x, bias);
  const Array values = as_floating(x);
  const Array centred = values - mean(values, -1, true);
  Array y = centred * rsqrt(mean(square(centred), -1, true) + eps);
  if (weight) y = y * weight;
  return bias ? y + bias : y;
}

Array cross_entropy(const Array& logits, const Array& targets, std::source_location where) {
  const WhereScope scope(where);
  if (logits.rank() != 2 || targets.rank() != 1 || targets.size(0) != logits.size(0))
    fail<ShapeError>("cross_entropy: logits {} with targets {}; they must be [n, classes] and [n]",
                     describe(logits.node()), describe(targets.node()));
  if (targets.dtype() != DType::i32 && targets.dtype() != DType::i64)
    fail<DTypeError>("cross_entropy: targets are {}, they must be int32 or int64", describe(targets.node()));
  // The target's logit by comparison with positions: unlike a gather it fuses with the rest of the row.
  const Array values = as_floating(logits);                                                    // [n, classes]
  const Array chosen = equal(arange(values.size(1), targets.dtype()), unsqueeze(targets, 1));  // [n, classes]
  return mean(logsumexp(values, 1) - sum(tenon::where(chosen, values, 0), 1));
}

Array mse_loss(const Array& prediction, const Array& target, std::source_location where) {
  const WhereScope scope(where);
  if (!(prediction.shape() == target.shape()))
    fail<ShapeError>("mse_loss: {} and {} differ in shape; reshape or broadcast one of them",
                     describe(prediction.node()), describe(target.node()));
  return mean(square(prediction - target));
}

}  // namespace tenon
