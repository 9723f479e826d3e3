// The plan cache: what is found again, what goes first, and the warning when nothing ever is.
#include "tenon/plan/plan_cache.h"

#include <gtest/gtest.h>

#include "tenon/graph/compose.h"
#include "tests/support/errors.h"

namespace tenon::testing {
namespace {

// Plans of f(x) for the device that launches nothing.
class PlanCacheOfTwo : public ::testing::Test {
 protected:
  static Trace traced(const NodeRef& output) {
    const std::lock_guard lock(graph_mutex());
    return trace(std::span(&output, 1), 1);
  }
  static Trace scaled_by(double factor, std::int64_t length = 16) {
    const NodeRef x = make_argument(DType::f32, {length}, 0);
    return traced(build::binary(Scalar::mul, x, build::full_like(x, factor)));
  }
  std::shared_ptr<Plan> find(const Trace& t) { return cache.find_or_make(device, t.graph, t.hash); }
  void expect_counts(std::int64_t hits, std::int64_t misses) {
    EXPECT_EQ(cache.statistics().hits, hits);
    EXPECT_EQ(cache.statistics().misses, misses);
  }

  Device& device = find_device("null");
  PlanCache cache{2};
};

TEST_F(PlanCacheOfTwo, AnEqualGraphFindsThePlanMadeBefore) {
  const std::shared_ptr<Plan> first = find(scaled_by(2));
  expect_counts(0, 1);
  EXPECT_EQ(find(scaled_by(2)), first);
  expect_counts(1, 1);
}

TEST_F(PlanCacheOfTwo, ADifferentConstantShapeOrOpIsAMiss) {
  const std::shared_ptr<Plan> first = find(scaled_by(2));
  EXPECT_NE(find(scaled_by(3)), first);
  EXPECT_NE(find(scaled_by(2, 17)), first);
  expect_counts(0, 3);
}

// The hash only leads to candidates.
TEST_F(PlanCacheOfTwo, GraphsOfOneHashAreToldApart) {
  const Trace two = scaled_by(2), three = scaled_by(3);
  const std::shared_ptr<Plan> first = cache.find_or_make(device, two.graph, 7),
                              second = cache.find_or_make(device, three.graph, 7);
  EXPECT_NE(first, second);
  EXPECT_EQ(cache.find_or_make(device, two.graph, 7), first);
  EXPECT_EQ(cache.find_or_make(device, three.graph, 7), second);
}

TEST_F(PlanCacheOfTwo, ThePlanUsedLongestAgoGoesFirst) {
  const std::shared_ptr<Plan> two = find(scaled_by(2));
  find(scaled_by(3));
  EXPECT_EQ(find(scaled_by(2)), two);  // now 3 is the older one
  find(scaled_by(4));
  EXPECT_EQ(find(scaled_by(2)), two);
  expect_counts(2, 3);
  find(scaled_by(3));
  expect_counts(2, 4);
}

TEST_F(PlanCacheOfTwo, EvictionFindsItsEntryAmongOthersOfItsHash) {
  const Trace traces[] = {scaled_by(2), scaled_by(3), scaled_by(4)};
  for (const Trace& t : traces) cache.find_or_make(device, t.graph, 7);
  cache.find_or_make(device, traces[1].graph, 7);
  cache.find_or_make(device, traces[2].graph, 7);
  expect_counts(2, 3);
}

TEST_F(PlanCacheOfTwo, EveryDeviceHasItsOwnPlans) {
  const Trace t = scaled_by(2);
  Device& reference = find_device("reference");
  const std::shared_ptr<Plan> here = find(t), there = cache.find_or_make(reference, t.graph, t.hash);
  EXPECT_NE(here, there);
  EXPECT_EQ(&here->device(), &device);
  EXPECT_EQ(&there->device(), &reference);
  EXPECT_EQ(find(t), here);
  expect_counts(1, 2);
}

TEST_F(PlanCacheOfTwo, ClearingForgetsPlansAndCounts) {
  find(scaled_by(2));
  cache.clear();
  expect_counts(0, 0);
  find(scaled_by(2));
  expect_counts(0, 1);
}

TEST_F(PlanCacheOfTwo, PlansThatDifferInConstantsAloneAreReportedOnce) {
  ::testing::internal::CaptureStderr();
  for (int step = 0; step < 40; ++step) find(scaled_by(2 + step));
  const std::string text = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(text.find("differ only in the values of constants"), std::string::npos) << text;
  EXPECT_NE(text.find("Array(learning_rate)"), std::string::npos) << text;
  EXPECT_EQ(text.find("plans have been made"), text.rfind("plans have been made")) << text;
}

TEST_F(PlanCacheOfTwo, NothingIsReportedWhileShapesChange) {
  ::testing::internal::CaptureStderr();
  for (int step = 0; step < 40; ++step) find(scaled_by(2, 16 + step));
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

// A cache that is too small makes the same plans again; that is nothing the user's constants do.
TEST_F(PlanCacheOfTwo, NothingIsReportedWhenEvictedPlansAreMadeAgain) {
  ::testing::internal::CaptureStderr();
  for (int step = 0; step < 60; ++step) find(scaled_by(2, 16 + step % 3));
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace tenon::testing
