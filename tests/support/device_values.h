// Values computed by the default device, to compare with the interpreter's.
#pragma once

#include "tenon/array/array.h"
#include "tests/support/graph_values.h"

namespace tenon::testing {

inline Array array_of(const HostTensor& value) {
  return Array::from_memory(value.dtype, value.shape, value.bytes.data());
}

inline HostTensor host_value(const Array& array) {
  HostTensor value(array.dtype(), array.shape());
  array.copy_to(value.bytes.data());
  return value;
}

/// A function of some values, and how exactly the device must compute it.
struct DeviceCase {
  std::string name;
  NodeFunction function;
  std::vector<HostTensor> values;
  Tolerance tolerance = {};
};

/// Evaluates all cases in one plan, so that their kernels are compiled together, and compares each with the
/// interpreter.
inline void expect_device_agrees(std::span<const DeviceCase> cases) {
  std::vector<Array> outputs;
  for (const DeviceCase& test : cases) {
    std::vector<NodeRef> leaves;
    for (const HostTensor& value : test.values) leaves.push_back(array_of(value).node_ref());
    outputs.emplace_back(test.function(leaves));
  }
  eval(std::span<const Array>(outputs));
  for (std::size_t i = 0; i < cases.size(); ++i)
    EXPECT_TRUE(
        matches(host_value(outputs[i]), interpret_function(cases[i].function, cases[i].values), cases[i].tolerance))
        << cases[i].name;
}

}  // namespace tenon::testing
