// Index algebra: every rule keeps the value, ranges hold, and what views make folds back to nothing.
#include "tenon/kernel/expr.h"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <random>

#include "tests/support/host_values.h"

namespace tenon::testing {
namespace {

std::int64_t floor_divide(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0); }

// The value of an index expression, by definition; `at` gives those of its variables.
std::int64_t value_of(Expr e, const std::function<std::int64_t(Expr)>& at) {
  switch (e->kind) {
    case ExprKind::integer:
    case ExprKind::number: return e->value;
    case ExprKind::affine: {
      std::int64_t sum = e->value;
      for (std::size_t i = 0; i < e->terms.size(); ++i) sum += e->coefficients[i] * value_of(e->terms[i], at);
      return sum;
    }
    case ExprKind::divide: return floor_divide(value_of(e->terms[0], at), e->value);
    case ExprKind::modulo: {
      const std::int64_t x = value_of(e->terms[0], at);
      return x - e->value * floor_divide(x, e->value);
    }
    case ExprKind::within: {
      const std::int64_t x = value_of(e->terms[0], at);
      return x >= e->value && x < e->upper;
    }
    default: return at(e);
  }
}

// A random index expression built by the pool's rules, beside the same one built by definition.
class RandomIndex {
 public:
  explicit RandomIndex(std::uint64_t seed) : random_(seed) {
    for (const std::int64_t extent : {3, 4, 6}) variables_.push_back(pool.variable(extent));
  }

  struct Both {
    Expr expr;
    std::function<std::int64_t(std::span<const std::int64_t>)> value;
  };

  Both make(int depth) {
    if (depth == 0 || below(6) == 0) {
      const std::size_t which = static_cast<std::size_t>(below(3));
      return {variables_[which], [which](auto at) { return at[which]; }};
    }
    const Both a = make(depth - 1);
    const std::int64_t number = 1 + below(8);
    switch (below(5)) {
      case 0: {
        const Both b = make(depth - 1);
        return {pool.add(a.expr, b.expr), [a, b](auto at) { return a.value(at) + b.value(at); }};
      }
      case 1: {
        const std::int64_t factor = below(15) - 5;
        return {pool.multiply(a.expr, factor), [a, factor](auto at) { return a.value(at) * factor; }};
      }
      case 2: {
        const std::int64_t shift = below(21) - 10;
        return {pool.add(a.expr, shift), [a, shift](auto at) { return a.value(at) + shift; }};
      }
      case 3: return {pool.divide(a.expr, number), [a, number](auto at) { return floor_divide(a.value(at), number); }};
      default:
        return {pool.modulo(a.expr, number),
                [a, number](auto at) { return a.value(at) - number * floor_divide(a.value(at), number); }};
    }
  }

  std::int64_t below(std::int64_t limit) { return std::uniform_int_distribution<std::int64_t>(0, limit - 1)(random_); }

  // Calls f(values of the variables) for all of them; the variables' own numbers are 0, 1 and 2.
  template <class F>
  void for_all_values(F f) const {
    std::array<std::int64_t, 3> at{};
    for (at[0] = 0; at[0] < 3; ++at[0])
      for (at[1] = 0; at[1] < 4; ++at[1])
        for (at[2] = 0; at[2] < 6; ++at[2]) f(std::span<const std::int64_t>(at));
  }

  const std::vector<Expr>& variables() const { return variables_; }

  ExprPool pool;

 private:
  std::mt19937_64 random_;
  std::vector<Expr> variables_;
};

auto reads(std::span<const std::int64_t> at) {
  return [at](Expr e) { return at[static_cast<std::size_t>(e->value)]; };
}

constexpr std::uint64_t random_cases = 3000;

TEST(IndexAlgebra, RulesKeepTheValueOfRandomExpressions) {
  for (std::uint64_t seed = 0; seed < random_cases; ++seed) {
    RandomIndex random(seed);
    const RandomIndex::Both index = random.make(6);
    bool agrees = true;
    random.for_all_values([&](auto at) { agrees = agrees && value_of(index.expr, reads(at)) == index.value(at); });
    ASSERT_TRUE(agrees) << "seed " << seed << ": " << to_string(index.expr);
  }
}

TEST(IndexAlgebra, RangesEncloseAllValues) {
  for (std::uint64_t seed = 0; seed < random_cases; ++seed) {
    RandomIndex random(seed);
    const RandomIndex::Both index = random.make(6);
    bool encloses = true;
    random.for_all_values([&](auto at) {
      const std::int64_t value = index.value(at);
      encloses = encloses && index.expr->low <= value && value <= index.expr->high;
    });
    ASSERT_TRUE(encloses) << "seed " << seed << ": " << to_string(index.expr) << " in [" << index.expr->low << ", "
                          << index.expr->high << "]";
  }
}

TEST(IndexAlgebra, WithinKeepsTheValueOfRandomTests) {
  for (std::uint64_t seed = 0; seed < random_cases; ++seed) {
    RandomIndex random(seed);
    const RandomIndex::Both index = random.make(4);
    const std::int64_t low = random.below(40) - 20, high = low + random.below(20);
    const Expr test = random.pool.within(index.expr, low, high);
    bool agrees = true;
    random.for_all_values([&](auto at) {
      const bool expected = low <= index.value(at) && index.value(at) < high;
      agrees = agrees && (value_of(test, reads(at)) != 0) == expected;
    });
    ASSERT_TRUE(agrees) << "seed " << seed << ": " << to_string(test);
  }
}

TEST(IndexAlgebra, SubstitutionIsTheFunctionOfTheReplacement) {
  for (std::uint64_t seed = 0; seed < random_cases; ++seed) {
    RandomIndex random(seed);
    const RandomIndex::Both index = random.make(5);
    // Variable 1 becomes 3 - itself, which keeps its range.
    const Expr mirrored = random.pool.add(random.pool.multiply(random.variables()[1], -1), 3);
    const std::pair<Expr, Expr> replacement(random.variables()[1], mirrored);
    const Expr replaced = random.pool.substitute(index.expr, std::span(&replacement, 1));
    bool agrees = true;
    random.for_all_values([&](auto at) {
      const std::array<std::int64_t, 3> other = {at[0], 3 - at[1], at[2]};
      agrees = agrees && value_of(replaced, reads(at)) == index.value(std::span<const std::int64_t>(other));
    });
    ASSERT_TRUE(agrees) << "seed " << seed << ": " << to_string(index.expr) << " became " << to_string(replaced);
  }
}

TEST(IndexAlgebra, LinearInSplitsWhatItSaysIsLinear) {
  for (std::uint64_t seed = 0; seed < random_cases; ++seed) {
    RandomIndex random(seed);
    const RandomIndex::Both index = random.make(5);
    const LinearForm linear = linear_in(index.expr, random.variables()[2]);
    if (!linear.is_linear) continue;
    bool agrees = true;
    random.for_all_values([&](auto at) {
      const std::array<std::int64_t, 3> first = {at[0], at[1], 0};
      const std::int64_t rest = index.value(std::span<const std::int64_t>(first));
      agrees = agrees && index.value(at) == rest + linear.coefficient * at[2];
    });
    ASSERT_TRUE(agrees) << "seed " << seed << ": " << to_string(index.expr);
  }
}

class IndexRules : public ::testing::Test {
 protected:
  ExprPool pool;
  Expr i = pool.variable(6), j = pool.variable(4), wide = pool.variable(1000);
};

TEST_F(IndexRules, EqualExpressionsAreOneNode) {
  EXPECT_EQ(pool.add(i, j), pool.add(j, i));
  EXPECT_EQ(pool.add(pool.multiply(i, 3), pool.multiply(i, -2)), i);
  EXPECT_EQ(pool.add(i, pool.multiply(i, -1)), pool.integer(0));
  EXPECT_EQ(pool.multiply(i, 0), pool.integer(0));
}

TEST_F(IndexRules, AQuotientAndItsRemainderAreTheWholeAgain) {
  const Expr quotient = pool.divide(wide, 7), remainder = pool.modulo(wide, 7);
  EXPECT_EQ(pool.add(pool.multiply(quotient, 7), remainder), wide);
  EXPECT_EQ(pool.add(pool.multiply(quotient, 21), pool.multiply(remainder, 3)), pool.multiply(wide, 3));
  // Three digits: x mod 7, (x / 7) mod 5, x / 35.
  const Expr middle = pool.modulo(quotient, 5), top = pool.divide(wide, 35);
  EXPECT_EQ(pool.add(pool.add(remainder, pool.multiply(middle, 7)), pool.multiply(top, 35)), wide);
}

TEST_F(IndexRules, TheDigitsOfAPositionAreItsIndices) {
  const Expr position = pool.add(pool.multiply(i, 4), j);  // [6, 4]
  EXPECT_EQ(pool.divide(position, 4), i);
  EXPECT_EQ(pool.modulo(position, 4), j);
  EXPECT_EQ(pool.divide(pool.multiply(position, 5), 20), i);
}

TEST_F(IndexRules, WhatIsLessThanAFactorNeverCarries) {
  const Expr position = pool.add(pool.multiply(i, 4), j);  // [6, 4]
  EXPECT_EQ(pool.divide(position, 8), pool.divide(i, 2));
  EXPECT_EQ(pool.modulo(position, 8), pool.add(pool.multiply(pool.modulo(i, 2), 4), j));
  EXPECT_EQ(pool.divide(pool.add(position, 4), 8), pool.divide(pool.add(i, 1), 2));
  // Neither less than 4 nor shared: nothing is known of 4 i + 3 j.
  const Expr carrying = pool.add(pool.multiply(i, 4), pool.multiply(j, 3));
  EXPECT_NE(pool.divide(carrying, 8), pool.divide(i, 2));
}

TEST_F(IndexRules, WhatTheRangeDecidesIsAConstant) {
  EXPECT_EQ(pool.divide(i, 6), pool.integer(0));
  EXPECT_EQ(pool.modulo(i, 6), i);
  EXPECT_EQ(pool.modulo(i, 1), pool.integer(0));
  EXPECT_TRUE(pool.within(i, 0, 6)->value == 1 && pool.within(i, 0, 6)->kind == ExprKind::number);
  EXPECT_TRUE(pool.within(i, 6, 9)->value == 0 && pool.within(i, 6, 9)->kind == ExprKind::number);
  EXPECT_EQ(pool.within(pool.add(i, -2), 0, 3), pool.within(i, 2, 5));
}

TEST_F(IndexRules, SelectionsByConstantsAreTheirBranch) {
  const Expr a = pool.load(DType::f32, 0, i), b = pool.load(DType::f32, 1, i);
  const Expr yes = pool.number(DType::boolean, 1), no = pool.number(DType::boolean, 0);
  const Expr maybe = pool.within(i, 1, 3);
  EXPECT_EQ(pool.scalar(Scalar::where, DType::f32, {yes, a, b}), a);
  EXPECT_EQ(pool.scalar(Scalar::where, DType::f32, {no, a, b}), b);
  EXPECT_EQ(pool.scalar(Scalar::where, DType::f32, {maybe, a, a}), a);
  EXPECT_EQ(pool.scalar(Scalar::logical_and, DType::boolean, {yes, maybe}), maybe);
  EXPECT_EQ(pool.scalar(Scalar::logical_and, DType::boolean, {maybe, no}), no);
  EXPECT_EQ(pool.scalar(Scalar::cast, DType::f32, {a}), a);
}

TEST_F(IndexRules, ACheckedIndexLiesInItsAxis) {
  const Expr row = pool.checked(pool.load(DType::i64, 0, i), 10, 10);
  EXPECT_EQ(row->low, 0);
  EXPECT_EQ(row->high, 9);
  const Expr position = pool.add(pool.multiply(row, 64), j);
  EXPECT_EQ(position->low, 0);
  EXPECT_EQ(position->high, 9 * 64 + 3);
  EXPECT_EQ(pool.divide(position, 64), row);
}

TEST_F(IndexRules, ALocalThatHoldsAnIndexHasItsRange) {
  const Expr row = pool.checked(pool.load(DType::i64, 0, i), 10, 10);
  const Expr position = pool.add(pool.multiply(pool.local_for(row, 0), 64), j);
  EXPECT_EQ(position->low, 0);
  EXPECT_EQ(position->high, 9 * 64 + 3);
}

TEST_F(IndexRules, RangesOfWhatIsUnknownDoNotOverflow) {
  Expr index = pool.local(DType::i64, 0);
  for (int times = 0; times < 3; ++times) {
    index = pool.add(pool.multiply(index, 1 << 20), j);
    EXPECT_LT(index->low, 0);
    EXPECT_GT(index->high, 1000000);
  }
}

TEST_F(IndexRules, ReplacementsReachIntoTheIndicesOfLoads) {
  const Expr value = pool.scalar(Scalar::exp, DType::f32, {pool.load(DType::f32, 0, pool.add(i, j))});
  const std::pair<Expr, Expr> replacement(j, pool.integer(2));
  const Expr expected = pool.scalar(Scalar::exp, DType::f32, {pool.load(DType::f32, 0, pool.add(i, 2))});
  EXPECT_EQ(pool.substitute(value, std::span(&replacement, 1)), expected);
  EXPECT_TRUE(depends_on(value, j));
  EXPECT_FALSE(depends_on(expected, j));
}

TEST_F(IndexRules, LoopVariablesAreDistinctAndPrinted) {
  EXPECT_NE(pool.variable(6), pool.variable(6));
  EXPECT_EQ(to_string(pool.add(pool.multiply(i, 4), pool.add(j, 1))), "(i0 * 4 + i1 + 1)");
  EXPECT_EQ(to_string(pool.within(wide, 3, 5)), "(i2 in [3, 5))");
}

}  // namespace
}  // namespace tenon::testing
