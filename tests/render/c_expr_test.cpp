#include "tenon/render/c_expr.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include "compiled_c.h"
#include "tenon/kernel/kernel.h"
#include "tenon/render/c_loops.h"

namespace tenon {
namespace {

using testing::CompiledC;
using testing::run;

// 16-bit floats are not computed with; their casts are tested in tests/array.
constexpr DType all_dtypes[] = {DType::boolean, DType::u8,  DType::i8,  DType::i16, DType::i32,
                                DType::u32,     DType::i64, DType::f32, DType::f64};

template <class Visit>
auto with_type(DType dtype, Visit visit) {
  switch (dtype) {
    case DType::boolean: return visit(bool{});
    case DType::u8: return visit(std::uint8_t{});
    case DType::i8: return visit(std::int8_t{});
    case DType::i16: return visit(std::int16_t{});
    case DType::i32: return visit(std::int32_t{});
    case DType::u32: return visit(std::uint32_t{});
    case DType::i64: return visit(std::int64_t{});
    case DType::f32: return visit(float{});
    default: return visit(double{});
  }
}

// Ends of the range, zero, one, NaN, infinity and ordinary numbers.
template <class T>
std::vector<T> interesting_values() {
  using Limits = std::numeric_limits<T>;
  if constexpr (std::is_same_v<T, bool>) {
    return {false, true};
  } else if constexpr (std::is_integral_v<T>) {
    std::vector<T> values{Limits::min(),     T(Limits::min() + 1), 0, 1, 2, 3, 17, T(200), Limits::max() / 2,
                          Limits::max() - 1, Limits::max()};
    if (std::is_signed_v<T>) values.insert(values.end(), {T(-1), T(-2), T(-100)});
    return values;
  } else {
    return {T(0),
            T(1),
            T(-1),
            T(0.5),
            T(-0.25),
            T(2.5),
            T(-3.75),
            T(20),
            T(-20),
            T(1e-20),
            T(1e9),
            T(-1e10),
            T(3e9),
            T(1e20),
            T(-1e20),
            T(255.5),
            T(256),
            T(2147483648.0),
            T(4294967296.0),
            T(9223372036854775808.0),
            Limits::infinity(),
            -Limits::infinity(),
            Limits::quiet_NaN()};
  }
}

// out = value, in one parallel loop of `count` iterations over the operands' elements.
struct Elementwise {
  Kernel kernel;
  Expr i;

  Elementwise(std::string name, std::int64_t count, std::vector<DType> buffers, DType result) {
    kernel.name = std::move(name);
    kernel.pool = std::make_shared<ExprPool>();
    for (DType dtype : buffers) kernel.buffers.push_back({0, dtype, false});
    kernel.buffers.push_back({0, result, true});
    i = kernel.pool->variable(count);
  }
  ExprPool& pool() { return *kernel.pool; }
  Expr load(int buffer) { return load(buffer, i); }
  Expr load(int buffer, Expr index) {
    return pool().load(kernel.buffers[static_cast<std::size_t>(buffer)].dtype, buffer, index);
  }
  const Kernel& store(Expr value) {
    const Store store{static_cast<int>(kernel.buffers.size()) - 1, i, value};
    const Loop loop{Loop::Kind::parallel, i, pool().integer(0), pool().integer(i->upper), {{store}}};
    kernel.body = LoopProgram{{Stage{{{loop}}}}};
    return kernel;
  }
};

// How far a function of the prelude may be from the reference, in units in the last place of the result's
// type. c_math_test holds the functions to their promises; this only tells one function from another.
int allowed_ulp(Scalar scalar) {
  if (scalar == Scalar::polygamma) return 2 * (256 + 4);  // (n + 4) 2^-52 of the result, for n up to 256
  return info(scalar).cost >= 6 ? 8 : 0;
}

template <class T>
bool agrees(T found, double expected, int ulp) {
  const T rounded = static_cast<T>(expected);
  if (std::isnan(rounded) || std::isnan(found)) return std::isnan(rounded) && std::isnan(found);
  if (found == rounded) return true;
  const T distance = std::nextafter(std::fabs(rounded), std::numeric_limits<T>::infinity()) - std::fabs(rounded);
  return std::fabs(found - rounded) <= static_cast<T>(ulp) * distance;
}

struct Case {
  Scalar scalar;
  DType dtype;
  std::string name;
};

// Every combination of three interesting values (of two for a random block), as three columns.
template <class T>
std::vector<std::vector<T>> columns(int arity) {
  const std::vector<T> values = interesting_values<T>();
  std::vector<std::vector<T>> result(3);
  for (T a : values)
    for (T b : values) {
      if (arity == 1 && b != values[0]) continue;
      for (std::size_t k = 0; k < 3; ++k) {
        result[0].push_back(a);
        result[1].push_back(b);
        result[2].push_back(values[(k * 7 + 3) % values.size()]);
      }
    }
  return result;
}

// std::vector<bool> has no elements to point to.
template <class T>
using Stored = std::conditional_t<std::is_same_v<T, bool>, std::uint8_t, T>;

TEST(CExpr, EveryScalarOfEveryTypeGivesWhatTheTableSays) {
  std::vector<Case> cases;
  std::string source;
  const auto arguments_of = [](const ScalarInfo& row, DType dtype) {
    std::vector<DType> dtypes(row.arity, dtype);
    if (row.result == ResultType::selection) dtypes[0] = DType::boolean;
    return dtypes;
  };
  for (int number = 0; number < scalar_count; ++number) {
    const ScalarInfo& row = info(static_cast<Scalar>(number));
    if (row.scalar == Scalar::cast) continue;
    for (DType dtype : all_dtypes) {
      if (!takes(row, dtype)) continue;
      const std::string name = "k_" + std::string(row.name) + std::string(c_suffix(dtype));
      const DType result = row.result == ResultType::boolean ? DType::boolean : dtype;
      const std::size_t count =
          with_type(dtype, [&](auto t) { return columns<Stored<decltype(t)>>(row.arity)[0].size(); });
      Elementwise elementwise(name, static_cast<std::int64_t>(count), arguments_of(row, dtype), result);
      std::vector<Expr> operands;
      for (int k = 0; k < row.arity; ++k) operands.push_back(elementwise.load(k));
      source += render_loops_c(elementwise.store(elementwise.pool().scalar(row.scalar, result, operands)));
      cases.push_back({row.scalar, dtype, name});
    }
  }
  const CompiledC compiled(source);
  for (const Case& test : cases) {
    const ScalarInfo& row = info(test.scalar);
    with_type(test.dtype, [&](auto t) {
      using T = Stored<decltype(t)>;
      auto operands = columns<T>(row.arity);
      const std::size_t count = operands[0].size();
      std::vector<std::uint8_t> condition(count);
      for (std::size_t k = 0; k < count; ++k) condition[k] = k % 3 != 0;
      if (test.dtype == DType::boolean)
        for (auto& column : operands)
          for (T& value : column) value = value != 0;
      std::vector<T> out(count);
      std::vector<void*> buffers;
      for (int k = 0; k < row.arity; ++k) buffers.push_back(operands[static_cast<std::size_t>(k)].data());
      if (row.result == ResultType::selection) {
        buffers[0] = condition.data();
      }
      std::vector<std::uint8_t> flags(count);
      buffers.push_back(row.result == ResultType::boolean ? static_cast<void*>(flags.data()) : out.data());
      ASSERT_EQ(run(compiled.function(test.name), buffers, 2), 0);
      for (std::size_t k = 0; k < count; ++k) {
        const auto operand = [&](std::size_t which) -> T {
          return row.result == ResultType::selection && which == 0 ? static_cast<T>(condition[k]) : operands[which][k];
        };
        const std::string where = test.name + " at " + std::to_string(k);
        if constexpr (std::is_floating_point_v<T>) {
          const double expected = row.reference_floating(operand(0), operand(1), operand(2));
          const T found = row.result == ResultType::boolean ? static_cast<T>(flags[k]) : out[k];
          EXPECT_TRUE(agrees(found, expected, allowed_ulp(test.scalar)))
              << where << ": " << +operand(0) << ", " << +operand(1) << " gives " << +found << " for " << expected;
        } else {
          const auto expected = static_cast<T>(row.reference_integer(static_cast<std::int64_t>(operand(0)),
                                                                     static_cast<std::int64_t>(operand(1)),
                                                                     static_cast<std::int64_t>(operand(2))));
          const T found = row.result == ResultType::boolean ? static_cast<T>(flags[k]) : out[k];
          EXPECT_EQ(found, expected) << where << ": " << +operand(0) << ", " << +operand(1);
        }
      }
    });
  }
}

// The rules of build::cast, in C++.
template <class To, class From>
To converted(From x) {
  if constexpr (std::is_same_v<To, bool>) {
    return x != 0;
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    if (std::isnan(x)) return 0;
    const long double wide = std::trunc(static_cast<long double>(x));
    if (wide <= static_cast<long double>(std::numeric_limits<To>::min())) return std::numeric_limits<To>::min();
    if (wide >= static_cast<long double>(std::numeric_limits<To>::max())) return std::numeric_limits<To>::max();
    return static_cast<To>(wide);
  } else {
    return static_cast<To>(x);
  }
}

TEST(CExpr, CastsTruncateSaturateAndWrap) {
  std::string source;
  const auto name_of = [](DType from, DType to) {
    return "c" + std::string(c_suffix(from)) + std::string(c_suffix(to));
  };
  for (DType from : all_dtypes) {
    for (DType to : all_dtypes) {
      const std::size_t count = with_type(from, [](auto t) { return interesting_values<decltype(t)>().size(); });
      Elementwise elementwise(name_of(from, to), static_cast<std::int64_t>(count), {from}, to);
      source += render_loops_c(elementwise.store(elementwise.pool().scalar(Scalar::cast, to, {elementwise.load(0)})));
    }
  }
  const CompiledC compiled(source);
  for (DType from : all_dtypes) {
    for (DType to : all_dtypes) {
      with_type(from, [&](auto f) {
        with_type(to, [&](auto t) {
          using From = decltype(f);
          using To = decltype(t);
          const std::vector<From> values = interesting_values<From>();
          std::vector<Stored<From>> in(values.begin(), values.end());
          std::vector<Stored<To>> out(values.size());
          run(compiled.function(name_of(from, to)), {in.data(), out.data()});
          for (std::size_t k = 0; k < values.size(); ++k) {
            const To expected = converted<To>(static_cast<From>(values[k]));
            if (expected != expected)
              EXPECT_NE(out[k], out[k]);
            else
              EXPECT_EQ(out[k], static_cast<Stored<To>>(expected))
                  << name(from) << " to " << name(to) << ": " << +in[k];
          }
        });
      });
    }
  }
}

TEST(CExpr, NumbersAreExact) {
  const auto bits = [](double value) { return std::bit_cast<std::int64_t>(value); };
  EXPECT_EQ(c_number(DType::f32, bits(2)), "2.0f");
  EXPECT_EQ(c_number(DType::f32, bits(-0.75)), "(-0x1.8p-1f)");
  EXPECT_EQ(c_number(DType::f32, bits(static_cast<double>(0.1f))), "0x1.99999ap-4f");
  EXPECT_EQ(c_number(DType::f64, bits(0.1)), "0x1.999999999999ap-4");
  EXPECT_EQ(c_number(DType::f64, bits(-0.0)), "(-0.0)");
  EXPECT_EQ(c_number(DType::f32, bits(-std::numeric_limits<double>::infinity())), "(-__builtin_inff())");
  EXPECT_EQ(c_number(DType::f64, bits(std::nan(""))), "__builtin_nan(\"\")");
  EXPECT_EQ(c_number(DType::i32, std::numeric_limits<std::int32_t>::min()), "(-2147483647 - 1)");
  EXPECT_EQ(c_number(DType::u32, 0xffffffff), "4294967295u");
  EXPECT_EQ(c_number(DType::i64, -5), "(-5L)");
}

TEST(CExpr, SharedExpressionsAreNamedOnce) {
  ExprPool pool;
  const Expr i = pool.variable(100);
  const Expr x = pool.load(DType::f32, 0, i);
  const Expr y = pool.scalar(Scalar::exp, DType::f32, {x});
  const Expr sum = pool.scalar(Scalar::add, DType::f32, {y, x}), product = pool.scalar(Scalar::mul, DType::f32, {y, y});
  std::string out;
  int next = 7;
  CBlock block(out, "  ", next, {{i, "row"}});
  const Expr roots[] = {sum, product};
  EXPECT_EQ(block.values(roots), (std::vector<std::string>{"(t8 + t7)", "(t8 * t8)"}));
  EXPECT_EQ(out, "  const float t7 = b0[row];\n  const float t8 = tn_exp_f32(t7);\n");
}

TEST(CExpr, AGuardedSharedLoadKeepsItsGuard) {
  ExprPool pool;
  const Expr i = pool.variable(100);
  const Expr inside = pool.within(i, 1, 51);
  const Expr x = pool.load(DType::f32, 0, pool.add(i, -1));
  const Expr square = pool.scalar(Scalar::mul, DType::f32, {x, x});
  std::string out;
  int next = 0;
  CBlock block(out, "", next);
  EXPECT_EQ(block.value(pool.scalar(Scalar::where, DType::f32, {inside, square, pool.number(DType::f32, 0)})),
            "(t0 ? (t1 * t1) : 0.0f)");
  EXPECT_EQ(out, "const _Bool t0 = (unsigned long)(i0 - 1) < 50UL;\nconst float t1 = t0 ? b0[i0 - 1] : 0;\n");
}

TEST(CExpr, AValueThatChangesInTheOtherArmIsNamedForEachArm) {
  ExprPool pool;
  const Expr i = pool.variable(100);
  const Expr x = pool.scalar(Scalar::relu, DType::f32, {pool.load(DType::f32, 0, i)});  // relu repeats its operand
  const Expr y = pool.scalar(Scalar::neg, DType::f32, {x});
  std::string out;
  int next = 0;
  CBlock block(out, "", next);
  const std::string text = block.value(pool.scalar(Scalar::where, DType::f32, {pool.within(i, 0, 50), x, y}));
  EXPECT_NE(out.find("t0 ? b0[i0] : 0"), std::string::npos) << out << text;
  EXPECT_NE(out.find("!t0 ? b0[i0] : 0"), std::string::npos) << out << text;
}

// `count` floats that end where the address space does: the byte behind them cannot be read.
class AtPageEnd {
 public:
  explicit AtPageEnd(std::size_t count) : page_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))) {
    mapping_ = static_cast<char*>(mmap(nullptr, 3 * page_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    mprotect(mapping_, page_, PROT_NONE);
    mprotect(mapping_ + 2 * page_, page_, PROT_NONE);
    data_ = reinterpret_cast<float*>(mapping_ + 2 * page_) - count;
  }
  ~AtPageEnd() { munmap(mapping_, 3 * page_); }
  float* data() { return data_; }

 private:
  std::size_t page_;
  char* mapping_;
  float* data_;
};

TEST(CExpr, LoadsUnderAFalseGuardAreNotExecuted) {
  // [1024] padded by 5000 on both sides: unguarded, the loads would leave the only readable page.
  constexpr std::int64_t count = 1024, padding = 5000, padded = count + 2 * padding;
  std::string source;
  for (const std::string name : {"plain", "shared"}) {
    Elementwise elementwise(name, padded, {DType::f32}, DType::f32);
    ExprPool& pool = elementwise.pool();
    const Expr x = elementwise.load(0, pool.add(elementwise.i, -padding));
    const Expr value =
        name == "plain" ? x : pool.scalar(Scalar::relu, DType::f32, {pool.scalar(Scalar::mul, DType::f32, {x, x})});
    const Expr guard = pool.within(elementwise.i, padding, padding + count);
    source += render_loops_c(
        elementwise.store(pool.scalar(Scalar::where, DType::f32, {guard, value, pool.number(DType::f32, 0)})));
  }
  const CompiledC compiled(source);
  AtPageEnd in(count);
  for (std::int64_t k = 0; k < count; ++k) in.data()[k] = static_cast<float>(k + 1);
  for (const std::string name : {"plain", "shared"}) {
    std::vector<float> out(padded, -1);
    run(compiled.function(name), {in.data(), out.data()});
    for (std::int64_t k = 0; k < padded; ++k) {
      const bool is_inside = k >= padding && k < padding + count;
      const float x = static_cast<float>(k - padding + 1);
      ASSERT_EQ(out[static_cast<std::size_t>(k)], !is_inside ? 0 : name == "plain" ? x : x * x) << name << " " << k;
    }
  }
}

TEST(CExpr, ACheckedIndexOutOfRangeReportsItsStatus) {
  Elementwise elementwise("gather", 4, {DType::i64, DType::f32}, DType::f32);
  const Expr index = elementwise.pool().checked(elementwise.load(0), 3, 42);
  const CompiledC compiled(render_loops_c(elementwise.store(elementwise.load(1, index))));
  std::vector<std::int64_t> indices{2, 0, 1, 2};
  std::vector<float> table{10, 11, 12}, out(4);
  EXPECT_EQ(run(compiled.function("gather"), {indices.data(), table.data(), out.data()}), 0);
  EXPECT_EQ(out, (std::vector<float>{12, 10, 11, 12}));
  for (std::int64_t bad : {std::int64_t{3}, std::int64_t{-1}, std::numeric_limits<std::int64_t>::min()}) {
    indices[1] = bad;
    EXPECT_EQ(run(compiled.function("gather"), {indices.data(), table.data(), out.data()}), 42);
    EXPECT_EQ(out[1], 10);
  }
}

TEST(CExpr, QuotientsAndRemaindersRoundDown) {
  // Ranges below zero, below 2^32 and above it take different texts.
  const std::int64_t factors[] = {-1, 3, (std::int64_t{1} << 33) + 1};
  std::string source;
  for (std::size_t f = 0; f < std::size(factors); ++f) {
    Elementwise elementwise("q" + std::to_string(f), 100, {}, DType::i64);
    ExprPool& pool = elementwise.pool();
    const Expr x = pool.multiply(elementwise.i, factors[f]);
    source += render_loops_c(elementwise.store(pool.add(pool.multiply(pool.divide(x, 7), 1000), pool.modulo(x, 10))));
  }
  const CompiledC compiled(source);
  for (std::size_t f = 0; f < std::size(factors); ++f) {
    std::vector<std::int64_t> out(100);
    run(compiled.function("q" + std::to_string(f)), {out.data()});
    for (std::int64_t i = 0; i < 100; ++i) {
      const std::int64_t x = i * factors[f];
      const std::int64_t quotient = x / 7 - (x % 7 < 0), remainder = (x % 10 + 10) % 10;
      ASSERT_EQ(out[static_cast<std::size_t>(i)], quotient * 1000 + remainder) << x;
    }
  }
}

}  // namespace
}  // namespace tenon
