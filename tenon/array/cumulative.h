// Sums, products and extremes of all elements so far along an axis. The shape stays.
// With `reverse`: of all elements from there on.
#pragma once

#include "tenon/array/array.h"

namespace tenon {

/// Integers and bool are added up and multiplied in int64.
Array cumsum(const Array& x, int axis = -1, bool reverse = false,
             std::source_location where = std::source_location::current());
/// Its gradient divides by nothing: it is right where elements are 0.
Array cumprod(const Array& x, int axis = -1, bool reverse = false,
              std::source_location where = std::source_location::current());

struct ValuesAndIndices {
  Array values;
  Array indices;  // int64, along the axis
};
/// The greatest (least) element so far, and where it is: of equal elements the last one, as in PyTorch; so it is with
/// the gradient. NaN wins over every number.
ValuesAndIndices cummax(const Array& x, int axis = -1, bool reverse = false,
                        std::source_location where = std::source_location::current());
ValuesAndIndices cummin(const Array& x, int axis = -1, bool reverse = false,
                        std::source_location where = std::source_location::current());

/// log(cumsum(exp(x))) without overflow, and without losing early elements beside greater later ones. Integers and
/// bool give float32. It takes log2(n) passes over an axis of n elements.
Array logcumsumexp(const Array& x, int axis = -1, bool reverse = false,
                   std::source_location where = std::source_location::current());

}  // namespace tenon
