// Random graphs, each with what its values ought to be: the same computation in double, and how far from it
// a device that computes in the graph's own types may end up.
//
// Bounds follow the standard model of rounding (Higham: Accuracy and Stability of Numerical Algorithms,
// sections 2.2 and 3.1): every operation is off by at most a unit roundoff of its result, a sum of n terms by
// n of them, in any order. They are graphs themselves, made beside the one under test and interpreted with
// it.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "tests/support/graph_values.h"

namespace tenon::testing {

/// One value of a random graph.
struct RandomValue {
  NodeRef device;       // under test
  NodeRef exact;        // floating values: the same in float64; else `device` itself
  NodeRef error;        // float64: bound on |device - exact|; null where both are equal to the bit
  double largest = 64;  // bound on magnitudes, of floating values

  const Shape& shape() const { return device->shape; }
  DType dtype() const { return device->dtype; }
};

/// A graph under construction. Several may grow side by side on one list of leaves, to become one plan.
class RandomGraph {
 public:
  /// Leaves are arguments; their data is appended to `leaves`.
  RandomGraph(std::uint64_t seed, std::vector<HostTensor>& leaves);

  /// Adds up to `ops` operations.
  void grow(int ops);
  /// Some of the values, the newest among them.
  std::vector<RandomValue> choose_outputs();

 private:
  using Move = std::function<NodeRef(const NodeRef&, bool is_error)>;

  std::int64_t below(std::int64_t limit);
  bool chance(double probability);
  Shape random_shape(std::int64_t most_elements);
  Shape factors_of(std::int64_t elements);

  RandomValue leaf(DType dtype, const Shape& shape);
  RandomValue index_leaf(const Shape& shape, std::int64_t rows);
  RandomValue constant(DType dtype, const Shape& shape);
  const RandomValue& any();
  /// A value of this type.
  RandomValue of_type(DType dtype);
  /// A value of this type and shape: an old one, perhaps moved about until it fits, or a new leaf.
  RandomValue operand(DType dtype, const Shape& shape);
  RandomValue fit(const RandomValue& x, const Shape& shape);
  RandomValue converted(const RandomValue& x, DType dtype);
  RandomValue widened(const RandomValue& x);
  RandomValue exact_float(DType dtype, const Shape& shape);

  RandomValue moved(const RandomValue& x, const Move& move) const;
  RandomValue equal_to(const NodeRef& device, double largest) const;
  RandomValue tame(const RandomValue& x, double most);
  RandomValue unary(Scalar scalar, const RandomValue& x, double slope, double largest) const;
  RandomValue add(Scalar scalar, const RandomValue& a, const RandomValue& b) const;
  RandomValue multiply(const RandomValue& a, const RandomValue& b) const;
  RandomValue offset_magnitude(const RandomValue& x) const;

  RandomValue random_unary();
  RandomValue random_function(const RandomValue& x);
  RandomValue random_binary();
  RandomValue random_integer();
  RandomValue random_boolean();
  RandomValue random_where();
  RandomValue random_cast();
  RandomValue random_reduction();
  RandomValue random_product();
  RandomValue random_movement();
  RandomValue random_contraction();
  RandomValue random_gather();
  RandomValue random_scatter();
  RandomValue random_scan();
  RandomValue random_argsort();

  std::mt19937_64 random_;
  std::int64_t most_elements_ = 0;  // of a value
  std::vector<HostTensor>& leaves_;
  std::vector<RandomValue> values_;
};

}  // namespace tenon::testing
