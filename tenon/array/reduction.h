// Reductions over one axis, several, or all of them. With `keepdims` the reduced axes stay, with size 1.
#pragma once

#include "tenon/array/array.h"

namespace tenon {

/// Integers and bool are summed in int64.
Array sum(const Array& x, const Axes& axes = {}, bool keepdims = false,
          std::source_location where = std::source_location::current());
Array prod(const Array& x, const Axes& axes = {}, bool keepdims = false,
           std::source_location where = std::source_location::current());
/// Integers and bool give float32. The mean of no elements is NaN.
Array mean(const Array& x, const Axes& axes = {}, bool keepdims = false,
           std::source_location where = std::source_location::current());
/// Variance; the sum of squared deviations is divided by n - correction, as in PyTorch.
Array var(const Array& x, const Axes& axes = {}, double correction = 1, bool keepdims = false,
          std::source_location where = std::source_location::current());
/// NaN wins over every number. Throw ShapeError for no elements. Equal extremes share the gradient evenly.
Array max(const Array& x, const Axes& axes = {}, bool keepdims = false,
          std::source_location where = std::source_location::current());
Array min(const Array& x, const Axes& axes = {}, bool keepdims = false,
          std::source_location where = std::source_location::current());
/// Position of the first maximum along an axis, int64; the first NaN wins.
Array argmax(const Array& x, int axis = -1, bool keepdims = false,
             std::source_location where = std::source_location::current());
/// log(sum(exp(x))), without overflow.
Array logsumexp(const Array& x, const Axes& axes = {}, bool keepdims = false,
                std::source_location where = std::source_location::current());

}  // namespace tenon
