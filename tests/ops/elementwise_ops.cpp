// Rows of the op table: elementwise ops.
#include <fmt/format.h>

#include "tenon/array/ops.h"
#include "tests/ops/op_table.h"

namespace tenon::testing {
namespace {

using Inputs = const std::vector<Array>&;

constexpr Domain positive{0.3, 3}, unit{-0.9, 0.9}, above_one{1.1, 3}, wide{-4, 4};

struct UnaryRow {
  const char* name;
  Array (*f)(const Operand&);
  const char* torch;  // "{}" is the operand
  Domain domain = {};
  bool is_smooth = true;
};

// PyTorch's trigamma, which is its digamma's gradient, is 1e-9 off (at 1, where it is pi^2 / 6), and the gradient of
// its hardsigmoid multiplies by 1/6 as float32: those are left out.
const UnaryRow unary_rows[] = {
    {"abs", abs, "torch.abs({})"},
    {"acos", acos, "torch.acos({})", unit},
    {"acosh", acosh, "torch.acosh({})", above_one},
    {"asin", asin, "torch.asin({})", unit},
    {"asinh", asinh, "torch.asinh({})"},
    {"atan", atan, "torch.atan({})"},
    {"atanh", atanh, "torch.atanh({})", unit},
    {"cbrt", cbrt, "torch.pow({}, 1 / 3)", positive},
    {"ceil", ceil, "torch.ceil({})", wide},
    {"cos", cos, "torch.cos({})", wide},
    {"cosh", cosh, "torch.cosh({})"},
    {"digamma", digamma, "torch.digamma({}.detach())", positive},
    {"erf", erf, "torch.erf({})"},
    {"erfinv", erfinv, "torch.erfinv({})", unit},
    {"exp", exp, "torch.exp({})"},
    {"exp2", exp2, "torch.exp2({})"},
    {"expm1", expm1, "torch.expm1({})"},
    {"floor", floor, "torch.floor({})", wide},
    {"hardsigmoid", hardsigmoid, "({} + 3).clamp(0, 6) / 6", wide},
    {"hardswish", hardswish, "F.hardswish({})", wide},
    {"isfinite", isfinite, "torch.isfinite({})", {}, false},
    {"isinf", isinf, "torch.isinf({})", {}, false},
    {"isnan", isnan, "torch.isnan({})", {}, false},
    {"lgamma", lgamma, "torch.lgamma({})", positive},
    {"log", log, "torch.log({})", positive},
    {"log10", log10, "torch.log10({})", positive},
    {"log1p", log1p, "torch.log1p({})", unit},
    {"log2", log2, "torch.log2({})", positive},
    {"logical_not", logical_not, "torch.logical_not({})", {}, false},
    {"logsigmoid", logsigmoid, "F.logsigmoid({})", wide},
    {"mish", mish, "F.mish({})", wide},
    {"reciprocal", reciprocal, "torch.reciprocal({})", positive},
    {"relu", relu, "torch.relu({})"},
    {"round", round, "torch.round({})", wide},
    {"rsqrt", rsqrt, "torch.rsqrt({})", positive},
    {"selu", selu, "F.selu({})", wide},
    {"sigmoid", sigmoid, "torch.sigmoid({})", wide},
    {"sign", sign, "torch.sign({})"},
    {"silu", silu, "F.silu({})", wide},
    {"sin", sin, "torch.sin({})", wide},
    {"sinh", sinh, "torch.sinh({})"},
    {"softplus", softplus, "F.softplus({}, threshold=1000)", wide},
    {"softsign", softsign, "F.softsign({})", wide},
    {"sqrt", sqrt, "torch.sqrt({})", positive},
    {"square", square, "torch.square({})"},
    {"tan", tan, "torch.tan({})", unit},
    {"tanh", tanh, "torch.tanh({})"},
    {"trigamma", trigamma, "", positive},
    {"trunc", trunc, "torch.trunc({})", wide},
};

struct BinaryRow {
  const char* name;
  Array (*f)(const Operand&, const Operand&);
  const char* torch;
  Domain first = {}, second = {};
  bool is_smooth = true;
};

const BinaryRow binary_rows[] = {
    {"operator+", operator+, "torch.add({}, {})"},
    {"operator-", operator-, "torch.sub({}, {})"},
    {"operator*", operator*, "torch.mul({}, {})"},
    {"operator/", operator/, "torch.div({}, {})", {}, positive},
    {"operator<", operator<, "torch.lt({}, {})", {}, {}, false},
    {"operator<=", operator<=, "torch.le({}, {})", {}, {}, false},
    {"operator>", operator>, "torch.gt({}, {})", {}, {}, false},
    {"operator>=", operator>=, "torch.ge({}, {})", {}, {}, false},
    {"less", less, "torch.lt({}, {})", {}, {}, false},
    {"less_equal", less_equal, "torch.le({}, {})", {}, {}, false},
    {"greater", greater, "torch.gt({}, {})", {}, {}, false},
    {"greater_equal", greater_equal, "torch.ge({}, {})", {}, {}, false},
    {"equal", equal, "torch.eq({}, {})", {}, {}, false},
    {"not_equal", not_equal, "torch.ne({}, {})", {}, {}, false},
    {"atan2", atan2, "torch.atan2({}, {})", positive, wide},
    {"hypot", hypot, "torch.hypot({}, {})", positive, positive},
    {"pow", pow, "torch.pow({}, {})", positive},
    {"maximum", maximum, "torch.maximum({}, {})"},
    {"minimum", minimum, "torch.minimum({}, {})"},
    {"floor_divide", floor_divide, "torch.floor_divide({}, {})", wide, positive, false},
    {"remainder", remainder, "torch.remainder({}, {})", wide, positive},
    {"fmod", fmod, "torch.fmod({}, {})", wide, positive},
    {"logical_and", logical_and, "torch.logical_and({}, {})", {}, {}, false},
    {"logical_or", logical_or, "torch.logical_or({}, {})", {}, {}, false},
    {"logical_xor", logical_xor, "torch.logical_xor({}, {})", {}, {}, false},
};

// Integers, with divisors and shifts that both libraries define.
const BinaryRow integer_rows[] = {
    {"operator+", operator+, "torch.add({}, {})", {-50, 50}, {-50, 50}},
    {"operator-", operator-, "torch.sub({}, {})", {-50, 50}, {-50, 50}},
    {"operator*", operator*, "torch.mul({}, {})", {-50, 50}, {-50, 50}},
    {"floor_divide", floor_divide, "torch.floor_divide({}, {})", {-50, 50}, {1, 9}},
    {"remainder", remainder, "torch.remainder({}, {})", {-50, 50}, {1, 9}},
    {"fmod", fmod, "torch.fmod({}, {})", {-50, 50}, {1, 9}},
    {"pow", pow, "torch.pow({}, {})", {-9, 9}, {-2, 25}},  // beyond int64, where it wraps
    {"maximum", maximum, "torch.maximum({}, {})", {-50, 50}, {-50, 50}},
    {"minimum", minimum, "torch.minimum({}, {})", {-50, 50}, {-50, 50}},
    {"operator<", operator<, "torch.lt({}, {})", {-5, 5}, {-5, 5}},
    {"equal", equal, "torch.eq({}, {})", {-5, 5}, {-5, 5}},
    {"bitwise_and", bitwise_and, "torch.bitwise_and({}, {})", {-50, 50}, {-50, 50}},
    {"bitwise_or", bitwise_or, "torch.bitwise_or({}, {})", {-50, 50}, {-50, 50}},
    {"bitwise_xor", bitwise_xor, "torch.bitwise_xor({}, {})", {-50, 50}, {-50, 50}},
    {"left_shift", left_shift, "torch.bitwise_left_shift({}, {})", {-50, 50}, {0, 9}},
    {"right_shift", right_shift, "torch.bitwise_right_shift({}, {})", {-500, 500}, {0, 9}},
};

const Shape unary_shapes[] = {Shape{},       Shape{1},  Shape{5},    Shape{2, 3},       Shape{2, 1, 3},
                              Shape{0, 3},   Shape{17}, Shape{7, 1}, Shape{2, 3, 1, 2}, Shape{2, 1, 2, 1, 3},
                              Shape{3, 0, 2}};

const std::pair<Shape, Shape> binary_shapes[] = {
    {Shape{}, Shape{}},
    {Shape{4}, Shape{4}},
    {Shape{2, 3}, Shape{3}},
    {Shape{3}, Shape{2, 3}},
    {Shape{2, 1}, Shape{1, 3}},
    {Shape{2, 2, 2}, Shape{2, 1}},
    {Shape{2, 3}, Shape{}},
    {Shape{0, 2}, Shape{2}},
    {Shape{17}, Shape{1}},
    {Shape{2, 3, 1, 2}, Shape{3, 4, 1}},
    {Shape{2, 1, 2, 1, 2}, Shape{2, 1, 3, 1}},
    {Shape{1}, Shape{0}},
};

void add_unary(OpTable& table) {
  for (const UnaryRow& row : unary_rows) {
    for (const Shape& shape : unary_shapes)
      table.add(row.name, {to_string(shape),
                           {{shape, row.domain}},
                           [f = row.f](Inputs x) { return f(x[0]); },
                           fmt::format(fmt::runtime(row.torch), "x[0]"),
                           row.is_smooth});
    // Views of the operand: transposed, reversed with a step, and repeated.
    table.add(row.name, {"transposed",
                         {{{3, 4}, row.domain}},
                         [f = row.f](Inputs x) { return f(transpose(x[0])); },
                         fmt::format(fmt::runtime(row.torch), "x[0].T"),
                         row.is_smooth});
    table.add(row.name, {"flipped",
                         {{{3, 4}, row.domain}},
                         [f = row.f](Inputs x) { return f(slice(flip(x[0], 1), 1, {.step = 2})); },
                         fmt::format(fmt::runtime(row.torch), "x[0].flip(1)[:, ::2]"),
                         row.is_smooth});
    table.add(row.name, {"expanded",
                         {{{3, 1}, row.domain}},
                         [f = row.f](Inputs x) { return f(broadcast_to(x[0], {2, 3, 2})); },
                         fmt::format(fmt::runtime(row.torch), "x[0].expand(2, 3, 2)"),
                         row.is_smooth});
  }
}

void add_binary(OpTable& table, std::span<const BinaryRow> rows, InputKind kind) {
  for (const BinaryRow& row : rows) {
    const bool is_smooth = kind == InputKind::real && row.is_smooth;
    for (const auto& [a, b] : binary_shapes)
      table.add(row.name,
                {fmt::format("{}{} {}", kind == InputKind::integer ? "integers " : "", to_string(a), to_string(b)),
                 {{a, row.first, kind}, {b, row.second, kind}},
                 [f = row.f](Inputs x) { return f(x[0], x[1]); },
                 fmt::format(fmt::runtime(row.torch), "x[0]", "x[1]"),
                 is_smooth});
    table.add(row.name, {kind == InputKind::integer ? "integers transposed" : "transposed",
                         {{{3, 2}, row.first, kind}, {{2, 3}, row.second, kind}},
                         [f = row.f](Inputs x) { return f(transpose(x[0]), x[1]); },
                         fmt::format(fmt::runtime(row.torch), "x[0].T", "x[1]"),
                         is_smooth});
  }
}

void add_with_parameters(OpTable& table) {
  for (const Shape& shape : {Shape{}, Shape{7}, Shape{2, 3}}) {
    const std::vector<OpInput> one{{shape, wide}}, three{{shape, wide}, {shape, wide}, {shape, unit}};
    const std::string what = to_string(shape);
    table.add("operator- (negation)", {what, one, [](Inputs x) { return -x[0]; }, "-x[0]"});
    table.add("gelu", {what, one, [](Inputs x) { return gelu(x[0]); }, "F.gelu(x[0])"});
  }
  for (const Shape& shape : {Shape{}, Shape{7}, Shape{2, 3}}) {
    const std::string what = to_string(shape);
    const std::vector<OpInput> one{{shape, wide}};
    table.add("gelu", {what + " tanh", one, [](Inputs x) { return gelu(x[0], Gelu::tanh); },
                       "F.gelu(x[0], approximate='tanh')"});
  }
  const auto with_each_shape = [&](const std::string& name, const ArrayFunction& f, const std::string& torch,
                                   const std::string& what = "") {
    for (const Shape& shape : {Shape{}, Shape{7}, Shape{2, 3}, Shape{2, 1, 3}})
      table.add(name, {to_string(shape) + what, {{shape, wide}}, f, torch});
  };
  with_each_shape("elu", [](Inputs x) { return elu(x[0]); }, "F.elu(x[0])");
  with_each_shape("elu", [](Inputs x) { return elu(x[0], 0.5); }, "F.elu(x[0], 0.5)", " alpha 0.5");
  with_each_shape("celu", [](Inputs x) { return celu(x[0]); }, "F.celu(x[0])");
  with_each_shape("celu", [](Inputs x) { return celu(x[0], 0.5); }, "F.celu(x[0], 0.5)", " alpha 0.5");
  with_each_shape("leaky_relu", [](Inputs x) { return leaky_relu(x[0], 0.2); }, "F.leaky_relu(x[0], 0.2)");
  with_each_shape("hardtanh", [](Inputs x) { return hardtanh(x[0]); }, "F.hardtanh(x[0])");
  with_each_shape(
      "hardtanh", [](Inputs x) { return hardtanh(x[0], -2, 0.5); }, "F.hardtanh(x[0], -2, 0.5)", " -2, 0.5");
  with_each_shape("clip", [](Inputs x) { return clip(x[0], -1, 2); }, "torch.clip(x[0], -1, 2)");
  with_each_shape("nan_to_num", [](Inputs x) { return nan_to_num(x[0]); }, "torch.nan_to_num(x[0])");
  // Also below 0, between the poles.
  for (const int n : {0, 1, 2, 3, 5}) {
    const auto f = [=](Inputs x) { return polygamma(n, x[0]); };
    const std::string torch =
        n == 0 ? "torch.polygamma(0, x[0].detach())" : fmt::format("torch.polygamma({}, x[0])", n);
    for (const Domain& domain : {positive, Domain{-1.8, -1.2}})
      for (const Shape& shape : {Shape{}, Shape{7}, Shape{2, 1, 3}})
        table.add("polygamma", {fmt::format("{} of {} from {}", n, to_string(shape), domain.low),
                                {{shape, domain}},
                                f,
                                n == 1 ? "" : torch});
  }
  for (const int axis : {0, 1, -1})
    table.add("glu", {fmt::format("axis {}", axis),
                      {{{4, 2, 6}, wide}},
                      [=](Inputs x) { return glu(x[0], axis); },
                      fmt::format("F.glu(x[0], {})", axis)});
  for (const Shape& shape : {Shape{}, Shape{5}, Shape{2, 3}}) {
    table.add("lerp", {to_string(shape),
                       {{shape}, {shape}, {shape}},
                       [](Inputs x) { return lerp(x[0], x[1], x[2]); },
                       "torch.lerp(x[0], x[1], x[2])"});
  }
  for (const Shape& shape : {Shape{}, Shape{3}, Shape{3, 3}, Shape{3, 1}, Shape{2, 1, 3}})
    table.add("where", {to_string(shape),
                        {{shape, {}, InputKind::boolean}, {{3, 3}}, {{3}}},
                        [](Inputs x) { return where(x[0], x[1], x[2]); },
                        "torch.where(x[0], x[1], x[2])"});
}

}  // namespace

void add_elementwise_ops(std::vector<OpRow>& rows) {
  OpTable table("elementwise", rows);
  add_unary(table);
  add_binary(table, binary_rows, InputKind::real);
  add_binary(table, integer_rows, InputKind::integer);
  add_with_parameters(table);
  for (const Shape& shape : unary_shapes)
    table.add("bitwise_not", {to_string(shape),
                              {{shape, {-50, 50}, InputKind::integer}},
                              [](Inputs x) { return bitwise_not(x[0]); },
                              "torch.bitwise_not(x[0])",
                              false});
  const std::pair<DType, const char*> types[] = {{DType::f32, "torch.float32"}, {DType::i32, "torch.int32"},
                                                 {DType::u8, "torch.uint8"},    {DType::boolean, "torch.bool"},
                                                 {DType::f16, "torch.float16"}, {DType::bf16, "torch.bfloat16"},
                                                 {DType::i8, "torch.int8"},     {DType::i16, "torch.int16"}};
  for (const auto& [dtype, torch] : types)
    table.add("astype", {std::string(name(dtype)),
                         {{{3, 4}, {0, 100}}},
                         [=](Inputs x) { return astype(x[0], dtype); },
                         fmt::format("x[0].to({})", torch),
                         false});
  table.add("stop_gradient", {"", {{{5}}}, [](Inputs x) { return stop_gradient(x[0]); }, "x[0].detach()", false});
}

}  // namespace tenon::testing
