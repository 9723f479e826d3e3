#include "tenon/train/svg_plot.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include "tenon/core/error.h"

namespace tenon {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

// The first fault of a document made of elements, attributes in double quotes, and text; "" when it is well
// formed.
std::string xml_fault(std::string_view text) {
  std::vector<std::string> open;
  while (!text.empty()) {
    const std::size_t start = text.find('<');
    std::string_view content = text.substr(0, start);
    for (std::size_t at = content.find('&'); at != content.npos; at = content.find('&', at + 1))
      if (content.find(';', at) > at + 6) return "a bare & in text";
    if (content.find('>') != content.npos) return "a bare > in text";
    if (start == text.npos) break;
    text.remove_prefix(start + 1);
    bool quoted = false;
    std::size_t end = 0;
    for (; end < text.size() && (quoted || text[end] != '>'); ++end) {
      if (text[end] == '"') quoted = !quoted;
      if (text[end] == '<') return "< inside a tag";
    }
    if (end == text.size()) return "a tag without end";
    const std::string_view tag = text.substr(0, end);
    text.remove_prefix(end + 1);
    const std::string name(tag.substr(tag.starts_with('/') ? 1 : 0, tag.substr(1).find_first_of(" /") + 1));
    if (tag.starts_with('/')) {
      if (open.empty() || open.back() != std::string(tag.substr(1))) return "stray </" + std::string(tag.substr(1));
      open.pop_back();
    } else if (!tag.ends_with('/')) {
      open.push_back(std::string(tag.substr(0, tag.find(' '))));
    }
  }
  return open.empty() ? "" : "unclosed " + open.back();
}

int count(const std::string& text, std::string_view what) {
  int found = 0;
  for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++found;
  return found;
}

// The d attribute of the n-th curve.
std::string path_of(const std::string& svg, int n = 0) {
  std::size_t at = 0;
  for (int i = 0; i <= n; ++i) at = svg.find("<path class=\"series\"", at + 1);
  const std::size_t d = svg.find(" d=\"", at) + 4;
  return svg.substr(d, svg.find('"', d) - d);
}

std::vector<double> upto(int n) {
  std::vector<double> x;
  for (int i = 0; i < n; ++i) x.push_back(i);
  return x;
}

void expect_sound(const std::string& svg) {
  EXPECT_EQ(xml_fault(svg), "");
  EXPECT_EQ(svg.find("nan"), svg.npos);
  EXPECT_EQ(svg.find("inf"), svg.npos);
}

TEST(Plot, IsWellFormedWhateverTheTextHolds) {
  Plot plot({.title = "a < b & \"c\"", .x = {.title = "</svg>"}, .y = {.title = "\x01\xff loss"}});
  plot.line("<&>", upto(3), std::vector<double>{1, 2, 3}, "\"red");
  const std::string svg = plot.svg();
  expect_sound(svg);
  EXPECT_NE(svg.find("a &lt; b &amp; &quot;c&quot;"), svg.npos);
  EXPECT_EQ(svg.find('\x01'), svg.npos);
  EXPECT_EQ(svg.find('\xff'), svg.npos);
}

TEST(Plot, HasALegendEntryForEachNamedSeries) {
  Plot plot({});
  plot.line("train", upto(3), std::vector<double>{1, 2, 3});
  plot.line("test", upto(3), std::vector<double>{3, 2, 1});
  plot.line("", upto(3), std::vector<double>{2, 2, 2});
  const std::string svg = plot.svg();
  EXPECT_EQ(count(svg, "class=\"legend\""), 2);
  EXPECT_EQ(count(svg, "class=\"series\""), 3);
  EXPECT_NE(svg.find(">train<"), svg.npos);
  EXPECT_NE(svg.find(">test<"), svg.npos);
}

TEST(Plot, BreaksLinesAtValuesWithoutAPlace) {
  Plot plot({.y = {.scale = Scale::log}});
  plot.line("loss", upto(9), std::vector<double>{1, 2, nan, 3, 4, 0, -1, inf, 5});
  const std::string svg = plot.svg();
  expect_sound(svg);
  EXPECT_EQ(count(path_of(svg), "M"), 3);
  EXPECT_TRUE(path_of(svg).ends_with("h0")) << "a lone point is a dot";
}

TEST(Plot, SurvivesDataWithoutAnyPlace) {
  for (Scale scale : {Scale::linear, Scale::log}) {
    Plot plot({.x = {.scale = scale}, .y = {.scale = scale}});
    expect_sound(plot.svg());
    plot.line("a", std::vector<double>{nan, 1, inf}, std::vector<double>{1, nan, 1});
    plot.line("b", std::vector<double>{}, std::vector<double>{});
    plot.bars("c", std::vector<double>{nan}, std::vector<double>{nan});
    expect_sound(plot.svg());
  }
}

TEST(Plot, SurvivesExtremeValues) {
  Plot plot({});
  plot.line("a", upto(4), std::vector<double>{-1e308, 1e308, 1e300, -1e300});
  expect_sound(plot.svg());
  Plot small({.y = {.scale = Scale::log}});
  small.line("a", upto(2), std::vector<double>{5e-324, 1e300});
  expect_sound(small.svg());
  Plot flat({});
  flat.line("a", std::vector<double>{7}, std::vector<double>{7});
  expect_sound(flat.svg());
}

TEST(Plot, PercentShowsTheWholeRange) {
  Plot plot({.y = {.format = TickFormat::percent}});
  plot.line("accuracy", upto(3), std::vector<double>{0.4, 0.5, 0.6});
  const std::string svg = plot.svg();
  EXPECT_NE(svg.find(">0%<"), svg.npos);
  EXPECT_NE(svg.find(">100%<"), svg.npos);
}

TEST(Plot, LogAxesNameDecadesWithSuperscripts) {
  Plot plot({.y = {.scale = Scale::log}});
  plot.line("loss", upto(2), std::vector<double>{1e-7, 1});
  EXPECT_NE(plot.svg().find(">10<tspan dy=\"-4.5\" font-size=\"9.375\">−6</tspan>"), std::string::npos);
}

TEST(Plot, ThinsLongSeriesAndKeepsExtremes) {
  const int points = 200000;
  std::vector<double> y(points, 0.0);
  y[77777] = 1;
  y[133333] = -1;
  Plot plot({.y = {.range = TickRange{-1, 1}}});
  plot.line("spikes", upto(points), y);
  const std::string svg = plot.svg();
  expect_sound(svg);
  EXPECT_LT(svg.size(), 100000u);
  // The spikes reach the ends of the axis: the frame's top and bottom.
  double top = inf, bottom = -inf;
  std::istringstream path(path_of(svg));
  char command = 0;
  for (double px = 0, py = 0; path >> command >> px >> py;) {
    top = std::min(top, py);
    bottom = std::max(bottom, py);
  }
  EXPECT_LT(top, 60);
  EXPECT_GT(bottom, 400);
}

TEST(Plot, BarsStandOnZero) {
  Plot plot({});
  plot.bars("", std::vector<double>{1, 2, 3}, std::vector<double>{2, 3, nan});
  const std::string svg = plot.svg();
  expect_sound(svg);
  EXPECT_EQ(count(svg, "<rect"), 2 + 2);  // background, clip, two bars
  EXPECT_NE(svg.find("class=\"y-label\""), svg.npos);
  EXPECT_NE(svg.find(">0<"), svg.npos) << "zero is on the axis";
}

TEST(Plot, TakesF32) {
  const std::vector<float> x{0, 1, 2}, y{1, 2, 3};
  Plot plot({});
  plot.line("a", x, y);
  EXPECT_EQ(count(path_of(plot.svg()), "L"), 2);
}

TEST(Plot, RefusesWhatItCannotDraw) {
  EXPECT_THROW(Plot({.width = 10}), ValueError);
  EXPECT_THROW(Plot({.y = {.range = TickRange{1, 1}}}), ValueError);
  EXPECT_THROW(Plot({.y = {.scale = Scale::log, .range = TickRange{0, 1}}}), ValueError);
  Plot plot({});
  EXPECT_THROW(plot.line("a", upto(3), upto(2)), ValueError);
}

TEST(Plot, IsSavedWholeOrNotAtAll) {
  std::string pattern = (std::filesystem::temp_directory_path() / "tenon-plot-XXXXXX").string();
  ASSERT_NE(mkdtemp(pattern.data()), nullptr);
  const std::filesystem::path directory = pattern;
  Plot plot({.title = "saved"});
  plot.save((directory / "a.svg").string());
  plot.save((directory / "a.svg").string());
  std::ostringstream text;
  text << std::ifstream(directory / "a.svg").rdbuf();
  EXPECT_EQ(text.str(), plot.svg());
  // A directory in the way: an error, and no temporary file left behind.
  std::filesystem::create_directory(directory / "b.svg");
  EXPECT_THROW(plot.save((directory / "b.svg").string()), FileError);
  EXPECT_THROW(plot.save((directory / "missing" / "a.svg").string()), FileError);
  int entries = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(directory)) ++entries;
  EXPECT_EQ(entries, 2);
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace tenon
