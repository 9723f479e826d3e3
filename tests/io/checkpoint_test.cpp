#include "tenon/io/checkpoint.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "tenon/array/ops.h"
#include "tenon/io/checkpoint_meta.h"
#include "tests/io/files.h"
#include "tests/support/errors.h"

namespace tenon::testing {
namespace {

class Checkpoints : public FolderTest {
 protected:
  std::string directory() const { return path("run"); }
  std::string of_step(std::uint64_t step) const { return fmt::format("{}/step-{:08}", directory(), step); }
};

Checkpoint sample(std::uint64_t step) {
  const auto value = static_cast<float>(step);
  return {.step = step,
          .arrays = {{"weight", Array::from(std::vector<float>(6, value), {2, 3})},
                     {"count", Array(static_cast<std::int64_t>(step))}},
          .random = {.key0 = 0xffffffff, .key1 = 2, .drawn = (std::uint64_t{1} << 63) + step},
          .data_position = ~std::uint64_t{0},
          .notes = {{"arguments", "--lr \"1e-3\"\n"}, {"ü", ""}}};
}

void expect_sample(const Checkpoint& found, std::uint64_t step) {
  const Checkpoint expected = sample(step);
  EXPECT_EQ(found.step, step);
  EXPECT_EQ(found.random, expected.random);
  EXPECT_EQ(found.data_position, expected.data_position);
  EXPECT_EQ(found.notes, expected.notes);
  EXPECT_EQ(found.arrays.size(), 2u);
  EXPECT_EQ(found.array("weight").to_vector<float>(), std::vector<float>(6, static_cast<float>(step)));
  EXPECT_EQ(found.array("count").item<std::int64_t>(), static_cast<std::int64_t>(step));
}

// The newest is the sample of `step`, and nothing was wrong on the way to it.
void expect_latest(const std::string& directory, std::uint64_t step) {
  const LatestCheckpoint latest = latest_checkpoint(directory);
  ASSERT_TRUE(latest.checkpoint.has_value());
  EXPECT_TRUE(latest.skipped.empty()) << latest.skipped.front().reason;
  expect_sample(*latest.checkpoint, step);
}

TEST_F(Checkpoints, ComeBackAsTheyWereSaved) {
  EXPECT_EQ(save_checkpoint(directory(), sample(1200)), of_step(1200));
  EXPECT_EQ(names_in(directory()), (std::vector<std::string>{".lock", "step-00001200"}));
  EXPECT_EQ(names_in(of_step(1200)), (std::vector<std::string>{"meta.json", "state.safetensors"}));
  expect_sample(load_checkpoint(of_step(1200)), 1200);
  const LatestCheckpoint latest = latest_checkpoint(directory());
  EXPECT_EQ(latest.path, of_step(1200));
  expect_latest(directory(), 1200);
}

TEST_F(Checkpoints, TheirFolderIsMadeWithAllAboveIt) {
  EXPECT_EQ(save_checkpoint(path("a/b/c/"), sample(1)), path("a/b/c/") + "/step-00000001");
  expect_latest(path("a/b/c"), 1);
}

TEST_F(Checkpoints, TheSameStateMakesTheSameBytes) {
  save_checkpoint(path("a"), sample(5));
  save_checkpoint(path("b"), sample(5));
  for (const char* file : {"/step-00000005/meta.json", "/step-00000005/state.safetensors"})
    EXPECT_EQ(read_bytes(path("a") + file), read_bytes(path("b") + file));
}

TEST_F(Checkpoints, AnArrayThatIsMissingComesWithTheNearest) {
  expect_error<FileError>([] { sample(3).array("wieght"); }, {"step 3", "'wieght'", "'weight'"});
}

TEST_F(Checkpoints, ThereAreNoneBeforeTheFirst) {
  for (const std::string& folder : {directory(), folder() + "/none/of/these", folder()}) {
    const LatestCheckpoint latest = latest_checkpoint(folder);
    EXPECT_FALSE(latest.checkpoint.has_value());
    EXPECT_TRUE(latest.skipped.empty());
    EXPECT_EQ(latest.path, "");
  }
}

TEST_F(Checkpoints, OnlyTheLastFewAreKept) {
  for (const std::uint64_t step : {1, 2, 3, 4}) save_checkpoint(directory(), sample(step));
  EXPECT_EQ(names_in(directory()), (std::vector<std::string>{".lock", "step-00000003", "step-00000004"}));
  save_checkpoint(directory(), sample(5), {.keep = 3});
  EXPECT_EQ(names_in(directory()).size(), 4u);
  save_checkpoint(directory(), sample(6), {.keep = 1});
  EXPECT_EQ(names_in(directory()), (std::vector<std::string>{".lock", "step-00000006"}));
  expect_error<ValueError>([&] { save_checkpoint(directory(), sample(7), {.keep = 0}); }, {"keep is 0"});
}

TEST_F(Checkpoints, StepsAboveTheOneSavedStay) {
  for (const std::uint64_t step : {8, 9, 3, 4, 5}) save_checkpoint(directory(), sample(step));
  EXPECT_EQ(names_in(directory()),
            (std::vector<std::string>{".lock", "step-00000004", "step-00000005", "step-00000008", "step-00000009"}));
}

TEST_F(Checkpoints, StepsBeyondEightDigitsAreInOrder) {
  save_checkpoint(directory(), sample(99'999'999));
  save_checkpoint(directory(), sample(100'000'000));
  EXPECT_EQ(latest_checkpoint(directory()).path, of_step(100'000'000));
}

TEST_F(Checkpoints, TheSameStepAgainReplacesIt) {
  save_checkpoint(directory(), sample(1));
  Checkpoint other = sample(1);
  other.data_position = 5;
  save_checkpoint(directory(), other);
  EXPECT_EQ(latest_checkpoint(directory()).checkpoint->data_position, 5u);
  EXPECT_EQ(names_in(directory()), (std::vector<std::string>{".lock", "step-00000001"}));
}

TEST_F(Checkpoints, ABrokenOneIsSkippedWithTheReason) {
  for (const std::uint64_t step : {1, 2, 3, 4}) save_checkpoint(directory(), sample(step), {.keep = 9});
  std::filesystem::resize_file(of_step(4) + "/state.safetensors", 100);
  std::filesystem::remove(of_step(3) + "/meta.json");
  std::string bytes = read_bytes(of_step(2) + "/state.safetensors");
  bytes.back() ^= 1;
  write_bytes(of_step(2) + "/state.safetensors", bytes);

  const LatestCheckpoint latest = latest_checkpoint(directory());
  ASSERT_TRUE(latest.checkpoint.has_value());
  EXPECT_EQ(latest.path, of_step(1));
  ASSERT_EQ(latest.skipped.size(), 3u);
  EXPECT_EQ(latest.skipped[0].path, of_step(4));
  const std::string_view reasons[] = {"has 100 bytes", "meta.json: cannot be opened: No such file", "was damaged"};
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_NE(latest.skipped[i].reason.find(reasons[i]), std::string::npos) << latest.skipped[i].reason;
}

TEST_F(Checkpoints, WhenAllAreBrokenThereIsNoneAndItIsSaid) {
  save_checkpoint(directory(), sample(1));
  write_bytes(of_step(1) + "/meta.json", "");
  const LatestCheckpoint latest = latest_checkpoint(directory());
  EXPECT_FALSE(latest.checkpoint.has_value());
  EXPECT_EQ(latest.skipped.size(), 1u);
}

TEST_F(Checkpoints, EveryFlippedBitIsSeen) {
  save_checkpoint(directory(), sample(1));
  for (const char* name : {"/meta.json", "/state.safetensors"}) {
    const std::string file = of_step(1) + name, whole = read_bytes(file);
    for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
      std::string bytes = whole;
      bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ 1 << bit % 8);
      write_bytes(file, bytes);
      EXPECT_THROW(load_checkpoint(of_step(1)), FormatError) << name << ", bit " << bit;
    }
    write_bytes(file, whole);
  }
  expect_sample(load_checkpoint(of_step(1)), 1);
}

TEST_F(Checkpoints, EveryCutIsSeen) {
  save_checkpoint(directory(), sample(1));
  for (const char* name : {"/meta.json", "/state.safetensors"}) {
    const std::string file = of_step(1) + name, whole = read_bytes(file);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      write_bytes(file, whole.substr(0, size));
      EXPECT_THROW(load_checkpoint(of_step(1)), FormatError) << name << ", " << size << " bytes";
    }
    write_bytes(file, whole + " ");
    EXPECT_THROW(load_checkpoint(of_step(1)), FormatError) << name;
    write_bytes(file, whole);
  }
}

TEST_F(Checkpoints, AFolderWithAnotherStepsNameIsNotBelieved) {
  save_checkpoint(directory(), sample(1));
  std::filesystem::rename(of_step(1), of_step(7));
  expect_error<FormatError>([&] { load_checkpoint(of_step(7)); }, {"is of step 1"});
  std::filesystem::rename(of_step(7), directory() + "/best");
  expect_sample(load_checkpoint(directory() + "/best"), 1);
}

TEST(CheckpointMeta, SaysWhatItCannotRead) {
  const std::string good = render_checkpoint_meta({.step = 3, .random = {}, .notes = {}});
  const auto replaced = [&](std::string_view what, std::string_view by) {
    std::string text = good;
    EXPECT_NE(text.find(what), std::string::npos) << what;
    return text.replace(text.find(what), what.size(), by);
  };
  EXPECT_EQ(parse_checkpoint_meta(good, "m").step, 3u);
  const std::pair<std::string, std::string_view> cases[] = {
      {"", "parse error"},
      {"[1, 2]", "cannot use at()"},
      {"{}", "key 'format' not found"},
      {replaced("tenon-checkpoint", "tenon-checkpaint"), "'format' is not"},
      {replaced("\"version\": 1", "\"version\": 2"), "version 2 of the format"},
      {replaced("\"step\": 3", "\"step\": 4"), "damaged or changed"},
      {replaced("\"step\": 3", "\"step\": -3"), "'step' is not a whole number"},
      {replaced("\"step\": 3", "\"step\": 3.5"), "'step' is not a whole number"},
      {replaced("\"key0\": 0", "\"key0\": 4294967296"), "'key0' is not a whole number from 0 to 4294967295"},
      {replaced(R"("notes": {})", R"("notes": {"a": 1})"), "type must be string"},
      {replaced(R"("notes": {})", R"("notes": {},  "more": 1)"), "damaged or changed"},
      {good + std::string(1, '\0'), "a zero byte"},
      {std::string(100'000, '['), "parse error"},
      {"{\"format\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}", "'format' is not"},
  };
  for (const auto& [text, message] : cases)
    expect_error<FormatError>([&] { parse_checkpoint_meta(text, "m"); }, {"m: no checkpoint: ", message});
  expect_error<ValueError>([] { render_checkpoint_meta({.random = {}, .notes = {{"a", "\xff"}}}); }, {"UTF-8"});
}

TEST_F(Checkpoints, WhatKilledProcessesLeftIsIgnoredAndRemovedByTheNextSave) {
  save_checkpoint(directory(), sample(1));
  std::filesystem::create_directories(of_step(2) + ".partial");
  write_bytes(of_step(2) + ".partial/state.safetensors", "half");
  std::filesystem::create_directories(of_step(1) + ".old.partial");
  write_bytes(directory() + "/notes.txt", "none of ours");
  std::filesystem::create_directories(directory() + "/pictures.partial");
  expect_latest(directory(), 1);
  save_checkpoint(directory(), sample(2));
  EXPECT_EQ(names_in(directory()),
            (std::vector<std::string>{".lock", "notes.txt", "pictures.partial", "step-00000001", "step-00000002"}));
}

TEST_F(Checkpoints, ADiskThatIsFullLeavesTheOldOnes) {
  save_checkpoint(directory(), sample(1));
  Checkpoint large = sample(2);
  large.arrays.push_back({"large", zeros({100'000})});
  // A limit on the size of files fails in the same call as a full disk.
  rlimit old{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{100'000, old.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  expect_error<FileError>([&] { save_checkpoint(directory(), large); }, {"state.safetensors", "File too large"});
  setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(names_in(directory()), (std::vector<std::string>{".lock", "step-00000001"}));
  expect_latest(directory(), 1);
  save_checkpoint(directory(), large);
  EXPECT_EQ(latest_checkpoint(directory()).checkpoint->step, 2u);
}

// Runs f as a user whom permissions hold: root is stopped by none.
template <class F>
void without_privileges(F f) {
  const bool is_root = geteuid() == 0;
  if (is_root && seteuid(65534) != 0) FAIL();
  f();
  if (is_root && seteuid(0) != 0) FAIL();
}

TEST_F(Checkpoints, AFolderThatIsReadOnlyLeavesTheOldOnes) {
  save_checkpoint(directory(), sample(1));
  std::filesystem::permissions(folder(), std::filesystem::perms(0755));
  std::filesystem::permissions(directory(), std::filesystem::perms(0555));
  std::filesystem::permissions(directory() + "/.lock", std::filesystem::perms(0666));
  without_privileges([&] {
    expect_error<FileError>([&] { save_checkpoint(directory(), sample(2)); },
                            {"step-00000002.partial", "Permission denied"});
    expect_latest(directory(), 1);
    expect_error<FileError>([&] { save_checkpoint(directory() + "/deeper", sample(2)); }, {"Permission denied"});
  });
  std::filesystem::permissions(directory(), std::filesystem::perms(0755));
}

TEST_F(Checkpoints, SaveNowhereButInAFolder) {
  write_bytes(path("file"), "");
  expect_error<FileError>([&] { save_checkpoint(path("file"), sample(1)); }, {path("file")});
  expect_error<FileError>([&] { latest_checkpoint(path("file")); }, {path("file"), "cannot list"});
}

TEST_F(Checkpoints, AStateThatCannotBeWrittenChangesNothing) {
  save_checkpoint(directory(), sample(1));
  Checkpoint twice = sample(2);
  twice.arrays.push_back(twice.arrays.front());
  expect_error<ValueError>([&] { save_checkpoint(directory(), twice); }, {"two arrays are called 'weight'"});
  expect_latest(directory(), 1);
  EXPECT_EQ(names_in(directory()), (std::vector<std::string>{".lock", "step-00000001"}));
}

// Locks belong to open files: two threads exclude each other as two processes do.
TEST_F(Checkpoints, SeveralWritersAndAReaderShareAFolder) {
  std::atomic<int> writing = 2;
  const auto write = [&](std::uint64_t first) {
    for (std::uint64_t step = first; step < 60; step += 2) EXPECT_NO_THROW(save_checkpoint(directory(), sample(step)));
    --writing;
  };
  std::thread even(write, 0), odd(write, 1);
  int found = 0;
  while (writing > 0) {
    const LatestCheckpoint latest = latest_checkpoint(directory());
    for (const SkippedCheckpoint& skipped : latest.skipped) ADD_FAILURE() << skipped.reason;
    if (!latest.checkpoint) continue;
    expect_sample(*latest.checkpoint, latest.checkpoint->step);
    ++found;
  }
  even.join();
  odd.join();
  EXPECT_GT(found, 0);
  EXPECT_EQ(latest_checkpoint(directory()).checkpoint->step, 59u);
}

TEST_F(Checkpoints, AReaderOfOneStepThatIsReplacedAgainAndAgainSeesNoDamage) {
  save_checkpoint(directory(), sample(1));
  std::atomic<bool> done = false;
  std::thread writer([&] {
    for (int i = 0; i < 60; ++i) save_checkpoint(directory(), sample(1));
    done = true;
  });
  while (!done) expect_latest(directory(), 1);
  writer.join();
}

TEST_F(Checkpoints, RandomNumbersContinue) {
  Rng rng(9);
  rng.uniform({3});
  Checkpoint checkpoint = sample(1);
  checkpoint.random = rng.state();
  save_checkpoint(directory(), checkpoint);
  Rng continued = Rng::from_state(latest_checkpoint(directory()).checkpoint->random);
  EXPECT_EQ(continued.normal({4}).to_vector<float>(), rng.normal({4}).to_vector<float>());
}

}  // namespace
}  // namespace tenon::testing
