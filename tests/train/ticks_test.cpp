#include "tenon/train/ticks.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tenon {
namespace {

std::vector<std::string> labels(const std::vector<Tick>& ticks) {
  std::vector<std::string> result;
  for (const Tick& tick : ticks)
    if (!tick.label.empty()) result.push_back(tick.label);
  return result;
}
using Labels = std::vector<std::string>;

TEST(Ticks, StepsAreRoundNumbers) {
  EXPECT_DOUBLE_EQ(nice_step(0, 1, 5), 0.2);
  EXPECT_DOUBLE_EQ(nice_step(0, 1, 4), 0.25);
  EXPECT_DOUBLE_EQ(nice_step(0, 1400, 8), 200);
  EXPECT_DOUBLE_EQ(nice_step(-3e-7, 3e-7, 6), 1e-7);
}

TEST(Ticks, LinearTicksCoverTheRangeInEqualSteps) {
  for (TickRange range : {TickRange{0, 1}, TickRange{-3.7, 12.2}, TickRange{1e6, 1e6 + 7}, TickRange{-1e-9, 2e-9}}) {
    const std::vector<Tick> t = ticks(range, Scale::linear, TickFormat::number, 8);
    ASSERT_GE(t.size(), 3u);
    ASSERT_LE(t.size(), 9u);
    const double step = t[1].value - t[0].value;
    for (std::size_t i = 1; i < t.size(); ++i) {
      EXPECT_NEAR(t[i].value - t[i - 1].value, step, step * 1e-6);
      EXPECT_NE(t[i].label, t[i - 1].label);
    }
    EXPECT_LT(t.front().value - range.low, step);
    EXPECT_LT(range.high - t.back().value, step);
  }
}

TEST(Ticks, LabelsHaveTheDecimalsOfTheStep) {
  EXPECT_EQ(labels(ticks({0, 1}, Scale::linear, TickFormat::number, 4)), (Labels{"0", "0.25", "0.50", "0.75", "1.00"}));
  EXPECT_EQ(labels(ticks({0, 1}, Scale::linear, TickFormat::percent, 5)),
            (Labels{"0%", "20%", "40%", "60%", "80%", "100%"}));
  EXPECT_EQ(labels(ticks({-1, 1}, Scale::linear, TickFormat::number, 2)), (Labels{"−1", "0", "1"}));
  EXPECT_EQ(labels(ticks({0, 40000}, Scale::linear, TickFormat::number, 2)), (Labels{"0", "20,000", "40,000"}));
}

TEST(Ticks, NoStepIsSmallerThanAsked) {
  EXPECT_EQ(labels(ticks({0.25, 4.75}, Scale::linear, TickFormat::number, 10, 1)), (Labels{"1", "2", "3", "4"}));
}

TEST(Ticks, LogLabelsAreAtDecades) {
  const std::vector<Tick> t = ticks({1e-7, 10}, Scale::log, TickFormat::number, 8);
  EXPECT_EQ(labels(t), (Labels{"10^-7", "10^-6", "10^-5", "10^-4", "10^-3", "10^-2", "10^-1", "10^0", "10^1"}));
  for (const Tick& tick : t)
    if (!tick.label.empty()) {
      EXPECT_NEAR(std::log10(tick.value), std::round(std::log10(tick.value)), 1e-9);
    }
  EXPECT_EQ(labels(ticks({0.01, 100}, Scale::log, TickFormat::number, 8)), (Labels{"0.01", "0.1", "1", "10", "100"}));
}

TEST(Ticks, ManyDecadesAreThinnedEvenly) {
  const std::vector<Tick> t = ticks({1e-30, 1}, Scale::log, TickFormat::number, 6);
  EXPECT_LE(t.size(), 8u);
  EXPECT_GE(t.size(), 4u);
}

TEST(Ticks, ShortLogRangesGetLabelsBetweenDecades) {
  EXPECT_EQ(labels(ticks({0.2, 1}, Scale::log, TickFormat::number, 8)), (Labels{"0.2", "0.5", "1"}));
  EXPECT_GE(labels(ticks({0.31, 0.36}, Scale::log, TickFormat::number, 5)).size(), 2u);
}

TEST(Ticks, NiceRangesHoldTheDataAndEndOnTicks) {
  const TickRange linear = nice_range({0.13, 0.87}, Scale::linear, 5);
  EXPECT_DOUBLE_EQ(linear.low, 0);
  EXPECT_DOUBLE_EQ(linear.high, 1);
  const TickRange log = nice_range({0.0031, 7.2}, Scale::log, 5);
  EXPECT_NEAR(log.low, 0.002, 1e-12);
  EXPECT_NEAR(log.high, 10, 1e-9);
  for (double value : {0.0, 3.0, -2e-8, 1e200}) {
    const TickRange single = nice_range({value, value}, Scale::linear, 5);
    EXPECT_LT(single.low, value);
    EXPECT_GT(single.high, value);
  }
}

}  // namespace
}  // namespace tenon
