#include "tenon/runtime/compiler.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sstream>
#include <string_view>

#include "tenon/core/error.h"
#include "tenon/runtime/compile_statistics.h"
#include "tenon/runtime/text.h"
#include "tenon/runtime/thread_pool.h"

namespace tenon {
namespace {

bool is_program(const std::string& path) {
  struct stat status{};
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && access(path.c_str(), X_OK) == 0;
}

/// The path of a program that is given by path or name; empty when there is none.
std::string find_in_path(const std::string& name) {
  if (name.find('/') != std::string::npos) return is_program(name) ? name : std::string();
  std::istringstream folders(environment_variable("PATH").value_or("/usr/local/bin:/usr/bin:/bin"));
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::string path = folder + '/' + name;
    if (!folder.empty() && is_program(path)) return path;
  }
  return {};
}

/// The program and its arguments, with the program's path; empty when there is none.
Command resolve(const std::string& text) {
  // A path with a space in it comes before "program argument".
  if (std::string path = find_in_path(text); !path.empty()) return {path};
  Command command;
  std::istringstream words(text);
  for (std::string word; words >> word;) command.push_back(word);
  if (command.empty()) return {};
  command.front() = find_in_path(command.front());
  return command.front().empty() ? Command() : command;
}

std::string first_lines(const std::string& text, int count) {
  std::istringstream lines(text);
  std::string first;
  std::string line;
  while (count-- > 0 && std::getline(lines, line)) first += fmt::format("\n  {}", line);
  return first.empty() ? "\n  (it printed nothing)" : first;
}

constexpr std::string_view advice =
    "Tenon compiles its kernels with the system's C compiler: install one (apt-get install gcc), "
    "name one in TENON_CC, or set TENON_DEVICE=reference to compute without, slowly";

CompilerKind kind_of(std::string_view version) {
  // clang first: its text may name the gcc installation that it uses.
  if (version.find("clang") != std::string_view::npos) return CompilerKind::clang;
  if (version.find("Free Software Foundation") != std::string_view::npos) return CompilerKind::gcc;
  return CompilerKind::other;
}

}  // namespace

CompilerOptions compiler_options_from_environment() {
  constexpr std::uint64_t longest = 24 * 3600;
  const auto seconds = environment_number("TENON_CC_TIMEOUT", 1, longest, 120);
  return {.command = environment_variable("TENON_CC").value_or(""),
          .time_limit = std::chrono::seconds(seconds),
          .parallel = 0};
}

Compiler::Compiler(CompilerOptions options) : options_(std::move(options)) {
  if (options_.parallel <= 0) options_.parallel = available_cpus();
}

const Compiler::Program& Compiler::program() {
  const std::lock_guard lock(mutex_);
  if (!program_) program_ = find_program();
  return *program_;
}

Compiler::Program Compiler::find_program() const {
  Program program;
  if (!options_.command.empty()) {
    program.command = resolve(options_.command);
    if (program.command.empty()) {
      throw CompileError(
          fmt::format("the C compiler '{}', which TENON_CC names, is no program. {}", options_.command, advice));
    }
  }
  for (const char* name : {"cc", "gcc", "clang"}) {
    if (program.command.empty()) program.command = resolve(name);
  }
  if (program.command.empty()) {
    throw CompileError(fmt::format("there is no C compiler: PATH has no cc, gcc or clang. {}", advice));
  }
  Command ask = program.command;
  ask.emplace_back("--version");
  const ProcessResult answer = run_processes({&ask, 1}, 1, options_.time_limit).front();
  if (!answer.succeeded()) {
    throw CompileError(fmt::format("the C compiler does not tell its version: {}: {}{}\n{}", to_string(ask),
                                   describe_end(answer, options_.time_limit), first_lines(answer.output, 10), advice));
  }
  program.kind = kind_of(answer.output);
  program.identity = to_string(program.command) + '\n' + answer.output;
  return program;
}

std::vector<std::string> Compiler::flags(OptimizationClass optimization) {
  std::vector<std::string> flags = {"-x", "c", "-std=gnu11",
                                    // Warnings about generated code would only bury its errors.
                                    "-w", optimization == OptimizationClass::vector_types ? "-O2" : "-O3",
                                    // -ffast-math is not among these, and must not be: gcc 12 links code into
                                    // its objects that makes the whole process flush denormals to zero.
                                    "-march=native", "-fopenmp-simd", "-fno-trapping-math", "-fno-math-errno",
                                    "-fno-signed-zeros", "-ffp-contract=fast", "-fno-strict-aliasing", "-fPIC",
                                    "-shared", "-nostdlib"};
#if defined(__x86_64__)
  // Without it gcc and clang stay with 256 bits; clang then runs at a third of the speed.
  if (kind() != CompilerKind::other) flags.emplace_back("-mprefer-vector-width=512");
#endif
  return flags;
}

void Compiler::compile(std::span<const CompileJob> jobs) {
  std::vector<Command> commands;
  for (const CompileJob& job : jobs) {
    Command command = program().command;
    for (std::string& flag : flags(job.optimization)) command.push_back(std::move(flag));
    command.insert(command.end(), {"-o", job.output, job.source});
    commands.push_back(std::move(command));
  }
  const auto start = std::chrono::steady_clock::now();
  const std::vector<ProcessResult> results = run_processes(commands, options_.parallel, options_.time_limit);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  add_to_compile_statistics(
      {.compiler_runs = static_cast<std::int64_t>(jobs.size()), .compiler_seconds = elapsed.count()});
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const bool wrote = access(jobs[i].output.c_str(), R_OK) == 0;
    if (results[i].succeeded() && wrote) continue;
    const std::string end =
        results[i].succeeded() ? "it wrote no output" : describe_end(results[i], options_.time_limit);
    const std::string what =
        jobs[i].users_name.empty() ? "the C compiler failed" : jobs[i].users_name + ": this kernel does not compile";
    throw CompileError(fmt::format("{}: {}\n{}{}\nThe source is left in {}", what, to_string(commands[i]), end,
                                   first_lines(results[i].output, 20), jobs[i].source));
  }
}

}  // namespace tenon
