// What Tenon costs beside its kernels: tracing a step anew and finding its plan, and calling a compiled step.
// Both run on the device that launches nothing, so that nothing else is measured.
#include <fmt/format.h>

#include "bench/harness.h"
#include "examples/grok/training.h"
#include "tenon/array/ops.h"
#include "tenon/plan/plan_cache.h"
#include "tenon/runtime/device.h"

namespace {

using namespace tenon;
using namespace tenon::bench;

constexpr double allowed_per_node = 100, allowed_per_call = 5;

struct Problem {
  std::string name;
  std::vector<Array> state, batch;
  StepFunction step;
};

// A network 2-64-64-1 under AdamW.
Problem make_mlp() {
  Rng rng(1);
  std::vector<Array> parameters;
  for (const auto& [in, out] : {std::pair{2, 64}, {64, 64}, {64, 1}}) {
    parameters.push_back(rng.normal({out, in}));
    parameters.push_back(zeros({out}));
  }
  Problem problem{"MLP step", AdamWState::start(parameters).flat(), {rng.normal({128, 2}), rng.normal({128, 1})}, {}};
  problem.step = [](std::span<const Array> flat, std::span<const Array> batch) -> StepResult {
    const AdamWState now = AdamWState::from_flat(flat);
    const auto loss_of = [&](const std::vector<Array>& p) {
      return mse_loss(linear(relu(linear(relu(linear(batch[0], p[0], p[1])), p[2], p[3])), p[4], p[5]), batch[1]);
    };
    const auto [loss, gradients] = value_and_grad(loss_of, std::span<const Array>(now.parameters));
    return {adamw(now, gradients, full({}, 0.01)).flat(), {loss}};
  };
  return problem;
}

Problem make_transformer() {
  const grok::Sizes sizes;
  Rng rng(1);
  Problem problem{"transformer step", AdamWState::start(grok::Transformer::init(sizes, 1, rng).list()).flat(), {}, {}};
  const grok::Batch batch = grok::to_device(grok::make_split(sizes.modulus, 0.3, 1).train);
  problem.batch = {batch.tokens, batch.targets};
  problem.step = grok::training_function(sizes, {});
  return problem;
}

// Nanoseconds a node of tracing the step, looking its plan up and turning results into leaves.
double retrace_nanoseconds(const Problem& problem, double& nodes) {
  std::vector<Array> state = problem.state;
  eval(std::span<const Array>(state));
  const std::int64_t before = live_nodes();
  const auto once = [&] {
    const StepResult next = problem.step(state, problem.batch);
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
double call_microseconds(const Problem& problem) {
  std::vector<Array> state;
  for (const Array& array : problem.state) state.push_back(array * 1.5f);
  eval(std::span<const Array>(state));
  CompiledStep step = compile(problem.step);
  const auto once = [&] { step(state, problem.batch); };
  const int iterations = iterations_for(20, once);
  std::vector<double> times;
  for (int round = 0; round < 15; ++round) times.push_back(milliseconds_per_call(iterations, once) * 1e3);
  return median(times);
}

}  // namespace

int main() {
  set_default_device(find_device("null"));
  Table table("overhead");
  for (Problem problem : {make_mlp(), make_transformer()}) {
    eval(std::span<const Array>(problem.state));
    eval(std::span<const Array>(problem.batch));
    double nodes = 0;
    const double retrace = retrace_nanoseconds(problem, nodes);
    table.add(less_is_better(fmt::format("{}: trace {:.0f} nodes, hit the plan cache", problem.name, nodes), "ns/node",
                             retrace, allowed_per_node, "limit", 1));
    table.add(less_is_better(fmt::format("{}: compiled, beyond its kernels", problem.name), "us",
                             call_microseconds(problem), allowed_per_call, "limit", 1));
  }
  return table.finish();
}
