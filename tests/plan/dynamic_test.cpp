// Axes whose sizes are arguments of the kernels: other sizes compile nothing.
#include "tenon/array/dynamic.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "tenon/array/compile.h"
#include "tenon/array/ops.h"
#include "tenon/core/error.h"
#include "tenon/runtime/compile_statistics.h"
#include "tenon/tenon.h"

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

// Kernels that came from a compiler or, in a later run of this test, from the disk.
std::int64_t kernels_so_far() { return compile_statistics().kernels_compiled + compile_statistics().kernels_from_disk; }

CompiledStep compiled(const Case& c) {
  return compile([f = c.f](std::span<const Array>, std::span<const Array> x) { return StepResult{{}, f(x)}; });
}

TEST_P(Dynamic, OtherSizesCompileNothing) {
  const Case& c = GetParam();
  CompiledStep step = compiled(c);
  std::vector<Array> state;
  std::vector<std::vector<Array>> results;
  const std::vector<std::int64_t> sizes = {37, 100, 5, 1021, 64, 333, 17, 128, 2000};
  std::int64_t kernels = -1;
  for (const std::int64_t n : sizes) {
    const std::int64_t before = kernels_so_far();
    results.push_back(step(state, declared(c, n)));
    const std::int64_t now = kernels_so_far();
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

// Sizes that are 1, 2, or equal to a size of the function: perhaps other kernels, but the right values.
TEST_P(Dynamic, SpecialSizesAreRight) {
  const Case& c = GetParam();
  CompiledStep step = compiled(c);
  std::vector<Array> state;
  for (const std::int64_t n : {50, 4, 24, 48, 16, 3, 12, 40, 7}) {
    SCOPED_TRACE(::testing::Message() << "n = " << n);
    const std::vector<Array> results = step(state, declared(c, n)), expected = c.f(c.inputs(n));
    for (std::size_t k = 0; k < expected.size(); ++k) expect_near(results[k], expected[k]);
  }
}

INSTANTIATE_TEST_SUITE_P(Ops, Dynamic, ::testing::ValuesIn(cases()),
                         [](const auto& instance) { return instance.param.name; });

TEST(DynamicAxes, WithoutCompileTheThirdSizeCompilesNothing) {
  const auto f = [](std::int64_t n) {
    const Array x = dynamic(values({n, 20}, 1), 0);
    return softmax(x * 3.0, 0);
  };
  std::vector<std::int64_t> kernels;
  for (const std::int64_t n : {33, 57, 200, 9, 1000}) {
    const std::int64_t before = kernels_so_far();
    const Array y = f(n);
    expect_near(sum(y, 0), full({20}, 1.0));
    eval(y);
    kernels.push_back(kernels_so_far() - before);
  }
  EXPECT_GT(kernels[0], 0);
  EXPECT_GT(kernels[1], 0);
  for (std::size_t i = 2; i < kernels.size(); ++i) EXPECT_EQ(kernels[i], 0) << "evaluation " << i;
}

TEST(DynamicAxes, AreInheritedByWhatIsComputed) {
  const Array x = dynamic(values({31, 20}, 1), 0);
  const Array y = exp(x), z = sum(x, 0);
  eval(y);
  eval(z);
  EXPECT_EQ(y.node().dynamic_axes, 1);
  EXPECT_EQ(z.node().dynamic_axes, 0);
}

TEST(DynamicAxes, TwoThatChangeOneAfterTheOther) {
  CompiledStep step = compile([](std::span<const Array>, std::span<const Array> x) {
    return StepResult{{}, {sum(relu(matmul(x[0], x[1])), 1)}};
  });
  std::vector<Array> state;
  std::int64_t before = 0;
  const std::pair<std::int64_t, std::int64_t> sizes[] = {{19, 300}, {19, 77}, {40, 300}, {120, 55}, {64, 1000}};
  for (const auto& [rows, depth] : sizes) {
    const Array x = values({rows, depth}, 1), w = values({depth, 36}, 2);
    const Array arguments[] = {dynamic(x), dynamic(w, 0)};
    expect_near(step(state, arguments)[0], sum(relu(matmul(x, w)), 1));
    const std::int64_t now = kernels_so_far();
    before = now;
  }
  const Array arguments[] = {dynamic(values({333, 10}, 1)), dynamic(values({10, 36}, 2), 0)};
  step(state, arguments);
  EXPECT_EQ(kernels_so_far(), before);
}

TEST(DynamicAxes, TrainingStepsKeepTheirStateInPlace) {
  CompiledStep step = compile([](std::span<const Array> state, std::span<const Array> x) {
    const auto [loss, gradients] = value_and_grad(
        [&](const std::vector<Array>& w) { return mean(square(matmul(x[0], w[0]) - x[1])); }, {state[0]});
    return StepResult{{state[0] - gradients[0] * 0.1}, {loss}};
  });
  std::vector<Array> state = {values({12, 3}, 5)};
  const Storage* const memory = state[0].node().storage.get();
  Array expected = values({12, 3}, 5);
  for (const std::int64_t batch : {50, 20, 128, 33}) {
    const Array x = values({batch, 12}, 1), y = values({batch, 3}, 2);
    const Array arguments[] = {dynamic(x, 0), dynamic(y, 0)};
    step(state, arguments);
    expected = expected - grad(mean(square(matmul(x, expected) - y)), {expected})[0] * 0.1;
    eval(expected);
    expect_near(state[0], expected);
    EXPECT_EQ(state[0].node().storage.get(), memory);
  }
}

TEST(DynamicAxes, IndicesAreCheckedAgainstTheSizeOfTheDay) {
  CompiledStep step =
      compile([](std::span<const Array>, std::span<const Array> x) { return StepResult{{}, {take(x[0], x[1], 0)}}; });
  std::vector<Array> state;
  const Array at_40 = Array::from<std::int64_t>({40}, {1});
  for (const std::int64_t n : {100, 41, 40, 60}) {
    const Array arguments[] = {dynamic(values({n, 3}, 1), 0), at_40};
    if (n > 40)
      EXPECT_NO_THROW(step(state, arguments)) << n;
    else
      EXPECT_THROW(step(state, arguments), IndexError) << n;
  }
}

TEST(DynamicAxes, OfTypedTensors) {
  auto step = compile([](const Tensor<float, "time", 16>& x) { return softmax<"time">(x); });
  std::int64_t before = 0;
  for (const std::int64_t time : {21, 90, 8, 700}) {
    const Tensor<float, "time", 16> x(values({time, 16}, 3));
    const auto y = step(dynamic<"time">(x));
    if (time != 21) {
      EXPECT_EQ(kernels_so_far(), before) << time;
    }
    expect_near(y.array(), softmax(x.array(), 0));
    before = kernels_so_far();
  }
}

TEST(DynamicAxes, ThatAreNotThereAreAnError) { EXPECT_THROW(dynamic(values({2, 3}, 1), 2), ShapeError); }

}  // namespace
}  // namespace tenon
