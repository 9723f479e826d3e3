#include "tests/ops/op_table.h"

#include <algorithm>
#include <cmath>

#include "tenon/core/hash.h"

namespace tenon::testing {

void OpTable::add(const std::string& name, OpCase op_case) {
  auto row = std::find_if(rows_.begin(), rows_.end(), [&](const OpRow& known) { return known.name == name; });
  if (row == rows_.end()) row = rows_.insert(row, {group_, name, {}});
  row->cases.push_back(std::move(op_case));
}

const std::vector<OpRow>& op_table() {
  static const std::vector<OpRow> rows = [] {
    std::vector<OpRow> all;
    add_elementwise_ops(all);
    add_reduction_ops(all);
    add_movement_ops(all);
    add_indexing_ops(all);
    add_product_ops(all);
    add_network_ops(all);
    add_window_ops(all);
    add_order_ops(all);
    add_linalg_ops(all);
    add_creation_ops(all);
    add_fft_ops(all);
    return all;
  }();
  return rows;
}

std::vector<HostTensor> inputs_of(const OpRow& row, const OpCase& op_case) {
  // No standard distribution: their numbers are not the same in every library.
  std::uint64_t state = hash_bytes(row.name + ": " + op_case.what);
  const auto draw = [&] {
    state = splitmix(state);
    return static_cast<double>(state >> 11) * 0x1p-53;
  };
  std::vector<HostTensor> inputs;
  for (const OpInput& input : op_case.inputs) {
    const DType dtype = input.kind == InputKind::real      ? DType::f64
                        : input.kind == InputKind::integer ? DType::i64
                                                           : DType::boolean;
    HostTensor& tensor = inputs.emplace_back(dtype, input.shape);
    const auto [low, high] = input.domain;
    for (std::int64_t i = 0; i < tensor.elements(); ++i) {
      const double share = draw();
      const double value = input.kind == InputKind::real      ? low + share * (high - low)
                           : input.kind == InputKind::integer ? low + std::floor(share * (high - low + 1))
                                                              : std::floor(2 * share);
      set(tensor, i, value);
    }
  }
  return inputs;
}

}  // namespace tenon::testing
