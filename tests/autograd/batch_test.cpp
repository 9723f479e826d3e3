// Batching rules: what they give for all examples at once is what the interpreter gives for one after the other.
#include "tenon/autograd/batch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "tenon/autograd/custom.h"
#include "tenon/core/call.h"
#include "tests/support/errors.h"
#include "tests/support/graph_values.h"

namespace tenon::testing {
namespace {

using Nodes = std::vector<NodeRef>;
using Refs = std::span<const NodeRef>;

HostTensor example_of(const HostTensor& batched, std::int64_t example) {
  Shape shape;
  for (int axis = 1; axis < batched.shape.rank(); ++axis) shape.push_back(batched.shape[axis]);
  HostTensor one(batched.dtype, shape);
  std::copy_n(batched.bytes.begin() + example * static_cast<std::ptrdiff_t>(one.bytes.size()), one.bytes.size(),
              one.bytes.begin());
  return one;
}

// f of each example, where the values in `mapped` have an axis of examples and the others are shared.
void expect_batched(const NodeFunction& f, const std::vector<HostTensor>& values, std::uint32_t mapped,
                    std::int64_t examples) {
  const Nodes arguments = arguments_for(values);
  Nodes inputs = arguments, variables, batched;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if ((mapped >> i & 1) == 0) continue;
    inputs[i] = make_stand_in(values[i].dtype, example_of(values[i], 0).shape);
    variables.push_back(inputs[i]);
    batched.push_back(arguments[i]);
  }
  const NodeRef one = f(inputs);
  const HostTensor actual = interpret_nodes(batch(std::span(&one, 1), variables, batched, examples), values).front();
  for (std::int64_t example = 0; example < examples; ++example) {
    std::vector<HostTensor> chosen = values;
    for (std::size_t i = 0; i < values.size(); ++i)
      if ((mapped >> i & 1) != 0) chosen[i] = example_of(values[i], example);
    // Sums over the same elements, perhaps in another order.
    EXPECT_TRUE(matches(example_of(actual, example), interpret_function(f, chosen), {.absolute = 1e-13}))
        << "example " << example << ", mapped " << mapped;
  }
}

// A function of values of these shapes; int64 ones are indices below 4.
struct BatchCase {
  NodeFunction function;
  std::vector<Shape> shapes;
  std::vector<Shape> indices = {};  // behind them
};

const std::multimap<Op, BatchCase>& cases() {
  const auto contract = [](int batch, int contracted) {
    return [=](Refs x) { return build::contract(x[0], x[1], batch, contracted); };
  };
  const auto gather = [](Refs x) { return build::gather(x[0], x[1]); };
  // x [m], y [n] -> x times the sum of y
  const std::int64_t dot =
      call_number({.name = "dot",
                   .source = {},
                   .host = [](const void* const* inputs, void* output, const std::int64_t* sizes, const std::int64_t*) {
                     double sum = 0;
                     for (std::int64_t i = 0; i < sizes[1]; ++i) sum += static_cast<const double*>(inputs[1])[i];
                     for (std::int64_t i = 0; i < sizes[0]; ++i)
                       static_cast<double*>(output)[i] = sum * static_cast<const double*>(inputs[0])[i];
                     return 0;
                   }});
  const auto scatter = [](Refs x) { return build::scatter_add(x[1], x[0], 4); };
  static const std::multimap<Op, BatchCase> all = {
      {Op::elementwise, {[](Refs x) { return build::binary(Scalar::sub, x[0], x[1]); }, {{2, 3}, {2, 3}}}},
      {Op::elementwise, {[](Refs x) { return build::cast(build::cast(x[0], DType::i32), DType::f64); }, {{2}}}},
      {Op::reduce, {[](Refs x) { return build::reduce(Scalar::add, x[0], 0b101); }, {{2, 3, 4}}}},
      {Op::reduce, {[](Refs x) { return build::reduce(Scalar::maximum, x[0], 0b1); }, {{3}}}},
      {Op::reshape, {[](Refs x) { return build::reshape(x[0], {3, 2}); }, {{2, 3}}}},
      {Op::reshape, {[](Refs x) { return build::reshape(x[0], {1, 1}); }, {{}}}},
      {Op::permute, {[](Refs x) { return build::permute(x[0], std::array{2, 0, 1}); }, {{2, 3, 4}}}},
      {Op::expand, {[](Refs x) { return build::expand(x[0], {2, 4, 3}); }, {{2, 1, 3}}}},
      {Op::pad, {[](Refs x) { return build::pad(x[0], Dims{1, 0, 2, 3}, 7); }, {{2, 3}}}},
      {Op::slice, {[](Refs x) { return build::slice(x[0], Dims{4, 0}, Dims{2, 2}, Dims{-3, 2}); }, {{6, 4}}}},
      {Op::scan, {[](Refs x) { return build::scan(Scalar::add, x[0], 0); }, {{3, 2}}}},
      {Op::scan, {[](Refs x) { return build::scan(Scalar::maximum, x[0], 1); }, {{3, 4}}}},
      {Op::argsort, {[](Refs x) { return build::cast(build::argsort(x[0], true, DType::i64), DType::f64); }, {{2, 5}}}},
      {Op::contract, {contract(0, 1), {{2, 3}, {4, 3}}}},
      {Op::contract, {contract(1, 1), {{2, 2, 3}, {2, 4, 3}}}},
      {Op::contract, {contract(2, 2), {{2, 3, 4, 2, 3}, {2, 3, 2, 3}}}},
      {Op::contract, {contract(0, 0), {{2}, {3}}}},
      {Op::gather, {gather, {{4, 2}}, {{3}}}},
      {Op::gather, {gather, {{4}}, {{}}}},
      {Op::gather, {gather, {{4, 2, 2}}, {{3, 2}}}},
      {Op::scatter_add, {scatter, {{3, 2}}, {{3}}}},
      {Op::scatter_add, {scatter, {{2}}, {{}}}},
      {Op::scatter_add, {scatter, {{3, 2, 2}}, {{3, 2}}}},
      {Op::call, {[=](Refs x) { return build::call(dot, std::vector{x[0], x[1]}, DType::f64, {2}, 0); }, {{2}, {3}}}},
      {Op::call,
       {[=](Refs x) { return build::call(dot, std::vector{x[0], x[1]}, DType::f64, {4, 2}, 1); }, {{4, 2}, {4, 3}}}},
      {Op::custom,
       {[](Refs x) {
          const Nodes inputs{x[0], x[1]}, values{build::binary(Scalar::mul, x[0], x[1])};
          return autograd::with_rule("product", inputs, values, [](auto& call) { return call.inputs; }).front();
        },
        {{2}, {2}}}},
  };
  return all;
}

TEST(Batch, IsTheFunctionOfEachExample) {
  constexpr std::int64_t examples = 3;
  SeededRandom random(21);
  int number = 0;
  for (const auto& [op, test] : cases()) {
    SCOPED_TRACE(fmt::format("{}, case {}", name(op), number++));
    const std::size_t inputs = test.shapes.size() + test.indices.size();
    for (std::uint32_t mapped = 1; mapped < 1u << inputs; ++mapped) {
      std::vector<HostTensor> values;
      for (std::size_t i = 0; i < inputs; ++i) {
        const bool is_index = i >= test.shapes.size();
        Dims dims;
        if ((mapped >> i & 1) != 0) dims.push_back(examples);
        for (const std::int64_t size : is_index ? test.indices[i - test.shapes.size()] : test.shapes[i])
          dims.push_back(size);
        values.push_back(random_tensor(random.engine, is_index ? DType::i64 : DType::f64, Shape(dims)));
        if (is_index)
          for (std::int64_t k = 0; k < values.back().elements(); ++k)
            set(values.back(), k, std::uniform_int_distribution<int>(0, 3)(random.engine));
      }
      expect_batched(test.function, values, mapped, examples);
    }
  }
}

TEST(Batch, EveryOpWithOperandsHasACase) {
  for (int i = 0; i < op_count; ++i) {
    const Op op = static_cast<Op>(i);
    if (info(op).arity != 0) {
      EXPECT_GT(cases().count(op), 0u) << name(op);
    }
  }
}

// x exp(x) with a rule that is right, and twice nested, so that the rule itself meets a call.
TEST(Batch, KeepsRulesForFirstAndSecondGradients) {
  const auto own_exp = [](const NodeRef& x) {
    const Nodes inputs{x}, values{build::unary(Scalar::exp, build::unary(Scalar::stop_gradient, x))};
    return autograd::with_rule("own_exp", inputs, values,
                               [](const autograd::CustomCall& call) {
                                 return Nodes{build::binary(Scalar::mul, call.cotangents[0], call.outputs[0])};
                               })
        .front();
  };
  const NodeFunction f = [&](Refs x) {
    const NodeRef one = make_stand_in(DType::f64, {2});
    const NodeRef y = build::binary(Scalar::mul, own_exp(one), own_exp(x[1]));
    return batch(std::span(&y, 1), std::span(&one, 1), x.first(1), 3).front();
  };
  SeededRandom random(22);
  const std::vector values{random_tensor(random.engine, DType::f64, {3, 2}),
                           random_tensor(random.engine, DType::f64, {2})};
  expect_gradients(f, values);
  expect_second_gradients(f, values);
}

TEST(Batch, KeepsEachIndexInItsOwnTable) {
  const std::vector values{tensor_of(DType::f64, {2, 2}, {1, 2, 3, 4}), tensor_of(DType::i64, {2, 1}, {2, 0})};
  const NodeFunction lookup = [](Refs x) {
    const NodeRef table = make_stand_in(DType::f64, {2}), index = make_stand_in(DType::i64, {1});
    const Nodes variables{table, index};
    const NodeRef y = build::gather(table, index);
    return batch(std::span(&y, 1), variables, x, 2).front();
  };
  expect_error<IndexError>([&] { interpret_function(lookup, values); }, {"2"});
}

}  // namespace
}  // namespace tenon::testing
