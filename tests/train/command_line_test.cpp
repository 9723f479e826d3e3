#include "tenon/train/command_line.h"

#include <gtest/gtest.h>

namespace tenon {
namespace {

struct Flags {
  std::string text = "a.txt", preset_seen;
  std::int64_t steps = 10;
  std::uint64_t seed = 1;
  int threads = 0;
  double rate = 0.5;
  bool resume = false;
};

// The status that parsing these words ends with; what it prints in `said`.
std::optional<int> parse(Flags& f, std::vector<const char*> words, std::string* said = nullptr) {
  CommandLine line("A test");
  line.add("--text", f.text, "a file");
  line.add("--steps", f.steps, "how many").positive();
  line.add("--seed", f.seed, "a seed");
  line.add("--threads", f.threads, "0: all").within(0, 8);
  line.add("--rate", f.rate, "a rate").not_negative();
  line.add("--resume", f.resume, "go on").needs("--text");
  line.add_preset(
      "--preset", {"small", "large"},
      [&](const std::string& name) {
        f.preset_seen = name;
        f.steps = name == "large" ? 1000 : 1;
      },
      "sizes");
  words.insert(words.begin(), "program");
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  const std::optional<int> status = line.parse(static_cast<int>(words.size()), words.data());
  const std::string out = testing::internal::GetCapturedStdout() + testing::internal::GetCapturedStderr();
  if (said) *said = out;
  return status;
}

TEST(CommandLine, SetsVariablesOfEveryType) {
  Flags f;
  EXPECT_EQ(parse(f, {"--text", "b.txt", "--steps", "7", "--seed", "18446744073709551615", "--threads=2", "--rate",
                      "1e-3", "--resume"}),
            std::nullopt);
  EXPECT_EQ(f.text, "b.txt");
  EXPECT_EQ(f.steps, 7);
  EXPECT_EQ(f.seed, 18446744073709551615u);
  EXPECT_EQ(f.threads, 2);
  EXPECT_EQ(f.rate, 1e-3);
  EXPECT_TRUE(f.resume);
}

TEST(CommandLine, LeavesDefaults) {
  Flags f;
  EXPECT_EQ(parse(f, {}), std::nullopt);
  EXPECT_EQ(f.steps, 10);
  EXPECT_FALSE(f.resume);
}

TEST(CommandLine, PresetsGiveWayToFlagsWhereverTheyStand) {
  Flags f;
  EXPECT_EQ(parse(f, {"--steps", "5", "--preset", "large"}), std::nullopt);
  EXPECT_EQ(f.preset_seen, "large");
  EXPECT_EQ(f.steps, 5);
  Flags g;
  EXPECT_EQ(parse(g, {"--preset", "large"}), std::nullopt);
  EXPECT_EQ(g.steps, 1000);
}

TEST(CommandLine, HelpEndsWithZeroAndShowsDefaults) {
  Flags f;
  std::string said;
  EXPECT_EQ(parse(f, {"--help"}, &said), 0);
  EXPECT_NE(said.find("--steps INT=10"), std::string::npos) << said;
}

TEST(CommandLine, MistakesEndWithAMessageThatNamesTheFlag) {
  const std::pair<std::vector<const char*>, const char*> cases[] = {
      {{"--nonsense"}, "--nonsense"},
      {{"--steps", "0"}, "--steps: '0' is not a number above 0"},
      {{"--steps", "many"}, "--steps: 'many' is not a number above 0"},
      {{"--steps", "1.5"}, "--steps"},
      {{"--rate", "nan"}, "--rate: 'nan' is not a number of at least 0"},
      {{"--threads", "9"}, "--threads: '9' is not a number from 0 to 8"},
      {{"--seed", "-1"}, "--seed: '-1' is not a number of at least 0"},
      {{"--preset", "huge"}, "--preset"},
      {{"--resume"}, "--text"},
      {{"--steps"}, "--steps"},
  };
  for (const auto& [words, expected] : cases) {
    Flags f;
    std::string said;
    const std::optional<int> status = parse(f, words, &said);
    ASSERT_TRUE(status.has_value()) << words[0];
    EXPECT_NE(*status, 0) << words[0];
    EXPECT_NE(said.find(expected), std::string::npos) << words[0] << ": " << said;
  }
}

}  // namespace
}  // namespace tenon
