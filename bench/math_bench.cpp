// exp, log, tanh, erf, sin and pow of float32 against the vector functions of glibc (libmvec, up to 4 ulp), which
// g++ -O3 -ffast-math -march=native calls, at the width that it chooses: one thread, the same numbers, aligned arrays
// in the second level of cache, in turns. The errors of Tenon's are in docs/ops.md.
#include <fmt/format.h>

#include <functional>
#include <span>
#include <vector>

#include "bench/harness.h"
#include "bench/math_functions.h"
#include "tenon/array/compile.h"
#include "tenon/array/ops.h"
#include "tenon/runtime/device.h"

namespace {

using namespace tenon;
using namespace tenon::bench;

constexpr int rounds = 31, repeats = 400;
// Enough to hide the microsecond that a call costs, and with the result small enough for the second level of cache.
constexpr int count = 1 << 16;

alignas(64) float x[count], y[count];  // the peer's, aligned as Tenon's are

struct Work {
  const char* name;
  std::function<Array(const Array&)> ours;
  Function theirs;
  float low, high;
};

void add(Table& table, const Work& row) {
  for (int i = 0; i < count; ++i) x[i] = row.low + (row.high - row.low) * static_cast<float>(i) / count;
  CompiledStep step = compile(
      [&](std::span<const Array>, std::span<const Array> inputs) -> StepResult { return {{}, {row.ours(inputs[0])}}; });
  const Array arguments[] = {Array::from(std::span<const float>(x), {count})};
  std::vector<Array> none;
  const Medians medians = alternate(
      rounds, [&] { return milliseconds_per_call(repeats, [&] { step(none, arguments); }); },
      [&] { return milliseconds_per_call(repeats, [&] { row.theirs(x, y, count); }); });
  table.add(less_is_better(row.name, "ms", medians.tenon, medians.peer, "libmvec", 1));
}

}  // namespace

int main() {
  try {
    default_device().set_threads(1);
    Table table("math");
    add(table, {"exp", [](const Array& a) { return exp(a); }, vector_exp, -20, 20});
    add(table, {"log", [](const Array& a) { return log(a); }, vector_log, 0.01f, 100});
    add(table, {"tanh", [](const Array& a) { return tanh(a); }, vector_tanh, -5, 5});
    add(table, {"erf", [](const Array& a) { return erf(a); }, vector_erf, -4, 4});
    add(table, {"sin", [](const Array& a) { return sin(a); }, vector_sin, -10, 10});
    // The exponent is data: a constant one would be a product of roots.
    const Array power = Array(2.5f);
    add(table, {"pow", [&](const Array& a) { return pow(a, power); }, vector_pow, 0.01f, 50});
    return table.finish();
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench math: {}\n", error.what());
    return 1;
  }
}
