// Every op of the table in every element type that it takes, over views of all kinds: integers and bools exactly as the
// reference interpreter, floating results within what their own roundings can do (tests/support/enclosure.h).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>

#include "tenon/core/error.h"
#include "tests/ops/op_inputs.h"
#include "tests/support/device_values.h"
#include "tests/support/enclosure.h"
#include "tests/support/scalar_cases.h"

namespace tenon::testing {
namespace {

// One comparison: a case in one type, its inputs as views of one kind.
struct Variant {
  const OpCase* op_case;
  TypedCase typed;
  InputView view;
  std::vector<HostTensor> stored;

  std::string what() const { return fmt::format("{}, {} {}", op_case->what, name(typed.dtype), name(view)); }
  Array result(const std::vector<Array>& leaves) const {
    std::vector<Array> inputs;
    for (std::size_t i = 0; i < leaves.size(); ++i) inputs.push_back(viewed(leaves[i], op_case->inputs[i].shape, view));
    return op_case->f(inputs);
  }
};

std::set<InputKind> kinds_of(const OpCase& op_case) {
  std::set<InputKind> kinds;
  for (const OpInput& input : op_case.inputs) kinds.insert(input.kind);
  if (kinds.empty()) kinds.insert(InputKind::real);
  return kinds;
}

// Which of the types a case is compared in: all of them where a row has few cases, or TENON_OPS_ALL is set. The kernels
// of all 21,000 comparisons take too long to compile for every day; of a longer row, each case takes its turn of the
// types but float32, so that every type meets at least two of the row's cases.
bool has_its_turn(const OpRow& row, std::size_t op_case, DType dtype) {
  if (dtype == DType::f32 || std::getenv("TENON_OPS_ALL")) return true;
  const std::size_t turns = std::clamp<std::size_t>(row.cases.size() / 2, 1, 12);
  return (op_case + static_cast<std::size_t>(dtype)) % turns == 0;
}

// Cases in types, views in turn, so that a row sees all of them.
std::vector<Variant> variants_of(const OpRow& row) {
  std::vector<Variant> variants;
  std::set<std::pair<InputKind, DType>> met;
  std::size_t next_view = 0;
  for (std::size_t number = 0; number < row.cases.size(); ++number) {
    const OpCase& op_case = row.cases[number];
    for (const InputKind kind : kinds_of(op_case))
      for (const DType dtype : all_dtypes) {
        const TypedCase typed{kind, dtype};
        if (op_case.inputs.empty() && dtype != DType::f32) continue;  // there is nothing to vary
        if (kind == InputKind::boolean && dtype != DType::boolean) continue;
        // A type that had no turn among the first half of the cases gets one.
        const bool is_new = number >= row.cases.size() / 2 && !met.contains({kind, dtype});
        if ((!has_its_turn(row, number, dtype) && !is_new) || !takes(op_case, typed)) continue;
        met.emplace(kind, dtype);
        const InputView view = all_input_views[next_view++ % std::size(all_input_views)];
        Variant& variant = variants.emplace_back(Variant{&op_case, typed, view, {}});
        for (const HostTensor& value : typed_inputs(row, op_case, typed))
          variant.stored.push_back(stored_for(value, view));
      }
    ++next_view;
  }
  return variants;
}

// What the variant's graph may compute, and what the interpreter does.
struct Expected {
  Enclosure enclosure;
  HostTensor interpreted;
};
Expected expected_of(const Variant& variant) {
  std::vector<Array> leaves;
  std::vector<HostView> views;
  for (const HostTensor& value : variant.stored) {
    leaves.emplace_back(make_argument(value.dtype, value.shape, static_cast<int>(leaves.size())));
    views.push_back(value.view());
  }
  const NodeRef output = variant.result(leaves).node_ref();
  const std::lock_guard lock(graph_mutex());
  const Graph graph = trace(std::span(&output, 1), static_cast<int>(leaves.size())).graph;
  return {std::move(enclose(graph, views).front()), std::move(interpret(graph, views).front())};
}

// LAPACK gives no bounds. The same routines run here and there, on operands that may differ in their last bits, of
// matrices whose condition is below 100.
::testing::AssertionResult lies_near(const HostTensor& actual, const HostTensor& expected) {
  const double unit = actual.dtype == DType::f64 ? 0x1p-52 : actual.dtype == DType::f32 ? 0x1p-23 : 0x1p-7;
  for (std::int64_t i = 0; is_floating(actual.dtype) && i < actual.elements(); ++i) {
    const double found = get_floating(actual, i), wanted = get_floating(expected, i);
    const bool is_near = std::abs(found - wanted) <= 2000 * unit * (1 + std::abs(wanted));
    if (!is_near && !(std::isnan(found) && std::isnan(wanted)) && found != wanted)
      return ::testing::AssertionFailure() << "element " << i << ": found " << found << ", expected " << wanted;
  }
  return ::testing::AssertionSuccess();
}

class OpTypes : public ::testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(EveryRow, OpTypes, ::testing::Range(std::size_t{0}, op_table().size()), [](const auto& test) {
  std::string name;
  for (const char c : op_table()[test.param].name) name += std::isalnum(c) ? std::string(1, c) : fmt::format("{:x}", c);
  return name;
});

TEST_P(OpTypes, ComputesWhatTheInterpreterDoes) {
  const OpRow& row = op_table()[GetParam()];
  const std::vector<Variant> variants = variants_of(row);
  std::vector<Array> outputs;
  for (const Variant& variant : variants) {
    std::vector<Array> leaves;
    for (const HostTensor& value : variant.stored) leaves.push_back(array_of(value));
    outputs.push_back(variant.result(leaves));
  }
  eval(std::span<const Array>(outputs));
  const bool calls_lapack = row.group == "linear algebra";
  // A transform is several contractions, one after the other; intervals forget what their errors have in common.
  const double slack = row.group == "fourier" ? 0.05 : 1e-4;
  std::int64_t elements = 0, loose = 0;
  for (std::size_t i = 0; i < variants.size(); ++i) {
    const Expected expected = expected_of(variants[i]);
    EXPECT_TRUE(lies_within(host_value(outputs[i]), expected.enclosure)) << variants[i].what();
    EXPECT_TRUE(lies_within(expected.interpreted, expected.enclosure)) << variants[i].what() << ": the interpreter";
    if (calls_lapack) {
      EXPECT_TRUE(lies_near(host_value(outputs[i]), expected.interpreted)) << variants[i].what();
      continue;
    }
    elements += expected.enclosure.shape.elements();
    const std::int64_t few = loose_elements(expected.enclosure, slack);
    loose += few;
    if (few > 0 && std::getenv("TENON_LOOSE"))
      fmt::print("LOOSE {}: {}: {} of {}\n", row.name, variants[i].what(), few, expected.enclosure.shape.elements());
  }
  RecordProperty("comparisons", static_cast<int>(variants.size()));
  // Bounds that say nothing would hold whatever kernels compute.
  EXPECT_LE(10 * loose, elements) << row.name;
}

TEST(OpTypes, EveryTypeThatARowTakesHasAComparison) {
  std::size_t comparisons = 0;
  for (const OpRow& row : op_table()) {
    std::set<DType> compared;
    const std::vector<Variant> variants = variants_of(row);
    for (const Variant& variant : variants) compared.insert(variant.typed.dtype);
    comparisons += variants.size();
    for (const OpCase& op_case : row.cases)
      for (const InputKind kind : kinds_of(op_case))
        for (const DType dtype : all_dtypes)
          if (!op_case.inputs.empty() && kind != InputKind::boolean && takes(op_case, {kind, dtype})) {
            EXPECT_TRUE(compared.contains(dtype)) << row.name << " in " << name(dtype);
          }
  }
  RecordProperty("comparisons", static_cast<int>(comparisons));
  EXPECT_GE(comparisons, 5000u);
}

}  // namespace
}  // namespace tenon::testing
