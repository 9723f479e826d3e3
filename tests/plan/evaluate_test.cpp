// Evaluation: nodes become leaves, errors change nothing, and views of leaves cost nothing.
#include "tenon/plan/evaluate.h"

#include <gtest/gtest.h>

#include "tenon/array/compile.h"
#include "tenon/array/ops.h"
#include "tenon/graph/compose.h"
#include "tenon/plan/plan_cache.h"
#include "tests/support/device_values.h"
#include "tests/support/errors.h"
#include "tests/support/graph_values.h"

namespace tenon::testing {
namespace {

const void* memory_of(const NodeRef& leaf) { return static_cast<const Buffer&>(*leaf->storage).data(); }

void evaluate_all(std::initializer_list<NodeRef> nodes) { evaluate(std::span(nodes.begin(), nodes.size())); }

NodeRef leaf_of(const HostTensor& value) { return array_of(value).node_ref(); }

class Evaluation : public ::testing::Test {
 protected:
  const HostTensor value = tensor_of(DType::f32, {2, 3}, {1, 2, 3, 4, 5, 6});
  const NodeRef x = leaf_of(value);
};

TEST_F(Evaluation, NodesBecomeLeavesThatHoldTheirValue) {
  const NodeRef sum = build::binary(Scalar::add, x, x);
  evaluate_all({sum});
  EXPECT_EQ(sum->op, Op::parameter);
  EXPECT_EQ(sum->input_count, 0);
  EXPECT_TRUE(matches(host_value(Array(sum)), tensor_of(DType::f32, {2, 3}, {2, 4, 6, 8, 10, 12})));
}

TEST_F(Evaluation, WhatHasAValueIsNotComputedAgain) {
  const NodeRef sum = build::binary(Scalar::add, x, x);
  evaluate_all({sum});
  const void* const memory = memory_of(sum);
  const std::int64_t plans = PlanCache::instance().statistics().misses + PlanCache::instance().statistics().hits;
  evaluate_all({sum, x});
  EXPECT_EQ(memory_of(sum), memory);
  EXPECT_EQ(PlanCache::instance().statistics().misses + PlanCache::instance().statistics().hits, plans);
}

TEST_F(Evaluation, TheSameNodeTwiceIsOneValue) {
  const NodeRef sum = build::binary(Scalar::add, x, x), again = build::binary(Scalar::add, x, x);
  evaluate_all({sum, sum, again});
  EXPECT_TRUE(matches(host_value(Array(sum)), host_value(Array(again))));
  EXPECT_EQ(memory_of(sum), memory_of(again));
}

TEST_F(Evaluation, ReshapesOfALeafShareItsMemory) {
  const NodeRef flat = build::reshape(x, {6}), column = build::reshape(flat, {6, 1});
  evaluate_all({flat, column});
  EXPECT_EQ(memory_of(flat), memory_of(x));
  EXPECT_EQ(memory_of(column), memory_of(x));
  EXPECT_TRUE(matches(host_value(Array(flat)), tensor_of(DType::f32, {6}, {1, 2, 3, 4, 5, 6})));
}

TEST_F(Evaluation, ReshapesOfAValueShareItsMemory) {
  const NodeRef sum = build::binary(Scalar::add, x, x), flat = build::reshape(sum, {6});
  evaluate_all({flat, sum});
  EXPECT_EQ(memory_of(flat), memory_of(sum));
  EXPECT_TRUE(matches(host_value(Array(flat)), tensor_of(DType::f32, {6}, {2, 4, 6, 8, 10, 12})));
}

TEST_F(Evaluation, OtherViewsGetTheirOwnMemory) {
  const NodeRef turned = build::permute(x, std::array{1, 0}), back = build::flip(x, 0b11);
  evaluate_all({turned, back});
  EXPECT_NE(memory_of(turned), memory_of(x));
  EXPECT_TRUE(matches(host_value(Array(turned)), tensor_of(DType::f32, {3, 2}, {1, 4, 2, 5, 3, 6})));
  EXPECT_TRUE(matches(host_value(Array(back)), tensor_of(DType::f32, {2, 3}, {6, 5, 4, 3, 2, 1})));
}

TEST_F(Evaluation, ConstantsNeedNoLeaf) {
  const NodeRef number = build::constant(DType::i32, 7), full = build::full(DType::f64, {2, 2}, 0.5);
  const NodeRef count = build::iota(DType::i64, 3), nothing = build::full(DType::f32, {0, 4}, 1);
  evaluate_all({number, full, count, nothing});
  EXPECT_TRUE(matches(host_value(Array(number)), tensor_of(DType::i32, {}, {7})));
  EXPECT_TRUE(matches(host_value(Array(full)), tensor_of(DType::f64, {2, 2}, {0.5, 0.5, 0.5, 0.5})));
  EXPECT_TRUE(matches(host_value(Array(count)), tensor_of(DType::i64, {3}, {0, 1, 2})));
  EXPECT_EQ(nothing->op, Op::parameter);
}

TEST_F(Evaluation, ABadIndexIsAnErrorAndChangesNothing) {
  const NodeRef good = build::binary(Scalar::add, x, x);
  for (const double bad : {2.0, -1.0, 1e9}) {
    const NodeRef indices = leaf_of(tensor_of(DType::i32, {3}, {0, bad, 1}));
    const NodeRef rows = build::gather(x, indices);
    expect_error<IndexError>([&] { evaluate_all({good, rows}); }, {"gather", "size 2"});
    EXPECT_EQ(good->op, Op::elementwise);
    EXPECT_EQ(rows->op, Op::gather);
    EXPECT_FALSE(rows->storage);
    const NodeRef sums = build::scatter_add(indices, leaf_of(HostTensor(DType::f32, {3, 4})), 2);
    expect_error<IndexError>([&] { evaluate_all({sums}); }, {"size 2"});
    EXPECT_EQ(sums->op, Op::scatter_add);
  }
  evaluate_all({good});
  EXPECT_TRUE(matches(host_value(Array(good)), tensor_of(DType::f32, {2, 3}, {2, 4, 6, 8, 10, 12})));
}

TEST_F(Evaluation, RowsOfAnEmptyTableAreAnError) {
  const NodeRef empty = leaf_of(HostTensor(DType::f32, {0, 3})), index = leaf_of(HostTensor(DType::i64, {2}));
  expect_error<IndexError>([&] { evaluate_all({build::gather(empty, index)}); }, {"gather"});
  // No rows at all are fine.
  const NodeRef none = build::gather(empty, leaf_of(HostTensor(DType::i64, {0})));
  evaluate_all({none});
  EXPECT_TRUE(matches(host_value(Array(none)), HostTensor(DType::f32, {0, 3})));
}

// A bad index is an error wherever it is used, not only where it reaches memory at once.
TEST_F(Evaluation, BadIndicesInsideFusedKernelsAreErrors) {
  const NodeRef indices = leaf_of(tensor_of(DType::i64, {3}, {0, 5, 1}));
  const NodeRef rows = build::gather(build::unary(Scalar::exp, x), indices);
  expect_error<IndexError>([&] { evaluate_all({build::reduce(Scalar::add, rows, 0b11)}); }, {"size 2"});
  // Computed indices are checked too.
  const NodeRef shifted =
      build::binary(Scalar::add, leaf_of(tensor_of(DType::i64, {2}, {0, 1})), build::full(DType::i64, {2}, 1));
  expect_error<IndexError>([&] { evaluate_all({build::gather(x, shifted)}); }, {"size 2"});
}

// A table of equal elements is computed in place of looked up.
TEST_F(Evaluation, BadIndicesIntoConstantsAreErrors) {
  const NodeRef indices = leaf_of(tensor_of(DType::i64, {3}, {0, 5, 1}));
  for (const DType dtype : {DType::f32, DType::i32, DType::boolean})
    for (const double filling : {0, 1}) {
      for (const std::int64_t rows : {4, 1, 0}) {
        const NodeRef table = build::full(dtype, {rows, 2}, filling);
        expect_error<IndexError>([&] { evaluate_all({build::gather(table, indices)}); },
                                 {"gather", fmt::format("size {}", rows)});
      }
      const NodeRef padded = build::gather(build::full(dtype, {6, 2}, filling), indices);
      evaluate_all({padded});
      EXPECT_TRUE(matches(host_value(Array(padded)),
                          tensor_of(dtype, {3, 2}, {filling, filling, filling, filling, filling, filling})));
    }
}

// Interpreter and kernels agree: rows without elements are not computed, and their indices are checked all the same.
TEST_F(Evaluation, LookupsWithoutElementsCheckTheirIndices) {
  const HostTensor table(DType::f32, {6, 0}), updates(DType::f32, {2, 0});
  const auto gathered = [](auto a) { return build::gather(a[0], a[1]); };
  const auto scattered = [](auto a) { return build::scatter_add(a[1], a[0], 6); };
  const auto scattered_nowhere = [](auto a) { return build::scatter_add(a[1], build::cast(a[1], DType::f32), 0); };
  const auto check = [&](const NodeFunction& f, const HostTensor& given, const HostTensor& indices, const Shape& shape,
                         bool is_inside) {
    SCOPED_TRACE(fmt::format("{} {}", to_string(indices.shape), is_inside));
    const HostTensor values[] = {given, indices};
    const NodeRef leaves[] = {leaf_of(given), leaf_of(indices)};
    // Beside the value itself, what depends on it.
    const NodeRef y = f(leaves), sum = build::reduce(Scalar::add, f(leaves), (1u << shape.rank()) - 1);
    EXPECT_EQ(y->shape, shape);
    if (!is_inside) {
      const std::string size = fmt::format("size {}", &given == &table ? 6 : shape[0]);
      expect_error<IndexError>([&] { interpret_function(f, values); }, {size});
      expect_error<IndexError>([&] { evaluate_all({y}); }, {size});
      expect_error<IndexError>([&] { evaluate_all({sum}); }, {size});
      return;
    }
    EXPECT_EQ(interpret_function(f, values).shape, shape);
    evaluate_all({y, sum});
    EXPECT_EQ(host_value(Array(y)).elements(), 0);
    EXPECT_TRUE(matches(host_value(Array(sum)), tensor_of(DType::f32, {}, {0})));
  };
  for (const double last : {5, 6, -1}) {
    const bool is_inside = last == 5;
    for (const DType dtype : {DType::i32, DType::i64}) {
      const HostTensor one = tensor_of(dtype, {}, {last}), two = tensor_of(dtype, {2}, {0, last});
      check(gathered, table, one, {0}, is_inside);
      check(gathered, table, two, {2, 0}, is_inside);
      check(scattered, updates, two, {6, 0}, is_inside);
      check(scattered_nowhere, updates, two, {0}, false);
    }
  }
  const HostTensor none(DType::i64, {0});
  check(gathered, table, none, {0, 0}, true);
  check(scattered_nowhere, updates, none, {0}, true);
}

// Of several lookups in one kernel, and of equal graphs that were made in different places.
TEST_F(Evaluation, AnIndexErrorNamesTheCallThatItIsOf) {
  const Array table = Array::from(std::vector<float>{1, 2, 3, 4}, {4});
  const auto both = [&](const Array& good, const Array& bad, std::source_location& of_bad) {
    const Array first = take(table, good, 0);
    of_bad = std::source_location::current();
    const Array second = take(table + table, bad, 0);
    return first + second;
  };
  const Array inside = Array::from(std::vector<std::int64_t>{0, 1}, {2});
  const Array outside = Array::from(std::vector<std::int64_t>{0, 7}, {2});
  std::source_location where;
  const Array y = both(inside, outside, where);
  expect_error<IndexError>([&] { y.to_vector<float>(); },
                           {"size 4", "evaluate_test.cpp:" + std::to_string(where.line() + 1)});
  for (int i = 0; i < 2; ++i) {
    const std::source_location here = std::source_location::current();
    const Array one = i == 0 ? take(table, outside, 0) : Array();
    const std::source_location there = std::source_location::current();
    const Array other = i == 1 ? take(table, outside, 0) : Array();
    expect_error<IndexError>([&] { (i == 0 ? one : other).to_vector<float>(); },
                             {"evaluate_test.cpp:" + std::to_string((i == 0 ? here : there).line() + 1)});
  }
  CompiledStep step = compile([&](std::span<const Array>, std::span<const Array> inputs) -> StepResult {
    return {{}, {take(table, inputs[0], 0)}};
  });
  std::vector<Array> none;
  EXPECT_EQ(step(none, std::span(&inside, 1)).size(), 1u);
  expect_error<IndexError>([&] { step(none, std::span(&outside, 1)); }, {"size 4", "evaluate_test.cpp"});
}

TEST_F(Evaluation, ArgumentsOfATracedFunctionHaveNoValue) {
  const NodeRef argument = make_argument(DType::f32, {2, 3}, 0);
  expect_error<ValueError>([&] { evaluate_all({argument}); }, {"argument", "traced"});
}

TEST_F(Evaluation, WhatDependsOnAnArgumentHasNoValueEither) {
  for (const int slot : {0, 3}) {
    const NodeRef argument = make_argument(DType::f32, {2, 3}, slot);
    const NodeRef sum = build::binary(Scalar::add, x, build::unary(Scalar::exp, argument));
    expect_error<ValueError>([&] { evaluate_all({sum}); }, {"argument", "traced"});
    EXPECT_EQ(sum->op, Op::elementwise);
  }
}

TEST_F(Evaluation, OperandsOnTwoDevicesAreAnError) {
  Device& other = find_device("reference");
  Ref<Buffer> buffer = other.allocate(24, Origin("test"));
  const NodeRef there = make_leaf(DType::f32, {2, 3}, Ref<const Storage>(buffer.get()));
  expect_error<DeviceError>([&] { evaluate_all({build::binary(Scalar::add, x, there)}); }, {"cpu", "reference"});
}

TEST_F(Evaluation, TheReferenceDeviceInterprets) {
  Device& other = find_device("reference");
  Ref<Buffer> buffer = other.allocate(24, Origin("test"));
  other.copy_from_host(*buffer, value.bytes.data(), value.bytes.size());
  const NodeRef there = make_leaf(DType::f32, {2, 3}, Ref<const Storage>(buffer.get()));
  const NodeRef sum = build::reduce(Scalar::add, there, 0b01), flat = build::reshape(there, {6});
  evaluate_all({sum, flat});
  EXPECT_TRUE(matches(host_value(Array(sum)), tensor_of(DType::f32, {3}, {5, 7, 9})));
  EXPECT_EQ(memory_of(flat), memory_of(there));
}

}  // namespace
}  // namespace tenon::testing
