// Trains a GPT on the characters of any text, and lets it write.
//
//   gpt --preset cpu                                     tiny Shakespeare, 75 s on two cores
//   gpt --text book.txt --checkpoint out/book            resumes where it was stopped with --resume
//   gpt --checkpoint out/gpt --steps 0 --resume --generate 500 --prompt "ROMEO:"
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <numbers>

#include "model.h"
#include "tenon/data/data_directory.h"
#include "tenon/io/checkpoint.h"
#include "tenon/io/model_file.h"
#include "tenon/nn/sampling.h"
#include "tenon/train/command_line.h"

namespace {

using namespace tenon::gpt;
using namespace tenon;

struct Flags {
  std::string text, checkpoint, prompt = "\n", log_dir = "out/gpt";
  Config config;
  std::int64_t batch = 12, steps = 2000, warm_up = 100, decay_steps = 0, eval_every = 250, eval_batches = 20;
  std::int64_t final_batches = 200, sample = 200, generate = 0;
  double rate = 4e-3, final_rate = 1e-4, weight_decay = 0.1, clip = 1;
  Sampling sampling;
  std::uint64_t seed = 1;
  int threads = 0;
  bool resume = false;
};

// The sizes of the two presets are nanoGPT's for Shakespeare; a flag that is given as well counts more.
void declare(CommandLine& line, Flags& f) {
  line.add("--text", f.text, "file to learn from; default: tiny Shakespeare, fetched when it is missing");
  line.add_preset(
      "--preset", {"cpu", "baby"},
      [&f](const std::string& name) {
        if (name == "baby") f.config = {.layers = 6, .heads = 6, .width = 384, .context = 256, .dropout = 0.2};
        if (name == "baby") f.batch = 64, f.steps = 5000, f.rate = 1e-3;
      },
      "cpu (the default values) or baby (6 layers, 6 heads, 384 wide, context 256, batch 64, dropout 0.2)");
  line.add("--layers", f.config.layers, "transformer blocks").not_negative();
  line.add("--heads", f.config.heads, "attention heads").positive();
  line.add("--width", f.config.width, "features of a position").positive();
  line.add("--context", f.config.context, "positions the model sees").positive();
  line.add("--dropout", f.config.dropout, "share of features dropped").within(0, 0.99);
  line.add("--batch", f.batch, "sequences a step").positive();
  line.add("--steps", f.steps, "updates").not_negative();
  line.add("--lr", f.rate, "largest learning rate").not_negative();
  line.add("--lr-end", f.final_rate, "learning rate at the end of the decay").not_negative();
  line.add("--warm-up", f.warm_up, "steps over which the rate rises").not_negative();
  line.add("--decay", f.decay_steps, "step at which the cosine decay ends; 0: the last").not_negative();
  line.add("--weight-decay", f.weight_decay, "AdamW's, of matrices").not_negative();
  line.add("--clip", f.clip, "largest global norm of the gradient").positive();
  line.add("--eval-every", f.eval_every, "steps between evaluations").positive();
  line.add("--eval-batches", f.eval_batches, "batches of an evaluation").positive();
  line.add("--final-batches", f.final_batches, "batches of the last evaluation").positive();
  line.add("--sample", f.sample, "characters shown after each evaluation").not_negative();
  line.add("--checkpoint", f.checkpoint, "folder for checkpoints, one at each evaluation");
  line.add("--resume", f.resume, "go on from the newest checkpoint").needs("--checkpoint");
  line.add("--generate", f.generate, "characters to write at the end").not_negative();
  line.add("--prompt", f.prompt, "what the writing starts with");
  line.add("--temperature", f.sampling.temperature, "of the sampling; 0: always the likeliest").not_negative();
  line.add("--top-k", f.sampling.top_k, "sample from the k likeliest; 0: from all").not_negative();
  line.add("--top-p", f.sampling.top_p, "sample from the likeliest that reach this probability").within(0, 1);
  line.add("--seed", f.seed, "of weights, batches and samples");
  line.add("--threads", f.threads, "0: all cores").within(0, 1024);
  line.add("--log-dir", f.log_dir, "where the loss curve goes");
}

// Rises to the flag's rate, then falls along a cosine.
double rate_at(std::int64_t step, const Flags& f) {
  if (step < f.warm_up) return f.rate * static_cast<double>(step + 1) / static_cast<double>(f.warm_up + 1);
  const auto end = static_cast<double>(f.decay_steps ? f.decay_steps : f.steps), start = static_cast<double>(f.warm_up);
  const double share = end > start ? std::clamp((static_cast<double>(step) - start) / (end - start), 0.0, 1.0) : 1;
  return f.final_rate + (f.rate - f.final_rate) * (0.5 + 0.5 * std::cos(std::numbers::pi * share));
}

class Run {
 public:
  explicit Run(Flags flags)
      : flags_(std::move(flags)), text_(flags_.text.empty() ? fetch("tinyshakespeare.txt") : flags_.text) {
    flags_.config.vocab = text_.vocabulary();
    Rng rng(flags_.seed);
    model_ = make_gpt(flags_.config, rng);
    optimizer_ = adamw(model_, {.beta2 = 0.99, .weight_decay = flags_.weight_decay, .decays = only_matrices});
    random_ = init<RandomState>(rng);
    if (flags_.resume) resume();
  }

  void operator()() {
    fmt::print("{} characters, {} different; {} parameters\n", text_.size(), text_.vocabulary(),
               parameter_count(model_));
    if (step_ < flags_.steps) train();
    if (flags_.generate > 0) fmt::print("{}{}\n", flags_.prompt, write(flags_.generate, flags_.prompt));
  }

 private:
  void train() {
    auto step = compile(std::tie(model_, optimizer_, random_),
                        [clip = flags_.clip](Gpt& model, AdamW<Gpt>& optimizer, RandomState& random, const Tokens& x,
                                             const Tokens& y, const Tensor<float>& rate) {
                          const TrainingScope scope(random.next());
                          auto [loss, gradient] = value_and_grad([&](const Gpt& m) { return m.loss(x, y); })(model);
                          optimizer.update(model, clip_by_global_norm(gradient, clip), rate);
                          return loss;
                        });
    std::filesystem::create_directories(flags_.log_dir);
    // A run that resumes leaves the curve of the steps before it alone.
    const std::int64_t first = step_;
    const std::string curve = flags_.log_dir + (first == 0 ? "/loss" : fmt::format("/loss_from_{}", first));
    CsvWriter csv(curve + ".csv", {"step", "train_loss", "validation_loss"});
    std::vector<double> steps, train_losses, validation_losses;
    Progress progress(flags_.steps, {.label = "gpt"});
    const auto start = std::chrono::steady_clock::now();
    double shown = 0;
    while (step_ < flags_.steps) {
      const TokenBatch batch = text_.batch(TextPart::train, flags_.batch, flags_.config.context, flags_.seed, step_);
      const Tensor<float> loss = step(batch.x, batch.y, Tensor<float>(static_cast<float>(rate_at(step_, flags_))));
      ++step_;
      const bool is_last = step_ == flags_.steps;
      if (is_last || step_ % 10 == 0) shown = loss.item();
      if (is_last || step_ % flags_.eval_every == 0) {
        const std::int64_t batches = is_last ? flags_.final_batches : flags_.eval_batches;
        steps.push_back(static_cast<double>(step_));
        train_losses.push_back(evaluate(TextPart::train, flags_.eval_batches));
        validation_losses.push_back(evaluate(TextPart::validation, batches));
        csv.row(step_, train_losses.back(), validation_losses.back());
        progress.line(fmt::format("step {:5}  train loss {:.4f}  validation loss {:.4f} ({} batches)", step_,
                                  train_losses.back(), validation_losses.back(), batches));
        if (flags_.sample > 0) progress.line(write(flags_.sample, "\n"));
        if (!flags_.checkpoint.empty()) save_checkpoint(flags_.checkpoint, checkpoint());
      }
      progress.update(step_, [&] { return fmt::format("loss {:.4f}", shown); });
    }
    progress.finish();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    fmt::print("{:.1f} s, {:.1f} ms a step with evaluation\n", seconds, 1e3 * seconds / double(step_ - first));
    csv.close();
    Plot plot({.title = "GPT: loss", .x = {.title = "step"}, .y = {.title = "cross-entropy, nats a character"}});
    plot.line("train", steps, train_losses);
    plot.line("validation", steps, validation_losses);
    plot.save(curve + ".svg");
  }

  double evaluate(TextPart part, std::int64_t batches) {
    double total = 0;
    for (std::int64_t i = 0; i < batches; ++i) {
      const TokenBatch batch = text_.batch(part, flags_.batch, flags_.config.context, 0, i);
      total += static_cast<double>(loss_(model_, batch.x, batch.y).item());
    }
    return total / static_cast<double>(batches);
  }

  // The prompt's continuation. The model sees the last characters that fit its context; those behind them are padding,
  // which a causal model does not look at.
  std::string write(std::int64_t count, const std::string& prompt) {
    std::vector<std::int32_t> tokens = text_.encode(prompt);
    const auto context = static_cast<std::size_t>(flags_.config.context);
    const std::size_t start = tokens.size();
    Sampler sampler(flags_.sampling, flags_.seed + static_cast<std::uint64_t>(step_));
    for (std::int64_t i = 0; i < count; ++i) {
      const std::size_t seen = std::min(tokens.size(), context);
      std::vector<std::int32_t> window(tokens.end() - static_cast<std::ptrdiff_t>(seen), tokens.end());
      window.resize(context);
      const auto logits = logits_(model_, Tokens::from(window, {1, flags_.config.context}),
                                  Tensor<std::int32_t, 1>::from({static_cast<std::int32_t>(seen) - 1}));
      tokens.push_back(sampler(logits.to_vector()));
    }
    return text_.decode(std::span(tokens).subspan(start));
  }

  Checkpoint checkpoint() const {
    Checkpoint now;
    now.step = static_cast<std::uint64_t>(step_);
    now.notes["vocabulary"] = text_.vocabulary_hex();
    for (auto& arrays :
         {named_leaves(model_, "model"), named_leaves(optimizer_, "optimizer"), named_leaves(random_, "random")})
      now.arrays.insert(now.arrays.end(), arrays.begin(), arrays.end());
    return now;
  }

  void resume() {
    const LatestCheckpoint latest = latest_checkpoint(flags_.checkpoint);
    for (const SkippedCheckpoint& skipped : latest.skipped)
      fmt::print("skipped {}: {}\n", skipped.path, skipped.reason);
    if (!latest.checkpoint) return fmt::print("no checkpoint in {} yet\n", flags_.checkpoint);
    const auto vocabulary = latest.checkpoint->notes.find("vocabulary");
    if (vocabulary == latest.checkpoint->notes.end() || vocabulary->second != text_.vocabulary_hex())
      throw ValueError(fmt::format("{} is not of a GPT that was trained on this text's characters", latest.path));
    assign_leaves(model_, latest.checkpoint->arrays, "model");
    assign_leaves(optimizer_, latest.checkpoint->arrays, "optimizer");
    assign_leaves(random_, latest.checkpoint->arrays, "random");
    step_ = static_cast<std::int64_t>(latest.checkpoint->step);
    fmt::print("goes on from {}\n", latest.path);
  }

  Flags flags_;
  CharacterText text_;
  Gpt model_;
  AdamW<Gpt> optimizer_;
  RandomState random_;
  std::int64_t step_ = 0;
  CompiledFunction<decltype([](const Gpt& m, const Tokens& x, const Tokens& y) { return m.loss(x, y); })> loss_{{}, {}};
  // At one position of the only sequence.
  CompiledFunction<decltype([](const Gpt& m, const Tokens& x, const Tensor<std::int32_t, 1>& position) {
    return Tensor<float, 1, "vocab">(embedding(select<"batch">(m(x), 0).array(), position.array()));
  })>
      logits_{{}, {}};
};

}  // namespace

int main(int argc, char** argv) {
  CommandLine line("Trains a GPT on the characters of a text");
  Flags flags;
  declare(line, flags);
  if (const auto status = line.parse(argc, argv)) return *status;
  try {
    if (flags.config.width % flags.config.heads != 0)
      throw ValueError(fmt::format("--width {} is no multiple of --heads {}", flags.config.width, flags.config.heads));
    default_device().set_threads(flags.threads);
    Run run(std::move(flags));
    run();
  } catch (const std::exception& error) {
    fmt::print(stderr, "gpt: {}\n", error.what());
    return 1;
  }
}
