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

// [n, classes], bool: which class is the target, by comparison with positions: unlike a gather it fuses with the rest
// of the row.
Array target_mask(std::string_view op, const Array& values, const Array& targets) {
  if (values.rank() != 2 || targets.rank() != 1 || targets.size(0) != values.size(0))
    fail<ShapeError>("{}: values {} with targets {}; they must be [n, classes] and [n]", op, describe(values.node()),
                     describe(targets.node()));
  if (targets.dtype() != DType::i32 && targets.dtype() != DType::i64)
    fail<DTypeError>("{}: targets are {}, they must be int32 or int64", op, describe(targets.node()));
  return equal(arange(values.size(1), targets.dtype()), unsqueeze(targets, 1));
}

// [n, classes], or [classes] for all rows -> [n]
Array at_target(const Array& is_target, const Array& values) { return sum(where(is_target, values, 0), 1); }

// losses: [n]
Array class_loss(std::string_view op, const Array& losses, const Array& is_target, const ClassLossOptions& options) {
  if (!options.weight) return reduced(losses, options.reduction);
  if (options.weight.rank() != 1 || options.weight.size(0) != is_target.size(1))
    fail<ShapeError>("{}: weight {} for {} classes; it must be [{}]", op, describe(options.weight.node()),
                     is_target.size(1), is_target.size(1));
  const Array weights = astype(at_target(is_target, as_floating(options.weight)), losses.dtype());
  const Array weighted = losses * weights;
  return options.reduction == LossReduction::mean ? sum(weighted) / sum(weights) : reduced(weighted, options.reduction);
}

}  // namespace

Array nll_loss(const Array& log_probabilities, const Array& targets, LossReduction reduction,
               std::source_location where) {
  const WhereScope scope(where);
  return nll_loss(log_probabilities, targets, ClassLossOptions{.reduction = reduction});
}

Array nll_loss(const Array& log_probabilities, const Array& targets, const ClassLossOptions& options,
               std::source_location where) {
  const WhereScope scope(where);
  const Array values = as_floating(log_probabilities);  // [n, classes]
  const Array is_target = target_mask("nll_loss", values, targets);
  return class_loss("nll_loss", -at_target(is_target, values), is_target, options);
}

Array cross_entropy(const Array& logits, const Array& targets, const ClassLossOptions& options,
                    std::source_location where) {
  const WhereScope scope(where);
  const Array values = as_floating(logits);  // [n, classes]
  const Array is_target = target_mask("cross_entropy", values, targets);
  return class_loss("cross_entropy", logsumexp(values, 1) - at_target(is_target, values), is_target, options);
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
