#include "tenon/train/svg_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "tenon/core/error.h"
#include "tenon/io/atomic_file.h"

namespace tenon {
namespace {

// Okabe and Ito, "Color Universal Design" (2008), without yellow, which is too faint for a line.
constexpr std::array<std::string_view, 7> palette{"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                  "#e69f00", "#56b4e9", "#333333"};
constexpr std::string_view font = "Helvetica Neue, Helvetica, Arial, Liberation Sans, DejaVu Sans, sans-serif";
constexpr std::string_view ink = "#222222", soft_ink = "#555555";
constexpr std::string_view axis_color = "#888888", grid_color = "#e4e4e4", faint_grid_color = "#f3f3f3";
constexpr double title_size = 17, axis_title_size = 13.5, label_size = 12.5;
constexpr double legend_text = 28, legend_row = 24;  // where an entry's name starts; from row to row
// Beyond these the differences and ratios that scales are made of leave the range of f64.
constexpr double largest_value = 1e300, smallest_log_value = 1e-300;

struct Rectangle {
  double left, top, right, bottom;
  double width() const { return right - left; }
  double height() const { return bottom - top; }
};

// One axis: which values it shows and where they lie in pixels.
struct Axis {
  Scale scale;
  TickRange range;
  double pixel_low, pixel_high;
  std::vector<Tick> ticks;

  bool has_place(double value) const {
    return std::abs(value) <= largest_value && (scale == Scale::linear || value >= smallest_log_value);
  }
  double pixel(double value) const {
    const auto map = [this](double v) { return scale == Scale::log ? std::log10(v) : v; };
    const double t = (map(value) - map(range.low)) / (map(range.high) - map(range.low));
    // Far outside the frame every place looks the same, and the renderer's numbers stay small.
    return pixel_low + std::clamp(t, -10.0, 10.0) * (pixel_high - pixel_low);
  }
};

struct Point {
  double x, y;
};

std::vector<double> to_double(std::span<const float> values) { return {values.begin(), values.end()}; }
std::vector<double> copy(std::span<const double> values) { return {values.begin(), values.end()}; }

// The length of the UTF-8 sequence at the start of `text`; 0 when it is not valid there.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0u) == 0x80u; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead < 0xE0 && follows(1)) return 2;
  if (lead >= 0xE0 && lead < 0xF0 && follows(1) && follows(2)) {
    const bool overlong = lead == 0xE0 && byte(1) < 0xA0, surrogate = lead == 0xED && byte(1) >= 0xA0;
    return overlong || surrogate ? 0 : 3;
  }
  if (lead >= 0xF0 && lead < 0xF5 && follows(1) && follows(2) && follows(3)) {
    const bool overlong = lead == 0xF0 && byte(1) < 0x90, too_large = lead == 0xF4 && byte(1) >= 0x90;
    return overlong || too_large ? 0 : 4;
  }
  return 0;
}

// Text as XML may hold it: markup escaped, control characters and broken UTF-8 replaced.
std::string escape(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const char c = text.front();
    if (c == '&')
      result += "&amp;";
    else if (c == '<')
      result += "&lt;";
    else if (c == '>')
      result += "&gt;";
    else if (c == '"')
      result += "&quot;";
    else if (length == 0)
      result += "\xEF\xBF\xBD";
    else if (length == 1 && static_cast<unsigned char>(c) < 0x20)
      result += ' ';
    else
      result += text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return result;
}

// A tick's label as SVG: "10^-3" and "2.5e-7" become powers of ten with a superscript.
std::string label_markup(const std::string& label) {
  const std::size_t caret = label.find('^'), e = label.find('e');
  if (caret == label.npos && e == label.npos) return escape(label);
  const std::size_t at = caret != label.npos ? caret : e;
  std::string head = label.substr(0, at), power = label.substr(at + 1), unit;
  if (power.ends_with('%')) {
    power.pop_back();
    unit = "%";
  }
  if (caret == label.npos) head += "×10";
  if (power.starts_with('-')) power.replace(0, 1, "−");
  return fmt::format(R"({}<tspan dy="-4.5" font-size="{}">{}</tspan>)", escape(head), label_size * 0.75, power) +
         (unit.empty() ? "" : fmt::format(R"(<tspan dy="4.5">{}</tspan>)", unit));
}

// What text takes in a sans-serif face, roughly; used to lay out, never to cut.
double text_width(std::string_view text, double size) {
  double ems = 0;
  for (char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0) == 0x80) continue;
    ems += c == 'i' || c == 'l' || c == 'j' || c == '.' || c == ',' || c == '^' ? 0.27
           : c == 'm' || c == 'w'                                               ? 0.8
                                                                                : 0.56;
  }
  return ems * size;
}

// The range of the values that have a place on the axis.
std::optional<TickRange> data_range(const std::vector<Plot::Series>& series, bool of_x, const Axis& x, const Axis& y) {
  std::optional<TickRange> range;
  for (const Plot::Series& s : series) {
    for (std::size_t i = 0; i < s.x.size(); ++i) {
      if (!x.has_place(s.x[i]) || !y.has_place(s.y[i])) continue;
      const double value = of_x ? s.x[i] : s.y[i];
      if (!range) range = {value, value};
      range->low = std::min(range->low, value);
      range->high = std::max(range->high, value);
    }
  }
  return range;
}

// The least distance between neighbouring bars, in the units of x.
double bar_spacing(const std::vector<Plot::Series>& series) {
  std::vector<double> places;
  for (const Plot::Series& s : series)
    if (s.kind == Plot::Kind::bars)
      for (double x : s.x)
        if (std::abs(x) <= largest_value) places.push_back(x);
  std::ranges::sort(places);
  double spacing = std::numeric_limits<double>::infinity();
  for (std::size_t i = 1; i < places.size(); ++i)
    if (places[i] > places[i - 1]) spacing = std::min(spacing, places[i] - places[i - 1]);
  return std::isinf(spacing) ? 1.0 : spacing;
}

bool has_bars(const std::vector<Plot::Series>& series) {
  return std::ranges::any_of(series, [](const Plot::Series& s) { return s.kind == Plot::Kind::bars; });
}

TickRange empty_range(Scale scale) { return scale == Scale::log ? TickRange{0.1, 1} : TickRange{0, 1}; }

TickRange x_range(const AxisOptions& options, const std::vector<Plot::Series>& series, std::optional<TickRange> data) {
  if (options.range) return *options.range;
  if (!data) return empty_range(options.scale);
  if (has_bars(series) && options.scale == Scale::linear) {
    const double margin = 0.75 * bar_spacing(series);
    return {data->low - margin, data->high + margin};
  }
  // Curves use the full width: the ends are the data's own.
  const bool apart = options.scale == Scale::log
                         ? data->high / data->low > 1 + 1e-9
                         : data->high - data->low > 1e-9 * std::max(std::abs(data->low), std::abs(data->high));
  return apart ? *data : nice_range(*data, options.scale, 8);
}

TickRange y_range(const AxisOptions& options, const std::vector<Plot::Series>& series, std::optional<TickRange> data,
                  int most) {
  if (options.range) return *options.range;
  if (!data) return empty_range(options.scale);
  if (options.scale == Scale::linear) {
    if (options.format == TickFormat::percent && data->low >= 0 && data->high <= 1) return {0, 1};
    if (has_bars(series)) *data = {std::min(data->low, 0.0), std::max(data->high, 0.0)};
  }
  return nice_range(*data, options.scale, most);
}

// Keeps, of each run of points that share a column of pixels, the first, the lowest, the highest and
// the last: the picture is the same, and the file holds at most four points a column.
std::vector<Point> thinned(const std::vector<Point>& points, double width) {
  if (static_cast<double>(points.size()) <= 2 * width) return points;
  std::vector<Point> result;
  for (std::size_t begin = 0; begin < points.size();) {
    std::size_t end = begin, low = begin, high = begin;
    for (; end < points.size() && std::floor(points[end].x) == std::floor(points[begin].x); ++end) {
      if (points[end].y < points[low].y) low = end;
      if (points[end].y > points[high].y) high = end;
    }
    std::array<std::size_t, 4> kept{begin, std::min(low, high), std::max(low, high), end - 1};
    for (std::size_t i = 0; i < kept.size(); ++i)
      if (i == 0 || kept[i] != kept[i - 1]) result.push_back(points[kept[i]]);
    begin = end;
  }
  return result;
}

// "M1 2L3 4L5 6": to a twentieth of a pixel. A point alone becomes a dot, thanks to the round caps.
std::string path_data(const std::vector<Point>& points) {
  std::string data;
  for (std::size_t i = 0; i < points.size(); ++i)
    data += fmt::format("{}{:.2f} {:.2f}", i == 0 ? 'M' : 'L', points[i].x, points[i].y);
  if (points.size() == 1) data += "h0";
  return data;
}

class Drawing {
 public:
  Drawing(const PlotOptions& options, const std::vector<Plot::Series>& series) : options_(options), series_(series) {}

  std::string svg() {
    lay_out();
    begin();
    grid();
    data();
    axes();
    titles();
    legend();
    return text_ + "</svg>\n";
  }

 private:
  void lay_out() {
    const bool has_title = !options_.title.empty();
    const int rows = legend_rows();
    frame_.top = (has_title ? 46 : 18) + (rows > 0 ? 4 + legend_row * rows : has_title ? 8 : 0);
    frame_.right = options_.width - 30.0;
    frame_.bottom = options_.height - 34.0 - (options_.x.title.empty() ? 0 : 22);
    const int most_y = std::clamp(static_cast<int>(frame_.height() / 52), 2, 8);
    x_.scale = options_.x.scale;
    y_.scale = options_.y.scale;
    x_.range = x_range(options_.x, series_, data_range(series_, true, x_, y_));
    y_.range = y_range(options_.y, series_, data_range(series_, false, x_, y_), most_y);
    y_.ticks = ticks(y_.range, y_.scale, options_.y.format, most_y);
    double widest = 0;
    for (const Tick& tick : y_.ticks) widest = std::max(widest, text_width(tick.label, label_size));
    frame_.left = 24 + widest + (options_.y.title.empty() ? 0 : 26);
    x_.ticks = ticks(x_.range, x_.scale, options_.x.format, std::clamp(static_cast<int>(frame_.width() / 85), 2, 10),
                     has_bars(series_) ? bar_spacing(series_) : 0);
    x_.pixel_low = frame_.left;
    x_.pixel_high = frame_.right;
    y_.pixel_low = frame_.bottom;
    y_.pixel_high = frame_.top;
  }

  void begin() {
    add(R"(<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}" viewBox="0 0 {0} {1}" font-family="{2}">)",
        options_.width, options_.height, font);
    if (!options_.title.empty()) add("<title>{}</title>", escape(options_.title));
    add(R"(<rect width="{}" height="{}" fill="#ffffff"/>)", options_.width, options_.height);
    // Room above and below for half a line's thickness: curves at 0 % and 100 % are seen whole.
    add(R"(<clipPath id="frame"><rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/></clipPath>)",
        frame_.left - 2, frame_.top - 3, frame_.width() + 5, frame_.height() + 6);
  }

  void grid() {
    for (const Tick& tick : y_.ticks) {
      const double y = y_.pixel(tick.value);
      grid_line(frame_.left, y, frame_.right, y, tick.label.empty());
    }
    if (has_bars(series_)) return;  // bars stand on the vertical lines themselves
    for (const Tick& tick : x_.ticks) {
      const double x = x_.pixel(tick.value);
      grid_line(x, frame_.top, x, frame_.bottom, tick.label.empty());
    }
  }

  void grid_line(double x1, double y1, double x2, double y2, bool faint) {
    add(R"(<line class="grid" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}" stroke="{}"/>)", x1, y1, x2, y2,
        faint ? faint_grid_color : grid_color);
  }

  void data() {
    add(R"svg(<g clip-path="url(#frame)">)svg");
    std::size_t bar_series = 0, bar_index = 0;
    for (const Plot::Series& s : series_) bar_series += s.kind == Plot::Kind::bars;
    // Bars first, so that lines stay in front.
    for (const Plot::Series& s : series_)
      if (s.kind == Plot::Kind::bars) bars(s, bar_index++, bar_series);
    for (const Plot::Series& s : series_)
      if (s.kind == Plot::Kind::line) line(s);
    add("</g>");
  }

  void line(const Plot::Series& s) {
    std::string path;
    std::vector<Point> run;
    const auto end_run = [&] {
      if (!run.empty()) path += path_data(thinned(run, frame_.width()));
      run.clear();
    };
    for (std::size_t i = 0; i < s.x.size(); ++i) {
      if (x_.has_place(s.x[i]) && y_.has_place(s.y[i]))
        run.push_back({x_.pixel(s.x[i]), y_.pixel(s.y[i])});
      else
        end_run();
    }
    end_run();
    if (path.empty()) return;
    add(R"(<path class="series" fill="none" stroke="{}" stroke-width="2" stroke-linejoin="round" stroke-linecap="round" d="{}"/>)",
        escape(s.color), path);
  }

  void bars(const Plot::Series& s, std::size_t index, std::size_t count) {
    const double spacing = bar_spacing(series_);
    const double base =
        y_.scale == Scale::linear ? y_.pixel(std::clamp(0.0, y_.range.low, y_.range.high)) : frame_.bottom;
    add(R"(<g class="series" fill="{}">)", escape(s.color));
    for (std::size_t i = 0; i < s.x.size(); ++i) {
      if (!x_.has_place(s.x[i]) || !y_.has_place(s.y[i])) continue;
      const double group = x_.scale == Scale::linear
                               ? x_.pixel(s.x[i] + 0.37 * spacing) - x_.pixel(s.x[i] - 0.37 * spacing)
                               : 6.0 * static_cast<double>(count);
      const double width = std::max(group / static_cast<double>(count), 0.5);
      const double left = x_.pixel(s.x[i]) - group / 2 + width * static_cast<double>(index);
      const double top = y_.pixel(s.y[i]);
      add(R"(<rect x="{:.2f}" y="{:.2f}" width="{:.2f}" height="{:.2f}"/>)", left, std::min(top, base), width,
          std::abs(top - base));
    }
    add("</g>");
  }

  void axes() {
    // A bar's base line is zero; otherwise the frame's bottom.
    add(R"(<line class="axis" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}" stroke="{}"/>)", frame_.left,
        frame_.bottom, frame_.right, frame_.bottom, axis_color);
    if (has_bars(series_) && y_.scale == Scale::linear && y_.range.low < 0 && y_.range.high > 0)
      add(R"(<line class="axis" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}" stroke="{}"/>)", frame_.left,
          y_.pixel(0), frame_.right, y_.pixel(0), axis_color);
    add(R"(<g font-size="{}" fill="{}">)", label_size, soft_ink);
    for (const Tick& tick : x_.ticks) {
      if (tick.label.empty()) continue;
      const double x = x_.pixel(tick.value);
      add(R"(<line class="tick" x1="{0:.1f}" y1="{1:.1f}" x2="{0:.1f}" y2="{2:.1f}" stroke="{3}"/>)", x, frame_.bottom,
          frame_.bottom + 5, axis_color);
      add(R"(<text class="x-label" x="{:.1f}" y="{:.1f}" text-anchor="middle">{}</text>)", x, frame_.bottom + 20,
          label_markup(tick.label));
    }
    for (const Tick& tick : y_.ticks) {
      if (tick.label.empty()) continue;
      add(R"(<text class="y-label" x="{:.1f}" y="{:.1f}" text-anchor="end">{}</text>)", frame_.left - 9,
          y_.pixel(tick.value) + 4.3, label_markup(tick.label));
    }
    add("</g>");
  }

  void titles() {
    if (!options_.title.empty())
      add(R"(<text class="title" x="{:.1f}" y="30" font-size="{}" font-weight="600" fill="{}">{}</text>)", frame_.left,
          title_size, ink, escape(options_.title));
    if (!options_.x.title.empty())
      add(R"(<text class="x-title" x="{:.1f}" y="{}" font-size="{}" fill="{}" text-anchor="middle">{}</text>)",
          (frame_.left + frame_.right) / 2, options_.height - 14, axis_title_size, ink, escape(options_.x.title));
    if (!options_.y.title.empty())
      add(R"svg(<text class="y-title" transform="translate(22 {:.1f}) rotate(-90)" font-size="{}" fill="{}" text-anchor="middle">{}</text>)svg",
          (frame_.top + frame_.bottom) / 2, axis_title_size, ink, escape(options_.y.title));
  }

  // Rows above the frame, where they cover no data.
  void legend() {
    double x = frame_.left;
    double y = frame_.top - 18 - legend_row * (legend_rows() - 1);
    for (const Plot::Series& s : series_) {
      if (s.name.empty()) continue;
      if (x > frame_.left && x + legend_width(s) > legend_end()) {
        x = frame_.left;
        y += legend_row;
      }
      if (s.kind == Plot::Kind::line)
        add(R"(<line x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}" stroke="{}" stroke-width="3" stroke-linecap="round"/>)",
            x + 1.5, y, x + 20.5, y, escape(s.color));
      else
        add(R"(<rect x="{:.1f}" y="{:.1f}" width="22" height="12" fill="{}"/>)", x, y - 6, escape(s.color));
      add(R"(<text class="legend" x="{:.1f}" y="{:.1f}" font-size="{}" fill="{}">{}</text>)", x + legend_text, y + 4.5,
          axis_title_size, ink, escape(s.name));
      x += legend_width(s);
    }
  }

  static double legend_width(const Plot::Series& s) { return legend_text + text_width(s.name, axis_title_size) + 26; }
  // 0 without named series. Needed before the frame's left is known, so the rows are counted from 0
  // with the room that the widest usual labels leave, and laid out in the same room.
  int legend_rows() const {
    int rows = 0;
    double x = 0;
    for (const Plot::Series& s : series_) {
      if (s.name.empty()) continue;
      if (rows == 0 || (x > 0 && x + legend_width(s) > legend_room())) {
        ++rows;
        x = 0;
      }
      x += legend_width(s);
    }
    return rows;
  }
  double legend_room() const { return options_.width - 130.0; }
  double legend_end() const { return frame_.left + legend_room(); }

  template <class... Values>
  void add(fmt::format_string<Values...> format, Values&&... values) {
    text_ += fmt::format(format, std::forward<Values>(values)...);
    text_ += '\n';
  }

  const PlotOptions& options_;
  const std::vector<Plot::Series>& series_;
  Rectangle frame_{};
  Axis x_{}, y_{};
  std::string text_;
};

void check_axis(std::string_view name, const AxisOptions& options) {
  if (!options.range) return;
  const auto [low, high] = *options.range;
  if (!(low < high) || std::abs(low) > largest_value || std::abs(high) > largest_value ||
      (options.scale == Scale::log && low < smallest_log_value))
    throw ValueError(fmt::format("plot: the range of {} is [{}, {}]; it must rise, be finite{}", name, low, high,
                                 options.scale == Scale::log ? ", and be positive on a log scale" : ""));
}

}  // namespace

Plot::Plot(PlotOptions options) : options_(std::move(options)) {
  if (options_.width < 240 || options_.height < 180 || options_.width > 20000 || options_.height > 20000)
    throw ValueError(fmt::format("plot: {} x {} pixels asked for; from 240 x 180 to 20000 x 20000 are possible",
                                 options_.width, options_.height));
  check_axis("x", options_.x);
  check_axis("y", options_.y);
}

void Plot::line(std::string name, std::span<const double> x, std::span<const double> y, std::string color) {
  add(Kind::line, std::move(name), copy(x), copy(y), std::move(color));
}
void Plot::line(std::string name, std::span<const float> x, std::span<const float> y, std::string color) {
  add(Kind::line, std::move(name), to_double(x), to_double(y), std::move(color));
}
void Plot::bars(std::string name, std::span<const double> x, std::span<const double> y, std::string color) {
  add(Kind::bars, std::move(name), copy(x), copy(y), std::move(color));
}
void Plot::bars(std::string name, std::span<const float> x, std::span<const float> y, std::string color) {
  add(Kind::bars, std::move(name), to_double(x), to_double(y), std::move(color));
}

void Plot::add(Kind kind, std::string name, std::vector<double> x, std::vector<double> y, std::string color) {
  if (x.size() != y.size())
    throw ValueError(fmt::format("plot: series '{}' has {} x and {} y values", name, x.size(), y.size()));
  if (color.empty()) color = palette[series_.size() % palette.size()];
  series_.push_back({kind, std::move(name), std::move(color), std::move(x), std::move(y)});
}

std::string Plot::svg() const { return Drawing(options_, series_).svg(); }

void Plot::save(const std::string& path) const { write_atomically(path, svg()); }

}  // namespace tenon
