// Child processes that run side by side, with their output and a time limit.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tenon {

enum class ProcessEnd : std::uint8_t {
  exited,       // code: its exit status
  signalled,    // code: the signal that ended it
  timed_out,    // ended because it took too long
  not_started,  // code: the error number
};

struct ProcessResult {
  ProcessEnd end = ProcessEnd::not_started;
  int code = 0;
  std::string output;  // stdout and stderr, cut after 64 KiB

  bool succeeded() const { return end == ProcessEnd::exited && code == 0; }
};

/// Program path and arguments.
using Command = std::vector<std::string>;

/// Runs all commands, at most `parallel` at a time, and returns their results in order. Children get
/// an empty stdin, this process's environment with LC_ALL=C, and `time_limit` each, after which they
/// and their own children are killed. Started with posix_spawn: fork would copy the page tables of a
/// process that holds gigabytes of tensors.
std::vector<ProcessResult> run_processes(std::span<const Command> commands, int parallel,
                                         std::chrono::milliseconds time_limit);

/// "exit status 1", "signal 11 (Segmentation fault)", "no answer within 120 s", ...
std::string describe_end(const ProcessResult& result, std::chrono::milliseconds time_limit);

/// As a shell would take it.
std::string to_string(const Command& command);

}  // namespace tenon
