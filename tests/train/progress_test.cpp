#include "tenon/train/progress.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <numeric>
#include <vector>

namespace tenon {
namespace {

// A file in memory to write to, and what was written.
class Output {
 public:
  Output() : file_(open_memstream(&text_, &size_)) {}
  ~Output() {
    std::fclose(file_);
    std::free(text_);
  }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  std::FILE* file() { return file_; }
  std::string text() {
    std::fflush(file_);
    return {text_, size_};
  }

 private:
  char* text_ = nullptr;
  std::size_t size_ = 0;
  std::FILE* file_;
};

ProgressOptions terminal(Output& output, int columns = 80) {
  return {.label = "grok",
          .out = output.file(),
          .redraws_per_second = 1000,
          .terminal = true,
          .columns = columns,
          .utf8 = false};
}

// What stands between the last two returns to the first column.
std::string last_line(const std::string& text) {
  std::string line = text.substr(text.rfind('\r') + 1);
  return line.substr(0, line.find('\x1b'));
}

int columns_in(const std::string& line) {
  int columns = 0;
  for (char c : line) columns += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return columns;
}

TEST(Progress, ShowsBarPercentageTextAndTime) {
  Output output;
  Progress progress(10, terminal(output));
  progress.update(5, [] { return std::string("loss 0.25"); });
  const std::string line = last_line(output.text());
  EXPECT_TRUE(line.starts_with("grok  ####")) << line;
  EXPECT_NE(line.find("####----"), std::string::npos) << line;
  EXPECT_NE(line.find("50%  loss 0.25  0:00 elapsed"), std::string::npos) << line;
}

TEST(Progress, WritesNothingButLinesWhenTheOutputIsNoTerminal) {
  Output output;
  {
    Progress progress(3, {.out = output.file()});
    EXPECT_FALSE(progress.is_terminal());
    for (int i = 1; i <= 3; ++i) {
      progress.update(i, "loss");
      if (i % 2 == 0) progress.line("epoch 2");
    }
  }
  EXPECT_EQ(output.text(), "epoch 2\n");
}

TEST(Progress, FitsTheTerminalAtEveryWidth) {
  for (int columns = 1; columns < 120; ++columns) {
    for (bool utf8 : {false, true}) {
      Output output;
      ProgressOptions options = terminal(output, columns);
      options.utf8 = utf8;
      Progress progress(100, options);
      progress.update(42, "train 0.123 test 0.456 und äöü");
      const std::string line = last_line(output.text());
      EXPECT_LT(columns_in(line), columns) << line;
    }
  }
}

TEST(Progress, KeepsToAsciiUnlessTheLocaleIsUtf8) {
  Output plain, blocks;
  ProgressOptions options = terminal(plain);
  Progress(2, options).update(1);
  options.out = blocks.file();
  options.utf8 = true;
  Progress(2, options).update(1);
  for (char c : plain.text()) EXPECT_LT(static_cast<unsigned char>(c), 0x80);
  EXPECT_NE(blocks.text().find("━"), std::string::npos);
}

TEST(Progress, RedrawsSeldomAndFormatsTextOnlyThen) {
  Output output;
  ProgressOptions options = terminal(output);
  options.redraws_per_second = 1;
  Progress progress(1 << 20, options);
  int formatted = 0;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 100000; ++i) progress.update(i, [&] { return std::to_string(++formatted); });
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  EXPECT_LE(formatted, 1 + static_cast<int>(seconds + 1));
}

TEST(Progress, AlwaysDrawsTheLastStep) {
  Output output;
  ProgressOptions options = terminal(output);
  options.redraws_per_second = 0.1;
  Progress progress(1000, options);
  for (int i = 1; i <= 1000; ++i) progress.update(i, "end");
  EXPECT_NE(last_line(output.text()).find("100%  end"), std::string::npos);
}

TEST(Progress, LeavesTheCursorOnAFreshLine) {
  Output output;
  {
    Progress(10, terminal(output)).update(3);
  }
  EXPECT_EQ(output.text().back(), '\n');
  Output unused;
  {
    Progress(10, terminal(unused));
  }
  EXPECT_EQ(unused.text(), "");
}

TEST(Progress, LinesStandAboveTheBar) {
  Output output;
  Progress progress(10, terminal(output));
  progress.update(3);
  progress.line("saved");
  const std::string text = output.text();
  EXPECT_NE(text.find("\r\x1b[Ksaved\n\rgrok"), std::string::npos) << text;
}

TEST(Progress, TextWithNewlinesAndEscapesStaysOnItsLine) {
  Output output;
  Progress progress(10, terminal(output));
  progress.update(3, "a\nb\x1b[2Jc");
  EXPECT_NE(last_line(output.text()).find("a b [2Jc"), std::string::npos);
}

TEST(Progress, CountsWhenTheTotalIsUnknown) {
  Output output;
  Progress progress(0, terminal(output));
  progress.update(17);
  EXPECT_TRUE(last_line(output.text()).starts_with("grok  17  0:00 elapsed")) << last_line(output.text());
}

TEST(Progress, GoesOverARangeUnchanged) {
  Output output;
  std::vector<int> values(10);
  std::iota(values.begin(), values.end(), 0);
  int sum = 0;
  for (int& value : progress(values, terminal(output))) {
    sum += value;
    value = -1;
  }
  EXPECT_EQ(sum, 45);
  EXPECT_EQ(values, std::vector<int>(10, -1));
  EXPECT_NE(output.text().find("100%"), std::string::npos);
  sum = 0;
  for (int value : progress(std::vector<int>{1, 2, 3}, terminal(output))) sum += value;
  EXPECT_EQ(sum, 6);
}

TEST(Progress, DurationsReadLikeClocks) {
  EXPECT_EQ(format_duration(0), "0:00");
  EXPECT_EQ(format_duration(67.4), "1:07");
  EXPECT_EQ(format_duration(59.6), "1:00");
  EXPECT_EQ(format_duration(11105), "3:05:05");
  EXPECT_EQ(format_duration(-1), "0:00");
  EXPECT_EQ(format_duration(1e30), "-:--");
}

}  // namespace
}  // namespace tenon
