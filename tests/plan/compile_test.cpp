// compile: traced once, replayed, state in place only where nobody else looks.
#include "tenon/array/compile.h"

#include <gtest/gtest.h>

#include "tenon/array/ops.h"
#include "tenon/core/error.h"
#include "tenon/plan/executable.h"

namespace tenon {
namespace {

using Values = std::vector<float>;

Array array_of(const Values& values) { return Array::from(values, {static_cast<std::int64_t>(values.size())}); }

// state: x -> 2 x + argument; result: the sum of the argument
CompiledStep doubling(int& traces) {
  return compile([&traces](std::span<const Array> state, std::span<const Array> arguments) -> StepResult {
    ++traces;
    return {{state[0] * 2 + arguments[0]}, {sum(arguments[0])}};
  });
}

TEST(Compile, ReplaysWithOtherArgumentsWithoutTracingAgain) {
  int traces = 0;
  CompiledStep step = doubling(traces);
  std::vector<Array> state = {array_of({1, 2, 3})};
  const Array first[] = {array_of({10, 20, 30})}, second[] = {array_of({1, 1, 1})};
  EXPECT_EQ(step(state, first)[0].item<float>(), 60);
  EXPECT_EQ(step(state, second)[0].item<float>(), 3);
  EXPECT_EQ(state[0].to_vector<float>(), (Values{25, 49, 73}));
  EXPECT_EQ(traces, 1);
}

TEST(Compile, TracesAgainForAnotherShape) {
  int traces = 0;
  CompiledStep step = doubling(traces);
  std::vector<Array> small = {array_of({1})}, large = {array_of({1, 2})};
  const Array one[] = {array_of({5})}, two[] = {array_of({5, 6})};
  step(small, one);
  step(large, two);
  step(small, one);
  EXPECT_EQ(traces, 2);
  EXPECT_EQ(small[0].to_vector<float>(), (Values{19}));
  EXPECT_EQ(large[0].to_vector<float>(), (Values{7, 10}));
}

TEST(Compile, UpdatesTheStateInItsOwnMemory) {
  int traces = 0;
  CompiledStep step = doubling(traces);
  std::vector<Array> state = {array_of({1, 2, 3})};
  const Array argument[] = {array_of({0, 0, 0})};
  const Storage* before = state[0].node().storage.get();
  step(state, argument);
  EXPECT_EQ(state[0].node().storage.get(), before);
}

TEST(Compile, LeavesACopyOfTheStateAlone) {
  int traces = 0;
  CompiledStep step = doubling(traces);
  std::vector<Array> state = {array_of({1, 2, 3})};
  const Array copy = state[0];
  const Array argument[] = {array_of({0, 0, 0})};
  step(state, argument);
  EXPECT_EQ(copy.to_vector<float>(), (Values{1, 2, 3}));
  EXPECT_EQ(state[0].to_vector<float>(), (Values{2, 4, 6}));
}

TEST(Compile, LeavesAnArgumentThatIsAlsoStateAlone) {
  int traces = 0;
  CompiledStep step = doubling(traces);
  std::vector<Array> state = {array_of({1, 2, 3})};
  const Array argument[] = {state[0]};
  step(state, argument);
  EXPECT_EQ(argument[0].to_vector<float>(), (Values{1, 2, 3}));
  EXPECT_EQ(state[0].to_vector<float>(), (Values{3, 6, 9}));
}

// The new value of x needs y's old one and the other way round: neither may be overwritten too early.
TEST(Compile, SwapsStatesCorrectly) {
  CompiledStep step = compile([](std::span<const Array> state, std::span<const Array>) -> StepResult {
    return {{state[1] + 0.5f, state[0] * 3}, {}};
  });
  std::vector<Array> state = {array_of({1, 2}), array_of({10, 20})};
  step(state);
  EXPECT_EQ(state[0].to_vector<float>(), (Values{10.5, 20.5}));
  EXPECT_EQ(state[1].to_vector<float>(), (Values{3, 6}));
}

TEST(Compile, DoesNotOverwriteWhatIsReadAtOtherPositions) {
  CompiledStep step = compile([](std::span<const Array> state, std::span<const Array>) -> StepResult {
    return {{flip(state[0]) + state[0]}, {}};
  });
  std::vector<Array> state = {array_of({1, 2, 3, 4})};
  step(state);
  EXPECT_EQ(state[0].to_vector<float>(), (Values{5, 5, 5, 5}));
}

TEST(Compile, ReturnsAStateThatDoesNotChange) {
  CompiledStep step = compile([](std::span<const Array> state, std::span<const Array>) -> StepResult {
    return {{state[0], state[1] + state[0]}, {state[0]}};
  });
  std::vector<Array> state = {array_of({1, 2}), array_of({0, 0})};
  step(state);
  const std::vector<Array> results = step(state);
  EXPECT_EQ(state[0].to_vector<float>(), (Values{1, 2}));
  EXPECT_EQ(state[1].to_vector<float>(), (Values{2, 4}));
  EXPECT_EQ(results[0].to_vector<float>(), (Values{1, 2}));
}

TEST(Compile, KeepsWhatTheFunctionCaptured) {
  CompiledStep step = [] {
    const Array captured = array_of({100, 200});
    return compile([captured](std::span<const Array> state, std::span<const Array>) -> StepResult {
      return {{state[0] + captured}, {}};
    });
  }();
  std::vector<Array> state = {array_of({1, 2})};
  step(state);
  step(state);
  EXPECT_EQ(state[0].to_vector<float>(), (Values{201, 402}));
}

TEST(Compile, RejectsAStateThatChangesItsShape) {
  CompiledStep step =
      compile([](std::span<const Array> state, std::span<const Array>) -> StepResult { return {{sum(state[0])}, {}}; });
  std::vector<Array> state = {array_of({1, 2})};
  try {
    step(state);
    FAIL() << "no error";
  } catch (const ShapeError& error) {
    EXPECT_NE(std::string(error.what()).find("state 0 has shape [2] and its successor []"), std::string::npos)
        << error.what();
  }
}

TEST(Compile, RejectsAMissingSuccessor) {
  CompiledStep step = compile([](std::span<const Array>, std::span<const Array>) -> StepResult { return {}; });
  std::vector<Array> state = {array_of({1, 2})};
  EXPECT_THROW(step(state), ValueError);
}

TEST(Compile, HasNoValuesWhileItTraces) {
  CompiledStep step = compile([](std::span<const Array> state, std::span<const Array>) -> StepResult {
    state[0].to_vector<float>();
    return {{state[0]}, {}};
  });
  std::vector<Array> state = {array_of({1, 2})};
  EXPECT_THROW(step(state), ValueError);
}

}  // namespace
}  // namespace tenon
