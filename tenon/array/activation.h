// Activation functions of networks. Names, defaults and gradients at kinks are PyTorch's; relu, sigmoid, tanh, silu and
// gelu are in elementwise.h. Integers and bool become float32 first.
#pragma once

#include "tenon/array/operand.h"

namespace tenon {

/// log(1 + exp(x)), without overflow.
Array softplus(const Operand& x);
/// log(sigmoid(x)) = -softplus(-x)
Array logsigmoid(const Operand& x);
/// x where it is positive, alpha * (exp(x) - 1) elsewhere.
Array elu(const Operand& x, double alpha = 1);
/// x where it is positive, alpha * (exp(x / alpha) - 1) elsewhere. Throws ValueError for alpha = 0.
Array celu(const Operand& x, double alpha = 1);
/// scale * elu(x, alpha) with the constants of Klambauer et al., "Self-normalizing neural networks" (arXiv:1706.02515,
/// equation 14).
Array selu(const Operand& x);
/// x where it is positive, slope * x elsewhere.
Array leaky_relu(const Operand& x, double slope = 0.01);
/// x * tanh(softplus(x))
Array mish(const Operand& x);
/// x / (1 + |x|)
Array softsign(const Operand& x);
/// The line (x + 3) / 6 within 0 and 1.
Array hardsigmoid(const Operand& x);
/// x * hardsigmoid(x)
Array hardswish(const Operand& x);
/// x within [low, high]; at the ends and beyond, its gradient is 0.
Array hardtanh(const Operand& x, double low = -1, double high = 1);
/// Halves an axis, a and b: a * sigmoid(b). Throws ShapeError when the axis is odd.
Array glu(const Array& x, int axis = -1, std::source_location where = std::source_location::current());

}  // namespace tenon
