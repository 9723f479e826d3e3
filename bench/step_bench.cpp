// Whole training steps against PyTorch's, in turns within one run: the transformer of examples/grok and the
// network of examples/mlp. Both sides compute the same model on data that stays in memory, forward, backward
// and AdamW.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "bench/array_steps.h"
#include "bench/harness.h"
#include "bench/python_peer.h"

namespace {

using namespace tenon;
using namespace tenon::bench;

constexpr int rounds = 15;

void bench_grok(Table& table, PythonPeer& torch) {
  const grok::Sizes sizes;
  const grok::Recipe recipe;
  const grok::Examples examples = grok::make_split(sizes.modulus, 0.3, 1).train;
  Rng rng(1);
  auto model = grok::make_transformer(sizes, recipe.init_scale, rng);
  auto optimizer = grok::make_optimizer(model, recipe);
  auto step = compile(std::tie(model, optimizer), grok::TrainingStep{recipe});
  torch.call("grok_setup", {{"modulus", sizes.modulus}, {"examples", examples.size()}});
  const Medians medians = alternate(
      rounds, [&] { return milliseconds_per_call(5, [&] { step(examples); }); },
      [&] { return torch.milliseconds("grok_step", 5); });
  table.add(less_is_better(fmt::format("grok step, {} examples", examples.size()), "ms", medians.tenon, medians.peer,
                           torch.name(), 1));
}

void bench_mlp(Table& table, PythonPeer& torch) {
  Rng rng(1);
  ArrayStep mlp = array_mlp(rng);
  CompiledStep step = compile(mlp.function);
  torch.call("mlp_setup");
  eval(std::span<const Array>(mlp.arguments));
  const Medians medians = alternate(
      rounds, [&] { return milliseconds_per_call(10000, [&] { step(mlp.state, mlp.arguments); }); },
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
