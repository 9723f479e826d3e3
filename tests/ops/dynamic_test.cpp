// Every op with a size that varies: a compiled function that meets new sizes computes what it should, and compiles
// nothing where docs/ops.md says so.
#include "tenon/array/dynamic.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tenon/array/compile.h"
#include "tenon/runtime/compile_statistics.h"
#include "tests/ops/op_dynamic.h"
#include "tests/ops/op_inputs.h"
#include "tests/support/device_values.h"
#include "tests/support/enclosure.h"

namespace tenon::testing {
namespace {

std::int64_t kernels_so_far() { return compile_statistics().kernels_compiled + compile_statistics().kernels_from_disk; }

class OpDynamic : public ::testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(EveryRow, OpDynamic, ::testing::Range(std::size_t{0}, op_table().size()),
                         [](const auto& test) {
                           std::string name;
                           for (const char c : op_table()[test.param].name)
                             name += std::isalnum(c) ? std::string(1, c) : fmt::format("{:x}", c);
                           return name;
                         });

TEST_P(OpDynamic, IsRightForSizesThatVary) {
  const OpRow& row = op_table()[GetParam()];
  const std::optional<DynamicCase> dynamic_case = dynamic_case_of(row);
  if (!dynamic_case) GTEST_SKIP() << "every case of " << row.name << " has its sizes written into it";
  CompiledStep step = compile([&](std::span<const Array>, std::span<const Array> x) {
    return StepResult{{}, {dynamic_case->op_case.f({x.begin(), x.end()})}};
  });
  std::vector<Array> none;
  bool is_first = true;
  for (const std::int64_t size : dynamic_sizes) {
    const OpCase op_case = resized(dynamic_case->op_case, dynamic_case->size, size);
    SCOPED_TRACE(op_case.what);
    const std::vector<HostTensor> values = typed_inputs(row, op_case, {InputKind::real, DType::f32});
    std::vector<Array> inputs, leaves;
    std::vector<HostView> views;
    for (const HostTensor& value : values) {
      std::vector<int> axes;
      for (int axis = 0; axis < value.shape.rank(); ++axis)
        if (value.shape[axis] == size) axes.push_back(axis);
      inputs.push_back(dynamic(array_of(value), std::span<const int>(axes)));
      leaves.emplace_back(make_argument(value.dtype, value.shape, static_cast<int>(leaves.size())));
      views.push_back(value.view());
    }
    const std::int64_t before = kernels_so_far();
    const Array result = step(none, inputs)[0];
    if (!is_first && dynamic_case->has_one_text) {
      EXPECT_EQ(kernels_so_far(), before);
    }
    is_first = false;
    const NodeRef output = op_case.f(leaves).node_ref();
    const std::lock_guard lock(graph_mutex());
    const Graph graph = trace(std::span(&output, 1), static_cast<int>(leaves.size())).graph;
    EXPECT_TRUE(lies_within(host_value(result), enclose(graph, views).front()));
  }
}

}  // namespace
}  // namespace tenon::testing
