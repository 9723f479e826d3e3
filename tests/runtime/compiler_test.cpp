#include "tenon/runtime/compiler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "tenon/core/error.h"
#include "tenon/runtime/compile_statistics.h"
#include "tests/runtime/helpers.h"

namespace tenon {
namespace {

using test::ScopedVariable;
using test::write_script;

bool contains(const std::vector<std::string>& flags, std::string_view flag) {
  return std::find(flags.begin(), flags.end(), flag) != flags.end();
}

void expect_in(const std::string& text, std::string_view part) {
  EXPECT_NE(text.find(part), std::string::npos) << "'" << part << "' is not in: " << text;
}

/// The message of the CompileError that asking for a file's compilation throws.
std::string compile_error(CompilerOptions options, const std::string& folder) {
  EXPECT_TRUE(write_file(folder + "/a.c", "int x;\n"));
  Compiler compiler(std::move(options));
  const CompileJob job{folder + "/a.c", folder + "/a.so", OptimizationClass::scalar_loops};
  try {
    compiler.compile({&job, 1});
  } catch (const CompileError& error) {
    return error.what();
  }
  ADD_FAILURE() << "it compiled";
  return {};
}

TEST(Compiler, FindsTheSystemsCompilerAndItsKind) {
  Compiler compiler({});
  EXPECT_NE(compiler.kind(), CompilerKind::other);
  EXPECT_FALSE(compiler.identity().empty());
}

TEST(Compiler, CompilesSeveralFiles) {
  const TemporaryDirectory folder;
  Compiler compiler({});
  std::vector<CompileJob> jobs;
  for (int i = 0; i < 3; ++i) {
    const std::string base = folder.path() + "/" + std::to_string(i);
    ASSERT_TRUE(write_file(base + ".c", "int f(void) { return 1; }\n"));
    jobs.push_back({base + ".c", base + ".so", OptimizationClass::vector_types});
  }
  reset_compile_statistics();
  compiler.compile(jobs);
  EXPECT_EQ(compile_statistics().compiler_runs, 3);
  EXPECT_GT(compile_statistics().compiler_seconds, 0);
  for (const CompileJob& job : jobs) EXPECT_TRUE(std::filesystem::exists(job.output));
}

TEST(Compiler, ClassesDifferInTheirOptimizationLevel) {
  Compiler compiler({});
  EXPECT_TRUE(contains(compiler.flags(OptimizationClass::scalar_loops), "-O3"));
  EXPECT_TRUE(contains(compiler.flags(OptimizationClass::vector_types), "-O2"));
  EXPECT_FALSE(contains(compiler.flags(OptimizationClass::vector_types), "-O3"));
  for (const auto c : {OptimizationClass::scalar_loops, OptimizationClass::vector_types}) {
    EXPECT_FALSE(contains(compiler.flags(c), "-ffast-math"));
    EXPECT_TRUE(contains(compiler.flags(c), "-fno-signed-zeros"));
    EXPECT_TRUE(contains(compiler.flags(c), "-ffp-contract=fast"));
  }
}

TEST(Compiler, ClangTakesTheFlagsToo) {
  const TemporaryDirectory folder;
  Compiler compiler({.command = "clang"});
  try {
    compiler.identity();
  } catch (const CompileError&) {
    GTEST_SKIP() << "clang is not installed";
  }
  EXPECT_EQ(compiler.kind(), CompilerKind::clang);
  ASSERT_TRUE(write_file(folder.path() + "/a.c", "float f(float x) { return x * 2 + 1; }\n"));
  for (const auto c : {OptimizationClass::scalar_loops, OptimizationClass::vector_types}) {
    const CompileJob job{folder.path() + "/a.c", folder.path() + "/a.so", c};
    compiler.compile({&job, 1});
  }
}

TEST(Compiler, OneThatIsMissingIsAnErrorThatSaysWhatToDo) {
  const TemporaryDirectory folder;
  const std::string message = compile_error({.command = "/nonexistent/cc"}, folder.path());
  expect_in(message, "'/nonexistent/cc', which TENON_CC names");
  expect_in(message, "apt-get install gcc");
  expect_in(message, "TENON_DEVICE=reference");
}

TEST(Compiler, NoneInThePathIsAnErrorThatSaysWhatToDo) {
  const TemporaryDirectory folder;
  const ScopedVariable path("PATH", folder.path());
  const std::string message = compile_error({}, folder.path());
  expect_in(message, "PATH has no cc, gcc or clang");
  expect_in(message, "apt-get install gcc");
}

TEST(Compiler, OneThatFailsIsAnErrorWithCommandStatusAndOutput) {
  const TemporaryDirectory folder;
  const std::string script =
      write_script(folder.path() + "/bad cc", "test \"$1\" = --version && exit 0; echo boom >&2; exit 7");
  const std::string message = compile_error({.command = script}, folder.path());
  expect_in(message, "'" + script + "' -x c");
  expect_in(message, "exit status 7");
  expect_in(message, "  boom");
  expect_in(message, "The source is left in " + folder.path() + "/a.c");
}

TEST(Compiler, OneThatFailsToTellItsVersionIsAnError) {
  const TemporaryDirectory folder;
  const std::string script = write_script(folder.path() + "/cc", "echo broken; exit 1");
  const std::string message = compile_error({.command = script}, folder.path());
  expect_in(message, "does not tell its version");
  expect_in(message, "broken");
}

TEST(Compiler, OneThatWritesNothingIsAnError) {
  const TemporaryDirectory folder;
  const std::string script = write_script(folder.path() + "/cc", "exit 0");
  expect_in(compile_error({.command = script}, folder.path()), "it wrote no output");
}

TEST(Compiler, OneThatHangsIsEnded) {
  const TemporaryDirectory folder;
  const std::string script = write_script(folder.path() + "/cc", "test \"$1\" = --version && exit 0; sleep 60");
  const auto start = std::chrono::steady_clock::now();
  const std::string message =
      compile_error({.command = script, .time_limit = std::chrono::milliseconds(500)}, folder.path());
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
  expect_in(message, "not done after 0.5 s");
  expect_in(message, "TENON_CC_TIMEOUT");
}

TEST(Compiler, ACommandMayHaveArguments) {
  const TemporaryDirectory folder;
  const std::string wrapper = write_script(folder.path() + "/wrap", "exec \"$@\"");
  Compiler compiler({.command = wrapper + " cc"});
  EXPECT_NE(compiler.kind(), CompilerKind::other);
}

TEST(Compiler, OptionsComeFromTheEnvironment) {
  const ScopedVariable command("TENON_CC", "/some/cc");
  const ScopedVariable timeout("TENON_CC_TIMEOUT", "5");
  const CompilerOptions options = compiler_options_from_environment();
  EXPECT_EQ(options.command, "/some/cc");
  EXPECT_EQ(options.time_limit, std::chrono::seconds(5));
  for (const char* wrong : {"0", "-1", "five", "5s", "99999999999999999999"}) {
    const ScopedVariable bad("TENON_CC_TIMEOUT", wrong);
    EXPECT_THROW(compiler_options_from_environment(), ValueError) << wrong;
  }
}

}  // namespace
}  // namespace tenon
