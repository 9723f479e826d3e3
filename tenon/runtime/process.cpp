#include "tenon/runtime/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "tenon/runtime/text.h"

extern char** environ;

namespace tenon {
namespace {

using Clock = std::chrono::steady_clock;

struct Child {
  pid_t pid = -1;
  int output = -1;  // the reading end of its output; -1 once it is closed
  Clock::time_point deadline;
  std::size_t index = 0;
};

std::vector<char*> pointers_to(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  // posix_spawn takes char* for C's sake and writes to none of them.
  for (const std::string& string : strings) pointers.push_back(const_cast<char*>(string.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> child_environment() {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable; ++variable) {
    if (std::strncmp(*variable, "LC_ALL=", 7) != 0) variables.emplace_back(*variable);
  }
  variables.emplace_back("LC_ALL=C");
  return variables;
}

/// What the child is set up with between fork and exec.
class SpawnSettings {
 public:
  explicit SpawnSettings(int output) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, output, STDERR_FILENO);
    posix_spawnattr_init(&attributes_);
    // A group of its own, so that a compiler's children can be ended with it; signals as a shell
    // would leave them, because drivers that inherit an ignored SIGCHLD lose their children.
    sigset_t none;
    sigemptyset(&none);
    sigset_t defaults;
    sigemptyset(&defaults);
    for (const int signal : {SIGCHLD, SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXFSZ}) {
      sigaddset(&defaults, signal);
    }
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &defaults);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

/// Starts a child; the error number when that fails.
int start(const Command& command, Child& child) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return errno;
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  const std::vector<std::string> environment = child_environment();
  int error = 0;
  {
    const SpawnSettings settings(ends[1]);
    error = posix_spawn(&child.pid, command.front().c_str(), settings.actions(), settings.attributes(),
                        pointers_to(command).data(), pointers_to(environment).data());
  }
  close(ends[1]);
  if (error != 0) {
    close(ends[0]);
    return error;
  }
  child.output = ends[0];
  return 0;
}

/// Takes what the child has written so far.
void drain(Child& child, std::string& text) {
  constexpr std::size_t limit = std::size_t{64} << 10;
  char chunk[4096];
  while (child.output >= 0) {
    const ssize_t count = read(child.output, chunk, sizeof chunk);
    if (count > 0) {
      const std::size_t room = limit - std::min(limit, text.size());
      text.append(chunk, std::min(static_cast<std::size_t>(count), room));
    } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
      close(child.output);
      child.output = -1;
    } else if (errno == EAGAIN) {
      return;
    }
  }
}

/// Whether the child has ended; if so, how.
bool has_ended(const Child& child, ProcessResult& result) {
  int status = 0;
  const pid_t pid = waitpid(child.pid, &status, WNOHANG);
  if (pid == 0 || (pid < 0 && errno == EINTR)) return false;
  if (pid < 0) {
    // Someone else reaped it: a program that ignores SIGCHLD. How it ended is not known; the
    // caller finds out from what it left behind.
    result.end = ProcessEnd::exited;
    result.code = 0;
  } else if (WIFSIGNALED(status)) {
    result.end = ProcessEnd::signalled;
    result.code = WTERMSIG(status);
  } else {
    result.end = ProcessEnd::exited;
    result.code = WEXITSTATUS(status);
  }
  return true;
}

void kill_group(const Child& child) {
  kill(-child.pid, SIGKILL);
  int status = 0;
  while (waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
  }
}

/// Sleeps until some child writes, closes its output or is due.
void wait_for_news(const std::vector<Child>& children) {
  std::vector<pollfd> outputs;
  Clock::time_point due = Clock::time_point::max();
  bool closed = false;
  for (const Child& child : children) {
    if (child.output >= 0) outputs.push_back({child.output, POLLIN, 0});
    closed = closed || child.output < 0;
    due = std::min(due, child.deadline);
  }
  const auto until_due = std::chrono::duration_cast<std::chrono::milliseconds>(due - Clock::now()).count();
  // A child whose output is closed is about to end, and nothing but asking tells when. Others are
  // asked now and then too, since a grandchild may hold the pipe open for longer than they live.
  const long longest = closed ? 1 : 20;
  poll(outputs.data(), outputs.size(), static_cast<int>(std::clamp(until_due, 0L, longest)));
}

}  // namespace

std::vector<ProcessResult> run_processes(std::span<const Command> commands, int parallel,
                                         std::chrono::milliseconds time_limit) {
  std::vector<ProcessResult> results(commands.size());
  std::vector<Child> running;
  std::size_t next = 0;
  while (next < commands.size() || !running.empty()) {
    while (next < commands.size() && running.size() < static_cast<std::size_t>(std::max(parallel, 1))) {
      Child child;
      child.index = next;
      child.deadline = Clock::now() + time_limit;
      results[next].code = start(commands[next], child);
      if (results[next].code == 0) running.push_back(child);
      ++next;
    }
    if (running.empty()) continue;
    wait_for_news(running);
    std::erase_if(running, [&](Child& child) {
      ProcessResult& result = results[child.index];
      drain(child, result.output);
      bool ended = has_ended(child, result);
      if (!ended && Clock::now() >= child.deadline) {
        kill_group(child);
        result.end = ProcessEnd::timed_out;
        ended = true;
      }
      if (!ended) return false;
      drain(child, result.output);
      if (child.output >= 0) close(child.output);
      return true;
    });
  }
  return results;
}

std::string describe_end(const ProcessResult& result, std::chrono::milliseconds time_limit) {
  switch (result.end) {
    case ProcessEnd::exited: return fmt::format("exit status {}", result.code);
    case ProcessEnd::signalled: return fmt::format("ended by signal {} ({})", result.code, strsignal(result.code));
    case ProcessEnd::timed_out:
      return fmt::format("not done after {} s, the limit that TENON_CC_TIMEOUT sets; it was ended",
                         static_cast<double>(time_limit.count()) / 1000);
    case ProcessEnd::not_started: break;
  }
  return fmt::format("could not be started: {}", system_error_text(result.code));
}

std::string to_string(const Command& command) {
  std::string text;
  for (const std::string& argument : command) {
    if (!text.empty()) text += ' ';
    const bool plain = !argument.empty() && argument.find_first_of(" \t\n'\"\\$*?;&|<>()") == std::string::npos;
    if (plain) {
      text += argument;
      continue;
    }
    text += '\'';
    for (const char c : argument) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    text += '\'';
  }
  return text;
}

}  // namespace tenon
