// docs/ops.md, from the table of ops and from what the ops themselves say.
#pragma once

#include <string>

namespace tenon::testing {

/// The page. What it says of element types, gradients and kernels is found by trying.
std::string op_docs();

}  // namespace tenon::testing
