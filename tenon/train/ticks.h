// Where an axis of a plot puts its ticks, and what they are called.
#pragma once

#include <string>
#include <vector>

namespace tenon {

enum class Scale { linear, log };
enum class TickFormat { number, percent };

struct Tick {
  double value;
  // Plain text, except that "10^n" asks for n to be set as a superscript. Empty: a grid line alone.
  std::string label;
};

struct TickRange {
  double low, high;
};

/// The step of a linear axis over [low, high]: the least of 1, 2, 2.5 or 5 times a power of ten that
/// gives at most `most` intervals.
double nice_step(double low, double high, int most);

/// Ticks within [low, high], low < high, both finite (and positive on a log scale). A linear axis has
/// at most `most` + 1 labels; a log axis has them at the decades (every n-th when there are many;
/// also at 2 and 5 times a decade when there are fewer than three), and lines between decades without.
/// Linear ticks are at least `least_step` apart.
std::vector<Tick> ticks(TickRange range, Scale scale, TickFormat format, int most, double least_step = 0);

/// Wide enough for the data and no wider than its look demands: on a linear axis up to the next
/// ticks, on a log axis up to the next 1, 2 or 5 times a power of ten. Equal ends are moved apart.
TickRange nice_range(TickRange data, Scale scale, int most);

}  // namespace tenon
