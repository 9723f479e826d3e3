// The GPT of examples/gpt against PyTorch's: losses of 50 training steps from the same weights and batches.
// bench/python/gpt_reference.py made reference.txt, and tells how.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numbers>

#include "examples/gpt/model.h"
#include "tenon/data/character_text.h"
#include "tenon/data/data_directory.h"
#include "tenon/io/model_file.h"

namespace tenon::gpt {
namespace {

constexpr std::int64_t steps = 50, warm_up = 10, sequences = 12;

// The text, or nothing where there is no data: it is not fetched for a test.
std::optional<CharacterText> shakespeare() {
  try {
    return CharacterText(find_data("tinyshakespeare.txt"));
  } catch (const FileError&) {
    return std::nullopt;
  }
}

struct Setting {
  Config config;
  Gpt model;
};

Setting setting_for(const CharacterText& text) {
  Setting setting;
  setting.config.vocab = text.vocabulary();
  Rng rng(1);
  setting.model = make_gpt(setting.config, rng);
  return setting;
}

double rate_at(std::int64_t step) {
  constexpr double rate = 1e-3, final_rate = 1e-4;
  if (step < warm_up) return rate * static_cast<double>(step + 1) / static_cast<double>(warm_up + 1);
  const double share = static_cast<double>(step - warm_up) / static_cast<double>(steps - warm_up);
  return final_rate + (rate - final_rate) * (0.5 + 0.5 * std::cos(std::numbers::pi * share));
}

std::vector<double> reference_losses() {
  std::ifstream file(TENON_SOURCE_DIR "/tests/gpt/reference.txt");
  std::vector<double> losses;
  for (std::string line; std::getline(file, line);)
    if (!line.starts_with('#')) losses.push_back(std::stod(line));
  return losses;
}

TEST(Gpt, LossesOfFiftyStepsArePyTorchs) {
  const std::optional<CharacterText> text = shakespeare();
  if (!text) GTEST_SKIP() << "tinyshakespeare.txt is not in the data folder";
  auto [config, model] = setting_for(*text);
  auto optimizer = adamw(model, {.beta2 = 0.99, .weight_decay = 0.1, .decays = only_matrices});
  auto step = compile(std::tie(model, optimizer),
                      [](Gpt& m, auto& o, const Tokens& x, const Tokens& y, const Tensor<float>& rate) {
                        auto [loss, gradient] = value_and_grad([&](const Gpt& now) { return now.loss(x, y); })(m);
                        o.update(m, clip_by_global_norm(gradient, 1), rate);
                        return loss;
                      });
  const std::vector<double> expected = reference_losses();
  ASSERT_EQ(expected.size(), static_cast<std::size_t>(steps));
  double worst = 0;
  for (std::int64_t i = 0; i < steps; ++i) {
    const TokenBatch batch = text->batch(TextPart::train, sequences, config.context, 1, i);
    const double loss =
        static_cast<double>(step(batch.x, batch.y, Tensor<float>(static_cast<float>(rate_at(i)))).item());
    const double right = expected[static_cast<std::size_t>(i)];
    worst = std::max(worst, std::abs(loss - right) / right);
    ASSERT_NEAR(loss, right, 1e-4 * right) << "step " << i;
  }
  EXPECT_LT(expected.back(), 0.75 * expected.front()) << "the reference learns";
  RecordProperty("worst_relative_difference", fmt::format("{:.2e}", worst));
}

TEST(Gpt, ExportsWhatTheReferenceIsMadeFrom) {
  const char* folder = std::getenv("TENON_EXPORT_GPT");
  if (!folder) GTEST_SKIP() << "TENON_EXPORT_GPT names no folder: see bench/python/gpt_reference.py";
  const std::optional<CharacterText> text = shakespeare();
  ASSERT_TRUE(text);
  const auto [config, model] = setting_for(*text);
  std::vector<Array> x, y;
  for (std::int64_t i = 0; i < steps; ++i) {
    const TokenBatch batch = text->batch(TextPart::train, sequences, config.context, 1, i);
    x.push_back(batch.x);
    y.push_back(batch.y);
  }
  std::filesystem::create_directories(folder);
  save(std::string(folder) + "/init.safetensors", model);
  write_safetensors(std::string(folder) + "/batches.safetensors",
                    std::vector<NamedArray>{{"x", stack(x)}, {"y", stack(y)}});
}

}  // namespace
}  // namespace tenon::gpt
