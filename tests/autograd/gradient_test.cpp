// Gradients and second gradients of every row of the tables against central differences in double.
#include <gtest/gtest.h>

#include <map>

#include "tenon/autograd/custom.h"
#include "tenon/core/call.h"
#include "tests/support/graph_values.h"
#include "tests/support/scalar_cases.h"

namespace tenon::testing {
namespace {

// Rows through which gradients can flow. `cast`, `stop_gradient` and `polygamma`, whose first operand is whole, would
// not agree with a central difference; they have tests of their own in vjp_test.cpp.
std::vector<Scalar> rows_with_gradients() {
  std::vector<Scalar> rows;
  for (const Scalar scalar : all_scalars()) {
    const ScalarInfo& row = info(scalar);
    const bool floating = (row.takes & takes_floating) != 0 && row.result != ResultType::boolean;
    if (floating && row.result != ResultType::given && scalar != Scalar::stop_gradient && scalar != Scalar::polygamma)
      rows.push_back(scalar);
  }
  return rows;
}

class ScalarGradient : public ::testing::TestWithParam<Scalar> {};

TEST_P(ScalarGradient, EqualsCentralDifferences) {
  const ScalarInfo& row = info(GetParam());
  SeededRandom random(static_cast<std::uint64_t>(row.scalar) + 1);
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{2, 3}, Shape{2, 0}}) {
    SCOPED_TRACE(to_string(shape));
    std::vector<HostTensor> values;
    int operand = 0;
    for (const DType dtype : operand_types(row, DType::f64))
      values.push_back(random_tensor(random.engine, dtype, shape, domain_of(row.scalar, operand++)));
    const NodeFunction f = [&](auto x) { return build::elementwise(row.scalar, x); };
    expect_gradients(f, values);
    expect_second_gradients(f, values);
  }
}

INSTANTIATE_TEST_SUITE_P(EveryRow, ScalarGradient, ::testing::ValuesIn(rows_with_gradients()),
                         [](const auto& test) { return std::string(name(test.param)); });

// A function whose gradient exercises one op's rule, and the shapes of its float64 arguments.
struct OpCase {
  NodeFunction function;
  std::vector<Shape> shapes;
  Domain domain = {};
};

NodeRef indices() {
  // [2, 0, 2] of int64: a repeated index adds up.
  const NodeRef i = build::iota(DType::i64, 3);
  const NodeRef one = build::expand(build::reshape(build::constant(DType::i64, 1), {1}), {3});
  const NodeRef distance = build::unary(Scalar::abs, build::binary(Scalar::sub, i, one));  // 1, 0, 1
  return build::binary(Scalar::add, distance, distance);                                   // 2, 0, 2
}

// x y, with a rule of its own.
NodeRef own_product(std::span<const NodeRef> x) {
  const auto mul = [](const NodeRef& a, const NodeRef& b) { return build::binary(Scalar::mul, a, b); };
  const std::vector values{mul(build::unary(Scalar::stop_gradient, x[0]), build::unary(Scalar::stop_gradient, x[1]))};
  return autograd::with_rule("own_product", x, values,
                             [=](const autograd::CustomCall& call) {
                               const NodeRef& g = call.cotangents[0];
                               return std::vector{mul(g, call.inputs[1]), mul(g, call.inputs[0])};
                             })
      .front();
}

// x y by a function of the host, which has a rule through a custom function only.
NodeRef called_product(std::span<const NodeRef> x) {
  static const std::int64_t number =
      call_number({.name = "product",
                   .source = {},
                   .host = [](const void* const* inputs, void* output, const std::int64_t* sizes, const std::int64_t*) {
                     for (std::int64_t i = 0; i < sizes[0] * sizes[1]; ++i)
                       static_cast<double*>(output)[i] =
                           static_cast<const double*>(inputs[0])[i] * static_cast<const double*>(inputs[1])[i];
                     return 0;
                   }});
  const auto mul = [](const NodeRef& a, const NodeRef& b) {
    return build::call(number, std::vector{a, b}, DType::f64, a->shape, 0);
  };
  const std::vector values{mul(build::unary(Scalar::stop_gradient, x[0]), build::unary(Scalar::stop_gradient, x[1]))};
  return autograd::with_rule("called_product", x, values,
                             [](const autograd::CustomCall& call) {
                               const NodeRef& g = call.cotangents[0];
                               return std::vector{build::binary(Scalar::mul, g, call.inputs[1]),
                                                  build::binary(Scalar::mul, g, call.inputs[0])};
                             })
      .front();
}

const std::multimap<Op, OpCase>& op_cases() {
  using Refs = std::span<const NodeRef>;
  const auto reduce = [](Scalar combine, std::uint32_t axes) {
    return [=](Refs x) { return build::reduce(combine, x[0], axes); };
  };
  const auto slice = [](Dims start, Dims count, Dims step) {
    return [=](Refs x) { return build::slice(x[0], start, count, step); };
  };
  const auto contract = [](int batch, int contracted) {
    return [=](Refs x) { return build::contract(x[0], x[1], batch, contracted); };
  };
  const auto scan = [](Scalar combine, int axis) { return [=](Refs x) { return build::scan(combine, x[0], axis); }; };
  static const std::multimap<Op, OpCase> cases = {
      {Op::reduce, {reduce(Scalar::add, 0b10), {{2, 3}}}},
      {Op::reduce, {reduce(Scalar::add, 0b101), {{2, 3, 2}}}},
      {Op::reduce, {reduce(Scalar::add, 0b01), {{0, 3}}}},
      {Op::reduce, {reduce(Scalar::maximum, 0b10), {{2, 3}}}},
      {Op::reduce, {reduce(Scalar::minimum, 0b11), {{2, 3}}}},
      {Op::reduce, {reduce(Scalar::mul, 0b10), {{2, 5}}}},
      {Op::reduce, {reduce(Scalar::mul, 0b101), {{2, 2, 3}}}},
      {Op::reduce, {reduce(Scalar::mul, 0b01), {{1, 3}}}},
      {Op::reduce, {reduce(Scalar::mul, 0b01), {{0, 3}}}},
      {Op::reshape, {[](Refs x) { return build::reshape(x[0], {3, 2}); }, {{2, 3}}}},
      {Op::permute, {[](Refs x) { return build::permute(x[0], std::array{2, 0, 1}); }, {{2, 3, 4}}}},
      {Op::expand, {[](Refs x) { return build::expand(x[0], {2, 4, 3}); }, {{2, 1, 3}}}},
      {Op::expand, {[](Refs x) { return build::expand(x[0], {2, 0}); }, {{2, 1}}}},
      {Op::pad, {[](Refs x) { return build::pad(x[0], Dims{1, 0, 2, 3}, 7); }, {{2, 3}}}},
      {Op::slice, {slice({1, 0}, {1, 3}, {1, 1}), {{2, 3}}}},
      {Op::slice, {slice({4, 0}, {2, 2}, {-3, 2}), {{6, 4}}}},
      {Op::slice, {slice({5}, {6}, {-1}), {{6}}}},
      {Op::slice, {slice({5, 1, 0}, {3, 2, 1}, {-2, 3, 1}), {{7, 5, 2}}}},
      {Op::slice, {slice({0, 0}, {0, 3}, {1, 1}), {{2, 3}}}},
      {Op::contract, {contract(0, 1), {{2, 3}, {4, 3}}}},
      {Op::contract, {contract(1, 1), {{2, 2, 3}, {2, 4, 3}}}},
      {Op::contract, {contract(1, 2), {{2, 3, 2, 2}, {2, 2, 2, 2}}}},
      {Op::contract, {contract(0, 0), {{2}, {3}}}},
      {Op::contract, {contract(1, 0), {{2, 2, 2}, {2, 3, 1}}}},
      {Op::contract, {contract(0, 1), {{3}, {3}}}},
      {Op::contract, {contract(0, 1), {{2, 0}, {3, 0}}}},
      {Op::gather, {[](Refs x) { return build::gather(x[0], indices()); }, {{4, 2}}}},
      {Op::scan, {scan(Scalar::add, 1), {{2, 3}}}},
      {Op::scan, {scan(Scalar::add, 0), {{3, 2, 2}}}},
      {Op::scan, {scan(Scalar::mul, 1), {{2, 5}}}},
      {Op::scan, {scan(Scalar::mul, 1), {{2, 4, 2}}}},
      {Op::scan, {scan(Scalar::mul, 0), {{1, 2}}}},
      {Op::scan, {scan(Scalar::mul, 0), {{0, 2}}}},
      {Op::scan, {scan(Scalar::maximum, 1), {{2, 6}}}},
      {Op::scan, {scan(Scalar::maximum, 1), {{2, 4, 3}}}},
      {Op::scan, {scan(Scalar::minimum, 0), {{6}}}},
      {Op::scan, {scan(Scalar::minimum, 0), {{0, 2}}}},
      {Op::argsort, {[](Refs x) { return build::gather(x[0], build::argsort(x[0], true, DType::i32)); }, {{6}}}},
      {Op::scatter_add, {[](Refs x) { return build::scatter_add(indices(), x[0], 4); }, {{3, 2}}}},
      {Op::call, {called_product, {{2, 3}, {2, 3}}}},
      {Op::custom, {own_product, {{2, 3}, {2, 3}}}},
  };
  return cases;
}

TEST(OpGradient, EqualsCentralDifferences) {
  SeededRandom random(11);
  int number = 0;
  for (const auto& [op, test] : op_cases()) {
    SCOPED_TRACE(fmt::format("{}, case {}", name(op), number++));
    std::vector<HostTensor> values;
    for (const Shape& shape : test.shapes)
      values.push_back(random_tensor(random.engine, DType::f64, shape, test.domain));
    // Squared, so that second gradients are not all zero.
    const NodeFunction squared = [&function = test.function](auto x) {
      const NodeRef y = function(x);
      return build::binary(Scalar::mul, y, y);
    };
    expect_gradients(test.function, values);
    expect_gradients(squared, values);
    expect_second_gradients(squared, values);
  }
}

TEST(OpGradient, EveryOpWithARuleHasACase) {
  for (int i = 0; i < op_count; ++i) {
    const Op op = static_cast<Op>(i);
    if (op == Op::elementwise || info(op).arity == 0) continue;
    EXPECT_GT(op_cases().count(op), 0u) << name(op);
  }
}

// Products of rows that hold no zero, one and two: the slope of a zero is the product of the others.
TEST(OpGradient, OfAProductIsRightAtZeros) {
  const std::vector values{tensor_of(DType::f64, {3, 3}, {2, 3, 5, 0, 3, 5, 0, 0, 5})};
  const NodeFunction f = [](auto x) { return build::reduce(Scalar::mul, x[0], 0b10); };
  expect_gradients(f, values);
  expect_second_gradients(f, values);
}

// Rows without zeros, with one and with two: what follows a zero has slopes through it.
TEST(OpGradient, OfAProductSoFarIsRightAtZeros) {
  const std::vector values{tensor_of(DType::f64, {3, 4}, {2, 3, 5, 7, 2, 0, 5, 7, 0, 3, 0, 7})};
  const NodeFunction f = [](auto x) { return build::scan(Scalar::mul, x[0], 1); };
  expect_gradients(f, values);
  expect_second_gradients(f, values);
}

// Equal elements: the last one so far, as PyTorch's cummax has it.
TEST(OpGradient, OfAnExtremeSoFarGoesToTheLastOfEqualElements) {
  const std::vector values{tensor_of(DType::f64, {6}, {1, 3, 2, 3, 0, 4})};
  const HostTensor gradient = interpret_function(
      [](auto x) {
        const NodeRef y = build::scan(Scalar::maximum, x[0], 0);
        return grad(build::reduce(Scalar::add, y, 1), std::span(&x[0], 1)).front();
      },
      values);
  EXPECT_TRUE(matches(gradient, tensor_of(DType::f64, {6}, {1, 2, 0, 2, 0, 1})));
}

}  // namespace
}  // namespace tenon::testing
