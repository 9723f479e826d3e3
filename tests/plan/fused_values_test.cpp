// Values of what is fused in ways that have their own code: programs of several phases over rows, long and
// wide reductions, epilogues, scatters; and the small cases that random graphs have found.
#include <gtest/gtest.h>

#include "tenon/graph/compose.h"
#include "tests/support/device_values.h"

namespace tenon::testing {
namespace {

using Refs = std::span<const NodeRef>;

NodeRef reduce(Scalar combine, const NodeRef& x, std::uint32_t axes) { return build::reduce(combine, x, axes); }
NodeRef add(const NodeRef& a, const NodeRef& b) { return build::binary(Scalar::add, a, b); }
NodeRef sub(const NodeRef& a, const NodeRef& b) { return build::binary(Scalar::sub, a, b); }
NodeRef mul(const NodeRef& a, const NodeRef& b) { return build::binary(Scalar::mul, a, b); }
NodeRef div(const NodeRef& a, const NodeRef& b) { return build::binary(Scalar::div, a, b); }
NodeRef exp(const NodeRef& a) { return build::unary(Scalar::exp, a); }
NodeRef scaled(const NodeRef& a, double factor) { return mul(a, build::full_like(a, factor)); }
NodeRef like(const NodeRef& reduced, const NodeRef& x, std::uint32_t axes) {
  return build::expand_reduced(reduced, x->shape, axes);
}
NodeRef mean(const NodeRef& x, std::uint32_t axes) {
  const NodeRef total = reduce(Scalar::add, x, axes);
  const double count = static_cast<double>(x->shape.elements()) / static_cast<double>(total->shape.elements());
  return scaled(total, 1 / count);
}
NodeRef centred(const NodeRef& x, std::uint32_t axes) { return sub(x, like(mean(x, axes), x, axes)); }
NodeRef variance(const NodeRef& x, std::uint32_t axes) {
  const NodeRef difference = centred(x, axes);
  return mean(mul(difference, difference), axes);
}
NodeRef shifted_exp(const NodeRef& x, std::uint32_t axes) {
  return exp(sub(x, like(reduce(Scalar::maximum, x, axes), x, axes)));
}
NodeRef softmax(const NodeRef& x, std::uint32_t axes) {
  const NodeRef powers = shifted_exp(x, axes);
  return div(powers, like(reduce(Scalar::add, powers, axes), x, axes));
}
NodeRef log_sum_exp(const NodeRef& x, std::uint32_t axes) {
  return add(build::unary(Scalar::log, reduce(Scalar::add, shifted_exp(x, axes), axes)),
             reduce(Scalar::maximum, x, axes));
}
NodeRef normalised(const NodeRef& x, std::uint32_t axes) {
  const NodeRef spread = variance(x, axes);
  const NodeRef scale = build::unary(Scalar::rsqrt, add(spread, build::full_like(spread, 1e-5)));
  return mul(centred(x, axes), like(scale, x, axes));
}

// Results near 1 of sums of `terms` numbers of magnitude 1: `terms` roundings, and some for what follows.
Tolerance near_one(std::int64_t terms) { return {.ulps = 32, .absolute = 0x1p-24 * static_cast<double>(terms + 64)}; }

TEST(FusedValues, RowProgramsOfSeveralPhasesAgree) {
  SeededRandom random(1);
  std::vector<DeviceCase> cases;
  // Operands are spread out evenly, so that no variance but that of one number is near 0.
  const std::pair<std::string, NodeRef (*)(const NodeRef&, std::uint32_t)> programs[] = {
      {"softmax", softmax},
      {"log-sum-exp", log_sum_exp},
      {"normalised", normalised},
      {"variance", variance},
  };
  for (const auto& [label, program] : programs)
    for (const std::int64_t columns : {1, 3, 7, 8, 31, 1000})
      for (const std::int64_t rows : {5, 130})
        // Over the last axis, the first (as batch norm does), and all.
        for (const std::uint32_t axes : {0b10u, 0b01u, 0b11u}) {
          const std::int64_t terms = axes == 0b10 ? columns : axes == 0b01 ? rows : rows * columns;
          const HostTensor x = random_tensor(random.engine, DType::f32, {rows, columns});
          cases.push_back({fmt::format("{} {}x{} over {:#x}", label, rows, columns, axes),
                           [=](Refs a) { return program(a[0], axes); },
                           {x},
                           near_one(terms)});
        }
  expect_device_agrees(cases);
}

TEST(FusedValues, RowProgramsWithSeveralOutputsAgree) {
  SeededRandom random(2);
  std::vector<Array> outputs;
  std::vector<HostTensor> expected;
  const HostTensor x = random_tensor(random.engine, DType::f32, {65, 31}),
                   gain = random_tensor(random.engine, DType::f32, {31});
  const auto program = [](Refs a) -> std::vector<NodeRef> {
    const NodeRef weights = softmax(a[0], 0b10),
                  scaled_rows = mul(weights, build::broadcast_to("gain", a[1], a[0]->shape));
    return {weights,
            reduce(Scalar::maximum, a[0], 0b10),
            scaled_rows,
            reduce(Scalar::add, scaled_rows, 0b10),
            reduce(Scalar::add, weights, 0b01),
            centred(a[0], 0b10)};
  };
  const NodeRef leaves[] = {array_of(x).node_ref(), array_of(gain).node_ref()};
  for (const NodeRef& node : program(leaves)) outputs.emplace_back(node);
  eval(std::span<const Array>(outputs));
  const std::vector<HostTensor> values = {x, gain};
  expected = interpret_nodes(program(arguments_for(values)), values);
  for (std::size_t i = 0; i < outputs.size(); ++i)
    EXPECT_TRUE(matches(host_value(outputs[i]), expected[i], near_one(65))) << "output " << i;
}

TEST(FusedValues, LongReductionsAgree) {
  SeededRandom random(3);
  std::vector<DeviceCase> cases;
  const std::pair<Shape, std::uint32_t> reductions[] = {
      {{1 << 17}, 0b1},      {{65537}, 0b1},        {{3, 32771}, 0b10},    {{32771, 3}, 0b01},
      {{40, 30, 50}, 0b111}, {{40, 30, 50}, 0b101}, {{9, 4099, 2}, 0b010}, {{2, 70001}, 0b11},
      {{20000, 40}, 0b01},   {{100, 5000}, 0b01},   {{70, 3, 300}, 0b001},
  };
  for (const Scalar combine : {Scalar::add, Scalar::mul, Scalar::maximum, Scalar::minimum})
    for (const DType dtype : {DType::f32, DType::i32})
      for (const auto& [shape, axes] : reductions) {
        const bool is_product = combine == Scalar::mul;
        // Factors so close to 1 that no product is far from it.
        const Domain domain = is_product ? Domain{1 - 1e-6, 1 + 1e-6} : Domain{-1, 1};
        const double roundoff = dtype == DType::f32 ? 0x1p-24 : 0x1p-53, n = static_cast<double>(shape.elements());
        // Sums of n numbers of magnitude 1, in at least 16 interleaved or chained parts: n * n / 16 roundings
        // of 1 in the worst case; products: n relative ones.
        Tolerance tolerance{.ulps = 1, .absolute = is_product ? 4 * n * roundoff : n * n / 16 * roundoff};
        if (!is_floating(dtype) || combine == Scalar::maximum || combine == Scalar::minimum) tolerance = {};
        cases.push_back({fmt::format("{} {} {} {:#x}", name(combine), name(dtype), to_string(shape), axes),
                         [=](Refs a) { return reduce(combine, a[0], axes); },
                         {random_tensor(random.engine, dtype, shape, domain)},
                         tolerance});
      }
  expect_device_agrees(cases);
}

TEST(FusedValues, EpiloguesOfContractionsAgree) {
  SeededRandom random(4);
  std::vector<DeviceCase> cases;
  const std::pair<std::string, NodeFunction> epilogues[] = {
      {"bias and activation",
       [](Refs a) {
         const NodeRef c = build::contract(a[0], a[1], 0, 1);
         return build::unary(Scalar::relu, add(c, build::broadcast_to("bias", a[2], c->shape)));
       }},
      {"permuted reader",
       [](Refs a) { return exp(scaled(build::permute(build::contract(a[0], a[1], 0, 1), std::array{1, 0}), 0.01)); }},
      {"reshaped and permuted reader",
       [](Refs a) {
         const NodeRef c = build::reshape(build::contract(a[0], a[1], 0, 1), {7, 10, 4, 12});
         return add(build::permute(c, std::array{2, 0, 3, 1}), build::full(DType::f32, {4, 7, 12, 10}, 1));
       }},
      {"read twice",
       [](Refs a) {
         const NodeRef c = build::contract(a[0], a[1], 0, 1);
         return mul(scaled(c, 0.1), build::unary(Scalar::sigmoid, c));
       }},
      {"read at two places",
       [](Refs a) {
         const NodeRef c = build::contract(a[0], a[1], 0, 1);
         return add(c, build::flip(c, 0b01));
       }},
      {"residual",
       [](Refs a) {
         const NodeRef c = build::contract(a[0], a[1], 0, 1);
         return add(c, build::expand(build::narrow(a[0], 1, 3, 1), c->shape));
       }},
      {"prologue",
       [](Refs a) {
         return build::contract(build::unary(Scalar::tanh, a[0]), build::flip(scaled(a[1], 0.5), 0b11), 0, 1);
       }},
      {"followed by a softmax", [](Refs a) { return softmax(scaled(build::contract(a[0], a[1], 0, 1), 0.1), 0b10); }},
      {"of two contractions",
       [](Refs a) {
         const NodeRef c = scaled(build::contract(a[0], a[1], 0, 1), 0.1);  // [70, 48]
         return build::contract(c, build::permute(c, std::array{0, 1}), 0, 1);
       }},
  };
  for (const auto& [label, function] : epilogues)
    cases.push_back(
        {label,
         function,
         {random_tensor(random.engine, DType::f32, {70, 33}), random_tensor(random.engine, DType::f32, {48, 33}),
          random_tensor(random.engine, DType::f32, {48})},
         // Sums of 33 products below 4, twice in a row: magnitudes below 33 * 4 * 48.
         {.ulps = 16, .absolute = 0x1p-24 * 33 * 33 * 4 * 8}});
  expect_device_agrees(cases);
}

// Everything an epilogue can feed, in one plan: the sum itself, what it becomes, and a reduction of it.
TEST(FusedValues, ContractionsWithSeveralReadersAgree) {
  SeededRandom random(5);
  const std::vector<HostTensor> values = {random_tensor(random.engine, DType::f32, {2, 40, 24}),
                                          random_tensor(random.engine, DType::f32, {2, 50, 24})};
  const auto program = [](Refs a) -> std::vector<NodeRef> {
    const NodeRef c = build::contract(a[0], a[1], 1, 1);  // [2, 40, 50]
    const NodeRef active = build::unary(Scalar::relu, c);
    return {c,
            active,
            build::permute(active, std::array{0, 2, 1}),
            reduce(Scalar::add, active, 0b100),
            reduce(Scalar::maximum, c, 0b010),
            add(active, c)};
  };
  std::vector<NodeRef> leaves;
  for (const HostTensor& value : values) leaves.push_back(array_of(value).node_ref());
  std::vector<Array> outputs;
  for (const NodeRef& node : program(leaves)) outputs.emplace_back(node);
  eval(std::span<const Array>(outputs));
  const std::vector<HostTensor> expected = interpret_nodes(program(arguments_for(values)), values);
  for (std::size_t i = 0; i < outputs.size(); ++i)
    EXPECT_TRUE(matches(host_value(outputs[i]), expected[i], {.ulps = 4, .absolute = 0x1p-24 * 24 * 24 * 4 * 50}))
        << "output " << i;
}

TEST(FusedValues, ScattersOfOneAndOfManyColumnsAgree) {
  SeededRandom random(6);
  std::vector<DeviceCase> cases;
  for (const DType dtype : {DType::f32, DType::u8})
    for (const std::int64_t columns : {0, 1, 3, 64, 4096})
      for (const std::int64_t rows : {1, 300})
        for (const std::int64_t updates : {0, 1, 77}) {
          HostTensor indices(DType::i64, {updates});
          for (std::int64_t i = 0; i < updates; ++i) set(indices, i, static_cast<double>(i * 7919 % rows));
          cases.push_back({fmt::format("{} {} updates of {} to {} rows", name(dtype), updates, columns, rows),
                           [=](Refs a) { return build::scatter_add(a[0], scaled(a[1], 2), rows); },
                           {indices, random_tensor(random.engine, dtype, {updates, columns})},
                           // Sums of up to 77 numbers below 4.
                           {.ulps = 1, .absolute = is_floating(dtype) ? 0x1p-24 * 77 * 77 * 4 : 0}});
        }
  // No columns at all: one number for each index.
  HostTensor indices(DType::i32, {500});
  for (std::int64_t i = 0; i < 500; ++i) set(indices, i, static_cast<double>(i % 9));
  cases.push_back(
      {"histogram", [](Refs a) { return build::scatter_add(a[0], build::full(DType::i32, {500}, 1), 9); }, {indices}});
  expect_device_agrees(cases);
}

// Independent small things side by side in one kernel, and small ones behind what they wait for.
TEST(FusedValues, StagesSideBySideAndBehindEachOtherAgree) {
  SeededRandom random(7);
  std::vector<HostTensor> values;
  for (int i = 0; i < 12; ++i) values.push_back(random_tensor(random.engine, DType::f32, {3 + i, 40 * (1 + i % 3)}));
  const auto program = [](Refs a) {
    std::vector<NodeRef> outputs;
    NodeRef total = build::constant(DType::f32, 0);
    for (const NodeRef& x : a) {
      const NodeRef sums = mean(exp(x), 0b10);
      outputs.push_back(softmax(x, 0b01));
      total = add(total, mean(sums, 0b1));
      outputs.push_back(total);
      outputs.push_back(mul(x, build::broadcast_to("total", total, x->shape)));
    }
    return outputs;
  };
  std::vector<NodeRef> leaves;
  for (const HostTensor& value : values) leaves.push_back(array_of(value).node_ref());
  std::vector<Array> outputs;
  for (const NodeRef& node : program(leaves)) outputs.emplace_back(node);
  eval(std::span<const Array>(outputs));
  const std::vector<HostTensor> expected = interpret_nodes(program(arguments_for(values)), values);
  for (std::size_t i = 0; i < outputs.size(); ++i)
    // Sums of up to 12 means of 120 numbers below 8, times 2.
    EXPECT_TRUE(matches(host_value(outputs[i]), expected[i], {.ulps = 16, .absolute = 0x1p-24 * 120 * 12 * 8}))
        << "output " << i;
}

// --- found by random graphs

// 2^60 paths through 120 nodes: time goes with nodes, not with paths.
TEST(FusedValues, LongChainsOfSharedNodesTakeNoExponentialTime) {
  SeededRandom random(8);
  std::vector<DeviceCase> cases;
  const NodeFunction links[] = {
      [](Refs a) { return scaled(add(mul(a[0], a[0]), a[0]), 0.25); },
      [](Refs a) {
        return build::where(build::binary(Scalar::lt, a[0], build::full_like(a[0], 0)), build::unary(Scalar::neg, a[0]),
                            scaled(a[0], 0.5));
      },
      [](Refs a) { return add(scaled(a[0], 0.5), scaled(build::flip(a[0], 1), 0.5)); },
  };
  for (std::size_t link = 0; link < std::size(links); ++link) {
    const int length = link == 2 ? 12 : 60;
    const NodeFunction chain = [&links, link, length](Refs a) {
      NodeRef x = a[0];
      for (int i = 0; i < length; ++i) x = links[link](std::span(&x, 1));
      return x;
    };
    cases.push_back({fmt::format("link {}", link),
                     chain,
                     {random_tensor(random.engine, DType::f64, {200})},
                     {.ulps = 16, .absolute = 1e-13}});
    cases.push_back({fmt::format("sum of link {}", link),
                     [=](Refs a) { return reduce(Scalar::add, chain(a), 1); },
                     {random_tensor(random.engine, DType::f64, {200})},
                     {.ulps = 16, .absolute = 1e-11}});
    cases.push_back({fmt::format("link {} of a small value that is broadcast", link),
                     [=](Refs a) { return mul(build::expand(chain(a), {200}), a[1]); },
                     {random_tensor(random.engine, DType::f64, {1}), random_tensor(random.engine, DType::f64, {200})},
                     {.ulps = 64, .absolute = 1e-13}});
    cases.push_back(
        {fmt::format("link {} of a contraction", link),
         [=](Refs a) { return chain(std::vector{scaled(build::contract(a[0], a[1], 0, 1), 0.02)}); },
         {random_tensor(random.engine, DType::f64, {24, 17}), random_tensor(random.engine, DType::f64, {30, 17})},
         {.ulps = 16, .absolute = 1e-13}});
  }
  // A chain over rows flips nothing: the last link does not fit the shape of a matrix.
  std::erase_if(cases, [](const DeviceCase& test) { return test.name == "link 2 of a contraction"; });
  expect_device_agrees(cases);
}

// g++ 12 vectorises the outer loops of these wrongly if it is let: see c_loops.cpp.
TEST(FusedValues, GuardedLoadsInShortLoopsAreRight) {
  SeededRandom random(9);
  const auto padded_product = [](Refs a) {
    const NodeRef rows = build::reshape(build::pad(a[1], Dims{210, 1890}), {1, 100, 8, 3});
    return build::contract(build::expand(a[0], {1, 8, 3}), rows, 1, 2);
  };
  const auto padded_twice = [](Refs a) {
    const NodeRef inner = build::reshape(build::pad(scaled(a[1], 0x1p-5), Dims{2, 21}), {13, 2});
    return build::pad(scaled(add(a[0], inner), 0.5), Dims{1, 1, 0, 2}, 1);
  };
  std::vector<DeviceCase> cases;
  for (const DType dtype : {DType::f32, DType::f64}) {
    cases.push_back({"product",
                     padded_product,
                     {random_tensor(random.engine, dtype, {1, 1, 3}), random_tensor(random.engine, dtype, {300})},
                     {.ulps = 1, .absolute = 0x1p-24 * 24 * 24 * 4}});
    cases.push_back({"twice",
                     padded_twice,
                     {random_tensor(random.engine, dtype, {13, 2}), random_tensor(random.engine, dtype, {3})},
                     {.ulps = 1}});
  }
  expect_device_agrees(cases);
}

TEST(FusedValues, ViewsOfNothingAreWhatTheyArePaddedWith) {
  const HostTensor nothing(DType::f32, {0, 3}), column(DType::f32, {4, 0});
  const std::vector<DeviceCase> cases = {
      {"padded", [](Refs a) { return build::pad(build::reshape(a[0], {3, 0}), Dims{1, 1, 2, 2}, 7); }, {nothing}},
      {"padded later",
       [](Refs a) { return exp(build::pad(exp(build::reshape(exp(a[0]), {3, 0})), Dims{0, 0, 2, 2}, 1)); },
       {nothing}},
      {"summed", [](Refs a) { return reduce(Scalar::add, exp(a[0]), 0b10); }, {column}},
      {"multiplied and read again",
       [](Refs a) { return add(reduce(Scalar::mul, exp(a[0]), 0b10), build::full(DType::f32, {4}, 1)); },
       {column}},
      {"contracted", [](Refs a) { return exp(build::contract(a[0], exp(a[0]), 0, 1)); }, {column}},
  };
  expect_device_agrees(cases);
}

// The row is looked up once for all columns; its index keeps its range when it moves out of their loop.
TEST(FusedValues, IndicesMayMoveOutOfTheLoopOverColumns) {
  SeededRandom random(10);
  HostTensor indices(DType::i64, {32});
  for (std::int64_t i = 0; i < 32; ++i) set(indices, i, static_cast<double>(i % 3));
  const std::vector<DeviceCase> cases = {
      {"scatter",
       [](Refs a) { return build::scatter_add(a[0], a[1], 3); },
       {indices, random_tensor(random.engine, DType::i32, {32, 7})}},
      {"gather",
       [](Refs a) { return build::gather(a[1], a[0]); },
       {indices, random_tensor(random.engine, DType::f32, {3, 4097})}},
  };
  expect_device_agrees(cases);
}

// The test of the padding stays beside the load that it guards, though it does not depend on the innermost loop.
TEST(FusedValues, IndicesBehindPaddingAreNotRead) {
  const HostTensor table = tensor_of(DType::f32, {1, 3}, {1, 2, 3}), indices(DType::i32, {5});
  const HostTensor at(DType::i32, {9});
  expect_device_agrees(std::vector<DeviceCase>{{"scatter_add(pad(gather))",
                                                [](Refs a) {
                                                  const std::array<std::int64_t, 4> padding{2, 2, 0, 0};
                                                  return build::scatter_add(
                                                      a[2], build::pad(build::gather(a[0], a[1]), padding), 4);
                                                },
                                                {table, indices, at}}});
}

}  // namespace
}  // namespace tenon::testing
