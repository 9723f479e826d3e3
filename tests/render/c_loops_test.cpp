#include "tenon/render/c_loops.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "compiled_c.h"

namespace tenon {
namespace {

using testing::CompiledC;
using testing::run;

// Makes kernels in few words.
struct Builder {
  Kernel kernel;

  explicit Builder(std::string name) {
    kernel.name = std::move(name);
    kernel.pool = std::make_shared<ExprPool>();
  }
  ExprPool& pool() { return *kernel.pool; }
  int buffer(DType dtype, bool is_written = false) {
    kernel.buffers.push_back({0, dtype, is_written});
    return static_cast<int>(kernel.buffers.size()) - 1;
  }
  Expr load(int buffer, Expr index) {
    return pool().load(kernel.buffers[static_cast<std::size_t>(buffer)].dtype, buffer, index);
  }
  Expr number(DType dtype, double value) {
    return pool().number(dtype,
                         is_floating(dtype) ? std::bit_cast<std::int64_t>(value) : static_cast<std::int64_t>(value));
  }
  Expr local(DType dtype, int number) { return pool().local(dtype, number); }
  Expr apply(Scalar op, Expr a) { return pool().scalar(op, a->dtype, {a}); }
  Expr apply(Scalar op, Expr a, Expr b) { return pool().scalar(op, a->dtype, {a, b}); }
  Statement loop(Loop::Kind kind, Expr variable, Statements body) {
    return {Loop{kind, variable, pool().integer(0), pool().integer(variable->upper), std::move(body)}};
  }
  std::string render(std::vector<Stage> stages) {
    kernel.body = LoopProgram{std::move(stages)};
    return render_loops_c(kernel);
  }
};

constexpr auto parallel = Loop::Kind::parallel;
constexpr auto simd = Loop::Kind::simd;

double start_of(Scalar combine) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  return combine == Scalar::add ? 0 : combine == Scalar::mul ? 1 : combine == Scalar::maximum ? -infinity : infinity;
}

// out[row] = reduce(combine, in[row, :])    in: [rows, columns]
std::string reduction(const std::string& name, Scalar combine, DType dtype, std::int64_t rows, std::int64_t columns) {
  Builder b(name);
  const int in = b.buffer(dtype), out = b.buffer(dtype, true);
  const Expr row = b.pool().variable(rows), column = b.pool().variable(columns);
  const Expr x = b.load(in, b.pool().add(b.pool().multiply(row, columns), column));
  const Expr start = is_floating(dtype) ? b.number(dtype, start_of(combine)) : b.number(dtype, combine == Scalar::mul);
  return b.render({{{b.loop(parallel, row,
                            {{Declare{0, dtype, 0, start}},
                             b.loop(simd, column, {{Assign{0, nullptr, x, true, combine}}}),
                             {Store{out, row, b.local(dtype, 0)}}})}}});
}

// out = softmax over columns.    in, out: [rows, columns]
std::string softmax(const std::string& name, std::int64_t rows, std::int64_t columns) {
  Builder b(name);
  const int in = b.buffer(DType::f32), out = b.buffer(DType::f32, true);
  const Expr row = b.pool().variable(rows), column = b.pool().variable(columns);
  const Expr index = b.pool().add(b.pool().multiply(row, columns), column);
  const Expr largest = b.local(DType::f32, 0), sum = b.local(DType::f32, 1), e = b.pool().local(DType::f32, 2, column);
  const Expr exponential = b.apply(Scalar::exp, b.apply(Scalar::sub, b.load(in, index), largest));
  return b.render(
      {{{b.loop(parallel, row,
                {{Declare{0, DType::f32, 0, b.number(DType::f32, start_of(Scalar::maximum))}},
                 b.loop(simd, column, {{Assign{0, nullptr, b.load(in, index), true, Scalar::maximum}}}),
                 {Declare{1, DType::f32, 0, b.number(DType::f32, 0)}},
                 {Declare{2, DType::f32, columns}},
                 b.loop(simd, column, {{Assign{2, column, exponential}}, {Assign{1, nullptr, e, true, Scalar::add}}}),
                 b.loop(simd, column, {{Store{out, index, b.apply(Scalar::div, e, sum)}}})})}}});
}

TEST(CLoops, ReductionsOfEveryKindAndType) {
  constexpr std::int64_t rows = 5;
  const std::int64_t widths[] = {1, 7, 8, 64, 1000};
  const Scalar combines[] = {Scalar::add, Scalar::mul, Scalar::maximum, Scalar::minimum};
  const DType dtypes[] = {DType::f32, DType::f64, DType::i32, DType::i64};
  const auto name_of = [](Scalar combine, DType dtype, std::int64_t width) {
    return std::string(name(combine)) + std::string(name(dtype)) + "_" + std::to_string(width);
  };
  std::string source;
  for (Scalar combine : combines)
    for (DType dtype : dtypes)
      for (std::int64_t width : widths)
        source += reduction(name_of(combine, dtype, width), combine, dtype, rows, width);
  const CompiledC compiled(source);

  const auto check = [&](auto zero, Scalar combine, DType dtype, std::int64_t width) {
    using T = decltype(zero);
    std::mt19937 rng(7);
    std::vector<T> in(static_cast<std::size_t>(rows * width)), out(rows);
    for (T& x : in)
      x = std::is_floating_point_v<T> ? static_cast<T>(static_cast<int>(rng() % 9) - 4) : static_cast<T>(rng() % 9);
    run(compiled.function(name_of(combine, dtype, width)), {in.data(), out.data()});
    for (std::size_t row = 0; row < rows; ++row) {
      // Small integers, so sums are exact in any order; products are 0, except in the shortest rows.
      double expected = std::is_floating_point_v<T> ? start_of(combine) : combine == Scalar::mul;
      for (std::size_t k = 0; k < static_cast<std::size_t>(width); ++k)
        expected = info(combine).reference_floating(
            expected, static_cast<double>(in[row * static_cast<std::size_t>(width) + k]), 0);
      EXPECT_EQ(static_cast<double>(out[row]), expected) << name_of(combine, dtype, width);
    }
  };
  for (Scalar combine : combines)
    for (std::int64_t width : widths) {
      check(0.0f, combine, DType::f32, width);
      check(0.0, combine, DType::f64, width);
      if (combine == Scalar::mul) continue;
      check(std::int32_t{}, combine, DType::i32, width);
      check(std::int64_t{}, combine, DType::i64, width);
    }
}

TEST(CLoops, MaximaAndMinimaHandNanOn) {
  constexpr std::size_t width = 100;
  const CompiledC compiled(reduction("maximum_f32", Scalar::maximum, DType::f32, 1, width) +
                           reduction("minimum_f32", Scalar::minimum, DType::f32, 1, width) +
                           reduction("maximum_f64", Scalar::maximum, DType::f64, 1, width) +
                           reduction("minimum_f64", Scalar::minimum, DType::f64, 1, width));
  const auto check = [&](auto zero, const std::string& name) {
    using T = decltype(zero);
    const T infinity = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
    T out;
    for (std::size_t at = 0; at < width; ++at)
      for (T bad : {nan, -nan}) {
        std::vector<T> in(width, at % 2 == 0 ? infinity : -infinity);
        in[at] = bad;
        run(compiled.function(name), {in.data(), &out});
        EXPECT_NE(out, out) << name << " with NaN at " << at;
      }
    for (T all : {infinity, -infinity, T(-3), T(0), std::numeric_limits<T>::denorm_min()}) {
      std::vector<T> in(width, all);
      run(compiled.function(name), {in.data(), &out});
      EXPECT_EQ(out, all) << name;
    }
  };
  check(0.0f, "maximum_f32");
  check(0.0f, "minimum_f32");
  check(0.0, "maximum_f64");
  check(0.0, "minimum_f64");
}

TEST(CLoops, SoftmaxHasTheSameBitsOnAnyNumberOfThreads) {
  constexpr std::size_t rows = 13, columns = 1000;
  const CompiledC compiled(softmax("softmax", rows, columns));
  std::mt19937 rng(3);
  std::vector<float> in(rows * columns), out(rows * columns), other(rows * columns);
  for (float& x : in) x = static_cast<float>(rng() % 10000) / 1000;
  run(compiled.function("softmax"), {in.data(), out.data()});
  for (std::size_t row = 0; row < rows; ++row) {
    double sum = 0;
    for (std::size_t k = 0; k < columns; ++k) sum += std::exp(static_cast<double>(in[row * columns + k]));
    for (std::size_t k = 0; k < columns; ++k) {
      const double expected = std::exp(static_cast<double>(in[row * columns + k])) / sum;
      ASSERT_NEAR(out[row * columns + k], expected, 1e-5 * expected);
    }
  }
  for (int threads : {2, 3, 20}) {
    run(compiled.function("softmax"), {in.data(), other.data()}, threads);
    EXPECT_EQ(out, other);
  }
  std::vector<float> in_place = in;
  run(compiled.function("softmax"), {in_place.data(), in_place.data()}, 2);
  EXPECT_EQ(out, in_place);
}

TEST(CLoops, StagesSeeWhatAllThreadsWroteBefore) {
  // b1[i] = b0[i] + 1; then b2[i] = b1[n - 1 - i] * 2
  constexpr std::int64_t count = 100000;
  Builder b("stages");
  const int in = b.buffer(DType::f32), middle = b.buffer(DType::f32, true), out = b.buffer(DType::f32, true);
  const Expr i = b.pool().variable(count), j = b.pool().variable(count);
  const Expr mirrored = b.pool().add(b.pool().multiply(j, -1), count - 1);
  const Expr first = b.apply(Scalar::add, b.load(in, i), b.number(DType::f32, 1));
  const Expr second = b.apply(Scalar::mul, b.load(middle, mirrored), b.number(DType::f32, 2));
  const CompiledC compiled(b.render(
      {{{b.loop(parallel, i, {{Store{middle, i, first}}})}}, {{b.loop(parallel, j, {{Store{out, j, second}}})}}}));
  std::vector<float> x(count), y(count), z(count);
  for (std::size_t k = 0; k < count; ++k) x[k] = static_cast<float>(k);
  for (int threads : {1, 2, 4}) {
    std::fill(y.begin(), y.end(), -1.0f);
    run(compiled.function("stages"), {x.data(), y.data(), z.data()}, threads);
    for (std::size_t k = 0; k < count; ++k) ASSERT_EQ(z[k], 2 * (x[count - 1 - k] + 1)) << threads;
  }
}

TEST(CLoops, AStageWithoutAParallelLoopRunsOnce) {
  // scatter_add: out[index[i]] += update[i], in order
  Builder b("scatter");
  const int index = b.buffer(DType::i64), update = b.buffer(DType::f32), out = b.buffer(DType::f32, true);
  const Expr i = b.pool().variable(6);
  const Expr target = b.pool().checked(b.load(index, i), 3, 9);
  const CompiledC compiled(
      b.render({{{b.loop(Loop::Kind::serial, i, {{Store{out, target, b.load(update, i), true}}})}}}));
  std::vector<std::int64_t> indices{0, 2, 2, 1, 0, 2};
  std::vector<float> updates{1, 2, 3, 4, 5, 6}, sums(3);
  EXPECT_EQ(run(compiled.function("scatter"), {indices.data(), updates.data(), sums.data()}, 4), 0);
  EXPECT_EQ(sums, (std::vector<float>{6, 4, 11}));
}

TEST(CLoops, NeighbouringStoresMayReplaceWhatTheirValuesRead) {
  // parameter = parameter - momentum, with the old momentum; momentum = gradient; both in place, momentum
  // first.
  constexpr std::int64_t count = 100;
  Builder b("update");
  const int gradient = b.buffer(DType::f32), momentum = b.buffer(DType::f32), parameter = b.buffer(DType::f32);
  const int new_momentum = b.buffer(DType::f32, true), new_parameter = b.buffer(DType::f32, true);
  const Expr i = b.pool().variable(count);
  const Expr updated = b.apply(Scalar::sub, b.load(parameter, i), b.load(momentum, i));
  const CompiledC compiled(b.render(
      {{{b.loop(parallel, i, {{Store{new_momentum, i, b.load(gradient, i)}}, {Store{new_parameter, i, updated}}})}}}));
  std::vector<float> g(count, 3), m(count, 2), p(count, 10);
  run(compiled.function("update"), {g.data(), m.data(), p.data(), m.data(), p.data()}, 2);
  EXPECT_EQ(m, std::vector<float>(count, 3));
  EXPECT_EQ(p, std::vector<float>(count, 8));
}

// Arguments that the short form of a sine is not made for change no other element, in place and on any number of
// threads.
TEST(CLoops, BlocksWithLargeArgumentsOfASineGiveTheSameBits) {
  constexpr std::int64_t count = 5000;
  Builder b("waves");
  const int in = b.buffer(DType::f32), out = b.buffer(DType::f32, true);
  const Expr i = b.pool().variable(count), x = b.load(in, i);
  const Expr value = b.apply(Scalar::sin, b.apply(Scalar::mul, b.apply(Scalar::cos, x), x));
  const std::string text = b.render({{{b.loop(parallel, i, {{Store{out, i, value}}})}}});
  EXPECT_NE(text.find("tn_usual_sin_f32"), std::string::npos) << text;
  const CompiledC compiled(text);
  std::vector<float> inputs(count);
  for (std::size_t k = 0; k < count; ++k) inputs[k] = std::ldexp(static_cast<float>(k) - 2500, -5);
  std::vector<float> small = inputs;
  run(compiled.function("waves"), {small.data(), small.data()}, 1);
  for (const int threads : {1, 3}) {
    std::vector<float> mixed = inputs;
    for (std::size_t k = 100; k < count; k += 1777) mixed[k] = static_cast<float>(k) * 1e30f;
    const std::vector<float> before = mixed;
    run(compiled.function("waves"), {mixed.data(), mixed.data()}, threads);
    for (std::size_t k = 0; k < count; ++k) {
      if (before[k] == inputs[k]) {
        ASSERT_EQ(mixed[k], small[k]) << before[k];
      }
      ASSERT_LE(std::abs(mixed[k]), 1.0f) << before[k];
      if (std::abs(before[k]) < 80) {
        const double argument = std::cos(static_cast<double>(before[k])) * static_cast<double>(before[k]);
        EXPECT_NEAR(mixed[k], std::sin(argument), 3e-5) << before[k];
      }
    }
  }
}

// Arguments that are merely loaded are looked at before their block, which then has either form for all of its calls.
TEST(CLoops, BlocksOfLoadedArgumentsOfASineChooseTheirForm) {
  constexpr std::int64_t count = 1300;
  Builder b("chosen");
  const int in = b.buffer(DType::f32), out = b.buffer(DType::f32, true);
  const Expr i = b.pool().variable(count), x = b.load(in, i);
  const Expr value = b.apply(Scalar::sub, b.apply(Scalar::sin, x), b.apply(Scalar::cos, x));
  const std::string text = b.render({{{b.loop(parallel, i, {{Store{out, i, value}}})}}});
  EXPECT_EQ(text.find("ahead"), std::string::npos) << text;
  EXPECT_NE(text.find("tn_usual_cos_f32"), std::string::npos) << text;
  const CompiledC compiled(text);
  std::vector<float> inputs(count);
  for (std::size_t k = 0; k < count; ++k) inputs[k] = static_cast<float>(k) - 650;
  for (const float wide : {0.0f, 1e30f, -0x1.8p17f, std::numeric_limits<float>::infinity()}) {
    inputs[600] = wide;
    for (const int threads : {1, 3}) {
      std::vector<float> values = inputs;
      run(compiled.function("chosen"), {values.data(), values.data()}, threads);
      for (std::size_t k = 0; k < count; ++k) {
        const double argument = inputs[k];
        if (std::isfinite(argument)) {
          ASSERT_NEAR(values[k], std::sin(argument) - std::cos(argument), 4e-7) << argument;
        } else {
          ASSERT_TRUE(std::isnan(values[k]));
        }
      }
    }
  }
}

// The sum of sines over rows with and without large arguments.
TEST(CLoops, ReductionsRunOverBlocksOfSines) {
  constexpr std::int64_t rows = 3, columns = 1300;
  Builder b("sums");
  const int in = b.buffer(DType::f32), out = b.buffer(DType::f32, true);
  const Expr row = b.pool().variable(rows), i = b.pool().variable(columns);
  const Expr sine = b.apply(Scalar::sin, b.load(in, b.pool().add(b.pool().multiply(row, columns), i)));
  const CompiledC compiled(b.render({{{b.loop(
      parallel, row,
      {{Declare{0, DType::f32, 0, b.number(DType::f32, 0)}},
       {Declare{1, DType::f32, 0, b.number(DType::f32, -2)}},
       b.loop(simd, i,
              {{Assign{0, nullptr, sine, true, Scalar::add}}, {Assign{1, nullptr, sine, true, Scalar::maximum}}}),
       {Store{out, row, b.apply(Scalar::add, b.local(DType::f32, 0), b.local(DType::f32, 1))}}})}}}));
  std::vector<float> x(rows * columns), y(rows);
  for (std::size_t k = 0; k < x.size(); ++k) x[k] = static_cast<float>(k) * (k % 500 == 3 && k > 1300 ? 1e20f : 0.37f);
  run(compiled.function("sums"), {x.data(), y.data()}, 2);
  for (std::size_t r = 0; r < rows; ++r) {
    double sum = 0, largest = -2;
    for (std::size_t k = r * columns; k < (r + 1) * columns; ++k) {
      sum += std::sin(static_cast<double>(x[k]));
      largest = std::max(largest, std::sin(static_cast<double>(x[k])));
    }
    EXPECT_NEAR(y[r], sum + largest, 1e-3) << r;
  }
}

TEST(CLoops, LargeLocalArraysLieInScratchMemory) {
  // l0[i] = in[i] * 2; out[i] = l0[n - 1 - i]
  constexpr std::int64_t count = 10000;
  Builder b("reverse");
  const int in = b.buffer(DType::f64), out = b.buffer(DType::f64, true);
  const Expr row = b.pool().variable(3), i = b.pool().variable(count);
  const Expr index = b.pool().add(b.pool().multiply(row, count), i);
  const Expr mirrored = b.pool().add(b.pool().multiply(i, -1), count - 1);
  const std::string source =
      b.render({{{b.loop(parallel, row,
                         {{Declare{0, DType::f64, count}},
                          b.loop(simd, i, {{Assign{0, i, b.apply(Scalar::add, b.load(in, index), b.load(in, index))}}}),
                          b.loop(simd, i, {{Store{out, index, b.pool().local(DType::f64, 0, mirrored)}}})})}}});
  EXPECT_EQ(loops_scratch_bytes(b.kernel), 80000u);
  const CompiledC compiled(source);
  std::vector<double> x(3 * count), y(3 * count);
  for (std::size_t k = 0; k < x.size(); ++k) x[k] = static_cast<double>(k);
  run(compiled.function("reverse"), {x.data(), y.data()}, 2, loops_scratch_bytes(b.kernel));
  for (std::size_t k = 0; k < x.size(); ++k) ASSERT_EQ(y[k], 2 * x[k / count * count + count - 1 - k % count]);
}

TEST(CLoops, AccumulatorArraysSumOverRows) {
  // out[j] = sum over i of in[i, j]    in: [50, 100]
  Builder b("columns");
  const int in = b.buffer(DType::f32), out = b.buffer(DType::f32, true);
  const Expr i = b.pool().variable(50), j = b.pool().variable(100);
  const Expr x = b.load(in, b.pool().add(b.pool().multiply(i, 100), j));
  const CompiledC compiled(
      b.render({{{{Declare{0, DType::f32, 100}},
                  b.loop(simd, j, {{Assign{0, j, b.number(DType::f32, 0)}}}),
                  b.loop(Loop::Kind::serial, i, {b.loop(simd, j, {{Assign{0, j, x, true, Scalar::add}}})}),
                  b.loop(simd, j, {{Store{out, j, b.pool().local(DType::f32, 0, j)}}})}}}));
  std::vector<float> matrix(5000), sums(100);
  for (std::size_t k = 0; k < 5000; ++k) matrix[k] = static_cast<float>(k / 100 + k % 100);
  run(compiled.function("columns"), {matrix.data(), sums.data()});
  for (std::size_t k = 0; k < 100; ++k) EXPECT_EQ(sums[k], 49 * 25 + 50 * static_cast<float>(k));
}

TEST(CLoops, EqualKernelsHaveEqualTextsButForTheName) {
  std::string one = softmax("one", 13, 100);
  const std::string two = softmax("two", 13, 100);
  EXPECT_NE(one, two);
  one.replace(one.find("one"), 3, "two");
  EXPECT_EQ(one, two);
}

TEST(CLoops, InvariantLoadsLeaveTheSimdLoopUnlessItWritesThem) {
  Builder b("scale");
  const int in = b.buffer(DType::f32), rate = b.buffer(DType::f32), out = b.buffer(DType::f32, true);
  const Expr i = b.pool().variable(64);
  const Expr value = b.apply(Scalar::mul, b.load(in, i), b.load(rate, b.pool().integer(0)));
  const std::string text = b.render({{{b.loop(simd, i, {{Store{out, i, value}}})}}});
  EXPECT_LT(text.find("= b1[0]"), text.find("for (")) << text;

  Builder c("running");
  const int total = c.buffer(DType::f32, true);
  const Expr j = c.pool().variable(64);
  const std::string running = c.render({{{c.loop(
      Loop::Kind::serial, j, {{Store{total, c.pool().integer(0), c.load(total, c.pool().integer(0)), true}}})}}});
  EXPECT_GT(running.find("= b0[0]"), running.find("for (")) << running;
}

}  // namespace
}  // namespace tenon
