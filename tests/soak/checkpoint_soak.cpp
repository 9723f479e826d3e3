// ./dev soak checkpoint: a training run that is killed again and again ends as if it had never been.
//
//   soak_checkpoint work DIR STEPS           continues the run in DIR up to STEPS, with a checkpoint after every step
//   soak_checkpoint drive DIR COUNT SEED     kills such runs COUNT times and compares what comes out
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tenon/array/compile.h"
#include "tenon/array/ops.h"
#include "tenon/core/error.h"
#include "tenon/io/checkpoint.h"
#include "tenon/optim/adamw.h"
#include "tenon/runtime/files.h"

namespace tenon {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

// The training: a network 64-256-1 learns the sum of its inputs. Batches come from a stream of random numbers and from
// a table that is read row by row, so both the stream and the position must survive.
constexpr std::int64_t inputs = 64, hidden = 256, batch = 32, table_rows = 7;

std::vector<Array> first_state(Rng& rng) {
  return AdamWState::start(
             {rng.normal({hidden, inputs}, 0, 0.1), zeros({hidden}), rng.normal({1, hidden}, 0, 0.1), zeros({1})})
      .flat();
}

CompiledStep training_step() {
  return compile([](std::span<const Array> flat, std::span<const Array> arguments) -> StepResult {
    const auto now = AdamWState::from_flat(flat);
    const Array x = arguments[0] + arguments[1];                      // [batch, inputs] + [inputs]
    const Array y = sum(x, {1}, true) / static_cast<double>(inputs);  // [batch, 1]
    auto [loss, gradients] = value_and_grad(
        [&](const std::vector<Array>& p) { return mse_loss(linear(relu(linear(x, p[0], p[1])), p[2], p[3]), y); },
        now.parameters);
    return {adamw(now, gradients, full({}, 1e-3)).flat(), {loss}};
  });
}

std::string name_of_state(std::size_t i) { return fmt::format("state.{}", i); }

void work(const std::string& directory, std::uint64_t steps) {
  Rng rng(1);
  std::vector<Array> state = first_state(rng);
  std::uint64_t step = 0, position = 0;
  const LatestCheckpoint latest = latest_checkpoint(directory);
  if (latest.checkpoint) {
    for (std::size_t i = 0; i < state.size(); ++i) state[i] = latest.checkpoint->array(name_of_state(i));
    rng = Rng::from_state(latest.checkpoint->random);
    step = latest.checkpoint->step;
    position = latest.checkpoint->data_position;
  }
  const Array table = Rng(2).uniform({table_rows, inputs});
  CompiledStep train = training_step();
  while (step < steps) {
    const Array arguments[] = {rng.uniform({batch, inputs}),
                               select(table, 0, static_cast<std::int64_t>(position % table_rows))};
    eval(arguments[0], arguments[1]);
    const Array loss = train(state, arguments)[0];
    ++step;
    ++position;
    Checkpoint checkpoint{.step = step,
                          .arrays = {{"loss", loss}},
                          .random = rng.state(),
                          .data_position = position,
                          .notes = {{"program", "soak_checkpoint"}}};
    for (std::size_t i = 0; i < state.size(); ++i) checkpoint.arrays.push_back({name_of_state(i), state[i]});
    save_checkpoint(directory, checkpoint);
  }
}

// This program again, as a worker.
class Worker {
 public:
  Worker(const std::string& directory, std::uint64_t steps) {
    std::string arguments[] = {fs::read_symlink("/proc/self/exe").string(), "work", directory, std::to_string(steps)};
    char* pointers[] = {arguments[0].data(), arguments[1].data(), arguments[2].data(), arguments[3].data(), nullptr};
    if (posix_spawn(&pid_, pointers[0], nullptr, nullptr, pointers, environ) != 0)
      throw DeviceError("the worker could not be started");
  }
  void kill_now() const { kill(pid_, SIGKILL); }
  /// Waits for the end; whether it was a good one, and not a kill.
  bool finished() const {
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) return false;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return true;
    throw InternalError("a worker ended by itself, and badly");
  }

 private:
  pid_t pid_ = -1;
};

struct Tally {
  int kills = 0;
  int into_a_write = 0;             // a half-written checkpoint was left
  int before_the_first = 0;         // and there was no complete one yet
  std::vector<std::string> faults;  // what must not happen
};

bool has_partial(const std::string& directory) {
  std::error_code none;
  for (fs::directory_iterator entry(directory, none), end; !none && entry != end; entry.increment(none))
    if (entry->path().extension() == ".partial") return true;
  return false;
}

// Looks at what a killed worker left. `reached`: the step of the newest checkpoint before; updated.
void inspect(const std::string& directory, std::uint64_t& reached, Tally& tally) {
  ++tally.kills;
  const LatestCheckpoint latest = latest_checkpoint(directory);
  for (const SkippedCheckpoint& skipped : latest.skipped) tally.faults.push_back("damaged: " + skipped.reason);
  const std::uint64_t step = latest.checkpoint ? latest.checkpoint->step : 0;
  if (step < reached) tally.faults.push_back(fmt::format("step {} was lost, the newest is {}", reached, step));
  reached = step;
  if (!has_partial(directory)) return;
  ++tally.into_a_write;
  tally.before_the_first += step == 0;
}

// Starts a worker, kills it after a random time, and says what it left.
void kill_one(const std::string& directory, std::chrono::microseconds longest, std::mt19937_64& random,
              std::uint64_t& reached, Tally& tally) {
  const Worker worker(directory, ~std::uint64_t{0});
  std::uniform_int_distribution<std::int64_t> micros(0, longest.count());
  std::this_thread::sleep_for(std::chrono::microseconds(micros(random)));
  worker.kill_now();
  worker.finished();
  inspect(directory, reached, tally);
}

void run_to_end(const std::string& directory, std::uint64_t steps) {
  if (!Worker(directory, steps).finished()) throw InternalError("somebody else killed a worker");
}

// The bytes of both files of a checkpoint; two runs are compared by them.
std::string bytes_of(const std::string& directory, std::uint64_t step) {
  std::string bytes;
  for (const char* file : {"meta.json", "state.safetensors"})
    bytes += read_file(fmt::format("{}/step-{:08}/{}", directory, step, file)).value_or("missing");
  return bytes;
}

// How long a worker takes from its start to its first checkpoint and for each one after: where kills have to fall.
struct Pace {
  std::chrono::microseconds start, step;
};
Pace measure_pace(const std::string& directory) {
  run_to_end(directory, 1);                      // fills the kernel cache
  const auto timed = [&](std::uint64_t steps) {  // the best of three
    auto best = std::chrono::microseconds::max();
    for (int i = 0; i < 3; ++i) {
      fs::remove_all(directory);
      const auto before = Clock::now();
      run_to_end(directory, steps);
      best = std::min(best, std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - before));
    }
    return best;
  };
  const auto one = timed(1), eleven = timed(11);
  return {one, std::max((eleven - one) / 10, std::chrono::microseconds(1))};
}

int drive(const std::string& directory, int count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const std::string main_run = directory + "/killed", reference = directory + "/uninterrupted",
                    young = directory + "/young";
  fs::remove_all(directory);
  const Pace pace = measure_pace(directory + "/pace");
  fmt::print("{} kills, seed {}; the first checkpoint takes {:.1f} ms, each one after {:.1f} ms\n", count, seed,
             static_cast<double>(pace.start.count()) / 1000, static_cast<double>(pace.step.count()) / 1000);
  run_to_end(reference, 3);
  const std::string third = bytes_of(reference, 3);

  Tally tally;
  std::uint64_t reached = 0;
  while (tally.kills < count) {
    if (tally.kills % 10 == 9) {
      // A run that is killed around its first checkpoint, then goes on to its third.
      fs::remove_all(young);
      std::uint64_t young_reached = 0;
      kill_one(young, pace.start + pace.step, random, young_reached, tally);
      run_to_end(young, std::max<std::uint64_t>(3, young_reached));
      if (young_reached <= 3 && bytes_of(young, 3) != third)
        tally.faults.push_back(fmt::format("kill {}: another state after 3 steps", tally.kills));
    } else {
      kill_one(main_run, pace.start + 4 * pace.step, random, reached, tally);
    }
    if (tally.kills % 100 == 0) fmt::print("{:5} kills, step {}\n", tally.kills, reached);
    std::fflush(stdout);
  }
  const std::uint64_t last = reached + 5;
  run_to_end(main_run, last);
  run_to_end(reference, last);
  if (bytes_of(main_run, last) != bytes_of(reference, last))
    tally.faults.push_back(fmt::format("another state after {} steps", last));

  for (const std::string& fault : tally.faults) fmt::print("FAULT {}\n", fault);
  const bool good = tally.faults.empty();
  fmt::print("{} kills, {} of them into a write, {} of these before the first checkpoint was complete; {} faults; {}\n",
             tally.kills, tally.into_a_write, tally.before_the_first, tally.faults.size(),
             good ? fmt::format("after {} steps the same bytes as the run that nobody killed", last) : "BROKEN");
  if (good) fs::remove_all(directory);
  return good ? 0 : 1;
}

int run(const std::vector<std::string>& arguments) {
  if (arguments.size() == 3 && arguments[0] == "work") {
    work(arguments[1], std::stoull(arguments[2]));
    return 0;
  }
  if (arguments.size() == 4 && arguments[0] == "drive")
    return drive(arguments[1], std::stoi(arguments[2]), std::stoull(arguments[3]));
  fmt::print(stderr, "soak_checkpoint work DIR STEPS | drive DIR COUNT SEED\n");
  return 2;
}

}  // namespace
}  // namespace tenon

int main(int count, char** arguments) {
  try {
    return tenon::run({arguments + 1, arguments + count});
  } catch (const std::exception& error) {
    fmt::print(stderr, "soak_checkpoint: {}\n", error.what());
    return 1;
  }
}
