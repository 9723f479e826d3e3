#include "compiled_c.h"

#include <dlfcn.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <barrier>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "tenon/render/c_prelude.h"

extern char** environ;

namespace tenon::testing {
namespace {

// An empty directory, removed with all that is in it.
struct TemporaryFolder {
  std::filesystem::path path;

  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "tenon-render-XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error("cannot make a temporary folder");
    path = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
};

int run_program(std::vector<std::string> words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  pid_t child;
  if (posix_spawnp(&child, pointers[0], nullptr, nullptr, pointers.data(), environ) != 0) return -1;
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

struct CountingBarrier : tenon_barrier {
  explicit CountingBarrier(int threads) : tenon_barrier{&wait_for_all}, barrier(threads) {}
  static void wait_for_all(tenon_barrier* self, long) {
    static_cast<CountingBarrier*>(self)->barrier.arrive_and_wait();
  }
  std::barrier<> barrier;
};

}  // namespace

CompiledC::CompiledC(std::string_view kernels) {
  const TemporaryFolder folder;
  const std::string source = folder.path / "kernels.c", object = folder.path / "kernels.so";
  std::ofstream(source) << kernel_abi_c_text << c_prelude_text() << kernels;
  const char* command = std::getenv("TENON_CC");
  const int exit_status =
      run_program({command && *command ? command : "cc", "-O3", "-march=native", "-mprefer-vector-width=512",
                   "-fopenmp-simd", "-fno-trapping-math", "-fno-math-errno", "-fno-signed-zeros", "-fPIC", "-shared",
                   "-nostdlib", "-o", object, source});
  if (exit_status != 0) throw std::runtime_error("does not compile:\n" + std::string(kernels));
  library_ = dlopen(object.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library_) throw std::runtime_error(dlerror());
}

CompiledC::~CompiledC() {
  if (library_) dlclose(library_);
}

KernelFunction CompiledC::function(const std::string& name) const {
  const auto found = reinterpret_cast<KernelFunction>(dlsym(library_, name.c_str()));
  if (!found) throw std::runtime_error("no function " + name);
  return found;
}

int run(KernelFunction function, std::vector<void*> buffers, int threads, std::size_t scratch_bytes) {
  int status = 0;
  const tenon_arguments arguments{buffers.data(), nullptr, &status};
  CountingBarrier barrier(threads);
  std::vector<std::jthread> others;
  const auto call = [&](int thread) {
    void* scratch = scratch_bytes > 0 ? std::aligned_alloc(4096, (scratch_bytes + 4095) / 4096 * 4096) : nullptr;
    function(&arguments, thread, threads, scratch, &barrier);
    std::free(scratch);
  };
  for (int thread = 1; thread < threads; ++thread) others.emplace_back(call, thread);
  call(0);
  others.clear();
  return status;
}

}  // namespace tenon::testing
