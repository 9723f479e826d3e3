// What kernels for any size cost against kernels for one, in turns within one run, and what a size that was never met
// before costs: tracing, scheduling and writing the text, but no compiler.
#include <fmt/format.h>

#include <chrono>

#include "bench/harness.h"
#include "tenon/tenon.h"

namespace {

using namespace tenon;
using namespace tenon::bench;

constexpr int rounds = 11;
constexpr double round_milliseconds = 100;

using Function = std::function<Array(std::span<const Array>)>;

struct Work {
  std::string name;
  std::function<std::vector<Array>(std::int64_t n)> inputs;
  std::vector<std::vector<int>> dynamic_axes;  // of each input
  Function f;
};

Array numbers(const Sizes& sizes) {
  Rng rng(1);
  Array x = rng.normal(sizes);
  eval(x);
  return x;
}

CompiledStep compiled(const Function& f) {
  return compile([f](std::span<const Array>, std::span<const Array> x) { return StepResult{{}, {f(x)}}; });
}

std::vector<Array> declared(const Work& work, std::int64_t n) {
  std::vector<Array> inputs = work.inputs(n);
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (!work.dynamic_axes[i].empty()) inputs[i] = dynamic(inputs[i], std::span<const int>(work.dynamic_axes[i]));
  return inputs;
}

void add(Table& table, const Work& work) {
  constexpr std::int64_t n = 512;
  std::vector<Array> none;
  CompiledStep any = compiled(work.f), one = compiled(work.f);
  const std::vector<Array> arguments = work.inputs(n), dynamic_arguments = declared(work, n);
  const auto call_any = [&] { any(none, dynamic_arguments); };
  const auto call_one = [&] { one(none, arguments); };
  const int iterations = iterations_for(round_milliseconds, call_one);
  const Medians times = alternate(
      rounds, [&] { return milliseconds_per_call(iterations, call_any); },
      [&] { return milliseconds_per_call(iterations, call_one); });

  // Sizes that are new.
  std::vector<double> first_calls;
  for (std::int64_t other = 513; other < 513 + 21; ++other) {
    const std::vector<Array> inputs = declared(work, other);
    const auto begin = std::chrono::steady_clock::now();
    any(none, inputs);
    first_calls.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
  }
  table.add(less_is_better(fmt::format("{}; a new size: {:.3g} ms", work.name, median(first_calls) - times.tenon), "ms",
                           times.tenon, times.peer, "for n = 512 only"));
}

}  // namespace

int main() {
  Table table("dynamic");
  add(table, {"gelu [n, 1024]",
              [](std::int64_t n) { return std::vector{numbers({n, 1024})}; },
              {{0}},
              [](auto x) { return gelu(x[0]); }});
  add(table, {"softmax [n, 1024]",
              [](std::int64_t n) { return std::vector{numbers({n, 1024})}; },
              {{0}},
              [](auto x) { return softmax(x[0], 1); }});
  add(table, {"softmax [1024, n]",
              [](std::int64_t n) { return std::vector{numbers({1024, n})}; },
              {{1}},
              [](auto x) { return softmax(x[0], 1); }});
  add(table, {"sum [n, 1024] over n",
              [](std::int64_t n) { return std::vector{numbers({n, 1024})}; },
              {{0}},
              [](auto x) { return sum(x[0], 0); }});
  add(table, {"[n, 512] [512, 512] + bias, relu",
              [](std::int64_t n) { return std::vector{numbers({n, 512}), numbers({512, 512}), numbers({512})}; },
              {{0}, {}, {}},
              [](auto x) { return relu(matmul(x[0], x[1]) + x[2]); }});
  add(table, {"[512, n] [n, 512]",
              [](std::int64_t n) { return std::vector{numbers({512, n}), numbers({n, 512})}; },
              {{1}, {0}},
              [](auto x) { return matmul(x[0], x[1]); }});
  add(table, {"[n, n] [n, n]",
              [](std::int64_t n) { return std::vector{numbers({n, n}), numbers({n, n})}; },
              {{0, 1}, {0, 1}},
              [](auto x) { return matmul(x[0], x[1]); }});
  add(table, {"attention [2, 8, n, 64], causal",
              [](std::int64_t n) {
                return std::vector{numbers({2, 8, n, 64}), numbers({2, 8, n, 64}), numbers({2, 8, n, 64})};
              },
              {{2}, {2}, {2}},
              [](auto x) { return scaled_dot_product_attention(x[0], x[1], x[2], {.causal = true}); }});
  add(table, {"take [50257, 256] at n",
              [](std::int64_t n) {
                return std::vector{numbers({50257, 256}),
                                   Array::from(std::vector<std::int64_t>(static_cast<std::size_t>(n), 7), {n})};
              },
              {{}, {0}},
              [](auto x) { return take(x[0], x[1], 0); }});
  return table.finish();
}
