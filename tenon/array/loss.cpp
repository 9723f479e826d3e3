#include "tenon/array/loss.h"

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

Array reduced(const Array& losses, LossReduction reduction) {
  if (reduction == LossReduction::none) return losses;
  return reduction == LossReduction::mean ? mean(losses) : sum(losses);
}

void check_shapes(std::string_view op, const Array& prediction, const Array& target) {
  if (!(prediction.shape() == target.shape()))
    fail<ShapeError>("{}: {} and {} differ in shape; reshape or broadcast one of them", op, describe(prediction.node()),
                     describe(target.node()));
}

Array distance(std::string_view op, const Array& prediction, const Array& target) {
  check_shapes(op, prediction, target);
  return abs(as_floating(prediction) - as_floating(target));
}

}  // namespace

Array nll_loss(const Array& log_probabilities, const Array& targets, LossReduction reduction,
               std::source_location where) {
  const WhereScope scope(where);
  if (log_probabilities.rank() != 2 || targets.rank() != 1 || targets.size(0) != log_probabilities.size(0))
    fail<ShapeError>("nll_loss: log-probabilities {} with targets {}; they must be [n, classes] and [n]",
                     describe(log_probabilities.node()), describe(targets.node()));
  if (targets.dtype() != DType::i32 && targets.dtype() != DType::i64)
    fail<DTypeError>("nll_loss: targets are {}, they must be int32 or int64", describe(targets.node()));
  // By comparison with positions: unlike a gather it fuses with the rest of the row.
  const Array values = as_floating(log_probabilities);                                         // [n, classes]
  const Array chosen = equal(arange(values.size(1), targets.dtype()), unsqueeze(targets, 1));  // [n, classes]
  return reduced(-sum(tenon::where(chosen, values, 0), 1), reduction);
}

Array binary_cross_entropy_with_logits(const Array& logits, const Array& target, LossReduction reduction,
                                       std::source_location where) {
  const WhereScope scope(where);
  check_shapes("binary_cross_entropy_with_logits", logits, target);
  // (1 - target) x + log(1 + exp(-x)); relu(-x) + log(exp(-relu(-x)) + exp(-x - relu(-x))) never overflows, and its
  // gradient is exact where relu's jumps, because the two parts that hold it cancel.
  const Array x = as_floating(logits), above = stop_gradient(relu(-x));
  return reduced((1 - as_floating(target)) * x + above + log(exp(-above) + exp(-x - above)), reduction);
}

Array l1_loss(const Array& prediction, const Array& target, LossReduction reduction, std::source_location where) {
  const WhereScope scope(where);
  return reduced(distance("l1_loss", prediction, target), reduction);
}

Array smooth_l1_loss(const Array& prediction, const Array& target, double beta, LossReduction reduction,
                     std::source_location where) {
  const WhereScope scope(where);
  if (!(beta >= 0)) fail<ValueError>("smooth_l1_loss: beta is {}, it must not be negative", beta);
  const Array d = distance("smooth_l1_loss", prediction, target);
  if (beta == 0) return reduced(d, reduction);
  return reduced(tenon::where(d < beta, square(d) * (0.5 / beta), d - 0.5 * beta), reduction);
}

Array huber_loss(const Array& prediction, const Array& target, double delta, LossReduction reduction,
                 std::source_location where) {
  const WhereScope scope(where);
  if (!(delta > 0)) fail<ValueError>("huber_loss: delta is {}, it must be positive", delta);
  const Array d = distance("huber_loss", prediction, target);
  return reduced(tenon::where(d <= delta, 0.5 * square(d), delta * (d - 0.5 * delta)), reduction);
}

}  // namespace tenon
