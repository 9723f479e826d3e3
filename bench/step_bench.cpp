// Whole training steps against PyTorch's, in turns within one run: the transformer of examples/grok and the
// network of examples/mlp. Both sides compute the same model on data that stays in memory, forward, backward
// and AdamW.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "bench/harness.h"
#include "bench/python_peer.h"
#include "examples/grok/training.h"
#include "tenon/array/ops.h"
#include "tenon/runtime/device.h"

namespace {

using namespace tenon;
using namespace tenon::bench;

constexpr int rounds = 15;

void bench_grok(Table& table, PythonPeer& torch) {
  const grok::Sizes sizes;
  const grok::Split split = grok::make_split(sizes.modulus, 0.3, 1);
  const grok::Batch batch = grok::to_device(split.train);
  Rng rng(1);
  std::vector<Array> state = AdamWState::start(grok::Transformer::init(sizes, 1, rng).list()).flat();
  CompiledStep step = grok::make_training_step(sizes, {});
  const Array arguments[] = {batch.tokens, batch.targets};
  torch.call("grok_setup", {{"modulus", sizes.modulus}, {"examples", split.train.size()}});
  const Medians medians = alternate(
      rounds, [&] { return milliseconds_per_call(5, [&] { step(state, arguments); }); },
      [&] { return torch.milliseconds("grok_step", 5); });
  table.add(less_is_better(fmt::format("grok step, {} examples", split.train.size()), "ms", medians.tenon, medians.peer,
                           torch.name(), 1));
}

void bench_mlp(Table& table, PythonPeer& torch) {
  Rng rng(1);
  std::vector<Array> parameters;
  for (const auto& [in, out] : {std::pair{2, 64}, {64, 64}, {64, 1}}) {
    parameters.push_back(rng.normal({out, in}));
    parameters.push_back(zeros({out}));
  }
  std::vector<Array> state = AdamWState::start(parameters).flat();
  const Array x = rng.uniform({128, 2}), y = sum(x, {1}, true);
  eval(x, y);
  CompiledStep step = compile([](std::span<const Array> flat, std::span<const Array> inputs) -> StepResult {
    const AdamWState now = AdamWState::from_flat(flat);
    const auto loss_of = [&](const std::vector<Array>& p) {
      return mse_loss(linear(relu(linear(relu(linear(inputs[0], p[0], p[1])), p[2], p[3])), p[4], p[5]), inputs[1]);
    };
    const auto [loss, gradients] = value_and_grad(loss_of, std::span<const Array>(now.parameters));
    return {adamw(now, gradients, full({}, 0.01)).flat(), {loss}};
  });
  const Array arguments[] = {x, y};
  torch.call("mlp_setup");
  const Medians medians = alternate(
      rounds, [&] { return milliseconds_per_call(10000, [&] { step(state, arguments); }); },
      [&] { return torch.milliseconds("mlp_step", 400); });
  table.add(less_is_better("MLP step 2-64-64-1, batch 128", "ms", medians.tenon, medians.peer, torch.name(), 10));
}

}  // namespace

int main() {
  try {
    Table table("step");
    PythonPeer torch("step_peer");
    bench_grok(table, torch);
    bench_mlp(table, torch);
    return table.finish();
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench step: {}\n", error.what());
    return 1;
  }
}
