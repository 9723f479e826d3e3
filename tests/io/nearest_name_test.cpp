#include "tenon/io/nearest_name.h"

#include <gtest/gtest.h>

#include <vector>

namespace tenon::testing {
namespace {

TEST(NearestName, TakesTheFewestChanges) {
  const std::vector<std::string> names = {"first.bias", "first.weight", "second.weight", "last.weight"};
  EXPECT_EQ(nearest_name("frist.weight", names), "first.weight");
  EXPECT_EQ(nearest_name("first.weights", names), "first.weight");
  EXPECT_EQ(nearest_name("last.wight", names), "last.weight");
  EXPECT_EQ(nearest_name("second.weight", names), "second.weight");
}

TEST(NearestName, IsTheFirstOfSeveralAndNoneThatIsFar) {
  const std::vector<std::string> names = {"ab", "ac", "something.else"};
  EXPECT_EQ(nearest_name("ad", names), "ab");
  EXPECT_EQ(nearest_name("zzzzzzzz", names), "");
  EXPECT_EQ(nearest_name("a", {}), "");
}

TEST(QuotedName, HasNoControlCharactersAndAnEnd) {
  EXPECT_EQ(quoted_name("a.b"), "'a.b'");
  EXPECT_EQ(quoted_name("a\n\x1b[31m"), "'a\\x0a\\x1b[31m'");
  EXPECT_EQ(quoted_name(std::string(200, 'a')), "'" + std::string(100, 'a') + "...'");
}

}  // namespace
}  // namespace tenon::testing
