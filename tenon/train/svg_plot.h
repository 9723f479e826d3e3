// Line and bar plots as SVG files: loss curves, accuracies, spectra.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tenon/train/ticks.h"

namespace tenon {

struct AxisOptions {
  std::string title = {};
  Scale scale = Scale::linear;
  TickFormat format = TickFormat::number;  // percent: 0.5 is called 50%
  // What the axis shows; by default the range of the data, widened to round numbers (bars start
  // at zero; an axis of percent whose data lies in [0, 1] shows all of [0, 1]).
  std::optional<TickRange> range = {};
};

struct PlotOptions {
  std::string title = {};
  AxisOptions x = {};
  AxisOptions y = {};
  int width = 900;  // pixels
  int height = 480;
};

/// A plot, built series by series and then written.
///
///   Plot plot({.title = "Loss", .x = {.title = "epoch"}, .y = {.title = "cross-entropy", .scale =
///   Scale::log}}); plot.line("train", epochs, train_losses); plot.line("test", epochs, test_losses);
///   plot.save("loss.svg");
class Plot {
 public:
  /// Throws ValueError when the size is too small to hold axes, or a given range is empty, not finite, or
  /// not positive on a log scale.
  explicit Plot(PlotOptions options);

  /// x, y: [points]. A point that has no place (NaN, infinity, zero or less on a log scale) breaks the
  /// line. Long series are thinned to what the pixels can show; extremes stay. `color` is any CSS
  /// color; by default the next of a palette that colour-blind readers can tell apart.
  /// Throws ValueError when x and y differ in length.
  void line(std::string name, std::span<const double> x, std::span<const double> y, std::string color = {});
  void line(std::string name, std::span<const float> x, std::span<const float> y, std::string color = {});

  /// A bar of height y[i] at x[i]. Several bar series stand side by side.
  void bars(std::string name, std::span<const double> x, std::span<const double> y, std::string color = {});
  void bars(std::string name, std::span<const float> x, std::span<const float> y, std::string color = {});

  /// The picture as an SVG document.
  std::string svg() const;
  /// Writes it, whole or not at all, to `path`, whose directory must exist. Throws FileError.
  void save(const std::string& path) const;

  enum class Kind { line, bars };
  struct Series {
    Kind kind;
    std::string name;  // an empty one gets no legend entry
    std::string color;
    std::vector<double> x, y;
  };

 private:
  void add(Kind kind, std::string name, std::vector<double> x, std::vector<double> y, std::string color);

  PlotOptions options_;
  std::vector<Series> series_;
};

}  // namespace tenon
