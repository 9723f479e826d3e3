// Functions with rules of their own, node by node; tests/array has them as the user writes them.
#include "tenon/autograd/custom.h"

#include <gtest/gtest.h>

#include "tenon/graph/compose.h"
#include "tests/support/errors.h"
#include "tests/support/graph_values.h"

namespace tenon::testing {
namespace {

using autograd::CustomCall;
using autograd::with_rule;
using Nodes = std::vector<NodeRef>;

NodeRef mul(const NodeRef& a, const NodeRef& b) { return build::binary(Scalar::mul, a, b); }
NodeRef stopped(const NodeRef& x) { return build::unary(Scalar::stop_gradient, x); }
HostTensor scalar_of(double value) { return tensor_of(DType::f64, {}, {value}); }

// exp(x), whose rule uses its output.
NodeRef own_exp(const NodeRef& x) {
  const Nodes inputs{x}, values{build::unary(Scalar::exp, stopped(x))};
  return with_rule("own_exp", inputs, values,
                   [](const CustomCall& call) { return Nodes{mul(call.cotangents[0], call.outputs[0])}; })
      .front();
}

// x y and x + y; the rule gets both cotangents at once.
Nodes product_and_sum(const NodeRef& x, const NodeRef& y) {
  const Nodes inputs{x, y}, stops{stopped(x), stopped(y)},
      values{mul(stops[0], stops[1]), build::binary(Scalar::add, stops[0], stops[1])};
  return with_rule("product_and_sum", inputs, values, [](const CustomCall& call) {
    const auto gradient = [&](const NodeRef& other) {
      return build::binary(Scalar::add, mul(call.cotangents[0], other), call.cotangents[1]);
    };
    return Nodes{gradient(call.inputs[1]), gradient(call.inputs[0])};
  });
}

TEST(CustomRule, GivesFirstAndSecondGradients) {
  SeededRandom random(3);
  const std::vector values{random_tensor(random.engine, DType::f64, {2, 3})};
  const NodeFunction f = [](auto x) { return own_exp(mul(x[0], own_exp(x[0]))); };
  expect_gradients(f, values);
  expect_second_gradients(f, values);
}

TEST(CustomRule, SeesTheCotangentsOfAllOutputsAtOnce) {
  SeededRandom random(4);
  const std::vector values{random_tensor(random.engine, DType::f64, {3}),
                           random_tensor(random.engine, DType::f64, {3})};
  const NodeFunction both = [](auto x) {
    const Nodes y = product_and_sum(x[0], x[1]);
    return mul(y[0], mul(y[1], y[1]));
  };
  const NodeFunction second = [](auto x) { return mul(product_and_sum(x[0], x[1])[1], x[0]); };
  for (const NodeFunction& f : {both, second}) {
    expect_gradients(f, values);
    expect_second_gradients(f, values);
  }
}

TEST(CustomRule, IsCalledOnceForEachDifferentiation) {
  const NodeRef x = make_argument(DType::f64, {}, 0);
  int calls = 0;
  const Nodes inputs{x}, values{stopped(x), mul(stopped(x), stopped(x))};
  const Nodes y = with_rule("counted", inputs, values, [&](const CustomCall& call) {
    ++calls;
    return Nodes{call.cotangents[0]};
  });
  grad(mul(mul(y[0], y[1]), y[0]), inputs);
  EXPECT_EQ(calls, 1);
}

TEST(CustomRule, IsWhatTheGradientIsWhateverTheValues) {
  const NodeFunction f = [](auto x) {
    const Nodes inputs{x[0]}, values{stopped(x[0])};
    return with_rule("tripled", inputs, values,
                     [](const CustomCall& call) {
                       return Nodes{mul(call.cotangents[0], build::full_like(call.cotangents[0], 3))};
                     })
        .front();
  };
  const std::vector values{scalar_of(5)};
  const Nodes x = arguments_for(values);
  const NodeRef y = f(x);
  EXPECT_TRUE(matches(interpret_nodes(std::span(&y, 1), values)[0], scalar_of(5)));
  EXPECT_TRUE(matches(interpret_nodes(grad(y, x), values)[0], scalar_of(3)));
}

TEST(CustomRule, MayDifferentiateByItself) {
  const std::vector values{scalar_of(2)};
  const Nodes x = arguments_for(values);
  const Nodes inputs{x[0]}, outputs{mul(stopped(x[0]), stopped(x[0]))};
  // Walks the graph that is being differentiated, too.
  const NodeRef y = with_rule("cube of x, squared", inputs, outputs, [](const CustomCall& call) {
                      const NodeRef& at = call.inputs[0];
                      return Nodes{mul(call.cotangents[0], grad(mul(at, mul(at, at)), std::span(&at, 1)).front())};
                    }).front();
  const NodeRef z = mul(y, mul(x[0], y));  // x y^2: y^2 + 2 x y y', where y = 4 and y' is taken as 12
  EXPECT_TRUE(matches(interpret_nodes(grad(z, x), values)[0], scalar_of(16 + 2 * 2 * 4 * 12)));
}

TEST(CustomRule, IsNoPartOfATrace) {
  const NodeRef x = make_argument(DType::f64, {2}, 0);
  const NodeRef plain = build::unary(Scalar::exp, stopped(x)), custom = own_exp(x);
  const std::lock_guard lock(graph_mutex());
  EXPECT_EQ(trace(std::span(&plain, 1), 1).graph, trace(std::span(&custom, 1), 1).graph);
}

TEST(CustomRule, OfADeepChainNeedsNoStack) {
  const NodeRef x = make_argument(DType::f64, {}, 0);
  const std::int64_t before = live_nodes();
  {
    NodeRef y = x;
    for (int i = 0; i < 50'000; ++i) y = own_exp(y);
    const Nodes slope = grad(y, std::span(&x, 1));
    EXPECT_GE(live_nodes() - before, 300'000);
  }
  EXPECT_EQ(live_nodes(), before);
}

TEST(CustomRule, ErrorsSayWhatDidNotFit) {
  const NodeRef x = make_argument(DType::f64, {2}, 0);
  const auto differentiate = [&](const Nodes& values, const autograd::CustomPull& pull) {
    const NodeRef y = with_rule("rule", std::span(&x, 1), values, pull).front();
    vjp(std::span(&y, 1), std::span(&x, 1), std::span(&x, 1));
  };
  const Nodes fine{stopped(x)};
  expect_error<GradientError>([&] { differentiate(fine, [](auto&) { return Nodes{}; }); },
                              {"rule", "0 gradients for 1 inputs"});
  expect_error<ShapeError>([&] { differentiate(fine, [](auto&) { return Nodes{build::constant(DType::f64, 1)}; }); },
                           {"rule", "gradient of input 0 is float64 []", "float64 [2]"});
  expect_error<DTypeError>([&] { differentiate(fine, [&](auto&) { return Nodes{build::cast(x, DType::f32)}; }); },
                           {"rule", "float32 [2]", "cast"});
  // The value reaches x past the inputs.
  expect_error<GradientError>([&] { differentiate({mul(x, x)}, [](auto& call) { return call.cotangents; }); },
                              {"rule", "another way than through its inputs", "stop_gradient"});
}

}  // namespace
}  // namespace tenon::testing
