// Whole training steps on the CPU: the same bits whatever the number of threads, and memory that stays flat.
#include "examples/grok/training.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstring>
#include <fstream>

#include "tenon/plan/executable.h"
#include "tenon/runtime/buffer.h"
#include "tenon/runtime/compile_statistics.h"
#include "tenon/runtime/device.h"

namespace tenon {
namespace {

// The model of examples/grok in training.
class Training {
 public:
  Training(const grok::Sizes& sizes, double train_fraction)
      : examples_(grok::make_split(sizes.modulus, train_fraction, 3).train) {
    Rng rng(3);
    model_ = grok::make_transformer(sizes, 1, rng);
    optimizer_ = grok::make_optimizer(model_, {});
  }
  float step() { return step_(examples_).item(); }
  std::vector<Array> state() const { return leaves(std::tie(model_, optimizer_)); }

 private:
  grok::Examples examples_;
  grok::Transformer model_;
  AdamW<grok::Transformer> optimizer_;
  grok::CompiledTrainingStep step_{std::tie(model_, optimizer_), {}};
};

// Everything that a small training leaves behind after a few steps: losses, then the state.
std::vector<std::vector<float>> train(int threads, int steps) {
  Device& device = find_device("cpu");
  device.set_threads(threads);
  Training training({.modulus = 31, .d_model = 64, .heads = 4, .d_mlp = 128}, 0.5);
  std::vector<std::vector<float>> result(1);
  for (int i = 0; i < steps; ++i) result[0].push_back(training.step());
  for (const Array& array : training.state()) result.push_back(array.to_vector<float>());
  device.set_threads(0);
  return result;
}

void expect_same_bits(const std::vector<std::vector<float>>& a, const std::vector<std::vector<float>>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(a[i].size(), b[i].size());
    EXPECT_EQ(std::memcmp(a[i].data(), b[i].data(), a[i].size() * sizeof(float)), 0) << "array " << i;
  }
}

TEST(Training, GivesTheSameBitsWithOneAndTwoThreads) { expect_same_bits(train(1, 5), train(2, 5)); }

TEST(Training, GivesTheSameBitsFromRunToRun) { expect_same_bits(train(2, 5), train(2, 5)); }

TEST(Training, LowersTheLoss) {
  const std::vector<float> losses = train(2, 150)[0];
  EXPECT_LT(losses.back(), losses.front() / 2);
}

TEST(Training, OnTheCpuFollowsTheReferenceInterpreter) {
  std::vector<std::vector<float>> losses;
  for (const char* name : {"cpu", "reference"}) {
    set_default_device(find_device(name));
    Training training({.modulus = 7, .d_model = 16, .heads = 2, .d_mlp = 32}, 0.6);
    losses.emplace_back();
    for (int i = 0; i < 20; ++i) losses.back().push_back(training.step());
  }
  set_default_device(find_device("cpu"));
  // Rounding differs in every sum; twenty steps let it grow by about a factor of ten a dozen steps.
  for (std::size_t i = 0; i < losses[0].size(); ++i)
    EXPECT_NEAR(losses[0][i], losses[1][i], 2e-4 * losses[1][i]) << "step " << i;
}

std::int64_t resident_kilobytes() {
  std::ifstream status("/proc/self/statm");
  std::int64_t total = 0, resident = 0;
  status >> total >> resident;
  return resident * 4;
}

TEST(Training, KeepsMemoryFlatOverAThousandSteps) {
  Training training({.modulus = 7, .d_model = 16, .heads = 2, .d_mlp = 32}, 0.6);
  const auto run = [&](int steps) {
    for (int i = 0; i < steps; ++i) training.step();
  };
  run(20);
  const std::size_t buffers = live_buffers().size(), bytes = live_bytes();
  const std::int64_t nodes = live_nodes(), resident = resident_kilobytes();
  run(1000);
  EXPECT_EQ(live_buffers().size(), buffers);
  EXPECT_EQ(live_bytes(), bytes);
  EXPECT_EQ(live_nodes(), nodes);
  EXPECT_LE(resident_kilobytes(), resident + 1024);
}

// The same without compile: traced anew at every step, found in the plan cache.
TEST(Training, KeepsMemoryFlatWhenItIsTracedAtEveryStep) {
  Array weight = Array::from(std::vector<float>(64 * 64, 0.01f), {64, 64});
  const Array x = Array::from(std::vector<float>(32 * 64, 0.5f), {32, 64});
  const auto run = [&](int steps) {
    for (int i = 0; i < steps; ++i) {
      const auto [loss, gradients] =
          value_and_grad([&](const std::vector<Array>& p) { return mean(square(linear(x, p[0]))); }, {weight});
      weight = weight - 0.01 * gradients[0];
      eval(weight);
    }
  };
  run(20);
  const std::size_t bytes = live_bytes();
  const std::int64_t nodes = live_nodes(), resident = resident_kilobytes();
  run(1000);
  EXPECT_EQ(live_bytes(), bytes);
  EXPECT_EQ(live_nodes(), nodes);
#ifdef __SANITIZE_ADDRESS__
  // It keeps what was freed in quarantine, up to 256 MB, to catch later uses.
  EXPECT_LE(resident_kilobytes(), resident + 256 * 1024);
#else
  EXPECT_LE(resident_kilobytes(), resident + 1024);
#endif
}

TEST(Training, ReportsLiveBuffersWithThePlaceThatMadeThem) {
  const Array kept = Array::from(std::vector<float>(1000, 1.0f), {1000});
  const unsigned line = __LINE__ - 1;
  bool found = false;
  for (const LiveBuffer& buffer : live_buffers())
    found |= buffer.bytes == 4000 && buffer.where.line() == line && std::string(buffer.where.file_name()) == __FILE__;
  EXPECT_TRUE(found) << to_string(live_buffers());
  EXPECT_NE(to_string(live_buffers()).find("training_test.cpp"), std::string::npos);
}

}  // namespace
}  // namespace tenon
