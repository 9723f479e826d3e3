// The system's C compiler.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tenon/runtime/device.h"
#include "tenon/runtime/process.h"

namespace tenon {

struct CompilerOptions {
  /// A path, or a name to look up in PATH, perhaps with arguments ("ccache gcc"); empty: the first
  /// of cc, gcc, clang that PATH has.
  std::string command;
  /// A compiler that takes longer is ended.
  std::chrono::milliseconds time_limit = std::chrono::seconds(120);
  /// How many run side by side; 0: one for each cpu.
  int parallel = 0;
};

/// Reads TENON_CC and TENON_CC_TIMEOUT (seconds). Throws ValueError when the latter is no positive
/// whole number.
CompilerOptions compiler_options_from_environment();

enum class CompilerKind : std::uint8_t { gcc, clang, other };

/// One C file to make one shared object of.
struct CompileJob {
  std::string source;  // path
  std::string output;  // path
  OptimizationClass optimization;
  std::string users_name = {};  // of the kernel in it, where that is a user's
};

/// Finds its program when it is first needed, and asks it for its version once.
class Compiler {
 public:
  explicit Compiler(CompilerOptions options);

  /// Path and version: what a cache of its outputs must depend on. Throws CompileError that says
  /// what to install when there is no compiler.
  const std::string& identity() { return program().identity; }
  CompilerKind kind() { return program().kind; }

  /// The arguments before the file names.
  std::vector<std::string> flags(OptimizationClass optimization);

  /// Compiles all jobs, several at a time. Throws CompileError for the first that fails, with the
  /// command, how it ended, the first lines of what it printed, and the source's path.
  void compile(std::span<const CompileJob> jobs);

  /// How many run side by side.
  int parallel() const { return options_.parallel; }

 private:
  struct Program {
    Command command;
    std::string identity;
    CompilerKind kind;
  };
  const Program& program();
  Program find_program() const;

  CompilerOptions options_;
  std::mutex mutex_;
  std::optional<Program> program_;
};

}  // namespace tenon
