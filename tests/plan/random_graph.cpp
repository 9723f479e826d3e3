#include "tests/plan/random_graph.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "tenon/graph/compose.h"
#include "tests/support/scalar_cases.h"

namespace tenon::testing {
namespace {

constexpr double most_magnitude = 64;

bool is_float(const RandomValue& x) { return is_floating(x.dtype()); }

std::uint32_t all_axes(const Shape& shape) { return (1u << shape.rank()) - 1; }

}  // namespace

RandomGraph::RandomGraph(std::uint64_t seed, std::vector<HostTensor>& leaves) : random_(seed), leaves_(leaves) {
  // Mostly small, now and then large enough for several threads and long rows.
  most_elements_ = chance(0.75) ? 6000 : 50000;
  const DType floating = random_floating();
  values_.push_back(leaf(floating, random_shape(most_elements_)));
  values_.push_back(leaf(floating, random_shape(300)));
  if (chance(0.5)) values_.push_back(leaf(DType::i32, random_shape(300)));
}

std::int64_t RandomGraph::below(std::int64_t limit) {
  return std::uniform_int_distribution<std::int64_t>(0, limit - 1)(random_);
}

bool RandomGraph::chance(double probability) {
  return std::uniform_real_distribution<double>(0, 1)(random_) < probability;
}

Shape RandomGraph::random_shape(std::int64_t most) {
  constexpr std::array<std::int64_t, 18> sizes = {1, 1, 2, 3, 4, 5, 7, 8, 13, 16, 31, 32, 33, 64, 97, 128, 300, 1000};
  const std::int64_t rank = chance(0.05) ? 0 : 1 + below(4);
  Shape shape;
  for (int axis = 0; axis < rank; ++axis) {
    const std::int64_t size =
        chance(0.02) ? 0 : sizes[static_cast<std::size_t>(below(static_cast<std::int64_t>(sizes.size())))];
    shape.push_back(shape.elements() * size <= most ? size : 1);
  }
  return shape;
}

// A shape of so many elements.
Shape RandomGraph::factors_of(std::int64_t elements) {
  Shape shape;
  if (elements == 0) return Shape{0, 1 + below(5)};
  while (elements > 1 && shape.rank() < 4) {
    std::vector<std::int64_t> divisors;
    for (std::int64_t d = 2; d <= elements; ++d)
      if (elements % d == 0) divisors.push_back(d);
    const std::int64_t d = divisors[static_cast<std::size_t>(below(static_cast<std::int64_t>(divisors.size())))];
    shape.push_back(d);
    elements /= d;
  }
  if (elements > 1) shape.push_back(elements);
  if (chance(0.2)) shape.insert(static_cast<int>(below(shape.rank() + 1)), 1);
  return shape;
}

// --- where values come from

RandomValue RandomGraph::leaf(DType dtype, const Shape& shape) {
  leaves_.push_back(random_tensor(random_, dtype, shape));
  return {make_argument(dtype, shape, static_cast<int>(leaves_.size()) - 1), true, 2};
}

RandomValue RandomGraph::index_leaf(const Shape& shape, std::int64_t rows) {
  const DType dtype = chance(0.5) ? DType::i32 : DType::i64;
  const RandomValue result = leaf(dtype, shape);
  for (std::int64_t i = 0; i < shape.elements(); ++i) set(leaves_.back(), i, static_cast<double>(below(rows)));
  return result;
}

RandomValue RandomGraph::constant(DType dtype, const Shape& shape) {
  const double value = dtype == DType::boolean ? static_cast<double>(below(2))
                       : is_floating(dtype)    ? static_cast<double>(below(9)) / 4
                                               : static_cast<double>(below(4));
  return {build::full(dtype, shape, value), true, 2};
}

// Newer values more often, so that graphs get deep.
const RandomValue& RandomGraph::any() {
  const auto count = static_cast<std::int64_t>(values_.size());
  const std::int64_t number = chance(0.6) ? count - 1 - below(std::min<std::int64_t>(count, 4)) : below(count);
  return values_[static_cast<std::size_t>(number)];
}

RandomValue RandomGraph::of_type(DType dtype) {
  for (int attempt = 0; attempt < 8; ++attempt)
    if (const RandomValue& x = any(); x.dtype() == dtype) return x;
  return leaf(dtype, random_shape(1000));
}

RandomValue RandomGraph::operand(DType dtype, const Shape& shape) {
  if (chance(0.1)) return constant(dtype, shape);
  std::vector<const RandomValue*> same;
  for (const RandomValue& value : values_)
    if (value.dtype() == dtype && value.shape() == shape) same.push_back(&value);
  if (!same.empty() && chance(0.7))
    return *same[static_cast<std::size_t>(below(static_cast<std::int64_t>(same.size())))];
  if (chance(0.5)) return fit(of_type(dtype), shape);
  // Broadcast along some axes.
  Shape smaller = shape;
  for (std::int64_t& size : smaller)
    if (size != 0 && chance(0.3)) size = 1;
  return moved(leaf(dtype, smaller), [&](const NodeRef& x) { return build::expand(x, shape); });
}

RandomValue RandomGraph::fit(const RandomValue& x, const Shape& shape) {
  const std::int64_t have = x.shape().elements(), want = shape.elements();
  const auto flat = [&](const NodeRef& node) { return build::reshape(node, Shape{have}); };
  if (have == want) return moved(x, [&](const NodeRef& node) { return build::reshape(node, shape); });
  if (have > want) {
    const std::int64_t stride = want == 0 ? 1 : 1 + below(have / want);
    const std::int64_t first = below(have - std::max<std::int64_t>(want - 1, 0) * stride);
    const bool backwards = chance(0.3) && want > 0;
    return moved(x, [&](const NodeRef& node) {
      const NodeRef part = build::slice(flat(node), Dims{backwards ? first + (want - 1) * stride : first}, Dims{want},
                                        Dims{backwards ? -stride : stride});
      return build::reshape(part, shape);
    });
  }
  if (have > 0 && chance(0.3)) {
    const RandomValue indices = index_leaf(Shape{want}, have);
    return moved(x,
                 [&](const NodeRef& node) { return build::reshape(build::gather(flat(node), indices.device), shape); });
  }
  const std::int64_t before = below(want - have + 1);
  const double fill = static_cast<double>(below(2));
  return moved(x, [&](const NodeRef& node) {
    return build::reshape(build::pad(flat(node), Dims{before, want - have - before}, fill), shape);
  });
}

// A floating value that every kernel gives to the bit, so that it may be compared and truncated.
RandomValue RandomGraph::exact_float(DType dtype, const Shape& shape) {
  for (int attempt = 0; attempt < 4; ++attempt)
    if (const RandomValue x = operand(dtype, shape); x.is_exact) return x;
  return leaf(dtype, shape);
}

RandomValue RandomGraph::converted(const RandomValue& x, DType dtype) {
  if (x.dtype() == dtype) return x;
  if (dtype == DType::f16 && !is_float(x)) return converted(converted(x, DType::f32), dtype);  // 65504 is the most
  const NodeRef device = build::cast(x.device, dtype);
  if (!is_floating(dtype)) return {device, x.is_exact, 0};
  if (is_float(x)) return {device, x.is_exact, x.largest};
  return tame({device, x.is_exact, x.dtype() == DType::i64 ? 9.3e18 : 4.3e9}, most_magnitude);
}

// Sums of many 16-bit floats may be beyond them.
RandomValue RandomGraph::widened(const RandomValue& x) { return is_half(x.dtype()) ? converted(x, DType::f32) : x; }

// --- operations with their bounds

RandomValue RandomGraph::moved(const RandomValue& x, const Move& move) const {
  return {move(x.device), x.is_exact, std::max(x.largest, 2.0)};  // what is padded with is at most 2
}

// Scaled down by a power of two, so that magnitudes stay below `most`; exact.
RandomValue RandomGraph::tame(const RandomValue& x, double most) const {
  if (!is_float(x)) return x;
  double factor = 1;
  while (x.largest * factor > most) factor /= 2;
  if (factor == 1) return x;
  return {build::binary(Scalar::mul, x.device, build::full_like(x.device, factor)), x.is_exact, x.largest * factor};
}

RandomValue RandomGraph::unary(Scalar scalar, const RandomValue& x, double largest) const {
  return {build::unary(scalar, x.device), false, largest};
}

RandomValue RandomGraph::binary(Scalar scalar, const RandomValue& a, const RandomValue& b, double largest) const {
  return {build::binary(scalar, a.device, b.device), false, largest};
}

RandomValue RandomGraph::filled_like(const RandomValue& x, double value) const {
  return {build::full_like(x.device, value), true, std::fabs(value)};
}

// |x| + 1/2: where division, logarithms and roots are well-conditioned.
RandomValue RandomGraph::offset_magnitude(const RandomValue& x) const {
  return binary(Scalar::add, unary(Scalar::abs, x, x.largest), filled_like(x, 0.5), x.largest + 0.5);
}

DType RandomGraph::random_floating() {
  constexpr DType types[] = {DType::f32, DType::f32, DType::f32, DType::f32, DType::f32,
                             DType::f64, DType::f64, DType::f16, DType::bf16};
  return types[below(std::size(types))];
}

RandomValue RandomGraph::random_unary() {
  const DType dtype = random_floating();
  const RandomValue x = of_type(dtype);
  switch (below(17)) {
    case 0: return unary(Scalar::exp, tame(x, 4), 55);
    case 1: return unary(Scalar::sin, x, 1);
    case 2: return unary(Scalar::cos, x, 1);
    case 3: return unary(Scalar::tanh, x, 1);
    case 4: return unary(Scalar::erf, x, 1);
    case 5: return unary(Scalar::sigmoid, x, 1);
    case 6: return unary(Scalar::sqrt, offset_magnitude(x), 9);
    case 7: return unary(Scalar::log, offset_magnitude(x), 5);
    case 8: return unary(Scalar::rsqrt, offset_magnitude(x), 2);
    case 9: return {build::unary(Scalar::relu, x.device), x.is_exact, x.largest};
    case 10: return {build::unary(Scalar::abs, x.device), x.is_exact, x.largest};
    case 11: return {build::unary(Scalar::neg, x.device), x.is_exact, x.largest};
    case 12:
      return {build::unary(chance(0.5) ? Scalar::stop_gradient : Scalar::barrier, x.device), x.is_exact, x.largest};
    case 13:
    case 14: return random_function(x);
    default: {
      constexpr Scalar steps[] = {Scalar::sign, Scalar::floor, Scalar::ceil, Scalar::trunc, Scalar::round};
      const RandomValue exact = exact_float(dtype, x.shape());
      return {build::unary(steps[below(std::size(steps))], exact.device), exact.is_exact, exact.largest + 1};
    }
  }
}

// A function of one operand, brought to where it is well-conditioned: by then |value| is at most `largest`.
RandomValue RandomGraph::random_function(const RandomValue& x) {
  enum class Where { anywhere, within_two, within_a_half, from_a_half, from_one_and_a_half };
  struct Function {
    Scalar scalar;
    Where where;
    double largest;
  };
  using enum Where;
  constexpr Function functions[] = {
      {Scalar::atan, anywhere, 1.6},
      {Scalar::asinh, anywhere, 5},
      {Scalar::softplus, anywhere, 65},
      {Scalar::exp2, within_two, 4},
      {Scalar::expm1, within_two, 6.4},
      {Scalar::sinh, within_two, 3.7},
      {Scalar::cosh, within_two, 3.8},
      {Scalar::log2, from_a_half, 7},
      {Scalar::log10, from_a_half, 2},
      {Scalar::cbrt, from_a_half, 4.1},
      {Scalar::trigamma, from_a_half, 5},
      {Scalar::log1p, within_a_half, 0.7},
      {Scalar::tan, within_a_half, 0.6},
      {Scalar::asin, within_a_half, 0.6},
      {Scalar::acos, within_a_half, 2.1},
      {Scalar::atanh, within_a_half, 0.6},
      {Scalar::erfinv, within_a_half, 0.5},
      {Scalar::acosh, from_one_and_a_half, 5},
      {Scalar::lgamma, from_one_and_a_half, 210},
      {Scalar::digamma, from_one_and_a_half, 4.3},
  };
  const Function& f = functions[below(std::size(functions))];
  RandomValue at = x;
  if (f.where == within_two) at = tame(x, 2);
  if (f.where == within_a_half) at = tame(unary(Scalar::tanh, x, 1), 0.5);
  if (f.where == from_a_half || f.where == from_one_and_a_half) at = offset_magnitude(x);
  if (f.where == from_one_and_a_half) at = binary(Scalar::add, at, filled_like(x, 1), at.largest + 1);
  return tame(unary(f.scalar, at, f.largest), most_magnitude);
}

RandomValue RandomGraph::random_binary() {
  const DType dtype = random_floating();
  const RandomValue a = of_type(dtype), b = operand(dtype, a.shape());
  switch (below(9)) {
    case 0:
    case 1: return tame(binary(chance(0.5) ? Scalar::add : Scalar::sub, a, b, a.largest + b.largest), most_magnitude);
    case 2:
    case 3: return tame(binary(Scalar::mul, a, b, a.largest * b.largest), most_magnitude);
    case 4: return tame(binary(Scalar::div, a, offset_magnitude(b), 2 * a.largest), most_magnitude);
    case 5: {  // base in [1/2, 3/2], exponent in [-1, 1]
      const RandomValue base = binary(Scalar::add, unary(Scalar::sigmoid, a, 1), filled_like(a, 0.5), 2);
      return binary(Scalar::pow, base, unary(Scalar::tanh, b, 1), 2);
    }
    // Of points at least 1/2 away from the origin, above the axis.
    case 6: return binary(Scalar::atan2, a, offset_magnitude(b), 1.6);
    case 7: {
      if (chance(0.5)) return tame(binary(Scalar::hypot, a, b, a.largest + b.largest), most_magnitude);
      // They jump: of what is certain, and not near zero, where quotients get large.
      constexpr Scalar remainders[] = {Scalar::floor_divide, Scalar::remainder, Scalar::fmod};
      const RandomValue dividend = exact_float(dtype, a.shape());
      const RandomValue divisor = filled_like(a, 0.25 + static_cast<double>(below(9)));
      const NodeRef device = build::binary(remainders[below(3)], dividend.device, divisor.device);
      return tame({device, dividend.is_exact, std::max(9.0, 4 * dividend.largest + 1)}, most_magnitude);
    }
    default: {
      const NodeRef device = build::binary(chance(0.5) ? Scalar::maximum : Scalar::minimum, a.device, b.device);
      return {device, a.is_exact && b.is_exact, std::max(a.largest, b.largest)};
    }
  }
}

RandomValue RandomGraph::random_integer() {
  constexpr DType types[] = {DType::i32, DType::i32, DType::i64, DType::u8, DType::u32};
  const DType dtype = types[below(5)];
  const RandomValue a = of_type(dtype), b = operand(dtype, a.shape());
  constexpr Scalar one[] = {Scalar::neg,  Scalar::abs,   Scalar::sign,  Scalar::relu,       Scalar::floor,
                            Scalar::ceil, Scalar::trunc, Scalar::round, Scalar::bitwise_not};
  constexpr Scalar two[] = {Scalar::add,         Scalar::sub,        Scalar::mul,          Scalar::maximum,
                            Scalar::minimum,     Scalar::remainder,  Scalar::floor_divide, Scalar::fmod,
                            Scalar::bitwise_and, Scalar::bitwise_or, Scalar::bitwise_xor,  Scalar::left_shift,
                            Scalar::right_shift};
  if (dtype == DType::u32 && chance(0.4)) {
    const RandomValue c = operand(dtype, a.shape());
    const std::array operands = {a.device, b.device, c.device};
    return {build::elementwise(Scalar::random_bits, operands), a.is_exact && b.is_exact && c.is_exact, 0};
  }
  if (chance(0.1) && a.shape().rank() > 0) {
    const NodeRef count = build::iota(DType::i32, a.shape().back());
    const NodeRef spread = build::broadcast_to("iota", count, a.shape());
    return {build::binary(Scalar::mul, spread, build::cast(a.device, DType::i32)), a.is_exact, 0};
  }
  if (chance(0.3)) return {build::unary(one_of(one), a.device), a.is_exact, 0};
  return {build::binary(one_of(two), a.device, b.device), a.is_exact && b.is_exact, 0};
}

RandomValue RandomGraph::decisive(DType dtype, const Shape& shape) {
  return is_floating(dtype) ? exact_float(dtype, shape) : operand(dtype, shape);
}

RandomValue RandomGraph::random_boolean() {
  constexpr Scalar comparisons[] = {Scalar::eq, Scalar::ne, Scalar::lt, Scalar::le};
  constexpr Scalar logic[] = {Scalar::logical_and, Scalar::logical_or, Scalar::maximum,    Scalar::minimum,
                              Scalar::bitwise_and, Scalar::bitwise_or, Scalar::bitwise_xor};
  if (chance(0.3)) {
    const RandomValue a = of_type(DType::boolean), b = operand(DType::boolean, a.shape());
    return {build::binary(one_of(logic), a.device, b.device), a.is_exact && b.is_exact, 0};
  }
  const DType dtype = one_of(all_dtypes);
  const Shape shape = any().shape();
  const RandomValue a = decisive(dtype, shape);
  if (chance(0.2)) return {build::unary(Scalar::logical_not, a.device), a.is_exact, 0};
  const RandomValue b = decisive(dtype, shape);
  return {build::binary(one_of(comparisons), a.device, b.device), a.is_exact && b.is_exact, 0};
}

RandomValue RandomGraph::random_where() {
  const RandomValue a = any();
  const RandomValue condition = operand(DType::boolean, a.shape()), b = operand(a.dtype(), a.shape());
  return {build::where(condition.device, a.device, b.device), a.is_exact && b.is_exact && condition.is_exact,
          std::max(a.largest, b.largest)};
}

RandomValue RandomGraph::random_cast() { return converted(any(), all_dtypes[below(dtype_count)]); }

RandomValue RandomGraph::random_reduction() {
  RandomValue x = any();
  if (x.shape().rank() == 0 || chance(0.2)) x = fit(x, chance(0.1) ? Shape{2, 4099} : random_shape(most_elements_));
  if (x.shape().rank() == 0) return x;
  const auto mask = static_cast<std::uint32_t>(1 + below(static_cast<std::int64_t>(all_axes(x.shape()))));
  const auto reduce = [&](Scalar combine, const NodeRef& node) { return build::reduce(combine, node, mask); };
  double count = 1;
  for (int axis = 0; axis < x.shape().rank(); ++axis)
    if ((mask >> axis & 1) != 0) count *= static_cast<double>(x.shape()[axis]);
  if (count > 0 && chance(0.35))
    return {reduce(chance(0.5) ? Scalar::maximum : Scalar::minimum, x.device), x.is_exact, x.largest};
  x = widened(x.dtype() == DType::boolean ? converted(x, DType::i32) : x);
  if (!is_float(x)) return {reduce(chance(0.3) ? Scalar::mul : Scalar::add, x.device), x.is_exact, 0};
  if (chance(0.15)) {
    // A product of factors 1 + t / n with |t| <= 1 lies in [1/e, e], and so does every partial product, up
    // to a factor of e.
    const RandomValue share =
        binary(Scalar::mul, unary(Scalar::tanh, x, 1), filled_like(x, 0.5 / std::max(count, 1.0)), 1);
    return {reduce(Scalar::mul, binary(Scalar::add, filled_like(x, 1), share, 2).device), false, 3};
  }
  return tame({reduce(Scalar::add, x.device), false, std::max(1.0, count * x.largest)}, most_magnitude);
}

RandomValue RandomGraph::random_movement() {
  const RandomValue x = any();
  const Shape& shape = x.shape();
  const int rank = shape.rank();
  switch (below(6)) {
    case 0: {
      const Shape target = factors_of(shape.elements());
      return moved(x, [&](const NodeRef& node) { return build::reshape(node, target); });
    }
    case 1: {
      std::vector<int> order;
      for (int axis = 0; axis < rank; ++axis) order.push_back(axis);
      std::shuffle(order.begin(), order.end(), random_);
      return moved(x, [&](const NodeRef& node) { return build::permute(node, order); });
    }
    case 2: {  // a new axis that repeats
      const std::int64_t room = most_elements_ / std::max<std::int64_t>(shape.elements(), 1);
      if (rank > 4 || room < 2) return x;
      Shape one = shape;
      const int position = static_cast<int>(below(rank + 1));
      one.insert(position, 1);
      Shape target = one;
      target[position] = 1 + below(std::min<std::int64_t>(room, 40));
      return moved(x, [&](const NodeRef& node) { return build::expand(build::reshape(node, one), target); });
    }
    case 3: {
      std::vector<std::int64_t> padding;
      for (int i = 0; i < 2 * rank; ++i) padding.push_back(chance(0.4) ? below(4) : 0);
      const double fill = static_cast<double>(below(2));
      return moved(x, [&](const NodeRef& node) { return build::pad(node, padding, fill); });
    }
    case 4: {
      Dims start, count, step;
      for (const std::int64_t size : shape) {
        const std::int64_t stride = 1 + below(3), wanted = size == 0 ? 0 : 1 + below((size - 1) / stride + 1);
        const bool backwards = wanted > 0 && chance(0.3);
        const std::int64_t first = size == 0 ? 0 : below(size - std::max<std::int64_t>(wanted - 1, 0) * stride);
        start.push_back(backwards ? first + (wanted - 1) * stride : first);
        count.push_back(wanted);
        step.push_back(backwards ? -stride : stride);
      }
      return moved(x, [&](const NodeRef& node) { return build::slice(node, start, count, step); });
    }
    default: return fit(x, random_shape(2000));
  }
}

RandomValue RandomGraph::random_contraction() {
  constexpr DType types[] = {DType::f32, DType::f32, DType::f32, DType::f64, DType::i32, DType::u8, DType::i64};
  const DType dtype = types[below(7)];
  constexpr std::array<std::int64_t, 12> sizes = {1, 2, 3, 5, 7, 8, 16, 17, 31, 40, 64, 100};
  const auto axes = [&](std::int64_t most, std::int64_t count) {
    Shape shape;
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t size = chance(0.02) ? 0 : sizes[static_cast<std::size_t>(below(12))];
      shape.push_back(shape.elements() * size <= most ? size : 2);
    }
    return shape;
  };
  const Shape batch = axes(6, chance(0.4) ? 1 + below(2) : 0), m = axes(100, below(3)), n = axes(100, below(3)),
              k = axes(200, below(3));
  const auto joined = [](Shape a, const Shape& b, const Shape& c) {
    for (const Shape* more : {&b, &c})
      for (const std::int64_t size : *more) a.push_back(size);
    return a;
  };
  const RandomValue a = operand(dtype, joined(batch, m, k)), b = operand(dtype, joined(batch, n, k));
  const NodeRef device = build::contract(a.device, b.device, batch.rank(), k.rank());
  const double count = static_cast<double>(k.elements());
  if (!is_floating(dtype)) return {device, a.is_exact && b.is_exact, 0};
  return tame({device, false, std::max(1.0, count * a.largest * b.largest)}, most_magnitude);
}

RandomValue RandomGraph::random_gather() {
  RandomValue table = any();
  if (table.shape().rank() == 0) table = fit(table, Shape{1});
  const std::int64_t rows = table.shape()[0];
  const std::int64_t row_elements = table.shape().elements() / std::max<std::int64_t>(rows, 1);
  if (rows == 0 || table.shape().rank() > 5) return table;
  const Shape index_shape = random_shape(std::max<std::int64_t>(1, 2000 / std::max<std::int64_t>(row_elements, 1)));
  if (index_shape.rank() + table.shape().rank() - 1 > 6) return table;
  RandomValue indices = index_leaf(index_shape, rows);
  // Counted backwards from the end now and then, so that indices are computed.
  if (chance(0.3))
    indices.device =
        build::binary(Scalar::sub, build::full_like(indices.device, static_cast<double>(rows - 1)), indices.device);
  return moved(table, [&](const NodeRef& node) { return build::gather(node, indices.device); });
}

RandomValue RandomGraph::random_scatter() {
  RandomValue updates = any();
  updates = widened(updates.dtype() == DType::boolean ? converted(updates, DType::u8) : updates);
  if (updates.shape().rank() > 5) return updates;
  const int lead = static_cast<int>(below(updates.shape().rank() + 1));
  Shape index_shape;
  for (int axis = 0; axis < lead; ++axis) index_shape.push_back(updates.shape()[axis]);
  const std::int64_t rows = 1 + below(9);
  const NodeRef indices = index_leaf(index_shape, rows).device;
  const NodeRef device = build::scatter_add(indices, updates.device, rows);
  if (!is_float(updates)) return {device, updates.is_exact, 0};
  const double count = std::max<double>(1, static_cast<double>(index_shape.elements()));
  return tame({device, false, count * updates.largest}, most_magnitude);
}

RandomValue RandomGraph::random_scan() {
  RandomValue x = any();
  if (x.shape().rank() == 0 || chance(0.2)) x = fit(x, random_shape(most_elements_));
  const int rank = x.shape().rank();
  if (rank == 0) return x;
  const auto axis = static_cast<int>(below(rank));
  const auto scan = [&](Scalar combine) { return build::scan(combine, x.device, axis); };
  if (chance(0.4)) return {scan(chance(0.5) ? Scalar::maximum : Scalar::minimum), x.is_exact, x.largest};
  x = widened(x.dtype() == DType::boolean ? converted(x, DType::u8) : x);
  if (!is_float(x)) return {scan(chance(0.3) ? Scalar::mul : Scalar::add), x.is_exact, 0};
  const double count = std::max<double>(1, static_cast<double>(x.shape()[axis]));
  return tame({scan(Scalar::add), false, count * x.largest}, most_magnitude);
}

// Of what is certain: the order of anything else may be any.
RandomValue RandomGraph::random_argsort() {
  const DType dtype = all_dtypes[below(dtype_count)];
  Shape shape = any().shape();
  if (shape.rank() == 0) shape = Shape{1 + below(40)};
  const RandomValue x = decisive(dtype, shape);
  const bool descending = chance(0.5);
  const std::int64_t size = x.shape().back(), count = chance(0.5) ? size : below(size + 1);
  return {build::argsort(x.device, descending, chance(0.5) ? DType::i32 : DType::i64, count), x.is_exact, 0};
}

void RandomGraph::grow(int ops) {
  for (int op = 0; op < ops; ++op) {
    if (chance(0.02)) try_invalid_call();
    const auto next = [&]() -> RandomValue {
      switch (below(30)) {
        case 0:
        case 1:
        case 2: return random_unary();
        case 3:
        case 4:
        case 5:
        case 6: return random_binary();
        case 7: return random_integer();
        case 8: return random_boolean();
        case 9: return random_where();
        case 10: return random_cast();
        case 11:
        case 12:
        case 13: return random_reduction();
        case 14:
        case 15:
        case 16: return random_movement();
        case 17: return random_contraction();
        case 18: return random_gather();
        case 19: return random_scan();
        case 20: return random_argsort();
        case 21: return random_convolution();
        case 22: return random_pooling();
        case 23: return random_padding();
        case 24: return random_cumulative();
        case 25: return random_normalization();
        case 26: return random_ordering();
        case 27: return random_assignment();
        case 28: return random_joining();
        default: return random_scatter();
      }
    };
    RandomValue value = next();
    if (value.shape().elements() <= 4 * most_elements_) values_.push_back(std::move(value));
  }
}

std::vector<RandomValue> RandomGraph::choose_outputs() {
  std::vector<RandomValue> outputs = {values_.back()};
  const std::int64_t more = 1 + below(5);
  for (std::int64_t i = 0; i < more; ++i) outputs.push_back(any());
  if (chance(0.1)) outputs.push_back(constant(DType::i32, Shape{3}));
  return outputs;
}

}  // namespace tenon::testing
