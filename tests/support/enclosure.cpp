#include "tests/support/enclosure.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "tests/support/host_values.h"
#include "tests/support/interval.h"

namespace tenon::testing {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// What ends are computed in.
DType wide(DType dtype) { return is_floating(dtype) ? DType::f64 : DType::i64; }

Enclosure make(const GraphNode& node) {
  return {node.dtype, node.shape, HostTensor(wide(node.dtype), node.shape), HostTensor(wide(node.dtype), node.shape)};
}

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

Interval interval(const Enclosure& x, std::int64_t i) { return {x.low.data<double>()[i], x.high.data<double>()[i]}; }
IntegerInterval range(const Enclosure& x, std::int64_t i) {
  return {x.low.data<std::int64_t>()[i], x.high.data<std::int64_t>()[i]};
}
void put(Enclosure& x, std::int64_t i, Interval value) {
  x.low.data<double>()[i] = value.low;
  x.high.data<double>()[i] = value.high;
}
void put(Enclosure& x, std::int64_t i, IntegerInterval value) {
  x.low.data<std::int64_t>()[i] = value.low;
  x.high.data<std::int64_t>()[i] = value.high;
}
bool is_point(const Enclosure& x, std::int64_t i) {
  return is_floating(x.dtype) ? interval(x, i).is_point() : range(x, i).is_point();
}
bool is_point(const Enclosure& x) {
  for (std::int64_t i = 0; i < x.shape.elements(); ++i)
    if (!is_point(x, i)) return false;
  return true;
}
void put_unknown(Enclosure& x, std::int64_t i) {
  if (is_floating(x.dtype))
    put(x, i, anything);
  else
    put(x, i, range_of(x.dtype));
}

// One node by the reference interpreter, on these operands.
HostTensor interpreted(GraphNode node, std::initializer_list<const HostTensor*> inputs) {
  Graph graph;
  std::vector<HostView> leaves;
  node.inputs.clear();
  for (const HostTensor* input : inputs) {
    const auto number = static_cast<NodeId>(graph.nodes.size());
    graph.nodes.push_back({.op = Op::parameter,
                           .dtype = input->dtype,
                           .shape = input->shape,
                           .attributes = {static_cast<std::int64_t>(number)}});
    graph.leaves.push_back(number);
    leaves.push_back(input->view());
    node.inputs.push_back(number);
  }
  graph.outputs.push_back(static_cast<NodeId>(graph.nodes.size()));
  graph.nodes.push_back(std::move(node));
  return std::move(interpret(graph, leaves).front());
}

// The node with results of another type.
GraphNode in(DType dtype, GraphNode node) {
  node.dtype = dtype;
  return node;
}

HostTensor cast_to(DType dtype, const HostTensor& x) {
  if (x.dtype == dtype) return x;
  return interpreted({.op = Op::elementwise, .dtype = dtype, .shape = x.shape, .attributes = {}}, {&x});
}

// Of a tensor that is known.
Enclosure exactly(const HostTensor& value) {
  HostTensor ends = cast_to(wide(value.dtype), value);
  return {value.dtype, value.shape, ends, ends};
}

// The value of points, in its own type.
HostTensor value_of(const Enclosure& x) { return cast_to(x.dtype, x.low); }

HostTensor each(const HostTensor& x, const std::function<double(std::int64_t)>& f) {
  HostTensor result(DType::f64, x.shape);
  for (std::int64_t i = 0; i < x.elements(); ++i) result.data<double>()[i] = f(i);
  return result;
}
HostTensor magnitudes(const Enclosure& x) {
  return each(x.low,
              [&](std::int64_t i) { return std::max(std::fabs(interval(x, i).low), std::fabs(interval(x, i).high)); });
}
// 1 where an element is not certain.
HostTensor uncertain(const Enclosure& x) {
  return each(x.low, [&](std::int64_t i) { return is_point(x, i) ? 0.0 : 1.0; });
}
HostTensor unknown(const Enclosure& x) {
  return each(x.low, [&](std::int64_t i) { return interval(x, i).is_anything() ? 1.0 : 0.0; });
}

// A power of two that all elements are multiples of; zero if an element is not certain or not finite.
double grid_of(const Enclosure& x) {
  double grid = infinity;
  for (std::int64_t i = 0; i < x.shape.elements(); ++i) {
    const Interval value = interval(x, i);
    if (!value.is_point() || !std::isfinite(value.low)) return 0;
    if (value.low == 0) continue;
    int exponent = 0;
    const auto digits = static_cast<std::int64_t>(std::ldexp(std::fabs(std::frexp(value.low, &exponent)), 53));
    grid = std::min(grid, std::ldexp(static_cast<double>(digits & -digits), exponent - 53));
  }
  return grid;
}

// --- elementwise

Enclosure enclose_cast(const GraphNode& node, const Enclosure& x) {
  const bool from_float = is_floating(x.dtype), to_float = is_floating(node.dtype);
  Enclosure out = make(node);
  // Ends of an integer type need not become ends: what does not fit wraps.
  const HostTensor low = cast_to(wide(node.dtype), cast_to(node.dtype, x.low)),
                   high = cast_to(wide(node.dtype), cast_to(node.dtype, x.high));
  for (std::int64_t i = 0; i < node.shape.elements(); ++i) {
    if (to_float) {
      const Interval ends{low.data<double>()[i], high.data<double>()[i]};
      put(out, i, from_float && interval(x, i).is_anything() ? anything : ends);
      continue;
    }
    IntegerInterval ends{low.data<std::int64_t>()[i], high.data<std::int64_t>()[i]};
    if (node.dtype == DType::boolean && !is_point(x, i)) {
      const bool may_be_zero = from_float ? interval(x, i).low <= 0 && interval(x, i).high >= 0
                                          : range(x, i).low <= 0 && range(x, i).high >= 0;
      ends = {!may_be_zero, 1};
    } else if (!from_float && !is_point(x, i)) {
      const IntegerInterval before = range(x, i);
      if (ends.low != before.low || ends.high != before.high) ends = range_of(node.dtype);
    }
    put(out, i, ends);
  }
  return out;
}

using Inputs = std::span<const Enclosure* const>;

Enclosure enclose_where(const GraphNode& node, Inputs inputs) {
  Enclosure out = make(node);
  const auto &a = *inputs[1], &b = *inputs[2];
  for (std::int64_t i = 0; i < node.shape.elements(); ++i) {
    const IntegerInterval condition = range(*inputs[0], i);
    const Enclosure& chosen = condition.low == 1 ? a : b;
    if (is_floating(node.dtype))
      put(out, i, condition.is_point() ? interval(chosen, i) : hull(interval(a, i), interval(b, i)));
    else
      put(out, i, condition.is_point() ? range(chosen, i) : hull(range(a, i), range(b, i)));
  }
  return out;
}

Enclosure enclose_elementwise(const GraphNode& node, Inputs inputs) {
  if (node.scalar == Scalar::cast) return enclose_cast(node, *inputs[0]);
  if (node.scalar == Scalar::where) return enclose_where(node, inputs);
  if (node.scalar == Scalar::stop_gradient || node.scalar == Scalar::barrier) return *inputs[0];
  Enclosure out = make(node);
  const DType dtype = inputs[0]->dtype;
  const auto operand = [&]<class T>(T (*read)(const Enclosure&, std::int64_t), std::size_t which, std::int64_t i) {
    return which < inputs.size() ? read(*inputs[which], i) : T{};
  };
  const bool decides = info(node.scalar).result == ResultType::boolean;
  for (std::int64_t i = 0; i < node.shape.elements(); ++i) {
    if (!is_floating(dtype)) {
      const IntegerInterval value =
          apply(node.scalar, dtype, operand(range, 0, i), operand(range, 1, i), operand(range, 2, i));
      put(out, i, value);
    } else if (decides) {
      put(out, i, decide(node.scalar, dtype, operand(interval, 0, i), operand(interval, 1, i)));
    } else {
      put(out, i, apply(node.scalar, dtype, operand(interval, 0, i), operand(interval, 1, i)));
    }
  }
  // Integers wrap, which the interpreter does.
  if (!is_floating(dtype) && !decides) {
    const HostTensor low = cast_to(DType::i64, cast_to(node.dtype, out.low));
    for (std::int64_t i = 0; i < node.shape.elements(); ++i)
      if (is_point(out, i)) put(out, i, IntegerInterval{low.data<std::int64_t>()[i], low.data<std::int64_t>()[i]});
  }
  return out;
}

// --- sums, products and extremes

// How many elements are combined at most.
std::int64_t terms_of(const GraphNode& node, const Enclosure& x) {
  std::int64_t terms = 1;
  if (node.op == Op::scan) return node.shape[static_cast<int>(node.attributes[0])];
  for (int axis = 0; axis < x.shape.rank(); ++axis)
    if ((node.attributes[0] >> axis & 1) != 0) terms *= x.shape[axis];
  return terms;
}

// Of a reduction, scan or scatter: combines a float64 tensor as the node would.
using Combine = std::function<HostTensor(Scalar, const HostTensor&)>;

// The relative error of so many roundings.
double lost(DType dtype, std::int64_t roundings) {
  // As much again in float64, where the reference is rounded as well.
  const double n = static_cast<double>(roundings) * unit_roundoff(dtype) * (dtype == DType::f64 ? 2 : 1);
  return n < 0.5 ? n / (1 - n) : infinity;
}

// [low - margin, high + margin] of a result that is rounded to `dtype`; what is not finite is as the reference says if
// all that it was made of is known.
Interval finished(DType dtype, double low, double high, double margin, bool is_known) {
  if (std::isnan(low) && std::isnan(high)) return {low, high};
  if (is_known && (!std::isfinite(low) || !std::isfinite(high))) return {low, high};
  const Interval result{low - margin, high + margin};
  if (std::isnan(result.low) || std::isnan(result.high)) return anything;
  if (std::isinf(nearest(dtype, result.low)) || std::isinf(nearest(dtype, result.high))) return anything;
  return result;
}

void enclose_sum(Enclosure& out, const Enclosure& x, const Combine& combine, std::int64_t terms) {
  const HostTensor low = combine(Scalar::add, x.low), high = combine(Scalar::add, x.high),
                   sizes = combine(Scalar::add, magnitudes(x)), doubts = combine(Scalar::add, uncertain(x));
  const double grid = grid_of(x), relative = lost(out.dtype, terms);
  for (std::int64_t i = 0; i < out.shape.elements(); ++i) {
    const double size = sizes.data<double>()[i];
    const bool is_known = doubts.data<double>()[i] == 0;
    // Every partial sum is a multiple of the grid, and held exactly.
    const bool is_exact = terms <= 1 || (is_known && size * unit_roundoff(out.dtype) <= grid);
    put(out, i,
        finished(out.dtype, low.data<double>()[i], high.data<double>()[i], is_exact ? 0 : relative * size, is_known));
  }
}

void enclose_product(Enclosure& out, const Enclosure& x, const Combine& combine, std::int64_t terms) {
  // A product of intervals around points: the points' product, and how far factors and partial products may move it.
  const HostTensor middle =
      each(x.low, [&](std::int64_t i) { return interval(x, i).low / 2 + interval(x, i).high / 2; });
  const HostTensor value = combine(Scalar::mul, middle), sizes = combine(Scalar::mul, magnitudes(x)),
                   doubts = combine(Scalar::add, uncertain(x)), strange = combine(Scalar::add, unknown(x)),
                   most = combine(Scalar::mul, each(x.low,
                                                    [&](std::int64_t i) {
                                                      const Interval a = interval(x, i);
                                                      return std::max({1.0, std::fabs(a.low), std::fabs(a.high)});
                                                    })),
                   least = combine(Scalar::mul, each(middle, [&](std::int64_t i) {
                                     const double factor = std::fabs(middle.data<double>()[i]);
                                     return factor == 0 ? 1 : std::min(1.0, factor);
                                   }));
  const double relative = lost(out.dtype, terms);
  for (std::int64_t i = 0; i < out.shape.elements(); ++i) {
    const double product = value.data<double>()[i], size = sizes.data<double>()[i];
    const bool is_known = doubts.data<double>()[i] == 0;
    if (strange.data<double>()[i] != 0 || !(most.data<double>()[i] < std::numeric_limits<float>::max())) {
      put(out, i, is_known && std::isnan(product) ? Interval{product, product} : anything);
      continue;
    }
    // |prod(m + r) - prod(m)| <= prod(|m| + r) - prod(|m|), for radii r.
    const double moved = is_known ? 0 : size - std::fabs(product);
    const double underflow = static_cast<double>(terms) * least_positive(out.dtype) * most.data<double>()[i];
    const bool loses_digits = least.data<double>()[i] < 1e-37;
    const double margin = terms <= 1 && is_known
                              ? 0
                              : moved * 1.0001 + (relative + 1e-15 * static_cast<double>(terms)) * size +
                                    (loses_digits ? most.data<double>()[i] * 1e-37 : underflow);
    put(out, i, finished(out.dtype, product, product, margin, is_known));
  }
}

void enclose_extreme(Enclosure& out, const Enclosure& x, Scalar scalar, const Combine& combine) {
  out.low = combine(scalar, x.low);
  out.high = combine(scalar, x.high);
  if (!is_floating(x.dtype)) return;
  const HostTensor strange = combine(Scalar::maximum, unknown(x));
  for (std::int64_t i = 0; i < out.shape.elements(); ++i) {
    const Interval value = interval(out, i);
    if (strange.data<double>()[i] == 1 || std::isnan(value.low) != std::isnan(value.high)) put(out, i, anything);
  }
}

// Of integers: known results of what is known, and any of the rest.
Enclosure enclose_integers(const GraphNode& node, const Enclosure& x, const HostTensor& result,
                           const Combine& combine) {
  Enclosure out = exactly(result);
  out.dtype = node.dtype;
  const HostTensor doubts = combine(Scalar::add, uncertain(x));
  const bool adds = node.op == Op::scatter_add || node.scalar == Scalar::add;
  // Sums of ends, unless they may have wrapped.
  const HostTensor low = cast_to(DType::f64, x.low), high = cast_to(DType::f64, x.high);
  const HostTensor least = combine(Scalar::add, low), most = combine(Scalar::add, high);
  const IntegerInterval all = range_of(node.dtype);
  for (std::int64_t i = 0; i < node.shape.elements(); ++i) {
    if (doubts.data<double>()[i] == 0) continue;
    const double first = least.data<double>()[i], last = most.data<double>()[i];
    const bool fits = adds && first >= static_cast<double>(all.low) && last <= static_cast<double>(all.high) &&
                      std::fabs(first) < 0x1p53 && std::fabs(last) < 0x1p53;
    if (fits)
      put(out, i, IntegerInterval{static_cast<std::int64_t>(first), static_cast<std::int64_t>(last)});
    else
      put_unknown(out, i);
  }
  return out;
}

Enclosure enclose_combination(const GraphNode& node, const Enclosure& x) {
  const Combine combine = [&](Scalar scalar, const HostTensor& values) {
    GraphNode same = in(values.dtype, node);
    same.scalar = scalar;
    return interpreted(same, {&values});
  };
  Enclosure out = make(node);
  if (node.scalar == Scalar::maximum || node.scalar == Scalar::minimum) {
    enclose_extreme(out, x, node.scalar, combine);
  } else if (!is_floating(node.dtype)) {
    const HostTensor value = value_of(x);
    return enclose_integers(node, x, interpreted(node, {&value}), combine);
  } else if (node.scalar == Scalar::add) {
    enclose_sum(out, x, combine, terms_of(node, x));
  } else {
    enclose_product(out, x, combine, terms_of(node, x));
  }
  return out;
}

Enclosure enclose_scatter_add(const GraphNode& node, const Enclosure& indices, const Enclosure& updates) {
  Enclosure out = make(node);
  if (!is_point(indices)) {
    for (std::int64_t i = 0; i < node.shape.elements(); ++i) put_unknown(out, i);
    return out;
  }
  const HostTensor where = value_of(indices);
  const Combine combine = [&](Scalar, const HostTensor& values) {
    return interpreted(in(values.dtype, node), {&where, &values});
  };
  if (is_floating(node.dtype)) {
    enclose_sum(out, updates, combine, indices.shape.elements());
    return out;
  }
  const HostTensor values = value_of(updates);
  return enclose_integers(node, updates, interpreted(node, {&where, &values}), combine);
}

// --- products of matrices

// Intervals as middles and radii: |ab - a'b'| <= |a| r_b + r_a (|b| + r_b).
struct Ball {
  HostTensor middle, size, radius, reach;  // size: |middle|, reach: |middle| + radius
};
Ball ball_of(const Enclosure& x) {
  const auto middle = [&](std::int64_t i) {
    const Interval a = interval(x, i);
    return a.is_point() ? a.low : a.low / 2 + a.high / 2;
  };
  const auto radius = [&](std::int64_t i) {
    const Interval a = interval(x, i);
    return a.is_point() ? 0.0 : std::max(a.high - middle(i), middle(i) - a.low);
  };
  return {each(x.low, middle), each(x.low, [&](std::int64_t i) { return std::fabs(middle(i)); }), each(x.low, radius),
          each(x.low, [&](std::int64_t i) { return std::fabs(middle(i)) + radius(i); })};
}

Enclosure enclose_contract(const GraphNode& node, const Enclosure& a, const Enclosure& b) {
  Enclosure out = make(node);
  const bool is_known = is_point(a) && is_point(b);
  if (!is_floating(node.dtype)) {
    if (is_known) {
      const HostTensor x = value_of(a), y = value_of(b);
      return exactly(interpreted(node, {&x, &y}));
    }
    for (std::int64_t i = 0; i < node.shape.elements(); ++i) put_unknown(out, i);
    return out;
  }
  const Ball x = ball_of(a), y = ball_of(b);
  const auto contract = [&](const HostTensor& left, const HostTensor& right) {
    return interpreted(in(DType::f64, node), {&left, &right});
  };
  std::int64_t terms = 1;
  for (int axis = a.shape.rank() - static_cast<int>(node.attributes[3]); axis < a.shape.rank(); ++axis)
    terms *= a.shape[axis];
  const HostTensor value = contract(x.middle, y.middle), sizes = contract(x.reach, y.reach);
  const HostTensor first = contract(x.size, y.radius), second = contract(x.radius, y.reach);
  // A rounding for each product, and one for each addition.
  const double grid = grid_of(a) * grid_of(b), relative = lost(node.dtype, terms + 1);
  const double underflow = static_cast<double>(terms) * least_positive(node.dtype);
  for (std::int64_t i = 0; i < node.shape.elements(); ++i) {
    const double middle = value.data<double>()[i], size = sizes.data<double>()[i];
    const bool is_exact = is_known && size * unit_roundoff(node.dtype) <= grid;
    const double moved = is_known ? 0 : (first.data<double>()[i] + second.data<double>()[i]) * 1.0001;
    const double margin = is_exact ? 0 : moved + relative * size + underflow;
    put(out, i, is_known || std::isfinite(middle) ? finished(node.dtype, middle, middle, margin, is_known) : anything);
  }
  return out;
}

// --- movement and order

Enclosure enclose_movement(const GraphNode& node, const Enclosure& x) {
  GraphNode same = in(wide(node.dtype), node);
  if (node.op == Op::pad && is_floating(node.dtype))
    same.attributes.back() =
        constant_bits(DType::f64, nearest(node.dtype, constant_value(node.dtype, node.attributes.back())));
  return {node.dtype, node.shape, interpreted(same, {&x.low}), interpreted(same, {&x.high})};
}

Enclosure enclose_gather(const GraphNode& node, const Enclosure& table, const Enclosure& indices) {
  const GraphNode same = in(wide(node.dtype), node);
  if (is_point(indices)) {
    const HostTensor where = value_of(indices);
    return {node.dtype, node.shape, interpreted(same, {&table.low, &where}), interpreted(same, {&table.high, &where})};
  }
  Enclosure out = make(node);
  const std::int64_t rows = table.shape[0], width = rows == 0 ? 0 : table.shape.elements() / rows;
  for (std::int64_t i = 0; i < indices.shape.elements(); ++i) {
    const IntegerInterval row = range(indices, i);
    const std::int64_t first = std::clamp<std::int64_t>(row.low, 0, rows - 1),
                       last = std::clamp<std::int64_t>(row.high, 0, rows - 1);
    for (std::int64_t j = 0; j < width; ++j) {
      const auto join = [&](auto read) {
        auto all = read(table, first * width + j);
        for (std::int64_t r = first + 1; r <= last; ++r) all = hull(all, read(table, r * width + j));
        put(out, i * width + j, all);
      };
      if (is_floating(node.dtype))
        join(interval);
      else
        join(range);
    }
  }
  return out;
}

// Elements whose intervals touch, directly or through others, may come in any order; each group of them keeps its
// places among the rest.
Enclosure enclose_argsort(const GraphNode& node, const Enclosure& x) {
  Enclosure out = make(node);
  const std::int64_t size = x.shape.back(), count = node.shape.back();
  if (is_point(x)) {
    const HostTensor value = value_of(x);
    return exactly(interpreted(node, {&value}));
  }
  const bool descending = node.attributes[0] != 0;
  const auto ends = [&](std::int64_t i) -> Interval {
    Interval a = is_floating(x.dtype)
                     ? interval(x, i)
                     : Interval{static_cast<double>(range(x, i).low), static_cast<double>(range(x, i).high)};
    if (a.is_nan()) a = {infinity, infinity};
    return descending ? Interval{-a.high, -a.low} : a;
  };
  std::vector<std::int64_t> order(at(size));
  for (std::int64_t row = 0, to = 0; to < node.shape.elements(); row += size, to += count) {
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
      const double first = ends(row + a).low, second = ends(row + b).low;
      return first < second || (first == second && a < b);
    });
    for (std::int64_t first = 0, behind = 0; first < size; first = behind) {
      // Equal points keep the order of their positions, unless something that is not certain is among them.
      double reach = ends(row + order[at(first)]).high;
      bool is_certain = ends(row + order[at(first)]).is_point();
      for (behind = first + 1; behind < size && ends(row + order[at(behind)]).low <= reach; ++behind) {
        is_certain &= ends(row + order[at(behind)]).is_point();
        reach = std::max(reach, ends(row + order[at(behind)]).high);
      }
      is_certain &= std::isfinite(reach);  // infinity may stand for NaN here
      const auto [least, most] = std::minmax_element(order.begin() + first, order.begin() + behind);
      const IntegerInterval group{*least, *most};
      for (std::int64_t i = first; i < std::min(behind, count); ++i)
        put(out, to + i, is_certain ? IntegerInterval{order[at(i)], order[at(i)]} : group);
    }
  }
  return out;
}

// Nothing is known of what a function of the host makes of intervals.
Enclosure enclose_call(const GraphNode& node) {
  Enclosure out{node.dtype, node.shape, HostTensor(wide(node.dtype), node.shape),
                HostTensor(wide(node.dtype), node.shape)};
  for (std::int64_t i = 0; i < node.shape.elements(); ++i) put_unknown(out, i);
  return out;
}

Enclosure enclose_node(const GraphNode& node, Inputs inputs, std::span<const HostView> leaves) {
  switch (node.op) {
    case Op::parameter: {
      const HostView& leaf = leaves[at(node.attributes[0])];
      return exactly(HostTensor({leaf.dtype, node.shape, leaf.data}));
    }
    case Op::constant:
    case Op::iota: return exactly(interpreted(node, {}));
    case Op::elementwise: return enclose_elementwise(node, inputs);
    case Op::reduce:
    case Op::scan: return enclose_combination(node, *inputs[0]);
    case Op::contract: return enclose_contract(node, *inputs[0], *inputs[1]);
    case Op::gather: return enclose_gather(node, *inputs[0], *inputs[1]);
    case Op::scatter_add: return enclose_scatter_add(node, *inputs[0], *inputs[1]);
    case Op::argsort: return enclose_argsort(node, *inputs[0]);
    case Op::call: return enclose_call(node);
    default: return enclose_movement(node, *inputs[0]);
  }
}

}  // namespace

std::vector<Enclosure> enclose(const Graph& graph, std::span<const HostView> leaves) {
  std::vector<int> uses(graph.nodes.size(), 0);
  for (const GraphNode& node : graph.nodes)
    for (const NodeId input : node.inputs) ++uses[input];
  for (const NodeId output : graph.outputs) ++uses[output];

  std::vector<Enclosure> values;
  values.reserve(graph.nodes.size());
  for (const GraphNode& node : graph.nodes) {
    InlineVector<const Enclosure*, max_inputs> inputs;
    for (const NodeId input : node.inputs) inputs.push_back(&values[input]);
    values.push_back(enclose_node(node, inputs, leaves));
    for (const NodeId input : node.inputs)
      if (--uses[input] == 0) {
        std::vector<std::byte>().swap(values[input].low.bytes);
        std::vector<std::byte>().swap(values[input].high.bytes);
      }
  }
  std::vector<Enclosure> results;
  for (const NodeId output : graph.outputs) results.push_back(values[output]);
  return results;
}

::testing::AssertionResult lies_within(const HostTensor& actual, const Enclosure& enclosure) {
  if (actual.dtype != enclosure.dtype || !(actual.shape == enclosure.shape))
    return ::testing::AssertionFailure() << fmt::format("found {} {}, expected {} {}", name(actual.dtype),
                                                        to_string(actual.shape), name(enclosure.dtype),
                                                        to_string(enclosure.shape));
  for (std::int64_t i = 0; i < actual.elements(); ++i) {
    const auto failed = [&](auto found, auto low, auto high) {
      return ::testing::AssertionFailure()
             << fmt::format("{} {}, {}: found {}, expected {} to {}", name(actual.dtype), to_string(actual.shape),
                            position_of(actual.shape, i), found, low, high);
    };
    if (is_floating(actual.dtype)) {
      const double found = get_floating(actual, i);
      const Interval within = interval(enclosure, i);
      if (within.is_anything() || (within.is_nan() && std::isnan(found))) continue;
      if (!(found >= within.low && found <= within.high)) return failed(found, within.low, within.high);
    } else {
      const std::int64_t found = get_integer(actual, i);
      const IntegerInterval within = range(enclosure, i);
      if (found < within.low || found > within.high) return failed(found, within.low, within.high);
    }
  }
  return ::testing::AssertionSuccess();
}

std::int64_t loose_elements(const Enclosure& enclosure, double slack) {
  std::int64_t loose = 0;
  for (std::int64_t i = 0; i < enclosure.shape.elements(); ++i) {
    if (is_point(enclosure, i)) continue;
    if (!is_floating(enclosure.dtype)) {
      ++loose;
      continue;
    }
    const Interval value = interval(enclosure, i);
    const double size = std::max({1.0, std::fabs(value.low), std::fabs(value.high)});
    loose += !(value.high - value.low <= std::max(slack, 64 * unit_roundoff(enclosure.dtype)) * size);
  }
  return loose;
}

}  // namespace tenon::testing
