// Fourier transforms of float32 against NumPy and PyTorch, alternately, and how many kernels they become. Tenon replays
// a compiled function; both have as many threads as they take (NumPy: one).
#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "harness.h"
#include "python_peer.h"
#include "tenon/array/compile.h"
#include "tenon/array/ops.h"
#include "tenon/plan/executable.h"
#include "tenon/plan/plan.h"

namespace {

using namespace tenon;
using namespace tenon::bench;

using Arrays = std::vector<Array>;

struct Work {
  std::string name;  // of the peer's transform
  std::int64_t rows, n;
  Arrays (*f)(std::span<const Array>);
  int inputs;

  std::vector<Array> arguments() const {
    const std::int64_t size = name == "irfft" ? n / 2 + 1 : n;
    Rng rng(1);
    std::vector<Array> made;
    for (int i = 0; i < inputs; ++i) made.push_back(rng.normal({rows, size}));
    eval(std::span<const Array>(made));
    return made;
  }
};

Arrays parts(const Complex<Array>& y) { return {y.real, y.imag}; }

const Work works[] = {
    {"rfft", 256, 1024, [](std::span<const Array> x) { return parts(rfft(x[0])); }, 1},
    {"irfft", 256, 1024, [](std::span<const Array> x) { return Arrays{irfft({x[0], x[1]})}; }, 2},
    {"fft", 256, 1024, [](std::span<const Array> x) { return parts(fft(Complex<Array>{x[0], x[1]})); }, 2},
    {"fft", 1, 65536, [](std::span<const Array> x) { return parts(fft(Complex<Array>{x[0], x[1]})); }, 2},
    {"rfft", 256, 1031, [](std::span<const Array> x) { return parts(rfft(x[0])); }, 1},
};

}  // namespace

int main() {
  if (!PythonPeer::available()) {
    fmt::print("fft: no Python environment; ./dev bench makes it\n");
    return 1;
  }
  PythonPeer peer("fft_peer");
  Table table("fft");
  for (const Work& work : works) {
    const std::vector<Array> arguments = work.arguments();
    CompiledStep step =
        compile([&](std::span<const Array>, std::span<const Array> x) { return StepResult{{}, work.f(x)}; });
    std::vector<Array> state;
    const std::size_t kernels = step.prepare(state, arguments).plan().schedule().kernels.size();
    const auto run = [&] { eval(std::span<const Array>(step(state, arguments))); };
    const int iterations = iterations_for(20, run);
    for (const std::string library : {"numpy", "torch"}) {
      peer.call("setup", {{"library", library}, {"transform", work.name}, {"rows", work.rows}, {"n", work.n}});
      const auto [tenon, other] = alternate(
          15, [&] { return milliseconds_per_call(iterations, run); },
          [&] { return peer.milliseconds("transform", iterations); });
      table.add(less_is_better(fmt::format("{} [{}, {}], {} kernels", work.name, work.rows, work.n, kernels), "ms",
                               tenon, other, library == "numpy" ? "NumPy" : peer.name()));
    }
  }
  return table.finish();
}
