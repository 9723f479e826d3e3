#include "tests/ops/op_docs.h"

#include <fmt/format.h>

#include <algorithm>

#include "tenon/array/gradient.h"
#include "tenon/array/reduction.h"
#include "tenon/core/error.h"
#include "tenon/graph/graph.h"
#include "tenon/graph/simplify.h"
#include "tenon/render/c_math.h"
#include "tenon/runtime/device.h"
#include "tenon/schedule/schedule.h"
#include "tests/ops/op_dynamic.h"
#include "tests/ops/op_inputs.h"
#include "tests/ops/op_table.h"
#include "tests/support/graph_values.h"
#include "tests/support/scalar_cases.h"

namespace tenon::testing {
namespace {

std::vector<Array> leaves_for(const OpCase& op_case, InputKind varied, DType dtype) {
  std::vector<Array> leaves;
  int slot = 0;
  for (const OpInput& input : op_case.inputs) {
    const DType own = input.kind == InputKind::real      ? DType::f32
                      : input.kind == InputKind::integer ? DType::i64
                                                         : DType::boolean;
    leaves.emplace_back(make_argument(input.kind == varied ? dtype : own, input.shape, slot++));
  }
  return leaves;
}

// The element types of an op's main operand, those of its first input: "all", "numbers", "bool, int64".
std::string types_of(const OpRow& row) {
  const OpCase& first = row.cases[0];
  if (first.inputs.empty()) return "as asked";
  std::vector<DType> taken;
  for (const DType dtype : all_dtypes)
    if (takes(first, {first.inputs[0].kind, dtype})) taken.push_back(dtype);
  const auto has = [&](DType dtype) { return std::find(taken.begin(), taken.end(), dtype) != taken.end(); };
  const auto all_of = [&](auto belongs) {
    return std::all_of(std::begin(all_dtypes), std::end(all_dtypes),
                       [&](DType dtype) { return has(dtype) == belongs(dtype); });
  };
  if (all_of([](DType) { return true; })) return "all";
  if (all_of([](DType dtype) { return dtype != DType::boolean; })) return "numbers";
  if (all_of([](DType dtype) { return is_floating(dtype); })) return "floating";
  if (all_of([](DType dtype) { return !is_floating(dtype); })) return "integers, bool";
  if (all_of([](DType dtype) { return is_integer(dtype); })) return "integers";
  std::string names;
  for (const DType dtype : taken) names += (names.empty() ? "" : ", ") + std::string(name(dtype));
  return names;
}

// Whether a gradient passes through: "yes", "zero" everywhere, "no" where the result has none, "throws".
std::string gradient_of(const OpRow& row) {
  const OpCase& first = row.cases[0];
  const std::vector<Array> inputs = leaves_for(first, InputKind::real, DType::f64);
  const Array result = first.f(inputs);
  if (!is_floating(result.dtype()) || inputs.empty()) return "no";
  try {
    for (const Array& input : inputs) {
      if (!is_floating(input.dtype())) continue;
      const NodeRef gradient = grad(weighted_sum(result.node_ref()), std::span(&input.node_ref(), 1))[0];
      const std::lock_guard lock(graph_mutex());
      const Graph graph = simplify(trace(std::span(&gradient, 1), static_cast<int>(inputs.size())).graph);
      for (const GraphNode& node : graph.nodes)
        if (node.op == tenon::Op::parameter || node.op == tenon::Op::iota) return "yes";
    }
  } catch (const GradientError&) {
    return "throws";
  }
  return "zero";
}

// How many kernels the largest case becomes, alone and with its gradient.
std::string kernels_of(const OpRow& row) {
  const OpCase* largest = &row.cases[0];
  const auto elements = [](const OpCase& op_case) {
    std::int64_t count = 0;
    for (const OpInput& input : op_case.inputs) count += input.shape.elements();
    return count;
  };
  for (const OpCase& op_case : row.cases)
    if (elements(op_case) > elements(*largest)) largest = &op_case;
  const std::vector<Array> inputs = leaves_for(*largest, InputKind::real, DType::f32);
  const auto count = [&](const NodeRef& output) {
    const std::lock_guard lock(graph_mutex());
    return make_schedule(trace(std::span(&output, 1), static_cast<int>(inputs.size())).graph).kernels.size();
  };
  const NodeRef result = largest->f(inputs).node_ref();
  return fmt::format("{}", count(result));
}

// Whether kernels for one size serve others: "yes", "no", or "-" where no case takes another size.
std::string dynamic_of(const OpRow& row) {
  const std::optional<DynamicCase> found = dynamic_case_of(row);
  return !found ? "-" : found->has_one_text ? "yes" : "no";
}

// What functions of float32 promise: render/c_math.cpp has the table, tests/render holds it.
std::string accuracy() {
  std::string text =
      "\n## Accuracy of functions of float32\n\n"
      "The worst error in units in the last place, over all 2^32 arguments (`pow`, `polygamma`: over samples). Float64 "
      "calls libm, 16-bit\n"
      "floats compute in float32. The tests look at every 4099th argument; all of them:\n"
      "`TENON_ULP_STRIDE=1 build/release/tests/test_render --gtest_filter='*OverBitPatterns/sin'`.\n\n"
      "| function | ulp |\n|---|---|\n";
  for (const CMathFunction& function : c_math_functions()) {
    std::string_view name = function.name;
    name.remove_prefix(std::string_view("tn_").size());
    name.remove_suffix(std::string_view("_f32").size());
    text += fmt::format("| `{}` | {} |\n", name, function.worst_ulp);
  }
  return text;
}

}  // namespace

std::string op_docs() {
  std::string page =
      "# Ops\n\n"
      "Generated from `tests/ops` by `./dev references`; a test compares. What is said of element types, gradients "
      "and\n"
      "kernels was found by trying: *types* are those that the first operand may have (others are promoted, or a\n"
      "`DTypeError` says what to do), *gradient* is `zero` where an op is flat everywhere, `no` where the result is "
      "no\n"
      "number that has one, and *kernels* is how many the largest test case becomes by itself; in a larger graph it "
      "fuses\n"
      "with its neighbours. *dynamic* says whether an axis that is declared `dynamic` may change its size without a "
      "new\n"
      "kernel; `-`: no test case takes another size.\n\n"
      "Cases are compared with the reference interpreter in every element type that they take, over views of their "
      "inputs:\n"
      "integers exactly, floating results within what their own roundings can do. *PyTorch* counts those that are "
      "also\n"
      "compared with stored results of PyTorch 2.6, value and gradient; *differences* those whose first and second\n"
      "gradients are compared with central differences.\n";
  std::string group;
  std::size_t ops = 0, cases = 0;
  for (const OpRow& row : op_table()) {
    if (row.group != group) {
      group = row.group;
      page += fmt::format(
          "\n## {}\n\n| op | types | gradient | dynamic | kernels | cases | PyTorch | differences "
          "|\n|---|---|---|---|---|---|---|---|\n",
          group);
    }
    const auto counted = [&](auto has) { return std::count_if(row.cases.begin(), row.cases.end(), has); };
    page += fmt::format("| `{}` | {} | {} | {} | {} | {} | {} | {} |\n", row.name, types_of(row), gradient_of(row),
                        dynamic_of(row), kernels_of(row), row.cases.size(),
                        counted([](const OpCase& op_case) { return !op_case.torch.empty(); }),
                        counted([](const OpCase& op_case) { return op_case.is_smooth; }));
    ++ops;
    cases += row.cases.size();
  }
  page += fmt::format("\n{} ops, {} cases.\n", ops, cases);
  page += accuracy();
  return page;
}

}  // namespace tenon::testing
