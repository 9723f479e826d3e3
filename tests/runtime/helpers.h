// What the runtime's tests share: private folders, changed environments, kernels, child processes.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tenon/runtime/device.h"
#include "tenon/runtime/files.h"
#include "tenon/runtime/kernel_cache.h"
#include "tenon/runtime/process.h"
#include "tenon/runtime/text.h"

namespace tenon::test {

/// Sets an environment variable for as long as it lives.
class ScopedVariable {
 public:
  ScopedVariable(std::string name, const std::string& value)
      : name_(std::move(name)), before_(environment_variable(name_.c_str())) {
    setenv(name_.c_str(), value.c_str(), 1);
  }
  ~ScopedVariable() {
    if (before_) {
      setenv(name_.c_str(), before_->c_str(), 1);
    } else {
      unsetenv(name_.c_str());
    }
  }
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;

 private:
  std::string name_;
  std::optional<std::string> before_;
};

/// An executable shell script.
inline std::string write_script(const std::string& path, std::string_view body) {
  EXPECT_TRUE(write_file(path, "#!/bin/sh\n" + std::string(body) + "\n"));
  chmod(path.c_str(), 0700);
  return path;
}

inline KernelCacheOptions cache_options(const std::string& directory) {
  KernelCacheOptions options;
  options.store.directory = directory;
  return options;
}

inline std::string abi_prelude() { return std::string(kernel_abi_c_text); }

/// A kernel that stores `value` in the first int of buffer 0.
inline KernelSource store_kernel(const std::string& name, int value) {
  const std::string signature =
      "(const tenon_arguments* arguments, long thread, long threads, void* scratch, "
      "tenon_barrier* barrier)";
  return {.name = name,
          .text = "static int " + name + "_value(void) { return " + std::to_string(value) + "; }\nvoid " + name +
                  signature + " { if (thread == 0) *(int*)arguments->buffers[0] = " + name + "_value(); }\n",
          .optimization = OptimizationClass::scalar_loops};
}

/// Calls a loaded store_kernel on this thread.
inline int stored_value(const LoadedKernel& kernel) {
  int value = -1;
  void* buffers[] = {&value};
  int status = 0;
  const tenon_arguments arguments{buffers, nullptr, &status};
  kernel.function(&arguments, 0, 1, nullptr, nullptr);
  return value;
}

/// Files of a folder that end in `suffix`.
inline std::vector<std::string> files_in(const std::string& directory, std::string_view suffix = "") {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().string().ends_with(suffix)) files.push_back(entry.path().string());
  }
  return files;
}

/// This test program again, to run one test that is disabled otherwise.
inline Command child_command(const std::string& test) {
  return {std::filesystem::read_symlink("/proc/self/exe").string(), "--gtest_filter=" + test,
          "--gtest_also_run_disabled_tests"};
}

}  // namespace tenon::test
