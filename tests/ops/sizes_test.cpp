// Every op of the table with sizes that its cases do not have: each size of a case becomes 0, 1 and an odd number
// wherever it occurs. What an op refuses is a typed error that says so; what it takes is right.
#include <gtest/gtest.h>

#include <optional>
#include <set>

#include "tenon/core/error.h"
#include "tenon/schedule/schedule.h"
#include "tests/ops/op_inputs.h"
#include "tests/support/device_values.h"
#include "tests/support/enclosure.h"

namespace tenon::testing {
namespace {

// Compiled are the first cases of a row that are taken; all of them are traced, scheduled and interpreted.
constexpr std::size_t most_evaluated = 6;

std::vector<OpCase> resized_cases(const OpRow& row) {
  std::vector<OpCase> cases;
  for (const OpCase& op_case : row.cases) {
    std::set<std::int64_t> sizes;
    for (const OpInput& input : op_case.inputs) sizes.insert(input.shape.begin(), input.shape.end());
    for (const std::int64_t size : sizes)
      for (const std::int64_t other : {0, 1, 7})
        if (size != other) cases.push_back(resized(op_case, size, other));
  }
  return cases;
}

// A case that was taken, with what it may compute.
struct Taken {
  OpCase op_case;
  std::vector<HostTensor> values;
  Enclosure enclosure;
};

// Nothing where the op refuses its operands, or finds indices outside their axis.
std::optional<Taken> tried(const OpRow& row, const OpCase& op_case) {
  const std::vector<HostTensor> values = typed_inputs(row, op_case, {InputKind::real, DType::f32});
  try {
    std::vector<Array> leaves;
    std::vector<HostView> views;
    for (const HostTensor& value : values) {
      leaves.emplace_back(make_argument(value.dtype, value.shape, static_cast<int>(leaves.size())));
      views.push_back(value.view());
    }
    const NodeRef output = op_case.f(leaves).node_ref();
    const std::lock_guard lock(graph_mutex());
    const Graph graph = trace(std::span(&output, 1), static_cast<int>(leaves.size())).graph;
    verify(graph);
    verify(make_schedule(graph));
    Enclosure enclosure = std::move(enclose(graph, views).front());
    EXPECT_TRUE(lies_within(interpret(graph, views).front(), enclosure)) << op_case.what << ": the interpreter";
    return Taken{op_case, values, std::move(enclosure)};
  } catch (const InternalError& error) {
    ADD_FAILURE() << op_case.what << ": " << error.what();
  } catch (const Error& error) {
    EXPECT_GT(std::string_view(error.what()).size(), 20u) << op_case.what << ": " << error.what();
  } catch (const std::exception& error) {
    ADD_FAILURE() << op_case.what << ": an error without a type of its own, " << error.what();
  }
  return std::nullopt;
}

class OpSizes : public ::testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(EveryRow, OpSizes, ::testing::Range(std::size_t{0}, op_table().size()), [](const auto& test) {
  std::string name;
  for (const char c : op_table()[test.param].name) name += std::isalnum(c) ? std::string(1, c) : fmt::format("{:x}", c);
  return name;
});

TEST_P(OpSizes, AreTakenOrRefused) {
  const OpRow& row = op_table()[GetParam()];
  std::vector<Taken> taken;
  for (const OpCase& op_case : resized_cases(row))
    if (std::optional<Taken> result = tried(row, op_case); result && taken.size() < most_evaluated)
      taken.push_back(std::move(*result));
  std::vector<Array> outputs;
  for (const Taken& each : taken) {
    std::vector<Array> leaves;
    for (const HostTensor& value : each.values) leaves.push_back(array_of(value));
    outputs.push_back(each.op_case.f(leaves));
  }
  eval(std::span<const Array>(outputs));
  for (std::size_t i = 0; i < taken.size(); ++i)
    EXPECT_TRUE(lies_within(host_value(outputs[i]), taken[i].enclosure)) << taken[i].op_case.what;
}

}  // namespace
}  // namespace tenon::testing
