// Grokking: a one-layer transformer learns addition modulo p from 30 % of all pairs. It memorises them within
// a hundred steps, and much later, suddenly, understands: test accuracy jumps to 100 %.
//
//   grok [--modulus 113] [--train-frac 0.3] [--epochs 2000] [--lr 6.5e-3] [--seed 1] ...      (--help lists
//   all)
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "pictures.h"
#include "tenon/core/error.h"
#include "tenon/runtime/compile_statistics.h"
#include "tenon/runtime/device.h"
#include "tenon/train/command_line.h"
#include "tenon/train/csv.h"
#include "tenon/train/progress.h"
#include "training.h"

namespace {

using namespace tenon;

struct Flags {
  grok::Sizes sizes;
  grok::Recipe recipe;
  double train_fraction = 0.3;
  std::int64_t epochs = 2000;
  std::int64_t batch_size = 0;
  std::uint64_t seed = 1;
  std::int64_t eval_every = 100;
  int threads = 0;
  double stop_at = 0.99;
  std::string log_dir = "out/grok";
  std::string device = "cpu";
};

// Unknown flags and values that do not parse end the program with a message, by the command line.
void declare(CommandLine& line, Flags& flags) {
  line.add("--modulus", flags.sizes.modulus, "p: numbers are added modulo this").within(3, 1000);
  line.add("--train-frac", flags.train_fraction, "share of all pairs to train on").within(0.01, 0.99);
  line.add("--epochs", flags.epochs, "passes over the training set").positive();
  line.add("--batch-size", flags.batch_size, "examples a step; 0: the whole set").not_negative();
  line.add("--lr", flags.recipe.learning_rate, "learning rate").positive();
  line.add("--weight-decay", flags.recipe.weight_decay, "AdamW's weight decay").not_negative();
  line.add("--d-model", flags.sizes.d_model, "width").positive();
  line.add("--heads", flags.sizes.heads, "attention heads").positive();
  line.add("--d-mlp", flags.sizes.d_mlp, "hidden units").positive();
  line.add("--seed", flags.seed, "of the split and the initial weights");
  line.add("--eval-every", flags.eval_every, "epochs between evaluations").positive();
  line.add("--threads", flags.threads, "0: all cores").within(0, 1024);
  line.add("--stop-at", flags.stop_at, "test accuracy at which to stop; above 1: train all epochs");
  line.add("--log-dir", flags.log_dir, "where the table and the pictures go");
  line.add("--device", flags.device, "cpu, reference");
}

class Run {
 public:
  explicit Run(const Flags& flags)
      : flags_(flags), split_(grok::make_split(flags.sizes.modulus, flags.train_fraction, flags.seed)) {
    Rng rng(flags.seed);
    model_ = grok::make_transformer(flags.sizes, flags.recipe.init_scale, rng);
    optimizer_ = grok::make_optimizer(model_, flags.recipe);
    eval(leaves(std::tie(model_, optimizer_)));
  }

  // Trains until the test accuracy is reached or the epochs are over. Returns the exit status.
  int operator()() {
    std::filesystem::create_directories(flags_.log_dir);
    CsvWriter csv(flags_.log_dir + "/grokking.csv", {"epoch", "train_loss", "train_acc", "test_acc", "test_loss"});
    fmt::print("a + b mod {}: {} pairs to train on, {} to test; {} parameters\n", flags_.sizes.modulus,
               split_.train.size(), split_.test.size(), parameter_count(model_));
    const auto start = std::chrono::steady_clock::now();
    std::int64_t epoch = 0;
    {
      Progress progress(flags_.epochs, {.label = "grok"});
      while (epoch < flags_.epochs) {
        train_one_epoch();
        ++epoch;
        if (epoch == 1 || epoch % flags_.eval_every == 0 || epoch == flags_.epochs) {
          evaluate_at(epoch, csv);
          if (!progress.is_terminal()) progress.line(status());
          if (records_.back().test_accuracy > flags_.stop_at) break;
        }
        progress.update(epoch, [&] { return status(); });
      }
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    csv.close();
    grok::draw_curves(records_, flags_.log_dir);
    grok::draw_spectrum(model_.token_embedding.weight, flags_.sizes.modulus, flags_.log_dir);
    return report(epoch, seconds);
  }

 private:
  void train_one_epoch() {
    const std::int64_t n = split_.train.size();
    const std::int64_t batch = flags_.batch_size == 0 ? n : std::min(flags_.batch_size, n);
    if (batch == n) {
      step_(split_.train);
      return;
    }
    const auto& [tokens, sums] = split_.train;
    for (std::int64_t first = 0; first + batch <= n; first += batch) {
      const Range part{first, first + batch};
      step_(grok::Examples{slice<"batch">(tokens, part), slice<"batch">(sums, part)});
    }
  }

  void evaluate_at(std::int64_t epoch, CsvWriter& csv) {
    const grok::Score train = evaluate_(model_, split_.train), test = evaluate_(model_, split_.test);
    records_.push_back(
        {static_cast<double>(epoch), train.loss.item(), train.accuracy.item(), test.accuracy.item(), test.loss.item()});
    const grok::Record& r = records_.back();
    csv.row(epoch, r.train_loss, r.train_accuracy, r.test_accuracy, r.test_loss);
  }

  std::string status() const {
    if (records_.empty()) return "";
    const grok::Record& r = records_.back();
    return fmt::format("epoch {:5.0f}  loss {:.2e} / {:.2e}  accuracy {:5.1f} % / {:5.1f} %  (train / test)", r.epoch,
                       r.train_loss, r.test_loss, 100 * r.train_accuracy, 100 * r.test_accuracy);
  }

  int report(std::int64_t epochs, double seconds) const {
    const CompileStatistics compiled = compile_statistics();
    fmt::print("{} kernels compiled in {:.1f} s, {} found in the cache\n", compiled.kernels_compiled,
               compiled.compiler_seconds, compiled.kernels_from_disk);
    const double accuracy = records_.back().test_accuracy;
    const bool grokked = accuracy > 0.99;
    fmt::print("{}: test accuracy {:.2f} % after {} epochs, {:.1f} s ({:.1f} ms an epoch)\n",
               grokked ? "it grokked" : "it did not grok", 100 * accuracy, epochs, seconds,
               1e3 * seconds / static_cast<double>(epochs));
    return grokked ? 0 : 2;
  }

  Flags flags_;
  grok::Split split_;
  grok::Transformer model_;
  AdamW<grok::Transformer> optimizer_;
  grok::CompiledTrainingStep step_{std::tie(model_, optimizer_), {flags_.recipe}};
  CompiledFunction<grok::Evaluation> evaluate_{{}, {}};
  std::vector<grok::Record> records_;
};

}  // namespace

int main(int argc, char** argv) {
  CommandLine line("Trains a one-layer transformer on addition modulo p until it groks");
  Flags flags;
  declare(line, flags);
  if (const auto status = line.parse(argc, argv)) return *status;
  try {
    if (flags.sizes.d_model % flags.sizes.heads != 0)
      throw ValueError(
          fmt::format("--d-model {} is no multiple of --heads {}", flags.sizes.d_model, flags.sizes.heads));
    Device& device = find_device(flags.device);
    device.set_threads(flags.threads);
    set_default_device(device);
    return Run(flags)();
  } catch (const std::exception& error) {
    fmt::print(stderr, "grok: {}\n", error.what());
    return 1;
  }
}
