// Every op of the table: against the reference interpreter, against PyTorch's stored results, gradients against central
// differences; and docs/ops.md, which is made from it.
//
//   TENON_EXPORT_OPS=FOLDER test_ops     writes what bench/python/op_reference.py computes the results from
//   TENON_WRITE_DOCS=1 test_ops          writes docs/ops.md; `./dev references` does both
#include "tenon/array/ops.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "tenon/core/error.h"
#include "tenon/io/inflate.h"
#include "tenon/io/npz.h"
#include "tests/ops/op_docs.h"
#include "tests/ops/op_table.h"
#include "tests/support/device_values.h"
#include "tests/support/errors.h"

namespace tenon::testing {
namespace {

namespace fs = std::filesystem;

const fs::path source_dir = TENON_SOURCE_DIR;

NodeFunction on_nodes(const ArrayFunction& f) {
  return [f](std::span<const NodeRef> leaves) { return f({leaves.begin(), leaves.end()}).node_ref(); };
}

std::string id_of(const OpRow& row, const OpCase& op_case) { return row.name + ": " + op_case.what; }

class Op : public ::testing::TestWithParam<std::size_t> {
 protected:
  const OpRow& row() const { return op_table()[GetParam()]; }
};
INSTANTIATE_TEST_SUITE_P(EveryRow, Op, ::testing::Range(std::size_t{0}, op_table().size()), [](const auto& test) {
  std::string name;
  for (const char c : op_table()[test.param].name) name += std::isalnum(c) ? std::string(1, c) : fmt::format("{:x}", c);
  return name;
});

TEST_P(Op, HasTheGradientOfCentralDifferences) {
  for (const OpCase& op_case : row().cases) {
    if (!op_case.is_smooth) continue;
    SCOPED_TRACE(op_case.what);
    expect_gradients(on_nodes(op_case.f), inputs_of(row(), op_case), 2e-6);
  }
}

// Of the square, so that linear functions have one, too.
TEST_P(Op, HasTheSecondGradientOfCentralDifferences) {
  for (const OpCase& op_case : row().cases) {
    if (!op_case.is_smooth) continue;
    SCOPED_TRACE(op_case.what);
    const NodeFunction f = on_nodes(op_case.f);
    const NodeFunction squared = [&](std::span<const NodeRef> leaves) {
      const NodeRef y = f(leaves);
      return is_floating(y->dtype) ? build::binary(Scalar::mul, y, y) : y;
    };
    expect_second_gradients(squared, inputs_of(row(), op_case), 2e-5);
  }
}

// What central differences cannot check has nothing to be checked: its result is no floating number, or its gradient is
// 0 everywhere. But for rounding to a narrower type, whose gradient is that of the identity, which it is not.
TEST_P(Op, IsSmoothUnlessItsGradientIsZero) {
  if (row().name == "astype") GTEST_SKIP() << "rounds: differences see the steps, not the slope";
  for (const OpCase& op_case : row().cases) {
    if (op_case.is_smooth) continue;
    SCOPED_TRACE(op_case.what);
    const std::vector<HostTensor> values = inputs_of(row(), op_case);
    const std::vector<NodeRef> arguments = arguments_for(values);
    const NodeRef y = on_nodes(op_case.f)(arguments);
    if (!is_floating(y->dtype)) continue;
    std::vector<NodeRef> wrt;
    std::copy_if(arguments.begin(), arguments.end(), std::back_inserter(wrt),
                 [](const NodeRef& argument) { return is_floating(argument->dtype); });
    if (wrt.empty()) continue;
    for (const HostTensor& slope : interpret_nodes(grad(weighted_sum(y), wrt), values))
      EXPECT_TRUE(matches(slope, HostTensor(slope.dtype, slope.shape)));
  }
}

// What PyTorch computed, by the name of the case: its value, and the gradient of the value's sum weighted as
// weighted_sum does, for each float64 input.
const std::map<std::string, Array>& references() {
  static const std::map<std::string, Array> all = [] {
    std::map<std::string, Array> arrays;
    for (const auto& entry : fs::directory_iterator(source_dir / "tests/ops/reference"))
      for (NamedArray& named : load_npz(entry.path().string())) arrays.emplace(named.name, named.array);
    return arrays;
  }();
  return all;
}

struct Comparison {
  std::string what;
  Array actual, expected;
};

void expect_equal(const Comparison& comparison) {
  const HostTensor actual = host_value(comparison.actual), expected = host_value(comparison.expected);
  // NumPy has no bfloat16.
  const bool is_brain = actual.dtype == DType::bf16 && expected.dtype == DType::f32;
  if (is_brain) return expect_equal({comparison.what, astype(comparison.actual, DType::f32), comparison.expected});
  double largest = 1;
  if (is_floating(expected.dtype))
    for (std::int64_t i = 0; i < expected.elements(); ++i)
      largest = std::max(largest, std::fabs(get_floating(expected, i)));
  EXPECT_TRUE(matches(actual, expected, {.ulps = 8, .absolute = 1e-12 * largest})) << comparison.what;
}

TEST_P(Op, ComputesWhatPyTorchDoes) {
  if (!can_inflate()) GTEST_SKIP() << "the stored results are compressed, and this was built without zlib";
  std::vector<Comparison> comparisons;
  for (const OpCase& op_case : row().cases) {
    if (op_case.torch.empty()) continue;
    const std::string id = id_of(row(), op_case);
    const auto value = references().find(id + ": value");
    ASSERT_NE(value, references().end()) << id << " is not among the stored results; run ./dev references";
    std::vector<Array> inputs;
    for (const HostTensor& tensor : inputs_of(row(), op_case)) inputs.push_back(array_of(tensor));
    const Array result = op_case.f(inputs);
    comparisons.push_back({id, result, value->second});
    if (!is_floating(result.dtype())) continue;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const auto gradient = references().find(fmt::format("{}: gradient {}", id, i));
      if (gradient == references().end()) continue;
      const Array scalar(weighted_sum(result.node_ref()));
      comparisons.push_back({fmt::format("{}: gradient {}", id, i), grad(scalar, {inputs[i]})[0], gradient->second});
    }
  }
  std::vector<Array> outputs;
  for (const Comparison& comparison : comparisons) outputs.push_back(comparison.actual);
  eval(std::span<const Array>(outputs));
  for (const Comparison& comparison : comparisons) expect_equal(comparison);
}

TEST(Ops, AreComparedWithPyTorchInAtLeast2000Cases) {
  std::size_t cases = 0;
  for (const OpRow& row : op_table())
    for (const OpCase& op_case : row.cases) cases += !op_case.torch.empty();
  EXPECT_GE(cases, 2000u);
  if (!can_inflate()) GTEST_SKIP() << "the stored results are compressed, and this was built without zlib";
  // What has no stored gradient is compared by value only: this many have one.
  const auto is_gradient = [](const auto& stored) { return stored.first.find(": gradient ") != std::string::npos; };
  EXPECT_GE(std::count_if(references().begin(), references().end(), is_gradient), 1700);
}

TEST(Ops, CasesHaveNamesOfTheirOwn) {
  for (const OpRow& row : op_table()) {
    std::set<std::string> names;
    for (const OpCase& op_case : row.cases) EXPECT_TRUE(names.insert(op_case.what).second) << id_of(row, op_case);
  }
}

// The functions that array/ops.h declares, by reading its headers.
std::set<std::string> declared_functions() {
  std::set<std::string> names;
  const std::regex include(R"re(#include "(tenon/array/\w+\.h)")re");
  const std::regex declaration(
      R"(^(?:Array|Complex<Array>|std::vector<Array>|Extremes|SortedValues|\w+) (\w+)\((?:const |std::|double|int|DType))");
  std::ifstream all(source_dir / "tenon/array/ops.h");
  for (std::string line; std::getline(all, line);) {
    std::smatch match;
    if (!std::regex_search(line, match, include)) continue;
    std::ifstream header(source_dir / match[1].str());
    for (std::string text; std::getline(header, text);)
      if (std::regex_search(text, match, declaration) &&
          (text.starts_with("Array ") || text.starts_with("Complex<Array> ")))
        names.insert(match[1]);
  }
  return names;
}

TEST(Ops, EveryDeclaredFunctionHasARow) {
  // Random numbers and derivatives of functions have tests of their own, in tests/array, and so has masked_select,
  // which evaluates its mask; `dynamic`, which computes nothing, in tests/plan; arange_of_fractions is arange.
  if (!has_lapack()) GTEST_SKIP() << "built without LAPACK";
  const std::set<std::string> elsewhere{"arange_of_fractions",    "dynamic",      "jacobian", "hessian",
                                        "hessian_vector_product", "masked_select"};
  std::set<std::string> rows;
  for (const OpRow& row : op_table()) rows.insert(row.name);
  const std::set<std::string> declared = declared_functions();
  EXPECT_GT(declared.size(), 120u);
  for (const std::string& name : declared)
    if (!elsewhere.contains(name) && !name.starts_with("random_")) {
      EXPECT_TRUE(rows.contains(name)) << name << " is in no file of tests/ops";
    }
}

TEST(Ops, ThePageOfOpsIsWhatTheTableSays) {
  if (!has_lapack()) GTEST_SKIP() << "built without LAPACK";
  const fs::path page = source_dir / "docs/ops.md";
  const std::string expected = op_docs();
  if (std::getenv("TENON_WRITE_DOCS")) std::ofstream(page) << expected;
  std::ostringstream text;
  text << std::ifstream(page).rdbuf();
  EXPECT_EQ(text.str(), expected) << "run ./dev references";
}

TEST(Ops, ExportsWhatTheReferenceIsMadeFrom) {
  const char* folder = std::getenv("TENON_EXPORT_OPS");
  if (!folder) GTEST_SKIP() << "TENON_EXPORT_OPS names no folder";
  std::vector<NamedArray> inputs;
  std::ofstream cases(fs::path(folder) / "cases.tsv");
  for (const OpRow& row : op_table())
    for (const OpCase& op_case : row.cases) {
      if (op_case.torch.empty()) continue;
      const std::string id = id_of(row, op_case);
      cases << row.group << '\t' << id << '\t' << op_case.torch << '\t' << op_case.is_smooth << '\t'
            << op_case.inputs.size() << '\n';
      int number = 0;
      for (const HostTensor& tensor : inputs_of(row, op_case))
        inputs.push_back({fmt::format("{}: input {}", id, number++), array_of(tensor)});
    }
  save_npz((fs::path(folder) / "inputs.npz").string(), inputs);
}

}  // namespace
}  // namespace tenon::testing
