#include "tenon/runtime/process.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "tenon/runtime/files.h"

namespace tenon {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

ProcessResult shell(const std::string& script, milliseconds limit = std::chrono::seconds(30)) {
  const Command command = {"/bin/sh", "-c", script};
  return run_processes({&command, 1}, 1, limit).front();
}

TEST(Process, ReportsOutputAndExitStatus) {
  const ProcessResult result = shell("echo out; echo err >&2; exit 3");
  EXPECT_EQ(result.end, ProcessEnd::exited);
  EXPECT_EQ(result.code, 3);
  EXPECT_EQ(result.output, "out\nerr\n");
  EXPECT_FALSE(result.succeeded());
  EXPECT_TRUE(shell("true").succeeded());
}

TEST(Process, ReportsASignal) {
  const ProcessResult result = shell("kill -SEGV $$");
  EXPECT_EQ(result.end, ProcessEnd::signalled);
  EXPECT_EQ(result.code, SIGSEGV);
}

TEST(Process, ReportsAProgramThatIsMissing) {
  const Command command = {"/nonexistent/program"};
  const ProcessResult result = run_processes({&command, 1}, 1, milliseconds(1000)).front();
  EXPECT_EQ(result.end, ProcessEnd::not_started);
  EXPECT_EQ(describe_end(result, milliseconds(1000)), "could not be started: No such file or directory");
}

TEST(Process, EndsWhatTakesTooLongTogetherWithItsChildren) {
  const auto start = Clock::now();
  // The grandchild holds the pipe open: waiting for its end would take the minute.
  const ProcessResult result = shell("sleep 60 & echo $!; sleep 60", milliseconds(300));
  EXPECT_EQ(result.end, ProcessEnd::timed_out);
  // A process that has ended, even if nobody has reaped it yet, has no command line.
  const std::string grandchild = fmt::format("/proc/{}/cmdline", std::stol(result.output));
  const auto is_alive = [&] { return !read_file(grandchild).value_or("").empty(); };
  while (is_alive() && Clock::now() - start < std::chrono::seconds(20)) {
    std::this_thread::sleep_for(milliseconds(1));
  }
  EXPECT_FALSE(is_alive());
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(20));
}

TEST(Process, DoesNotWaitForGrandchildrenThatHoldTheOutput) {
  const auto start = Clock::now();
  EXPECT_TRUE(shell("sleep 5 & exit 0").succeeded());
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(4));
}

TEST(Process, TakesMoreOutputThanAPipeHolds) {
  const ProcessResult result = shell(
      "i=0; while [ $i -lt 3000 ]; do echo 'a line of some sixty characters that goes on and on'; "
      "i=$((i+1)); done");
  EXPECT_TRUE(result.succeeded());
  EXPECT_EQ(result.output.size(), std::size_t{64} << 10);
}

TEST(Process, RunsSeveralSideBySideButNoMoreThanAllowed) {
  const std::vector<Command> commands(4, Command{"/bin/sh", "-c", "sleep 0.3"});
  const auto timed = [&](int parallel) {
    const auto start = Clock::now();
    for (const ProcessResult& result : run_processes(commands, parallel, std::chrono::seconds(30))) {
      EXPECT_TRUE(result.succeeded());
    }
    return Clock::now() - start;
  };
  EXPECT_LT(timed(4), milliseconds(1000));
  EXPECT_GE(timed(2), milliseconds(590));
}

TEST(Process, WorksInAProgramThatIgnoresItsChildren) {
  struct sigaction ignore{};
  struct sigaction before{};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGCHLD, &ignore, &before);
  // Children must not inherit it, or they could not wait for their own.
  const Command command = {"/bin/grep", "SigIgn", "/proc/self/status"};
  const ProcessResult result = run_processes({&command, 1}, 1, std::chrono::seconds(30)).front();
  sigaction(SIGCHLD, &before, nullptr);
  EXPECT_TRUE(result.succeeded());
  const unsigned long ignored = std::stoul(result.output.substr(result.output.find(':') + 1), nullptr, 16);
  EXPECT_EQ(ignored >> (SIGCHLD - 1) & 1, 0u) << result.output;
}

TEST(Process, CommandsAreQuotedForTheShell) {
  EXPECT_EQ(to_string(Command{"/usr/bin/cc", "-O2", "a b", "it's", ""}), R"(/usr/bin/cc -O2 'a b' 'it'\''s' '')");
}

}  // namespace
}  // namespace tenon
