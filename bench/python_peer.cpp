#include "bench/python_peer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "tenon/core/error.h"

namespace tenon::bench {

namespace {

const std::string python = TENON_SOURCE_DIR "/build/venv/bin/python";
// Written by scripts/bench.sh as its last act, so a half-made environment does not count.
const std::string ready_mark = TENON_SOURCE_DIR "/build/venv/ready";

// Throws what the system said.
void check(int error, std::string_view what) {
  if (error != 0) throw DeviceError(fmt::format("python peer: {}: {}", what, std::strerror(error)));
}

// Starts `python script` with `socket` as its standard input and output; its standard error stays ours.
pid_t spawn(const std::string& script, int socket) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, socket, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, socket, STDOUT_FILENO);
  const std::array<const char*, 4> arguments{python.c_str(), "-u", script.c_str(), nullptr};
  pid_t child = -1;
  const int error =
      posix_spawn(&child, python.c_str(), &actions, nullptr, const_cast<char* const*>(arguments.data()), environ);
  posix_spawn_file_actions_destroy(&actions);
  check(error, "cannot start " + python);
  return child;
}

}  // namespace

bool PythonPeer::available() { return std::filesystem::exists(ready_mark); }

PythonPeer::PythonPeer(std::string_view script)
    : script_(fmt::format("{}/bench/python/{}.py", TENON_SOURCE_DIR, script)) {
  if (!available())
    throw DeviceError("python peer: the benchmarks' Python environment is missing; ./dev bench makes it");
  // A socket pair rather than two pipes: writing to a child that died is an error here, not SIGPIPE.
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) check(errno, "cannot make a socket");
  socket_ = ends[0];
  try {
    child_ = spawn(script_, ends[1]);
  } catch (...) {
    close(ends[0]);
    close(ends[1]);
    throw;
  }
  close(ends[1]);
}

PythonPeer::~PythonPeer() {
  close(socket_);  // the child's loop ends with its input
  waitpid(child_, nullptr, 0);
}

std::string PythonPeer::name() { return call("peer_name").at("name").get<std::string>(); }

nlohmann::json PythonPeer::call(std::string_view run, const nlohmann::json& arguments) {
  nlohmann::json request = arguments;
  request["run"] = run;
  const std::string line = request.dump() + '\n';
  for (std::size_t sent = 0; sent < line.size();) {
    const ssize_t count = send(socket_, line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
    if (count < 0 && errno != EINTR) check(errno, "cannot write to " + script_);
    if (count > 0) sent += static_cast<std::size_t>(count);
  }
  nlohmann::json reply = nlohmann::json::parse(read_line());
  if (reply.contains("error"))
    throw DeviceError(fmt::format("python peer: {} of {}: {}", run, script_, reply["error"].get<std::string>()));
  return reply;
}

nlohmann::json PythonPeer::call(std::string_view run) { return call(run, nlohmann::json::object()); }

double PythonPeer::milliseconds(std::string_view run, int iterations) {
  return call(run, {{"iterations", iterations}}).at("ms").get<double>();
}

std::string PythonPeer::read_line() {
  std::array<char, 65536> block;
  for (;;) {
    if (const std::size_t end = unread_.find('\n'); end != std::string::npos) {
      std::string line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return line;
    }
    const ssize_t count = recv(socket_, block.data(), block.size(), 0);
    if (count == 0) throw DeviceError(fmt::format("python peer: {} ended; its own message is above", script_));
    if (count < 0 && errno != EINTR) check(errno, "cannot read from " + script_);
    if (count > 0) unread_.append(block.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace tenon::bench
