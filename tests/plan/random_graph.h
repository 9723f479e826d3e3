// Random graphs. What their values may be, says `enclose` (tests/support/enclosure.h); what is drawn here stays where
// functions are well-conditioned, so that the enclosures are narrow and most decisions certain.
#pragma once

#include <functional>
#include <random>
#include <vector>

#include "tests/support/graph_values.h"

namespace tenon::testing {

/// One value of a random graph.
struct RandomValue {
  NodeRef device;        // under test
  bool is_exact = true;  // every kernel gives it to the bit: fit to be compared, truncated and sorted
  double largest = 64;   // bound on magnitudes, of floating values

  const Shape& shape() const { return device->shape; }
  DType dtype() const { return device->dtype; }
};

/// A graph under construction. Several may grow side by side on one list of leaves, to become one plan.
class RandomGraph {
 public:
  /// Leaves are arguments; their data is appended to `leaves`.
  RandomGraph(std::uint64_t seed, std::vector<HostTensor>& leaves);

  /// Adds up to `ops` operations, and tries some that must be refused.
  void grow(int ops);
  /// Some of the values, the newest among them.
  std::vector<RandomValue> choose_outputs();

 private:
  using Move = std::function<NodeRef(const NodeRef&)>;

  std::int64_t below(std::int64_t limit);
  bool chance(double probability);
  template <class T, std::size_t count>
  const T& one_of(const T (&choices)[count]) {
    return choices[below(static_cast<std::int64_t>(count))];
  }
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
  /// Of this type, exact if it is floating.
  RandomValue decisive(DType dtype, const Shape& shape);
  DType random_floating();

  RandomValue moved(const RandomValue& x, const Move& move) const;
  RandomValue tame(const RandomValue& x, double most) const;
  RandomValue unary(Scalar scalar, const RandomValue& x, double largest) const;
  RandomValue binary(Scalar scalar, const RandomValue& a, const RandomValue& b, double largest) const;
  RandomValue filled_like(const RandomValue& x, double value) const;
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

  // Functions on arrays, composed of the above: random_composed.cpp.
  RandomValue random_convolution();
  RandomValue random_pooling();
  RandomValue random_padding();
  RandomValue random_cumulative();
  RandomValue random_normalization();
  RandomValue random_ordering();
  RandomValue random_assignment();
  RandomValue random_joining();
  /// A call with operands that do not fit, or numbers out of range, which must throw a typed error.
  void try_invalid_call();

  std::mt19937_64 random_;
  std::int64_t most_elements_ = 0;  // of a value
  std::vector<HostTensor>& leaves_;
  std::vector<RandomValue> values_;
};

}  // namespace tenon::testing
