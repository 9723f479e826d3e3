// The dependency rule of docs/architecture.md, and a few rules of hygiene, checked on the text of the
// sources.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <optional>
#include <regex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;

// One row for each folder under tenon/, in the order of the dependencies: a folder may only use folders above
// it.
struct Folder {
  std::string_view name;
  std::vector<std::string_view> may_use;
  bool may_use_all_above = false;
};

const std::vector<Folder>& folders() {
  static const std::vector<Folder> table = {
      {"core", {}},
      {"graph", {"core"}},
      {"autograd", {"core", "graph"}},
      {"kernel", {"core"}},
      {"schedule", {"core", "graph", "kernel"}},
      {"render", {"core", "kernel"}},
      {"runtime", {"core"}},
      {"plan", {}, true},
      {"array", {}, true},
      {"tensor", {}, true},
      {"tree", {}, true},
      {"nn", {}, true},
      {"optim", {}, true},
      {"io", {}, true},
      {"data", {}, true},
      {"train", {}, true},
  };
  return table;
}

std::optional<std::size_t> row_of(std::string_view folder) {
  for (std::size_t i = 0; i < folders().size(); ++i)
    if (folders()[i].name == folder) return i;
  return std::nullopt;
}

// Why a file of folder `from` may not include a header of folder `to`; empty when it may.
std::string objection(std::string_view from, std::string_view to) {
  const auto from_row = row_of(from);
  const auto to_row = row_of(to);
  if (!from_row) return "unknown folder tenon/" + std::string(from) + "; give it a row in this test's table";
  if (!to_row) return "includes from unknown folder tenon/" + std::string(to);
  if (from_row == to_row) return "";
  const Folder& folder = folders()[*from_row];
  if (folder.may_use_all_above && *to_row < *from_row) return "";
  if (std::count(folder.may_use.begin(), folder.may_use.end(), to) > 0) return "";
  return "tenon/" + std::string(from) + " may not use tenon/" + std::string(to);
}

struct Source {
  fs::path path;  // relative to the repository
  std::vector<std::string> lines;

  bool is_header() const { return path.extension() == ".h"; }
};

std::vector<Source> sources_under(std::span<const std::string_view> roots) {
  const fs::path repository = TENON_SOURCE_DIR;
  std::vector<Source> sources;
  for (std::string_view root : roots) {
    if (!fs::exists(repository / root)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(repository / root)) {
      const fs::path extension = entry.path().extension();
      if (!entry.is_regular_file() || (extension != ".h" && extension != ".cpp")) continue;
      Source source{fs::relative(entry.path(), repository), {}};
      std::ifstream stream(entry.path());
      for (std::string line; std::getline(stream, line);) source.lines.push_back(line);
      sources.push_back(std::move(source));
    }
  }
  return sources;
}

const std::vector<Source>& library() {
  static constexpr std::array<std::string_view, 1> roots{"tenon"};
  static const std::vector<Source> sources = sources_under(roots);
  return sources;
}

const std::vector<Source>& everything() {
  static constexpr std::array<std::string_view, 5> roots{"tenon", "tests", "bench", "examples", "apps"};
  static const std::vector<Source> sources = sources_under(roots);
  return sources;
}

// "tenon/graph/node.h" -> "graph"; empty for files directly in tenon/.
std::string folder_of(const fs::path& path) {
  const fs::path inside = path.lexically_relative("tenon");
  return inside.has_parent_path() ? inside.begin()->string() : "";
}

std::string place(const Source& source, std::size_t line) {
  return source.path.string() + ":" + std::to_string(line + 1) + ": ";
}

// Reports every line of `sources` in which `pattern` is found.
void expect_no_line(const std::vector<Source>& sources, const std::regex& pattern, const std::string& complaint) {
  for (const Source& source : sources)
    for (std::size_t i = 0; i < source.lines.size(); ++i)
      if (std::regex_search(source.lines[i], pattern)) ADD_FAILURE() << place(source, i) << complaint;
}

TEST(Architecture, TheTableAllowsOnlyWhatStandsAbove) {
  EXPECT_EQ(objection("graph", "core"), "");
  EXPECT_EQ(objection("plan", "render"), "");
  EXPECT_EQ(objection("core", "graph"), "tenon/core may not use tenon/graph");
  EXPECT_EQ(objection("runtime", "graph"), "tenon/runtime may not use tenon/graph");
  EXPECT_EQ(objection("plan", "array"), "tenon/plan may not use tenon/array");
  EXPECT_NE(objection("attic", "core"), "");
  for (std::size_t i = 0; i < folders().size(); ++i)
    for (std::string_view used : folders()[i].may_use) EXPECT_LT(row_of(used).value(), i) << folders()[i].name;
}

TEST(Architecture, IncludesPointUpwards) {
  ASSERT_FALSE(library().empty()) << "no sources under " << TENON_SOURCE_DIR;
  const std::regex include(R"(^\s*#\s*include\s*["<]tenon/([^">]*)[">])");
  for (const Source& source : library()) {
    const std::string from = folder_of(source.path);
    if (from.empty()) {  // tenon/tenon.h gathers the public headers
      EXPECT_TRUE(source.is_header()) << source.path << ": sources lie in folders";
      continue;
    }
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      std::smatch match;
      if (!std::regex_search(source.lines[i], match, include)) continue;
      const std::string to = folder_of(fs::path("tenon") / match[1].str());
      if (to.empty()) {
        ADD_FAILURE() << place(source, i) << "the library may not use its own public header";
        continue;
      }
      const std::string reason = objection(from, to);
      EXPECT_EQ(reason, "") << place(source, i) << reason;
    }
  }
}

TEST(Architecture, QuotedIncludesNameTheWholePath) {
  expect_no_line(library(), std::regex(R"(^\s*#\s*include\s*"(?!tenon/))"), R"(write #include "tenon/...")");
}

TEST(Architecture, EveryFolderHasARow) {
  for (const auto& entry : fs::directory_iterator(fs::path(TENON_SOURCE_DIR) / "tenon"))
    EXPECT_TRUE(!entry.is_directory() || row_of(entry.path().filename().string())) << entry.path();
}

TEST(Hygiene, EveryHeaderIsGuarded) {
  for (const Source& source : everything()) {
    if (!source.is_header()) continue;
    EXPECT_GT(std::count(source.lines.begin(), source.lines.end(), "#pragma once"), 0) << source.path;
  }
}

TEST(Hygiene, NoHeaderOpensANamespaceForItsUsers) {
  std::vector<Source> headers = everything();
  std::erase_if(headers, [](const Source& source) { return !source.is_header(); });
  expect_no_line(headers, std::regex(R"(^\s*using\s+namespace\b)"), "using namespace in a header");
}

TEST(Hygiene, NoFileIsLongerThan800Lines) {
  for (const Source& source : everything())
    EXPECT_LE(source.lines.size(), 800u) << source.path << " holds two ideas: split it along them";
}

// Tests may: they make paths up.
TEST(Hygiene, NoPathOfOneMachineOutsideTests) {
  std::vector<Source> sources = everything();
  std::erase_if(sources, [](const Source& source) { return *source.path.begin() == "tests"; });
  expect_no_line(sources, std::regex("(^|[^A-Za-z0-9_.])/(work|root|home)/"), "a path of one machine");
}

}  // namespace
