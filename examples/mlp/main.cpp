// The smallest complete program: a network with layers 2-64-64-1 learns y = x1 + x2.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>

#include "tenon/array/compile.h"
#include "tenon/array/ops.h"
#include "tenon/optim/adamw.h"
#include "tenon/runtime/device.h"
#include "tenon/train/progress.h"

using namespace tenon;

namespace {

struct Flags {
  std::int64_t epochs = 50, batches = 100, batch_size = 128;
  double learning_rate = 0.01;
  int threads = 0;
  std::uint64_t seed = 1;
};

// PyTorch's initialisation of a linear layer: uniform in +- 1 / sqrt(fan in).
std::vector<Array> make_layer(std::int64_t in, std::int64_t out, Rng& rng) {
  const double bound = 1 / std::sqrt(static_cast<double>(in));
  return {rng.uniform({out, in}, -bound, bound), rng.uniform({out}, -bound, bound)};
}

// x: [batch, 2] -> [batch, 1]; p: weight and bias of each layer
Array forward(const std::vector<Array>& p, const Array& x) {
  return linear(relu(linear(relu(linear(x, p[0], p[1])), p[2], p[3])), p[4], p[5]);
}

Array sums_of(const Array& x) { return sum(x, {1}, true); }

void train(const Flags& flags) {
  Rng rng(flags.seed);
  std::vector<Array> parameters;
  for (const auto& [in, out] : {std::pair{2, 64}, {64, 64}, {64, 1}})
    for (Array& array : make_layer(in, out, rng)) parameters.push_back(array);
  std::vector<Array> state = AdamWState::start(parameters).flat();

  // Each step draws its own batch, from the key that it is given, and reports its loss.
  CompiledStep step = compile([&](std::span<const Array> flat, std::span<const Array> arguments) -> StepResult {
    const AdamWState now = AdamWState::from_flat(flat);
    const Array x = random_uniform(arguments[0], {flags.batch_size, 2}, -1, 1);
    const auto [loss, gradients] =
        value_and_grad([&](const std::vector<Array>& p) { return mse_loss(forward(p, x), sums_of(x)); },
                       std::span<const Array>(now.parameters));
    return {adamw(now, gradients, arguments[1]).flat(), {loss}};
  });

  Progress progress(flags.epochs, {.label = "mlp"});
  for (std::int64_t epoch = 1; epoch <= flags.epochs; ++epoch) {
    // The rate falls along a cosine, to a hundredth.
    const double share = static_cast<double>(epoch - 1) / static_cast<double>(flags.epochs);
    const Array rate(static_cast<float>(flags.learning_rate * (0.505 + 0.495 * std::cos(share * 3.14159265358979))));
    Array total = zeros({});
    for (std::int64_t batch = 0; batch < flags.batches; ++batch) {
      const Array arguments[] = {rng.next_key(), rate};
      total = total + step(state, arguments)[0];
      eval(total);
    }
    const double loss = static_cast<double>(total.item<float>()) / static_cast<double>(flags.batches);
    progress.update(epoch);
    progress.line(fmt::format("epoch {:3}  loss {:.3e}", epoch, loss));
  }
  progress.finish();

  const Array x = rng.uniform({1000, 2}, -1, 1);
  const Array error = mean(abs(forward({state.begin(), state.begin() + 6}, x) - sums_of(x)));
  fmt::print("mean absolute error on 1000 fresh samples: {:.5f}\n", error.item<float>());
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Trains a small network to add two numbers");
  Flags flags;
  app.add_option("--epochs", flags.epochs, "epochs")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--batches", flags.batches, "batches an epoch")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--batch-size", flags.batch_size, "examples a batch")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--lr", flags.learning_rate, "learning rate")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--threads", flags.threads, "0: all cores")->check(CLI::Range(0, 1024))->capture_default_str();
  app.add_option("--seed", flags.seed, "of weights and batches")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    default_device().set_threads(flags.threads);
    train(flags);
  } catch (const std::exception& error) {
    fmt::print(stderr, "mlp: {}\n", error.what());
    return 1;
  }
}
