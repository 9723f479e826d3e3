#include "tenon/train/ticks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace tenon {
namespace {

constexpr std::array log_mantissas{1.0, 2.0, 5.0};

// A number with the minus sign of print and, if asked for, with groups of three digits.
std::string typeset(std::string number, bool grouped) {
  const std::size_t start = number.starts_with('-') ? 1 : 0;
  const std::size_t end = std::min(number.find('.'), number.size());
  if (grouped)
    for (std::size_t at = end; at > start + 3; at -= 3) number.insert(at - 3, ",");
  if (start == 1) number.replace(0, 1, "−");
  return number;
}

std::string linear_label(double value, double step, double largest, TickFormat format) {
  if (format == TickFormat::percent) {
    value *= 100;
    step *= 100;
    largest *= 100;
  }
  const std::string_view unit = format == TickFormat::percent ? "%" : "";
  if (std::abs(value) < step * 1e-6) return fmt::format("0{}", unit);
  // Far from one, the power of ten is clearer than the zeros.
  if (largest >= 1e7 || largest < 1e-4) {
    const int exponent = static_cast<int>(std::floor(std::log10(largest * (1 + 1e-9))));
    const double mantissa = value / std::pow(10.0, exponent);
    const int digits = std::max(0, exponent - static_cast<int>(std::floor(std::log10(step * (1 + 1e-9)))));
    return typeset(fmt::format("{:.{}f}e{}{}", mantissa, std::min(digits + 1, 12), exponent, unit), false);
  }
  int decimals = 0;
  for (double unit_step = step; decimals < 12 && std::abs(unit_step - std::round(unit_step)) > 1e-6 * unit_step;
       unit_step *= 10)
    ++decimals;
  return typeset(fmt::format("{:.{}f}", value, decimals), largest >= 10000) + std::string(unit);
}

std::string log_label(double mantissa, int exponent, bool plain, TickFormat format) {
  if (format == TickFormat::percent) {
    // 0.01 is 1 %: the decades keep their places two powers lower.
    exponent += 2;
    return fmt::format("{:g}%", mantissa * std::pow(10.0, exponent));
  }
  if (plain) return typeset(fmt::format("{:.{}f}", mantissa * std::pow(10.0, exponent), std::max(0, -exponent)), true);
  if (mantissa == 1.0) return fmt::format("10^{}", exponent);
  return fmt::format("{:g}×10^{}", mantissa, exponent);
}

std::vector<Tick> linear_ticks(TickRange range, TickFormat format, int most, double least_step = 0) {
  const double step = std::max(nice_step(range.low, range.high, most), least_step);
  const double largest = std::max(std::abs(range.low), std::abs(range.high));
  std::vector<Tick> result;
  for (double k = std::ceil(range.low / step - 1e-6); k * step <= range.high + step * 1e-6; ++k) {
    if (static_cast<int>(result.size()) > most + 1) break;
    result.push_back({k * step, linear_label(k * step, step, largest, format)});
  }
  return result;
}

std::vector<Tick> log_ticks(TickRange range, TickFormat format, int most) {
  const double slack = 1e-9;
  const double low = std::log10(range.low) - slack, high = std::log10(range.high) + slack;
  const int first = static_cast<int>(std::floor(low)), last = static_cast<int>(std::ceil(high));
  const auto inside = [&](double mantissa, int exponent) {
    const double at = std::log10(mantissa) + exponent;
    return at >= low && at <= high;
  };
  int decades = 0, labels = 0;
  for (int e = first; e <= last; ++e) {
    decades += inside(1, e);
    for (double m : log_mantissas) labels += inside(m, e);
  }
  if (labels < 2) return linear_ticks(range, format, most);
  const bool label_between = decades < 3;
  const bool lines_between = decades <= 8;
  const int every = std::max(1, (decades + most) / (most + 1));
  const bool plain = low >= -4 && high <= 5 && range.high / range.low < 1e6;

  std::vector<Tick> result;
  for (int e = first; e <= last; ++e) {
    for (int digit = 1; digit <= 9; ++digit) {
      const double m = digit;
      if (!inside(m, e)) continue;
      const bool major = digit == 1 || (label_between && (digit == 2 || digit == 5));
      if (digit != 1 && !lines_between) continue;
      if (digit == 1 && e % every != 0) continue;
      result.push_back({m * std::pow(10.0, e), major ? log_label(m, e, plain, format) : ""});
    }
  }
  return result;
}

}  // namespace

double nice_step(double low, double high, int most) {
  const double least = (high - low) / std::max(most, 1);
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  for (double factor : {1.0, 2.0, 2.5, 5.0})
    if (factor * power >= least * (1 - 1e-9)) return factor * power;
  return 10 * power;
}

std::vector<Tick> ticks(TickRange range, Scale scale, TickFormat format, int most, double least_step) {
  return scale == Scale::log ? log_ticks(range, format, most) : linear_ticks(range, format, most, least_step);
}

TickRange nice_range(TickRange data, Scale scale, int most) {
  auto [low, high] = data;
  if (scale == Scale::linear) {
    // Closer together than this, f64 cannot tell the ticks apart.
    const double apart = std::max(std::abs(low), std::abs(high)) * 1e-9;
    if (high - low <= apart) {
      const double half = low == 0 ? 0.5 : std::abs(low) * 0.1;
      low -= half;
      high += half;
    }
    const double step = nice_step(low, high, most);
    return {std::floor(low / step + 1e-6) * step, std::ceil(high / step - 1e-6) * step};
  }
  if (high / low <= 1 + 1e-9) {
    low /= 2;
    high *= 2;
  }
  const auto snap = [](double value, bool down) {
    const double power = std::pow(10.0, std::floor(std::log10(value)));
    double best = down ? power : 10 * power;
    for (double m : log_mantissas) {
      if (down && m * power <= value * (1 + 1e-9)) best = m * power;
      if (!down && m * power >= value * (1 - 1e-9)) best = std::min(best, m * power);
    }
    return best;
  };
  return {snap(low, true), snap(high, false)};
}

}  // namespace tenon
