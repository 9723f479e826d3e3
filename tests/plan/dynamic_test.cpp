// Axes whose sizes are arguments of the kernels: other sizes compile nothing.
#include "tenon/array/dynamic.h"

#include <gtest/gtest.h>

#include <functional>

#include "tenon/array/compile.h"
#include "tenon/array/ops.h"
#include "tenon/runtime/compile_statistics.h"

namespace tenon {
namespace {

using Inputs = std::vector<Array>;

// A function whose arguments have sizes that follow from n.
struct Case {
  std::string name;
  std::function<std::vector<Array>(std::int64_t n)> inputs;
  std::vector<std::vector<int>> dynamic_axes;  // of each input
  std::function<std::vector<Array>(std::span<const Array>)> f;
};

Array values(const Sizes& sizes, unsigned seed) {
  const Shape shape = checked_shape("values", sizes.dims());
  std::vector<float> data(static_cast<std::size_t>(shape.elements()));
  for (float& x : data) {
    seed = seed * 1664525u + 1013904223u;
    x = static_cast<float>(seed >> 8) / static_cast<float>(1 << 24) * 2 - 1;
  }
  return Array::from(data, shape);
}

Array positions(std::int64_t count, std::int64_t below, unsigned seed) {
  std::vector<std::int64_t> data(static_cast<std::size_t>(count));
  for (std::int64_t& x : data) {
    seed = seed * 1664525u + 1013904223u;
    x = static_cast<std::int64_t>(seed >> 8) % below;
  }
  return Array::from(data, {count});
}

std::vector<Case> cases() {
  std::vector<Case> all;
  all.push_back({"Elementwise",
                 [](std::int64_t n) { return Inputs{values({n, 24}, 1), values({24}, 2)}; },
                 {{0}, {}},
                 [](auto x) { return Inputs{gelu(x[0] * x[1] + 1.0), exp(x[0])}; }});
  all.push_back({"Reductions",
                 [](std::int64_t n) { return Inputs{values({n, 24}, 1)}; },
                 {{0}},
                 [](auto x) { return Inputs{sum(x[0]), mean(x[0], 0), max(x[0], 1), var(x[0], 0)}; }});
  all.push_back({"InnerReductions",
                 [](std::int64_t n) { return Inputs{values({12, n}, 1)}; },
                 {{1}},
                 [](auto x) { return Inputs{softmax(x[0], 1), mean(x[0], 1), argmax(x[0], 1)}; }});
  all.push_back({"ContractionOverRows",
                 [](std::int64_t n) { return Inputs{values({n, 48}, 1), values({48, 40}, 2), values({40}, 3)}; },
                 {{0}, {}, {}},
                 [](auto x) { return Inputs{relu(matmul(x[0], x[1]) + x[2])}; }});
  all.push_back({"ContractionOverDepth",
                 [](std::int64_t n) { return Inputs{values({n, 48}, 1), values({n, 40}, 2)}; },
                 {{0}, {0}},
                 [](auto x) { return Inputs{matmul(transpose(x[0]), x[1])}; }});
  all.push_back({"ContractionOverColumns",
                 [](std::int64_t n) { return Inputs{values({20, 48}, 1), values({n, 48}, 2)}; },
                 {{}, {0}},
                 [](auto x) { return Inputs{matmul(x[0], transpose(x[1]))}; }});
  all.push_back({"LinearWithGradient",
                 [](std::int64_t n) { return Inputs{values({n, 48}, 1), values({48, 40}, 2), values({n, 40}, 3)}; },
                 {{0}, {}, {0}},
                 [](auto x) {
                   const auto loss = [&](const Array& w) { return mean(square(tanh(matmul(x[0], w)) - x[2])); };
                   return Inputs{loss(x[1]), grad(loss(x[1]), {x[1]})[0]};
                 }});
  all.push_back({"Attention",
                 [](std::int64_t n) {
                   return Inputs{values({2, 3, n, 16}, 1), values({2, 3, n, 16}, 2), values({2, 3, n, 16}, 3)};
                 },
                 {{2}, {2}, {2}},
                 [](auto x) { return Inputs{scaled_dot_product_attention(x[0], x[1], x[2], {.causal = true})}; }});
  all.push_back({"Gather",
                 [](std::int64_t n) { return Inputs{values({50, 24}, 1), positions(n, 50, 2)}; },
                 {{}, {0}},
                 [](auto x) { return Inputs{take(x[0], x[1], 0)}; }});
  all.push_back({"GatherFromATableThatGrows",
                 [](std::int64_t n) { return Inputs{values({n, 24}, 1), positions(7, n, 2)}; },
                 {{0}, {}},
                 [](auto x) { return Inputs{take(x[0], x[1], 0)}; }});
  all.push_back(
      {"Pad",
       [](std::int64_t n) { return Inputs{values({n, 24}, 1)}; },
       {{0}},
       [](auto x) { return Inputs{pad(x[0], {{2, 3}, {0, 1}}), pad(x[0], {{1, 2}, {0, 0}}, PadMode::reflect)}; }});
  all.push_back({"Scan",
                 [](std::int64_t n) { return Inputs{values({n, 24}, 1), values({12, n}, 2)}; },
                 {{0}, {1}},
                 [](auto x) { return Inputs{cumsum(x[0], 0), cumsum(x[1], 1), sort(x[1], 1)}; }});
  return all;
}

class Dynamic : public ::testing::TestWithParam<Case> {};

Inputs declared(const Case& c, std::int64_t n) {
  Inputs inputs = c.inputs(n);
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (!c.dynamic_axes[i].empty()) inputs[i] = dynamic(inputs[i], std::span<const int>(c.dynamic_axes[i]));
  return inputs;
}

void expect_near(const Array& actual, const Array& expected) {
  ASSERT_EQ(actual.shape(), expected.shape());
  const auto a = astype(actual, DType::f64).to_vector<double>(), b = astype(expected, DType::f64).to_vector<double>();
  for (std::size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], 1e-4 * (1 + std::abs(b[i]))) << "element " << i;
}

TEST_P(Dynamic, OtherSizesCompileNothing) {
  const Case& c = GetParam();
  CompiledStep step = compile([&](std::span<const Array>, std::span<const Array> x) { return StepResult{{}, c.f(x)}; });
  std::vector<Array> state;
  std::vector<std::vector<Array>> results;
  const std::vector<std::int64_t> sizes = {37, 100, 5, 1021, 64, 333, 17, 128, 2000};
  std::int64_t kernels = -1;
  for (const std::int64_t n : sizes) {
    const std::int64_t before = compile_statistics().kernels_compiled + compile_statistics().kernels_from_disk;
    results.push_back(step(state, declared(c, n)));
    const std::int64_t now = compile_statistics().kernels_compiled + compile_statistics().kernels_from_disk;
    if (kernels < 0)
      kernels = now - before;
    else
      EXPECT_EQ(now, before) << "at n = " << n;
  }
  EXPECT_GT(kernels, 0);
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    SCOPED_TRACE(::testing::Message() << "n = " << sizes[i]);
    const std::vector<Array> expected = c.f(c.inputs(sizes[i]));
    for (std::size_t k = 0; k < expected.size(); ++k) expect_near(results[i][k], expected[k]);
  }
}

INSTANTIATE_TEST_SUITE_P(Ops, Dynamic, ::testing::ValuesIn(cases()),
                         [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace tenon
