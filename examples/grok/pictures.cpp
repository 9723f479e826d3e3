#include "pictures.h"

#include <cmath>
#include <numbers>

#include "tenon/train/svg_plot.h"

namespace tenon::grok {

namespace {

std::vector<double> column(const std::vector<Record>& records, double Record::* field) {
  std::vector<double> values;
  for (const Record& record : records) values.push_back(record.*field);
  return values;
}

}  // namespace

void draw_curves(const std::vector<Record>& records, const std::string& folder) {
  const std::vector<double> epochs = column(records, &Record::epoch);
  Plot accuracy({.title = "Modular addition: accuracy",
                 .x = {.title = "epoch"},
                 .y = {.title = "accuracy", .format = TickFormat::percent}});
  accuracy.line("train", epochs, column(records, &Record::train_accuracy));
  accuracy.line("test", epochs, column(records, &Record::test_accuracy));
  accuracy.save(folder + "/grokking_accuracy.svg");

  Plot loss({.title = "Modular addition: loss",
             .x = {.title = "epoch"},
             .y = {.title = "cross-entropy", .scale = Scale::log}});
  loss.line("train", epochs, column(records, &Record::train_loss));
  loss.line("test", epochs, column(records, &Record::test_loss));
  loss.save(folder + "/grokking_loss.svg");
}

std::vector<double> embedding_spectrum(const TokenEmbedding& token_embedding, std::int64_t modulus) {
  const std::vector<float> table = token_embedding.to_vector();  // [modulus + 1, d]
  const auto width = static_cast<std::size_t>(token_embedding.size<"embd">());
  const auto p = static_cast<std::size_t>(modulus);
  std::vector<double> norms;
  for (std::size_t k = 1; k <= (p - 1) / 2; ++k) {
    double squares = 0;
    for (std::size_t d = 0; d < width; ++d) {
      double along_cos = 0, along_sin = 0;
      for (std::size_t a = 0; a < p; ++a) {
        const double angle = 2 * std::numbers::pi * static_cast<double>(k * a % p) / static_cast<double>(p);
        const auto value = static_cast<double>(table[a * width + d]);
        along_cos += value * std::cos(angle);
        along_sin += value * std::sin(angle);
      }
      squares += along_cos * along_cos + along_sin * along_sin;
    }
    norms.push_back(std::sqrt(squares * 2 / static_cast<double>(p)));  // cos and sin have length sqrt(p / 2)
  }
  return norms;
}

void draw_spectrum(const TokenEmbedding& token_embedding, std::int64_t modulus, const std::string& folder) {
  const std::vector<double> norms = embedding_spectrum(token_embedding, modulus);
  std::vector<double> frequencies;
  for (std::size_t k = 1; k <= norms.size(); ++k) frequencies.push_back(static_cast<double>(k));
  Plot plot({.title = "The learned embedding's Fourier spectrum: it counts on a few circles",
             .x = {.title = "frequency k"},
             .y = {.title = "norm of the component"}});
  plot.bars("", frequencies, norms);
  plot.save(folder + "/embedding_spectrum.svg");
}

}  // namespace tenon::grok
