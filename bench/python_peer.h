// A peer that lives in Python: PyTorch, in the private environment that only the benchmarks use.
#pragma once

#include <sys/types.h>

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace tenon::bench {

/// Runs a script of bench/python as a child process and talks to it, one line of JSON each way, so that Tenon
/// and the peer can take turns within one program. The child lives as long as this object.
///
///   PythonPeer torch("step_peer");                          // bench/python/step_peer.py
///   auto setup = torch.call("grok_setup", {{"seed", 1}});   // any reply the script's function returns
///   auto [tenon, peer] = alternate(15,
///       [&] { return milliseconds_per_call(10, step); },
///       [&] { return torch.milliseconds("grok_step", 10); });
///
/// Request: {"run": name, ...arguments}. Reply: an object, or {"error": text}.
class PythonPeer {
 public:
  /// Starts bench/python/<script>.py. Throws DeviceError, which says how to get the environment, when there
  /// is none.
  explicit PythonPeer(std::string_view script);
  ~PythonPeer();
  PythonPeer(const PythonPeer&) = delete;
  PythonPeer& operator=(const PythonPeer&) = delete;

  /// Whether ./dev bench has made the environment.
  static bool available();

  /// "PyTorch 2.6.0, 2 threads": for Row::peer_name.
  std::string name();

  /// Calls the function registered as `run` and returns its reply. Throws DeviceError with the child's own
  /// error.
  nlohmann::json call(std::string_view run, const nlohmann::json& arguments);
  nlohmann::json call(std::string_view run);

  /// Milliseconds for one of `iterations` calls of the step registered as `run`, timed in the child.
  double milliseconds(std::string_view run, int iterations);

 private:
  std::string read_line();

  std::string script_;
  pid_t child_ = -1;
  int socket_ = -1;
  std::string unread_;  // bytes after the last whole line
};

}  // namespace tenon::bench
