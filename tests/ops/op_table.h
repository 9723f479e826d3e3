// Every op of `Array`, one row each, with cases that say what it is to compute: the same expression in PyTorch.
// From these rows come docs/ops.md, the comparison with the reference interpreter and with PyTorch's stored results,
// and the checks of gradients. A test fails when a public function has no row.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tenon/array/array.h"
#include "tests/support/host_values.h"

namespace tenon::testing {

enum class InputKind : std::uint8_t { real, integer, boolean };

/// A random input: float64 in the domain, int64 in it (both ends included), or bool.
struct OpInput {
  Shape shape;
  Domain domain = {};
  InputKind kind = InputKind::real;
};

using ArrayFunction = std::function<Array(const std::vector<Array>&)>;

struct OpCase {
  std::string what;  // tells it from the row's other cases
  std::vector<OpInput> inputs;
  ArrayFunction f;
  std::string torch;  // the same in PyTorch, of x[0], x[1], ...; empty where PyTorch has no such op
  // Whether central differences can check its gradients, the first and the second. What is not smooth has no slope at
  // all, which a test makes sure of.
  bool is_smooth = true;
};

struct OpRow {
  std::string group, name;
  std::vector<OpCase> cases;
};

/// Collects rows.
class OpTable {
 public:
  explicit OpTable(std::string group, std::vector<OpRow>& rows) : group_(std::move(group)), rows_(rows) {}
  void add(const std::string& name, OpCase op_case);

 private:
  std::string group_;
  std::vector<OpRow>& rows_;
};

/// All rows.
const std::vector<OpRow>& op_table();

// The parts of the table, each in a file of its own.
void add_elementwise_ops(std::vector<OpRow>& rows);
void add_reduction_ops(std::vector<OpRow>& rows);
void add_movement_ops(std::vector<OpRow>& rows);
void add_indexing_ops(std::vector<OpRow>& rows);
void add_product_ops(std::vector<OpRow>& rows);
void add_network_ops(std::vector<OpRow>& rows);
void add_window_ops(std::vector<OpRow>& rows);
void add_order_ops(std::vector<OpRow>& rows);
void add_linalg_ops(std::vector<OpRow>& rows);  // none without LAPACK
void add_creation_ops(std::vector<OpRow>& rows);
void add_fft_ops(std::vector<OpRow>& rows);

/// The inputs of a case: always the same numbers, in float64, int64 and bool.
std::vector<HostTensor> inputs_of(const OpRow& row, const OpCase& op_case);

}  // namespace tenon::testing
