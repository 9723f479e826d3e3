// What a device may compute: a graph interpreted with intervals, one for each element, that hold every result which
// correct kernels can give. Nothing in them is tuned. Every operation is taken over all operands in its operands'
// intervals, and widened by what its own roundings can do:
//
// - arithmetic is correctly rounded, but for a product, which a multiply-add may leave unrounded;
// - functions are off by as many ulps as `tolerance_of` says;
// - a sum of n terms, in any order, by n unit roundoffs of the sum of their magnitudes (Higham: Accuracy and Stability
//   of Numerical Algorithms, sections 2.2 and 3.1), and not at all where every partial sum is representable;
// - what is decided by values that are not certain - a comparison, an order, an index - may come out either way;
// - a call of a function of the host may give anything.
#pragma once

#include <gtest/gtest.h>

#include <span>
#include <vector>

#include "tenon/graph/interpret.h"

namespace tenon::testing {

/// For each element of a tensor of `dtype` the least and the greatest value it may have: float64 for floating types,
/// int64 for all others. Both NaN: it must be NaN. From minus to plus infinity: it may be anything, NaN too.
struct Enclosure {
  DType dtype;
  Shape shape;
  HostTensor low, high;
};

/// Enclosures of the graph's outputs; `leaves` as for `interpret`.
std::vector<Enclosure> enclose(const Graph& graph, std::span<const HostView> leaves);

/// Whether each element lies in its interval; types and shapes must be equal.
::testing::AssertionResult lies_within(const HostTensor& actual, const Enclosure& enclosure);

/// How many elements an enclosure says nothing useful about: those of integers that are not certain, and floating ones
/// whose interval is wider than 64 units in the last place and `slack` times the magnitude (or one, if that is more).
std::int64_t loose_elements(const Enclosure& enclosure, double slack);

}  // namespace tenon::testing
