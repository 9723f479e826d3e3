// Functions of the user's own as ops: C source and functions of the host.
#include "tenon/array/call.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <memory>
#include <random>

#include "tenon/array/compile.h"
#include "tenon/plan/executable.h"
#include "tenon/plan/plan_cache.h"
#include "tenon/runtime/compile_statistics.h"
#include "tenon/runtime/cpu_device.h"
#include "tenon/runtime/files.h"
#include "tests/support/array_values.h"

namespace tenon::testing {
namespace {

using Arrays = std::vector<Array>;

// x [n] -> 5 x, by a text with what looks like a comment and like a mark of ours.
constexpr std::string_view five_source = R"(
static void five(const double* x, double* y, const long* sizes) {
  for (long i = 0; i < sizes[0]; ++i) y[i] = x[i] * (double)__builtin_strlen("a//b@");
}
)";

// x [rows, n], scale [n] -> y [rows, n]: x / sqrt(mean of x^2) scale, in float64.
constexpr std::string_view rms_source = R"(
#include <math.h>
static double inverse_rms(const double* x, long n) {
  double sum = 0;
  for (long i = 0; i < n; ++i) sum += x[i] * x[i];
  return 1 / sqrt(sum / n);
}
static void rms(const double* x, const double* scale, double* y, const long* sizes) {
  const long rows = sizes[0], n = sizes[1];
  for (long r = 0; r < rows; ++r) {
    const double by = inverse_rms(x + r * n, n);
    for (long i = 0; i < n; ++i) y[r * n + i] = x[r * n + i] * by * scale[i];
  }
}
)";

// x, g [rows, n], scale [n] -> the cotangent of x
constexpr std::string_view rms_slope_source = R"(
#include <math.h>
static double inverse_rms(const double* x, long n) {  /* of the same name as the other text's, on purpose */
  double sum = 1e-300;
  for (long i = 0; i < n; ++i) sum += x[i] * x[i];
  return 1 / sqrt(sum / n);
}
static void rms_slope(const double* x, const double* scale, const double* g, double* y, const long* sizes) {
  const long rows = sizes[0], n = sizes[1];
  for (long r = 0; r < rows; ++r) {
    const double by = inverse_rms(x + r * n, n);
    double dot = 0;
    for (long i = 0; i < n; ++i) dot += x[r * n + i] * g[r * n + i] * scale[i];
    for (long i = 0; i < n; ++i)
      y[r * n + i] = by * (g[r * n + i] * scale[i] - x[r * n + i] * by * by * dot / n);
  }
}
)";

int rms_on_host(const void* const* inputs, void* output, const std::int64_t* sizes, const std::int64_t*) {
  const auto *x = static_cast<const double*>(inputs[0]), *scale = static_cast<const double*>(inputs[1]);
  for (std::int64_t r = 0; r < sizes[0]; ++r) {
    double sum = 0;
    for (std::int64_t i = 0; i < sizes[1]; ++i) sum += x[r * sizes[1] + i] * x[r * sizes[1] + i];
    const double by = 1 / std::sqrt(sum / static_cast<double>(sizes[1]));
    for (std::int64_t i = 0; i < sizes[1]; ++i)
      static_cast<double*>(output)[r * sizes[1] + i] = x[r * sizes[1] + i] * by * scale[i];
  }
  return 0;
}

Array rms(const Array& x, const Array& scale) {
  static const UserKernel forward = c_kernel("rms", rms_source, rms_on_host),
                          slope = c_kernel("rms_slope", rms_slope_source);
  return custom_function([](const Arrays& in) { return forward({in[0], in[1]}, DType::f64, in[0].shape()); },
                         [](const Arrays& in, const Arrays& y, const Arrays& g) {
                           return Arrays{slope({in[0], in[1], g[0]}, DType::f64, in[0].shape()),
                                         sum(g[0] * y[0] / in[1], 0)};
                         })({x, scale});
}

Array rms_of_ops(const Array& x, const Array& scale) { return x / sqrt(mean(x * x, -1, true)) * scale; }

Array ramp(const Sizes& shape) { return sin(counted(shape) + 1); }

void expect_close(const Array& actual, const Array& expected, double tolerance = 1e-12) {
  eval(actual, expected);
  EXPECT_TRUE(matches(host_value(actual), host_value(expected), {.absolute = tolerance}));
}

TEST(CKernel, KeepsItsTextWhereSizesVary) {
  const UserKernel five = c_kernel("five", five_source);
  CompiledStep step = compile([&](std::span<const Array>, std::span<const Array> x) {
    return StepResult{{}, {five({x[0] + 1}, DType::f64, x[0].shape()) * 2}};
  });
  std::vector<Array> none;
  const auto kernels = [] { return compile_statistics().kernels_compiled + compile_statistics().kernels_from_disk; };
  for (const std::int64_t n : {7, 12, 30}) {
    const Array arguments[] = {dynamic(counted({n}), 0)};
    const std::int64_t before = kernels();
    EXPECT_EQ(step(none, arguments)[0].to_vector<double>().back(), 10.0 * static_cast<double>(n));
    if (n != 7) {
      EXPECT_EQ(kernels(), before) << n;
    }
  }
}

TEST(CKernel, ComputesWhatItsTextSays) {
  const Array x = ramp({3, 5}), scale = ramp({5}) + 2;
  expect_close(rms(x, scale), rms_of_ops(x, scale));
  expect_close(rms(ramp({7, 2}), ramp({2})), rms_of_ops(ramp({7, 2}), ramp({2})));
}

TEST(CKernel, ReadsViewsConstantsAndWhatIsFusedElsewhere) {
  const Array x = ramp({5, 6});
  const Array stored = Array::from(ramp({5, 6}).to_vector<double>(), {5, 6});
  const std::pair<Array, Array> inputs[] = {
      {transpose(stored), ramp({5})},
      {slice(stored, 1, {.start = 5, .stop = {}, .step = -2}), ramp({3})},
      {broadcast_to(select(stored, 0, 1), {4, 6}), ones({6}, DType::f64)},
      {reshape(stored, {10, 3}), exp(ramp({3}))},
      {exp(x) * 2, astype(arange(6), DType::f64) + 1},
      {stored, full({6}, 2.0, DType::f64)},
  };
  Arrays actual, expected;
  for (const auto& [a, scale] : inputs) {
    actual.push_back(rms(a, scale) + 1);
    expected.push_back(rms_of_ops(a, scale) + 1);
  }
  Arrays all = actual;
  all.insert(all.end(), expected.begin(), expected.end());
  eval(std::span<const Array>(all));
  for (std::size_t i = 0; i < actual.size(); ++i)
    EXPECT_TRUE(matches(host_value(actual[i]), host_value(expected[i]), {.absolute = 1e-12})) << i;
}

TEST(CKernel, HasTheGradientOfACustomFunctionThatIsAKernelToo) {
  const Array x = ramp({3, 5}), scale = ramp({5}) + 2;
  const auto loss = [](auto f) { return [f](const Arrays& in) { return sum(sin(f(in[0], in[1]))); }; };
  const auto [value, slopes] = value_and_grad(loss(rms), {x, scale});
  const auto [expected, expected_slopes] = value_and_grad(loss(rms_of_ops), {x, scale});
  expect_close(value, expected);
  expect_close(slopes[0], expected_slopes[0]);
  expect_close(slopes[1], expected_slopes[1]);
}

// Devices live until the process ends; these have their own kernels in memory.
Device& fresh_cpu(const std::string& directory) {
  static std::vector<std::unique_ptr<CpuDevice>>& devices = *new std::vector<std::unique_ptr<CpuDevice>>;
  KernelCacheOptions cache;
  cache.store.directory = directory;
  devices.push_back(std::make_unique<CpuDevice>(CpuDeviceOptions{.threads = {}, .cache = cache}));
  return *devices.back();
}

class OnDevice {
 public:
  explicit OnDevice(Device& device) : before_(default_device()) { set_default_device(device); }
  ~OnDevice() { set_default_device(before_); }
  OnDevice(const OnDevice&) = delete;
  OnDevice& operator=(const OnDevice&) = delete;

 private:
  Device& before_;
};

double two_training_steps() {
  CompiledStep step = compile([](std::span<const Array> state, std::span<const Array> arguments) {
    const auto [loss, slopes] =
        value_and_grad([&](const Arrays& w) { return mean(square(rms(arguments[0] * w[0], w[0]))); }, {state[0]});
    return StepResult{.state = {state[0] - 0.1 * slopes[0]}, .results = {loss}};
  });
  Arrays state{Array::from({1.0, 2.0, 3.0}, {3})};
  const Array x = Array::from({1.0, -2.0, 0.5, 3.0, 1.0, 2.0}, {2, 3});
  step(state, std::span(&x, 1));
  step(state, std::span(&x, 1));
  return sum(state[0]).item<double>();
}

TEST(CKernel, WorksInACompiledStepAndASecondStartCompilesNothing) {
  const TemporaryDirectory folder;
  double first = 0, second = 0;
  {
    const OnDevice scope(fresh_cpu(folder.path()));
    reset_compile_statistics();
    first = two_training_steps();
    EXPECT_GT(compile_statistics().kernels_compiled, 2);
  }
  {
    const OnDevice scope(fresh_cpu(folder.path()));
    reset_compile_statistics();
    second = two_training_steps();
    EXPECT_EQ(compile_statistics().compiler_runs, 0);
    EXPECT_GT(compile_statistics().kernels_from_disk, 2);
  }
  EXPECT_EQ(first, second);
  EXPECT_TRUE(std::isfinite(first));
}

TEST(CKernel, OneTextServesAllShapes) {
  const TemporaryDirectory folder;
  const OnDevice scope(fresh_cpu(folder.path()));
  const auto run = [](std::int64_t n) {
    static const UserKernel doubled = c_kernel("doubled",
                                               "static void doubled(const int* x, int* y, const long* n) { for (long i "
                                               "= 0; i < n[0]; ++i) y[i] = 2 * x[i]; }");
    std::vector<std::int32_t> values(static_cast<std::size_t>(n), 21);
    return doubled({Array::from(values, {n})}, DType::i32, {n}).to_vector<std::int32_t>();
  };
  reset_compile_statistics();
  EXPECT_EQ(run(3), (std::vector<std::int32_t>{42, 42, 42}));
  EXPECT_EQ(compile_statistics().kernels_compiled, 1);
  EXPECT_EQ(run(5).back(), 42);
  EXPECT_EQ(compile_statistics().kernels_compiled, 1);
}

TEST(CKernel, TakesEveryElementTypeNoInputAndEmptyOnes) {
  const UserKernel count = c_kernel("count", R"(
    static void count(const unsigned char* a, const unsigned short* b, const long* c, long* y, const long* sizes) {
      y[0] = sizes[0] * 100 + sizes[1] * 10 + sizes[2];
      for (long i = 0; i < sizes[0]; ++i) y[0] += 1000 * a[i];
    })");
  const UserKernel seven = c_kernel("seven", "static void seven(float* y, const long* n) { y[0] = 7 + *n; }");
  const Array flags = Array::from({true, true, false}, {3}), none = zeros({0}, DType::bf16),
              numbers = zeros({2}, DType::i64);
  EXPECT_EQ(count({flags, none, numbers}, DType::i64, {1}).to_vector<std::int64_t>()[0], 2302);
  EXPECT_EQ(seven(Arrays{}, DType::f32, {1}).to_vector<float>()[0], 8);
  EXPECT_EQ(seven(Arrays{}, DType::f32, {0}).elements(), 0);
  EXPECT_TRUE(seven(Arrays{}, DType::f32, {0}).to_vector<float>().empty());
}

TEST(CKernel, ErrorsShowItsNameAndWhatTheCompilerSays) {
  const Array x = ramp({4});
  const auto run = [&](std::string_view name, std::string_view text) {
    c_kernel(name, text)({x}, DType::f64, {4}).to_vector<double>();
  };
  expect_error<CompileError>(
      [&] { run("broken", "static void broken(const double* x, double* y, const long* n) {\n  y[0] = x[0] +;\n}"); },
      {"broken: this kernel does not compile", "broken:2:", "expected expression"});
  expect_error<CompileError>([&] { run("floats", "static void floats(const float* x, float* y, const long* n) {}"); },
                             {"floats: this kernel does not compile", "conflicting types"});
  expect_error<CompileError>([&] { run("other", "static void another(void) {}"); },
                             {"other: this kernel", "undefined symbol: other"});
  expect_error<ValueError>([] { c_kernel("two words", "x"); }, {"two words", "call_test.cpp"});
  expect_error<ValueError>([] { c_kernel("empty", ""); }, {"the source of empty"});
}

TEST(CKernel, IsOneKernelAndSharesAPlanWithOthersOfTheSameNames) {
  const auto with = [](int number) {
    return c_kernel("add", fmt::format("#define N {0}\nstatic void add(const double* x, double* y, const long* n) {{ "
                                       "for (long i = 0; i < *n; ++i) y[i] = x[i] + N; }}",
                                       number));
  };
  const Array x = ramp({4});
  const Array y = with(1)({x}, DType::f64, {4}), z = with(2)({x}, DType::f64, {4});
  expect_close(y + 1, z);

  const NodeRef argument = make_argument(DType::f64, {4}, 0);
  const NodeRef output = with(3)({Array(argument)}, DType::f64, {4}).node_ref();
  const std::lock_guard lock(graph_mutex());
  const Plan plan(find_device("null"), trace(std::span(&output, 1), 1).graph);
  EXPECT_EQ(plan.schedule().kernels.size(), 1u) << to_string(plan.schedule());
  EXPECT_NE(to_string(plan.schedule()).find("add"), std::string::npos);
}

// Kernels of a graph on an argument [4, 6] of float64.
std::size_t kernels_of(const std::function<Array(const Array&)>& f) {
  const NodeRef output = f(Array(make_argument(DType::f64, {4, 6}, 0))).node_ref();
  const std::lock_guard lock(graph_mutex());
  const Plan plan(find_device("null"), trace(std::span(&output, 1), 1).graph);
  return plan.schedule().kernels.size();
}

TEST(Call, ReadsLeavesInPlaceAndWhatIsComputedWhereItIsStored) {
  const UserKernel kernel = c_kernel("copy", "static void copy(const double* x, double* y, const long* n) {}");
  const auto call = [&](const Array& x) { return kernel({x}, DType::f64, x.shape()); };
  EXPECT_EQ(kernels_of([&](const Array& x) { return call(x); }), 1u);
  EXPECT_EQ(kernels_of([&](const Array& x) { return call(reshape(x, {8, 3})); }), 1u) << "a reshape moves nothing";
  EXPECT_EQ(kernels_of([&](const Array& x) { return call(transpose(x)); }), 2u);
  EXPECT_EQ(kernels_of([&](const Array& x) { return sin(call(exp(x) * 2)) + 1; }), 3u);
}

// --- functions of the host

// x [n] -> its sum, times the first parameter; of negative numbers there is none.
int scaled_sum(const void* const* inputs, void* output, const std::int64_t* sizes, const std::int64_t* parameters) {
  double sum = 0;
  for (std::int64_t i = 0; i < sizes[0]; ++i) {
    const double x = static_cast<const double*>(inputs[0])[i];
    if (x < 0) return static_cast<int>(i) + 1;
    sum += x;
  }
  *static_cast<double*>(output) = sum * static_cast<double>(parameters[0]);
  return 0;
}

void raise_negative(const CallFailure& failure) {
  throw ValueError(fmt::format("{}: element {} of row {} of {} is negative", failure.name, failure.code - 1,
                               failure.position, failure.batch));
}

TEST(HostKernel, IsCalledForEachPositionOfABatchByAnyNumberOfThreads) {
  const UserKernel kernel = host_kernel("scaled_sum", scaled_sum, {3});
  const Array x = square(ramp({40, 50, 7}));
  const int threads = default_device().info().threads;
  std::vector<std::vector<double>> results;
  for (const int count : {1, 2, 3}) {
    default_device().set_threads(count);
    results.push_back(kernel({x}, DType::f64, {40, 50}, 2).to_vector<double>());
  }
  default_device().set_threads(threads);
  EXPECT_EQ(results[0], results[1]);
  EXPECT_EQ(results[0], results[2]);
  expect_close(kernel({x}, DType::f64, {40, 50}, 2), 3 * sum(x, -1), 1e-10);
  expect_close(kernel({reshape(x, {14000})}, DType::f64, {}), 3 * sum(x), 1e-8);
}

// x, y [n] -> x + 2 y reversed
int mixed(const void* const* inputs, void* output, const std::int64_t* sizes, const std::int64_t*) {
  const std::int64_t n = sizes[0];
  for (std::int64_t i = 0; i < n; ++i)
    static_cast<double*>(output)[i] =
        static_cast<const double*>(inputs[0])[i] + 2 * static_cast<const double*>(inputs[1])[n - 1 - i];
  return 0;
}

// A graph of calls among views, elementwise ops, reductions and scans of [6, 6].
NodeRef random_graph_of_calls(std::span<const NodeRef> leaves, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  static const UserKernel kernel = host_kernel("mixed", mixed);
  Arrays known(leaves.begin(), leaves.end());
  const auto pick = [&] { return known[std::uniform_int_distribution<std::size_t>(0, known.size() - 1)(random)]; };
  for (int i = 0; i < 24; ++i) {
    const Array a = pick(), b = pick();
    switch (std::uniform_int_distribution<int>(0, 7)(random)) {
      case 0:
      case 1: known.push_back(0.25 * kernel({a, b}, DType::f64, {6, 6}, 1)); break;
      case 2:
        known.push_back(reshape(kernel({reshape(a, {36}), reshape(b, {36})}, DType::f64, {36}) / 4, {6, 6}));
        break;
      case 3: known.push_back(transpose(a)); break;
      case 4: known.push_back(flip(a, 1) * 0.5 + sin(b)); break;
      case 5: known.push_back(broadcast_to(mean(a, 1, true), {6, 6})); break;
      case 6: known.push_back(cumsum(a, 1) / 6); break;
      default: known.push_back(matmul(a, b) / 6); break;
    }
  }
  return stack(std::span(known).last(4)).node_ref();
}

TEST(HostKernel, IsScheduledRightAmongAllOtherOps) {
  SeededRandom random(61);
  std::vector<DeviceCase> cases;
  for (std::uint64_t seed = 0; seed < 40; ++seed)
    cases.push_back(
        {fmt::format("graph {}", seed),
         [=](auto x) { return random_graph_of_calls(x, seed); },
         {random_tensor(random.engine, DType::f64, {6, 6}), random_tensor(random.engine, DType::f64, {6, 6})},
         {.ulps = 8, .absolute = 1e-11}});
  for (std::size_t i = 0; i < cases.size(); i += 10) expect_device_agrees(std::span(cases).subspan(i, 10));
}

TEST(HostKernel, IsToldFromOthersByItsNumbers) {
  const Array x = square(ramp({5}));
  const Array twice = host_kernel("scaled_sum", scaled_sum, {2})({x}, DType::f64, {}),
              thrice = host_kernel("scaled_sum", scaled_sum, {3})({x}, DType::f64, {});
  expect_close(3 * twice, 2 * thrice);
  EXPECT_EQ(call_number({.name = "a", .source = {}, .host = scaled_sum}),
            call_number({.name = "a", .source = {}, .host = scaled_sum}));
  EXPECT_NE(call_number({.name = "a", .source = {}, .host = scaled_sum}),
            call_number({.name = "a", .source = {}, .host = rms_on_host}));
}

TEST(HostKernel, IsBatchedByVmap) {
  const UserKernel kernel = host_kernel("scaled_sum", scaled_sum, {3});
  const Array x = square(ramp({2, 3, 4}));
  const auto f = [&](const Array& row) { return kernel({exp(row)}, DType::f64, {}); };
  expect_close(vmap([&](const Array& rows) { return vmap(f)(rows); })(x), 3 * sum(exp(x), -1), 1e-10);
}

TEST(HostKernel, FailureIsATypedErrorThatNamesThePosition) {
  const Array x = Array::from({1.0, 2.0, 3.0, -4.0, -5.0, 6.0}, {3, 2});
  const auto run = [&](const UserKernel& kernel) { return kernel({x}, DType::f64, {3}, 1).to_vector<double>(); };
  expect_error<CallError>([&] { run(host_kernel("bare", scaled_sum, {1})); },
                          {"bare: failed with code 2 at position 1 of a batch of 3"});
  const UserKernel kernel = host_kernel("checked", scaled_sum, {1}, raise_negative);
  expect_error<ValueError>([&] { run(kernel); }, {"checked: element 1 of row 1 of 3 is negative"});
  // The first in the plan's order is the one that is thrown, and the next run starts afresh.
  const auto index = [&](const Array& i) { return take(Array::from({1.0, 2.0}, {2}), i, 0); };
  const Array bad = indices({5}, {1});
  expect_error<IndexError>([&] { kernel({square(index(bad))}, DType::f64, {}).item<double>(); }, {"outside an axis"});
  EXPECT_EQ(kernel({abs(x)}, DType::f64, {3}, 1).to_vector<double>(), (std::vector<double>{3, 7, 11}));
}

TEST(HostKernel, ThatThrowsIsAnError) {
  const HostFunction throws = [](const void* const*, void*, const std::int64_t*, const std::int64_t*) -> int {
    throw std::bad_alloc();
  };
  expect_error<DeviceError>([&] { host_kernel("greedy", throws)({ramp({2})}, DType::f64, {}).item<double>(); },
                            {"greedy: out of memory"});
}

TEST(Call, WithoutARuleHasNoGradient) {
  const UserKernel kernel = host_kernel("scaled_sum", scaled_sum, {3});
  const Array x = square(ramp({4}));
  expect_error<GradientError>([&] { grad(kernel({x}, DType::f64, {}), {x}); },
                              {"the call of scaled_sum", "custom_function", "call_test.cpp"});
  EXPECT_EQ(sum(grad(kernel({stop_gradient(x)}, DType::f64, {}) + sum(x), {x})[0]).item<double>(), 4);
}

TEST(Call, RefusesInputsThatDoNotFit) {
  const UserKernel kernel = host_kernel("scaled_sum", scaled_sum, {3});
  const Array x = ramp({4, 2});
  expect_error<ValueError>([&] { kernel(Arrays(7, x), DType::f64, {}); }, {"scaled_sum: 7 inputs", "6 at most"});
  expect_error<ShapeError>([&] { kernel({x}, DType::f64, {3}, 1); }, {"input 0 is [4, 2]", "[3]"});
  expect_error<ShapeError>([&] { kernel({x}, DType::f64, {4}, 2); }, {"2 batch axes", "[4]"});
  expect_error<ShapeError>([&] { kernel({x}, DType::f64, {-4}); }, {"scaled_sum"});
}

TEST(Call, IsInterpretedWhereThereIsAFunctionOfTheHost) {
  const OnDevice scope(find_device("reference"));
  const Array x = ramp({3, 5}), scale = ramp({5}) + 2;
  expect_close(rms(x, scale), rms_of_ops(x, scale));
  const UserKernel bare = c_kernel("bare", "static void bare(const double* x, double* y, const long* n) {}");
  expect_error<CallError>([&] { bare({x}, DType::f64, {1}).to_vector<double>(); }, {"bare", "no reference function"});
  expect_error<CallError>([&] { host_kernel("sums", scaled_sum, {1})({x}, DType::f64, {3}, 1).to_vector<double>(); },
                          {"sums: failed with code 4 at position 0"});
}

}  // namespace
}  // namespace tenon::testing
