// The generated kernels' mathematical functions, compiled as they are used and compared with libm in f64.
#include "tenon/render/c_math.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include "tenon/core/scalar.h"
#include "tenon/core/special_functions.h"

extern char** environ;

namespace tenon {
namespace {

constexpr float inf = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float largest = std::numeric_limits<float>::max();
constexpr float smallest = std::numeric_limits<float>::denorm_min();

using Unary = void (*)(const float* x, float* out, long count);
using Binary = void (*)(const float* x, const float* y, float* out, long count);
using UnaryF64 = void (*)(const double* x, double* out, long count);

double sigmoid(double x) { return (x < 0 ? std::exp(x) : 1.0) / (1.0 + std::exp(-std::abs(x))); }
double rsqrt(double x) { return 1.0 / std::sqrt(x); }

double softplus(double x) { return (x > 0 ? x : 0) + std::log1p(std::exp(-std::abs(x))); }
double log_gamma(double x) { return std::lgamma(x); }

struct UnaryCase {
  const char* name;
  double (*exact)(double);
};
void PrintTo(const UnaryCase& c, std::ostream* out) { *out << c.name; }

const UnaryCase unary_cases[] = {
    {"exp", std::exp},     {"expm1", std::expm1}, {"log", std::log},         {"log1p", std::log1p},
    {"tanh", std::tanh},   {"sigmoid", sigmoid},  {"erf", std::erf},         {"sin", std::sin},
    {"cos", std::cos},     {"sqrt", std::sqrt},   {"rsqrt", rsqrt},          {"floor", std::floor},
    {"ceil", std::ceil},   {"trunc", std::trunc}, {"round", std::nearbyint}, {"exp2", std::exp2},
    {"log2", std::log2},   {"log10", std::log10}, {"softplus", softplus},    {"cbrt", std::cbrt},
    {"tan", std::tan},     {"atan", std::atan},   {"asin", std::asin},       {"acos", std::acos},
    {"sinh", std::sinh},   {"cosh", std::cosh},   {"asinh", std::asinh},     {"acosh", std::acosh},
    {"atanh", std::atanh}, {"lgamma", log_gamma}, {"digamma", digamma},      {"trigamma", trigamma},
    {"erfinv", erfinv},
};
const char* const usual_names[] = {"sin", "cos", "tan"};
const char* const binary_names[] = {"pow",  "max",       "min",          "atan2",    "hypot",
                                    "fmod", "remainder", "floor_divide", "polygamma"};

// A loop over each function, as the renderer writes them.
std::string kernels() {
  std::string text{c_math_text()};
  for (const UnaryCase& c : unary_cases) {
    for (auto [type, suffix] : {std::pair{"float", "f32"}, std::pair{"double", "f64"}})
      text += fmt::format(
          "void {0}_{2}(const {1}* restrict x, {1}* restrict out, long n) {{\n"
          "#pragma omp simd\n  for (long i = 0; i < n; ++i) out[i] = tn_{0}_{2}(x[i]);\n}}\n",
          c.name, type, suffix);
  }
  for (const char* name : usual_names)
    text += fmt::format(
        "void usual_{0}_f32(const float* restrict x, float* restrict out, long n) {{\n"
        "#pragma omp simd\n  for (long i = 0; i < n; ++i) out[i] = tn_is_wide_f32(x[i]) ? tn_{0}_f32(x[i]) : "
        "tn_usual_{0}_f32(x[i]);\n}}\n",
        name);
  text +=
      "void polygamma_f64(const double* n, const double* x, double* out, long count) {\n"
      "  for (long i = 0; i < count; ++i) out[i] = tn_polygamma_f64(n[i], x[i]);\n}\n";
  for (const char* name : binary_names)
    text += fmt::format(
        "void {0}_f32(const float* restrict x, const float* restrict y, float* restrict out, long n) {{\n"
        "#pragma omp simd\n  for (long i = 0; i < n; ++i) out[i] = tn_{0}_f32(x[i], y[i]);\n}}\n",
        name);
  return text;
}

// The kernels compiled by `cc` for one architecture; empty when there is no compiler.
class Library {
 public:
  explicit Library(const std::string& arch) {
    std::string directory = (std::filesystem::temp_directory_path() / "tenon-c-math-XXXXXX").string();
    if (!mkdtemp(directory.data())) return;
    const std::string source = directory + "/math.c", object = directory + "/math.so";
    std::ofstream(source) << kernels();
    std::vector<std::string> command{"cc",
                                     "-O3",
                                     arch,
                                     "-mprefer-vector-width=512",
                                     "-fopenmp-simd",
                                     "-fno-trapping-math",
                                     "-fno-math-errno",
                                     "-fno-signed-zeros",
                                     "-ffp-contract=fast",
                                     "-fPIC",
                                     "-shared",
                                     "-nostdlib",
                                     "-Wall",
                                     "-Wextra",
                                     "-Wno-unused-function",
                                     "-Werror",
                                     "-o",
                                     object,
                                     source};
    std::vector<char*> argv;
    for (std::string& word : command) argv.push_back(word.data());
    argv.push_back(nullptr);
    pid_t child = 0;
    int status = -1;
    if (posix_spawnp(&child, "cc", nullptr, nullptr, argv.data(), environ) == 0) {
      waitpid(child, &status, 0);
      EXPECT_EQ(status, 0) << "cc " << arch << " does not compile the functions";
    }
    if (status == 0) handle_ = dlopen(object.c_str(), RTLD_NOW | RTLD_LOCAL);
    std::filesystem::remove_all(directory);
  }
  ~Library() {
    if (handle_) dlclose(handle_);
  }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  explicit operator bool() const { return handle_ != nullptr; }
  template <class F>
  F find(const std::string& name) const {
    F function = reinterpret_cast<F>(dlsym(handle_, name.c_str()));
    if (!function) ADD_FAILURE() << "no symbol " << name;
    return function;
  }

 private:
  void* handle_ = nullptr;
};

const Library& native() {
  static const Library library("-march=native");
  return library;
}

float run(const char* name, float x) {
  // One full vector, so that the vectorised loop is what gets tested, not its tail.
  std::vector<float> in(64, x), out(64);
  native().find<Unary>(std::string(name) + "_f32")(in.data(), out.data(), 64);
  return out[0];
}
float run(const char* name, float x, float y) {
  std::vector<float> a(64, x), b(64, y), out(64);
  native().find<Binary>(std::string(name) + "_f32")(a.data(), b.data(), out.data(), 64);
  return out[0];
}

double promised_ulp(const std::string& name) {
  for (const CMathFunction& f : c_math_functions())
    if (f.name == "tn_" + name + "_f32") return f.worst_ulp;
  ADD_FAILURE() << name << " has no row";
  return 0;
}

// The size of one unit in the last place at `x`; of the largest float where f32 has overflowed.
double ulp_at(double x) {
  const double a = std::min(std::abs(x), static_cast<double>(largest));
  if (a < static_cast<double>(std::numeric_limits<float>::min())) return static_cast<double>(smallest);
  return std::ldexp(1.0, std::ilogb(a) - 23);
}

// How far `got` is from the exact value, which lies between two floats.
double ulp_error(float got, double exact) {
  if (std::isnan(exact) || std::isnan(got)) return std::isnan(exact) && std::isnan(got) ? 0 : HUGE_VAL;
  if (std::isinf(exact)) return static_cast<double>(got) == exact ? 0 : HUGE_VAL;
  // Infinity is what values from 2^128 on round to.
  if (std::isinf(got))
    return static_cast<float>(exact) == got ? 0 : std::abs(std::copysign(0x1p128, got) - exact) / ulp_at(exact);
  if (std::isinf(static_cast<float>(exact))) exact = std::copysign(0x1p128, exact);
  return std::abs(static_cast<double>(got) - exact) / ulp_at(exact);
}

struct Worst {
  double ulp = 0;
  float at = 0;
};

Worst sweep(Unary function, double (*exact)(double), std::uint64_t stride) {
  constexpr long block = 4096;
  std::vector<float> x(block), out(block);
  Worst worst;
  for (std::uint64_t bits = 0; bits < (std::uint64_t{1} << 32);) {
    long count = 0;
    for (; count < block && bits < (std::uint64_t{1} << 32); ++count, bits += stride)
      x[static_cast<std::size_t>(count)] = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    function(x.data(), out.data(), count);
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      const double error = ulp_error(out[i], exact(static_cast<double>(x[i])));
      if (error > worst.ulp) worst = {error, x[i]};
    }
  }
  return worst;
}

class CMath : public testing::TestWithParam<UnaryCase> {};

// Every 4099th of the 2^32 bit patterns; TENON_ULP_STRIDE=1 takes all of them, some minutes for a function, and prints
// the worst: what the table in c_math.cpp says.
TEST_P(CMath, StaysWithinItsPromiseOverBitPatterns) {
  if (!native()) GTEST_SKIP() << "no C compiler";
  const UnaryCase& c = GetParam();
  const char* const wanted = std::getenv("TENON_ULP_STRIDE");
  const std::uint64_t stride = wanted ? std::max(std::strtoull(wanted, nullptr, 10), 1ull) : 4099;
  const Worst worst = sweep(native().find<Unary>(std::string(c.name) + "_f32"), c.exact, stride);
  EXPECT_LE(worst.ulp, promised_ulp(c.name)) << "at " << fmt::format("{:a}", worst.at);
  if (wanted) fmt::print("{}: {:.4f} ulp at {:a}\n", c.name, worst.ulp, worst.at);
}

INSTANTIATE_TEST_SUITE_P(Functions, CMath, testing::ValuesIn(unary_cases),
                         [](const auto& instance) { return std::string(instance.param.name); });

TEST(CMathText, IsAsGoodOnProcessorsWithoutAvx512OrFma) {
  for (const char* arch : {"-march=x86-64-v3", "-march=x86-64"}) {
#if defined(__x86_64__)
    if (std::string(arch) == "-march=x86-64-v3" && !__builtin_cpu_supports("avx2")) continue;
    const Library library(arch);
    if (!library) GTEST_SKIP() << "no C compiler";
    for (const UnaryCase& c : unary_cases) {
      const Worst worst = sweep(library.find<Unary>(std::string(c.name) + "_f32"), c.exact, 65537);
      EXPECT_LE(worst.ulp, promised_ulp(c.name)) << c.name << arch << fmt::format(" at {:a}", worst.at);
    }
#else
    (void)arch;
#endif
  }
}

// Both types, on both sides of 0. In float64 a product of n quotients has 2 n roundings, and a power of x / a three for
// each of its factors; between the poles below 0 terms of both signs meet.
TEST(CMathText, PolygammaStaysWithinItsPromiseOverARandomSample) {
  if (!native()) GTEST_SKIP() << "no C compiler";
  const auto f64 = native().find<void (*)(const double*, const double*, double*, long)>("polygamma_f64");
  const std::uint32_t seed = 5;
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937 random{seed};
  double worst_f32 = 0, worst_f64 = 0;
  for (int i = 0; i < 20000; ++i) {
    const auto n = static_cast<float>(2 + i % 9);
    const float size = std::exp2(std::uniform_real_distribution<float>(-12, 12)(random));
    const float x = i % 2 == 0 ? size : -std::min(size, 60.f);
    const double exact = polygamma(static_cast<double>(n), static_cast<double>(x));
    worst_f32 = std::max(worst_f32, ulp_error(run("polygamma", n, x), exact));
    const double wide_n = static_cast<double>(n), wide_x = static_cast<double>(x);
    double got = 0;
    f64(&wide_n, &wide_x, &got, 1);
    // Of the terms at both sides, the larger of which is next to the nearest pole.
    const double nearest = x > 0 ? wide_x : std::abs(wide_x - std::round(wide_x));
    const double terms = std::max(std::abs(exact), std::abs(polygamma(wide_n, x > 0 ? wide_x : nearest)));
    worst_f64 = std::max(worst_f64, std::abs(got - exact) / terms * 0x1p52 / (wide_n + 4));
  }
  EXPECT_LE(worst_f32, promised_ulp("polygamma"));
  EXPECT_LE(worst_f64, 1);
}

TEST(CMathText, PowerStaysWithinItsPromiseOverARandomSample) {
  if (!native()) GTEST_SKIP() << "no C compiler";
  constexpr std::size_t count = 1 << 20;
  const std::uint32_t seed = 7;
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937 random{seed};
  std::vector<float> x(count), y(count), out(count);
  for (std::size_t i = 0; i < count; ++i) {
    x[i] = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    y[i] = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    if (i % 4 != 0) {  // exponents that keep the result in range: |y log2 x| < 160
      x[i] = std::abs(x[i]);
      const double target = std::uniform_real_distribution<double>(-160, 160)(random);
      y[i] = static_cast<float>(target / std::log2(static_cast<double>(x[i])));
    }
    if (i % 4 == 3) {  // bases near one, where the logarithm cancels
      x[i] = 1.0f + static_cast<float>(static_cast<int>(random() % 2001) - 1000) * 0x1p-23f;
      y[i] = std::uniform_real_distribution<float>(-1e6f, 1e6f)(random);
    }
  }
  native().find<Binary>("pow_f32")(x.data(), y.data(), out.data(), static_cast<long>(count));
  double worst = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double error = ulp_error(out[i], std::pow(static_cast<double>(x[i]), static_cast<double>(y[i])));
    ASSERT_LE(error, promised_ulp("pow")) << fmt::format("pow({:a}, {:a}) = {:a}", x[i], y[i], out[i]);
    worst = std::max(worst, error);
  }
  EXPECT_GT(worst, 0.4) << "the sample hardly left the exact cases";
}

TEST(CMathText, PowerOfSpecialValuesIsThatOfC) {
  if (!native()) GTEST_SKIP() << "no C compiler";
  const float values[] = {0.0f,        -0.0f,        1.0f,        -1.0f,          2.0f,         -2.0f,
                          0.5f,        -0.5f,        3.0f,        -3.0f,          inf,          -inf,
                          nan,         -2.5f,        smallest,    -smallest,      largest,      -largest,
                          16777215.0f, -16777215.0f, 16777216.0f, 0x1.fffffep-1f, 0x1.000002p0f};
  for (float x : values) {
    for (float y : values) {
      const float got = run("pow", x, y);
      const float want = static_cast<float>(std::pow(static_cast<double>(x), static_cast<double>(y)));
      SCOPED_TRACE(fmt::format("pow({}, {}) = {}, not {}", x, y, got, want));
      EXPECT_EQ(std::isnan(got), std::isnan(want));
      if (std::isnan(want)) continue;
      EXPECT_EQ(std::signbit(got), std::signbit(want));
      EXPECT_LE(ulp_error(got, static_cast<double>(want)), 1);
      if (std::isinf(want) || want == 0.0f) {
        EXPECT_EQ(got, want);
      }
    }
  }
}

TEST(CMathText, TheShortFormsGiveTheSameBits) {
  if (!native()) GTEST_SKIP() << "no C compiler";
  constexpr std::uint32_t stride = 4093;
  std::vector<float> x;
  for (std::uint64_t bits = 0; bits < (std::uint64_t{1} << 32); bits += stride)
    x.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
  std::vector<float> out(x.size()), usual(x.size());
  for (const std::string name : usual_names) {
    native().find<Unary>(name + "_f32")(x.data(), out.data(), static_cast<long>(x.size()));
    native().find<Unary>("usual_" + name + "_f32")(x.data(), usual.data(), static_cast<long>(x.size()));
    for (std::size_t i = 0; i < x.size(); ++i)
      ASSERT_EQ(std::bit_cast<std::uint32_t>(out[i]), std::bit_cast<std::uint32_t>(usual[i]))
          << name << fmt::format(" {:a}", x[i]);
  }
}

// Pairs of any two floats, and pairs of near magnitudes, where neither operand drowns the other.
void random_pairs(std::mt19937& random, std::vector<float>& x, std::vector<float>& y) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    y[i] = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    if (i % 4 != 0)
      y[i] = static_cast<float>(std::uniform_real_distribution<double>(-1, 1)(random) *
                                std::ldexp(static_cast<double>(x[i]), static_cast<int>(random() % 60) - 40));
  }
}

TEST(CMathText, FunctionsOfTwoStayWithinTheirPromiseOverARandomSample) {
  if (!native()) GTEST_SKIP() << "no C compiler";
  constexpr std::size_t count = 1 << 20;
  const std::uint32_t seed = 11;
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937 random{seed};
  std::vector<float> x(count), y(count), out(count);
  random_pairs(random, x, y);
  for (const Scalar scalar : {Scalar::atan2, Scalar::hypot, Scalar::fmod, Scalar::remainder, Scalar::floor_divide}) {
    const std::string function{name(scalar)};
    native().find<Binary>(function + "_f32")(x.data(), y.data(), out.data(), static_cast<long>(count));
    for (std::size_t i = 0; i < count; ++i) {
      const double exact = info(scalar).reference_floating(static_cast<double>(x[i]), static_cast<double>(y[i]), 0);
      ASSERT_LE(ulp_error(out[i], exact), promised_ulp(function))
          << fmt::format("{}({:a}, {:a}) = {:a}, not {:a}", function, x[i], y[i], out[i], exact);
    }
  }
}

TEST(CMathText, FunctionsOfTwoAreExactAtSpecialValues) {
  if (!native()) GTEST_SKIP() << "no C compiler";
  const float values[] = {0.0f, -0.0f, 1.0f,     -1.0f,     2.5f,    -2.5f,   inf,
                          -inf, nan,   smallest, -smallest, largest, -largest};
  for (const Scalar scalar : {Scalar::atan2, Scalar::hypot, Scalar::fmod, Scalar::remainder, Scalar::floor_divide}) {
    const std::string function{name(scalar)};
    for (const float x : values)
      for (const float y : values) {
        const float got = run(function.c_str(), x, y);
        const double exact = info(scalar).reference_floating(static_cast<double>(x), static_cast<double>(y), 0);
        SCOPED_TRACE(fmt::format("{}({}, {}) = {}, not {}", function, x, y, got, exact));
        EXPECT_LE(ulp_error(got, exact), promised_ulp(function));
        // Angles are the only ones whose zeros have a sign that is promised.
        if (scalar == Scalar::atan2 && !std::isnan(exact)) {
          EXPECT_EQ(std::signbit(got), std::signbit(exact));
        }
      }
  }
}

// Its terms cancel there, and a stride over all bit patterns steps over the few floats that matter.
TEST(CMathText, LgammaKeepsItsDigitsNextToItsZeros) {
  if (!native()) GTEST_SKIP() << "no C compiler";
  constexpr std::uint32_t near = 4000;
  for (const float zero : {1.0f, 2.0f, -2.4570247f, -2.7476826f, -3.1435809f, -3.9552946f, -4.0393619f}) {
    std::vector<float> x(2 * near), out(2 * near);
    for (std::uint32_t i = 0; i < 2 * near; ++i)
      x[i] = std::bit_cast<float>(std::bit_cast<std::uint32_t>(zero) - near + i);
    native().find<Unary>("lgamma_f32")(x.data(), out.data(), 2 * near);
    for (std::size_t i = 0; i < x.size(); ++i)
      ASSERT_LE(ulp_error(out[i], std::lgamma(static_cast<double>(x[i]))), promised_ulp("lgamma"))
          << fmt::format("{:a}", x[i]);
  }
}

TEST(CMathText, SpecialValuesAreExact) {
  if (!native()) GTEST_SKIP() << "no C compiler";
  for (const UnaryCase& c : unary_cases) {
    for (float x : {0.0f, -0.0f, inf, -inf, nan, -nan, 1.0f, -1.0f}) {
      const double exact = c.exact(static_cast<double>(x));
      const float got = run(c.name, x);
      SCOPED_TRACE(fmt::format("{}({}) = {}", c.name, x, got));
      EXPECT_EQ(std::isnan(got), std::isnan(exact));
      if (exact == 0 || std::isinf(exact)) {
        EXPECT_EQ(got, static_cast<float>(exact));
        EXPECT_EQ(std::signbit(got), std::signbit(exact));
      }
    }
  }
  EXPECT_EQ(run("exp", 0.0f), 1.0f);
  EXPECT_LT(run("exp", 0x1.62e42ep6f), inf);  // the last argument that does not overflow
  EXPECT_EQ(run("exp", 0x1.62e430p6f), inf);
  EXPECT_EQ(run("exp", -0x1.9fe368p6f), smallest);  // the last one that does not vanish
  EXPECT_EQ(run("exp", -104.0f), 0.0f);
  EXPECT_EQ(run("expm1", -200.0f), -1.0f);
  EXPECT_EQ(run("log", smallest), static_cast<float>(std::log(static_cast<double>(smallest))));
  EXPECT_TRUE(std::isnan(run("log", -smallest)));
}

TEST(CMathText, GrowsTowardsItsLimits) {
  if (!native()) GTEST_SKIP() << "no C compiler";
  EXPECT_EQ(run("tanh", 10.0f), 1.0f);
  EXPECT_EQ(run("tanh", -largest), -1.0f);
  EXPECT_EQ(run("erf", 4.0f), 1.0f);
  EXPECT_EQ(run("sigmoid", largest), 1.0f);
  EXPECT_GT(run("sigmoid", -100.0f), 0.0f);  // a denormal, though e^100 overflows
  EXPECT_EQ(run("sigmoid", -largest), 0.0f);
}

TEST(CMathText, MaximumAndMinimumPropagateNan) {
  if (!native()) GTEST_SKIP() << "no C compiler";
  for (const char* name : {"max", "min"}) {
    EXPECT_TRUE(std::isnan(run(name, nan, 1.0f))) << name;
    EXPECT_TRUE(std::isnan(run(name, 1.0f, nan))) << name;
    EXPECT_TRUE(std::isnan(run(name, nan, inf))) << name;
  }
  EXPECT_EQ(run("max", -1.0f, 2.0f), 2.0f);
  EXPECT_EQ(run("min", -1.0f, 2.0f), -1.0f);
  EXPECT_EQ(run("max", -inf, 2.0f), 2.0f);
  EXPECT_EQ(run("min", 2.0f, inf), 2.0f);
}

TEST(CMathText, F64IsLibm) {
  if (!native()) GTEST_SKIP() << "no C compiler";
  const std::vector<double> x{-3.5, -0.25, 0.0, 0.3, 1.0, 7.75, 700.0};
  for (const UnaryCase& c : unary_cases) {
    std::vector<double> out(x.size());
    native().find<UnaryF64>(std::string(c.name) + "_f64")(x.data(), out.data(), static_cast<long>(x.size()));
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double want = c.exact(x[i]);
      if (std::isnan(want)) {
        EXPECT_TRUE(std::isnan(out[i])) << c.name << ' ' << x[i];
      } else if (std::isinf(want)) {
        EXPECT_EQ(out[i], want) << c.name << ' ' << x[i];
      } else if (std::string_view(c.name).ends_with("gamma")) {
        // Two of them are our own; libm's own gives the same bits.
        EXPECT_NEAR(out[i], want, 16 * 0x1p-52 * std::abs(want)) << c.name << ' ' << x[i];
      } else {
        EXPECT_DOUBLE_EQ(out[i], want) << c.name << ' ' << x[i];
      }
    }
  }
}

}  // namespace
}  // namespace tenon
