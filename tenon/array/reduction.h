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
/// Standard deviation, the root of `var`. C++ keeps the name std for itself.
Array stddev(const Array& x, const Axes& axes = {}, double correction = 1, bool keepdims = false,
             std::source_location where = std::source_location::current());
/// NaN wins over every number. Throw ShapeError for no elements. Equal extremes share the gradient evenly.
Array max(const Array& x, const Axes& axes = {}, bool keepdims = false,
          std::source_location where = std::source_location::current());
Array min(const Array& x, const Axes& axes = {}, bool keepdims = false,
          std::source_location where = std::source_location::current());
/// Position of the first maximum (minimum) along an axis, int64; the first NaN wins. Throw ShapeError for an axis
/// of size 0.
Array argmax(const Array& x, int axis = -1, bool keepdims = false,
             std::source_location where = std::source_location::current());
Array argmin(const Array& x, int axis = -1, bool keepdims = false,
             std::source_location where = std::source_location::current());
/// log(sum(exp(x))), without overflow.
Array logsumexp(const Array& x, const Axes& axes = {}, bool keepdims = false,
                std::source_location where = std::source_location::current());
/// How many elements are not 0 (NaN is not), int64.
Array count_nonzero(const Array& x, const Axes& axes = {}, bool keepdims = false,
                    std::source_location where = std::source_location::current());
/// Whether any element, or each, is not 0: bool; of no elements false and true. NumPy's any and all.
Array any_of(const Array& x, const Axes& axes = {}, bool keepdims = false,
             std::source_location where = std::source_location::current());
Array all_of(const Array& x, const Axes& axes = {}, bool keepdims = false,
             std::source_location where = std::source_location::current());
/// The p-norm of the elements, (sum |x|^p)^(1/p), as PyTorch's vector_norm: p = infinity is the largest |x|,
/// -infinity the smallest (ShapeError for no elements), 0 the number of elements that are not 0. Integers and bool
/// give float32. Where all elements are 0, the gradient is 0.
Array norm(const Array& x, double p = 2, const Axes& axes = {}, bool keepdims = false,
           std::source_location where = std::source_location::current());

}  // namespace tenon
