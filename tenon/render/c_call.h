// Calls of a user's function in C, as kernels.
#pragma once

#include <string>
#include <vector>

#include "tenon/kernel/kernel.h"

namespace tenon {

/// A kernel's name, which follows from its text, and the text.
struct CallText {
  std::string name, text;
};

/// The user's text behind a declaration of their function, so that a definition of another type does not compile, and
/// the kernel that calls it: at the positions thread, thread + threads, ... of the batch. No size is in the text; the
/// launch's scalars hold them, so that one text serves all shapes. Throws InternalError when the body is no Call.
CallText render_call_c(const Kernel& kernel);

/// The scalars of its launch: [batch, elements of one part of each operand..., sizes...].
std::vector<std::int64_t> call_scalars(const CallLayout& layout);

}  // namespace tenon
