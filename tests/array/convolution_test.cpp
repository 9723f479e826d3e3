// Convolutions against nested loops, and their gradients against central differences.
#include "tenon/array/convolution.h"

#include "tests/support/array_values.h"
#include "tests/support/device_values.h"

namespace tenon::testing {
namespace {

using Arrays = std::span<const Array>;

// Calls f at every position of the shape, in row-major order.
template <class F>
void for_each_position(const Shape& shape, F f) {
  Position at(static_cast<std::size_t>(shape.rank()), 0);
  for (std::int64_t i = 0; i < shape.elements(); ++i) {
    f(at);
    for (std::size_t axis = at.size(); axis-- > 0;) {
      if (++at[axis] < shape[static_cast<int>(axis)]) break;
      at[axis] = 0;
    }
  }
}

std::int64_t flat_position(const Shape& shape, const Position& at) {
  std::int64_t flat = 0;
  for (int axis = 0; axis < shape.rank(); ++axis) flat = flat * shape[axis] + at[static_cast<std::size_t>(axis)];
  return flat;
}

struct ConvCase {
  Shape input, weight;
  ConvOptions options;
};

// Each pair of an element of the input and one of the result that a weight joins.
template <class F>
void for_each_product(const Shape& input, const Shape& weight, const Shape& result, const ConvOptions& options,
                      const std::vector<std::int64_t>& before, F f) {
  const std::int64_t out_in_group = weight[0] / options.groups;
  for_each_position(result, [&](const Position& to) {
    for_each_position(Shape(part_of(weight, 1, weight.rank())), [&](const Position& tap) {
      Position from = {to[0], to[1] / out_in_group * weight[1] + tap[0]}, at = {to[1], tap[0]};
      for (int i = 0; i < weight.rank() - 2; ++i) {
        const std::size_t axis = static_cast<std::size_t>(i);
        from.push_back(to[axis + 2] * options.stride[i] + tap[axis + 1] * options.dilation[i] - before[axis]);
        if (from.back() < 0 || from.back() >= input[i + 2]) return;
        at.push_back(tap[axis + 1]);
      }
      f(from, at, to);
    });
  });
}

HostTensor conv_reference(const HostTensor& x, const HostTensor& w, const ConvOptions& options) {
  std::vector<std::int64_t> before;
  Shape shape{x.shape[0], w.shape[0]};
  for (int i = 0; i < w.shape.rank() - 2; ++i) {
    const std::int64_t extent = (w.shape[i + 2] - 1) * options.dilation[i] + 1;
    const std::int64_t total = options.padding.is_same ? extent - 1 : 2 * options.padding.amount[i];
    before.push_back(total / 2);
    shape.push_back((x.shape[i + 2] + total - extent) / options.stride[i] + 1);
  }
  HostTensor y(DType::f64, shape);
  for (std::int64_t i = 0; i < y.elements(); ++i) set(y, i, 0);
  for_each_product(x.shape, w.shape, shape, options, before,
                   [&](const Position& from, const Position& at, const Position& to) {
                     y.data<double>()[flat_position(shape, to)] += element_at(x, from) * element_at(w, at);
                   });
  return y;
}

const ConvCase conv_cases[] = {
    {{2, 3, 7}, {4, 3, 3}, {}},
    {{1, 4, 9}, {6, 2, 4}, {.stride = 2, .padding = 3, .dilation = 2, .groups = 2}},
    {{2, 3, 5, 6}, {4, 3, 3, 3}, {.padding = 1}},
    {{2, 2, 7, 5}, {3, 2, 3, 2}, {.stride = {2, 3}, .padding = {2, 1}}},
    {{1, 2, 9, 8}, {2, 2, 3, 3}, {.padding = {0, 2}, .dilation = {3, 2}}},
    {{2, 6, 5, 5}, {4, 3, 3, 3}, {.stride = 2, .padding = 1, .groups = 2}},
    {{2, 3, 6, 5}, {6, 1, 3, 3}, {.padding = 1, .groups = 3}},
    {{3, 5, 4, 4}, {7, 5, 1, 1}, {}},
    {{2, 3, 4, 4}, {2, 3, 4, 4}, {}},
    {{2, 2, 5, 6}, {3, 2, 4, 3}, {.padding = AutoPadding::same, .dilation = {1, 2}}},
    {{1, 2, 4, 5, 3}, {3, 2, 2, 3, 2}, {.stride = {1, 2, 1}, .padding = {1, 1, 0}}},
    {{2, 4, 3, 4, 5}, {4, 2, 2, 2, 3}, {.padding = 1, .dilation = {1, 1, 2}, .groups = 2}},
    {{4, 16, 12, 12}, {16, 16, 3, 3}, {.padding = 1}},  // large enough for tiles
    {{3, 16, 13, 12}, {32, 8, 5, 3}, {.stride = 2, .padding = {2, 1}, .groups = 2}},
};

Array run(const ConvCase& test, const Array& x, const Array& w) { return conv(x, w, {}, test.options); }

TEST(Conv, AgreesWithNestedLoops) {
  SeededRandom random(11);
  std::vector<Array> outputs;
  std::vector<HostTensor> expected;
  for (const ConvCase& test : conv_cases) {
    const HostTensor x = random_tensor(random.engine, DType::f64, test.input);
    const HostTensor w = random_tensor(random.engine, DType::f64, test.weight);
    outputs.push_back(run(test, array_of(x), array_of(w)));
    expected.push_back(conv_reference(x, w, test.options));
  }
  eval(std::span<const Array>(outputs));
  // Sums of at most 144 products below 4 in another order: 144 * 4 * 144 * 2^-53.
  for (std::size_t i = 0; i < outputs.size(); ++i)
    EXPECT_TRUE(matches(host_value(outputs[i]), expected[i], {.absolute = 1e-11})) << "case " << i;
}

TEST(Conv, InFloat32AgreesWithFloat64) {
  SeededRandom random(12);
  const HostTensor x = random_tensor(random.engine, DType::f32, {2, 16, 15, 17});
  const HostTensor w = random_tensor(random.engine, DType::f32, {24, 16, 3, 3});
  const ConvOptions options{.stride = 2, .padding = 1};
  const Array y = conv2d(array_of(x), array_of(w), {}, options);
  const Array exact = conv2d(astype(array_of(x), DType::f64), astype(array_of(w), DType::f64), {}, options);
  eval(y, exact);
  EXPECT_EQ(y.dtype(), DType::f32);
  // 144 products below 4, each sum rounded to 2^-24 of it.
  EXPECT_TRUE(matches(host_value(astype(y, DType::f64)), host_value(exact), {.absolute = 144 * 4 * 6e-8}));
}

TEST(Conv, AddsTheBiasToEachChannel) {
  Together expect;
  const Array x = ones({1, 1, 2, 2}, DType::f64), w = ones({2, 1, 1, 1}, DType::f64);
  const Array y = conv2d(x, w, Array::from({10.0, 20.0}, {2}));
  expect.elements(y, {1, 2, 2, 2}, {11, 11, 11, 11, 21, 21, 21, 21});
}

TEST(Conv, PromotesElementTypes) {
  Together expect;
  expect.elements(conv1d(counted({1, 1, 4}, DType::i32), ones({1, 1, 2}, DType::i32)), {1, 1, 3}, {1, 3, 5});
  EXPECT_EQ(conv1d(zeros({1, 1, 4}, DType::i32), zeros({1, 1, 2}, DType::f64)).dtype(), DType::f64);
}

TEST(Conv, OfAnEmptyBatchIsEmpty) {
  EXPECT_EQ(conv2d(zeros({0, 2, 5, 5}), zeros({3, 2, 3, 3})).shape(), (Shape{0, 3, 3, 3}));
}

TEST(Conv, GradientsAreThoseOfCentralDifferences) {
  std::vector<GradientCase> cases;
  const auto add = [&](std::string_view name, const ConvCase& test) {
    cases.push_back({name,
                     [test](Arrays x) { return conv(x[0], x[1], x[2], test.options); },
                     {test.input, test.weight, {test.weight[0]}}});
  };
  add("1d", {{2, 2, 5}, {2, 2, 3}, {.padding = 1}});
  add("strided", {{1, 2, 6, 5}, {2, 2, 3, 2}, {.stride = 2, .padding = {1, 0}}});
  add("dilated in groups", {{1, 4, 5, 4}, {2, 2, 2, 2}, {.padding = 1, .dilation = {2, 1}, .groups = 2}});
  add("depthwise", {{2, 2, 4, 3}, {4, 1, 3, 3}, {.padding = AutoPadding::same, .groups = 2}});
  add("3d", {{1, 1, 3, 2, 3}, {2, 1, 2, 2, 2}, {.stride = {1, 1, 2}, .padding = {0, 1, 1}}});
  expect_array_gradients(cases, 13);
}

struct TransposeCase {
  Shape input, weight;
  ConvTransposeOptions options;
  Shape result;
};

const TransposeCase transpose_cases[] = {
    {{2, 3, 5}, {3, 4, 3}, {}, {2, 4, 7}},
    {{1, 2, 4}, {2, 3, 3}, {.stride = 2, .padding = 1, .output_padding = 1}, {1, 3, 8}},
    {{2, 2, 3, 4}, {2, 3, 3, 2}, {.stride = {2, 3}, .padding = {1, 0}, .output_padding = {1, 2}}, {2, 3, 6, 13}},
    {{1, 4, 3, 3}, {4, 2, 2, 3}, {.padding = {0, 1}, .dilation = {2, 1}, .groups = 2}, {1, 4, 5, 3}},
    {{1, 4, 3, 2}, {4, 1, 3, 3}, {.stride = 2, .dilation = 2, .groups = 4}, {1, 4, 9, 7}},
    {{1, 2, 3, 3}, {2, 2, 2, 2}, {.padding = 2, .output_padding = 1, .dilation = 2}, {1, 2, 2, 2}},
    {{1, 1, 4, 3}, {1, 1, 2, 2}, {.stride = {1, 2}, .output_padding = {2, 1}, .dilation = {3, 1}}, {1, 1, 9, 7}},
    {{1, 2, 2, 3, 2}, {2, 2, 2, 1, 3}, {.stride = {2, 1, 2}, .padding = {0, 0, 1}}, {1, 2, 4, 3, 3}},
    {{1, 4, 2, 3, 2}, {4, 1, 2, 2, 3}, {.padding = {0, 1, 0}, .groups = 2}, {1, 2, 3, 2, 4}},
    {{2, 16, 10, 10}, {16, 16, 3, 3}, {.stride = 2, .padding = 1, .output_padding = 1}, {2, 16, 20, 20}},
};

// What each element of the input adds to the result.
HostTensor transpose_reference(const HostTensor& x, const HostTensor& w, const TransposeCase& test) {
  HostTensor y(DType::f64, test.result);
  for (std::int64_t i = 0; i < y.elements(); ++i) set(y, i, 0);
  const ConvOptions options{
      .stride = test.options.stride, .dilation = test.options.dilation, .groups = test.options.groups};
  std::vector<std::int64_t> before;
  for (int i = 0; i < w.shape.rank() - 2; ++i) before.push_back(test.options.padding[i]);
  for_each_product(test.result, w.shape, x.shape, options, before,
                   [&](const Position& from, const Position& at, const Position& to) {
                     y.data<double>()[flat_position(y.shape, from)] += element_at(x, to) * element_at(w, at);
                   });
  return y;
}

// Whole numbers, of which every sum is exact: values, gradients and gradients of gradients, at sizes that run as tiled
// contractions.
TEST(Conv, LargeProductsAreThoseOfTheInterpreter) {
  struct Layer {
    Shape input, weight;
    ConvOptions options;
  };
  const Layer layers[] = {
      {{2, 6, 20, 21}, {8, 6, 3, 3}, {.padding = 1}},
      {{2, 6, 18, 24}, {8, 6, 3, 2}, {}},
      {{2, 6, 19, 20}, {8, 6, 3, 3}, {.stride = 2, .padding = 1}},
      {{1, 8, 20, 20}, {12, 4, 3, 3}, {.padding = 3, .dilation = 2, .groups = 2}},
      {{2, 5, 300}, {7, 5, 5}, {.padding = 5}},
      {{1, 3, 9, 9, 18}, {5, 3, 2, 3, 3}, {.padding = {1, 0, 2}}},
  };
  std::vector<DeviceCase> cases;
  std::mt19937_64 random(3);
  for (const Layer& layer : layers) {
    const auto convolve = [options = layer.options](const Array& x, const Array& w) { return conv(x, w, {}, options); };
    const Shape result = convolve(zeros(layer.input), zeros(layer.weight)).shape();
    std::vector<HostTensor> values;
    for (const Shape& shape : {layer.input, layer.weight, result, layer.input}) {
      HostTensor tensor(DType::f32, shape);
      for (std::int64_t i = 0; i < tensor.elements(); ++i) set(tensor, i, static_cast<double>(random() % 5) - 2);
      values.push_back(std::move(tensor));
    }
    const auto gradients = [convolve](std::span<const NodeRef> a) {
      const std::vector<Array> variables = independent(std::vector<Array>{Array(a[0]), Array(a[1])});
      const Array y = convolve(variables[0], variables[1]), cotangent(a[2]);
      return vjp(std::span(&y, 1), std::span(&cotangent, 1), std::span<const Array>(variables));
    };
    const std::string name = to_string(layer.input) + " " + to_string(layer.weight);
    cases.push_back({name, [=](auto a) { return convolve(Array(a[0]), Array(a[1])).node_ref(); }, values});
    cases.push_back({name + " by input", [=](auto a) { return gradients(a)[0].node_ref(); }, values});
    cases.push_back({name + " by weight", [=](auto a) { return gradients(a)[1].node_ref(); }, values});
    // The gradient by the input, weighted, differentiated by the weight.
    cases.push_back({name + " by both",
                     [=](std::span<const NodeRef> a) {
                       const Array w = independent(std::vector<Array>{Array(a[1])})[0];
                       const NodeRef of_weight[] = {a[0], w.node_ref(), a[2]};
                       return grad(sum(gradients(of_weight)[0] * Array(a[3])), {w})[0].node_ref();
                     },
                     values});
  }
  expect_device_agrees(cases);
}

TEST(ConvTranspose, AgreesWithNestedLoops) {
  SeededRandom random(14);
  std::vector<Array> outputs;
  std::vector<HostTensor> expected;
  for (const TransposeCase& test : transpose_cases) {
    const HostTensor x = random_tensor(random.engine, DType::f64, test.input);
    const HostTensor w = random_tensor(random.engine, DType::f64, test.weight);
    outputs.push_back(conv_transpose(array_of(x), array_of(w), {}, test.options));
    expected.push_back(transpose_reference(x, w, test));
  }
  eval(std::span<const Array>(outputs));
  for (std::size_t i = 0; i < outputs.size(); ++i)
    EXPECT_TRUE(matches(host_value(outputs[i]), expected[i], {.absolute = 1e-11})) << "case " << i;
}

TEST(ConvTranspose, GradientsAreThoseOfCentralDifferences) {
  std::vector<GradientCase> cases;
  const auto add = [&](std::string_view name, const TransposeCase& test) {
    cases.push_back({name,
                     [test](Arrays x) { return conv_transpose(x[0], x[1], x[2], test.options); },
                     {test.input, test.weight, {test.result[1]}}});
  };
  add("by windows", {{1, 2, 3, 3}, {2, 2, 2, 3}, {.padding = 1}, {1, 2, 2, 3}});
  add("by products", {{1, 2, 3}, {2, 1, 3}, {.stride = 2, .padding = 1, .output_padding = 1, .groups = 2}, {1, 2, 6}});
  expect_array_gradients(cases, 15);
}

TEST(Conv, SaysWhatDoesNotFit) {
  const Array x = zeros({2, 4, 8, 8}), w = zeros({6, 4, 3, 3});
  expect_error<ShapeError>([&] { conv1d(x, w); }, {"conv1d", "[2, 4, 8, 8]", "[6, 4, 3, 3]", "1 spatial"});
  expect_error<ShapeError>([&] { conv(zeros({2, 4}), zeros({6, 4})); }, {"conv", "one to three"});
  expect_error<ShapeError>([&] { conv2d(zeros({2, 5, 8, 8}), w); }, {"conv2d", "5 channels", "takes 4"});
  expect_error<ShapeError>([&] { conv2d(x, zeros({6, 2, 3, 3}), {}, {.groups = 4}); }, {"6 channels", "4 groups"});
  expect_error<ShapeError>([&] { conv2d(x, w, {}, {.groups = 2}); }, {"4 channels", "2 groups", "takes 8"});
  expect_error<ValueError>([&] { conv2d(x, w, {}, {.groups = 0}); }, {"conv2d", "0 groups"});
  expect_error<ShapeError>([&] { conv2d(x, w, zeros({4})); }, {"conv2d", "bias", "[4]", "[6]"});
  expect_error<ShapeError>([&] { conv2d(x, w, {}, {.dilation = {1, 4}}); },
                           {"window of 3", "4 apart", "spatial axis 1", "8"});
  expect_error<ShapeError>([&] { conv2d(x, zeros({6, 4, 0, 3})); }, {"conv2d", "empty", "[6, 4, 0, 3]"});
  expect_error<ValueError>([&] { conv2d(x, w, {}, {.stride = {1, 2, 3}}); }, {"3 numbers", "stride", "2 spatial axes"});
  expect_error<ValueError>([&] { conv2d(x, w, {}, {.stride = {1, 0}}); }, {"stride of 0", "at least 1"});
  expect_error<ValueError>([&] { conv2d(x, w, {}, {.padding = -1}); }, {"padding of -1"});
  expect_error<ValueError>([&] { conv2d(x, w, {}, {.stride = 2, .padding = AutoPadding::same}); },
                           {"same", "stride of 2"});
  expect_error<ValueError>([] { PerAxis{1, 2, 3, 4}; }, {"three spatial axes"});
  expect_error<ShapeError>([&] { conv_transpose2d(x, w); }, {"conv_transpose2d", "4 channels", "takes 6"});
  expect_error<ValueError>([&] { conv_transpose2d(x, zeros({4, 6, 3, 3}), {}, {.stride = 2, .output_padding = 2}); },
                           {"output padding of 2", "stride 2"});
  expect_error<ShapeError>([&] { conv_transpose2d(zeros({1, 4, 1, 8}), zeros({4, 6, 3, 3}), {}, {.padding = 2}); },
                           {"spatial axis 0", "size -1"});
  expect_error<DTypeError>([&] { conv_transpose1d(zeros({1, 1, 3}, DType::i32), zeros({1, 1, 3}, DType::i32)); },
                           {"conv_transpose1d", "int32"});
}

}  // namespace
}  // namespace tenon::testing
