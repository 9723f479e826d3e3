// The default device against the reference interpreter: every row of the scalar table over element types,
// ranks and views, and every op over the shapes that matter to it.
#include <gtest/gtest.h>

#include <cmath>
#include <utility>

#include "tenon/graph/compose.h"
#include "tests/support/device_values.h"
#include "tests/support/scalar_cases.h"

namespace tenon::testing {
namespace {

// A way to get an operand of some shape out of a leaf of another.
struct View {
  std::string_view name;
  Shape (*leaf_shape)(const Shape&);
  NodeRef (*apply)(const NodeRef&, const Shape&);
};

Shape reversed(const Shape& shape) {
  Shape result;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) result.push_back(shape[axis]);
  return result;
}
Shape with_last(Shape shape, std::int64_t size) {
  shape.back() = size;
  return shape;
}

const View views[] = {
    {"contiguous", [](const Shape& s) { return s; }, [](const NodeRef& x, const Shape&) { return x; }},
    {"permuted", reversed,
     [](const NodeRef& x, const Shape& s) {
       InlineVector<int, max_rank> order;
       for (int axis = s.rank() - 1; axis >= 0; --axis) order.push_back(axis);
       return build::permute(x, order);
     }},
    {"strided", [](const Shape& s) { return with_last(s, 2 * s.back() + 1); },
     [](const NodeRef& x, const Shape& s) {
       Dims start(s.rank(), 0), step(s.rank(), 1);
       start.back() = 1;
       step.back() = 2;
       return build::slice(x, start, s, step);
     }},
    {"flipped", [](const Shape& s) { return s; },
     [](const NodeRef& x, const Shape& s) { return build::flip(x, 1u << (s.rank() - 1)); }},
    {"expanded", [](const Shape& s) { return with_last(s, 1); },
     [](const NodeRef& x, const Shape& s) { return build::expand(x, s); }},
    {"padded", [](const Shape& s) { return with_last(s, s.back() - 2); },
     [](const NodeRef& x, const Shape& s) { return build::pad_axis(x, s.rank() - 1, 1, 1, 1); }},
};

// Types that a row is defined for.
std::vector<DType> types_of(const ScalarInfo& row) {
  std::vector<DType> types;
  for (const DType dtype : all_dtypes)
    if (takes(row, dtype)) types.push_back(dtype);
  return types;
}

NodeRef apply(const ScalarInfo& row, std::span<const NodeRef> operands, DType to) {
  return row.result == ResultType::given ? build::cast(operands[0], to) : build::elementwise(row.scalar, operands);
}

class ScalarOnDevice : public ::testing::TestWithParam<Scalar> {
 protected:
  const ScalarInfo& row() const { return info(GetParam()); }

  // One case: the first operand seen through `view`, the others contiguous.
  DeviceCase make_case(std::mt19937_64& random, DType dtype, const Shape& shape, const View& view, DType to) {
    DeviceCase test{
        .name = fmt::format("{} {} {} {}", tenon::name(row().scalar), tenon::name(dtype), to_string(shape), view.name),
        .function = {},
        .values = {},
        .tolerance = tolerance_of(row().scalar)};
    int operand = 0;
    for (const DType type : operand_types(row(), dtype)) {
      const Shape leaf = operand == 0 ? view.leaf_shape(shape) : shape;
      test.values.push_back(random_tensor(random, type, leaf, domain_of(row().scalar, operand++)));
    }
    test.function = [&scalar_row = row(), &view, shape, to](std::span<const NodeRef> leaves) {
      std::vector<NodeRef> operands(leaves.begin(), leaves.end());
      operands[0] = view.apply(operands[0], shape);
      return apply(scalar_row, operands, to);
    };
    return test;
  }
};

TEST_P(ScalarOnDevice, AgreesOverTypesShapesAndViews) {
  SeededRandom random(100 + static_cast<std::uint64_t>(GetParam()));
  std::vector<DeviceCase> cases;
  for (const DType dtype : types_of(row())) {
    // Everything that `cast` can become; one dummy for the others.
    for (const DType to :
         row().result == ResultType::given ? std::span<const DType>(all_dtypes) : std::span(&dtype, 1)) {
      // Of the many pairs of types that are cast, views are tried on those with float32.
      if (row().result != ResultType::given || dtype == DType::f32 || to == DType::f32)
        for (const Shape& shape : {Shape{7}, Shape{3, 5}, Shape{2, 3, 5}})
          for (const View& view : views) cases.push_back(make_case(random.engine, dtype, shape, view, to));
      for (const Shape& shape : {Shape{}, Shape{1}, Shape{0}, Shape{3, 0}, Shape{67}})
        cases.push_back(make_case(random.engine, dtype, shape, views[0], to));
    }
    if (row().result == ResultType::given) expect_device_agrees(std::exchange(cases, {}));
  }
  expect_device_agrees(cases);
}

// Every pair of special values for functions of two operands.
TEST_P(ScalarOnDevice, AgreesAtSpecialValues) {
  if ((row().takes & takes_floating) == 0) return;  // integers have none
  std::vector<DeviceCase> cases;
  const std::vector<double>& special = special_values();
  const auto count = static_cast<std::int64_t>(special.size());
  for (const DType dtype : {DType::f32, DType::f64}) {
    DeviceCase test{.name = fmt::format("{} {}", tenon::name(row().scalar), tenon::name(dtype)),
                    .function = [&](std::span<const NodeRef> x) { return apply(row(), x, DType::i32); },
                    .values = {},
                    .tolerance = tolerance_of(row().scalar)};
    int operand = 0;
    for (const DType type : operand_types(row(), dtype)) {
      HostTensor value(type, {count, count});
      for (std::int64_t i = 0; i < value.elements(); ++i) {
        const double chosen = special[static_cast<std::size_t>(operand == 0 ? i / count : i % count)];
        set(value, i, type == DType::boolean ? chosen > 0 : chosen);
      }
      test.values.push_back(value);
      ++operand;
    }
    cases.push_back(test);
  }
  expect_device_agrees(cases);
}

INSTANTIATE_TEST_SUITE_P(EveryRow, ScalarOnDevice, ::testing::ValuesIn(all_scalars()),
                         [](const auto& test) { return std::string(name(test.param)); });

// n products or sums of numbers up to 2 in single precision: each of the n roundings is off by at most half
// an ulp of a partial sum, which is at most n * 4 (Higham: Accuracy and Stability of Numerical Algorithms,
// section 3.1).
Tolerance sum_tolerance(DType dtype, std::int64_t n) {
  if (!is_floating(dtype)) return {};
  const double half_ulp = dtype == DType::f32 ? 0x1p-24 : 0x1p-53;
  const double count = static_cast<double>(n);
  return {.ulps = 1, .absolute = half_ulp * count * count * 4};
}

TEST(OpOnDevice, ReductionsAgree) {
  SeededRandom random(200);
  std::vector<DeviceCase> cases;
  struct Reduction {
    Shape shape;
    std::uint32_t axes;
  };
  const Reduction reductions[] = {{{1}, 1},         {{7}, 1},        {{1000}, 1},        {{5, 9}, 0b01},
                                  {{5, 9}, 0b10},   {{5, 9}, 0b11},  {{3, 4, 5}, 0b010}, {{3, 4, 5}, 0b101},
                                  {{65, 33}, 0b10}, {{65, 33}, 0b01}};
  for (const Scalar combine : {Scalar::add, Scalar::mul, Scalar::maximum, Scalar::minimum})
    for (const DType dtype : types_of(info(combine)))
      for (const auto& [shape, axes] : reductions) {
        const bool product = combine == Scalar::mul;
        // Products of numbers near 1, so that they neither vanish nor overflow; each rounding is relative.
        const Domain domain = product ? Domain{0.9, 1.1} : Domain{-2, 2};
        Tolerance tolerance;
        if (combine == Scalar::add) tolerance = sum_tolerance(dtype, shape.elements());
        if (product && is_floating(dtype)) tolerance = {.ulps = static_cast<double>(shape.elements())};
        cases.push_back({fmt::format("{} {} {} {:#x}", name(combine), name(dtype), to_string(shape), axes),
                         [=](auto x) { return build::reduce(combine, x[0], axes); },
                         {random_tensor(random.engine, dtype, shape, domain)},
                         tolerance});
      }
  for (const Scalar combine : {Scalar::add, Scalar::mul})
    cases.push_back(
        {"empty", [=](auto x) { return build::reduce(combine, x[0], 0b01); }, {HostTensor(DType::f32, {0, 3})}});
  expect_device_agrees(cases);
}

TEST(OpOnDevice, ExtremesPropagateNaN) {
  HostTensor x(DType::f32, {3, 40});
  set(x, 7, std::nan(""));
  set(x, 79, std::nan(""));
  std::vector<DeviceCase> cases;
  for (const Scalar combine : {Scalar::maximum, Scalar::minimum})
    for (const std::uint32_t axes : {0b01u, 0b10u, 0b11u})
      cases.push_back({fmt::format("{} {:#x}", name(combine), axes),
                       [=](auto a) { return build::reduce(combine, a[0], axes); },
                       {x}});
  expect_device_agrees(cases);
}

TEST(OpOnDevice, MovementAgrees) {
  SeededRandom random(300);
  using Refs = std::span<const NodeRef>;
  const std::pair<Shape, NodeFunction> moves[] = {
      {{2, 3, 4}, [](Refs x) { return build::reshape(x[0], {4, 6}); }},
      {{2, 3, 4}, [](Refs x) { return build::permute(x[0], std::array{2, 0, 1}); }},
      {{2, 3, 4}, [](Refs x) { return build::reshape(build::permute(x[0], std::array{1, 2, 0}), {24}); }},
      {{2, 1, 3}, [](Refs x) { return build::expand(x[0], {2, 5, 3}); }},
      {{2, 3}, [](Refs x) { return build::pad(x[0], Dims{1, 2, 0, 3}, 1); }},
      {{2, 0}, [](Refs x) { return build::pad(x[0], Dims{0, 0, 2, 1}, 1); }},
      {{7, 5}, [](Refs x) { return build::slice(x[0], Dims{6, 1}, Dims{3, 2}, Dims{-2, 2}); }},
      {{7, 5}, [](Refs x) { return build::flip(x[0], 0b11); }},
      {{7, 5},
       [](Refs x) {
         return build::slice(build::pad(x[0], Dims{2, 2, 0, 0}, 1), Dims{10, 0}, Dims{5, 5}, Dims{-2, 1});
       }},
  };
  std::vector<DeviceCase> cases;
  for (const DType dtype : all_dtypes)
    for (const auto& [shape, function] : moves)
      cases.push_back({fmt::format("{} {}", name(dtype), to_string(shape)),
                       function,
                       {random_tensor(random.engine, dtype, shape)}});
  expect_device_agrees(cases);
}

TEST(OpOnDevice, ContractionsAgree) {
  SeededRandom random(400);
  struct Product {
    Shape a, b;
    int batch, contracted;
  };
  const Product products[] = {
      {{1, 1}, {1, 1}, 0, 1},
      {{5, 7}, {3, 7}, 0, 1},
      {{33, 65}, {31, 65}, 0, 1},
      {{128, 64}, {96, 64}, 0, 1},
      {{1, 300}, {50, 300}, 0, 1},
      {{50, 300}, {1, 300}, 0, 1},
      {{100, 1}, {90, 1}, 0, 1},
      {{3, 5, 7}, {3, 6, 7}, 1, 1},
      {{2, 3, 4, 5}, {2, 6, 4, 5}, 1, 2},
      {{9}, {9}, 0, 1},
      {{3}, {4}, 0, 0},
      {{4, 0}, {5, 0}, 0, 1},
      {{0, 4}, {5, 4}, 0, 1},
  };
  std::vector<DeviceCase> cases;
  for (const DType dtype : {DType::f32, DType::f64, DType::i32, DType::i64, DType::u8})
    for (const Product& p : products) {
      std::int64_t n = 1;
      for (int i = 1; i <= p.contracted; ++i) n *= p.a[p.a.rank() - i];
      cases.push_back({fmt::format("{} {} x {}", name(dtype), to_string(p.a), to_string(p.b)),
                       [=](auto x) { return build::contract(x[0], x[1], p.batch, p.contracted); },
                       {random_tensor(random.engine, dtype, p.a), random_tensor(random.engine, dtype, p.b)},
                       sum_tolerance(dtype, n)});
    }
  expect_device_agrees(cases);
}

TEST(OpOnDevice, GatherAndScatterAgree) {
  SeededRandom random(500);
  std::vector<DeviceCase> cases;
  for (const DType dtype : {DType::f32, DType::i32})
    for (const DType index : {DType::i32, DType::i64})
      for (const Shape& shape : {Shape{}, Shape{4}, Shape{2, 3}, Shape{0}}) {
        HostTensor indices = random_tensor(random.engine, index, shape);
        for (std::int64_t i = 0; i < indices.elements(); ++i) set(indices, i, static_cast<double>(i * 7 % 5));
        Dims rows = shape;
        rows.push_back(3);
        const std::string label = fmt::format("{} at {} {}", name(dtype), name(index), to_string(shape));
        cases.push_back({"gather " + label,
                         [](auto x) { return build::gather(x[0], x[1]); },
                         {random_tensor(random.engine, dtype, {5, 3}), indices}});
        cases.push_back({"scatter_add " + label,
                         [](auto x) { return build::scatter_add(x[1], x[0], 5); },
                         {random_tensor(random.engine, dtype, Shape(rows)), indices},
                         sum_tolerance(dtype, shape.elements())});
      }
  expect_device_agrees(cases);
}

// A few NaN, infinities, zeros of both signs and equal elements among random ones.
HostTensor with_special_values(std::mt19937_64& random, DType dtype, const Shape& shape) {
  HostTensor tensor = random_tensor(random, dtype, shape);
  constexpr double inf = std::numeric_limits<double>::infinity();
  const double special[] = {std::numeric_limits<double>::quiet_NaN(), inf, -inf, 0, -0.0, 1, 1, 1};
  for (std::int64_t i = 0; is_floating(dtype) && i < tensor.elements(); ++i)
    if (random() % 4 == 0) set(tensor, i, special[random() % 8]);
  return tensor;
}

const Shape ordered_shapes[] = {{1},       {7},          {0},      {300},       {3, 5},
                                {4, 64},   {0, 3},       {3, 0},   {2, 3, 5},   {2, 33, 40},
                                {1, 9, 1}, {2, 3, 4, 5}, {33, 17}, {3, 1, 128}, {20, 1000}};

TEST(OpOnDevice, ScansAgree) {
  SeededRandom random(600);
  std::vector<DeviceCase> cases;
  for (const DType dtype : all_dtypes)
    for (const Shape& shape : ordered_shapes)
      for (int axis = 0; axis < shape.rank(); ++axis)
        for (const Scalar combine : {Scalar::add, Scalar::mul, Scalar::maximum, Scalar::minimum}) {
          if (!takes(info(combine), dtype) || (random.engine() % 3 != 0 && shape.rank() > 2)) continue;
          const bool extreme = combine == Scalar::maximum || combine == Scalar::minimum;
          // Factors near 1, so that products neither vanish nor overflow.
          const HostTensor value = extreme                  ? with_special_values(random.engine, dtype, shape)
                                   : combine == Scalar::mul ? random_tensor(random.engine, dtype, shape, {0.995, 1.005})
                                                            : random_tensor(random.engine, dtype, shape);
          Tolerance tolerance = extreme ? Tolerance{} : sum_tolerance(is_half(dtype) ? DType::f32 : dtype, shape[axis]);
          // n roundings of numbers below e^5.
          if (combine == Scalar::mul && is_floating(dtype))
            tolerance.absolute = static_cast<double>(shape[axis] + 1) * ulp_of(dtype, 64) * 4;
          if (is_half(dtype)) tolerance.ulps = 1;
          cases.push_back({fmt::format("{} {} {} along {}", name(combine), name(dtype), to_string(shape), axis),
                           [=](auto x) { return build::scan(combine, x[0], axis); },
                           {value},
                           tolerance});
        }
  expect_device_agrees(cases);
}

TEST(OpOnDevice, ArgsortsAgree) {
  SeededRandom random(700);
  std::vector<DeviceCase> cases;
  for (const DType dtype : all_dtypes)
    for (const Shape& shape : ordered_shapes)
      for (const bool descending : {false, true}) {
        const DType position = random.engine() % 2 == 0 ? DType::i32 : DType::i64;
        cases.push_back({fmt::format("{} {}{}", name(dtype), to_string(shape), descending ? " descending" : ""),
                         [=](auto x) { return build::argsort(x[0], descending, position); },
                         {with_special_values(random.engine, dtype, shape)}});
      }
  // A few of many, which are selected, and of many equal ones.
  for (const DType dtype : all_dtypes)
    for (const bool descending : {false, true})
      for (const std::int64_t count : {1, 3, 31, 32, 33, 100}) {
        const bool is_real = is_floating(dtype);
        cases.push_back({fmt::format("{} of {}{}", count, name(dtype), descending ? " descending" : ""),
                         [=](auto x) { return build::argsort(x[0], descending, DType::i32, count); },
                         {is_real && count > 31 ? with_special_values(random.engine, dtype, {2, 4000})
                                                : random_tensor(random.engine, dtype, {2, 4000})}});
      }
  // Rising and falling ones, of which all or none are better than what came before.
  for (const double step : {1, -1}) {
    HostTensor value(DType::f64, {1000});
    for (std::int64_t i = 0; i < 1000; ++i) set(value, i, step * static_cast<double>(i));
    cases.push_back(
        {fmt::format("step {}", step), [](auto x) { return build::argsort(x[0], true, DType::i64, 40); }, {value}});
  }
  for (const std::int64_t count : {0, 1, 2, 31, 32, 33})
    cases.push_back({fmt::format("{} of 128 or 127", count),
                     [=](auto x) { return build::argsort(x[0], false, DType::i64, count); },
                     {random_tensor(random.engine, DType::f32, {3, count % 2 == 0 ? 128 : 127})}});
  // Lengths around the runs that are sorted by insertion, and their merges.
  for (const std::int64_t length : {15, 16, 17, 31, 32, 33, 47, 64, 65, 129, 5000, 70000})
    cases.push_back({fmt::format("length {}", length),
                     [](auto x) { return build::argsort(x[0], false, DType::i64); },
                     {random_tensor(random.engine, DType::f32, {length})}});
  expect_device_agrees(cases);
}

// What is scanned or sorted is computed on the way, views included.
TEST(OpOnDevice, ScansAndArgsortsOfViewsAgree) {
  SeededRandom random(800);
  std::vector<DeviceCase> cases;
  for (const View& view : views)
    for (const Shape& shape : {Shape{37}, Shape{3, 20}, Shape{2, 5, 12}}) {
      const std::vector values{random_tensor(random.engine, DType::f32, view.leaf_shape(shape))};
      const auto computed = [&view, shape](const NodeRef& x) {
        const NodeRef operand = view.apply(x, shape);
        return build::binary(Scalar::add, build::unary(Scalar::abs, operand), build::full_like(operand, 0.5));
      };
      const std::string label = fmt::format("{} {}", view.name, to_string(shape));
      for (int axis = 0; axis < shape.rank(); ++axis)
        cases.push_back({fmt::format("scan {} along {}", label, axis),
                         [=](auto x) { return build::scan(Scalar::add, computed(x[0]), axis); }, values,
                         sum_tolerance(DType::f32, shape[axis])});
      cases.push_back(
          {"argsort " + label, [=](auto x) { return build::argsort(computed(x[0]), true, DType::i32); }, values});
    }
  expect_device_agrees(cases);
}

}  // namespace
}  // namespace tenon::testing
