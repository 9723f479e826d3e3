// What the benchmarks share: timing two sides alternately, and a table of ratios that is printed and written
// to out/bench/NAME.json.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace tenon::bench {

/// One measurement against one peer.
struct Row {
  std::string work;       // what was done, "matmul 512x512x512"
  std::string unit;       // of `tenon` and `peer`: "ms", "GFLOP/s", "ns/node"
  double tenon = 0;       // Tenon's figure
  double peer = 0;        // the peer's, or what is allowed where the peer is a limit
  std::string peer_name;  // "PyTorch 2.6.0, 2 threads", "OpenBLAS", "limit"
  double ratio = 0;       // above 1: Tenon is ahead
  double target = 0;      // the ratio that the project asks for; 0: none
};

/// A row whose figures are costs (times, bytes): ratio = peer / tenon.
Row less_is_better(std::string work, std::string unit, double tenon, double peer, std::string peer_name,
                   double target = 0);
/// A row whose figures are speeds: ratio = tenon / peer.
Row more_is_better(std::string work, std::string unit, double tenon, double peer, std::string peer_name,
                   double target = 0);

/// Collects rows, prints them and writes them.
class Table {
 public:
  /// `name` as in `./dev bench NAME`.
  explicit Table(std::string name) : name_(std::move(name)) {}

  void add(Row row) { rows_.push_back(std::move(row)); }
  const std::vector<Row>& rows() const { return rows_; }

  /// Aligned text, one line a row; says which rows miss their target.
  std::string text() const;
  /// The same rows as a JSON list of objects with Row's fields. A figure that is not finite becomes null.
  std::string json() const;

  /// Prints the text and writes out/bench/NAME.json in the repository. Returns main's exit status: 0, or 1
  /// when the file cannot be written. A missed target is for the reader, not a failure: the machine may be
  /// busy.
  int finish() const;

 private:
  std::string name_;
  std::vector<Row> rows_;
};

/// The middle value, or the mean of the two in the middle; NaN of nothing.
double median(std::vector<double> values);

struct Medians {
  double tenon;
  double peer;
};

/// Calls the two sides in turn for `rounds` rounds, swapping who goes first, after one round that does not
/// count. Each side measures itself and returns its figure, in any unit. The swap and the alternation keep
/// what drifts (clock speed, other load) from favouring one side.
Medians alternate(int rounds, const std::function<double()>& tenon, const std::function<double()>& peer);

/// Milliseconds for one of `iterations` calls of `work`, after one that does not count: it wakes the threads
/// and takes the caches back from the other side. Python peers do the same.
double milliseconds_per_call(int iterations, const std::function<void()>& work);

/// How many calls of `work` fill about `milliseconds`, at least 1. Calls it a few times.
int iterations_for(double milliseconds, const std::function<void()>& work);

}  // namespace tenon::bench
