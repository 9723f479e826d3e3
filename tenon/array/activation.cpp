#include "tenon/array/activation.h"

#include "tenon/array/elementwise.h"
#include "tenon/array/movement.h"
#include "tenon/graph/build_check.h"
#include "tenon/graph/compose.h"

namespace tenon {
namespace {

using build::describe;
using build::fail;

Array floating(const Operand& x) { return astype(x, is_floating(x.dtype()) ? x.dtype() : DType::f32); }

// x where it is positive, below(x) elsewhere; below sees 0 instead of positive numbers, at which exponentials would
// overflow and make NaN of a gradient that is 0.
template <class F>
Array positive_or(const Array& x, F below) {
  const Array is_positive = x > 0;
  return where(is_positive, x, below(where(is_positive, 0, x)));
}

}  // namespace

Array softplus(const Operand& x) {
  const WhereScope scope(x.where);
  return Array(build::unary(Scalar::softplus, floating(x).node_ref()));
}

Array logsigmoid(const Operand& x) {
  const WhereScope scope(x.where);
  return -softplus(-floating(x));
}

Array elu(const Operand& x, double alpha) {
  const WhereScope scope(x.where);
  return positive_or(floating(x), [&](const Array& v) { return alpha * expm1(v); });
}

Array celu(const Operand& x, double alpha) {
  const WhereScope scope(x.where);
  if (alpha == 0) fail<ValueError>("celu: alpha is 0, by which x is divided; give another one, or use relu");
  return positive_or(floating(x), [&](const Array& v) { return alpha * expm1(v / alpha); });
}

Array selu(const Operand& x) {
  const WhereScope scope(x.where);
  constexpr double alpha = 1.6732632423543772848, scale = 1.0507009873554804934;
  return scale * elu(x, alpha);
}

Array leaky_relu(const Operand& x, double slope) {
  const WhereScope scope(x.where);
  const Array v = floating(x);
  return where(v > 0, v, slope * v);
}

Array mish(const Operand& x) {
  const WhereScope scope(x.where);
  const Array v = floating(x);
  return v * tanh(softplus(v));
}

Array softsign(const Operand& x) {
  const WhereScope scope(x.where);
  const Array v = floating(x);
  return v / (1 + abs(v));
}

// Comparisons instead of minimum and maximum, which halve the gradient at the ends.
Array hardsigmoid(const Operand& x) {
  const WhereScope scope(x.where);
  const Array v = floating(x);
  return where(v >= 3, 1, where(v <= -3, 0, (v + 3) / 6));
}

Array hardswish(const Operand& x) {
  const WhereScope scope(x.where);
  const Array v = floating(x);
  return v * hardsigmoid(v);
}

Array hardtanh(const Operand& x, double low, double high) {
  const WhereScope scope(x.where);
  if (!(low <= high)) fail<ValueError>("hardtanh: low is {} and high is {}; low must not be above high", low, high);
  const Array v = floating(x);
  return where(v >= high, high, where(v <= low, low, v));
}

Array glu(const Array& x, int axis, std::source_location where) {
  const WhereScope scope(where);
  const int position = build::placed_axis("glu", x.shape(), axis);
  const std::int64_t size = x.size(position), half = size / 2;
  if (size % 2 != 0) fail<ShapeError>("glu: axis {} of {} is odd, it cannot be halved", axis, describe(x.node()));
  const Array v = floating(x);
  return narrow(v, position, 0, half, where) * sigmoid(narrow(v, position, half, half, where));
}

}  // namespace tenon
