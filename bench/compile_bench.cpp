// How long the C++ compiler takes: for a unit that only includes tenon/tenon.h, and for the whole GPT example. The
// "peer" is what is allowed.
#include <fmt/format.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include "bench/harness.h"
#include "tenon/core/error.h"

namespace {

using namespace tenon;
using namespace tenon::bench;

constexpr int rounds = 3;

// Seconds of processor time, which other programs disturb less than the clock on the wall, that the compiler which
// built this program takes for one source, at a level of optimisation.
double seconds_to_compile(const std::string& source, const std::string& level) {
  std::vector<std::string> words{TENON_CXX_COMPILER, "-std=c++20", level, "-I", TENON_SOURCE_DIR, "-c", source, "-o",
                                 "/dev/null"};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = -1;
  if (const int error = posix_spawnp(&child, arguments[0], nullptr, nullptr, arguments.data(), environ); error != 0)
    throw DeviceError(fmt::format("cannot start {}: {}", words[0], std::strerror(error)));
  int status = 0;
  rusage used{};
  wait4(child, &status, 0, &used);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw DeviceError(fmt::format("{} does not compile; its messages are above", source));
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

void add(Table& table, const std::string& work, const std::vector<std::string>& sources, const std::string& level,
         double allowed) {
  std::vector<double> seconds;
  for (int round = 0; round < rounds; ++round) {
    double all = 0;
    for (const std::string& source : sources) all += seconds_to_compile(source, level);
    seconds.push_back(all);
  }
  table.add(less_is_better(work, "s", median(seconds), allowed, "limit", 1));
}

}  // namespace

int main() {
  try {
    namespace fs = std::filesystem;
    Table table("compile");
    const fs::path unit = fs::temp_directory_path() / fmt::format("tenon-includes-{}.cpp", getpid());
    std::ofstream(unit) << "#include \"tenon/tenon.h\"\n";
    add(table, "a unit that includes tenon/tenon.h, -O0", {unit.string()}, "-O0", 1.5);
    fs::remove(unit);
    std::vector<std::string> sources;
    for (const auto& entry : fs::directory_iterator(TENON_SOURCE_DIR "/examples/gpt"))
      if (entry.path().extension() == ".cpp") sources.push_back(entry.path().string());
    add(table, "examples/gpt, all of it, -O2", sources, "-O2", 8);
    return table.finish();
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench compile: {}\n", error.what());
    return 1;
  }
}
