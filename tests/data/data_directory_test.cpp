#include "tenon/data/data_directory.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tenon/data/known_data.h"
#include "tenon/data/sha256.h"
#include "tenon/runtime/files.h"
#include "tenon/runtime/text.h"
#include "tests/support/errors.h"

namespace tenon::testing {
namespace {

namespace fs = std::filesystem;

// TENON_DATA and the cache folder are folders of the test's own, and the only programs are those it puts into `bin`.
class DataDirectory : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"shared", "cache", "bin"}) fs::create_directories(path(name));
    set("TENON_DATA", path("shared"));
    set("XDG_CACHE_HOME", path("cache"));
    set("PATH", path("bin"));
  }
  void TearDown() override {
    // The last change first: a test may have changed one twice.
    for (; !before_.empty(); before_.pop_back()) {
      const auto& [name, value] = before_.back();
      value ? setenv(name.c_str(), value->c_str(), 1) : unsetenv(name.c_str());
    }
  }
  void set(const std::string& name, const std::optional<std::string>& value) {
    before_.emplace_back(name, environment_variable(name.c_str()));
    value ? setenv(name.c_str(), value->c_str(), 1) : unsetenv(name.c_str());
  }

  std::string path(const std::string& name) const { return folder_.path() + "/" + name; }
  std::string kept(const std::string& file) const { return path("cache/tenon/data/" + file); }
  void write(const std::string& file, std::string_view text) const {
    fs::create_directories(fs::path(file).parent_path());
    ASSERT_TRUE(write_file(file, text));
  }
  // A program that notes down its arguments, each on a line, and then does what `body` says. Only the shell's own
  // commands are there.
  void add_program(const std::string& name, const std::string& body) const {
    const std::string file = path("bin/" + name);
    write(file, fmt::format("#!/bin/sh\nfor a in \"$@\"; do echo \"$a\" >> '{}'; done\n{}\n", path("arguments"), body));
    ASSERT_EQ(chmod(file.c_str(), 0700), 0);
  }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(path("cache")))
      if (entry.is_regular_file()) names.push_back(entry.path().filename().string());
    return names;
  }

 private:
  TemporaryDirectory folder_;
  std::vector<std::pair<std::string, std::optional<std::string>>> before_;
};

// What a program like curl does with "--output FILE".
const std::string writes_to_output =
    R"(while [ $# -gt 0 ]; do if [ "$1" = --output ]; then printf %s text > "$2"; fi; shift; done)";

std::string sum_of(std::string_view text) { return sha256(std::as_bytes(std::span(text))); }
const std::string address = "https://example.org/a;b?c=$(d) 'e'";

TEST_F(DataDirectory, TheVariableComesBeforeTheCache) {
  EXPECT_EQ(data_directories(), (std::vector<std::string>{path("shared"), path("cache/tenon/data")}));
  write(kept("sub/a.txt"), "cache");
  EXPECT_EQ(find_data("sub/a.txt"), kept("sub/a.txt"));
  write(path("shared/sub/a.txt"), "shared");
  EXPECT_EQ(find_data("sub/a.txt"), path("shared/sub/a.txt"));
}

TEST_F(DataDirectory, HomeHasTheCacheOtherwise) {
  set("TENON_DATA", std::nullopt);
  set("XDG_CACHE_HOME", std::nullopt);
  set("HOME", path("home"));
  EXPECT_EQ(data_directories(), std::vector<std::string>{path("home/.cache/tenon/data")});
  set("HOME", std::nullopt);
  EXPECT_TRUE(data_directories().empty());
  expect_error<FileError>([] { find_data("a"); }, {"all unset"});
  expect_error<FileError>([] { fetch("a", address, sum_of("")); }, {"no place to fetch it to"});
}

TEST_F(DataDirectory, AMissingFileIsReportedWithPlacesAndAdvice) {
  expect_error<FileError>(
      [] { find_data("tinyshakespeare.txt"); },
      {"'tinyshakespeare.txt' is missing", path("shared/tinyshakespeare.txt"), kept("tinyshakespeare.txt"),
       "TENON_DATA", "curl", "https://raw.githubusercontent.com/karpathy"});
  expect_error<FileError>([] { find_data("own.bin"); }, {"'own.bin' is missing", path("shared/own.bin"), "TENON_DATA"});
  fs::create_directories(path("shared/folder"));
  expect_error<FileError>([] { find_data("folder"); }, {"'folder' is missing"});
}

TEST_F(DataDirectory, NamesStayInsideTheFolder) {
  write(path("secret"), "x");
  for (const char* name : {"", "/etc/passwd", "../secret", "a/../../secret", "..", "a/"})
    for (const auto& look : {+[](std::string_view file) { find_data(file); },
                             +[](std::string_view file) { fetch(file, address, sum_of("")); }})
      expect_error<ValueError>([&] { look(name); }, {"no path inside a data folder"});
}

TEST_F(DataDirectory, FetchTakesWhatIsThereWhenItsSumIsRight) {
  write(path("shared/a"), "text");
  EXPECT_EQ(fetch("a", address, sum_of("text")), path("shared/a"));
  expect_error<FormatError>([] { fetch("a", address, sum_of("other")); },
                            {path("shared/a"), sum_of("text"), sum_of("other")});
  EXPECT_TRUE(fs::exists(path("shared/a"))) << "what was found is left alone";
}

TEST_F(DataDirectory, FetchDownloadsWithCurlWithoutAShell) {
  add_program("curl", writes_to_output);
  EXPECT_EQ(fetch("sub/a", address, sum_of("text")), kept("sub/a"));
  EXPECT_EQ(read_file(kept("sub/a")), "text");
  EXPECT_EQ(files(), std::vector<std::string>{"a"});
  const std::string arguments = read_file(path("arguments")).value_or("");
  EXPECT_NE(arguments.find("--fail\n"), std::string::npos) << arguments;
  EXPECT_NE(arguments.find("--url\n" + address + "\n"), std::string::npos)
      << "the address is one argument: " << arguments;
  fs::remove(path("arguments"));
  EXPECT_EQ(fetch("sub/a", address, sum_of("text")), kept("sub/a"));
  EXPECT_FALSE(fs::exists(path("arguments"))) << "downloaded once";
}

TEST_F(DataDirectory, FetchDownloadsWithWgetWhereThereIsNoCurl) {
  add_program("wget", R"(for a in "$@"; do case $a in --output-document=*) printf %s text > "${a#*=}";; esac; done)");
  EXPECT_EQ(fetch("a", address, sum_of("text")), kept("a"));
  const std::string arguments = read_file(path("arguments")).value_or("");
  EXPECT_NE(arguments.find("--\n" + address + "\n"), std::string::npos) << arguments;
}

TEST_F(DataDirectory, ADownloadWithAnotherSumIsRemoved) {
  add_program("curl", writes_to_output);
  expect_error<FormatError>([] { fetch("a", address, sum_of("other")); },
                            {sum_of("text"), sum_of("other"), address, "removed"});
  EXPECT_TRUE(files().empty());
}

TEST_F(DataDirectory, ADownloadThatFailsSaysWhyAndLeavesNothing) {
  add_program("curl", writes_to_output + "; echo 'curl: (6) Could not resolve host' >&2; exit 6");
  expect_error<FileError>([] { fetch("a", address, sum_of("text")); },
                          {"a: cannot be fetched from " + address, "Could not resolve host", "exit status 6"});
  EXPECT_TRUE(files().empty());
}

TEST_F(DataDirectory, WithoutAToolTheUserIsToldWhatToDo) {
  expect_error<FileError>([] { fetch("tinyshakespeare.txt"); }, {"neither curl nor wget", "TENON_DATA"});
}

TEST_F(DataDirectory, ACacheThatCannotBeWrittenIsAnError) {
  add_program("curl", writes_to_output);
  write(path("cache/tenon"), "a file where a folder should be");
  expect_error<FileError>([] { fetch("a", address, sum_of("text")); }, {"a: cannot be fetched", path("cache/tenon")});
}

TEST_F(DataDirectory, AddressesAndSumsAreChecked) {
  for (const char* bad : {"", "ftp://example.org/a", "example.org/a", "-o", "javascript:"})
    expect_error<ValueError>([&] { fetch("a", bad, sum_of("")); }, {"is no address"});
  for (const std::string& bad : {std::string(), std::string(63, 'a'), std::string(64, 'A'), std::string(64, 'g')})
    expect_error<ValueError>([&] { fetch("a", address, bad); }, {"is no SHA-256"});
  expect_error<ValueError>([] { fetch("own.bin"); }, {"'own.bin'", "known data"});
}

TEST_F(DataDirectory, ManyMayFetchTheSameFileAtOnce) {
  add_program("curl", writes_to_output);
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back([&] { EXPECT_EQ(fetch("a", address, sum_of("text")), kept("a")); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(files(), std::vector<std::string>{"a"});
}

TEST_F(DataDirectory, CurlItselfDoesAsItIsTold) {
  set("PATH", "/usr/local/bin:/usr/bin:/bin");
  if (!fs::exists("/usr/bin/curl")) GTEST_SKIP() << "curl is not installed";
  write(path("server/a"), "text");
  EXPECT_EQ(fetch("a", "file://" + path("server/a"), sum_of("text")), kept("a"));
  EXPECT_EQ(read_file(kept("a")), "text");
  expect_error<FileError>([&] { fetch("b", "file://" + path("server/b"), sum_of("text")); }, {"b: cannot be fetched"});
  EXPECT_EQ(files(), std::vector<std::string>{"a"});
}

TEST(KnownData, IsComplete) {
  for (const KnownData& row : known_data()) {
    EXPECT_EQ(row.sha256.size(), 64u) << row.file;
    EXPECT_TRUE(row.address.starts_with("http")) << row.file;
    EXPECT_EQ(find_known_data(row.file), &row) << "the name is there once";
  }
  EXPECT_EQ(find_known_data("none"), nullptr);
}

TEST(KnownData, FilesThatAreHereAreTheRightOnes) {
  int found = 0;
  for (const KnownData& row : known_data())
    for (const std::string& directory : data_directories()) {
      const std::string path = fmt::format("{}/{}", directory, row.file);
      if (!fs::exists(path)) continue;
      ++found;
      EXPECT_EQ(sha256_of_file(path), row.sha256) << path;
    }
  if (found == 0) GTEST_SKIP() << "none of the known data are in the data folders; TENON_DATA names one";
}

}  // namespace
}  // namespace tenon::testing
