// Every function on arrays has its form on tensors, found by reading the headers.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <string>

namespace tenon::testing {
namespace {

namespace fs = std::filesystem;

const fs::path source_dir = TENON_SOURCE_DIR;

// The names that lines outside of namespace detail declare, by the regular expression's first group.
void add_declared(std::set<std::string>& names, const fs::path& header, const std::regex& declaration) {
  std::ifstream file(header);
  ASSERT_TRUE(file) << header;
  bool is_detail = false;
  for (std::string line; std::getline(file, line);) {
    if (line == "namespace detail {") is_detail = true;
    if (line == "}  // namespace detail") is_detail = false;
    std::smatch match;
    if (!is_detail && std::regex_search(line, match, declaration)) names.insert(match[1]);
  }
}

TEST(Tensor, EveryFunctionOnArraysHasATypedForm) {
  std::set<std::string> untyped, typed;
  const std::regex include(R"re(#include "(tenon/array/\w+\.h)")re");
  const std::regex on_arrays(R"(^(?:std::vector<Array>|[A-Z]\S*) (\w+)\((?:const |std::|double|int|DType))");
  std::ifstream all(source_dir / "tenon/array/ops.h");
  for (std::string line; std::getline(all, line);) {
    std::smatch match;
    if (std::regex_search(line, match, include)) add_declared(untyped, source_dir / match[1].str(), on_arrays);
  }
  const std::regex on_tensors(R"(^(?:auto|X|Result) (\w+)\()");
  for (const auto& entry : fs::directory_iterator(source_dir / "tenon/tensor"))
    if (entry.path().extension() == ".h") add_declared(typed, entry.path(), on_tensors);
  EXPECT_GT(untyped.size(), 200u);
  // Kernels are made without tensors, and called by call_kernel; elements are converted by cast; `at` is a member; and
  // gradients are those of models (tree/gradient.h).
  const std::set<std::string> elsewhere{"c_kernel", "host_kernel", "astype", "at", "grad", "record", "independent"};
  for (const std::string& name : untyped)
    if (!elsewhere.contains(name)) {
      EXPECT_TRUE(typed.contains(name)) << name << " has no form on tensors";
    }
}

}  // namespace
}  // namespace tenon::testing
