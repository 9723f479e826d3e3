// What the typed layer adds to a training step: steps of structs of tensors against the same steps on Arrays, in turns
// within one run. They run the same kernels, which tests/plan holds for the first; what is between their times is the
// walk over the model at every call. The "peer" is what is allowed.
#include <fmt/format.h>

#include "bench/array_steps.h"
#include "bench/harness.h"

namespace {

using namespace tenon;
using namespace tenon::bench;

constexpr int rounds = 31;
constexpr double round_milliseconds = 200, allowed = 1.01;

// A row: the quotient of the two times of a call. `typed` makes one call.
void add(Table& table, const std::string& work, const std::function<void()>& typed, ArrayStep array) {
  CompiledStep array_step = compile(array.function);
  const auto on_arrays = [&] { array_step(array.state, array.arguments); };
  const int iterations = iterations_for(round_milliseconds, on_arrays);
  const Medians times = alternate(
      rounds, [&] { return milliseconds_per_call(iterations, typed); },
      [&] { return milliseconds_per_call(iterations, on_arrays); });
  table.add(less_is_better(fmt::format("{}: {:.4g} ms typed, {:.4g} ms on Arrays", work, times.tenon, times.peer),
                           "times", times.tenon / times.peer, allowed, "limit", 1));
}

void bench_grok(Table& table) {
  const grok::Sizes sizes;
  const grok::Recipe recipe;
  const grok::Examples examples = grok::make_split(sizes.modulus, 0.3, 1).train;
  Rng rng(1), same(1);
  auto model = grok::make_transformer(sizes, recipe.init_scale, rng);
  auto optimizer = grok::make_optimizer(model, recipe);
  auto step = compile(std::tie(model, optimizer), grok::TrainingStep{recipe});
  add(
      table, fmt::format("grok step, {} examples", examples.size()), [&] { step(examples); },
      array_grok(sizes, recipe, examples, same));
}

struct Mlp {
  Linear<2, 64> first;
  Linear<64, 64> second;
  Linear<64, 1> last;

  Tensor<float, "batch", 1> operator()(const Tensor<float, "batch", 2>& x) const {
    return last(relu(second(relu(first(x)))));
  }
};

void bench_mlp(Table& table) {
  Rng rng(1);
  ArrayStep array = array_mlp(rng);
  eval(std::span<const Array>(array.arguments));
  auto mlp = with_parameters(init<Mlp>(rng), std::span<const Array>(array.state).first(array.parameters()));
  auto adam = adamw(mlp, {.learning_rate = 0.01});
  auto step = compile(std::tie(mlp, adam), [](Mlp& model, AdamW<Mlp>& optimizer, const Tensor<float, "batch", 2>& x,
                                              const Tensor<float, "batch", 1>& y) {
    const auto [loss, gradient] = value_and_grad([&](const Mlp& m) { return mse_loss(m(x), y); })(model);
    optimizer.update(model, gradient);
    return loss;
  });
  const Tensor<float, "batch", 2> x(array.arguments[0]);
  const Tensor<float, "batch", 1> y(array.arguments[1]);
  add(table, "MLP step 2-64-64-1, batch 128", [&] { step(x, y); }, std::move(array));
}

}  // namespace

int main() {
  Table table("typed");
  bench_grok(table);
  bench_mlp(table);
  return table.finish();
}
