// The smallest complete program: a network with layers 2-64-64-1 learns y = x1 + x2.
#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "tenon/tenon.h"
#include "tenon/train/command_line.h"

using namespace tenon;

namespace {

struct Flags {
  std::int64_t epochs = 50, batches = 100, batch_size = 128;
  double learning_rate = 0.01;
  int threads = 0;
  std::uint64_t seed = 1;
};

struct Mlp {
  Linear<2, 64> first;
  Linear<64, 64> second;
  Linear<64, 1> last;

  Tensor<float, "batch", 1> operator()(const Tensor<float, "batch", 2>& x) const {
    return last(relu(second(relu(first(x)))));
  }
};

Tensor<float, "batch", 1> sums_of(const Tensor<float, "batch", 2>& x) { return unsqueeze<1>(sum<1>(x)); }

void train(const Flags& flags) {
  Rng rng(flags.seed);
  auto mlp = init<Mlp>(rng);
  auto adam = adamw(mlp);

  // Each step draws its own batch, from the key that it is given, and returns its loss.
  auto step = compile(
      std::tie(mlp, adam), [&](Mlp& model, AdamW<Mlp>& optimizer, const RandomKey& key, const Tensor<float>& rate) {
        const auto x = random_uniform<float, "batch", 2>(key, {flags.batch_size}, -1, 1);
        auto [loss, gradient] = value_and_grad([&](const Mlp& m) { return mse_loss(m(x), sums_of(x)); })(model);
        optimizer.update(model, gradient, rate);
        return loss;
      });

  Progress progress(flags.epochs, {.label = "mlp"});
  for (std::int64_t epoch = 1; epoch <= flags.epochs; ++epoch) {
    // The rate falls along a cosine, to a hundredth.
    const double share = static_cast<double>(epoch - 1) / static_cast<double>(flags.epochs);
    const Tensor<float> rate(
        static_cast<float>(flags.learning_rate * (0.505 + 0.495 * std::cos(share * std::numbers::pi))));
    auto total = zeros<float>();
    for (std::int64_t batch = 0; batch < flags.batches; ++batch) {
      total += step(rng.next_key(), rate);
      eval(total);
    }
    progress.update(epoch);
    progress.line(fmt::format("epoch {:3}  loss {:.3e}", epoch, total.item() / static_cast<float>(flags.batches)));
  }
  progress.finish();

  const auto x = uniform<float, "batch", 2>(rng, {1000}, -1, 1);
  fmt::print("mean absolute error on 1000 fresh samples: {:.5f}\n", mean(abs(mlp(x) - sums_of(x))).item());
}
}  // namespace

int main(int argc, char** argv) {
  CommandLine line("Trains a small network to add two numbers");
  Flags flags;
  line.add("--epochs", flags.epochs, "passes of so many batches").positive();
  line.add("--batches", flags.batches, "batches an epoch").positive();
  line.add("--batch-size", flags.batch_size, "examples a batch").positive();
  line.add("--lr", flags.learning_rate, "learning rate").positive();
  line.add("--threads", flags.threads, "0: all cores").within(0, 1024);
  line.add("--seed", flags.seed, "of weights and batches");
  if (const auto status = line.parse(argc, argv)) return *status;
  try {
    default_device().set_threads(flags.threads);
    train(flags);
  } catch (const std::exception& error) {
    fmt::print(stderr, "mlp: {}\n", error.what());
    return 1;
  }
}
