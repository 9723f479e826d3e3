// Elementwise ops on tensors.
//
// Axes are aligned from the last, as NumPy's: equal ones stay, and an axis of size 1, or a missing one,
// repeats. Element types must be equal, or one operand a number: cast<T>(x) converts. A number takes the
// tensor's type; a floating one does not go with integers.
#pragma once

#include <array>
#include <limits>

#include "tenon/tensor/tensor.h"

namespace tenon {

namespace detail {

// An operand of an elementwise op as its plan sees it.
struct Input {
  enum class Kind : std::uint8_t { tensor, number, array, other };
  Kind kind;
  DType dtype;
  AxisList axes;
};

template <class X>
constexpr Input input_of() {
  using Kind = Input::Kind;
  if constexpr (is_tensor<X>)
    return {Kind::tensor, X::dtype, X::axes};
  else if constexpr (std::is_arithmetic_v<X>)
    return {Kind::number,
            std::is_same_v<X, bool>       ? DType::boolean
            : std::is_floating_point_v<X> ? DType::f32
                                          : DType::i64,
            {}};
  else
    return {std::is_same_v<X, Array> ? Kind::array : Kind::other, DType::f32, {}};
}

template <std::size_t N>
constexpr Mistake unknown_operand(std::string_view op, const std::array<Input, N>& inputs) {
  for (const Input& input : inputs) {
    if (input.kind == Input::Kind::array)
      return mistake(op, ": an operand is an Array; give it axes first, as<float, ...>(array)");
    if (input.kind == Input::Kind::other) return mistake(op, ": an operand is neither a tensor nor a number");
  }
  return {};
}

// bool, integer, floating
constexpr int kind_of(DType dtype) { return dtype == DType::boolean ? 0 : is_floating(dtype) ? 2 : 1; }

// The element type that the operands share.
struct CommonType {
  Mistake mistake;
  DType dtype = DType::f32;
};

template <std::size_t N>
constexpr CommonType common_type(std::string_view op, const std::array<Input, N>& inputs) {
  CommonType common{unknown_operand(op, inputs), DType::boolean};
  bool has_tensor = false;
  for (const Input& input : inputs) {
    if (input.kind != Input::Kind::tensor) continue;
    if (has_tensor && input.dtype != common.dtype && common.mistake.empty())
      common.mistake = mistake(op, ": elements are ", name(common.dtype), " in one operand and ", name(input.dtype),
                               " in another; use cast<...>(x)");
    common.dtype = input.dtype;
    has_tensor = true;
  }
  for (const Input& input : inputs) {
    if (input.kind != Input::Kind::number || kind_of(input.dtype) <= kind_of(common.dtype)) continue;
    if (has_tensor && common.mistake.empty())
      common.mistake = mistake(op, ": ", kind_of(input.dtype) == 2 ? "a floating number" : "an integer", " with ",
                               name(common.dtype), " elements; use cast<...>(x)");
    if (!has_tensor) common.dtype = input.dtype;
  }
  return common;
}

template <std::size_t N>
constexpr Plan broadcast_plan(std::string_view op, const std::array<Input, N>& inputs) {
  Plan plan;
  AxisList operands[N];
  for (std::size_t i = 0; i < N; ++i) {
    operands[i] = inputs[i].axes;
    plan.checks.add(operands, static_cast<int>(i));
    plan.has_any = plan.has_any || has_any(operands[i]);
    // The axes so far and the new ones, aligned at the last.
    const AxisList before = plan.axes;
    const AxisList& added = operands[i];
    plan.axes = before.rank < added.rank ? added : before;
    const AxisList& other = before.rank < added.rank ? before : added;
    const int offset = plan.axes.rank - other.rank;
    for (int axis = other.rank - 1; axis >= 0; --axis) {
      Axis& into = plan.axes[axis + offset];
      const Unified unified = broadcast(into, other[axis]);
      if (!unified.fits && plan.mistake.empty())
        plan.mistake = mistake(op, ": axis ", before[before.rank - other.rank + axis], " of ", before,
                               " does not fit axis ", added[added.rank - other.rank + axis], " of ", added);
      into = unified.axis;
    }
  }
  return plan;
}

constexpr DType result_type(Gives gives, DType dtype) {
  if (gives == Gives::boolean) return DType::boolean;
  return gives == Gives::floating && !is_floating(dtype) ? DType::f32 : dtype;
}

// Whether the elements are of a type that an op takes.
constexpr Mistake wrong_elements(std::string_view op, DType dtype, std::uint8_t takes) {
  constexpr std::uint8_t classes[] = {takes_boolean, takes_integer, takes_floating};
  if ((takes & classes[kind_of(dtype)]) != 0) return {};
  return mistake(op, ": elements are ", name(dtype),
                 takes == takes_integer ? ", not integers"
                 : takes == takes_bits  ? ", not integers or bool"
                                        : "",
                 "; use cast<...>(x)");
}

template <DType dtype>
struct ElementOf;
template <> struct ElementOf<DType::boolean> {
  using type = bool;
};
template <> struct ElementOf<DType::u8> {
  using type = std::uint8_t;
};
template <> struct ElementOf<DType::i8> {
  using type = std::int8_t;
};
template <> struct ElementOf<DType::i16> {
  using type = std::int16_t;
};
template <> struct ElementOf<DType::f16> {
  using type = Float16;
};
template <> struct ElementOf<DType::bf16> {
  using type = BFloat16;
};
template <> struct ElementOf<DType::i32> {
  using type = std::int32_t;
};
template <> struct ElementOf<DType::u32> {
  using type = std::uint32_t;
};
template <> struct ElementOf<DType::i64> {
  using type = std::int64_t;
};
template <> struct ElementOf<DType::f32> {
  using type = float;
};
template <> struct ElementOf<DType::f64> {
  using type = double;
};

// X with floating elements: float where X has integers.
template <TensorType X>
using FloatingOf = TensorOf<typename ElementOf<result_type(Gives::floating, X::dtype)>::type, X::axes>;

// Of an operand that is no tensor, for a plan that has found a mistake or need not look.
inline constexpr AxisList no_axes{};

template <class X>
const AxisList& axes_of(const X&) {
  if constexpr (is_tensor<X>)
    return X::axes;
  else
    return no_axes;
}
template <class X>
Operand operand(const X& x, const std::source_location& where) {
  if constexpr (is_tensor<X>)
    return Operand(x.array(), where);
  else
    return Operand(x, where);
}

// The array of a tensor; of a number nothing, which no check looks at.
template <class X>
const Array& array_of(const X& x) {
  static const Array none;
  if constexpr (is_tensor<X>)
    return x.array();
  else
    return none;
}

// Checks one name, one size before f() makes the result, and of the result where an axis was `any`.
template <class Result, const Plan& plan, class F, class... X>
Result checked(std::string_view op, const std::source_location& where, F f, const X&... x) {
  if constexpr (plan.checks.count > 0) check_sizes(op, plan.checks, {Bound{array_of(x), axes_of(x)}...}, where);
  if constexpr (plan.has_any) {
    static constexpr SizeChecks checks = result_checks({input_of<X>().axes..., plan.axes});
    const Array array = f();
    check_sizes(op, checks, {Bound{array_of(x), axes_of(x)}..., Bound{array, plan.axes}}, where);
    return Result(array, where);
  } else {
    return Result::unchecked(f());
  }
}

template <Binary op, class A, class B>
auto binary(const A& a, const B& b, const std::source_location& where) {
  static constexpr std::array inputs{input_of<A>(), input_of<B>()};
  static constexpr BinaryInfo row = info(op);
  static constexpr CommonType common = common_type(row.name, inputs);
  static constexpr Plan plan = broadcast_plan(row.name, inputs);
  require<common.mistake>();
  if constexpr (common.mistake.empty()) {
    require<plan.mistake>();
    require<wrong_elements(row.name, common.dtype, row.takes)>();
  }
  using Result = TensorOf<typename ElementOf<result_type(row.gives, common.dtype)>::type, plan.axes>;
  if constexpr (!common.mistake.empty() || !plan.mistake.empty()) {
    return Result();
  } else {
    return checked<Result, plan>(
        row.name, where, [&] { return row.apply(operand(a, where), operand(b, where)); }, a, b);
  }
}

template <Unary op, class X>
auto unary(const X& x, const std::source_location& where) {
  static constexpr UnaryInfo row = info(op);
  require<wrong_elements(row.name, X::dtype, row.takes)>();
  using Result = TensorOf<typename ElementOf<result_type(row.gives, X::dtype)>::type, X::axes>;
  return Result::unchecked(row.apply(Operand(x.array(), where)));
}

template <class A, class B>
concept Elementwise = (is_tensor<A> && (is_tensor<B> || OperatorOperand<B>)) || (is_tensor<B> && OperatorOperand<A>);

}  // namespace detail

/// Comparisons give bool, as the operators; tensors have no `==`, as Arrays.
template <class A, class B>
  requires detail::Elementwise<A, B>
auto less(const A& a, const B& b, std::source_location where = std::source_location::current()) {
  return detail::binary<detail::Binary::less>(a, b, where);
}
template <class A, class B>
  requires detail::Elementwise<A, B>
auto less_equal(const A& a, const B& b, std::source_location where = std::source_location::current()) {
  return detail::binary<detail::Binary::less_equal>(a, b, where);
}
template <class A, class B>
  requires detail::Elementwise<A, B>
auto greater(const A& a, const B& b, std::source_location where = std::source_location::current()) {
  return detail::binary<detail::Binary::greater>(a, b, where);
}
template <class A, class B>
  requires detail::Elementwise<A, B>
auto greater_equal(const A& a, const B& b, std::source_location where = std::source_location::current()) {
  return detail::binary<detail::Binary::greater_equal>(a, b, where);
}
template <class A, class B>
  requires detail::Elementwise<A, B>
auto equal(const A& a, const B& b, std::source_location where = std::source_location::current()) {
  return detail::binary<detail::Binary::equal>(a, b, where);
}
template <class A, class B>
  requires detail::Elementwise<A, B>
auto not_equal(const A& a, const B& b, std::source_location where = std::source_location::current()) {
  return detail::binary<detail::Binary::not_equal>(a, b, where);
}
/// Of truth values: whatever is not 0 is true.
template <class A, class B>
  requires detail::Elementwise<A, B>
auto logical_and(const A& a, const B& b, std::source_location where = std::source_location::current()) {
  return detail::binary<detail::Binary::logical_and>(a, b, where);
}
template <class A, class B>
  requires detail::Elementwise<A, B>
auto logical_or(const A& a, const B& b, std::source_location where = std::source_location::current()) {
  return detail::binary<detail::Binary::logical_or>(a, b, where);
}
template <class A, class B>
  requires detail::Elementwise<A, B>
auto logical_xor(const A& a, const B& b, std::source_location where = std::source_location::current()) {
  return detail::binary<detail::Binary::logical_xor>(a, b, where);
}
/// NaN in either operand gives NaN.
template <class A, class B>
  requires detail::Elementwise<A, B>
auto maximum(const A& a, const B& b, std::source_location where = std::source_location::current()) {
  return detail::binary<detail::Binary::maximum>(a, b, where);
}
template <class A, class B>
  requires detail::Elementwise<A, B>
auto minimum(const A& a, const B& b, std::source_location where = std::source_location::current()) {
  return detail::binary<detail::Binary::minimum>(a, b, where);
}
/// a to the power of b; of integers an integer (tenon/array/elementwise.h), whose exponent has to be one.
template <class A, class B>
  requires detail::Elementwise<A, B>
auto pow(const A& a, const B& b, std::source_location where = std::source_location::current()) {
  return detail::binary<detail::Binary::pow>(a, b, where);
}
/// minimum(maximum(x, low), high)
template <TensorType X, class Low, class High>
auto clip(const X& x, const Low& low, const High& high, std::source_location where = std::source_location::current()) {
  return minimum(maximum(x, low, where), high, where);
}

/// These keep integer types.
template <TensorType X>
auto abs(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::abs>(x, where);
}
template <TensorType X>
auto sign(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::sign>(x, where);
}
template <TensorType X>
auto floor(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::floor>(x, where);
}
template <TensorType X>
auto square(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::square>(x, where);
}
template <TensorType X>
auto relu(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::relu>(x, where);
}

/// Integers and bool become float.
template <TensorType X>
auto exp(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::exp>(x, where);
}
template <TensorType X>
auto log(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::log>(x, where);
}
template <TensorType X>
auto sqrt(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::sqrt>(x, where);
}
template <TensorType X>
auto rsqrt(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::rsqrt>(x, where);
}
template <TensorType X>
auto sin(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::sin>(x, where);
}
template <TensorType X>
auto cos(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::cos>(x, where);
}
template <TensorType X>
auto tanh(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::tanh>(x, where);
}
template <TensorType X>
auto erf(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::erf>(x, where);
}
template <TensorType X>
auto sigmoid(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::sigmoid>(x, where);
}
template <TensorType X>
auto silu(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::silu>(x, where);
}

template <TensorType X>
auto logical_not(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::logical_not>(x, where);
}

/// x itself, but no gradient passes.
template <TensorType X>
auto stop_gradient(const X& x, std::source_location where = std::source_location::current()) {
  return detail::unary<detail::Unary::stop_gradient>(x, where);
}

/// x * P(X <= x) of the normal distribution: see Gelu.
template <TensorType X>
auto gelu(const X& x, Gelu form = Gelu::exact, std::source_location where = std::source_location::current()) {
  detail::require<detail::wrong_elements("gelu", X::dtype, takes_number)>();
  return detail::FloatingOf<X>::unchecked(gelu(Operand(x.array(), where), form));
}

/// a where the condition (a tensor of bool) holds, b elsewhere; a and b: tensors of one element type, or
/// numbers.
template <TensorType Condition, class A, class B>
auto where(const Condition& condition, const A& a, const B& b,
           std::source_location place = std::source_location::current()) {
  static constexpr std::array choices{detail::input_of<A>(), detail::input_of<B>()};
  static constexpr detail::CommonType common = detail::common_type("where", choices);
  static constexpr detail::Plan plan =
      detail::broadcast_plan("where", std::array{detail::input_of<Condition>(), choices[0], choices[1]});
  if constexpr (Condition::dtype != DType::boolean)
    detail::require<detail::mistake("where: the condition's elements are ", name(Condition::dtype), ", not bool")>();
  detail::require<common.mistake>();
  if constexpr (common.mistake.empty()) detail::require<plan.mistake>();
  using Result = detail::TensorOf<typename detail::ElementOf<common.dtype>::type, plan.axes>;
  if constexpr (!common.mistake.empty() || !plan.mistake.empty()) {
    return Result();
  } else {
    const auto choose = [&] {
      return tenon::where(Operand(condition.array(), place), detail::operand(a, place), detail::operand(b, place));
    };
    return detail::checked<Result, plan>("where", place, choose, condition, a, b);
  }
}

/// The elements converted to T: see astype.
template <Element T, TensorType X>
auto cast(const X& x, std::source_location where = std::source_location::current()) {
  return detail::TensorOf<T, X::axes>::unchecked(astype(Operand(x.array(), where), dtype_of<T>));
}

/// For masks: where(mask, scores, -infinity).
inline constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace tenon
