#include "tenon/runtime/kernel_units.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace tenon {
namespace {

/// Kernels with texts of the given sizes; those of negative size are of class vector_types.
struct Batch {
  std::vector<KernelSource> sources;
  std::vector<const KernelSource*> pointers;

  explicit Batch(const std::vector<int>& sizes) {
    for (const int size : sizes) {
      sources.push_back({"k", std::string(static_cast<std::size_t>(std::abs(size)), ' '),
                         size < 0 ? OptimizationClass::vector_types : OptimizationClass::scalar_loops});
    }
    for (const KernelSource& source : sources) pointers.push_back(&source);
  }
};

TEST(KernelUnits, EveryKernelIsInOneUnitOfItsClass) {
  const Batch batch({10, -20, 30, -40, 50, 60, -70, 0});
  std::vector<std::size_t> seen;
  for (const KernelUnit& unit : split_into_units(batch.pointers, 2)) {
    EXPECT_FALSE(unit.kernels.empty());
    for (const std::size_t kernel : unit.kernels) {
      EXPECT_EQ(batch.sources[kernel].optimization, unit.optimization);
      seen.push_back(kernel);
    }
  }
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(seen, (std::vector<std::size_t>{0, 1, 2, 3, 4, 5, 6, 7}));
}

TEST(KernelUnits, OneKernelIsOneUnit) { EXPECT_EQ(split_into_units(Batch({100}).pointers, 8).size(), 1u); }

TEST(KernelUnits, AUsersKernelIsAlone) {
  Batch batch({10, 20, -30, 40});
  batch.sources[1].users_name = batch.sources[2].users_name = "theirs";
  std::vector<std::vector<std::size_t>> units;
  for (const KernelUnit& unit : split_into_units(batch.pointers, 1)) units.push_back(unit.kernels);
  std::sort(units.begin(), units.end());
  EXPECT_EQ(units, (std::vector<std::vector<std::size_t>>{{0, 3}, {1}, {2}}));
}

TEST(KernelUnits, ThereAreAtMostTwiceAsManyAsCpusAndOnePerClass) {
  const Batch batch(std::vector<int>(200, 1000));
  EXPECT_EQ(split_into_units(batch.pointers, 4).size(), 8u);
  EXPECT_EQ(split_into_units(Batch(std::vector<int>(10, 1000)).pointers, 4).size(), 4u);
  EXPECT_EQ(split_into_units(Batch({1000, -1000}).pointers, 1).size(), 2u);
}

TEST(KernelUnits, UnitsHaveAboutEqualAmountsOfText) {
  const Batch batch({700, 100, 100, 100, 100, 100, 100, 100});
  const std::vector<KernelUnit> units = split_into_units(batch.pointers, 2);
  ASSERT_EQ(units.size(), 2u);
  EXPECT_EQ(std::min(units[0].kernels.size(), units[1].kernels.size()), 1u);
}

}  // namespace
}  // namespace tenon
