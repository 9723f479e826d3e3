// A progress bar for long loops: one line that redraws itself on a terminal, plain lines elsewhere.
// Light: <chrono> and <ranges> are dear to compile.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace tenon {

struct ProgressOptions {
  std::string label = {};          // in front of the bar
  std::FILE* out = stdout;         // not owned
  double redraws_per_second = 12;  // at most
  // What is found out when not given: whether `out` is a terminal that understands cursor movement,
  // its width in columns (asked again at every redraw), and whether the locale is UTF-8.
  std::optional<bool> terminal = {};
  std::optional<int> columns = {};
  std::optional<bool> utf8 = {};
};

/// Draws `label  ━━━━━━━━────  42%  text  0:12 elapsed, 0:17 left` on a terminal. When the output is no
/// terminal it draws nothing, and `line` is all that appears: no control characters reach a log file.
///
///   Progress progress(epochs);
///   for (int epoch = 1; epoch <= epochs; ++epoch) {
///     ...
///     progress.update(epoch, [&] { return fmt::format("loss {:.4f}", loss); });
///     if (!progress.is_terminal() && epoch % 100 == 0) progress.line(fmt::format(...));
///   }
class Progress {
 public:
  /// `total`: how many steps there will be; 0 when that is not known.
  explicit Progress(std::int64_t total, ProgressOptions options = {});
  /// Leaves the last state of the bar on its line and the cursor on the next.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `done` of `total` steps are behind us. `text` is a callable that returns the string to show; it is
  /// called only when the bar is drawn, so that a call which draws nothing costs a look at the clock.
  template <class Text>
    requires std::is_invocable_r_v<std::string, Text>
  void update(std::int64_t done, Text&& text) {
    if (needs_redraw(done)) draw(text());
  }
  void update(std::int64_t done, std::string_view text = {}) {
    if (needs_redraw(done)) draw(text);
  }

  /// Writes one whole line, above the bar on a terminal.
  void line(std::string_view text);

  /// Ends the bar; the destructor does the same.
  void finish();

  bool is_terminal() const { return terminal_; }

 private:
  bool needs_redraw(std::int64_t done) {
    done_ = done;
    return terminal_ && !finished_ && is_time();
  }
  bool is_time();
  void draw(std::string_view text);
  void write_bar() const;
  std::string bar_line() const;

  ProgressOptions options_;
  std::int64_t total_;
  std::int64_t done_ = 0;
  bool terminal_;
  bool utf8_;
  bool drawn_ = false;
  bool finished_ = false;
  std::string text_;
  double start_, now_, next_redraw_;  // seconds of a steady clock
  // Where the speed is measured from: the first redraw, so that a slow first step does not count.
  struct Origin {
    std::int64_t done;
    double time;
  };
  std::optional<Origin> speed_origin_;
};

/// "0:07", "12:34", "3:05:00".
std::string format_duration(double seconds);

namespace detail {
using std::begin, std::end, std::size;
template <class Range>
auto begin_of(Range& range) -> decltype(begin(range)) {
  return begin(range);
}
template <class Range>
auto end_of(Range& range) -> decltype(end(range)) {
  return end(range);
}
template <class Range>
std::int64_t size_of_range(Range& range) {
  if constexpr (requires { size(range); }) return static_cast<std::int64_t>(size(range));
  return 0;
}
/// What a range-based for loop takes.
template <class Range>
concept Loopable = requires(Range& range) { begin_of(range) != end_of(range); };
}  // namespace detail

/// A range that shows how far a loop over it has come; see `progress`.
template <detail::Loopable Range>
class ProgressRange {
 public:
  ProgressRange(Range&& range, ProgressOptions options)
      : range_(std::forward<Range>(range)), progress_(detail::size_of_range(range_), std::move(options)) {}

  class Iterator {
   public:
    using Inner = decltype(detail::begin_of(std::declval<Range&>()));
    using Sentinel = decltype(detail::end_of(std::declval<Range&>()));
    using difference_type = std::ptrdiff_t;
    using value_type = std::remove_cvref_t<decltype(*std::declval<Inner&>())>;

    Iterator(Inner inner, Progress* progress) : inner_(std::move(inner)), progress_(progress) {}
    decltype(auto) operator*() const { return *inner_; }
    Iterator& operator++() {
      ++inner_;
      progress_->update(++done_);
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const Iterator& it, const Sentinel& end) { return it.inner_ == end; }

   private:
    Inner inner_;
    Progress* progress_;
    std::int64_t done_ = 0;
  };

  Iterator begin() { return {detail::begin_of(range_), &progress_}; }
  auto end() { return detail::end_of(range_); }

 private:
  Range range_;  // a reference when `progress` was given an lvalue
  Progress progress_;
};

/// `for (auto [x, y] : progress(batches))`: the loop over `batches`, with a bar. Takes temporaries too.
template <detail::Loopable Range>
ProgressRange<Range> progress(Range&& range, ProgressOptions options = {}) {
  return {std::forward<Range>(range), std::move(options)};
}

}  // namespace tenon
