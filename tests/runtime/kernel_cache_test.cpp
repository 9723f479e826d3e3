#include "tenon/runtime/kernel_cache.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "tenon/core/error.h"
#include "tests/runtime/helpers.h"

namespace tenon {
namespace {

using test::cache_options;
using test::files_in;
using test::ScopedVariable;
using test::store_kernel;
using test::stored_value;
using test::write_script;

class KernelCacheTest : public ::testing::Test {
 protected:
  KernelCacheTest() { reset_compile_statistics(); }

  /// Loads through a cache of its own, as a new process would, and checks what the kernels do.
  void load_and_check(const std::string& in, const std::vector<int>& values) {
    KernelCache cache(cache_options(in));
    load_and_check(cache, values);
  }
  static void load_and_check(KernelCache& cache, const std::vector<int>& values) {
    std::vector<KernelSource> sources;
    for (const int value : values) sources.push_back(store_kernel("k" + std::to_string(value), value));
    const auto kernels = cache.load(kernel_abi_c_text, sources);
    ASSERT_EQ(kernels.size(), values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      EXPECT_EQ(kernels[i]->name, sources[i].name);
      EXPECT_EQ(stored_value(*kernels[i]), values[i]);
    }
  }

  TemporaryDirectory folder;
  const std::string directory = folder.path() + "/kernels";
};

TEST_F(KernelCacheTest, ASecondCacheFindsTheKernelsOnDisk) {
  load_and_check(directory, {1, 2, 3});
  EXPECT_EQ(compile_statistics().kernels_compiled, 3);
  EXPECT_GE(compile_statistics().compiler_runs, 1);
  EXPECT_EQ(files_in(directory, ".so").size(), 3u);
  reset_compile_statistics();
  load_and_check(directory, {3, 1});
  EXPECT_EQ(compile_statistics().kernels_from_disk, 2);
  EXPECT_EQ(compile_statistics().compiler_runs, 0);
}

TEST_F(KernelCacheTest, AKernelIsLoadedOnce) {
  KernelCache cache(cache_options(directory));
  const KernelSource source = store_kernel("twice", 5);
  const std::vector<KernelSource> batch = {source, source};
  const auto first = cache.load(kernel_abi_c_text, batch);
  const auto second = cache.load(kernel_abi_c_text, {&source, 1});
  EXPECT_EQ(first[0], first[1]);
  EXPECT_EQ(first[0], second[0]);
  EXPECT_EQ(compile_statistics().kernels_compiled, 1);
}

TEST_F(KernelCacheTest, OneNameMayHaveDifferentTextsInDifferentBatches) {
  KernelCache cache(cache_options(directory));
  for (const int value : {1, 2}) {
    const KernelSource source = store_kernel("same", value);
    EXPECT_EQ(stored_value(*cache.load(kernel_abi_c_text, {&source, 1})[0]), value);
  }
}

TEST_F(KernelCacheTest, ThePreludeAndTheClassArePartOfTheKey) {
  KernelCache cache(cache_options(directory));
  KernelSource source = store_kernel("keyed", 1);
  const LoadedKernel* plain = cache.load(kernel_abi_c_text, {&source, 1})[0];
  const LoadedKernel* with_prelude = cache.load(test::abi_prelude() + "int other;", {&source, 1})[0];
  source.optimization = OptimizationClass::vector_types;
  const LoadedKernel* other_class = cache.load(kernel_abi_c_text, {&source, 1})[0];
  EXPECT_NE(plain, with_prelude);
  EXPECT_NE(plain, other_class);
  EXPECT_EQ(compile_statistics().kernels_compiled, 3);
}

TEST_F(KernelCacheTest, TwoDifferentKernelsOfOneNameInABatchAreAnError) {
  KernelCache cache(cache_options(directory));
  const std::vector<KernelSource> batch = {store_kernel("same", 1), store_kernel("same", 2)};
  EXPECT_THROW(cache.load(kernel_abi_c_text, batch), ValueError);
  const KernelSource unnamed = store_kernel("no-identifier", 1);
  EXPECT_THROW(cache.load(kernel_abi_c_text, {&unnamed, 1}), ValueError);
}

TEST_F(KernelCacheTest, EachClassIsCompiledAtItsLevel) {
  const std::string log = folder.path() + "/log";
  KernelCacheOptions options = cache_options(directory);
  options.compiler.command = write_script(folder.path() + "/cc", "echo \"$@\" >> " + log + "\nexec cc \"$@\"");
  KernelCache cache(options);
  std::vector<KernelSource> batch = {store_kernel("loops", 1), store_kernel("vectors", 2)};
  batch[1].optimization = OptimizationClass::vector_types;
  const auto kernels = cache.load(kernel_abi_c_text, batch);
  EXPECT_EQ(stored_value(*kernels[1]), 2);
  EXPECT_EQ(compile_statistics().compiler_runs, 2);
  const std::string commands = *read_file(log);
  EXPECT_NE(commands.find(" -O3 "), std::string::npos);
  EXPECT_NE(commands.find(" -O2 "), std::string::npos);
}

TEST_F(KernelCacheTest, DamagedEntriesAreCompiledAgain) {
  const std::function<std::string(std::string)> damages[] = {
      [](const std::string&) { return std::string(); },
      [](const std::string& whole) { return whole.substr(0, whole.size() / 2); },
      [](const std::string& whole) { return whole.substr(0, whole.size() - 24); },  // no trailer
      [](std::string whole) {
        whole[whole.size() / 2] = static_cast<char>(whole[whole.size() / 2] ^ 0x10);
        return whole;
      },
      [](const std::string& whole) { return whole + "more"; },
      [](const std::string&) { return std::string("not a shared object at all, but long enough"); },
  };
  int number = 0;
  for (const auto& damage : damages) {
    const std::string in = directory + std::to_string(number++);
    load_and_check(in, {1});
    const std::string entry = files_in(in, ".so").at(0);
    const std::string whole = *read_file(entry);
    // Renamed over it: the old file stays as it is for this process, which has it mapped.
    ASSERT_TRUE(write_file(entry + ".new", damage(whole)));
    ASSERT_EQ(rename((entry + ".new").c_str(), entry.c_str()), 0);
    reset_compile_statistics();
    load_and_check(in, {1});
    EXPECT_EQ(compile_statistics().kernels_repaired, 1) << number;
    EXPECT_EQ(compile_statistics().kernels_compiled, 1) << number;
    EXPECT_EQ(*read_file(entry), whole) << number << ": as it was before";
  }
}

TEST_F(KernelCacheTest, AnEntryOfAnotherKernelIsNotTaken) {
  load_and_check(directory, {1});
  const std::string first = files_in(directory, ".so").at(0);
  load_and_check(directory, {2});
  for (const std::string& entry : files_in(directory, ".so")) {
    if (entry != first) std::filesystem::copy_file(first, entry, std::filesystem::copy_options::overwrite_existing);
  }
  const Command child = test::child_command("KernelCacheChild.DISABLED_LoadsTheSecondKernel");
  const ScopedVariable where("TENON_TEST_DIRECTORY", directory);
  const ProcessResult result = run_processes({&child, 1}, 1, std::chrono::minutes(2)).front();
  EXPECT_TRUE(result.succeeded()) << result.output;
}

TEST(KernelCacheChild, DISABLED_LoadsTheSecondKernel) {
  KernelCache cache(cache_options(environment_variable("TENON_TEST_DIRECTORY").value()));
  const KernelSource source = store_kernel("k2", 2);
  EXPECT_EQ(stored_value(*cache.load(kernel_abi_c_text, {&source, 1})[0]), 2);
  EXPECT_EQ(compile_statistics().kernels_repaired, 1);
}

TEST_F(KernelCacheTest, WithoutAFolderKernelsAreCompiledAllTheSame) {
  ASSERT_TRUE(write_file(folder.path() + "/file", ""));
  testing::internal::CaptureStderr();
  KernelCache cache(cache_options(folder.path() + "/file/kernels"));
  load_and_check(cache, {1, 2});
  load_and_check(cache, {3, 1});
  const std::string message = testing::internal::GetCapturedStderr();
  EXPECT_EQ(compile_statistics().kernels_compiled, 3);
  EXPECT_NE(message.find(folder.path() + "/file/kernels: Not a directory"), std::string::npos) << message;
  EXPECT_EQ(message.find("tenon:", 1), std::string::npos) << "one message: " << message;
}

TEST_F(KernelCacheTest, ACompilerThatFailsLeavesTheCacheUsable) {
  KernelCache cache(cache_options(directory));
  const KernelSource broken = {"broken", "void broken( {", {}};
  std::string message;
  try {
    cache.load(kernel_abi_c_text, {&broken, 1});
  } catch (const CompileError& error) {
    message = error.what();
  }
  const std::string mark = "The source is left in ";
  ASSERT_NE(message.find(mark), std::string::npos) << message;
  const std::string source = message.substr(message.find(mark) + mark.size());
  EXPECT_NE(read_file(source).value_or("").find("void broken( {"), std::string::npos);
  std::filesystem::remove_all(std::filesystem::path(source).parent_path());
  load_and_check(cache, {1});
}

TEST_F(KernelCacheTest, AKernelWithoutItsFunctionIsAnError) {
  KernelCache cache(cache_options(directory));
  const KernelSource source = {"absent", "int something_else;", {}};
  EXPECT_THROW(cache.load(kernel_abi_c_text, {&source, 1}), DeviceError);
}

TEST_F(KernelCacheTest, UsingAnEntryMakesItRecent) {
  load_and_check(directory, {1});
  const std::string entry = files_in(directory, ".so").at(0);
  const std::time_t yesterday = std::time(nullptr) - 24 * 3600;
  const timespec times[2] = {{yesterday, 0}, {yesterday, 0}};
  ASSERT_EQ(utimensat(AT_FDCWD, entry.c_str(), times, 0), 0);
  load_and_check(directory, {1});
  struct stat status{};
  ASSERT_EQ(stat(entry.c_str(), &status), 0);
  EXPECT_GT(status.st_mtime, yesterday + 3600);
}

// Loads twelve kernels, and reports on the one line that its parent reads.
TEST(KernelCacheChild, DISABLED_LoadsManyKernels) {
  KernelCache cache(cache_options(environment_variable("TENON_TEST_DIRECTORY").value()));
  std::vector<KernelSource> sources;
  for (int i = 0; i < 12; ++i) sources.push_back(store_kernel("many" + std::to_string(i), i));
  const auto kernels = cache.load(kernel_abi_c_text, sources);
  for (int i = 0; i < 12; ++i) EXPECT_EQ(stored_value(*kernels[static_cast<std::size_t>(i)]), i);
  const CompileStatistics statistics = compile_statistics();
  std::printf("compiler runs: %ld; from disk: %ld; repaired: %ld\n", statistics.compiler_runs,
              statistics.kernels_from_disk, statistics.kernels_repaired);
}

TEST_F(KernelCacheTest, SeveralProcessesShareAFolderAndTheNextOneCompilesNothing) {
  const ScopedVariable where("TENON_TEST_DIRECTORY", directory);
  const Command child = test::child_command("KernelCacheChild.DISABLED_LoadsManyKernels");
  const std::vector<Command> children(3, child);
  for (const ProcessResult& result : run_processes(children, 3, std::chrono::minutes(5))) {
    EXPECT_TRUE(result.succeeded()) << result.output;
    EXPECT_NE(result.output.find("repaired: 0"), std::string::npos) << result.output;
  }
  EXPECT_EQ(files_in(directory, ".so").size(), 12u);
  EXPECT_EQ(files_in(directory).size(), 12u);
  const ProcessResult next = run_processes({&child, 1}, 1, std::chrono::minutes(5)).front();
  EXPECT_NE(next.output.find("compiler runs: 0; from disk: 12; repaired: 0"), std::string::npos) << next.output;
}

TEST(KernelCacheOptions, ComeFromTheEnvironment) {
  const ScopedVariable home("HOME", "/home/someone");
  {
    const ScopedVariable none("TENON_CACHE_DIR", "");
    const ScopedVariable no_xdg("XDG_CACHE_HOME", "");
    EXPECT_EQ(kernel_cache_options_from_environment().store.directory, "/home/someone/.cache/tenon/kernels");
    const ScopedVariable xdg("XDG_CACHE_HOME", "/xdg");
    EXPECT_EQ(kernel_cache_options_from_environment().store.directory, "/xdg/tenon/kernels");
    const ScopedVariable own("TENON_CACHE_DIR", "/own");
    EXPECT_EQ(kernel_cache_options_from_environment().store.directory, "/own/kernels");
  }
  EXPECT_EQ(kernel_cache_options_from_environment().store.max_bytes, std::uint64_t{1} << 30);
  const ScopedVariable size("TENON_CACHE_MAX_BYTES", "12345");
  EXPECT_EQ(kernel_cache_options_from_environment().store.max_bytes, 12345u);
  const ScopedVariable wrong("TENON_CACHE_MAX_BYTES", "1 GiB");
  EXPECT_THROW(kernel_cache_options_from_environment(), ValueError);
}

}  // namespace
}  // namespace tenon
