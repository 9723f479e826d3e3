// Computing values: nodes become leaves.
#pragma once

#include <span>

#include "tenon/graph/node.h"

namespace tenon {

class Device;

/// Computes these nodes together, through the plan cache, on the device of their leaves (the default device
/// if they have none), and turns each into a leaf that holds its value. Throws DeviceError when leaves are on
/// different devices, IndexError when a gather meets an index outside its table; then nothing has changed.
void evaluate(std::span<const NodeRef> nodes);

}  // namespace tenon
