// What Tenon costs beside its kernels: tracing a step anew and finding its plan, and calling a compiled step.
// Both run on the device that launches nothing, so that nothing else is measured.
#include <fmt/format.h>

#include "bench/array_steps.h"
#include "bench/harness.h"
#include "tenon/array/ops.h"
#include "tenon/plan/plan_cache.h"
#include "tenon/runtime/device.h"

namespace {

using namespace tenon;
using namespace tenon::bench;

constexpr double allowed_per_node = 100, allowed_per_call = 5;

// Nanoseconds a node of tracing the step, looking its plan up and turning results into leaves.
double retrace_nanoseconds(const ArrayStep& step, double& nodes) {
  std::vector<Array> state = step.state;
  eval(std::span<const Array>(state));
  const std::int64_t before = live_nodes();
  const auto once = [&] {
    const StepResult next = step.function(state, step.arguments);
    nodes = static_cast<double>(live_nodes() - before);
    std::vector<Array> all = next.state;
    all.insert(all.end(), next.results.begin(), next.results.end());
    eval(std::span<const Array>(all));
    state = next.state;
  };
  const int iterations = iterations_for(20, once);
  std::vector<double> times;
  for (int round = 0; round < 15; ++round) times.push_back(milliseconds_per_call(iterations, once) * 1e6 / nodes);
  return median(times);
}

// Microseconds of a call of the compiled step.
double call_microseconds(const ArrayStep& step) {
  std::vector<Array> state;
  for (const Array& array : step.state) state.push_back(array * 1.5f);
  eval(std::span<const Array>(state));
  CompiledStep compiled = compile(step.function);
  const auto once = [&] { compiled(state, step.arguments); };
  const int iterations = iterations_for(20, once);
  std::vector<double> times;
  for (int round = 0; round < 15; ++round) times.push_back(milliseconds_per_call(iterations, once) * 1e3);
  return median(times);
}

}  // namespace

int main() {
  set_default_device(find_device("null"));
  Table table("overhead");
  const grok::Sizes sizes;
  Rng rng(1);
  const std::pair<const char*, ArrayStep> steps[] = {
      {"MLP step", array_mlp(rng)},
      {"transformer step", array_grok(sizes, {}, grok::make_split(sizes.modulus, 0.3, 1).train, rng)}};
  for (const auto& [name, step] : steps) {
    eval(std::span<const Array>(step.state));
    eval(std::span<const Array>(step.arguments));
    double nodes = 0;
    const double retrace = retrace_nanoseconds(step, nodes);
    table.add(less_is_better(fmt::format("{}: trace {:.0f} nodes, hit the plan cache", name, nodes), "ns/node", retrace,
                             allowed_per_node, "limit", 1));
    table.add(less_is_better(fmt::format("{}: compiled, beyond its kernels", name), "us", call_microseconds(step),
                             allowed_per_call, "limit", 1));
  }
  return table.finish();
}
