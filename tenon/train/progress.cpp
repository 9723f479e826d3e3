#include "tenon/train/progress.h"

#include <fmt/format.h>
#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>

namespace tenon {
namespace {

bool is_drawable_terminal(std::FILE* out) {
  const char* term = std::getenv("TERM");
  return isatty(fileno(out)) == 1 && term != nullptr && std::string_view(term) != "dumb";
}

// Asks the environment, since a program need not have called setlocale.
bool is_utf8_locale() {
  for (const char* variable : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(variable);
    if (value == nullptr || *value == '\0') continue;
    const std::string_view locale = value;
    return locale.find("UTF-8") != locale.npos || locale.find("utf8") != locale.npos ||
           locale.find("utf-8") != locale.npos;
  }
  return false;
}

int columns_of(std::FILE* out) {
  winsize size{};
  if (ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

// Columns that UTF-8 text takes, one a character: true of everything that progress lines hold.
int columns_in(std::string_view text) { return static_cast<int>(std::ranges::count_if(text, starts_character)); }

std::string_view first_columns(std::string_view text, int columns) {
  std::size_t end = 0;
  for (; end < text.size(); ++end)
    if (starts_character(text[end]) && columns-- <= 0) break;
  return text.substr(0, end);
}

// One line: a newline or an escape in the caller's text would break the redraw.
std::string on_one_line(std::string_view text) {
  std::string line(text);
  std::ranges::replace_if(line, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return line;
}

std::string bar(double fraction, int width, bool utf8) {
  const int filled = std::clamp(static_cast<int>(std::lround(fraction * width)), 0, width);
  std::string text;
  for (int i = 0; i < width; ++i) text += i < filled ? (utf8 ? "━" : "#") : (utf8 ? "─" : "-");
  return text;
}

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

std::string format_duration(double seconds) {
  // Beyond a hundred thousand hours an estimate says nothing.
  if (!(seconds < 3.6e8)) return "-:--";
  const long total = std::lround(std::max(seconds, 0.0));
  const long hours = total / 3600, minutes = total / 60 % 60;
  if (hours > 0) return fmt::format("{}:{:02}:{:02}", hours, minutes, total % 60);
  return fmt::format("{}:{:02}", minutes, total % 60);
}

Progress::Progress(std::int64_t total, ProgressOptions options)
    : options_(std::move(options)),
      total_(std::max<std::int64_t>(total, 0)),
      terminal_(options_.terminal ? *options_.terminal : is_drawable_terminal(options_.out)),
      utf8_(options_.utf8 ? *options_.utf8 : is_utf8_locale()),
      start_(seconds_now()),
      now_(start_),
      next_redraw_(start_) {}

Progress::~Progress() { finish(); }

bool Progress::is_time() {
  const double now = seconds_now();
  if (now < next_redraw_ && done_ != total_) return false;
  now_ = now;
  return true;
}

void Progress::draw(std::string_view text) {
  text_ = on_one_line(text);
  if (!speed_origin_) speed_origin_ = {done_, now_};
  next_redraw_ = now_ + 1.0 / std::clamp(options_.redraws_per_second, 0.01, 1000.0);
  write_bar();
  drawn_ = true;
}

void Progress::write_bar() const {
  // Back to the first column, the line, and what an earlier, longer line left of itself erased.
  fmt::print(options_.out, "\r{}\x1b[K", bar_line());
  std::fflush(options_.out);
}

std::string Progress::bar_line() const {
  const double elapsed = now_ - start_;
  std::string head = options_.label.empty() ? "" : on_one_line(options_.label) + "  ";
  std::string count, time;
  if (total_ > 0) {
    const double fraction = std::clamp(static_cast<double>(done_) / static_cast<double>(total_), 0.0, 1.0);
    count = fmt::format("{:3.0f}%", std::floor(fraction * 100));
    time = format_duration(elapsed) + " elapsed";
    if (done_ < total_) {
      const auto [origin, since] = *speed_origin_;
      const double seconds = now_ - since;
      const std::int64_t steps = done_ - origin;
      if (steps > 0)
        time += ", " + format_duration(seconds / static_cast<double>(steps) * static_cast<double>(total_ - done_)) +
                " left";
    }
  } else {
    count = fmt::format("{}", done_);
    time = format_duration(elapsed) + " elapsed";
  }
  // One column stays free: a terminal wraps when the last one is written.
  const int columns = (options_.columns ? *options_.columns : columns_of(options_.out)) - 1;
  std::string tail = count;
  if (!text_.empty()) tail += "  " + text_;
  const int without_time = columns_in(head) + columns_in(tail);
  if (without_time + 2 + columns_in(time) <= columns) tail += "  " + time;
  const int room = columns - columns_in(head) - columns_in(tail) - 2;
  if (total_ > 0 && room >= 5)
    head += bar(static_cast<double>(done_) / static_cast<double>(total_), std::min(room, 32), utf8_) + "  ";
  return std::string(first_columns(head + tail, std::max(columns, 0)));
}

void Progress::line(std::string_view text) {
  if (terminal_ && drawn_ && !finished_) {
    fmt::print(options_.out, "\r\x1b[K{}\n", text);
    write_bar();
  } else {
    fmt::print(options_.out, "{}\n", text);
    std::fflush(options_.out);
  }
}

void Progress::finish() {
  if (finished_) return;
  finished_ = true;
  if (!drawn_) return;
  // A destructor may end up here, where a full disk or a closed terminal is nobody's concern.
  now_ = seconds_now();
  const std::string last = "\r" + bar_line() + "\x1b[K\n";
  std::fwrite(last.data(), 1, last.size(), options_.out);
  std::fflush(options_.out);
}

}  // namespace tenon
