// What the tests of this folder share: a folder of their own, and files as text.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tenon/runtime/files.h"

namespace tenon::testing {

/// A test with a folder that goes away with it.
class FolderTest : public ::testing::Test {
 protected:
  std::string path(const std::string& name) const { return folder_.path() + "/" + name; }
  const std::string& folder() const { return folder_.path(); }

 private:
  TemporaryDirectory folder_;
};

inline std::string read_bytes(const std::string& path) {
  const std::optional<std::string> bytes = read_file(path);
  EXPECT_TRUE(bytes.has_value()) << path;
  return bytes.value_or("");
}

inline void write_bytes(const std::string& path, std::string_view bytes) { ASSERT_TRUE(write_file(path, bytes)); }

/// Names in a folder, sorted.
inline std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace tenon::testing
